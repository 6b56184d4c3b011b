"""The chart of readiness over time: the refused share of each week, its verdict, and policy changes."""

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from tlsrpt_analysis.analyses.impact.verdict import ENFORCED_CLEAN, READY, TOO_LITTLE_DATA
from tlsrpt_analysis.analyses.readiness.readiness import Readiness
from tlsrpt_analysis.views.charts.layers import (
    NEUTRAL,
    PERCENT_AXIS,
    RIGHT,
    TOP,
    WIDTH,
    Spec,
    as_chart,
    days,
    finished,
    mark,
    no_data,
    only,
    quantity,
    tooltip,
)
from tlsrpt_analysis.views.charts.numbers import in_title
from tlsrpt_analysis.views.charts.periods import day_text, ends, period_names
from tlsrpt_analysis.views.charts.rows import MOST_DOMAINS, percent_range
from tlsrpt_analysis.views.palette import colour
from tlsrpt_analysis.views.style import INK, QUIET_INK

if TYPE_CHECKING:
    import altair as alt

COLUMNS = [
    *("layer", "policy_domain", "name", "value", "start", "middle", "end", "week", "share", "low"),
    *("high", "range", "verdict", "tone", "tested_session_count", "day", "change", "since"),
]

TONES = {READY: "good", ENFORCED_CLEAN: "good", TOO_LITTLE_DATA: "unknown"}
"""What the strip above the weeks says; any other verdict is bad."""


def readiness(found: Readiness) -> "alt.VConcatChart | alt.LayerChart":
    """Draw the refused share of each week, its verdict, and the days on which the policy changed.

    Parameters
    ----------
    found : Readiness
        The result of `tlsrpt_analysis.readiness`.

    Returns
    -------
    altair chart
        A panel for each domain, those with the most refused sessions first.

    Examples
    --------
    >>> import tlsrpt_analysis as tlsrpt
    >>> from tlsrpt_analysis.tables import empty_tables
    >>> chart = readiness(tlsrpt.readiness(empty_tables()))
    """
    return as_chart(readiness_specification(found))


def readiness_specification(found: Readiness) -> Spec:
    """Return the chart as `readiness` draws it, as a Vega-Lite specification."""
    weeks = found.by_week
    if weeks.empty or not weeks["tested_session_count"].sum():
        return no_data("no report counts a tested session.")
    totals = weeks.groupby("policy_domain")[["would_block_high", "tested_session_count"]].sum()
    ranked = totals.sort_values(list(totals.columns), ascending=False, kind="stable")
    shown = list(ranked.index[:MOST_DOMAINS])
    rows = [_rows(found, domain, f"{place}") for place, domain in enumerate(shown)]
    panels = [_panel(str(place), has_axis=place == len(shown) - 1) for place in range(len(shown))]
    left = len(ranked) - len(shown)
    return finished(
        pd.concat(rows, ignore_index=True).reindex(columns=COLUMNS),
        {"vconcat": panels, "spacing": 14, "resolve": {"scale": {"x": "shared"}}},
        title=readiness_title(found),
        subtitle="By week, with an interval of 95 %. Strip: green is ready, red is not, grey is too little"
        " data." + (f" And {left:,} more domains, in the table." if left else ""),
        about=f"Refused share of the tested connections by week of {len(shown)} domains, the verdict of each week, and"
        f" {len(found.policy_changes)} changes of their policies.",
    )


def readiness_title(found: Readiness) -> str:
    """Return what the chart says, in one sentence."""
    rows = found.by_domain
    is_fine = rows["ready_since"].notna()
    if len(rows) > 1:
        return f"{int(is_fine.sum()) or 'None'} of {len(rows):,} domains are ready for enforce mode"
    name = in_title(str(rows["policy_domain"].iloc[0]), "The domain")
    if not is_fine.iloc[0]:
        return f"{name} is not ready for enforce mode yet"
    return f"{name} is ready since {day_text(rows['ready_since'].iloc[0])}"


