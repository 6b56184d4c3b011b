"""The chart of what was refused week by week, as positions in percent of its box."""

import datetime as dt
from collections.abc import Iterator, Sequence

from tlsrpt_analysis.shown_texts import shown
from tlsrpt_analysis.views.page import dates_in_words, sentences, words
from tlsrpt_analysis.views.page.analysed import Row
from tlsrpt_analysis.views.page.page_model import Column, Mark, Tick, TimeChart
from tlsrpt_analysis.views.shares_in_words import (
    is_missing,
    nice_top,
    rough_percent,
    rough_range,
)

WEEK = dt.timedelta(days=7)
MOST_WEEKS = 104
"""Two years: columns of more weeks are thinner than their gaps."""

COLUMN_SHARE = 0.78
"""The part of a week's width that its column takes."""

SHARE, HIGH = "would_block_share", "would_block_share_high"
RANGE_SHARE = 3.0
"""Ranges fit on the axis unless they are wider than so many times the highest column."""

MOST_MARKS = 4
MOST_TICKS = 9
TICK_STEPS = (1, 2, 3, 6, 12, 24)
MONTHS_OF_DAYS = 3
"""Below so many months the axis counts weeks."""

LAST_TICK = 98.0
"""A label nearer to the end would stand beside the chart."""

RIGHT_OF = 60.0
"""From here on the word of a mark stands on its left."""


def time_chart(
    weeks: Sequence[Row], changes: Sequence[Row], causes: Sequence[Row], *, title: str
) -> TimeChart | None:
    """Return the chart of one domain, or None for less than two weeks.

    Parameters
    ----------
    weeks : sequence of dict
        Rows of ``by_week`` of `tlsrpt_analysis.readiness`.
    changes : sequence of dict
        Rows of ``policy_changes``.
    causes : sequence of dict
        Rows of `tlsrpt_analysis.diagnose`, whose first and last days are marked.
    title : str
        The message of the chart.
    """
    shown_weeks = sorted(weeks, key=lambda row: row["week"])[-MOST_WEEKS:]
    if len(shown_weeks) < 2:
        return None
    axis = _Axis(shown_weeks[0]["week"].date(), shown_weeks[-1]["week"].date() + WEEK)
    top = nice_top(min(RANGE_SHARE * _largest(shown_weeks, SHARE), _largest(shown_weeks, HIGH)))
    return TimeChart(
        title=title,
        note=words.CHART_NOTE,
        columns=tuple(_column(row, axis, top) for row in shown_weeks),
        marks=tuple(_marks(changes, causes, axis)),
        days=tuple(axis.ticks()),
        shares=tuple(
            Tick(place, rough_percent(top * place / 100) if place else "0")
            for place in (0, 50, 100)
        ),
    )


def _largest(weeks: Sequence[Row], name: str) -> float:
    return max((row[name] for row in weeks if not is_missing(row[name])), default=0.0)


class _Axis:
    """Days as places in percent."""

    __slots__ = ("end", "start")

    def __init__(self, start: dt.date, end: dt.date) -> None:
        self.start, self.end = start, end

    def place(self, day: dt.date) -> float:
        return round(100 * (day - self.start).days / (self.end - self.start).days, 3)

    def ticks(self) -> Iterator[Tick]:
        months = list(self._months())
        if len(months) < MONTHS_OF_DAYS:
            for day in self._weeks():
                yield Tick(self.place(day), dates_in_words.short_day(day))
            return
        step = next(step for step in TICK_STEPS if len(months) / step <= MOST_TICKS)
        named = [day for day in months if (day.month - 1) % step == 0 or step > 12]
        for number, day in enumerate(day for day in named if self.place(day) < LAST_TICK):
            has_year = number == 0 or day.year != named[number - 1].year
            yield Tick(self.place(day), dates_in_words.month_text(day, has_year=has_year))

    def _months(self) -> Iterator[dt.date]:
        day = self.start if self.start.day == 1 else _next_month(self.start)
        while day < self.end:
            yield day
            day = _next_month(day)

    def _weeks(self) -> Iterator[dt.date]:
        count = (self.end - self.start).days // 7
        step = -(-count // MOST_TICKS)
        for number in range(0, count, max(1, step)):
            yield self.start + number * WEEK


def _next_month(day: dt.date) -> dt.date:
    return dt.date(day.year + day.month // 12, day.month % 12 + 1, 1)


def _column(row: Row, axis: _Axis, top: float) -> Column:
    monday = row["week"].date()
    left, right = axis.place(monday), axis.place(monday + WEEK)
    width = COLUMN_SHARE * (right - left)
    share, low, high = (
        row[name]
        for name in ("would_block_share", "would_block_share_low", "would_block_share_high")
    )
    is_tested = bool(row["tested_session_count"] > 0) and not is_missing(share)
    has_range = is_tested and share > 0 and not is_missing(low) and not is_missing(high)
    heights = [
        round(100 * min(1.0, value / top), 2) if known else 0.0
        for value, known in ((share, is_tested), (low, has_range), (high, has_range))
    ]
    return Column(
        left=round(left + (right - left - width) / 2, 3),
        width=round(width, 3),
        height=heights[0],
        low=heights[1],
        high=heights[2],
        has_range=has_range,
        is_tested=is_tested,
        text=sentences.week_text(
            monday,
            rough_percent(share) if is_tested else "",
            rough_range(low, high) if has_range else "",
            int(row["tested_session_count"]),
        ),
    )


def _marks(changes: Sequence[Row], causes: Sequence[Row], axis: _Axis) -> Iterator[Mark]:
    found = [
        (row["day"].date(), sentences.policy_change(shown(row["change"], 60)), "policy")
        for row in changes
    ]
    for row in causes[:1]:
        if not is_missing(row["first_day"]):
            found.append((row["first_day"].date(), words.BEGAN, "began"))
            found.append((row["last_day"].date(), words.ENDED, "ended"))
    inside = [each for each in found if axis.start + WEEK <= each[0] < axis.end - WEEK]
    for day, text, kind in sorted(inside)[-MOST_MARKS:]:
        left = axis.place(day)
        yield Mark(left, f"{text}, {dates_in_words.short_day(day)}", kind, is_right=left > RIGHT_OF)
