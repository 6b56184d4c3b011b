"""Which series of days fail more than usual: one for each reporter, host and domain, by kind."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from tlsrpt_analysis.analyses.alerts.known import Fault
from tlsrpt_analysis.analyses.alerts.observed import ASKED, Observed
from tlsrpt_analysis.analyses.alerts.series import (
    TESTED_DAYS,
    WINDOW_DAYS,
    Look,
    Series,
    known_days,
    look_at,
    of_domains,
    of_hosts,
    of_reporters,
    series_counts,
)
from tlsrpt_analysis.analyses.statistics.rises import (
    daily_evidence,
    evidence_sums,
    most_evidence,
    usual_days,
)
from tlsrpt_analysis.arrays import Booleans, Floats, Integers

FRESH_DAYS = 7
"""Evidence that was complete so many days ago is still new: reports arrive late."""

YEAR = 365
"""By its threshold a clean domain has one false alarm in so many checks, or fewer."""

FEWEST_SERIES = 4
"""As many series are counted in a domain with fewer reporters."""

ONE_DAY = 0.7
"""A single day has at most this part of the evidence that is needed."""

ALONE, POLICY_ALONE = (0.5, 60.0), (1.0, 30.0)
"""A bad day that comes alone is supposed in 120 days; one on which a sender has no policy, in 30."""

FEWEST_FAILURES, FEWEST_FAILING_DAYS = 3, 2

POLICY_DAYS, WHOLE_SHARE = 3, 0.9
"""Sessions without the policy take a day more, unless nearly all are: a failed fetch loses no mail."""

HOST_PART = 0.2
"""A host is named if it has a fifth of the failures."""


@dataclass(frozen=True, slots=True)
class Onset:
    """A series that fails more than usual since a day.

    `host` is "" in a series of all hosts; `reporters` are those that failed since then.
    """

    policy_domain: str
    kind: str
    host: str
    hosts: tuple[str, ...]
    reporters: tuple[str, ...]
    since: int
    share: float
    evidence: float


def onsets(seen: Observed, last: int, faults: Iterable[Fault], *, is_first: bool) -> list[Onset]:
    """Find the series that fail more than usual.

    Parameters
    ----------
    seen : Observed
        The counts, of complete days.
    last : int
        The last day that is looked at.
    faults : iterable of Fault
        Those that are known: their days do not show what is usual.
    is_first : bool
        Whether nothing is known yet: then no day is taken for usual, and what fails is at fault.

    Returns
    -------
    list of Onset
        The strongest evidence first.
    """
    looked = look_at(seen, last, faults, is_first=is_first)
    if not len(looked.rows.day):
        return []
    found = [
        onset
        for series in (of_reporters(looked), of_hosts(looked), of_domains(looked))
        for onset in _rising(looked, series)
    ]
    return sorted(found, key=lambda each: (-each.evidence, each.policy_domain, each.kind))


def _rising(look: Look, series: Series) -> list[Onset]:
    failures = np.minimum(series.failures, series.sessions)
    counts = np.maximum(FEWEST_SERIES, series_counts(look))
    needed = np.log(YEAR * counts[series.domain])
    is_policy = look.seen.measure_of[series.kind] == ASKED
    sums, begins = _evidence(look, series, needed, is_policy)
    peak = sums[:, -FRESH_DAYS:].argmax(axis=1) + TESTED_DAYS - FRESH_DAYS
    found = []
    for at in np.flatnonzero(sums[np.arange(len(peak)), peak] >= needed).tolist():
        begin, end = int(begins[at, peak[at]]), int(peak[at])
        own = slice(WINDOW_DAYS - TESTED_DAYS + begin, WINDOW_DAYS - TESTED_DAYS + end + 1)
        failed, whole = failures[at, own], series.sessions[at, own]
        share = float(failed.sum() / whole.sum())
        is_partial = share < WHOLE_SHARE and is_policy[at]
        days = POLICY_DAYS if is_partial else FEWEST_FAILING_DAYS
        if failed.sum() >= FEWEST_FAILURES and np.count_nonzero(failed) >= days:
            since = look.last - TESTED_DAYS + 1 + begin + int(np.flatnonzero(failed)[0])
            found.append(_onset(look, series, at, (since, share, float(sums[at, end]))))
    return found


def _evidence(
    look: Look, series: Series, needed: Floats, is_policy: Booleans
) -> tuple[Floats, Integers]:
    """Return the evidence that each series has added up by each tested day, and since when."""
    failures = np.minimum(series.failures, series.sessions)
    is_known = known_days(look, series)
    usual = ~is_known & (not look.is_first)
    usual[:, -TESTED_DAYS:] = False
    supposed = _supposed(is_policy)
    most = most_evidence(series.sessions, failures, is_known, supposed, TESTED_DAYS)
    tested = slice(-TESTED_DAYS, None)
    evidence = daily_evidence(
        series.sessions[:, tested],
        failures[:, tested],
        usual_days(series.sessions * usual, failures * usual),
        np.minimum(most, ONE_DAY * needed[:, None]),
    )
    return evidence_sums(evidence)


def _supposed(is_policy: Booleans) -> tuple[Floats, Floats]:
    """Return how many bad days that come alone are supposed, in how many days."""
    either = [np.where(is_policy, *pair) for pair in zip(POLICY_ALONE, ALONE, strict=True)]
    return either[0], either[1]


def _onset(look: Look, series: Series, at: int, found: tuple[int, float, float]) -> Onset:
    """Return an onset with the hosts and reporters that failed since then."""
    seen, rows = look.seen, look.rows
    since, share, evidence = found
    is_own = (series.rows == at) & (rows.day >= since)
    count = rows.count[is_own]
    hosts = np.bincount(rows.host[is_own], count, len(seen.hosts))
    by_pair = np.bincount(rows.pair[is_own], count, len(seen.domains))
    named = [
        seen.hosts[number]
        for number in np.argsort(-hosts, kind="stable")
        if seen.hosts[number] and hosts[number] >= HOST_PART * count.sum()
    ]
    is_host = len(np.unique(rows.host[is_own])) == 1
    return Onset(
        seen.names[series.domain[at]],
        seen.kinds[series.kind[at]],
        named[0] if is_host and named else "",
        tuple(named),
        tuple(sorted(seen.reporters[pair] for pair in np.flatnonzero(by_pair))),
        since,
        share,
        evidence,
    )
