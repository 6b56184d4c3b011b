"""Where the failures of one kind at one host are tellably two faults: by their days, by who met them."""

from collections.abc import Iterable, Mapping
from itertools import pairwise

import numpy as np

from tlsrpt_analysis.analyses.arrays import Integers
from tlsrpt_analysis.analyses.causes.rows import Rows
from tlsrpt_analysis.analyses.numbering import distinct, distinct_array

CLEAN_DAYS = 7
"""A fault is over, or not yet there, when days with sessions and without it span a week."""

FEWEST_DAYS = 3
"""Failures on fewer days are blips, which have no period of their own beside others."""

BY_CHANCE = 0.0001
"""So unlikely must clean days be, if the failing days were spread over all days with sessions.

Of a hundred groups of failures with six reporters, less than one is then parted by chance.
"""

SPARED_CHANCE = 0.001
"""So unlikely must it be that a reporter without failures meets a fault."""

MOST_PERIODS = 5
"""What comes and goes more often is one fault that comes and goes."""

FEWEST_EXPECTED = 5
"""A reporter with fewer failures to expect may be clean by luck."""


def faults(failures: Rows, sessions: Mapping[int, tuple[Integers, Integers]]) -> list[Rows]:
    """Part failures of one kind at one host where the days or the reporters tell two faults.

    Parameters
    ----------
    failures : Rows
        The failures, of one domain.
    sessions : mapping
        The days with sessions, and how many, by the number of each reporter with failures.

    Returns
    -------
    list of Rows
        The failures of each fault, in the order of their days: first parted where all reporters
        had clean days, then where one of them began or ceased to fail while others went on.
    """
    periods = _parted(failures, _pauses(failures, sessions))
    return [part for period in periods for part in _parted(period, _changes(period, sessions))]


def spared(
    failures: Rows,
    failing: tuple[Integers, Integers],
    others: Mapping[str, tuple[Integers, Integers]],
) -> list[str]:
    """Give the reporters that surely do not meet a fault in its time.

    Parameters
    ----------
    failures : Rows
        The failures of the fault.
    failing : tuple of array
        The days with sessions of those who meet it, and how many.
    others : mapping
        The same for each other reporter without such failures at that time.

    Notes
    -----
    Sessions of a day may share their fate, so a clean day counts once: each has at most the chance
    of one session not to fail.
    """
    days = failures.days()
    whole = _between(failing, days[0], days[-1])[1].sum()
    share = min(1.0, failures.total() / whole) if whole else 0.0
    names = []
    for name, counted in others.items():
        its_days, its_sessions = _between(counted, days[0], days[-1])
        is_clean = (1 - share) ** len(its_days) < SPARED_CHANCE
        if is_clean and share * its_sessions.sum() >= FEWEST_EXPECTED:
            names.append(name)
    return names


def _pauses(failures: Rows, sessions: Mapping[int, tuple[Integers, Integers]]) -> list[int]:
    """Give the first days after pauses that chance does not give."""
    days = failures.days()
    gaps = np.flatnonzero(np.diff(days) > CLEAN_DAYS) + 1
    if not len(gaps):
        return []
    reporting = np.unique(
        np.concatenate([sessions[one][0] for one in distinct(failures["reporter"])])
    )
    stretches = np.split(days, gaps)
    cuts = []
    for before, after in pairwise(stretches):
        clean = _count(reporting, before[-1] + 1, after[0])
        active = _count(reporting, before[0], before[-1] + 1) + _count(
            reporting, after[0], after[-1] + 1
        )
        failing = len(before) + len(after)
        is_told = max(len(before), len(after)) >= FEWEST_DAYS
        if is_told and _is_clean(clean, active + clean, failing, places=failing + 1):
            cuts.append(int(after[0]))
    return cuts if len(cuts) < MOST_PERIODS else []


def _changes(failures: Rows, sessions: Mapping[int, tuple[Integers, Integers]]) -> list[int]:
    """Give the days on which one of several reporters began or ceased to meet the fault."""
    all_days, owners = failures["day"], failures["reporter"]
    first, last = int(all_days.min()), int(all_days.max())
    days = []
    for reporter in _late_or_early(all_days, owners, first, last):
        its = distinct_array(all_days[owners == reporter])
        begin, end = int(its[0]), int(its[-1])
        if len(its) < FEWEST_DAYS:
            continue
        active = sessions[reporter][0]
        earlier, later = _count(active, first, begin), _count(active, end + 1, last + 1)
        during = _count(active, begin, end + 1)
        if _is_clean(earlier, earlier + during, len(its)):
            days.append(begin)
        if _is_clean(later, during + later, len(its)):
            days.append(end + 1)
    return _apart(days, first, last)


def _late_or_early(days: Integers, owners: Integers, first: int, last: int) -> list[int]:
    """Give the reporters whose failures begin or end a week or more inside those of all."""
    begins = np.full(int(owners.max()) + 1, last + 1)
    np.minimum.at(begins, owners, days)
    ends = np.full(len(begins), first - 1)
    np.maximum.at(ends, owners, days)
    is_inside = (begins - first >= CLEAN_DAYS) | (last - ends >= CLEAN_DAYS)
    found: list[int] = np.flatnonzero(is_inside & (ends >= first)).tolist()
    return found


def _apart(days: Iterable[int], first: int, last: int) -> list[int]:
    """Give days of which none is within a week of another, or of the ends."""
    kept = [first]
    for day in sorted(days):
        if day - kept[-1] >= CLEAN_DAYS and last - day >= CLEAN_DAYS - 1:
            kept.append(day)
    return kept[1:] if len(kept) <= MOST_PERIODS else []


def _parted(failures: Rows, cuts: list[int]) -> list[Rows]:
    if not cuts:
        return [failures]
    parts = np.searchsorted(np.array(cuts), failures["day"], side="right")
    return [failures.where(parts == part) for part in distinct(parts)]


def _is_clean(days: int, active: int, failing: int, places: int = 1) -> bool:
    """Tell whether it is no chance that failing days, spread over the active ones, spare some."""
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
