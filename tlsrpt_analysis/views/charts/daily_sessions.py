"""The chart of the failed sessions of each reporter, day by day."""

import altair as alt
import pandas as pd

from tlsrpt_analysis.views.charts.parts import (
    by_domain,
    days,
    legend,
    lines,
    no_data,
    only,
    plotted,
    tooltip,
)
from tlsrpt_analysis.views.charts.rows import (
    bounded_sessions,
    first_domains,
    rate_bands,
)
from tlsrpt_analysis.views.charts.time_rows import failures_of_sessions, gaps
from tlsrpt_analysis.views.style import (
    PAPER,
    QUIET_INK,
    RATE_COLOURS,
)

NO_REPORT = "no report"


def daily_sessions(sessions: pd.DataFrame) -> alt.FacetChart | alt.Chart:
    """Draw the share of each reporter's sessions that failed, day by day.

    Parameters
    ----------
    sessions : DataFrame
        The result of `tlsrpt_analysis.daily_sessions`.

    Returns
    -------
    altair chart
        A cell per reporter and day, darker where more failed, blank without a report.
        Long periods are summed by week, month or year.

    Examples
    --------
    >>> import tlsrpt_analysis as tlsrpt
    >>> from tlsrpt_analysis.tables import empty_tables
    >>> chart = daily_sessions(tlsrpt.daily_sessions(empty_tables()))
    """
    rows = bounded_sessions(sessions)
    if rows.empty:
        return no_data("no report counts a session.")
    count = len(rows)
    rows["band"] = rate_bands(rows["failed_session_count"], rows["session_count"])
    rows["failures"] = failures_of_sessions(rows)
    keys = ["policy_domain", "reporter"]
    totals = rows.groupby(keys)["session_count"].sum().rename("total").reset_index()
    rows = pd.concat([rows, gaps(rows).assign(band=NO_REPORT)], ignore_index=True)
    rows = rows.merge(totals).sort_values("total", ascending=False, kind="stable")
    rows = first_domains(rows.drop(columns="total"), by="session_count", lines=len(rows))
    return by_domain(
        _cells(plotted(rows).encode(y=lines("reporter:N"))),
        title="Failed sessions by reporter and day",
        subtitle="Thin line: no report, so nothing is known. Click the legend to highlight a shade.",
        description=f"Heat map of {count:,} cells: the share of each reporter's sessions that"
        " failed, by domain and day.",
    )


def _cells(base: alt.Chart) -> alt.LayerChart:
    picked = alt.selection_point(fields=["band"], bind="legend", name="picked_band")
    scale = alt.Scale(domain=list(RATE_COLOURS), range=list(RATE_COLOURS.values()))
    missing = only("band", NO_REPORT)
    base = base.encode(x=days("start:T"), x2=alt.X2("end:T"))
    line = base.transform_filter(missing).mark_rule(color=QUIET_INK, strokeWidth=1)
    cells = (
        base.transform_filter(alt.FieldOneOfPredicate(field="band", oneOf=list(RATE_COLOURS)))
        .mark_rect(stroke=PAPER, strokeWidth=0.5)
        .encode(
            color=alt.Color(
                "band:O", scale=scale, legend=legend("of a reporter's sessions failed")
            ),
            opacity=alt.condition(picked, alt.value(1), alt.value(0.12)),
            tooltip=tooltip(
                policy_domain="domain",
                reporter="reporter",
                period="when",
                failures="sessions failed",
            ),
        )
        .add_params(picked)
    )
    gap = tooltip(policy_domain="domain", reporter="reporter", start="no report from", end="until")
    return alt.LayerChart(layer=[line.encode(tooltip=gap), cells])
