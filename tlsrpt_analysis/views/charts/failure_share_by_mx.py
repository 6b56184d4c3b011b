"""The chart of the MX hosts at which sessions failed, and why."""

from typing import Any

import altair as alt
import pandas as pd

from tlsrpt_analysis.analyses.percentages import percent
from tlsrpt_analysis.views.charts.cause_families import FAMILY_COLOURS, cause_families
from tlsrpt_analysis.views.charts.parts import (
    at_the_right,
    by_domain,
    colours,
    intervals,
    lines,
    no_data,
    only,
    plotted,
    shares,
    tooltip,
)
from tlsrpt_analysis.views.charts.rows import first_domains, left_out, percent_range, row_texts
from tlsrpt_analysis.views.style import IN_POLICY_COLOURS, missing_as

HOST = ["policy_domain", "receiving_mx_hostname"]
LOW, HIGH = "share_of_failures_low", "share_of_failures_high"
IN_POLICY = {True: "in the policy", False: "not in the policy"}
WHOLE, PART = "whole", "part"


def failure_share_by_mx(
    by_host: pd.DataFrame, causes: pd.DataFrame | None = None
) -> alt.FacetChart | alt.Chart:
    """Draw the share of each MX host in the failed sessions of its domain.

    Parameters
    ----------
    by_host : DataFrame
        The result of `tlsrpt_analysis.failure_share_by_mx`.
    causes : DataFrame, optional
        The result of `tlsrpt_analysis.diagnose`: each bar is then divided by likely cause.

    Returns
    -------
    altair chart
        A bar per host with its interval, and the number of failed sessions to its right.

    Examples
    --------
    >>> import tlsrpt_analysis as tlsrpt
    >>> from tlsrpt_analysis.tables import empty_tables
    >>> chart = failure_share_by_mx(tlsrpt.failure_share_by_mx(empty_tables()))
    """
    if by_host.empty:
        return no_data("no session failed.")
    rows = first_domains(by_host, by="failed_session_count")
    rows = rows.assign(
        receiving_mx_hostname=missing_as(rows["receiving_mx_hostname"]),
        policy=missing_as(rows["in_policy"].astype("object").map(IN_POLICY), "not known"),
        share=rows["share_of_failures"].map(percent),
        interval=row_texts(rows, lambda row: percent_range(row[LOW], row[HIGH])),
        per_session=rows["failed_per_session"].map(percent),
        failures=row_texts(rows, lambda row: f"{row['failed_session_count']:,} failed"),
    )
    parts = _parts(rows, causes)
    both = pd.concat([rows.assign(layer=WHOLE), parts.assign(layer=PART)], ignore_index=True)
    base = plotted(both).encode(y=lines("receiving_mx_hostname:N"))
    whole = base.transform_filter(only("layer", WHOLE))
    bars = _bars(base, parts, is_by_cause=causes is not None)
    return by_domain(
        alt.LayerChart(
            layer=[bars, intervals(whole, LOW, HIGH), at_the_right(whole, "failures:N")]
        ),
        title="Where sessions failed",
        subtitle="The line is the 95 % interval; there is none below 8 days with failures."
        + left_out(by_host, rows, "hosts"),
        description=f"Bars for {len(rows)} MX hosts: share of the domain's failed sessions.",
    )


def _bars(base: alt.Chart, parts: pd.DataFrame, *, is_by_cause: bool) -> alt.Chart:
    axis = shares("from:Q", "share of the domain's failed sessions", whole=True)
    cause = {"cause": "likely cause"} if is_by_cause else {}
    colour = (
        colours("family:N", FAMILY_COLOURS, present=parts["family"], title="likely cause")
        if is_by_cause
        else colours("policy:N", IN_POLICY_COLOURS, present=parts["policy"], title="MX host is")
    )
    bars: alt.Chart = (
        base.transform_filter(only("layer", PART))
        .mark_bar(height=13)
        .encode(
            x=axis,
            x2=alt.X2("to:Q"),
            color=colour,
            tooltip=tooltip(
                policy_domain="domain",
                receiving_mx_hostname="MX host",
                **cause,
                share="share of the domain's failures",
                interval="95 % interval",
                failures="sessions",
                per_session="per session of the domain",
                policy="host",
                first_day="first day",
                last_day="last day",
            ),
        )
    )
    return bars


def _parts(rows: pd.DataFrame, causes: pd.DataFrame | None) -> pd.DataFrame:
    """Return the parts of each host's bar, by cause, in the order of their failures."""
    parts = rows.assign(cause=None, part=1.0)
    if causes is not None:
        found = causes[causes["failed_session_count"] > 0]
        found = found.assign(**{key: missing_as(found[key]) for key in HOST})
        by_cause = found[[*HOST, "cause", "title", "failed_session_count"]].rename(
            columns={"failed_session_count": "count", "title": "cause_title"}
        )
        parts = rows.merge(by_cause, on=HOST, how="left", sort=False)
        parts["part"] = parts["count"] / parts.groupby(HOST)["count"].transform("sum")
    parts["part"] = parts["part"].fillna(1.0)
    ends = parts.groupby(HOST, sort=False)["part"].cumsum()
    whole = parts["share_of_failures"]
    return parts.assign(
        **{"from": (ends - parts["part"]) * whole, "to": ends * whole},
        family=cause_families(parts["cause"]),
        cause=_cause_texts(parts),
    )


def _cause_texts(parts: pd.DataFrame) -> list[Any]:
    titles = parts["cause_title"] if "cause_title" in parts else parts["cause"]
    return [
        "not explained" if pd.isna(title) else f"{title} ({percent(part)} of the host's)"
        for title, part in zip(titles, parts["part"], strict=True)
    ]
