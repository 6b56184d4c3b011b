"""A chart as PNG and SVG files, for slides and documents."""

import json
from pathlib import Path
from typing import Any

import vl_convert

from tlsrpt_analysis.views.page.written_files import write_file
from tlsrpt_analysis.views.style import VEGA_LITE_VERSION, on_paper, svg

PNG_SCALE = 2.0
"""Pixels per unit of the chart, sharp on screen and on paper."""


def write_pictures(folder: Path, name: str, specification: dict[str, Any]) -> list[Path]:
    """Write a Vega-Lite specification as ``name.png`` and ``name.svg``."""
    pictures = {".png": _png(specification), ".svg": svg(specification).encode()}
    return [write_file(folder / f"{name}{ending}", made) for ending, made in pictures.items()]


def _png(specification: dict[str, Any]) -> bytes:
    text = json.dumps(on_paper(specification), allow_nan=False)
    drawn: bytes = vl_convert.vegalite_to_png(
        text, vl_version=VEGA_LITE_VERSION, scale=PNG_SCALE, allowed_base_urls=[]
    )
    return drawn
