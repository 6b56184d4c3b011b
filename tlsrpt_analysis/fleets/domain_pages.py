"""A page for each domain of a fleet that is not ready, written by several processes."""

import datetime as dt
import os
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

from tlsrpt_analysis.analyses.impact.enforce_impact import impact_of_each
from tlsrpt_analysis.fleets.fleet import Fleet
from tlsrpt_analysis.fleets.sums import NOT_READY
from tlsrpt_analysis.store.directory import open_store
from tlsrpt_analysis.views.page.analysed import analysed
from tlsrpt_analysis.views.page.file_names import INDEX, page_name
from tlsrpt_analysis.views.page.fleet_page import write_fleet_report
from tlsrpt_analysis.views.page.html_report import domain_pages
from tlsrpt_analysis.views.page.page_of import PageOptions

DOMAINS_AT_ONCE = 200
"""The most domains whose reports are opened together: finding a few in a large store takes seconds."""


@dataclass(frozen=True, slots=True)
class _Batch:
    """Domains whose pages are written together."""

    domains: tuple[str, ...]
    store: Path
    folder: Path
    since: dt.date | str | None
    until: dt.date | str | None
    options: PageOptions


def write_domain_pages(  # noqa: PLR0913 - each is a choice of its own, by keyword
    found: Fleet,
    store: str | os.PathLike[str],
    folder: str | os.PathLike[str],
    *,
    since: dt.date | str | None = None,
    until: dt.date | str | None = None,
    workers: int | None = None,
    title: str = "",
    author: str = "",
    made_on: dt.date | None = None,
) -> Iterator[Path]:
    """Write a page for each domain that is not ready, and a list of them.

    Parameters
    ----------
    found : Fleet
        What `fleet` returned for the store.
    store, since, until
        As for `fleet`.
    folder : str or os.PathLike
        Where to write the pages; created if missing.
    workers : int, optional
        Processes; all cores by default.
    title, author, made_on
        As for `tlsrpt_analysis.views.write_domain_reports`.

    Yields
    ------
    Path
        Each page as soon as it is written, and the list of pages last.

    Raises
    ------
    ExportError
        When a file cannot be written.
    """
    target = Path(folder)
    options = PageOptions(made_on or dt.datetime.now(tz=dt.UTC).date(), title, author)
    bad = found.where(NOT_READY)
    names = domains_with_pages(found)
    processes = workers or os.cpu_count() or 1
    size = max(1, min(DOMAINS_AT_ONCE, -(-len(names) // processes)))
    batches = [
        _Batch(
            tuple(names[begin : begin + size]),
            Path(store),
            target,
            since,
            until,
            options,
        )
        for begin in range(0, len(names), size)
    ]
    yield from _written(batches, min(processes, len(batches)))
    target.mkdir(parents=True, exist_ok=True)
    yield write_fleet_report(
        bad,
        target / INDEX,
        addresses={name: page_name(name) for name in names},
        title=title,
        author=author,
        made_on=options.made_on,
    )


def domains_with_pages(found: Fleet) -> list[str]:
    """Return the domains that are not ready, by name."""
    rows = found.by_domain
    return sorted(map(str, rows.loc[rows["verdict"].isin(NOT_READY), "policy_domain"]))


def _written(batches: list[_Batch], workers: int) -> Iterator[Path]:
    if workers < 2:
        for batch in batches:
            yield from _pages(batch)
        return
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        for paths in pool.map(_pages, batches):
            yield from paths


def _pages(batch: _Batch) -> list[Path]:
    tables = open_store(
        batch.store, since=batch.since, until=batch.until, policy_domains=batch.domains
    )
    results = analysed(tables, impact_of_each(tables), start=batch.options.made_on)
    return list(domain_pages(results, batch.folder, batch.options))
