"""The chart of who reported on which days."""

from typing import TYPE_CHECKING

import pandas as pd

from tlsrpt_analysis.views.charts.layers import (
    NEUTRAL,
    ROW,
    Spec,
    as_chart,
    days,
    finished,
    heading_layer,
    mark,
    no_data,
    row_texts_layers,
    rows_body,
    tooltip,
)
from tlsrpt_analysis.views.charts.periods import day_text
from tlsrpt_analysis.views.charts.rows import (
    LINE,
    MOST_ROWS,
    bounded_sessions,
    first_domains,
    left_out,
    row_texts,
    with_headings,
)
from tlsrpt_analysis.views.charts.time_rows import runs
from tlsrpt_analysis.views.style import RULE, missing_as

if TYPE_CHECKING:
    import altair as alt

COLUMNS = [
    *("layer", "row", *LINE, "name", "value", "bar_from", "bar_until", "gap", "first", "last"),
    "session_count",
]


def coverage(
    covered: pd.DataFrame, sessions: pd.DataFrame | None = None
) -> "alt.LayerChart | alt.VConcatChart":
    """Draw on which days each reporter reported, and how many it missed.

    Parameters
    ----------
    covered : DataFrame
        The result of `tlsrpt_analysis.coverage`.
    sessions : DataFrame, optional
        The result of `tlsrpt_analysis.daily_sessions`: the bars then show each gap, like a calendar.

    Returns
    -------
    altair chart
        A line per domain and reporter with bars from the first to the last day of each stretch.

    Examples
    --------
    >>> import tlsrpt_analysis as tlsrpt
    >>> from tlsrpt_analysis.tables import empty_tables
    >>> chart = coverage(tlsrpt.coverage(empty_tables()))
    """
    return as_chart(coverage_specification(covered, sessions))


def coverage_specification(covered: pd.DataFrame, sessions: pd.DataFrame | None = None) -> Spec:
    """Return the chart as `coverage` draws it, as a Vega-Lite specification."""
    if covered.empty:
        return no_data("there is no report.")
    ordered = covered.sort_values("session_count", ascending=False, kind="stable")
    rows = first_domains(ordered, by="session_count")
    end = rows["last_day"] + pd.Timedelta(days=1)
    rows = rows.assign(
        reporter=missing_as(rows["reporter"]),
        name=missing_as(rows["reporter"]),
        bar_from=rows["first_day"].dt.strftime("%Y-%m-%d"),
        bar_until=end.dt.strftime("%Y-%m-%d"),
        first=rows["first_day"].map(day_text),
        last=rows["last_day"].map(day_text),
        value=row_texts(rows, lambda row: f"{row['reported_days']} of {row['period_days']} days"),
        gap=row_texts(rows, lambda row: f"{row['longest_gap_days']} days"),
    )
    rows = with_headings(rows)
    lines = rows[rows["layer"] == "whole"]
    stretches = lines if sessions is None else _stretches(lines, sessions)
    both = pd.concat([rows, stretches.assign(layer="bar")], ignore_index=True)
    return finished(
        both[COLUMNS],
        rows_body(_layers(), step=36),
        title=coverage_title(covered),
        subtitle="Bar: days with a report. Thin line: no report, so nothing is known."
        + left_out(covered, lines, "rows"),
        about=f"Days with reports of {len(lines)} pairs of domain and reporter.",
    )


def coverage_title(covered: pd.DataFrame) -> str:
    """Return what the chart says, in one sentence.

    Examples
    --------
    >>> coverage_title(pd.DataFrame({"reporter": ["Google", "GMX"], "missing_days": [0, 3]}))
    '1 of 2 senders reported on every day'
    """
    missed = covered["missing_days"].groupby(missing_as(covered["reporter"])).max()
    whole = int((missed == 0).sum())
    return f"{whole or 'None'} of {len(missed):,} senders reported on every day"


def _stretches(rows: pd.DataFrame, sessions: pd.DataFrame) -> pd.DataFrame:
    named = sessions.assign(**{key: missing_as(sessions[key]) for key in LINE})
    shown = named.merge(rows[LINE], on=LINE)
    whole = rows.drop(columns=["bar_from", "bar_until"])
    daily = pd.DataFrame(
        {
            **{key: shown[key] for key in LINE},
            "start": shown["day"].dt.strftime("%Y-%m-%d"),
            "end": (shown["day"] + pd.Timedelta(days=1)).dt.strftime("%Y-%m-%d"),
        }
    )
    found = runs(daily)
    if len(found) > MOST_ROWS:  # for years of single days, weeks or months show as much
        found = runs(bounded_sessions(shown))
    named_bars = found.rename(columns={"start": "bar_from", "end": "bar_until"})
    return whole.merge(named_bars, on=LINE, sort=False)


def _layers() -> list[Spec]:
    details = tooltip(
        policy_domain="domain",
        reporter="reporter",
        first="first day",
        last="last day",
        value="days with a report",
        gap="longest gap",
        session_count="connections",
    )
    span = {"y": ROW, "x": days("bar_from"), "x2": {"field": "bar_until"}, "tooltip": details}
    return [
        mark("rule", span, layer="whole", color=RULE, strokeWidth=1, yOffset=8),
        mark("bar", span, layer="bar", color=NEUTRAL, height=8, yOffset=8),
        *row_texts_layers("whole", shift=6, details=details),
        heading_layer(shift=6),
    ]
