"""Reports from files into tables: the intake joined to the four frames."""

import datetime as dt
import gc
import math
import os
import time
import warnings
from collections.abc import Collection, Iterable, Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Never

from tlsrpt_analysis.intake.authenticity.wanted import Authentication
from tlsrpt_analysis.intake.limits import DEFAULT_LIMITS, Limits
from tlsrpt_analysis.intake.outcomes import Outcome
from tlsrpt_analysis.intake.red_flags import Expectations, expectations
from tlsrpt_analysis.intake.sources.mailbox_access import MailboxAccess
from tlsrpt_analysis.intake.sources.walk import Source, walk_sources
from tlsrpt_analysis.loading.batches import BatchBuilder, ReportRules
from tlsrpt_analysis.loading.frames import lean_memory
from tlsrpt_analysis.loading.joining import join, merged_in_turn
from tlsrpt_analysis.loading.reading import FoundSource, Gathered, ReadingOptions, gathered
from tlsrpt_analysis.loading.sources_ahead import MOST_AHEAD, SourcesAhead
from tlsrpt_analysis.loading.workers import in_cluster, in_processes, worker_count
from tlsrpt_analysis.tables import ReportTables

if TYPE_CHECKING:
    from distributed import Client
    from tqdm import tqdm

NO_BAR = "TQDM_DISABLE"
"""The variable of the environment by which tqdm draws no bar; its bar in notebooks ignores it."""


def load_reports(  # noqa: PLR0913 - independent options, by keyword
    *paths: str | os.PathLike[str],
    progress: bool | None = None,
    workers: int | None = None,
    client: "Client | None" = None,
    limits: Limits = DEFAULT_LIMITS,
    authentication: Authentication | None = None,
    own_domains: str | Collection[str] = (),
    token_command: str = "",
) -> ReportTables:
    """Read TLS reports (RFC 8460 §4.4) from whatever they were kept in.

    File types are detected from content, not from names: JSON, gzip, bzip2, xz, zip, tar, mails,
    mboxes and Maildirs, also nested in each other.

    Parameters
    ----------
    *paths : str or os.PathLike
        Files, folders, globs and addresses, in any mix. Each file is read once.
        Addresses are ``imaps://user@host/folder``, whose password is taken from the environment
        (``TLSRPT_IMAP_PASSWORD``) or the keyring, ``graph://user@example.com/folder`` at Microsoft
        365, and those that fsspec reads, for example ``s3://bucket/folder``; and
        ``https://host/file``.
    progress : bool, optional
        Whether to show a progress bar; by default in notebooks and on terminals, if loading takes
        longer than a second and the environment does not set ``TQDM_DISABLE``.
    workers : int, optional
        How many processes read; by default one per core on Linux if the input is large enough to
        benefit, and otherwise one. Neither order nor keys depend on it.
    client : distributed.Client, optional
        A Dask client, whose workers then read; they must have access to the same paths.
    limits : Limits
        How much of each input is read at most.
    authentication : Authentication, optional
        How reports that came by mail are authenticated (RFC 8460 §3).
        Reports that fail, or have no signature, then keep their row in ``reports`` and add nothing
        to ``policies`` and ``failures``, unless the option says to include them.
        By default no report is authenticated, as that needs DNS.
    own_domains : str or collection of str
        Your domains; a report about another one is noted in ``problems``.
    token_command : str
        A command that prints the OAuth 2 token of a mailbox on a server.

    Returns
    -------
    ReportTables
        The frames ``reports``, ``policies``, ``failures`` and ``problems``, and the balance:
        inputs = reports + duplicates + rejected + skipped.
        Times are UTC, counts are SMTP sessions.
        A report that came twice has a second row in ``reports``, with ``is_duplicate``, and adds
        nothing elsewhere.
        No input makes loading fail: what could not be read is a row of ``problems``.

    Raises
    ------
    SourceError
        When a path does not exist or a glob matches nothing, before anything is read.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> folder = tempfile.TemporaryDirectory()
    >>> report = '''{"organization-name": "Company-X", "report-id": "1", "policies": [],
    ...     "date-range": {"start-datetime": "2016-04-01T00:00:00Z",
    ...                    "end-datetime": "2016-04-01T23:59:59Z"}}'''
    >>> path = pathlib.Path(folder.name, "report.json")
    >>> _ = path.write_text(report)
    >>> load_reports(path).balance
    Balance(members=1, reports=1, duplicates=0, rejected=0, skipped=0)
    >>> folder.cleanup()
    """
    options = reading_options(limits, authentication, own_domains)
    sources = walk_sources(*paths, access=MailboxAccess(token_command))
    with read_in_bulk(sources, options, progress=progress, workers=workers, client=client) as parts:
        return join(merged_in_turn(part.batch for part in parts)).tables()


