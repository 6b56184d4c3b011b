"""The layers of charts as plain Vega-Lite, which costs no time: marks, axes, tooltips, texts.

altair checks and copies each part of a chart; only `as_chart` needs it, for a chart in a notebook.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from tlsrpt_analysis.views.charts.periods import DAY_FORMAT
from tlsrpt_analysis.views.charts.rows import records
from tlsrpt_analysis.views.palette import colour
from tlsrpt_analysis.views.style import CONFIG, INK, PAPER, QUIET_INK, prefer_offline_renderer

if TYPE_CHECKING:
    import altair as alt

Spec = dict[str, Any]

WIDTH = 560
"""The width of a plot in a notebook; the page draws it as wide as it has room."""

DAYS_VIEW = "over_time"
"""The name of the layer on which the page lets its reader draw over days, to choose them."""

PERCENT_AXIS = ".2~p"
LEFT, RIGHT, TOP = {"value": 0}, {"value": "width"}, {"value": 0}
YEAR_WHERE_NEW = (
    f"utcFormat(datum.value, datum.index && utcmonth(datum.value) ? '%-d %b' : '{DAY_FORMAT}')"
)
"""The first day of an axis and those of January have their year; narrow axes have room for the rest."""

ROW: Spec = {"field": "row", "type": "ordinal", "axis": None}
"""One row below the other, each with a line of text above its marks."""

SPOKEN = "spoken"
SAID = ("policy_domain", "name", "failing", "value", "wrong")
"""The columns that a screen reader says of a row, where the chart has them."""

NAME_PART = {"expr": "max(width * 0.5, width - 250)"}
VALUE_PART = {"expr": "min(width * 0.5, 250)"}
"""How much of a row its name and its value take: longer texts end in an ellipsis."""


def quantity(name: str, **options: Any) -> Spec:
    """Return a channel for a number."""
    return {"field": name, "type": "quantitative", **options}


def only(field: str, *values: str) -> list[Spec]:
    """Return a transform that keeps the rows with a value; a predicate, as an expression could hold anything."""
    return [{"filter": {"field": field, "oneOf": list(values)}}]


def mark(kind: str, encoding: Mapping[str, Any], *, layer: str = "", **look: Any) -> Spec:
    """Return one mark for each row, or for those of one layer.

    Screen readers hear the marks with a description, and not each of thousands of cells.
    """
    shown = {"type": kind, **look} | ({} if "description" in encoding else {"aria": False})
    drawn: Spec = {"mark": shown, "encoding": dict(encoding)}
    return drawn | ({"transform": only("layer", layer)} if layer else {})


def days(field: str, *, with_axis: bool = True) -> Spec:
    """Return an axis of UTC days."""
    axis: Spec = {"title": None, "format": DAY_FORMAT, "tickCount": {"expr": "max(2, width / 110)"}}
    axis |= {"labelOverlap": "greedy", "labelSeparation": 8, "grid": False, "labelFlush": True}
    axis["labelExpr"] = YEAR_WHERE_NEW
    shown = axis if with_axis else None
    return {"field": field, "type": "temporal", "scale": {"type": "utc"}, "axis": shown}


def shares(field: str, denominator: str, *, whole: bool = False) -> Spec:
    """Return an axis of shares whose title names the denominator."""
    scale: Spec = {"domain": [0, 1]} if whole else {"domainMin": 0, "nice": True}
    axis: Spec = {"title": denominator, "format": PERCENT_AXIS, "tickCount": 5}
    axis |= {"titleLimit": {"expr": "width"}, "labelFlush": True, "titleAnchor": "start"}
    return quantity(field, scale=scale, axis=axis)


def colours(
    field: str, palette: Mapping[str, str], *, present: Collection[Any], title: str = ""
) -> Spec:
    """Return the colours of the names that occur, with a legend if there is a title."""
    shown = {name: tone for name, tone in palette.items() if name in set(present)}
    scale = {"domain": list(shown), "range": list(shown.values())}
    return {"field": field, "type": "nominal", "scale": scale, "legend": legend(title)}


def legend(title: str) -> Spec | None:
    """Return a legend below the chart, as wide as the plot, or none without a title."""
    columns = {"expr": "max(1, floor(width / 190))"}
    return {"title": title, "columns": columns, "symbolOpacity": 1} if title else None


def tooltip(**titles: str) -> list[Spec]:
    """Return a tooltip with a title for each field."""
    return [
        {"field": field, "type": "quantitative", "title": title, "format": ","}
        if field.endswith("_count")
        else {"field": field, "type": "nominal", "title": title}
        for field, title in titles.items()
    ]


def row_texts_layers(layer: str, *, shift: int, details: Sequence[Spec] = ()) -> list[Spec]:
    """Return the name of each row at its left, and its value at its right, above the marks."""
    look = {"baseline": "middle", "yOffset": -shift, "fontSize": 12}
    shown = {"tooltip": list(details)} if details else {}
    name = {"y": ROW, "x": LEFT, "text": {"field": "name", "type": "nominal"}, **shown}
    name["description"] = {"field": SPOKEN, "type": "nominal"}
    value = {"y": ROW, "x": RIGHT, "text": {"field": "value", "type": "nominal"}, **shown}
    return [
        mark("text", name, layer=layer, align="left", color=INK, limit=NAME_PART, **look),
        mark("text", value, layer=layer, align="right", color=QUIET_INK, limit=VALUE_PART, **look),
    ]


def heading_layer(*, shift: int) -> Spec:
    """Return the name of the domain that the rows below it are about."""
    text = {"y": ROW, "x": LEFT, "text": {"field": "name", "type": "nominal"}}
    look = {"align": "left", "baseline": "middle", "fontSize": 13, "fontWeight": "bold"}
    return mark("text", text, layer="heading", yOffset=shift, color=INK, **look)


def interval_layers(layer: str, low: str, high: str, *, shift: int) -> list[Spec]:
    """Return a thin line with ends from low to high, on a strip that sets it off from any bar."""
    line = {"y": ROW, "x": quantity(low), "x2": {"field": high}}
    look = {"color": INK, "yOffset": shift}
    ends = [{"y": ROW, "x": quantity(end)} for end in (low, high)]
    return [
        mark("rule", line, layer=layer, strokeWidth=5, **look | {"color": PAPER}),
        mark("rule", line, layer=layer, strokeWidth=1.5, **look),
        *(mark("tick", end, layer=layer, thickness=1.5, height=9, **look) for end in ends),
    ]


def rows_body(layers: Sequence[Spec], *, step: int) -> Spec:
    """Return layers with one row below the other."""
    return {"layer": list(layers), "width": WIDTH, "height": {"step": step}}


def finished(rows: pd.DataFrame, body: Spec, *, title: str, subtitle: str, about: str) -> Spec:
    """Return a chart with its rows, title, description for screen readers, and the look."""
    titles = {"text": title, "subtitle": subtitle}
    return {
        "data": {"values": records(_with_spoken(rows))},
        "title": titles,
        "description": f"{title}. {about}",
        "config": dict(CONFIG),
        **body,
    }


def _with_spoken(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows with what a screen reader says for those with a name and a value."""
    if not {"name", "value"} <= set(rows.columns):
        return rows
    is_said = rows["layer"] == "whole"
    parts = [rows.loc[is_said, column] for column in SAID if column in rows]
    texts = [", ".join(dict.fromkeys(map(str, row))) for row in zip(*parts, strict=True)]
    spoken = pd.Series(None, index=rows.index, dtype="object")
    spoken[is_said] = texts
    return rows.assign(**{SPOKEN: spoken})


