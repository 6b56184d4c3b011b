"""Which two periods are compared: two pairs of days, a day of change, or each change of a policy."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from tlsrpt_analysis.analyses.periods.policy_changes import policy_changes
from tlsrpt_analysis.tables import ReportTables, as_day

Day = dt.date | str
Period = tuple[Day, Day]

POLICY = "policy"
"""The word that asks for the days on which each domain's policy changed."""

_ONE = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two periods, both ends included, of one domain or of all, and what happened between."""

    policy_domain: str | None
    before: tuple[dt.date, dt.date]
    after: tuple[dt.date, dt.date]
    change_day: dt.date | None = None
    change: str | None = None


def comparisons(
    tables: ReportTables,
    change: Day | None,
    before: Period | Day | None,
    after: Period | Day | None,
) -> list[Comparison]:
    """Give the periods to compare, of all domains or one by one."""
    if change is not None:
        if before is not None or after is not None:
            raise ValueError("give a day of change, or the periods before and after, not both")
        return _of_changes(tables) if change == POLICY else [_around(tables, _day(change))]
    if before is None or after is None:
        raise ValueError(
            "give the periods before and after, as before=(first, last) and after=(first, last),"
            ' or the day of a change, as "2026-08-14"'
        )
    days = _reported(tables)
    pairs = (
        (
            (min(days[0], _day(before) - _ONE), _day(before) - _ONE)
            if _is_day(before)
            else _pair(before)
        ),
        ((_day(after), max(days[1], _day(after))) if _is_day(after) else _pair(after)),
    )
    return [Comparison(None, *_checked(*pairs))]


def _around(tables: ReportTables, day: dt.date) -> Comparison:
    first, last = _reported(tables)
    before, after = (min(first, day - _ONE), day - _ONE), (day, max(last, day))
    return Comparison(None, before, after, change_day=day)


def _of_changes(tables: ReportTables) -> list[Comparison]:
    """Compare the days under each policy with those under the one before it."""
    first, last = _reported(tables)
    found = []
    for domain, rows in policy_changes(tables).groupby("policy_domain"):
        days = rows["change_day"].tolist()
        begins, ends = [first, *days[:-1]], [*(day - _ONE for day in days[1:]), last]
        for begin, day, end, change in zip(begins, days, ends, rows["change"], strict=True):
            found.append(Comparison(str(domain), (begin, day - _ONE), (day, end), day, change))
    return found


def _reported(tables: ReportTables) -> tuple[dt.date, dt.date]:
    days = tables.policies["day"]
    return (days.min(), days.max()) if len(days) else (dt.date.max, dt.date.min)


def _is_day(given: object) -> bool:
    return isinstance(given, str | dt.date)


def _day(given: Any) -> dt.date:
    try:
        return as_day(given)
    except (TypeError, ValueError):
        raise ValueError(
            f'{given!r:.40} is no day: give a date or a text such as "2026-08-14"'
        ) from None


def _pair(given: Any) -> tuple[dt.date, dt.date]:
    try:
        first, last = given
    except (TypeError, ValueError):
        raise ValueError(f"{given!r:.80} is no pair of the first and the last day") from None
    return _day(first), _day(last)


def _checked(
    before: tuple[dt.date, dt.date], after: tuple[dt.date, dt.date]
) -> tuple[tuple[dt.date, dt.date], tuple[dt.date, dt.date]]:
    for first, last in (before, after):
        if last < first:
            raise ValueError(f"the period from {first} ends before it begins, on {last}")
    if max(before[0], after[0]) <= min(before[1], after[1]):
        raise ValueError("the two periods overlap; give periods without a common day")
    return before, after
