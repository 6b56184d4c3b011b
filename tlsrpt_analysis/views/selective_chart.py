"""The chart of failures that one reporter has and others do not."""

import altair as alt
import pandas as pd

from tlsrpt_analysis.views.chart_parts import (
    at_the_right,
    by_domain,
    colours,
    lines,
    no_data,
    plotted,
    shares,
    words,
)
from tlsrpt_analysis.views.chart_rows import (
    first_domains,
    known_or_other,
    left_out,
    row_texts,
    with_interval,
)
from tlsrpt_analysis.views.style import QUIET_INK, RESULT_TYPE_COLOURS, missing_as

ORDER = {"selective": 0, "not selective": 1, "too little data": 2}


def selective_failures(comparisons: pd.DataFrame) -> alt.FacetChart | alt.Chart:
    """Draw how often mail of one reporter fails where the mail of others does not.

    Parameters
    ----------
    comparisons : DataFrame
        As `tlsrpt_analysis.selective_failures` gives it.

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
        line=row_texts(rows, lambda row: f"{row['failing_reporter']} ({row['policy_type']})"),
        colour=known_or_other(rows["result_type"], RESULT_TYPE_COLOURS),
        receiving_mx_hostname=missing_as(rows["receiving_mx_hostname"]),
        failing=with_interval(rows, "failing_share"),
        clean=with_interval(rows, "clean_share"),
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


def _dumbbells(rows: pd.DataFrame) -> alt.LayerChart:
    base = plotted(rows).encode(
        y=lines("line:N"),
        tooltip=words(
            failing_reporter="failing reporter",
            clean_reporters="clean reporters",
            policy_type="policy type",
            result_type="result type",
            receiving_mx_hostname="MX host",
            failing="failing share",
            clean="share of the others",
            verdict="verdict",
            explanation="in words",
        ),
    )
    colour = colours("colour:N", RESULT_TYPE_COLOURS, present=rows["colour"], title="result type")
    strength = alt.Opacity("strength:Q", scale=None)
    axis = shares("failing_share:Q", "share of the reporter's sessions that failed", whole=True)
    line = base.mark_rule(color="#9AA5B1", strokeDash=[3, 3])
    others = base.mark_rule(strokeWidth=5, opacity=0.35, color=QUIET_INK)
    failing = base.mark_rule(strokeWidth=5, opacity=0.45)
    hollow = base.mark_point(size=60, filled=True, fill="#FFFFFF", stroke=QUIET_INK, opacity=1)
    filled = base.mark_point(size=90, filled=True)
    return alt.LayerChart(
        layer=[
            line.encode(x="clean_share:Q", x2="failing_share:Q"),
            others.encode(x="clean_share_low:Q", x2="clean_share_high:Q"),
            failing.encode(x="failing_share_low:Q", x2="failing_share_high:Q", color=colour),
            hollow.encode(x="clean_share:Q"),
            filled.encode(x=axis, color=colour, opacity=strength),
            at_the_right(base, "verdict:N"),
        ]
    )
