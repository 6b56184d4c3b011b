"""The faults of each reporter, cause by cause: since when, until when, and how steadily."""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

from tlsrpt_analysis.analyses.numbering import changes, starts
from tlsrpt_analysis.analyses.selective.counts import UNTYPED, Details, Strata
from tlsrpt_analysis.analyses.statistics.intervals import (
    clustered_intervals,
    day_sizes,
    design_effects,
)
from tlsrpt_analysis.analyses.statistics.onset import find_onsets
from tlsrpt_analysis.arrays import Booleans, Floats, Integers

FEWEST_FAILING_DAYS = 3

CONSISTENT_SHARE = 0.2
"""A selective failure shows on at least a fifth of the days of the fault.

Where the sessions of a day share their fate, one in five that fails leaves most days clean.
"""

SMALLEST_SHARE = 0.05
"""The failing share is 5 % for sure: the lower end of its interval."""

SEEN_SHARE = 0.5
"""A reporter that reports on fewer of the days may send no report where nothing failed."""

CLEAN_DAYS = 7
"""A fault may be over when the reporter's days since its last failure span a week."""

OVER_CHANCE = 0.01
"""It is over when so many clean days were that unlikely if it went on as before."""

LASTING_DAYS = 21
"""What is over was a fault when it lasted three weeks, and a burst when it was shorter."""

MOSTLY = 0.5
"""Failures without a type are a cause of their own where they are most of a reporter's."""


@dataclass(frozen=True, slots=True)
class ReporterFaults:
    """The failures of a reporter by one cause, one value each; days are positions in the calendar.

    Attributes
    ----------
    series, cause : array of int
        The reporter of a domain and policy type, and the cause.
    first, last : array of int
        The days of the fault: from its onset, or the first day, to its last failure where it is
        over, or else to the last day.
    since_low, since_high : array of int
        The days between which the onset lies; -1 without one.
    first_failing, last_failing, last_active : array of int
        The first and last day with a failure, and the last day with sessions.
    is_over, is_lasting : array of bool
        Whether it is over, and whether it lasted so long that it counts as a fault even so.
    sessions, failures, active_days, failing_days, effect, day_size, low, high : array of float
        The counts, design effect and interval on the days of the fault.
    hosts : array of int
        The marks of the MX hosts that it names.
    reports_failures_only : array of bool
        Whether it reported on few days, and on each of them a failure, as mox does.
    success_share : array of float
        Of the days with failures, those on which other sessions of the reporter succeeded.
    """

    series: Integers
    cause: Integers
    first: Integers
    last: Integers
    since_low: Integers
    since_high: Integers
    first_failing: Integers
    last_failing: Integers
    last_active: Integers
    is_over: Booleans
    is_lasting: Booleans
    sessions: Floats
    failures: Floats
    active_days: Floats
    failing_days: Floats
    effect: Floats
    day_size: Floats
    low: Floats
    high: Floats
    hosts: Integers
    reports_failures_only: Booleans
    success_share: Floats

    def of_details(self, details: Details, causes: int) -> Integers:
        """Return the fault of each failure detail, -1 outside of the days of any fault."""
        key = self.series * causes + self.cause
        wanted = details.series * causes + details.cause
        place = np.minimum(np.searchsorted(key, wanted), max(0, len(key) - 1))
        is_met = key[place] == wanted
        within = (details.day >= self.first[place]) & (details.day <= self.last[place])
        return np.where(is_met & within, place, -1)

    @property
    def is_steady(self) -> Booleans:
        """Whether it fails on enough of its days."""
        return self.failing_days >= CONSISTENT_SHARE * self.active_days

    @property
    def is_brief(self) -> Booleans:
        """Whether it fails steadily, but on too few days so far."""
        return self.is_steady & (self.failing_days < FEWEST_FAILING_DAYS)

    @property
    def is_consistent(self) -> Booleans:
        """Whether it fails on enough of its days, and by a share that matters."""
        return self.is_steady & (self.low >= SMALLEST_SHARE)


def joined(parts: Sequence[ReporterFaults]) -> ReporterFaults:
    """Return the faults of all parts, in order."""
    names = [field.name for field in fields(ReporterFaults)]
    return ReporterFaults(
        **{name: np.concatenate([getattr(part, name) for part in parts]) for name in names}
    )