def no_data(reason: str) -> Spec:
    """Return a chart that says why there is nothing to draw."""
    text = f"Nothing to draw: {reason}"
    words = mark("text", {"x": LEFT, "text": {"field": "reason", "type": "nominal"}},
        align="left", color=QUIET_INK, fontSize=13, limit={"expr": "width"})  # fmt: skip
    return {
        "data": {"values": [{"reason": text}]},
        "description": text,
        "config": dict(CONFIG),
        "layer": [words],
        "width": WIDTH,
        "height": 24,
    }


def as_chart(spec: Spec) -> "alt.LayerChart | alt.VConcatChart":
    """Return a specification as an altair chart, which draws itself in a notebook.

    The rows are an Arrow table, which altair neither copies nor checks value by value.
    """
    # the page draws specifications, and needs no altair
    import tlsrpt_analysis.views.lazy_grammars  # noqa: F401, PLC0415 - before altair is loaded
    import altair as alt  # isort: skip  # noqa: PLC0415
    import pyarrow as pa  # noqa: PLC0415

    prefer_offline_renderer()
    parts = [_part(part) for part in spec["vconcat" if "vconcat" in spec else "layer"]]
    chart = alt.VConcatChart(vconcat=parts) if "vconcat" in spec else alt.LayerChart(layer=parts)
    for key, value in spec.items():
        if key not in {"data", "layer", "vconcat"}:
            chart[key] = value
    chart.data = pa.Table.from_pylist(spec["data"]["values"])
    return chart


def _part(spec: Spec) -> "alt.Chart | alt.LayerChart":
    import altair as alt  # noqa: PLC0415

    chart: alt.Chart | alt.LayerChart = alt.Chart()
    if "layer" in spec:
        chart = alt.LayerChart(layer=[_part(part) for part in spec["layer"]])
    for key, value in spec.items():
        if key != "layer":
            chart[key] = alt.FacetedEncoding(**value) if key == "encoding" else value
    return chart


NEUTRAL = colour("neutral")
