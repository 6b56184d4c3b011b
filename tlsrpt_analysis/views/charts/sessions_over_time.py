"""The chart of sessions over time: how many by reporter, and which share of them failed."""

import altair as alt
import pandas as pd

from tlsrpt_analysis.views.charts.parts import (
    AT_TOP,
    PERCENT_AXIS,
    WIDE,
    colours,
    days,
    finished,
    no_data,
    plotted,
    tooltip,
)
from tlsrpt_analysis.views.charts.rows import known_or_other
from tlsrpt_analysis.views.charts.time_rows import mode_changes, reporters_over_time
from tlsrpt_analysis.views.style import INK, OTHER, PAPER, QUIET_INK, REPORTER_COLOURS


def sessions_over_time(
    sessions: pd.DataFrame, *, brush: alt.Parameter | None = None
) -> alt.VConcatChart | alt.Chart:
    """Draw the sessions of each reporter over time, and which share of them failed.

    Parameters
    ----------
    sessions : DataFrame
        The result of `tlsrpt_analysis.daily_sessions`; domains are summed.
    brush : altair selection, optional
        An interval of days that the reader can draw over the sessions.

    Returns
    -------
    altair chart
        Sessions above, shares below; days on which a policy changed its mode are marked.
        Long periods are summed by week, month or year.

    Examples
    --------
    >>> import tlsrpt_analysis as tlsrpt
    >>> from tlsrpt_analysis.tables import empty_tables
    >>> chart = sessions_over_time(tlsrpt.daily_sessions(empty_tables()))
    """
    if sessions.empty or not sessions["session_count"].sum():
        return no_data("no report counts a session.")
    rows = reporters_over_time(sessions)
    rows["colour"] = known_or_other(rows["reporter"], REPORTER_COLOURS)
    rows["strength"] = [0.45 if colour == OTHER else 1.0 for colour in rows["colour"]]
    changes = mode_changes(sessions)
    marks = _marked(changes)
    base = plotted(rows.drop(columns=["session_count", "failed_session_count", "place"]))
    stacks = _stacks(base, rows["colour"])
    upper = [stacks if brush is None else stacks.add_params(brush), *marks]
    parts = [
        alt.LayerChart(layer=layers, width=WIDE, height=110)
        for layers in (upper, [*_shares(base, rows["colour"]), *marks])
    ]
    shared = alt.Resolve(scale=alt.ScaleResolveMap(x="shared", color="shared"))
    chart = alt.VConcatChart(vconcat=parts, spacing=12, resolve=shared)
    count = sessions["policy_domain"].nunique(dropna=False)
    return finished(
        chart,
        title="Sessions and failures over time",
        subtitle=f"{count:,} domain{'' if count == 1 else 's together'}."
        " A line is interrupted where a reporter sent no report."
        + (" Dashed line: the policy changed its mode." if len(changes) else ""),
        description=f"Sessions over time of {rows['reporter'].nunique()} reporters, and below the"
        f" share that failed for each; {len(changes)} changes of policy mode are marked.",
    )


def _stacks(base: alt.Chart, present: pd.Series) -> alt.Chart:
    axis = alt.Axis(title="sessions", tickCount=3, format="~s")
    stacks: alt.Chart = (
        base.transform_filter(alt.FieldValidPredicate(field="low", valid=True))
        .mark_rect(stroke=PAPER, strokeWidth=0.2)
        .encode(
            x=days("start:T"),
            x2=alt.X2("end:T"),
            y=alt.Y("low:Q", axis=axis),
            y2=alt.Y2("high:Q"),
            color=colours("colour:N", REPORTER_COLOURS, present=present, title="reporter"),
            tooltip=tooltip(reporter="reporter", period="when", failures="sessions failed"),
        )
    )
    return stacks


def _shares(base: alt.Chart, present: pd.Series) -> list[alt.Chart]:
    lines = base.encode(
        x=days("middle:T"),
        y=alt.Y(
            "share:Q",
            axis=alt.Axis(title="share failed", format=PERCENT_AXIS, tickCount=3),
            scale=alt.Scale(domainMin=0, nice=True),
        ),
        color=colours("colour:N", REPORTER_COLOURS, present=present, title="reporter"),
        detail=alt.Detail("reporter:N"),
        opacity=alt.Opacity("strength:Q", scale=None),
        tooltip=tooltip(reporter="reporter", period="when", failures="sessions failed"),
    )
    return [lines.mark_line(strokeWidth=1.2), lines.mark_point(filled=True, size=12)]


def _marked(changes: pd.DataFrame) -> list[alt.Chart]:
    if changes.empty:
        return []
    base = plotted(changes).encode(
        x=days("day:T"),
        tooltip=tooltip(policy_domain="domain", day="since", change="policy mode"),
    )
    rule = base.mark_rule(color=INK, strokeDash=[4, 3], strokeWidth=1.5)
    if len(changes) > 3:
        return [rule]
    text = base.mark_text(align="left", baseline="top", dx=4, dy=2, color=QUIET_INK, fontSize=11)
    return [rule, text.encode(text=alt.Text("mode:N"), y=AT_TOP)]
