"""The chart of what enforce mode would cost."""

import altair as alt
import pandas as pd

from tlsrpt_analysis.analyses.impact.enforce_impact import EnforceImpact
from tlsrpt_analysis.analyses.percentages import percent
from tlsrpt_analysis.views.charts.cause_families import (
    FAMILY_COLOURS,
    UNEXPLAINED,
    refusal_families,
)
from tlsrpt_analysis.views.charts.parts import (
    AT_LEFT,
    WIDTH,
    at_the_right,
    colours,
    finished,
    intervals,
    lines,
    no_data,
    plotted,
    shares,
    tooltip,
)
from tlsrpt_analysis.views.charts.rows import (
    first_domains,
    left_out,
    percent_range,
    row_texts,
    with_interval,
)
from tlsrpt_analysis.views.style import INK, PAPER, VERDICT_COLOURS, missing_as

LADDERS, MOST_STEPS = 6, 6
"""The most domains with a ladder of fixes in one chart, and its most steps; a table has the rest."""

MOST_CAUSES = 200
"""The most parts of bars in one chart; smaller ones are thinner than a line."""


def enforce_impact(
    impact: EnforceImpact, causes: pd.DataFrame | None = None
) -> alt.VConcatChart | alt.Chart:
    """Draw what enforce mode would cost each domain today, at least and at most, and why.

    Parameters
    ----------
    impact : EnforceImpact
        The result of `tlsrpt_analysis.enforce_impact`.
    causes : DataFrame, optional
        The result of `tlsrpt_analysis.diagnose`: where a result type does not say what is wrong,
        the colour is that of the domain's main cause.

    Returns
    -------
    altair chart
        A range per domain; below, the causes of what would be refused, and the ladder of fixes.

    Examples
    --------
    >>> import tlsrpt_analysis as tlsrpt
    >>> from tlsrpt_analysis.tables import empty_tables
    >>> chart = enforce_impact(tlsrpt.enforce_impact(empty_tables()))
    """
    domains = impact.by_domain
    if domains.empty:
        return no_data("no report has a policy.")
    rows = first_domains(domains, by="today_lost_share_high", lines=1).sort_values("domain_order")
    low, high = "today_lost_share_low", "today_lost_share_high"
    rows = rows.assign(
        cost=row_texts(rows, lambda row: percent_range(row[low], row[high])),
        refused=with_interval(rows, "today_would_block_share"),
    )
    verdicts = rows["verdict"].astype("str")
    share = rows["today_would_block_share"].map(percent)
    refused_share = verdicts + ": " + share.astype("str") + " refused"
    rows = rows.assign(summary=verdicts.where(rows[high].isna(), refused_share))
    parts: list[alt.Chart | alt.LayerChart | alt.FacetChart] = [_cost_of_domains(rows)]
    refused = impact.by_cause[impact.by_cause["today_would_block_share"].fillna(0) > 0]
    if not refused.empty:
        parts.append(_causes_of_domains(refused, rows, causes))
    ladder = ladder_rows(impact.fixes, rows["policy_domain"])
    if not ladder.empty:
        parts.append(_ladder(ladder))
    scales = alt.Resolve(scale=alt.ScaleResolveMap(color="independent", x="shared"))
    chart = alt.VConcatChart(vconcat=parts, spacing=26, resolve=scales)
    return finished(
        chart,
        title="What enforce mode would cost today",
        subtitle="On the last 28 days, or since the last change that matters; shares of tested sessions."
        + left_out(domains, rows, "domains"),
        description=f"Ranges for {len(rows)} domains: the share of tested sessions that enforce mode"
        " would lose today, at least and at most; below, the causes, and what each fix would save.",
    )


def _cost_of_domains(rows: pd.DataFrame) -> alt.LayerChart:
    base = plotted(rows).encode(
        y=lines("policy_domain:N"),
        color=colours("verdict:N", VERDICT_COLOURS, present=rows["verdict"]),
        tooltip=tooltip(
            policy_domain="domain",
            verdict="verdict",
            cost="sessions lost",
            refused="refused at some host",
            today_tested_session_count="sessions tested",
            today_since="since",
            headline="in words",
        ),
    )
    axis = shares("today_lost_share_low:Q", "share of the tested sessions that would be lost")
    span = base.mark_rule(strokeWidth=9, opacity=0.45).encode(
        x=axis, x2=alt.X2("today_lost_share_high:Q")
    )
    end = base.mark_point(filled=True, size=80, opacity=1)
    layers = [
        intervals(base, "today_would_block_share_low", "today_would_block_share_high"),
        span,
        end.encode(x=alt.X("today_lost_share_low:Q")),
        end.encode(x=alt.X("today_lost_share_high:Q")),
        at_the_right(base, "summary:N"),
    ]
    return alt.LayerChart(layer=layers, width=WIDTH, height=alt.Step(30))


