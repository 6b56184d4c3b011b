"""The chart of what enforce mode would refuse today, and why."""

from collections.abc import Hashable, Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from tlsrpt_analysis.analyses.impact.impact import EnforceImpact
from tlsrpt_analysis.views.charts.cause_families import (
    FAMILY_COLOURS,
    UNEXPLAINED,
    refusal_families,
)
from tlsrpt_analysis.views.charts.layers import (
    ROW,
    Spec,
    as_chart,
    colours,
    finished,
    interval_layers,
    mark,
    no_data,
    row_texts_layers,
    rows_body,
    shares,
    tooltip,
)
from tlsrpt_analysis.views.charts.numbers import in_title, with_range
from tlsrpt_analysis.views.charts.periods import day_text
from tlsrpt_analysis.views.charts.rows import first_domains, left_out, row_texts
from tlsrpt_analysis.views.shares_in_words import rough_percent, rough_range
from tlsrpt_analysis.views.style import PAPER, QUIET_INK, missing_as

if TYPE_CHECKING:
    import altair as alt

SHARE = "today_would_block_share"
LOW, HIGH = f"{SHARE}_low", f"{SHARE}_high"
DENOMINATOR = "share of tested connections refused today"
STEP = 52


def enforce_impact(
    impact: EnforceImpact, causes: pd.DataFrame | None = None
) -> "alt.LayerChart | alt.VConcatChart":
    """Draw the share of each domain's connections that enforce mode would refuse today, and why.

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
        A bar per domain, the most refused first, divided by what is wrong, with its 95 % interval.
        What is lost in the end is a range in words, in the tooltip: reports cannot say more.

    Examples
    --------
    >>> import tlsrpt_analysis as tlsrpt
    >>> from tlsrpt_analysis.tables import empty_tables
    >>> chart = enforce_impact(tlsrpt.enforce_impact(empty_tables()))
    """
    return as_chart(impact_specification(impact, causes))


def impact_specification(impact: EnforceImpact, causes: pd.DataFrame | None = None) -> Spec:
    """Return the chart as `enforce_impact` draws it, as a Vega-Lite specification."""
    domains = impact.by_domain
    if domains.empty:
        return no_data("no report has a policy.")
    refusing = domains[domains[SHARE].fillna(0) > 0]
    if refusing.empty:
        return no_data("enforce mode would refuse no connection today.")
    rows = first_domains(refusing, by=SHARE, lines=1).sort_values("domain_order", kind="stable")
    rows = rows.assign(row=rows["domain_order"], layer="whole")
    parts = parts_of_bars(rows, impact.by_cause, causes)
    rows = rows.assign(
        name=rows["policy_domain"],
        value=row_texts(rows, lambda row: with_range(row[SHARE], row[LOW], row[HIGH])),
        wrong=rows["policy_domain"].map(_wrong(parts)),
        lost=row_texts(rows, _lost),
        since=rows["today_since"].map(day_text),
    )
    return finished(
        pd.concat([rows, parts], ignore_index=True)[COLUMNS],
        rows_body(_layers(parts), step=STEP),
        title=impact_title(domains),
        subtitle="By what is wrong. The thin line is the 95 % range."
        + left_out(refusing, rows, "domains"),
        about=f"Bars for {len(rows)} domains: {DENOMINATOR}, by what is wrong, with 95 % ranges.",
    )


COLUMNS = [
    *("layer", "row", "policy_domain", "name", "value", "wrong", LOW, HIGH, "verdict", "lost"),
    *("today_tested_session_count", "since", "headline", "family", "from", "to", "refused"),
]


def impact_title(domains: pd.DataFrame) -> str:
    """Return what the chart says, in one sentence.

    Examples
    --------
    >>> impact_title(pd.DataFrame({"policy_domain": ["example.com"], SHARE: [0.2712]}))
    '27 % of the tested connections with example.com would be refused today'
    """
    bad = int((domains[SHARE].fillna(0) > 0).sum())
    if len(domains) > 1:
        return f"Enforce mode would refuse mail to {bad:,} of {len(domains):,} domains today"
    name = in_title(domains["policy_domain"].iloc[0], "one domain")
    share = rough_percent(domains[SHARE].iloc[0])
    return f"{share} of the tested connections with {name} would be refused today"


def parts_of_bars(
    rows: pd.DataFrame, by_cause: pd.DataFrame, causes: pd.DataFrame | None
) -> pd.DataFrame:
    """Return the parts of each bar by family of causes, the largest first, scaled to the whole."""
    refused = by_cause[by_cause[SHARE].fillna(0) > 0]
    refused = refused.assign(policy_domain=missing_as(refused["policy_domain"]))
    refused = refused.assign(family=refusal_families(refused, causes))
    summed = refused.groupby(["policy_domain", "family"], sort=False)[SHARE].sum().reset_index()
    summed = summed.sort_values(SHARE, ascending=False, kind="stable")
    wholes = rows[["policy_domain", "row", SHARE, "today_tested_session_count"]].rename(
        columns={SHARE: "whole"}
    )
    parts = wholes.merge(summed, on="policy_domain", how="left", sort=False)
    parts["family"] = missing_as(parts["family"], UNEXPLAINED)
    parts[SHARE] = parts[SHARE].fillna(parts["whole"])
    of_all = parts.groupby("policy_domain")[SHARE].transform("sum")
    ends = parts.groupby("policy_domain")[SHARE].cumsum() / of_all * parts["whole"]
    width = parts[SHARE] / of_all * parts["whole"]
    refused_texts = width.map(rough_percent)
    return parts.assign(**{"from": ends - width, "to": ends}, refused=refused_texts, layer="part")


def _wrong(parts: pd.DataFrame) -> dict[str, str]:
    """Return the families of each domain in the order of the bar's parts, with their shares."""
    texts = {}
    for domain, rows in parts.groupby("policy_domain", sort=False):
        pairs = zip(rows["family"], rows["refused"], strict=True)
        texts[str(domain)] = ", ".join(f"{family} {share}" for family, share in pairs)
    return texts


def _lost(row: Mapping[Hashable, Any]) -> str:
    return rough_range(row["today_lost_share_low"], row["today_lost_share_high"]) or "not known"


def _layers(parts: pd.DataFrame) -> list[Spec]:
    details = tooltip(
        policy_domain="domain",
        verdict="verdict",
        value="refused today",
        lost="lost in the end",
        today_tested_session_count="connections tested",
        since="counted since",
        wrong="what is wrong",
        headline="in words",
    )
    of_part = tooltip(policy_domain="domain", family="what is wrong", refused="refused today")
    bars = {
        "y": ROW,
        "x": shares("from", DENOMINATOR),
        "x2": {"field": "to"},
        "color": colours("family", FAMILY_COLOURS, present=parts["family"]),
        "tooltip": of_part,
    }
    words = {"y": ROW, "x": {"value": 0}, "text": {"field": "wrong", "type": "nominal"}}
    look = {"align": "left", "baseline": "middle", "fontSize": 11, "limit": {"expr": "width"}}
    return [
        mark("bar", bars, layer="part", height=12, yOffset=1, stroke=PAPER, strokeWidth=0.5),
        *interval_layers("whole", LOW, HIGH, shift=1),
        *row_texts_layers("whole", shift=15, details=details),
        mark("text", words, layer="whole", yOffset=16, color=QUIET_INK, **look),
    ]
