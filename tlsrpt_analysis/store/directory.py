"""A store as its users see it: a folder to add reports to and to open them from."""

import datetime as dt
import os
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from tlsrpt_analysis.errors import StoreError
from tlsrpt_analysis.intake.authenticity.wanted import Authentication
from tlsrpt_analysis.intake.limits import DEFAULT_LIMITS, Limits
from tlsrpt_analysis.intake.sources.mailbox_access import MailboxAccess
from tlsrpt_analysis.intake.sources.walk import Source, walk_sources
from tlsrpt_analysis.loading.load import read_in_bulk, reading_options
from tlsrpt_analysis.loading.reading import FoundSource
from tlsrpt_analysis.store.adding import commit_all
from tlsrpt_analysis.store.commits import COMMIT, OWNER_ONLY, Commit, read_commit, write_commit
from tlsrpt_analysis.store.keeping import (
    compacted,
    faults_of,
    has_many_files,
    remove_unnamed,
)
from tlsrpt_analysis.store.known import KnownReports
from tlsrpt_analysis.store.manifest import sort_sources
from tlsrpt_analysis.store.moving import Moves
from tlsrpt_analysis.store.opening import Wanted, open_commit, read_newest
from tlsrpt_analysis.store.stopping import held_ctrl_c
from tlsrpt_analysis.tables import Balance, ReportTables

if TYPE_CHECKING:
    from distributed import Client
    from filelock import FileLock

LOCK = "writer.lock"

SOURCES_AT_ONCE = 50_000
"""Files that are looked up and read at a time, which bounds the memory their names take."""

LOCK_SECONDS = 5.0
"""How long a writer waits for another one."""


def open_store(
    directory: str | os.PathLike[str],
    *,
    since: dt.date | str | None = None,
    until: dt.date | str | None = None,
    policy_domains: Collection[str] | None = None,
    reporters: Collection[str] | None = None,
) -> ReportTables:
    """Open what a store holds, or a part of it, without reading the rest.

    Parameters
    ----------
    directory : str or os.PathLike
        The folder that ``tlsrpt-analysis import PATHS --store DIR`` or `Store` created.
    since, until : datetime.date or str, optional
        The first and the last day, both included, as ``"2026-08-01"``.
    policy_domains, reporters : collection of str, optional
        The values to keep; a single string is one value.

    Returns
    -------
    ReportTables
        The same frames, keys and order as `load_reports` returns for the same sources in the order
        in which they were added; with filters, the same as `ReportTables.select` on the whole.

    Raises
    ------
    StoreError
        When the folder is not a store, has an unknown version, or is damaged.

    Examples
    --------
    >>> open_store("no-such-folder")
    Traceback (most recent call last):
    ...
    tlsrpt_analysis.errors.StoreError: no-such-folder is not a store of reports: create one with `tlsrpt-analysis import PATHS --store no-such-folder`
    """
    return Store(directory).open(
        since=since, until=until, policy_domains=policy_domains, reporters=reporters
    )


@dataclass(frozen=True, slots=True)
class Added:
    """What one run added to a store.

    Attributes
    ----------
    read_sources, known_sources : int
        Files that were read, and known files that were not opened.
    balance : Balance
        The outcomes of the new members.
    moved_mails : int
        Mails that were moved to the folder that was asked for.
    failed_moves : tuple of str
        Folders whose mails could not be moved, each with the reason; their reports are in the store.
    """

    read_sources: int
    known_sources: int
    balance: Balance
    moved_mails: int = 0
    failed_moves: tuple[str, ...] = ()