def faults_of(
    strata: Strata, calendar: npt.NDArray[np.datetime64], every_cause: int
) -> ReporterFaults:
    """Find the days of each reporter's faults, and what it counted on them."""
    series, cause, failures, hosts, total = _by_series(strata, every_cause)
    firsts = starts(strata.stratum_series)
    of_series = np.add.reduceat(strata.sessions, firsts, axis=0)
    sessions = of_series[series]
    active, failing = sessions > 0, failures > 0
    successes = np.count_nonzero(failing & (sessions > total[series]), axis=1)
    first_failing, last_failing = _first(failing), _last(failing)
    last_active = _last(active)
    numbers = calendar.astype("int64")
    days = np.arange(len(calendar))
    is_over = _is_over(active, failing, numbers)
    last = np.where(is_over, last_failing, len(calendar) - 1)
    until = days <= last[:, None]
    onset, low, high = find_onsets(sessions * until, failures * until)
    first = np.where(onset >= 0, onset, _first(active))
    within = until & (days >= first[:, None])
    sessions, failures = sessions * within, failures * within
    effect = design_effects(sessions, failures)
    ends = clustered_intervals(sessions, failures)
    group_last = _group_last(strata.group, of_series)[series]
    period_days = numbers[np.where(is_over, last, group_last)] - numbers[first] + 1
    whole = numbers[_group_last(strata.group, of_series)] - numbers[_first(of_series > 0)] + 1
    return ReporterFaults(
        series=series + strata.first,
        cause=cause,
        first=first,
        last=last,
        since_low=np.where(onset >= 0, low, -1),
        since_high=np.where(onset >= 0, high, -1),
        first_failing=np.maximum(first, first_failing),
        last_failing=last_failing,
        last_active=last_active,
        is_over=is_over,
        is_lasting=numbers[last_failing] - numbers[np.maximum(first, first_failing)]
        >= LASTING_DAYS - 1,
        sessions=sessions.sum(axis=1),
        failures=failures.sum(axis=1),
        active_days=np.count_nonzero(sessions, axis=1).astype("float64"),
        failing_days=np.count_nonzero(failures, axis=1).astype("float64"),
        effect=effect,
        day_size=day_sizes(sessions),
        low=ends[:, 0],
        high=ends[:, 1],
        hosts=hosts,
        reports_failures_only=_only_failures(sessions, failures, period_days)
        | _only_failures(of_series, total, whole)[series],
        success_share=successes / np.count_nonzero(failing, axis=1),
    )


def _by_series(
    strata: Strata, every_cause: int
) -> tuple[Integers, Integers, Floats, Integers, Floats]:
    """Add up the policy texts of each reporter and cause, and leave out what adds nothing.

    The last array has all failures of each reporter.
    """
    causes = every_cause + 1
    key = strata.stratum_series[strata.cause_stratum] * causes + strata.cause
    order = np.argsort(key, kind="stable")
    firsts = starts(key[order])
    series, cause = np.divmod(key[order][firsts], causes)
    failures = np.add.reduceat(strata.failures[order], firsts, axis=0)
    hosts = np.bitwise_or.reduceat(strata.hosts[order], firsts)
    is_every = cause == every_cause
    total = np.zeros((len(strata.group), failures.shape[1]))
    total[series[is_every]] = failures[is_every]
    most = MOSTLY * total.sum(axis=1)[series]
    is_main = (cause == UNTYPED) & (failures.sum(axis=1) >= most)
    is_typed = (cause != UNTYPED) & ~is_every
    type_counts = np.bincount(series[is_typed], minlength=len(total))
    kept = is_typed | is_main | (is_every & (type_counts[series] > 1))
    return series[kept], cause[kept], failures[kept], hosts[kept], total


def _is_over(active: Booleans, failing: Booleans, numbers: Integers) -> Booleans:
    """Whether it failed until some day, and then had more clean days than chance explains."""
    first, last, last_active = _first(failing), _last(failing), _last(active)
    seen = active.cumsum(axis=1)
    rows = np.arange(len(active))
    of_fault = seen[rows, last] - seen[rows, first] + 1
    clean_days = seen[:, -1] - seen[rows, last]
    spared = 1 - np.count_nonzero(failing, axis=1) / of_fault
    is_a_week = numbers[last_active] - numbers[last] >= CLEAN_DAYS
    return np.asarray(is_a_week & (spared**clean_days < OVER_CHANCE))


def _only_failures(sessions: Floats, failures: Floats, period_days: Integers) -> Booleans:
    days = np.count_nonzero(sessions, axis=1)
    is_each = np.count_nonzero(failures, axis=1) == days
    return np.asarray(is_each & (days < SEEN_SHARE * period_days))


def _group_last(group: Integers, of_series: Floats) -> Integers:
    """Return the last day with sessions of each series' domain and policy type."""
    firsts = starts(group)
    last = np.maximum.reduceat(_last(of_series > 0), firsts)
    return np.asarray(last[np.cumsum(changes(group)) - 1])


def _first(flags: Booleans) -> Integers:
    return np.asarray(flags.argmax(axis=1))


def _last(flags: Booleans) -> Integers:
    return np.asarray(flags.shape[1] - 1 - flags[:, ::-1].argmax(axis=1))
