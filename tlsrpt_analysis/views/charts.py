"""One chart per analysis, named as it; a chart lays out what it is given and computes nothing.

A report's text reaches a chart only as data: no expression, no address and no column name holds it.
Days are dates as text on a UTC scale, so that no viewer's time zone moves them.
"""

import altair as alt
import pandas as pd

from tlsrpt_analysis.analyses.percentages import percent
from tlsrpt_analysis.views.chart_parts import (
    at_the_right,
    by_domain,
    colours,
    days,
    intervals,
    legend,
    lines,
    no_data,
    plotted,
    shares,
    words,
)
from tlsrpt_analysis.views.chart_rows import (
    bounded_sessions,
    first_domains,
    known_or_other,
    left_out,
    percent_range,
    rate_bands,
    row_texts,
)
from tlsrpt_analysis.views.enforce_chart import enforce_impact
from tlsrpt_analysis.views.selective_chart import selective_failures
from tlsrpt_analysis.views.style import (
    IN_POLICY_COLOURS,
    RATE_COLOURS,
    REPORTER_COLOURS,
    missing_as,
)

__all__ = [
    "coverage",
    "daily_sessions",
    "enforce_impact",
    "failure_share_by_mx",
    "selective_failures",
]


def daily_sessions(sessions: pd.DataFrame) -> alt.FacetChart | alt.Chart:
    """Draw which reporter saw which share of its sessions fail, day by day.

    Parameters
    ----------
    sessions : DataFrame
        As `tlsrpt_analysis.daily_sessions` gives it.

    Returns
    -------
    altair chart
        A cell per reporter and day, darker where more failed, blank where there is no report.
        Many days are summed to weeks, months or years.

    Examples
    --------
    >>> import tlsrpt_analysis as tlsrpt
    >>> from tlsrpt_analysis.tables import empty_tables
    >>> chart = daily_sessions(tlsrpt.daily_sessions(empty_tables()))
    """
    rows = bounded_sessions(sessions)
    if rows.empty:
        return no_data("no report counts any session.")
    failed, counted = rows["failed_session_count"], rows["session_count"]
    rows["band"] = rate_bands(failed, counted)
    rows["told"] = [
        f"{part:,} of {whole:,} ({percent(part / max(whole, 1))})"
        for part, whole in zip(failed, counted, strict=True)
    ]
    totals = rows.groupby(["policy_domain", "reporter"])["session_count"].transform("sum")
    rows = rows.assign(total=totals).sort_values("total", ascending=False, kind="stable")
    rows = first_domains(rows.drop(columns="total"), by="session_count", lines=len(rows))
    picked = alt.selection_point(fields=["band"], bind="legend", name="picked_band")
    scale = alt.Scale(domain=list(RATE_COLOURS), range=list(RATE_COLOURS.values()))
    cells = (
        plotted(rows)
        .mark_rect(stroke="#FFFFFF", strokeWidth=0.5)
        .encode(
            x=days("start:T"),
            x2="end:T",
            y=lines("reporter:N"),
            color=alt.Color(
                "band:O", scale=scale, legend=legend("of a reporter's sessions failed")
            ),
            opacity=alt.condition(picked, alt.value(1), alt.value(0.12)),
            tooltip=words(
                policy_domain="domain", reporter="reporter", period="when", told="sessions failed"
            ),
        )
        .add_params(picked)
    )
    return by_domain(
        cells,
        title="Failed sessions by reporter and day",
        subtitle="Blank: no report that day. Click the legend to single out a shade.",
        description=f"Heat map of {len(rows):,} cells: the share of each reporter's sessions that"
        " failed, by domain and day.",
    )


def coverage(covered: pd.DataFrame) -> alt.FacetChart | alt.Chart:
    """Draw from when to when each reporter reported, and how many days it left out.

    Parameters
    ----------
    covered : DataFrame
        As `tlsrpt_analysis.coverage` gives it.

    Returns
    -------
    altair chart
        A bar from the first to the last day per domain and reporter.

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
    end = pd.to_datetime(rows["last_day"]).astype("datetime64[s]") + pd.Timedelta(days=1)
    rows = rows.assign(
        reporter=missing_as(rows["reporter"]),
        colour=known_or_other(rows["reporter"], REPORTER_COLOURS),
        end=end.dt.strftime("%Y-%m-%d"),
        told=row_texts(rows, lambda row: f"{row['reported_days']} of {row['period_days']} days"),
        gap=row_texts(rows, lambda row: f"{row['longest_gap_days']} days"),
    )
    base = plotted(rows).encode(y=lines("reporter:N"))
    bars = base.mark_bar(height=11, cornerRadius=2).encode(
        x=days("first_day:T"),
        x2="end:T",
        color=colours("colour:N", REPORTER_COLOURS, present=rows["colour"]),
        tooltip=words(
            policy_domain="domain",
            reporter="reporter",
            first_day="first day",
            last_day="last day",
            told="days with a report",
            gap="longest gap",
            session_count="sessions",
        ),
    )
    return by_domain(
        bars + at_the_right(base, "told:N"),
        title="Who reported, and on how many days",
        subtitle="From the first to the last report. A missing day is unknown, not clean."
        + left_out(covered, rows, "rows"),
        description=f"Bars from first to last day for {len(rows)} pairs of domain and reporter.",
    )


def failure_share_by_mx(by_host: pd.DataFrame) -> alt.FacetChart | alt.Chart:
    """Draw which MX host carries which share of its domain's failed sessions.

    Parameters
    ----------
    by_host : DataFrame
        As `tlsrpt_analysis.failure_share_by_mx` gives it.

    Returns
    -------
    altair chart
        A bar per host with its interval; the number of failed sessions stands at the right.

    Examples
    --------
    >>> import tlsrpt_analysis as tlsrpt
    >>> from tlsrpt_analysis.tables import empty_tables
    >>> chart = failure_share_by_mx(tlsrpt.failure_share_by_mx(empty_tables()))
    """
    if by_host.empty:
        return no_data("no session failed.")
    rows = first_domains(by_host, by="failed_session_count")
    known = {True: "in the policy", False: "not in the policy"}
    low, high = "share_of_failures_low", "share_of_failures_high"
    rows = rows.assign(
        receiving_mx_hostname=missing_as(rows["receiving_mx_hostname"]),
        policy=missing_as(rows["in_policy"].astype("object").map(known), "not known"),
        share=rows["share_of_failures"].map(percent),
        interval=row_texts(rows, lambda row: percent_range(row[low], row[high])),
        per_session=rows["failed_per_session"].map(percent),
        told=row_texts(rows, lambda row: f"{row['failed_session_count']:,} failed"),
    )
    base = plotted(rows).encode(
        y=lines("receiving_mx_hostname:N"),
        tooltip=words(
            policy_domain="domain",
            receiving_mx_hostname="MX host",
            share="share of the domain's failures",
            interval="95 % interval",
            told="sessions",
            per_session="per session of the domain",
            policy="host",
            first_day="first day",
            last_day="last day",
        ),
    )
    bars = base.mark_bar(height=13, cornerRadius=2).encode(
        x=shares("share_of_failures:Q", "share of the domain's failed sessions", whole=True),
        color=colours("policy:N", IN_POLICY_COLOURS, present=rows["policy"], title="MX host is"),
    )
    return by_domain(
        bars + intervals(base, low, high) + at_the_right(base, "told:N"),
        title="Where sessions failed",
        subtitle="The line is the 95 % interval; fewer than 8 days with failures give none."
        + left_out(by_host, rows, "hosts"),
        description=f"Bars for {len(rows)} MX hosts: share of the domain's failed sessions.",
    )
