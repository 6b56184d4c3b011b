"""The faults of each reporter, cause by cause: since when, until when, and how steadily."""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

from tlsrpt_analysis.analyses.numbering import changes, starts
from tlsrpt_analysis.analyses.selective.compared import AT_HOST, AT_POLICY_HOST
from tlsrpt_analysis.analyses.selective.counts import Details, Strata
from tlsrpt_analysis.analyses.selective.failures_by_cause import ANY_HOST, UNTYPED
from tlsrpt_analysis.analyses.selective.host_causes import is_at_host, type_cause
from tlsrpt_analysis.analyses.statistics.day_clusters import day_sizes, design_effects
from tlsrpt_analysis.analyses.statistics.intervals import clustered_intervals
from tlsrpt_analysis.analyses.statistics.onset import find_onsets
from tlsrpt_analysis.arrays import Booleans, Floats, Integers
from tlsrpt_analysis.standards.result_types import POLICY_UNAVAILABLE

FEWEST_FAILING_DAYS = 3

CONSISTENT_SHARE = 0.2
"""A selective failure shows on at least a fifth of the days of the fault.

Where the sessions of a day share their fate, one in five that fails leaves most days clean.
"""

WEAK_SHARE = 0.05
"""A fault is weak unless its share is 5 % for sure, by the lower end of its interval."""

SEEN_SHARE = 0.5
"""A reporter that reports on fewer of the days may send no report where nothing failed."""

CLEAN_DAYS = 7
"""A fault may be over when the reporter's days since its last failure span a week."""

OVER_CHANCE = 0.01
"""It is over when so many clean days were that unlikely if it went on as before."""

LASTING_DAYS = 21
"""What is over was a fault when it lasted three weeks, and a burst when it was shorter."""

TWICE_SHARE = 0.5
"""A fault of which more may be listed under another result type as well is no fault of its own."""

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
    is_listed_twice : array of bool
        Whether most of its failures may be listed under another result type as well.
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
    is_listed_twice: Booleans

    def of_details(self, details: Details, cause: Integers, causes: int) -> Integers:
        """Return the fault of each failure detail by a cause, -1 outside of the days of any."""
        key = self.series * causes + self.cause
        wanted = details.series * causes + cause
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
    def is_weak(self) -> Booleans:
        """Whether it may be a small part of the sessions that fails."""
        return self.low < WEAK_SHARE


def joined(parts: Sequence[ReporterFaults]) -> ReporterFaults:
    """Return the faults of all parts, in order."""
    names = [field.name for field in fields(ReporterFaults)]
    return ReporterFaults(
        **{name: np.concatenate([getattr(part, name) for part in parts]) for name in names}
    )


def faults_of(
    strata: Strata, calendar: npt.NDArray[np.datetime64], causes: Sequence[str | None]
) -> ReporterFaults:
    """Find the days of each reporter's faults, and what it counted on them."""
    series, cause, failures, hosts, twice, total = _by_series(strata, causes)
    firsts = starts(strata.stratum_series)
    of_series = np.add.reduceat(strata.sessions, firsts, axis=0)
    sessions = of_series[series]
    active, failing = sessions > 0, failures > 0
    successes = np.count_nonzero(failing & (sessions > total[series]), axis=1)
    first_failing, last_failing = _first(failing), _last(failing)
    last_active = _last(active)
    numbers = calendar.astype("int64")
    days = np.arange(len(calendar))
    could_fail = sessions > np.maximum(0.0, total[series] - failures)  # the others failed otherwise
    is_over = _is_over(could_fail, failing, numbers)
    is_listed_twice = twice > TWICE_SHARE * failures.sum(axis=1)
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
        is_listed_twice=is_listed_twice,
    )


def _by_series(
    strata: Strata, causes: Sequence[str | None]
) -> tuple[Integers, Integers, Floats, Integers, Floats, Floats]:
    """Add up the policy texts of each reporter and cause, and leave out what adds nothing.

    The last array has all failures of each reporter.
    """
    every_cause = len(causes) - 1
    key = strata.stratum_series[strata.cause_stratum] * len(causes) + strata.cause
    order = np.argsort(key, kind="stable")
    firsts = starts(key[order])
    series, cause = np.divmod(key[order][firsts], len(causes))
    failures = np.add.reduceat(strata.failures[order], firsts, axis=0)
    hosts = np.bitwise_or.reduceat(strata.hosts[order], firsts)
    twice = np.add.reduceat(strata.listed_twice[order], firsts)
    is_every = cause == every_cause
    total = np.zeros((len(strata.group), failures.shape[1]))
    total[series[is_every]] = failures[is_every]
    kept = _kept(strata.aspect[series], cause, causes)
    at_host = is_at_host(cause, causes)
    kept &= ~at_host | _is_part(series, cause, failures.sum(axis=1), hosts, causes)
    most = MOSTLY * total.sum(axis=1)[series]
    is_main = (cause == UNTYPED) & (failures.sum(axis=1) >= most)
    is_typed = (cause != UNTYPED) & ~is_every & ~at_host & kept
    type_counts = np.bincount(series[is_typed], minlength=len(total))
    kept &= is_typed | at_host | is_main | (is_every & (type_counts[series] > 1))
    return series[kept], cause[kept], failures[kept], hosts[kept], twice[kept], total


def _is_part(
    series: Integers,
    cause: Integers,
    failures: Floats,
    hosts: Integers,
    causes: Sequence[str | None],
) -> Booleans:
    """Whether the failures at one host, by its name, are fewer than those of the type elsewhere too."""
    key = series * len(causes)
    place = np.searchsorted(key + cause, key + type_cause(cause, causes))
    return np.asarray((hosts != ANY_HOST) & (failures < failures[place]))


def _kept(aspect: Integers, cause: Integers, causes: Sequence[str | None]) -> Booleans:
    """Whether each cause is one of what is compared: at the policy host its types only."""
    is_policy_type = np.array([name in POLICY_UNAVAILABLE for name in causes])[cause]
    others = np.where(aspect == AT_HOST, ~is_policy_type, np.ones(len(cause), "bool"))
    return np.where(aspect == AT_POLICY_HOST, is_policy_type, others)


def _is_over(active: Booleans, failing: Booleans, numbers: Integers) -> Booleans:
    """Whether it failed until some day, and then had more clean days than chance explains.

    Days count on which sessions were tested that did not fail otherwise.
    """
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
