"""Which series of days fail more than usual: one for each reporter, host and domain, by kind."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from tlsrpt_analysis.analyses.alerts.known import POLICY, Fault
from tlsrpt_analysis.analyses.alerts.observed import Failures, Observed
from tlsrpt_analysis.analyses.numbering import table_by_days
from tlsrpt_analysis.analyses.statistics.rises import daily_evidence, evidence_sums, usual_days
from tlsrpt_analysis.arrays import Booleans, Floats, Integers

WINDOW_DAYS = 112
"""So many days are looked at: those before the last `TESTED_DAYS` show what is usual."""

TESTED_DAYS = 28
"""A fault is looked for in the last four weeks."""

FRESH_DAYS = 7
"""Evidence that was complete so many days ago is still new: reports arrive late."""

YEAR = 365
"""By its threshold a clean domain has one false alarm in so many checks, or fewer."""

FEWEST_SERIES = 4
"""As many series are counted in a domain with fewer reporters."""

ONE_DAY = 0.7
"""A single day has at most this part of the evidence that is needed."""

FEWEST_FAILURES, FEWEST_FAILING_DAYS = 3, 2

POLICY_DAYS, WHOLE_SHARE = 3, 0.9
"""Sessions without the policy take a day more, unless nearly all are: a failed fetch loses no mail."""

APPLYING_DAYS = 5
"""A reporter that tested the policy on fewer days is not expected to find it."""

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


@dataclass(frozen=True, slots=True)
class _Look:
    """What is looked at: counts, the failures among them that matter, and what is known."""

    seen: Observed
    rows: Failures
    last: int
    faults: tuple[Fault, ...]
    is_first: bool


@dataclass(frozen=True, slots=True)
class _Series:
    """Series of a domain and a kind of failure, by day, and the series of each row of failures."""

    domain: Integers
    kind: Integers
    sessions: Floats
    failures: Floats
    rows: Integers


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
    rows = seen.failures.where(_is_possible(seen, last))
    if not len(rows.day):
        return []
    look = _Look(seen, rows, last, tuple(faults), is_first)
    found = [
        onset
        for series in (_of_reporters(look), _of_hosts(look), _of_domains(look))
        for onset in _rising(look, series)
    ]
    return sorted(found, key=lambda each: (-each.evidence, each.policy_domain, each.kind))


def _is_possible(seen: Observed, last: int) -> Booleans:
    """Whether each row is of a domain and kind that failed lately, by a reporter that applies it."""
    failures = seen.failures
    is_policy = failures.kind == seen.kinds.index(POLICY)
    applying = np.bincount(
        seen.days.pair[(seen.days.tested > 0) & (seen.days.day > last - WINDOW_DAYS)],
        minlength=len(seen.domains),
    )
    is_in = (failures.day > last - WINDOW_DAYS) & (failures.day <= last) & (failures.count > 0)
    is_in &= ~is_policy | (applying[failures.pair] >= APPLYING_DAYS)
    key = seen.domain_of[failures.pair] * len(seen.kinds) + failures.kind
    lately = np.unique(key[is_in & (failures.day > last - TESTED_DAYS)])
    return np.asarray(is_in & np.isin(key, lately))


def _of_reporters(look: _Look) -> _Series:
    seen, rows = look.seen, look.rows
    keys, number = np.unique(rows.pair * len(seen.kinds) + rows.kind, return_inverse=True)
    pair, kind = np.divmod(keys, len(seen.kinds))
    sessions = _sessions(seen, look.last)[_is_policy(seen, kind).astype("int64"), pair]
    failures = _table(number, rows, look.last, len(keys))
    return _Series(seen.domain_of[pair], kind, sessions, failures, number)


def _of_hosts(look: _Look) -> _Series:
    """Return a series for each domain, kind and host that is named."""
    seen, rows = look.seen, look.rows
    is_named = np.array([bool(name) for name in seen.hosts])[rows.host]
    group = seen.domain_of[rows.pair] * len(seen.kinds) + rows.kind
    groups, number = _numbered(group * len(seen.hosts) + rows.host, is_named)
    domain, kind = np.divmod(groups // len(seen.hosts), len(seen.kinds))
    return _of_domain(look, (domain, kind, number), np.zeros(0, "int64"))


def _of_domains(look: _Look) -> _Series:
    """Return a series for each domain and kind, without the reporters whose faults are known."""
    seen, rows = look.seen, look.rows
    left_out = _pairs_at_fault(seen, look.faults)
    is_in = ~np.isin(rows.pair * len(seen.kinds) + rows.kind, left_out)
    groups, number = _numbered(seen.domain_of[rows.pair] * len(seen.kinds) + rows.kind, is_in)
    domain, kind = np.divmod(groups, len(seen.kinds))
    return _of_domain(look, (domain, kind, number), left_out)


def _numbered(group: Integers, is_in: Booleans) -> tuple[Integers, Integers]:
    groups = np.unique(group[is_in])
    number = np.where(is_in, np.searchsorted(groups, group), -1)
    return groups, number.astype("int64")


def _of_domain(
    look: _Look, series: tuple[Integers, Integers, Integers], left_out: Integers
) -> _Series:
    """Return series of all reporters of a domain, but for some pairs and kinds."""
    seen = look.seen
    domain, kind, number = series
    by_pair = _sessions(seen, look.last)
    whole = np.zeros((2, len(seen.names), WINDOW_DAYS))
    for total, part in zip(whole, by_pair, strict=True):
        np.add.at(total, seen.domain_of, part)
    sessions = whole[_is_policy(seen, kind).astype("int64"), domain]
    for pair, of_kind in (divmod(int(key), len(seen.kinds)) for key in left_out):
        is_own = (domain == seen.domain_of[pair]) & (kind == of_kind)
        sessions[is_own] -= by_pair[int(of_kind == seen.kinds.index(POLICY)), pair]
    return _Series(
        domain, kind, sessions, _table(number, look.rows, look.last, len(domain)), number
    )


def _pairs_at_fault(seen: Observed, faults: tuple[Fault, ...]) -> Integers:
    """Return the pairs and kinds, as one number, whose fault is known and lasts."""
    pairs = dict(
        zip(zip(seen.domains, seen.reporters, strict=True), range(len(seen.domains)), strict=True)
    )
    kinds = {name: number for number, name in enumerate(seen.kinds)}
    keys = {
        pairs[fault.policy_domain, reporter] * len(seen.kinds) + kinds[kind]
        for fault in faults
        if fault.is_open
        for reporter in fault.reporters
        for kind in fault.kinds
        if (fault.policy_domain, reporter) in pairs and kind in kinds
    }
    return np.array(sorted(keys), "int64")


def _is_policy(seen: Observed, kind: Integers) -> Booleans:
    return np.asarray(kind == seen.kinds.index(POLICY))


def _sessions(seen: Observed, last: int) -> Floats:
    """Return the tested sessions of each pair and day, and those that asked for the policy.

    A pair that had the policy on fewer than `APPLYING_DAYS` days has none of the latter.
    """
    days = seen.days.where((seen.days.day > last - WINDOW_DAYS) & (seen.days.day <= last))
    column = days.day - last + WINDOW_DAYS - 1
    shape = (len(seen.domains), WINDOW_DAYS)
    tested, asked = (
        table_by_days(days.pair, column, counts, shape) for counts in (days.tested, days.asked)
    )
    is_applying = np.count_nonzero(tested, axis=1) >= APPLYING_DAYS
    return np.stack([tested, np.where(is_applying[:, None], asked, 0.0)])


def _table(number: Integers, rows: Failures, last: int, size: int) -> Floats:
    is_in = number >= 0
    column = rows.day[is_in] - last + WINDOW_DAYS - 1
    return table_by_days(number[is_in], column, rows.count[is_in], (size, WINDOW_DAYS))


def _rising(look: _Look, series: _Series) -> list[Onset]:
    failures = np.minimum(series.failures, series.sessions)
    series_counts = np.maximum(FEWEST_SERIES, _series_counts(look.seen, look.last))
    needed = np.log(YEAR * series_counts[series.domain])
    usual = _usual_days(look, series)
    tested = slice(-TESTED_DAYS, None)
    evidence = daily_evidence(
        series.sessions[:, tested],
        failures[:, tested],
        usual_days(series.sessions * usual, failures * usual),
        ONE_DAY * needed,
    )
    sums, begins = evidence_sums(evidence)
    first = 0 if look.is_first else TESTED_DAYS - FRESH_DAYS
    peak = sums[:, first:].argmax(axis=1) + first
    found = []
    for at in np.flatnonzero(sums[np.arange(len(peak)), peak] >= needed).tolist():
        begin, end = int(begins[at, peak[at]]), int(peak[at])
        own = slice(WINDOW_DAYS - TESTED_DAYS + begin, WINDOW_DAYS - TESTED_DAYS + end + 1)
        failed, whole = failures[at, own], series.sessions[at, own]
        share = float(failed.sum() / whole.sum())
        is_partial = share < WHOLE_SHARE and look.seen.kinds[series.kind[at]] == POLICY
        days = POLICY_DAYS if is_partial else FEWEST_FAILING_DAYS
        if failed.sum() >= FEWEST_FAILURES and np.count_nonzero(failed) >= days:
            since = look.last - TESTED_DAYS + 1 + begin + int(np.flatnonzero(failed)[0])
            found.append(_onset(look, series, at, (since, share, float(sums[at, end]))))
    return found


def _usual_days(look: _Look, series: _Series) -> Booleans:
    """Return which days of each series show what is usual: none with a known fault."""
    usual = np.ones(series.failures.shape, "bool")
    usual[:, -TESTED_DAYS:] = False
    days = np.arange(look.last - WINDOW_DAYS + 1, look.last + 1)
    names = np.array(look.seen.names, object)[series.domain]
    kinds = np.array(look.seen.kinds, object)[series.kind]
    for fault in look.faults:
        is_own = (names == fault.policy_domain) & np.isin(kinds, fault.kinds)
        end = look.last if fault.is_open else fault.until
        usual[np.ix_(is_own, (days >= fault.since) & (days <= end))] = False
    return usual & (not look.is_first)


def _series_counts(seen: Observed, last: int) -> Integers:
    """Count the pairs with reports of each domain, and the domain itself."""
    is_in = (seen.days.day > last - WINDOW_DAYS) & (seen.days.day <= last)
    pairs = np.unique(seen.days.pair[is_in])
    return np.bincount(seen.domain_of[pairs], minlength=len(seen.names)).astype("int64") + 1


def _onset(look: _Look, series: _Series, at: int, found: tuple[int, float, float]) -> Onset:
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