def tables_of(
    outcomes: Iterable[Outcome],
    expected: Expectations | None = None,
    *,
    authentication: Authentication | None = None,
) -> ReportTables:
    """Gather the outcomes of the intake into tables."""
    rules = ReportRules(expected or Expectations(), authentication or Authentication())
    builder = BatchBuilder(rules)
    for outcome in outcomes:
        builder.take(outcome)
    return join([builder.batch()]).tables()


def reading_options(
    limits: Limits, authentication: Authentication | None, own_domains: str | Collection[str]
) -> ReadingOptions:
    """Return the options for reading, with today's date for reports from the future."""
    expected = expectations(own_domains, dt.datetime.now(dt.UTC).date())
    return ReadingOptions(limits, ReportRules(expected, authentication))


@contextmanager
def read_in_bulk(  # noqa: PLR0913 - independent options, by keyword
    sources: Iterable[FoundSource],
    options: ReadingOptions,
    *,
    progress: bool | None,
    workers: int | None = None,
    client: "Client | None" = None,
    files_before: int = 0,
) -> Iterator[Iterator[Gathered]]:
    """Yield the batches of sources, in order, while a bar shows the progress.

    If other files were read before these, the bar says from which file it counts.
    """
    ahead = SourcesAhead(sources)
    title = f"Reading from file {files_before + 1:,} on" if files_before else "Reading reports"
    with (
        closing(_Progress(ahead, title, progress=progress)) as bar,
        _rare_collections(),
        lean_memory(),
    ):
        bar.add(0)
        if client is not None:
            parts = in_cluster(ahead, options, client, on_read=bar.add)
        elif (count := worker_count(workers, ahead)) > 1:
            parts = in_processes(ahead, options, count, on_read=bar.add)
        else:
            ahead.look(MOST_AHEAD)  # so that the bar knows the total
            parts = gathered(ahead, options, on_read=bar.add)
        with closing(parts):  # or processes would outlive an exception of the caller
            yield _with_progress(parts, bar)


def _with_progress(parts: Iterable[Gathered], bar: "_Progress") -> Iterator[Gathered]:
    for part in parts:
        bar.finish(part.finished)
        yield part


@contextmanager
def _rare_collections() -> Iterator[None]:
    """Collect garbage less often: a batch holds ten thousand lists, and none of them in a cycle.

    This saves a fifth of the time; mails read by the `email` package are still collected.
    """
    before = gc.get_threshold()
    gc.set_threshold(max(before[0], 100_000) if before[0] else 0, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


class _Progress:
    """Counts the bytes that were read and shows them in a bar, with a total once it is known.

    The bar is created when it is shown, at once if requested and otherwise after a second, as
    importing the package that draws it takes a tenth of a second.
    """

    def __init__(self, ahead: SourcesAhead, title: str, *, progress: bool | None) -> None:
        self._ahead = ahead
        self._title = title
        self._bar: tqdm[Never] | None = None
        if progress is None and os.environ.get(NO_BAR):
            progress = False
        self._hidden = None if progress is None else not progress
        delay = {True: 0.0, False: math.inf}.get(progress, 1.0)  # type: ignore[arg-type]
        self._shown_from = time.monotonic() + delay
        self._shown_bytes = self._finished_bytes = 0

    def finish(self, sources: Iterable[FoundSource]) -> None:
        """Count finished sources; of an archive only a part may be read, or a part twice."""
        self._finished_bytes += sum(source.size for source in sources if isinstance(source, Source))
        self.add(max(0, self._finished_bytes - self._shown_bytes))  # the bar never goes back

    def add(self, count: int) -> None:
        """Count more bytes."""
        self._shown_bytes += count
        if self._bar is not None:
            if self._bar.total is None:
                self._bar.total = self._ahead.total_bytes
            self._bar.update(count)
        elif time.monotonic() >= self._shown_from:
            self._bar = _bar(self._title, self._ahead.total_bytes, hidden=self._hidden)
            self._bar.update(self._shown_bytes)

    def close(self) -> None:
        """Remove the bar."""
        if self._bar is not None:
            self._bar.close()


def _bar(title: str, total_bytes: int | None, *, hidden: bool | None) -> "tqdm[Never]":
    """Return a bar; one that is neither asked for nor hidden shows in notebooks and on terminals."""
    with warnings.catch_warnings():  # tqdm warns when a notebook has no ipywidgets
        warnings.simplefilter("ignore")
        from tqdm.auto import tqdm  # noqa: PLC0415 - it loads asyncio, which only a bar needs
    return tqdm(
        total=total_bytes, unit="B", unit_scale=True, desc=title, leave=False, disable=hidden
    )
