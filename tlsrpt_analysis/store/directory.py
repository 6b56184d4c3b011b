"""A store as its users see it: a folder to which reports are added, and from which they are opened."""

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
from tlsrpt_analysis.intake.sources.walk import walk_sources
from tlsrpt_analysis.loading.load import read_in_bulk, reading_options
from tlsrpt_analysis.store.adding import commit_all
from tlsrpt_analysis.store.commits import COMMIT, Commit, read_commit, write_commit
from tlsrpt_analysis.store.keeping import (
    compacted,
    faults_of,
    has_many_files,
    remove_unnamed,
)
from tlsrpt_analysis.store.known import KnownReports
from tlsrpt_analysis.store.manifest import sort_sources
from tlsrpt_analysis.store.opening import Wanted, open_commit
from tlsrpt_analysis.store.stopping import held_ctrl_c
from tlsrpt_analysis.tables import Balance, ReportTables

if TYPE_CHECKING:
    from distributed import Client
    from filelock import FileLock

LOCK = "writer.lock"

SOURCES_AT_ONCE = 50_000
"""Files that are looked up and read before the next are looked for: what their names take."""

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
        The folder, as ``tlsrpt-analysis import PATHS --store DIR`` or `Store` made it.
    since, until : datetime.date or str, optional
        The first and the last day, both included, as ``"2026-08-01"``.
    policy_domains, reporters : collection of str, optional
        The values to keep; a single text is one value.

    Returns
    -------
    ReportTables
        The same frames, keys and order as `load_reports` gives for the same sources, in the order
        in which they were added; with filters the same as `ReportTables.select` on the whole.

    Raises
    ------
    StoreError
        When the folder is no store, or one of another version, or damaged.

    Examples
    --------
    >>> open_store("no-such-folder")
    Traceback (most recent call last):
    ...
    tlsrpt_analysis.errors.StoreError: no-such-folder is no store of reports: make one with `tlsrpt-analysis import PATHS --store no-such-folder`
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
        Files that were read, and files that were known and left alone.
    balance : Balance
        What became of the new members.
    """

    read_sources: int
    known_sources: int
    balance: Balance


class Store:
    """A folder of reports; one process may add to it while any number open it.

    Parameters
    ----------
    directory : str or os.PathLike
        The folder; `add` makes it when it is missing.

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
        """Open the store as `open_store` does."""
        wanted = Wanted(since, until, policy_domains, reporters)
        # a writer that joins files removes the old ones: then there is a newer commit to read
        commit = read_commit(self.directory)
        while True:
            try:
                return open_commit(self.directory, commit, wanted)
            except FileNotFoundError as error:
                missing = error
            before, commit = commit, read_commit(self.directory)
            if commit == before:
                raise StoreError(
                    f"{self.directory} lacks a file ({missing}): run `verify`, restore it,"
                    " or import anew"
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
    ) -> Added:
        """Read what is new at some paths into the store.

        A file that has the size and the time of change with which it was read is left alone; of
        one that has changed, such as a mailbox that grew, only what is new is added.
        A run that is stopped with Ctrl-C keeps what it read, one that is killed what it
        committed; the next one goes on from there.

        Parameters
        ----------
        *paths : str or os.PathLike
            As for `load_reports`, and so are the other parameters.

        Returns
        -------
        Added
            How many files were read, and the balance of what they gave.

        Raises
        ------
        SourceError
            When a path leads nowhere, before anything is read.
        StoreError
            When another process writes to the store, or the store is damaged.
        """
        found = walk_sources(*paths)
        options = reading_options(limits, authentication, own_domains)
        known_count = read_count = 0
        with self._writing() as before, held_ctrl_c() as stop:
            known, after = KnownReports(self.directory), before
            while not stop.is_asked and (some := list(islice(found, SOURCES_AT_ONCE))):
                chosen = sort_sources(self.directory, after, some)
                with read_in_bulk(
                    chosen.to_read,
                    options,
                    progress=progress,
                    workers=workers,
                    client=client,
                    files_before=known_count + read_count,
                ) as parts:
                    for commit in commit_all(known, after, chosen, stop.until_asked(parts)):
                        after = commit
                known_count += chosen.known_count
                read_count += len(chosen.to_read)
                del some, chosen  # or they would stand beside the next
            added = _difference(after.balance, before.balance)
            if stop.is_asked:
                raise KeyboardInterrupt(
                    f"stopped: what was read is in {self.directory}, {added};"
                    " run the same again to go on"
                )
            del known, found  # what they hold is needed no more
            if has_many_files(after):
                remove_unnamed(self.directory, compacted(self.directory, after))
        return Added(read_count, known_count, added)

    def verify(self) -> list[str]:
        """Read every file and tell what is wrong; an empty list when the store is whole."""
        commit = read_commit(self.directory)
        faults = faults_of(self.directory, commit)
        while faults and (newer := read_commit(self.directory)) != commit:  # a writer came between
            commit = newer
            faults = faults_of(self.directory, commit)
        return faults

    def compact(self) -> None:
        """Join the files that many runs left, so that the store opens faster."""
        read_commit(self.directory)  # or a name that was misspelt would become a store
        with self._writing() as commit:
            remove_unnamed(self.directory, compacted(self.directory, commit))

    @contextmanager
    def _writing(self) -> Iterator[Commit]:
        self.directory.mkdir(parents=True, exist_ok=True)
        with _locked(self.directory):
            if not (self.directory / COMMIT).exists():
                self._assert_new()
                write_commit(self.directory, Commit())
            commit = read_commit(self.directory)
            remove_unnamed(self.directory, commit)
            yield commit

    def _assert_new(self) -> None:
        strangers = [
            path.name
            for path in self.directory.iterdir()
            if path.name not in {LOCK, f"{COMMIT}.new"}
        ]
        if strangers:
            raise StoreError(
                f"{self.directory} is no store and holds other files, such as {strangers[0]!r}:"
                " name a new folder"
            )


@contextmanager
def _locked(directory: Path) -> "Iterator[FileLock]":
    from filelock import FileLock, Timeout  # noqa: PLC0415 - who only reads needs no lock

    lock = FileLock(directory / LOCK, timeout=LOCK_SECONDS)
    try:
        lock.acquire()
    except Timeout:
        raise StoreError(
            f"another process writes to {directory}: wait until it is done, and try again"
        ) from None
    try:
        yield lock
    finally:
        lock.release()


def _difference(one: Balance, other: Balance) -> Balance:
    names = ("members", "reports", "duplicates", "rejected", "skipped")
    return Balance(*(getattr(one, name) - getattr(other, name) for name in names))
