"""The parts that widgets share: outputs as state, selectors, and moves of which the last counts."""

# ipywidgets has no types
# mypy: disable-error-code="no-untyped-call"

import asyncio
import datetime as dt
import html
import threading
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from typing import Any

import altair as alt
import pandas as pd
from ipywidgets.widgets.widget_date import DatePicker
from ipywidgets.widgets.widget_layout import Layout
from ipywidgets.widgets.widget_output import Output
from ipywidgets.widgets.widget_selection import Dropdown
from pandas.io.formats.style import Styler

from tlsrpt_analysis.shown_texts import AS_TEXT, without_controls
from tlsrpt_analysis.views.style import NOT_GIVEN, mime_bundle

Shown = tuple[dict[str, Any], dict[str, Any]]
"""Data by MIME type, and their metadata."""

FULL_WIDTH = str.maketrans("$\\", "\uff04\uff3c")
ALL = "all"
SETTLED_SECONDS = 0.04
"""Moves that follow one another faster are one move: dragging sends many."""


def quickly() -> AbstractContextManager[None]:
    """Make altair skip the validation of each part, which the tests have done."""
    return alt.utils.schemapi.debug_mode(False)  # noqa: FBT003 - altair's own


class LastMove:
    """Runs an action once the moves have settled, so that dragging draws only the last position.

    Without a running event loop, as in a script, it runs at once. Kernels with subshells note moves
    in several threads: the action never runs twice at a time, so that the last run ends last.

    Parameters
    ----------
    action : callable
        What to run; it reads the state of that moment.
    """

    def __init__(self, action: Callable[[], None]) -> None:
        self._action = action
        self._running = threading.RLock()
        self._waiting: asyncio.TimerHandle | None = None

    def note(self) -> None:
        """Note a move."""
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            self._run()
            return
        if self._waiting is not None:
            self._waiting.cancel()
        self._waiting = loop.call_later(SETTLED_SECONDS, self._run)

    def _run(self) -> None:
        with self._running:
            self._action()


def view_of(shown: Shown) -> Output:
    """Return an output widget with its initial content as state.

    Capturing output while the cell runs can stall nbclient (jupyter/nbclient#312).
    """
    return Output(outputs=(_as_output(shown),))


def show(view: Output, shown: Shown) -> None:
    """Replace the content of an output widget if it has changed."""
    outputs = (_as_output(shown),)
    if view.outputs != outputs:
        view.outputs = outputs


def _as_output(shown: Shown) -> dict[str, Any]:
    data, metadata = shown
    return {"output_type": "display_data", "data": data, "metadata": metadata}


def chart_shown(chart: Any, *, picture: bool) -> Shown:
    """Return the output of a chart, if wanted with an SVG picture for a notebook that is not run."""
    return mime_bundle(chart, picture=picture)


def table_shown(table: Styler, summary: str) -> Shown:
    """Return the output of a table, with a one-line summary as plain text."""
    return {"text/html": table.to_html(), "text/plain": summary}, {}


def as_label(text: str) -> str:
    """Return a text for the label of a widget, which JupyterLab searches for mathematics.

    No class prevents that there, and a label of mathematics can be a link; so the characters that
    begin mathematics become their full-width forms. No host name has them.

    Examples
    --------
    >>> "$" in as_label("repair TLS $href$")
    False
    """
    return without_controls(text).translate(FULL_WIDTH)


def sentences_shown(sentences: Sequence[str]) -> Shown:
    """Return the output of sentences, which screen readers read out when they change."""
    lines = "".join(f"<p>{html.escape(sentence)}</p>" for sentence in sentences)
    shown = f"<div role='status' class='{AS_TEXT}'>{lines}</div>"
    return {"text/html": shown, "text/plain": " ".join(sentences)}, {}


def selector(
    description: str, values: Iterable[str | None], *, everything: bool = True
) -> Dropdown:
    """Return a drop-down list whose value is a tuple of one value, or an empty one for all."""
    options = choices(values, everything=everything)
    return Dropdown(
        options=options,
        value=options[0][1] if options else None,
        description=description,
        layout=Layout(width="300px"),
    )


def choices(
    values: Iterable[str | None], *, everything: bool = True
) -> list[tuple[str, tuple[str | None, ...]]]:
    """Return the options of a selector, with the missing value last."""
    named = {None if value is None or pd.isna(value) else str(value) for value in values}
    names = sorted(name for name in named if name is not None)
    first: list[tuple[str, tuple[str | None, ...]]] = [(ALL, ())] if everything else []
    last: list[tuple[str, tuple[str | None, ...]]] = [(NOT_GIVEN, (None,))] if None in named else []
    return [*first, *((name, (name,)) for name in names), *last]


def day_picker(description: str, day: dt.date | None) -> DatePicker:
    """Return an input for a day."""
    return DatePicker(value=day, description=description, layout=Layout(width="300px"))
