"""A chart on which the reader draws an interval of days, for which Python is called."""

import datetime as dt
from collections.abc import Callable
from functools import cache
from importlib.resources import files
from typing import Any

import pandas as pd
import vl_convert
from anywidget import AnyWidget
from traitlets import Dict, Unicode, default

from tlsrpt_analysis.views.charts.layers import DAYS_VIEW, Spec
from tlsrpt_analysis.views.charts.sessions_over_time import over_time_specification
from tlsrpt_analysis.views.style import VEGA_LITE_VERSION

BRUSH = "chosen_days"
Days = tuple[dt.date, dt.date]


class BrushedChart(AnyWidget):
    """Sessions over time with a brush; its scripts come from the package, not from the network.

    Parameters
    ----------
    sessions : DataFrame
        The result of `tlsrpt_analysis.daily_sessions`.
    days : tuple of two datetime.date, optional
        The first and the last day of the initial brush.
    on_brush : callable
        Called with the first and the last day after the reader has moved the brush, or with
        `None` after its removal; and with whether the reader still sees that brush, which is not
        so if another drawing is on its way.

    Attributes
    ----------
    spec : dict
        The Vega-Lite specification, with the number of the drawing in its ``usermeta``.
    drawing : int
        The number of the latest drawing.
    """

    spec = Dict().tag(sync=True)
    _esm = Unicode().tag(sync=True)

    def __init__(
        self,
        sessions: pd.DataFrame,
        days: Days | None,
        on_brush: Callable[[Days | None, bool], None],
    ) -> None:
        self._on_brush = on_brush
        self.drawing = 0
        super().__init__(spec=self._numbered(over_time(sessions, days)))
        self.on_msg(self._brushed)

    @default("_esm")
    def _own_script(self) -> str:
        return _script()

    def redraw(self, sessions: pd.DataFrame, days: Days | None) -> None:
        """Draw other sessions."""
        self.drawing += 1
        self.spec = self._numbered(over_time(sessions, days))

    def mark(self, days: Days | None) -> None:
        """Move the brush to other days of the same sessions, without building the chart again."""
        self.drawing += 1
        params = [dict(param) for param in self.spec.get("params", [])]
        for param in params:
            if param["name"] == BRUSH:
                param.pop("value", None)
                param.update(_value(days))
        self.spec = self._numbered({**self.spec, "params": params})

    def _numbered(self, specification: dict[str, Any]) -> dict[str, Any]:
        return specification | {"usermeta": {"drawing": self.drawing}}

    def _brushed(self, _: object, report: dict[str, Any], __: object) -> None:
        ends = report["ends"]
        self._on_brush(days_of(ends) if ends else None, report["drawing"] == self.drawing)


@cache
def _script() -> str:
    """Return the script of the widget together with Vega, Vega-Lite and vega-embed."""
    own = (files("tlsrpt_analysis.views.widgets") / "brushed_chart.js").read_text(encoding="utf-8")
    script: str = vl_convert.javascript_bundle(own, vl_version=VEGA_LITE_VERSION)
    return script


def over_time(sessions: pd.DataFrame, days: Days | None) -> Spec:
    """Return the specification of the chart of sessions over time with a brush.

    altair, which would copy it and check each part, takes longer than everything else.
    """
    spec = over_time_specification(sessions)
    select = {"type": "interval", "encodings": ["x"]}
    brush = {"name": BRUSH, "select": select, "views": [DAYS_VIEW], **_value(days)}
    schema = f"https://vega.github.io/schema/vega-lite/v{VEGA_LITE_VERSION}.json"
    return {"$schema": schema, "params": [brush] if "vconcat" in spec else [], **spec}


def _value(days: Days | None) -> dict[str, Any]:
    """Return the value of a brush, or nothing without a brush."""
    return {} if days is None else {"value": {"x": [_utc(days[0]), _utc(days[1], after=1)]}}


def days_of(ends: list[float]) -> Days:
    """Return the first and the last day in an interval of milliseconds.

    Examples
    --------
    >>> days_of([1782864000000, 1782950400000])
    (datetime.date(2026, 7, 1), datetime.date(2026, 7, 1))
    """
    first, last = sorted(ends)
    since = dt.datetime.fromtimestamp(first / 1000, dt.UTC).date()
    until = dt.datetime.fromtimestamp((last - 1) / 1000, dt.UTC).date()
    return since, max(since, until)


def _utc(day: dt.date, *, after: int = 0) -> dict[str, Any]:
    day += dt.timedelta(days=after)
    return {"year": day.year, "month": day.month, "date": day.day, "utc": True}
