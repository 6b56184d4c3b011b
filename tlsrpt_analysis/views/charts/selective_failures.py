"""The chart of failures that one reporter sees and others do not."""

from collections.abc import Hashable, Mapping
from typing import Any

import altair as alt
import pandas as pd

from tlsrpt_analysis.views.charts.cause_families import FAMILY_COLOURS, cause_families
from tlsrpt_analysis.views.charts.parts import (
    at_the_right,
    by_domain,
    colours,
    lines,
    no_data,
    plotted,
    shares,
    tooltip,
)
from tlsrpt_analysis.views.charts.rows import (
    first_domains,
    left_out,
    row_texts,
    with_interval,
)
from tlsrpt_analysis.views.style import PAPER, QUIET_INK, RULE, missing_as

ORDER = {"selective": 0, "not selective": 1, "too little data": 2}


def selective_failures(comparisons: pd.DataFrame) -> alt.FacetChart | alt.Chart:
    """Draw how often one reporter's sessions fail, beside those of the others.

    Parameters
    ----------
    comparisons : DataFrame
        The result of `tlsrpt_analysis.selective_failures`.

    Returns
    -------
    altair chart
        A dumbbell per comparison: filled for the failing reporter, hollow for the others.

    Examples
    --------
    >>> import tlsrpt_analysis as tlsrpt
    >>> from tlsrpt_analysis.tables import empty_tables
    >>> chart = selective_failures(tlsrpt.selective_failures(empty_tables()))
    """
    if comparisons.empty:
        return no_data("no failing reporter to compare with others.")
    rank = missing_as(comparisons["verdict"]).map(ORDER).fillna(len(ORDER)).astype("int64")
    ranked = comparisons.assign(rank=rank, selective_count=(rank == 0).astype("int64"))
    ranked = ranked.sort_values(["rank", "failing_share"], ascending=[True, False], kind="stable")
    rows = first_domains(ranked, by="selective_count")
    rows = rows.assign(
        line=_lines(rows),
        colour=cause_families(rows["points_to"], rows["result_type"]),
        onset=row_texts(rows, _onset),
        receiving_mx_hostname=missing_as(rows["receiving_mx_hostname"]),
        failing=with_interval(rows, "failing_share"),
        clean=with_interval(rows, "clean_share"),
        verdict_since=row_texts(rows, lambda row: f"{row['verdict']}{_since(row)}"),
        strength=[1.0 if verdict == "selective" else 0.55 for verdict in rows["verdict"]],
    )
    return by_domain(
        _dumbbells(rows),
        title="Does one sender fail where others do not?",
        subtitle="● the failing reporter  ○ the reporters it is compared with  ━ 95 % intervals."
        + left_out(comparisons, rows, "comparisons"),
        description=f"Dumbbells for {len(rows)} comparisons of a failing reporter with others:"
        " the share of sessions that failed.",
    )


def _since(row: Mapping[Hashable, Any]) -> str:
    """Return the latest onset of a selective failure, or ""."""
    if row["verdict"] != "selective" or pd.isna(row["since_high"]):
        return ""
    return f" since {row['since_high']:%-d %b %Y}"


def _onset(row: Mapping[Hashable, Any]) -> str:
    low, high = row["since_low"], row["since_high"]
    if pd.isna(low) or pd.isna(high):
        return "before the first report"
    return f"{high:%-d %b %Y}" if low == high else f"{low:%-d %b %Y} to {high:%-d %b %Y}"


def _lines(rows: pd.DataFrame) -> list[str]:
    """Return the labels of the lines: the reporter, and the result type where it has several."""
    keys = ["policy_domain", "failing_reporter", "policy_type"]
    has_more = rows.duplicated(keys, keep=False)
    result_types = missing_as(rows["result_type"]).where(has_more, "")
    labels = zip(rows["failing_reporter"], rows["policy_type"], result_types, strict=True)
    return [
        f"{reporter} ({policy_type}{', ' if result_type else ''}{result_type})"
        for reporter, policy_type, result_type in labels
    ]


def _dumbbells(rows: pd.DataFrame) -> alt.LayerChart:
    base = plotted(rows).encode(
        y=lines("line:N"),
        tooltip=tooltip(
            failing_reporter="failing reporter",
            clean_reporters="clean reporters",
            policy_type="policy type",
            result_type="result type",
            receiving_mx_hostname="MX host",
            failing="failing share",
            clean="share of the others",
            verdict="verdict",
            onset="began",
            explanation="in words",
        ),
    )
    colour = colours("colour:N", FAMILY_COLOURS, present=rows["colour"], title="points to")
    strength = alt.Opacity("strength:Q", scale=None)
    axis = shares("failing_share:Q", "share of the reporter's sessions that failed", whole=True)
    line = base.mark_rule(color=RULE, strokeDash=[3, 3])
    others = base.mark_rule(strokeWidth=5, opacity=0.35, color=QUIET_INK)
    failing = base.mark_rule(strokeWidth=5, opacity=0.45)
    hollow = base.mark_point(size=60, filled=True, fill=PAPER, stroke=QUIET_INK, opacity=1)
    filled = base.mark_point(size=90, filled=True)
    return alt.LayerChart(
        layer=[
            line.encode(x=alt.X("clean_share:Q"), x2=alt.X2("failing_share:Q")),
            others.encode(x=alt.X("clean_share_low:Q"), x2=alt.X2("clean_share_high:Q")),
            failing.encode(
                x=alt.X("failing_share_low:Q"), x2=alt.X2("failing_share_high:Q"), color=colour
            ),
            hollow.encode(x=alt.X("clean_share:Q")),
            filled.encode(x=axis, color=colour, opacity=strength),
            at_the_right(base, "verdict_since:N"),
        ]
    )
