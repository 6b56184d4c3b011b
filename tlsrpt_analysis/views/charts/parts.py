"""The parts that charts share: axes, colours, tooltips, and the frame around a chart."""

from collections.abc import Collection, Mapping
from typing import TypeVar

import altair as alt
import pandas as pd
import pyarrow as pa

from tlsrpt_analysis.views.charts.rows import records
from tlsrpt_analysis.views.style import CONFIG, INK, QUIET_INK

WIDTH = 300
"""The width of a plot with labels, with which a chart fits on paper: under 600 pixels."""

WIDE = 470
"""The width of a plot without labels on its left."""

LEGEND_COLUMNS = 3
PERCENT_AXIS = ".3~p"
DAY_FORMAT = "%-d %b %Y"

AT_LEFT = alt.XValue(0)  # type: ignore[no-untyped-call]
AT_RIGHT = alt.XValue("width")  # type: ignore[no-untyped-call]
AT_TOP = alt.YValue(0)  # type: ignore[no-untyped-call]

Layers = alt.Chart | alt.LayerChart
Finished = TypeVar("Finished", alt.Chart, alt.FacetChart, alt.VConcatChart)


def plotted(rows: pd.DataFrame) -> alt.Chart:
    """Return a chart of plain rows.

    They are an Arrow table, which altair neither copies nor checks value by value: lists of
    thousands of rows took seconds. altair accepts 5,000 rows, and the charts have fewer.
    """
    return alt.Chart(pa.Table.from_pylist(records(rows)))


def days(field: str) -> alt.X:
    """Return an axis of UTC days."""
    axis = alt.Axis(
        title=None,
        format=DAY_FORMAT,
        labelOverlap="greedy",
        labelSeparation=8,
        tickCount=5,
        grid=False,
    )
    return alt.X(field, scale=alt.Scale(type="utc"), axis=axis)


def lines(field: str) -> alt.Y:
    """Return an axis with one line per name, in the order of the rows."""
    axis = alt.Axis(title=None, domain=False, ticks=False, labelPadding=6, labelLimit=235)
    return alt.Y(field, sort=None, axis=axis)


def shares(field: str, denominator: str, *, whole: bool = False) -> alt.X:
    """Return an axis of shares whose title names the denominator."""
    scale = alt.Scale(domain=[0, 1]) if whole else alt.Scale(domainMin=0, nice=True)
    axis = alt.Axis(title=denominator, format=PERCENT_AXIS, tickCount=5)
    return alt.X(field, scale=scale, axis=axis)


def colours(
    field: str, palette: Mapping[str, str], *, present: Collection[str], title: str | None = None
) -> alt.Color:
    """Return the colours of the names that occur, with a legend if there is a title."""
    shown = {name: colour for name, colour in palette.items() if name in set(present)}
    scale = alt.Scale(domain=list(shown), range=list(shown.values()))
    return alt.Color(field, scale=scale, legend=legend(title) if title else None)


def legend(title: str) -> alt.Legend:
    """Return a legend below the chart, wrapped to its width."""
    return alt.Legend(title=title, columns=LEGEND_COLUMNS, symbolOpacity=1)


def tooltip(**titles: str) -> list[alt.Tooltip]:
    """Return a tooltip with a title for each field."""
    return [
        alt.Tooltip(f"{field}:Q", title=title, format=",")
        if field.endswith("_count")
        else alt.Tooltip(f"{field}:N", title=title)
        for field, title in titles.items()
    ]


def only(field: str, value: str) -> alt.FieldEqualPredicate:
    """Return a filter for the rows with one value; a predicate, as an expression could hold anything."""
    return alt.FieldEqualPredicate(field=field, equal=value)


def intervals(base: Layers, low: str, high: str) -> alt.LayerChart:
    """Return a thin line with ends from low to high."""
    line = base.mark_rule(color=INK, strokeWidth=1.5).encode(
        x=alt.X(f"{low}:Q"), x2=alt.X2(f"{high}:Q")
    )
    ends = base.mark_tick(color=INK, thickness=1.5, height=9)
    return alt.LayerChart(
        layer=[line, ends.encode(x=alt.X(f"{low}:Q")), ends.encode(x=alt.X(f"{high}:Q"))]
    )


def at_the_right(base: Layers, field: str) -> alt.Chart:
    """Return a text to the right of the plot, on each line."""
    text = base.mark_text(align="left", baseline="middle", dx=8, color=QUIET_INK, fontSize=12)
    placed: alt.Chart = text.encode(
        x=AT_RIGHT,
        text=alt.Text(field),
        color=alt.ColorValue(QUIET_INK),
        opacity=alt.OpacityValue(1),
    )
    return placed


def by_domain(chart: Layers, *, title: str, subtitle: str, description: str) -> alt.FacetChart:
    """Return the chart repeated for each domain, one below the other."""
    order = alt.EncodingSortField("domain_order", "min")
    sized = chart.copy(deep=False)  # the methods that set these copy every layer
    sized.width, sized.height = WIDTH, alt.Step(22)
    faceted: alt.FacetChart = sized.facet(
        facet=alt.Facet("policy_domain:N", title=None, sort=order), columns=1, spacing=14
    )
    faceted.resolve = alt.Resolve(scale=alt.ScaleResolveMap(y="independent"))
    return finished(faceted, title=title, subtitle=subtitle, description=description)


def no_data(reason: str) -> alt.Chart:
    """Return a chart that says why there is nothing to draw."""
    text = f"Nothing to draw: {reason}"
    mark = plotted(pd.DataFrame({"reason": [text]})).mark_text(
        align="left", color=QUIET_INK, fontSize=13
    )
    chart: alt.Chart = mark.encode(x=AT_LEFT, text=alt.Text("reason:N")).properties(
        width=WIDTH, height=24, description=text, config=dict(CONFIG)
    )
    return chart


def finished(chart: Finished, *, title: str, subtitle: str, description: str) -> Finished:
    """Return a chart with title, description for screen readers, and the look of the package."""
    titles = alt.TitleParams(title, subtitle=subtitle)
    result: Finished = chart.copy(deep=False)
    # set here and not by properties(), which would validate the whole configuration each time
    result.title, result.description, result.config = titles, description, dict(CONFIG)
    return result
