"""The chart of who reported on which days."""

import altair as alt
import pandas as pd

from tlsrpt_analysis.views.charts.parts import (
    at_the_right,
    by_domain,
    colours,
    days,
    lines,
    no_data,
    only,
    plotted,
    tooltip,
)
from tlsrpt_analysis.views.charts.rows import (
    MOST_ROWS,
    bounded_sessions,
    first_domains,
    known_or_other,
    left_out,
    row_texts,
)
from tlsrpt_analysis.views.charts.time_rows import runs
from tlsrpt_analysis.views.style import (
    QUIET_INK,
    REPORTER_COLOURS,
    missing_as,
)


def coverage(
    covered: pd.DataFrame, sessions: pd.DataFrame | None = None
) -> alt.FacetChart | alt.Chart:
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
    if covered.empty:
        return no_data("there is no report.")
    ordered = covered.sort_values("session_count", ascending=False, kind="stable")
    rows = first_domains(ordered, by="session_count")
    end = rows["last_day"] + pd.Timedelta(days=1)
    rows = rows.assign(
        reporter=missing_as(rows["reporter"]),
        colour=known_or_other(rows["reporter"], REPORTER_COLOURS),
        bar_from=rows["first_day"].dt.strftime("%Y-%m-%d"),
        bar_until=end.dt.strftime("%Y-%m-%d"),
        reported=row_texts(
            rows, lambda row: f"{row['reported_days']} of {row['period_days']} days"
        ),
        gap=row_texts(rows, lambda row: f"{row['longest_gap_days']} days"),
    )
    stretches = rows if sessions is None else _stretches(rows, sessions)
    both = pd.concat([rows.assign(layer="line"), stretches.assign(layer="bar")], ignore_index=True)
    return by_domain(
        _calendar(plotted(both).encode(y=lines("reporter:N")), rows),
        title="Who reported, and on how many days",
        subtitle="Thin line: no report. A missing day is unknown, not clean."
        + left_out(covered, rows, "rows"),
        description=f"Days with reports of {len(rows)} pairs of domain and reporter.",
    )


def _stretches(rows: pd.DataFrame, sessions: pd.DataFrame) -> pd.DataFrame:
    named = sessions.assign(
        **{key: missing_as(sessions[key]) for key in ("policy_domain", "reporter")}
    )
    keys = ["policy_domain", "reporter"]
    shown = named.merge(rows[keys], on=keys)
    whole = rows.drop(columns=["bar_from", "bar_until"])
    daily = pd.DataFrame(
        {
            **{key: shown[key] for key in keys},
            "start": shown["day"].dt.strftime("%Y-%m-%d"),
            "end": (shown["day"] + pd.Timedelta(days=1)).dt.strftime("%Y-%m-%d"),
        }
    )
    found = runs(daily)
    if len(found) > MOST_ROWS:  # for years of single days, weeks or months show as much
        found = runs(bounded_sessions(shown))
    named_bars = found.rename(columns={"start": "bar_from", "end": "bar_until"})
    return whole.merge(named_bars, on=keys, sort=False)


def _calendar(base: alt.Chart, rows: pd.DataFrame) -> alt.LayerChart:
    details = tooltip(
        policy_domain="domain",
        reporter="reporter",
        first_day="first day",
        last_day="last day",
        reported="days with a report",
        gap="longest gap",
        session_count="sessions",
    )
    span = base.encode(x=days("bar_from:T"), x2=alt.X2("bar_until:T"), tooltip=details)
    line = span.transform_filter(only("layer", "line")).mark_rule(color=QUIET_INK, strokeWidth=1)
    bars = span.transform_filter(only("layer", "bar")).mark_bar(height=11)
    colour = colours("colour:N", REPORTER_COLOURS, present=rows["colour"])
    text = at_the_right(base.transform_filter(only("layer", "line")), "reported:N")
    return alt.LayerChart(layer=[line, bars.encode(color=colour), text])
