"""A chart over which the reader draws an interval of days, which Python hears of."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import altair as alt
import pandas as pd

from tlsrpt_analysis.views.time_chart import sessions_over_time

BRUSH = "chosen_days"
Days = tuple[dt.date, dt.date]


class BrushedChart(alt.JupyterChart):
    """Sessions over time with a brush; its scripts come from the package, not from a network.

    Parameters
    ----------
    sessions : DataFrame
        As `tlsrpt_analysis.daily_sessions` gives it.
    days : tuple of two datetime.date, optional
        The first and the last day of the brush at first.
    on_brush : callable
        What to call with the first and the last day once the reader has moved the brush; with
        `None` when the brush is gone.
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
        """Draw other sessions in place of the old ones."""
        self.chart = over_time(sessions, days)
        self._listen()

    def _listen(self) -> None:
        if BRUSH in self.selections.trait_names():
            self.selections.observe(self._brushed, BRUSH)

    def _brushed(self, change: dict[str, Any]) -> None:
        ends = next(iter((change["new"].value or {}).values()), None)
        self._on_brush(days_of(ends) if ends else None)


def over_time(sessions: pd.DataFrame, days: Days | None) -> alt.VConcatChart | alt.Chart:
    """Draw sessions over time with a brush."""
    value = alt.Undefined if days is None else {"x": [_utc(days[0]), _utc(days[1], after=1)]}
    brush = alt.selection_interval(name=BRUSH, encodings=["x"], value=value)  # type: ignore[arg-type]
    return sessions_over_time(sessions, brush=brush)


def days_of(ends: list[float]) -> Days:
    """Give the days that an interval of milliseconds touches.

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
