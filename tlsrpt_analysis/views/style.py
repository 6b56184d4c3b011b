"""The look of all views: colours, the word for missing values, and the renderer.

Text, lines and background take the colours of the page around a chart, so that it follows the light
or dark theme of JupyterLab at once; without a page, as in the SVG picture, they are those of paper.
The other colours are those of `tlsrpt_analysis.views.palette`.
"""

import json
import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd

from tlsrpt_analysis.views.palette import colour

NOT_GIVEN = "(not given)"
"""What a view shows where a report left out a value."""

VEGA_LITE_MIME = "application/vnd.vegalite.v5+json"
"""JupyterLab draws this type itself, without a network."""

VEGA_LITE_SCHEMA = "https://vega.github.io/schema/vega-lite/v5.json"
VEGA_LITE_VERSION = "6.4"
"""The Vega-Lite of the SVG picture and the exported page; charts use only what 5.6 has, too."""

RENDERER = "tlsrpt-offline"
ALTAIRS_OWN = "default"
"""The renderer of altair as long as nobody has chosen one."""

VERDICT_COLOURS: Mapping[str, str] = MappingProxyType(
    {
        "ready": colour("ready"),
        "enforced, clean": colour("ready"),
        "not ready": colour("refused"),
        "enforced, refusing mail": colour("refused"),
        "too little data": colour("neutral"),
    }
)
"""The colour of each verdict; its mark and its words say the same."""

VERDICT_MARKS: Mapping[str, str] = MappingProxyType(
    {
        "ready": "✓",
        "enforced, clean": "✓",
        "not ready": "✕",
        "enforced, refusing mail": "▲",
        "too little data": "?",
    }
)

INK = "var(--jp-content-font-color1, #1F2933)"
QUIET_INK = "var(--jp-content-font-color2, #52606D)"
GRID = "var(--jp-border-color2, #E4E7EB)"
RULE = "var(--jp-border-color1, #9AA5B1)"
PAPER = "var(--jp-layout-color0, #FFFFFF)"
WHITE = "#FFFFFF"

DATA = {"data", "datasets"}
OF_THE_PAGE = re.compile(r"var\(--(?:jp|tlsrpt)-[a-z0-9-]+, (#[0-9A-F]{6})\)")
"""A colour of the page, with its fallback on paper."""

FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif"

PERCENT_LOCALE = {
    "decimal": ".",
    "thousands": ",",
    "grouping": [3],
    "currency": ["", ""],
    "percent": "\u00a0%",
}
"""Axes write percentages like the texts."""

CONFIG: Mapping[str, Any] = MappingProxyType(
    {
        "background": "transparent",
        "font": FONT,
        "padding": 8,
        "locale": {"number": PERCENT_LOCALE},
        "view": {"stroke": None},
        "axis": {
            "labelColor": INK,
            "labelFontSize": 12,
            "titleColor": QUIET_INK,
            "titleFontSize": 12,
            "titleFontWeight": "normal",
            "titlePadding": 8,
            "domainColor": RULE,
            "gridColor": GRID,
            "tickColor": RULE,
            "labelLimit": 230,
        },
        "header": {
            "title": None,
            "labelAnchor": "start",
            "labelColor": INK,
            "labelFontSize": 13,
            "labelFontWeight": "bold",
            "labelOrient": "top",
            "labelLimit": 460,
            "labelPadding": 6,
        },
        "legend": {
            "orient": "bottom",
            "direction": "horizontal",
            "labelColor": INK,
            "labelFontSize": 12,
            "labelLimit": 260,
            "titleColor": QUIET_INK,
            "titleFontSize": 12,
            "titleFontWeight": "normal",
            "titleLimit": 460,
            "symbolStrokeWidth": 2,
        },
        "title": {
            "anchor": "start",
            "color": INK,
            "fontSize": 14,
            "subtitleColor": QUIET_INK,
            "subtitleFontSize": 12,
            "frame": "bounds",
            "offset": 12,
        },
    }
)
"""The look of every chart, as Vega-Lite configuration."""


def missing_as(values: pd.Series, text: str = NOT_GIVEN) -> pd.Series:
    """Return the values as text, with a word for missing ones.

    Parameters
    ----------
    values : Series
        Any column.
    text : str
        The word for a missing value.

    Returns
    -------
    Series
        The texts, with dtype object and the same index.

    Examples
    --------
    >>> list(missing_as(pd.Series(["mx1.example.com", None], dtype="category")))
    ['mx1.example.com', '(not given)']
    """
    if not isinstance(values.dtype, pd.CategoricalDtype):
        return values.astype("object").where(values.notna(), text).map(str)
    names = [*map(str, values.cat.categories), text]  # the code of a missing value is -1, the last
    return pd.Series(np.array(names, dtype="object")[values.cat.codes], index=values.index)


