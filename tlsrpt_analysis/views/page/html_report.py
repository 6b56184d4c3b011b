"""The page to share, from tables to a file, without a notebook and without a kernel."""

import datetime as dt
from pathlib import Path

import pandas as pd

from tlsrpt_analysis.analyses.impact.enforce_impact import EnforceImpact, enforce_impact
from tlsrpt_analysis.analyses.probe_findings import ProbeFindings
from tlsrpt_analysis.tables import ReportTables
from tlsrpt_analysis.views.page.analysed import analysed
from tlsrpt_analysis.views.page.page_html import page_html
from tlsrpt_analysis.views.page.page_of import PageOptions, page_of
from tlsrpt_analysis.views.page.written_files import write_file


def write_html_report(  # noqa: PLR0913 - each is a choice of its own, by keyword
    tables: ReportTables,
    output: str | Path,
    *,
    impact: EnforceImpact | None = None,
    findings: ProbeFindings | None = None,
    mx_preferences: pd.DataFrame | None = None,
    name: str = "",
    author: str = "",
    made_on: dt.date | None = None,
) -> Path:
    """Write what enforce mode would cost as one HTML file that needs neither Python nor a network.

    Parameters
    ----------
    tables : ReportTables
        The reports.
    output : str or Path
        The file to write.
    impact : EnforceImpact, optional
        What `tlsrpt_analysis.enforce_impact` returned for the tables, if it is there already.
    findings : findings of a probe, optional
        They confirm or refute causes.
    mx_preferences : DataFrame, optional
        The MX records, as for `tlsrpt_analysis.diagnose`.
    name, author : str
        What stands above the answer, and who signs it.
    made_on : date, optional
        The day that the page bears; today by default.

    Returns
    -------
    Path
        The file that was written.

    Raises
    ------
    ExportError
        When the file cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> from tlsrpt_analysis.tables import empty_tables
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     page = write_html_report(empty_tables(), Path(folder, "impact.html"))
    ...     "The reports name no domain." in page.read_text()
    True
    """
    results = analysed(
        tables,
        impact if impact is not None else enforce_impact(tables),
        findings=findings,
        mx_preferences=mx_preferences,
    )
    options = PageOptions(made_on=made_on or _today(), name=name, author=author)
    return write_file(Path(output), page_html(page_of(results, options)).encode())


def _today() -> dt.date:
    return dt.datetime.now(tz=dt.UTC).date()
