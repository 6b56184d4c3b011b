"""The chart of what enforce mode would cost."""

import altair as alt
import pandas as pd

from tlsrpt_analysis.analyses.enforce import EnforceImpact
from tlsrpt_analysis.analyses.percentages import percent
from tlsrpt_analysis.views.chart_parts import (
    WIDTH,
    at_the_right,
    colours,
    finished,
    intervals,
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
    percent_range,
    row_texts,
    with_interval,
)
from tlsrpt_analysis.views.style import RESULT_TYPE_COLOURS, VERDICT_COLOURS, missing_as

MOST_CAUSES = 200
"""Parts of bars in one chart; the smallest are thinner than a line."""


def enforce_impact(impact: EnforceImpact) -> alt.VConcatChart | alt.Chart:
    """Draw what enforce mode would cost each domain, from the least to the most, and why.

    Parameters
    ----------
    impact : EnforceImpact
        As `tlsrpt_analysis.enforce_impact` gives it.

    Returns
    -------
    altair chart
        A range per domain, and below it the causes of what would be blocked.

    Examples
    --------
    >>> import tlsrpt_analysis as tlsrpt
    >>> from tlsrpt_analysis.tables import empty_tables
    >>> chart = enforce_impact(tlsrpt.enforce_impact(empty_tables()))
    """
    domains = impact.by_domain
    if domains.empty:
        return no_data("no report tells of a policy.")
    rows = first_domains(domains, by="lost_share_high", lines=1).sort_values("domain_order")
    low, high = "lost_share_low", "lost_share_high"
    rows = rows.assign(
        cost=row_texts(rows, lambda row: percent_range(row[low], row[high])),
        blocked=with_interval(rows, "would_block_share"),
    )
    verdicts = rows["verdict"].astype("str")
    rows = rows.assign(told=verdicts.where(rows[high].isna(), verdicts + ": " + rows["cost"]))
    parts: list[alt.Chart | alt.LayerChart] = [_cost_of_domains(rows)]
    causes = impact.by_cause[impact.by_cause["would_block_share"].fillna(0) > 0]
    if not causes.empty:
        parts.append(_causes_of_domains(causes, rows))
    chart: alt.VConcatChart = alt.VConcatChart(vconcat=parts, spacing=26).resolve_scale(
        color="independent", x="shared"
    )
    return finished(
        chart,
        title="What enforce mode would cost",
        subtitle="Over the whole period; the verdict looks at its last 28 days."
        + left_out(domains, rows, "domains"),
        description=f"Ranges for {len(rows)} domains: the share of sessions that enforce mode"
        " would lose, at least and at most; below, the causes.",
    )


def _cost_of_domains(rows: pd.DataFrame) -> alt.LayerChart:
    base = plotted(rows).encode(
        y=lines("policy_domain:N"),
        color=colours("verdict:N", VERDICT_COLOURS, present=rows["verdict"]),
        tooltip=words(
            policy_domain="domain",
            verdict="verdict",
            cost="sessions lost",
            blocked="refused at some host",
            session_count="sessions reported",
            headline="in words",
        ),
    )
    axis = shares("lost_share_low:Q", "share of the domain's reported sessions that would be lost")
    span = base.mark_rule(strokeWidth=9, opacity=0.45).encode(x=axis, x2="lost_share_high:Q")
    end = base.mark_point(filled=True, size=80, opacity=1)
    layers = [
        intervals(base, "would_block_share_low", "would_block_share_high"),
        span,
        end.encode(x="lost_share_low:Q"),
        end.encode(x="lost_share_high:Q"),
        at_the_right(base, "told:N"),
    ]
    return alt.LayerChart(layer=layers).properties(width=WIDTH, height=alt.Step(30))


def _causes_of_domains(causes: pd.DataFrame, domains: pd.DataFrame) -> alt.Chart:
    places = dict(zip(domains["policy_domain"], domains["domain_order"], strict=True))
    rows = causes.assign(policy_domain=missing_as(causes["policy_domain"]))
    rows = rows[rows["policy_domain"].isin(places)]
    rows = rows.assign(
        domain_order=rows["policy_domain"].map(places),
        result_type=missing_as(rows["result_type"]),
        colour=known_or_other(rows["result_type"], RESULT_TYPE_COLOURS),
        failure_reason_code=missing_as(rows["failure_reason_code"]),
        blocked=rows["would_block_share"].map(percent),
    ).nlargest(MOST_CAUSES, "would_block_share")
    rows = rows.sort_values(["domain_order", "colour"], kind="stable")
    colour = colours("colour:N", RESULT_TYPE_COLOURS, present=rows["colour"], title="result type")
    bars = plotted(rows).mark_bar(height=15, stroke="#FFFFFF", strokeWidth=0.5)
    chart: alt.Chart = bars.encode(
        x=shares("would_block_share:Q", "share that would be refused at some host, by cause"),
        y=lines("policy_domain:N"),
        color=colour,
        tooltip=words(
            policy_domain="domain",
            result_type="result type",
            failure_reason_code="reason code",
            blocked="of the domain's sessions",
        ),
    )
    return chart.properties(width=WIDTH, height=alt.Step(24))
