"""Split failures of one kind at one host into separate faults, by day and by reporter."""

from collections.abc import Iterable, Mapping
from itertools import pairwise

import numpy as np

from tlsrpt_analysis.analyses.causes.rows import Rows
from tlsrpt_analysis.analyses.numbering import distinct, distinct_array
from tlsrpt_analysis.arrays import Integers

CLEAN_DAYS = 7
"""A fault is over, or has not begun, on this many days with tested sessions and without it."""

FEWEST_DAYS = 3
"""Failures on fewer days are blips, which are no period of their own."""

BY_CHANCE = 0.0001
"""Clean days split two faults only if they are less likely than this by chance.

By chance the failing days are spread over all days with sessions; of a hundred groups of failures
with six reporters, less than one is then split by chance.
"""

SPARED_CHANCE = 0.001
"""A reporter is spared a fault only if its clean days are less likely than this by chance."""

MOST_PERIODS = 5
"""A fault with more periods than this is one fault that comes and goes."""

FEWEST_EXPECTED = 5
"""A reporter that would have fewer failures than this may be clean by luck."""


def fault_rows(failures: Rows, sessions: Mapping[int, tuple[Integers, Integers]]) -> list[Rows]:
    """Return failures of one kind at one host, split where days or reporters show two faults.

    Parameters
    ----------
    failures : Rows
        The failures, of one domain.
    sessions : mapping
        The days with sessions, and how many, by the number of each reporter with failures.

    Returns
    -------
    list of Rows
        The failures of each fault, in the order of their days: first split where all reporters
        had clean days, then where one of them began or stopped failing while others went on.
    """
    periods = _split_at(failures, _pauses(failures, sessions))
    return [part for period in periods for part in _split_at(period, _changes(period, sessions))]


def spared(
    failures: Rows,
    failing: tuple[Integers, Integers],
    others: Mapping[str, tuple[Integers, Integers]],
) -> list[str]:
    """Return the reporters that certainly do not meet a fault while it lasts.

    Parameters
    ----------
    failures : Rows
        The failures of the fault.
    failing : tuple of array
        The days with sessions of those who meet it, and the session counts.
    others : mapping
        The same for each other reporter without such failures at that time.

    Notes
    -----
    The sessions of a day may all fail or succeed together, so a clean day counts as one session
    that did not fail.
    """
    days = failures.days()
    whole = _between(failing, days[0], days[-1])[1].sum()
    share = min(1.0, failures.total() / whole) if whole else 0.0
    names = []
    for name, counted in others.items():
        clean_days, sessions = _between(counted, days[0], days[-1])
        is_no_chance = (1 - share) ** len(clean_days) < SPARED_CHANCE
        if is_no_chance and share * sessions.sum() >= FEWEST_EXPECTED:
            names.append(name)
    return names


def _pauses(failures: Rows, sessions: Mapping[int, tuple[Integers, Integers]]) -> list[int]:
    """Return the first days after pauses that chance does not explain."""
    days = failures.days()
    gaps = np.flatnonzero(np.diff(days) > CLEAN_DAYS) + 1
    if not len(gaps):
        return []
    reporting = np.unique(
        np.concatenate([sessions[number][0] for number in distinct(failures["reporter"])])
    )
    stretches = np.split(days, gaps)
    cuts = []
    for before, after in pairwise(stretches):
        clean = _count(reporting, before[-1] + 1, after[0])
        active = _count(reporting, before[0], before[-1] + 1) + _count(
            reporting, after[0], after[-1] + 1
        )
        failing = len(before) + len(after)
        is_period = max(len(before), len(after)) >= FEWEST_DAYS
        if is_period and _is_clean(clean, active + clean, failing, places=failing + 1):
            cuts.append(int(after[0]))
    return cuts if len(cuts) < MOST_PERIODS else []


def _changes(failures: Rows, sessions: Mapping[int, tuple[Integers, Integers]]) -> list[int]:
    """Return the days on which one of several reporters began or stopped meeting the fault."""
    all_days, owners = failures["day"], failures["reporter"]
    first, last = int(all_days.min()), int(all_days.max())
    days = []
    for reporter in _late_or_early(all_days, owners, first, last):
        failing = distinct_array(all_days[owners == reporter])
        begin, end = int(failing[0]), int(failing[-1])
        if len(failing) < FEWEST_DAYS:
            continue
        active = sessions[reporter][0]
        earlier, later = _count(active, first, begin), _count(active, end + 1, last + 1)
        during = _count(active, begin, end + 1)
        if _is_clean(earlier, earlier + during, len(failing)):
            days.append(begin)
        if _is_clean(later, during + later, len(failing)):
            days.append(end + 1)
    return _apart(days, first, last)


def _late_or_early(days: Integers, owners: Integers, first: int, last: int) -> list[int]:
    """Return the reporters whose failures begin or end a week or more inside those of all."""
    begins = np.full(int(owners.max()) + 1, last + 1)
    np.minimum.at(begins, owners, days)
    ends = np.full(len(begins), first - 1)
    np.maximum.at(ends, owners, days)
    is_inside = (begins - first >= CLEAN_DAYS) | (last - ends >= CLEAN_DAYS)
    found: list[int] = np.flatnonzero(is_inside & (ends >= first)).tolist()
    return found


def _apart(days: Iterable[int], first: int, last: int) -> list[int]:
    """Return days of which none is within a week of another, or of the ends."""
    kept = [first]
    for day in sorted(days):
        if day - kept[-1] >= CLEAN_DAYS and last - day >= CLEAN_DAYS - 1:
            kept.append(day)
    return kept[1:] if len(kept) <= MOST_PERIODS else []


def _split_at(failures: Rows, cuts: list[int]) -> list[Rows]:
    if not cuts:
        return [failures]
    parts = np.searchsorted(np.array(cuts), failures["day"], side="right")
    return [failures.where(parts == part) for part in distinct(parts)]


def _is_clean(days: int, active: int, failing: int, places: int = 1) -> bool:
    """Whether chance does not explain that the failing days spare some of the active days."""
    spared: float = places * (1 - days / max(days, active, 1)) ** failing
    return days >= CLEAN_DAYS and spared < BY_CHANCE


def _count(days: Integers, first: int, end: int) -> int:
    low, high = np.searchsorted(days, [first, end])
    return int(high - low)


def _between(
    counted: tuple[Integers, Integers], first: int, last: int
) -> tuple[Integers, Integers]:
    days, sessions = counted
    low, high = np.searchsorted(days, [first, last + 1])
    return days[low:high], sessions[low:high]
