"""The page to share, from tables to files, without a notebook and without a kernel."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pandas as pd

from tlsrpt_analysis.analyses.impact.impact import EnforceImpact
from tlsrpt_analysis.analyses.probe_findings import ProbeFindings
from tlsrpt_analysis.tables import ReportTables
from tlsrpt_analysis.views.csv_files import write_csv
from tlsrpt_analysis.views.page import overview
from tlsrpt_analysis.views.page.analysed import Analysed, Row, analysed
from tlsrpt_analysis.views.page.file_names import INDEX, page_name
from tlsrpt_analysis.views.page.page_html import page_html
from tlsrpt_analysis.views.page.page_model import Page
from tlsrpt_analysis.views.page.page_of import (
    MOST_DETAILS,
    PageOptions,
    is_cut,
    page_of,
    page_of_domain,
    page_of_pages,
)
from tlsrpt_analysis.views.page.written_files import target_of, write_file

MOST_BYTES = 4_000_000
"""The longest page: mail servers take it, and browsers open it in a moment."""

ROOM = 0.9
"""The first domains have the longest details, so that more than in proportion are left out."""

MOST_PLANS = 20
"""The most domains with a dated plan on one page: each step of each plan is a question of its own."""


def write_html_report(  # noqa: PLR0913 - each is a choice of its own, by keyword
    tables: ReportTables,
    output: str | Path,
    *,
    impact: EnforceImpact | None = None,
    findings: ProbeFindings | pd.DataFrame | None = None,
    mx_preferences: pd.DataFrame | None = None,
    title: str = "",
    author: str = "",
    code: str = "",
    made_on: dt.date | None = None,
) -> Path:
    """Write what enforce mode would cost as one HTML file that needs neither Python nor a network.

    Parameters
    ----------
    tables : ReportTables
        The reports.
    output : str or Path
        The file to write; with thousands of domains, a CSV file of the same name has what the page
        leaves out.
    impact : EnforceImpact, optional
        What `tlsrpt_analysis.enforce_impact` returned for the tables, if it is there already.
    findings : findings of a probe, or their checks, optional
        They confirm or refute causes.
    mx_preferences : DataFrame, optional
        The MX records, as for `tlsrpt_analysis.diagnose`.
    title, author : str
        What stands above the answer, and who signs it.
    code : str
        Python to show at the end of the page; none by default.
    made_on : date, optional
        The day that the page bears, on which its plans begin; today by default.

    Returns
    -------
    Path
        The file that was written.

    Raises
    ------
    ExportError
        When a file cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> from tlsrpt_analysis.tables import empty_tables
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     page = write_html_report(empty_tables(), Path(folder, "impact.html"))
    ...     "The reports name no domain." in page.read_text()
    True
    """
    target = target_of(output)
    options = PageOptions(made_on or _today(), title, author, code=code)
    results = analysed(
        tables,
        impact,
        start=options.made_on,
        most_plans=MOST_PLANS,
        findings=findings,
        mx_preferences=mx_preferences,
    )
    beside = target.with_suffix(".csv")
    page, content = _fitting(results, replace(options, csv_name=beside.name))
    if is_cut(page):
        write_csv(results.by_domain, beside)
    return write_file(target, content)


def _fitting(results: Analysed, options: PageOptions) -> tuple[Page, bytes]:
    """Return the page with the details of as many domains as `MOST_BYTES` have room for."""
    most = MOST_DETAILS
    while True:
        page = page_of(results, options, most_details=most)
        content = page_html(page).encode()
        if len(content) <= MOST_BYTES or not page.details:
            return page, content
        most = int(len(page.details) * ROOM * MOST_BYTES / len(content))


def write_domain_reports(  # noqa: PLR0913 - each is a choice of its own, by keyword
    tables: ReportTables,
    folder: str | Path,
    *,
    impact: EnforceImpact | None = None,
    findings: ProbeFindings | pd.DataFrame | None = None,
    mx_preferences: pd.DataFrame | None = None,
    title: str = "",
    author: str = "",
    made_on: dt.date | None = None,
) -> Iterator[Path]:
    """Write a page for each domain, so that a provider can give each customer only their own.

    Parameters
    ----------
    tables : ReportTables
        The reports.
    folder : str or Path
        Where to write the pages; created if missing.
    impact, findings, mx_preferences, title, author, made_on
        As for `write_html_report`.

    Yields
    ------
    Path
        Each page as soon as it is written, and the list of pages last.

    Raises
    ------
    ExportError
        When a file cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> from tlsrpt_analysis.tables import empty_tables
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     [page.name for page in write_domain_reports(empty_tables(), folder)]
    ['index.html']
    """
    target, options = Path(folder), PageOptions(made_on or _today(), title, author)
    results = analysed(
        tables,
        impact,
        start=options.made_on,
        findings=findings,
        mx_preferences=mx_preferences,
    )
    yield from domain_pages(results, target, options)
    named = [row["policy_domain"] for row in _named_rows(results)]
    names = {domain: page_name(domain) for domain in named}
    yield write_file(target / INDEX, page_html(page_of_pages(results, names, options)).encode())


def domain_pages(results: Analysed, folder: Path, options: PageOptions) -> Iterator[Path]:
    """Write a page for each domain of the results, and yield each as soon as it is written."""
    for row in _named_rows(results):
        page = page_html(page_of_domain(results, row, options))
        yield write_file(folder / page_name(row["policy_domain"]), page.encode())


def _named_rows(results: Analysed) -> list[Row]:
    return [row for row in overview.all_rows(results) if isinstance(row["policy_domain"], str)]


def _today() -> dt.date:
    return dt.datetime.now(tz=dt.UTC).date()
