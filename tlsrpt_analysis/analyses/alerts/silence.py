"""Who reports no more, judged by the rhythm in which each reporter reported until then."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from tlsrpt_analysis.analyses.alerts.observed import Observed
from tlsrpt_analysis.analyses.numbering import distinct_array
from tlsrpt_analysis.arrays import Floats, Integers

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
    whole = distinct_array(recent.days.day)
    if _longest_gaps(np.zeros(len(whole), "int64"), whole)[0] <= until - whole[-1]:
        return [Silence("", "", int(whole[-1]))], dict(waits)
    until = min(until, seen.newest)
    found: dict[str, list[Silence]] = {}
    for each, longest in _last_days(recent):
        key = f"{each.policy_domain}\t{each.reporter}"
        after[key] = wait = _waited(waits.get(key), each.last, until)
        if until - each.last >= max(longest, GAPS * wait[1] + 1):
            found.setdefault(each.policy_domain, []).append(each)
    return [
        each
        for own in found.values()
        for each in (own if own[0].reporter else own[:1])  # where all are silent, nobody is named
    ], after


def _waited(before: tuple[int, float, int] | None, last: int, until: int) -> tuple[int, float, int]:
    """Return the last day, the longest wait until a report came, and the present wait."""
    if before is None:
        return last, float(UNKNOWN_WAIT), max(0, until - last)
    day, longest, waited = before
    if last > day:
        longest = max(longest * FORGETTING, float(waited))
        waited = 0
    return last, longest, max(waited, until - last)


def _last_days(seen: Observed) -> Iterator[tuple[Silence, float]]:
    """Yield the last day of each domain and its reporters, and the longest gap of their rhythm."""
    pair, day = seen.days.pair, seen.days.day
    first = int(day.min())
    width = int(day.max()) - first + 1
    keys = distinct_array(seen.domain_of[pair] * width + day - first)
    domain, of_domain = keys // width, keys % width + first
    of_pairs: dict[int, list[tuple[Silence, float]]] = {}
    for at, last, longest in _rhythms(pair, day):
        name = seen.domains[at]
        found = Silence(name, seen.reporters[at], last), longest
        of_pairs.setdefault(int(seen.domain_of[at]), []).append(found)
    for at, last, longest in _rhythms(domain, of_domain):
        yield Silence(seen.names[at], "", last), longest
        yield from of_pairs[at]


def _rhythms(number: Integers, days: Integers) -> Iterator[tuple[int, int, float]]:
    """Yield each series with its last day and its longest gap."""
    ends = np.flatnonzero(np.diff(number, append=-1))
    columns = number[ends], days[ends], _longest_gaps(number, days)
    yield from zip(*(column.tolist() for column in columns), strict=True)


def _longest_gaps(number: Integers, days: Integers) -> Floats:
    """Return how many days without a report the rhythm of each series leaves possible.

    Parameters
    ----------
    number, days : array of int
        The series and the day of each report, in their order.

    Examples
    --------
    >>> daily, weekly = np.arange(100), np.arange(0, 200, 7)
    >>> number = np.repeat([0, 1, 2], [len(daily), len(weekly), 3])
    >>> _longest_gaps(number, np.concatenate([daily, weekly, daily[:3]])).tolist()
    [5.0, 13.0, inf]
    """
    begins = np.flatnonzero(np.diff(number, prepend=-1))
    count = np.diff(np.append(begins, len(number)))
    span = days[begins + count - 1] - days[begins] + 1
    gaps = np.diff(days, prepend=0) - 1
    gaps[begins] = 0
    between = np.maximum(count - 1, 1)
    mean = (span - count) / between
    variance = np.add.reduceat(gaps**2, begins) / between - mean**2
    rate = np.minimum(0.999, count / span)
    by_chance = np.log(YEAR * rate / A_YEAR_BY_CHANCE) / -np.log1p(-rate)
    regular = REGULAR_TIMES * mean + REGULAR_DEVIATIONS * np.sqrt(np.maximum(variance, 0.0))
    longest = np.maximum(GAPS * np.maximum.reduceat(gaps, begins) + 1, SHORTEST_SILENCE)
    found = np.maximum(longest, np.minimum(by_chance, regular))
    return np.where(count < FEWEST_DAYS, np.inf, found)