class Store:
    """A folder of reports; one process may add to it while any number of others open it.

    Parameters
    ----------
    directory : str or os.PathLike
        The folder; `add` creates it when it is missing.

    Examples
    --------
    >>> Store("reports.store").directory.name
    'reports.store'
    """

    def __init__(self, directory: str | os.PathLike[str]) -> None:
        self.directory = Path(directory)

    def open(
        self,
        *,
        since: dt.date | str | None = None,
        until: dt.date | str | None = None,
        policy_domains: Collection[str] | None = None,
        reporters: Collection[str] | None = None,
    ) -> ReportTables:
        """Open the store, or a part of it, as `open_store` does."""
        wanted = Wanted(since, until, policy_domains, reporters)
        return read_newest(
            self.directory, lambda commit: open_commit(self.directory, commit, wanted)
        )

    def add(  # noqa: PLR0913 - each is a choice of its own, by keyword
        self,
        *paths: str | os.PathLike[str],
        progress: bool | None = None,
        workers: int | None = None,
        client: "Client | None" = None,
        limits: Limits = DEFAULT_LIMITS,
        authentication: Authentication | None = None,
        own_domains: str | Collection[str] = (),
        token_command: str = "",
        move_to: str = "",
    ) -> Added:
        """Read what is new at the given paths into the store.

        A file whose size and modification time have not changed since it was read is not opened; of
        one that has changed, such as a mailbox that grew, only what is new is added.
        Of a mailbox on a server, only mails that came since are fetched.
        A run that is stopped with Ctrl-C keeps what it read, a run that is killed keeps what it
        committed; the next run continues from there.

        Parameters
        ----------
        *paths : str or os.PathLike
            As for `load_reports`, like the other parameters.
        move_to : str
            The folder of the same mailbox to which mails go once their reports are in the store.
            A mail of which a part is no readable report stays.
            By default nothing is moved or marked.

        Returns
        -------
        Added
            How many files were read, and the balance of their members.

        Raises
        ------
        SourceError
            When a path does not exist, before anything is read.
        StoreError
            When another process is writing to the store, or the store is damaged.
        """
        access = MailboxAccess(token_command, move_to)
        found = self._without_own(walk_sources(*paths, access=access))
        options = reading_options(limits, authentication, own_domains)
        known_count = read_count = 0
        with self._writing() as before, held_ctrl_c() as stop:
            known, after, moves = KnownReports(self.directory), before, Moves(move_to)
            while not stop.is_asked and (sources := list(islice(found, SOURCES_AT_ONCE))):
                chosen = sort_sources(self.directory, after, sources)
                with read_in_bulk(
                    chosen.to_read,
                    options,
                    progress=progress,
                    workers=workers,
                    client=client,
                    files_before=known_count + read_count,
                ) as parts:
                    for commit, reached in commit_all(
                        known, after, chosen, stop.until_asked(parts)
                    ):
                        after = commit
                        moves.move(reached)
                known_count += chosen.known_count
                read_count += len(chosen.to_read)
                del sources, chosen  # or they would be in memory beside the next
            added = _difference(after.balance, before.balance)
            if stop.is_asked:
                raise KeyboardInterrupt(
                    f"stopped: what was read is in {self.directory}, {added};"
                    " run the same command again to continue"
                )
            del known, found  # to free what they hold
            if has_many_files(after):
                remove_unnamed(self.directory, compacted(self.directory, after))
        return Added(read_count, known_count, added, moves.count, moves.failures)

    def _without_own(self, found: Iterator[FoundSource]) -> Iterator[FoundSource]:
        """Yield what was found outside this store, which may stand in the folder that is read."""
        names = {str(self.directory.absolute()), str(self.directory.resolve())}
        own = tuple(f"{name}{os.sep}" for name in names)
        for source in found:
            path = source.path if isinstance(source, Source) else ""
            if not os.path.abspath(path).startswith(own):  # noqa: PTH100 - `resolve` asks the disk
                yield source

    def verify(self) -> list[str]:
        """Read every file and return what is wrong; an empty list when the store is whole."""
        commit = read_commit(self.directory)
        faults = faults_of(self.directory, commit)
        while faults and (newer := read_commit(self.directory)) != commit:  # another process wrote
            commit = newer
            faults = faults_of(self.directory, commit)
        return faults

    def compact(self) -> None:
        """Join the small files of many runs, so that the store opens faster."""
        read_commit(self.directory)  # or a misspelt name would become a store
        with self._writing() as commit:
            remove_unnamed(self.directory, compacted(self.directory, commit))

    @contextmanager
    def _writing(self) -> Iterator[Commit]:
        self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        with _locked(self.directory):
            if not (self.directory / COMMIT).exists():
                self._assert_new()
                write_commit(self.directory, Commit())
            commit = read_commit(self.directory)
            remove_unnamed(self.directory, commit)
            yield commit

    def _assert_new(self) -> None:
        other_files = [
            path.name
            for path in self.directory.iterdir()
            if path.name not in {LOCK, f"{COMMIT}.new"}
        ]
        if other_files:
            raise StoreError(
                f"{self.directory} is not a store and holds other files, such as {other_files[0]!r}:"
                " name a new folder"
            )


@contextmanager
def _locked(directory: Path) -> "Iterator[FileLock]":
    from filelock import FileLock, Timeout  # noqa: PLC0415 - readers need no lock

    lock = FileLock(directory / LOCK, timeout=LOCK_SECONDS, mode=OWNER_ONLY)
    try:
        lock.acquire()
    except Timeout:
        raise StoreError(
            f"another process is writing to {directory}: wait until it is done, and try again"
        ) from None
    try:
        yield lock
    finally:
        lock.release()


def _difference(after: Balance, before: Balance) -> Balance:
    names = ("members", "reports", "duplicates", "rejected", "skipped")
    return Balance(*(getattr(after, name) - getattr(before, name) for name in names))