def use_offline_renderer() -> None:
    """Make altair draw charts without a network from now on, also those of other packages.

    JupyterLab draws them itself; everything else shows the SVG picture.
    altair's own renderers load scripts from a public server.
    The charts of this package do this by themselves as long as you have chosen no renderer.

    Examples
    --------
    >>> import altair as alt
    >>> use_offline_renderer()
    >>> alt.renderers.active
    'tlsrpt-offline'
    """
    # the page takes its words from here, and needs no altair
    import tlsrpt_analysis.views.lazy_grammars  # noqa: F401, PLC0415 - before altair is loaded
    import altair as alt  # isort: skip  # noqa: PLC0415

    alt.renderers.register(RENDERER, _render)
    alt.renderers.enable(RENDERER)


def prefer_offline_renderer() -> None:
    """Make altair draw charts without a network, unless the user has chosen a renderer.

    Examples
    --------
    >>> import altair as alt
    >>> with alt.renderers.enable("svg"):
    ...     prefer_offline_renderer()
    ...     alt.renderers.active
    'svg'
    """
    import altair as alt  # noqa: PLC0415 - as above

    if alt.renderers.active == ALTAIRS_OWN:
        use_offline_renderer()


def show_text_as_text() -> None:
    """Keep JupyterLab from typesetting the text of reports in frames: a formula can be a link.

    Examples
    --------
    >>> show_text_as_text()
    >>> "mathjax_ignore" in pd.DataFrame({"host": ["$mx$"]}).to_html()
    True
    """
    pd.set_option("display.html.use_mathjax", False)  # noqa: FBT003 - pandas' own
    pd.set_option("styler.html.mathjax", False)  # noqa: FBT003


show_text_as_text()  # whoever shows results of reports in a notebook loads this module


def mime_bundle(chart: Any, *, picture: bool = True) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the MIME bundle of a chart: a Vega-Lite specification and an SVG picture of it.

    Parameters
    ----------
    chart : altair chart
        Any chart of this package, or your own.
    picture : bool
        Whether to draw the SVG picture as well; a widget that changes does not need it.

    Returns
    -------
    tuple of dict
        The data by MIME type and their metadata, for ``IPython.display.display(..., raw=True)``.

    Examples
    --------
    >>> import altair as alt
    >>> data, _ = mime_bundle(alt.Chart(alt.Data(values=[])).mark_point())
    >>> sorted(data)
    ['application/vnd.vegalite.v5+json', 'image/svg+xml', 'text/plain']
    """
    specification = chart.to_dict(validate=picture)
    data, metadata = _render(specification, picture=picture)
    return data, metadata


def specification(chart: Any) -> dict[str, Any]:
    """Return a chart as a Vega-Lite specification, without checking it against the schema.

    The check takes most of the time of a small chart, and the tests check each chart of this
    package.

    Examples
    --------
    >>> import altair as alt
    >>> specification(alt.Chart(alt.Data(values=[])).mark_point())["mark"]
    {'type': 'point'}
    """
    written: dict[str, Any] = chart.to_dict(validate=False)
    return written | {"$schema": VEGA_LITE_SCHEMA}


def _render(
    specification: dict[str, Any], *, picture: bool = True, **_: Any
) -> tuple[dict[str, Any], dict[str, Any]]:
    specification = specification | {"$schema": VEGA_LITE_SCHEMA}
    data = {
        VEGA_LITE_MIME: specification,
        "text/plain": str(specification.get("description", "a chart")),
    }
    if picture:
        data["image/svg+xml"] = svg(specification)
    return data, {VEGA_LITE_MIME: {"embed_options": {"actions": False, "renderer": "svg"}}}


def svg(specification: Mapping[str, Any]) -> str:
    """Return a Vega-Lite specification drawn as SVG on white, fetching nothing."""
    import vl_convert  # noqa: PLC0415 - the page needs no charts

    text = json.dumps(on_paper(specification), allow_nan=False)
    drawn: str = vl_convert.vegalite_to_svg(
        text, vl_version=VEGA_LITE_VERSION, allowed_base_urls=[]
    )
    return drawn


def on_paper(specification: Mapping[str, Any]) -> dict[str, Any]:
    """Return a specification on white, with paper colours instead of page colours."""
    recoloured: dict[str, Any] = _on_paper(dict(specification))
    return recoloured | {"background": WHITE}


def _on_paper(part: Any) -> Any:
    """Replace colours everywhere except in data, which strangers wrote."""
    match part:
        case dict():
            return {key: value if key in DATA else _on_paper(value) for key, value in part.items()}
        case list():
            return [_on_paper(item) for item in part]
        case str():
            return OF_THE_PAGE.sub(r"\1", part)
    return part
