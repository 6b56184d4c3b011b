"""Days as readers of the page write them."""

import datetime as dt
import re

from tlsrpt_analysis.shown_texts import shown

_ISO_DAY = re.compile(r"\b\d{4}-\d\d-\d\d\b")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def day_text(day: dt.date) -> str:
    """Return a day as readers write it.

    Examples
    --------
    >>> day_text(dt.date(2026, 7, 1))
    '1 Jul 2026'
    """
    return f"{short_day(day)} {day.year}"


def readable(text: str) -> str:
    """Return a sentence of the analyses with its days as readers write them, safe to show.

    Examples
    --------
    >>> readable("It began between 2026-07-26 and 2026-07-27.")
    'It began between 26 Jul 2026 and 27 Jul 2026.'
    """
    return _ISO_DAY.sub(_day_of, shown(text))


def _day_of(found: re.Match[str]) -> str:
    try:
        return day_text(dt.date.fromisoformat(found[0]))
    except ValueError:
        return found[0]


def short_day(day: dt.date) -> str:
    """Return a day without its year, for an axis."""
    return f"{day.day} {MONTHS[day.month - 1]}"


def period_text(first: dt.date, last: dt.date) -> str:
    """Return a period, its year once where both days have the same.

    Examples
    --------
    >>> period_text(dt.date(2026, 7, 1), dt.date(2026, 10, 31))
    '1 Jul to 31 Oct 2026'
    """
    if first == last:
        return day_text(first)
    start = short_day(first) if first.year == last.year else day_text(first)
    return f"{start} to {day_text(last)}"


def month_text(day: dt.date, *, has_year: bool) -> str:
    """Return a month of an axis, its year where it is new."""
    return f"{MONTHS[day.month - 1]} {day.year}" if has_year else MONTHS[day.month - 1]
