"""A chart on which the reader draws an interval of days, for which Python is called."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import altair as alt
import pandas as pd

from tlsrpt_analysis.views.charts.sessions_over_time import sessions_over_time

BRUSH = "chosen_days"
Days = tuple[dt.date, dt.date]


class BrushedChart(alt.JupyterChart):
    """Sessions over time with a brush; its scripts come from the package, not from the network.

    Parameters
    ----------
    sessions : DataFrame
        The result of `tlsrpt_analysis.daily_sessions`.
    days : tuple of two datetime.date, optional
        The first and the last day of the initial brush.
    on_brush : callable
        Called with the first and the last day after the reader has moved the brush, and with
        `None` when the brush is removed.
    """

    def __init__(
        self,
        sessions: pd.DataFrame,
        days: Days | None,
        on_brush: Callable[[Days | None], None],
    ) -> None:
        type(self).enable_offline()
        self._on_brush = on_brush
        super().__init__(
            over_time(sessions, days), embed_options={"actions": False, "renderer": "svg"}
        )
        self._listen()

    def redraw(self, sessions: pd.DataFrame, days: Days | None) -> None:
        """Draw other sessions."""
        self.chart = over_time(sessions, days)
        self._listen()

    def mark(self, days: Days | None) -> None:
        """Move the brush to other days of the same sessions, without building the chart again."""
        params = [dict(param) for param in self.spec.get("params", [])]
        for param in params:
            if param["name"] == BRUSH:
                param.pop("value", None)
                param.update(_value(days))
        if params:  # an empty chart has none
            # the count changes the specification, as a brush drawn by hand does not
            count = self.spec.get("usermeta", {}).get("marked", 0) + 1
            self.spec = {**self.spec, "params": params, "usermeta": {"marked": count}}

    def _listen(self) -> None:
        if BRUSH in self.selections.trait_names():
            self.selections.observe(self._brushed, BRUSH)

    def _brushed(self, change: dict[str, Any]) -> None:
        ends = next(iter((change["new"].value or {}).values()), None)
        self._on_brush(days_of(ends) if ends else None)


def over_time(sessions: pd.DataFrame, days: Days | None) -> alt.VConcatChart | alt.LayerChart:
    """Return the chart of sessions over time with a brush."""
    brush = alt.selection_interval(name=BRUSH, encodings=["x"], **_value(days))
    return sessions_over_time(sessions, brush=brush)


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
