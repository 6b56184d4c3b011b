"""The chart of the steps that fix a domain, and what is refused after each."""

from collections.abc import Hashable, Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from tlsrpt_analysis.shown_texts import counted
from tlsrpt_analysis.views.charts.layers import (
    ROW,
    Spec,
    as_chart,
    finished,
    heading_layer,
    mark,
    no_data,
    row_texts_layers,
    rows_body,
    shares,
    tooltip,
)
from tlsrpt_analysis.views.charts.numbers import in_title
from tlsrpt_analysis.views.charts.rows import first_domains, left_out, row_texts, with_headings
from tlsrpt_analysis.views.palette import colour
from tlsrpt_analysis.views.shares_in_words import rough_percent
from tlsrpt_analysis.views.style import missing_as

if TYPE_CHECKING:
    import altair as alt

MOST_STEPS = 6
"""The most steps of one domain."""

BEFORE, AFTER = "would_block_share_before", "would_block_share_after"
DENOMINATOR = "share of tested connections refused today"
COLUMNS = ["layer", "row", "policy_domain", "name", "value", BEFORE, AFTER, "zero", "saved", "left"]


def fixes(steps: pd.DataFrame) -> "alt.LayerChart | alt.VConcatChart":
    """Draw what would be refused after each step: solid what is left, hollow what it wins back.

    Parameters
    ----------
    steps : DataFrame
        `EnforceImpact.fixes <tlsrpt_analysis.EnforceImpact.fixes>`; alternatives are left out.

    Returns
    -------
    altair chart
        A row per step, the domains with the most refused first.

    Examples
    --------
    >>> import tlsrpt_analysis as tlsrpt
    >>> from tlsrpt_analysis.tables import empty_tables
    >>> chart = fixes(tlsrpt.enforce_impact(empty_tables()).fixes)
    """
    return as_chart(fixes_specification(steps))


def fixes_specification(steps: pd.DataFrame) -> Spec:
    """Return the chart as `fixes` draws it, as a Vega-Lite specification."""
    ladder = steps.dropna(subset=["step", BEFORE]).sort_values(
        ["policy_domain", "step"], kind="stable"
    )
    if ladder.empty:
        return no_data("there is nothing to fix.")
    rows = first_domains(ladder, by=BEFORE, lines=MOST_STEPS)
    rows = rows.assign(
        zero=0,
        name=row_texts(rows, lambda row: f"{row['step']}. {row['fix']}"),
        value=row_texts(rows, _words),
        saved=row_texts(rows, lambda row: rough_percent(row[BEFORE] - row[AFTER])),
        left=rows[AFTER].map(rough_percent),
    )
    rows = with_headings(rows)
    shown = rows[rows["layer"] == "whole"]
    return finished(
        rows[COLUMNS],
        rows_body(_layers(), step=38),
        title=fixes_title(ladder),
        subtitle="Solid: still refused after the step, at most. Hollow: what the step wins back."
        + left_out(ladder, shown, "steps"),
        about=f"Bars for {len(shown)} steps: the {DENOMINATOR}, before and after each.",
    )


def fixes_title(ladder: pd.DataFrame) -> str:
    """Return what the chart says, in one sentence.

    Examples
    --------
    >>> fixes_title(pd.DataFrame({"policy_domain": ["example.com"] * 2, BEFORE: [0.3, 0.1],
    ...     AFTER: [0.1, 0.0]}))
    '2 steps bring the refused connections with example.com from 30 % to 0 %'
    """
    ends = ladder.groupby(missing_as(ladder["policy_domain"])).agg({BEFORE: "max", AFTER: "min"})
    if len(ends) > 1:
        cured = int((ends[AFTER] <= 0).sum())
        return f"These steps end all refusals at {cured:,} of {len(ends):,} domains"
    name = in_title(ends.index[0], "one domain")
    verb = "brings" if len(ladder) == 1 else "bring"
    before, after = rough_percent(ends[BEFORE].iloc[0]), rough_percent(ends[AFTER].iloc[0])
    return (
        f"{counted(len(ladder), 'step')} {verb} the refused connections with {name}"
        f" from {before} to {after}"
    )


def _words(row: Mapping[Hashable, Any]) -> str:
    return f"{rough_percent(row[BEFORE])} → {rough_percent(row[AFTER])}"


def _layers() -> list[Spec]:
    details = tooltip(
        policy_domain="domain", name="step", saved="wins back at most", left="refused at most after"
    )
    left = {"y": ROW, "x": shares("zero", DENOMINATOR), "x2": {"field": AFTER}, "tooltip": details}
    won = {"y": ROW, "x": {"field": AFTER, "type": "quantitative"}, "x2": {"field": BEFORE}}
    red = colour("refused")
    hollow = {"filled": False, "stroke": red, "strokeDash": [3, 2], "strokeWidth": 1.2}
    return [
        mark("bar", left, layer="whole", height=10, yOffset=8, color=red),
        mark("bar", won | {"tooltip": details}, layer="whole", height=10, yOffset=8, **hollow),
        *row_texts_layers("whole", shift=8, details=details),
        heading_layer(shift=6),
    ]
