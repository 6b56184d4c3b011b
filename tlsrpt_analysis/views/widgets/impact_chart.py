"""The chart of one domain before and after fixes, on an axis that stays as it is."""

import pandas as pd

from tlsrpt_analysis.analyses.impact.impact import EnforceImpact
from tlsrpt_analysis.views.charts.cause_families import FAMILY_COLOURS
from tlsrpt_analysis.views.charts.enforce_impact import HIGH, LOW, SHARE, parts_of_bars
from tlsrpt_analysis.views.charts.layers import (
    ROW,
    Spec,
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
from tlsrpt_analysis.views.palette import colour
from tlsrpt_analysis.views.shares_in_words import rough_percent
from tlsrpt_analysis.views.style import PAPER, missing_as

COLUMNS = ["layer", "row", "name", "value", "family", "from", "to", "refused", LOW, HIGH]
STEP = 58


def fixed_domain_specification(
    before: EnforceImpact, after: EnforceImpact, causes: pd.DataFrame, *, limit: float
) -> Spec:
    """Return one domain's refused share after fixes, before a pale bar of what is reported.

    Parameters
    ----------
    before, after : EnforceImpact
        One domain, as reported and with fixes done, under the same assumptions.
    causes : DataFrame
        The result of `tlsrpt_analysis.diagnose`, for the colours.
    limit : float
        Where the axis ends, whatever the fixes and assumptions are.
    """
    if before.by_domain[SHARE].isna().all():
        return no_data("no session of this domain was tested.")
    reported, fixed = before.by_domain.iloc[0], after.by_domain.iloc[0]
    row = after.by_domain.assign(policy_domain=missing_as(after.by_domain["policy_domain"]), row=0)
    parts = parts_of_bars(row, after.by_cause, causes)
    parts = parts[parts["to"] > 0]  # nothing is left to be refused
    whole = row.assign(
        layer="whole",
        name="with the ticked fixes",
        value=f"{with_range(fixed[SHARE], fixed[LOW], fixed[HIGH])} of"
        f" {rough_percent(reported[SHARE])} as reported",
    )
    ghost = pd.DataFrame({"layer": ["ghost"], "row": [0], "from": [0.0], "to": [reported[SHARE]]})
    rows = pd.concat([ghost.assign(refused=rough_percent(reported[SHARE])), whole, parts])
    name = in_title(reported["policy_domain"], "this domain")
    return finished(
        rows.reindex(columns=COLUMNS),
        rows_body(_layers(parts, str(fixed["denominator"]), limit), step=STEP),
        title=f"Mail to {name} that is refused: {rough_percent(fixed[SHARE])}",
        subtitle="Pale: as reported. The thin line is the 95 % range.",
        about=f"{rough_percent(reported[SHARE])} as reported, {rough_percent(fixed[SHARE])} with the"
        " ticked fixes.",
    )


def _layers(parts: pd.DataFrame, denominator: str, limit: float) -> list[Spec]:
    axis = shares("from", f"share of {denominator} refused at most")
    axis["scale"] = {"domain": [0, limit], "nice": False}
    place = {"y": ROW, "x": axis, "x2": {"field": "to"}}
    reported = place | {"tooltip": tooltip(refused="refused as reported")}
    bars = place | {
        "color": colours("family", FAMILY_COLOURS, present=parts["family"], title="what is wrong"),
        "tooltip": tooltip(family="what is wrong", refused="refused with the ticked fixes"),
    }
    return [
        mark(
            "bar",
            reported,
            layer="ghost",
            height=24,
            yOffset=6,
            color=colour("neutral"),
            opacity=0.3,
        ),
        *(
            [mark("bar", bars, layer="part", height=12, yOffset=6, stroke=PAPER, strokeWidth=0.5)]
            if len(parts)  # else the legend would be a heading without an entry
            else []
        ),
        *interval_layers("whole", LOW, HIGH, shift=6),
        *row_texts_layers("whole", shift=18),
    ]
