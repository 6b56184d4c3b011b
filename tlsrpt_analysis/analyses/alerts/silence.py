"""Who reports no more, judged by the rhythm in which each reporter reported until then."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from tlsrpt_analysis.analyses.alerts.observed import Observed
from tlsrpt_analysis.arrays import Integers

RHYTHM_DAYS = 210
"""So many days show the rhythm of a reporter."""

FEWEST_DAYS = 14
"""A reporter with fewer days has no rhythm yet."""

LATE_DAYS = 2
"""Reports of the last two days may still come."""

SHORTEST_SILENCE = 5
GAPS = 2
"""A silence is longer than twice the longest gap before it …"""

A_YEAR_BY_CHANCE = 0.02
"""… and would come so often a year if the reporter chose its days at random, …"""

REGULAR_TIMES, REGULAR_DEVIATIONS = 2, 8
"""… or is twice the mean gap and eight standard deviations, where gaps are regular."""

YEAR = 365

UNKNOWN_WAIT = 5
"""How late reports may come, before checks have seen how late they do."""

FORGETTING = 0.98
"""With each check that sees a new report, a long wait of the past counts a fiftieth less."""

Waits = Mapping[str, tuple[int, float, int]]
"""By domain and reporter: the last day, the longest wait, the present one."""


@dataclass(frozen=True, slots=True)
class Silence:
    """Who is silent: `reporter` is empty where nobody reports about a domain, `domain` of all."""

    policy_domain: str
    reporter: str
    last: int


def silences(seen: Observed, today: int, waits: Waits) -> tuple[list[Silence], Waits]:
    """Find who fell silent.

    Parameters
    ----------
    seen : Observed
        The counts.
    today : int
        The day of the check.
    waits : mapping of str to (int, float, int)
        What earlier checks saw, by domain and reporter: the last day with a report, for how many
        days reports were waited for at most before one came, and for how many they are now.

    Returns
    -------
    tuple of list of Silence and the waits
        Who is silent, and the waits for the next check.
    """
    recent = seen.between(today - RHYTHM_DAYS + 1, today)
    until, after = today - 1 - LATE_DAYS, {}
    if not len(recent.days.day):
        return [], dict(waits)
    whole = np.unique(recent.days.day)
    if _is_silent(whole, until, 0.0):
        return [Silence("", "", int(whole[-1]))], dict(waits)
    until = min(until, seen.newest)
    found: list[Silence] = []
    for domain, days in _days_by_reporter(recent):
        together = np.unique(np.concatenate(list(days.values())))
        silent = []
        for reporter, own in [("", together), *days.items()]:
            last, key = int(own[-1]), f"{domain}\t{reporter}"
            after[key] = wait = _waited(waits.get(key), last, until)
            if _is_silent(own, until, wait[1]):
                silent.append(Silence(domain, reporter, last))
        found += silent[:1] if silent and not silent[0].reporter else silent
    return found, after


def _waited(before: tuple[int, float, int] | None, last: int, until: int) -> tuple[int, float, int]:
    """Return the last day, the longest wait until a report came, and the present wait."""
    if before is None:
        return last, float(UNKNOWN_WAIT), max(0, until - last)
    day, longest, waited = before
    if last > day:
        longest = max(longest * FORGETTING, float(waited))
        waited = 0
    return last, longest, max(waited, until - last)


def _days_by_reporter(seen: Observed) -> Iterator[tuple[str, dict[str, Integers]]]:
    """Yield each domain with the days of its reporters, in order."""
    days = seen.days
    order = np.lexsort((days.day, days.pair))
    pairs, begins = np.unique(days.pair[order], return_index=True)
    parts = np.split(days.day[order], begins[1:])
    by_domain: dict[str, dict[str, Integers]] = {}
    for pair, own in zip(pairs.tolist(), parts, strict=True):
        by_domain.setdefault(seen.domains[pair], {})[seen.reporters[pair]] = own
    yield from by_domain.items()


def _is_silent(days: Integers, until: int, longest_wait: float) -> bool:
    """Whether a silence until a day is no gap of a rhythm.

    Examples
    --------
    >>> daily, weekly = np.arange(100), np.arange(0, 200, 7)
    >>> [_is_silent(daily, day, 0.0) for day in (103, 106)], _is_silent(weekly, 204, 0.0)
    ([False, True], False)
    """
    if len(days) < FEWEST_DAYS:
        return False
    silence = until - int(days[-1])
    return silence >= max(_longest_gap(days), GAPS * longest_wait + 1)


def _longest_gap(days: Integers) -> float:
    """Return how many days without a report a rhythm leaves possible."""
    gaps = np.diff(days) - 1
    rate = min(0.999, len(days) / (int(days[-1] - days[0]) + 1))
    by_chance = np.log(YEAR * rate / A_YEAR_BY_CHANCE) / -np.log1p(-rate)
    regular = REGULAR_TIMES * gaps.mean() + REGULAR_DEVIATIONS * gaps.std()
    longest = GAPS * int(gaps.max(initial=0)) + 1
    return float(max(SHORTEST_SILENCE, longest, min(by_chance, regular)))
