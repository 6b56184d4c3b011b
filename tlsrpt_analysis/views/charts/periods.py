"""Days, weeks, months and years: where they begin, and what they are called, the same everywhere."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

DAY_FORMAT = "%-d %b %Y"
"""How a day is written, on axes as in texts."""

FREQUENCIES: Mapping[str, str] = {"day": "D", "week": "W-MON", "month": "MS", "year": "YS"}
"""The periods from the shortest to the longest, as pandas calls them; weeks begin on Monday."""

_DAYS = {"day": 1, "week": 7, "month": 31}


def starts(days: pd.Series, noun: str) -> pd.Series:
    """Return the first day of the period that each day is in."""
    if noun == "day":
        return days
    if noun == "week":
        mondays: pd.Series = days - pd.to_timedelta(days.dt.day_of_week, unit="D")
        return mondays
    first: pd.Series = days.dt.to_period(noun[0].upper()).dt.start_time.astype(days.dtype)
    return first


def ends(first_days: pd.Series, noun: str) -> pd.Series:
    """Return the day after each period."""
    offset = pd.tseries.frequencies.to_offset(FREQUENCIES[noun])
    after: pd.Series = first_days + offset
    return after


def period_names(first_days: pd.Series, noun: str) -> list[str]:
    """Return the periods in words.

    Examples
    --------
    >>> monday = pd.Series(pd.to_datetime(["2026-09-07"]))
    >>> [period_names(monday, noun)[0] for noun in FREQUENCIES]
    ['7 Sep 2026', 'week of 7 Sep 2026', 'month of Sep 2026', 'year of 2026']
    """
    formats = {"day": DAY_FORMAT, "week": f"week of {DAY_FORMAT}"}
    formats |= {"month": "month of %b %Y", "year": "year of %Y"}
    return [f"{day:{formats[noun]}}" for day in first_days]


def day_text(day: Any) -> str:
    """Return a day in words, or "" without one.

    Examples
    --------
    >>> day_text(pd.Timestamp("2026-09-07")), day_text(None)
    ('7 Sep 2026', '')
    """
    return "" if pd.isna(day) else f"{day:{DAY_FORMAT}}"


def noun_of(rows: pd.DataFrame) -> str:
    """Return whether the rows of a chart are days, weeks, months or years.

    Examples
    --------
    >>> noun_of(pd.DataFrame({"start": ["2026-09-07"], "end": ["2026-09-14"]}))
    'week'
    """
    if rows.empty:
        return "day"
    first = rows.iloc[0]
    length = (pd.Timestamp(first["end"]) - pd.Timestamp(first["start"])).days
    return next((noun for noun, days in _DAYS.items() if length <= days), "year")
