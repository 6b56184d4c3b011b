"""The charts of a report as picture files, for slides and documents."""

from pathlib import Path

from tlsrpt_analysis.analyses.causes.diagnose import causes_of
from tlsrpt_analysis.analyses.coverage import coverage
from tlsrpt_analysis.analyses.impact.impact import EnforceImpact
from tlsrpt_analysis.analyses.mx_hosts.failure_share_by_mx import failure_share_by_mx
from tlsrpt_analysis.analyses.sessions import daily_sessions
from tlsrpt_analysis.tables import ReportTables
from tlsrpt_analysis.views import charts
from tlsrpt_analysis.views.page.pictures import write_pictures


def write_report_charts(
    tables: ReportTables, impact: EnforceImpact, folder: str | Path
) -> list[Path]:
    """Write the chart of each analysis as PNG and SVG.

    Parameters
    ----------
    tables : ReportTables
        The reports.
    impact : EnforceImpact
        What `tlsrpt_analysis.enforce_impact` returned for them.
    folder : str or Path
        Where to write the files; created if missing.

    Returns
    -------
    list of Path
        The files, named by number and analysis, for example ``01-enforce-impact.png``.

    Raises
    ------
    ExportError
        When a file cannot be written.
    """
    diagnosed = impact.diagnosed.about(tables)
    causes, sessions = causes_of(diagnosed.diagnoses), daily_sessions(tables)
    comparisons = diagnosed.selective
    selective = comparisons[comparisons["verdict"] == "selective"]
    drawn = {
        "enforce-impact": charts.enforce_impact(impact, causes),
        "daily-sessions": charts.daily_sessions(sessions),
        "failure-share-by-mx": charts.failure_share_by_mx(failure_share_by_mx(tables), causes),
        "selective-failures": charts.selective_failures(selective),
        "coverage": charts.coverage(coverage(tables), sessions),
    }
    return [
        path
        for place, (name, chart) in enumerate(drawn.items(), start=1)
        for path in write_pictures(Path(folder), f"{place:02d}-{name}", chart.to_dict())
    ]