def _rows(found: Readiness, domain: str, place: str) -> pd.DataFrame:
    weeks = found.by_week[found.by_week["policy_domain"] == domain]
    end = ends(weeks["week"], "week")
    share = weeks["would_block_share"]
    known = weeks.assign(
        layer=f"week {place}",
        start=weeks["week"].dt.strftime("%Y-%m-%d"),
        end=end.dt.strftime("%Y-%m-%d"),
        middle=(weeks["week"] + pd.Timedelta(hours=84)).dt.strftime("%Y-%m-%dT%H:%M:%SZ"),
        week=period_names(weeks["week"], "week"),
        share=share,
        low=weeks["would_block_share_low"],
        high=weeks["would_block_share_high"],
        range=[
            percent_range(low, high)
            for low, high in zip(
                weeks["would_block_share_low"], weeks["would_block_share_high"], strict=True
            )
        ],
        tone=weeks["verdict"].map(TONES).fillna("bad"),
    )
    changes = found.policy_changes[found.policy_changes["policy_domain"] == domain]
    marked = changes.assign(
        layer=f"change {place}",
        since=changes["day"].map(day_text),
        day=changes["day"].dt.strftime("%Y-%m-%d"),
    )
    own = found.by_domain.set_index("policy_domain").loc[domain]
    since = day_text(own["ready_since"])
    value = f"{own['verdict']} since {since}" if since else str(own["verdict"])
    head = pd.DataFrame({"layer": [f"head {place}"], "name": [domain], "value": [value]})
    parts = [part.astype("object") for part in (known, marked, head) if len(part)]
    rows = pd.concat(parts, ignore_index=True)
    return rows.where(rows.notna(), np.nan)


def _panel(place: str, *, has_axis: bool) -> Spec:
    layers = [*_head(place), *_weeks(place, has_axis=has_axis), _change(place)]
    return {"layer": layers, "width": WIDTH, "height": 70}


def _head(place: str) -> list[Spec]:
    look: dict[str, Any] = {"baseline": "bottom", "dy": -4, "fontSize": 12}
    name = {"x": {"value": 0}, "y": TOP, "text": {"field": "name", "type": "nominal"}}
    value = {"x": RIGHT, "y": TOP, "text": {"field": "value", "type": "nominal"}}
    return [
        mark(
            "text", name, layer=f"head {place}", align="left", color=INK, fontWeight="bold", **look
        ),
        mark("text", value, layer=f"head {place}", align="right", color=QUIET_INK, **look),
    ]


def _weeks(place: str, *, has_axis: bool) -> list[Spec]:
    layer = f"week {place}"
    details = tooltip(
        policy_domain="domain",
        week="week",
        range="refused, 95 %",
        tested_session_count="tested connections",
        verdict="verdict",
        change="policy",
    )
    axis = {"title": "refused", "format": PERCENT_AXIS, "tickCount": 3}
    y = quantity("share", axis=axis, scale={"domainMin": 0, "nice": True})
    point = {"x": days("middle", with_axis=has_axis), "y": y, "tooltip": details}
    bar = {"x": days("middle", with_axis=has_axis), "y": quantity("low"), "y2": {"field": "high"}}
    strip = {
        "x": days("start", with_axis=has_axis),
        "x2": {"field": "end"},
        "y": TOP,
        "y2": {"value": 5},
        "tooltip": details,
    }
    red = colour("refused")
    tones = {"good": colour("ready"), "bad": red, "unknown": NEUTRAL}
    strips = [
        mark("rect", strip, color=tone) | {"transform": only("layer", layer) + only("tone", name)}
        for name, tone in tones.items()
    ]
    return [
        *strips,
        mark("rule", bar, layer=layer, color=red, opacity=0.3, strokeWidth=3),
        mark("line", point, layer=layer, color=red, strokeWidth=2),
        mark("point", point, layer=layer, color=red, filled=True, size=16),
    ]


def _change(place: str) -> Spec:
    details = tooltip(policy_domain="domain", since="since", change="policy")
    where = {"x": days("day"), "tooltip": details}
    return mark(
        "rule", where, layer=f"change {place}", color=INK, strokeDash=[4, 3], strokeWidth=1.2
    )