def _causes_of_domains(
    refused: pd.DataFrame, domains: pd.DataFrame, causes: pd.DataFrame | None
) -> alt.Chart:
    places = dict(zip(domains["policy_domain"], domains["domain_order"], strict=True))
    rows = refused.assign(policy_domain=missing_as(refused["policy_domain"]))
    rows = rows[rows["policy_domain"].isin(places)]
    rows = rows.assign(
        domain_order=rows["policy_domain"].map(places),
        result_type=missing_as(rows["result_type"]),
        colour=refusal_families(rows, causes),
        failure_reason_code=missing_as(rows["failure_reason_code"]),
        refused=rows["today_would_block_share"].map(percent),
    ).nlargest(MOST_CAUSES, "today_would_block_share")
    rows = rows.sort_values(["domain_order", "colour"], kind="stable")
    colour = colours("colour:N", FAMILY_COLOURS, present=rows["colour"], title="what is wrong")
    bars = plotted(rows).mark_bar(height=15, stroke=PAPER, strokeWidth=0.5)
    chart: alt.Chart = bars.encode(
        x=shares("today_would_block_share:Q", "share that would be refused at some host, by cause"),
        y=lines("policy_domain:N"),
        color=colour,
        tooltip=tooltip(
            policy_domain="domain",
            result_type="result type",
            failure_reason_code="reason code",
            refused="of the tested sessions",
        ),
    )
    return chart.properties(width=WIDTH, height=alt.Step(24))


def ladder_rows(fixes: pd.DataFrame, domains: pd.Series) -> pd.DataFrame:
    """Return the first steps of the first domains, with what is left after each."""
    order = {domain: place for place, domain in enumerate(domains[:LADDERS])}
    rows = fixes.dropna(subset=["step", "would_block_share_before"])
    rows = rows.assign(policy_domain=missing_as(rows["policy_domain"]))
    rows = rows[rows["policy_domain"].isin(order) & (rows["step"] <= MOST_STEPS)]
    if rows.empty:
        return rows
    before, after = "would_block_share_before", "would_block_share_after"
    return rows.assign(
        domain_order=rows["policy_domain"].map(order).astype("int64"),
        step=rows["step"].astype("int64"),
        zero=0,
        fix_step=row_texts(rows, lambda row: f"{row['step']}. {row['fix']}"),
        left=row_texts(rows, lambda row: f"{percent(row[after])} left"),
        saved=row_texts(rows, lambda row: percent(row[before] - row[after])),
    ).sort_values(["domain_order", "step"], ignore_index=True)[
        ["policy_domain", "domain_order", "fix_step", "zero", before, after, "left", "saved"]
    ]


def _ladder(rows: pd.DataFrame) -> alt.FacetChart:
    base = plotted(rows).encode(
        y=alt.Y("fix_step:N", sort=None, axis=None),
        tooltip=tooltip(
            policy_domain="domain",
            fix_step="step",
            saved="saves at most",
            left="refused at most after it",
        ),
    )
    axis = shares("zero:Q", "share refused at some host: saved by each step, and left")
    remains = base.mark_bar(height=11, color=FAMILY_COLOURS[UNEXPLAINED], opacity=0.45)
    saved = base.mark_bar(height=11, color=VERDICT_COLOURS["ready"])
    before, after = "would_block_share_before:Q", "would_block_share_after:Q"
    label = base.mark_text(align="left", baseline="middle", dy=-14, color=INK, fontSize=12)
    layers = [
        label.encode(x=AT_LEFT, text=alt.Text("fix_step:N")),
        remains.encode(x=axis, x2=alt.X2(after)),
        saved.encode(x=alt.X(after), x2=alt.X2(before)),
        at_the_right(base, "left:N"),
    ]
    order = alt.EncodingSortField("domain_order", "min")
    title = alt.Header(title=None)
    faceted: alt.FacetChart = alt.LayerChart(layer=layers, width=WIDTH, height=alt.Step(36)).facet(
        facet=alt.Facet("policy_domain:N", sort=order, header=title), columns=1, spacing=8
    )
    faceted.resolve = alt.Resolve(scale=alt.ScaleResolveMap(y="independent"))
    return faceted
