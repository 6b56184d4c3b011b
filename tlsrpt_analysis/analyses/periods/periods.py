"""Which two periods are compared: two pairs of days, a day of change, or each change of a policy."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import pandas as pd

from tlsrpt_analysis.analyses.sessions import grouped, session_counts
from tlsrpt_analysis.selections import as_day
from tlsrpt_analysis.standards.mta_sts import read_max_age, read_mode, read_mx_patterns
from tlsrpt_analysis.tables import DAY, ReportTables

LASTING_DAYS = 3
"""A policy that was the commonest on fewer days was a slip, or seen by late senders only."""

COLUMNS = ["policy_domain", "change_day", "change"]


def policy_changes(tables: ReportTables) -> pd.DataFrame:
    """Find the days from which most sessions of a domain were under another policy.

    Parameters
    ----------
    tables : ReportTables
        The reports; what counts is the policy text that they state (RFC 8460 §4.5).

    Returns
    -------
    DataFrame
        ``policy_domain``, ``change_day`` (the first day under the new policy, if that lasted three
        days with reports) and ``change``, such as ``mode: testing → enforce``.

    Examples
    --------
    >>> from tlsrpt_analysis.tables import empty_tables
    >>> list(policy_changes(empty_tables()).columns)
    ['policy_domain', 'change_day', 'change']
    """
    frame = tables.policies
    stated = frame[
        ((frame["policy_type"] == "sts") & frame["policy_string"].notna()).to_numpy("bool")
    ]
    seen = stated[["policy_domain", "day", "policy_string"]].assign(count=session_counts(stated))
    seen = seen[seen["policy_domain"].notna()]
    keys = ["policy_domain", "day", "policy_string"]
    counts = grouped(seen, keys)["count"].sum().reset_index()
    texts = counts["policy_string"].astype("str")
    counts = counts.assign(policy_string=texts).sort_values(["policy_domain", "day", "count"])
    commonest = counts.drop_duplicates(["policy_domain", "day"], keep="last")
    rows = [
        (domain, day, change)
        for domain, of_domain in commonest.groupby("policy_domain", observed=True)
        for day, change in _changes(of_domain)
    ]
    return pd.DataFrame(rows, columns=COLUMNS).astype(
        {"policy_domain": "str", "change_day": DAY, "change": "str"}
    )


def _changes(commonest: pd.DataFrame) -> Iterator[tuple[object, str]]:
    policies = [_seen(text) for text in commonest["policy_string"]]
    runs: list[list[int]] = []
    for number, policy in enumerate(policies):
        if runs and policies[runs[-1][0]] == policy:
            runs[-1].append(number)
        else:
            runs.append([number])
    lasting = [run[0] for run in runs if len(run) >= LASTING_DAYS]
    days = commonest["day"].dt.date.tolist()
    for old, new in pairwise(lasting):
        change = policies[new].differs_from(policies[old])
        if change:
            yield days[new], change


@dataclass(frozen=True, slots=True)
class _Seen:
    """What a policy text says, the order of its lines aside."""

    mode: str | None
    mx: frozenset[str]
    max_age: int | None

    def differs_from(self, old: "_Seen") -> str:
        """Describe what changed."""
        changes = [
            f"{name}: {before} → {after}"
            for name, before, after in (
                ("mode", old.mode, self.mode),
                ("max_age", old.max_age, self.max_age),
            )
            if before != after
        ]
        changes += [f"mx added: {name}" for name in sorted(self.mx - old.mx)]
        changes += [f"mx taken away: {name}" for name in sorted(old.mx - self.mx)]
        return "; ".join(changes)


def _seen(text: str) -> _Seen:
    lines = text.splitlines()
    mx = frozenset(name.lower() for name in read_mx_patterns(lines))
    return _Seen(read_mode(lines), mx, read_max_age(text))


Day = dt.date | str
Period = tuple[Day, Day]

POLICY = "policy"
"""The word that asks for the days on which each domain's policy changed."""

_ONE = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class PeriodPair:
    """Two periods, both ends included, of one domain or of all, and what happened between.

    ``is_open`` says of each whether it begins, or ends, with the reports of each domain.
    """

    policy_domain: str | None
    before: tuple[dt.date, dt.date]
    after: tuple[dt.date, dt.date]
    is_open: tuple[bool, bool] = (True, True)
    change_day: dt.date | None = None
    change: str | None = None


def period_pairs(
    tables: ReportTables,
    change: Day | None,
    before: Period | Day | None,
    after: Period | Day | None,
) -> list[PeriodPair]:
    """Return the periods to compare, of all domains or one by one."""
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
    return [PeriodPair(None, *_checked(*pairs), (_is_day(before), _is_day(after)))]


def _around(tables: ReportTables, day: dt.date) -> PeriodPair:
    first, last = _reported(tables)
    before, after = (min(first, day - _ONE), day - _ONE), (day, max(last, day))
    return PeriodPair(None, before, after, change_day=day)


def _of_changes(tables: ReportTables) -> list[PeriodPair]:
    """Compare the days under each policy with those under the one before it."""
    first, last = _reported(tables)
    found = []
    for domain, rows in policy_changes(tables).groupby("policy_domain"):
        days = rows["change_day"].dt.date.tolist()
        begins, ends = [first, *days[:-1]], [*(day - _ONE for day in days[1:]), last]
        is_open = [(day == days[0], day == days[-1]) for day in days]
        for begin, day, end, change, ends_open in zip(
            begins, days, ends, rows["change"], is_open, strict=True
        ):
            periods = (begin, day - _ONE), (day, end), ends_open
            found.append(PeriodPair(str(domain), *periods, change_day=day, change=change))
    return found


def _reported(tables: ReportTables) -> tuple[dt.date, dt.date]:
    days = tables.policies["day"]
    return (days.min().date(), days.max().date()) if len(days) else (dt.date.max, dt.date.min)


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
