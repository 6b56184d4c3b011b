"""Series of days in which faults are looked for: one for each reporter, host and domain, by kind."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from tlsrpt_analysis.analyses.alerts.known import POLICY, Fault
from tlsrpt_analysis.analyses.alerts.observed import ASKED, TESTED, UNDER_DANE, Failures, Observed
from tlsrpt_analysis.analyses.numbering import table_by_days
from tlsrpt_analysis.arrays import Booleans, Floats, Integers

WINDOW_DAYS = 112
"""So many days are looked at: those before the last `TESTED_DAYS` show what is usual."""

TESTED_DAYS = 28
"""A fault is looked for in the last four weeks."""

APPLYING_DAYS = 5
"""A reporter that tested the policy on fewer days is not expected to find it."""


@dataclass(frozen=True, slots=True)
class Look:
    """What is looked at: counts, the failures among them that matter, and what is known.

    `by_pair` and `by_domain` have the sessions of each day, by what they are a share of.
    """

    seen: Observed
    rows: Failures
    by_pair: Floats
    by_domain: Floats
    last: int
    faults: tuple[Fault, ...]
    is_first: bool


@dataclass(frozen=True, slots=True)
class Series:
    """Series of a domain and a kind of failure, by day, and the series of each row of failures."""

    domain: Integers
    kind: Integers
    sessions: Floats
    failures: Floats
    rows: Integers


def look_at(seen: Observed, last: int, faults: Iterable[Fault], *, is_first: bool) -> Look:
    """Return what is looked at until a day."""
    by_pair = _sessions(seen, last)
    by_domain = np.zeros((len(by_pair), len(seen.names), WINDOW_DAYS))
    for total, part in zip(by_domain, by_pair, strict=True):
        np.add.at(total, seen.domain_of, part)
    rows = seen.failures.where(_is_possible(seen, last))
    return Look(seen, rows, by_pair, by_domain, last, tuple(faults), is_first)


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


def of_reporters(look: Look) -> Series:
    """Return a series for each domain, reporter and kind."""
    seen, rows = look.seen, look.rows
    keys, number = np.unique(rows.pair * len(seen.kinds) + rows.kind, return_inverse=True)
    pair, kind = np.divmod(keys, len(seen.kinds))
    sessions = look.by_pair[seen.measure_of[kind], pair]
    failures = _table(number, rows, look.last, len(keys))
    return Series(seen.domain_of[pair], kind, sessions, failures, number)


def of_hosts(look: Look) -> Series:
    """Return a series for each domain, kind and host that is named."""
    seen, rows = look.seen, look.rows
    is_named = np.array([bool(name) for name in seen.hosts])[rows.host]
    group = seen.domain_of[rows.pair] * len(seen.kinds) + rows.kind
    groups, number = _numbered(group * len(seen.hosts) + rows.host, is_named)
    domain, kind = np.divmod(groups // len(seen.hosts), len(seen.kinds))
    return _of_domain(look, (domain, kind, number), np.zeros(0, "int64"))


def of_domains(look: Look) -> Series:
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
    look: Look, series: tuple[Integers, Integers, Integers], left_out: Integers
) -> Series:
    """Return series of all reporters of a domain, but for some pairs and kinds."""
    seen = look.seen
    domain, kind, number = series
    measures = seen.measure_of
    sessions = look.by_domain[measures[kind], domain]
    for pair, of_kind in (divmod(int(key), len(seen.kinds)) for key in left_out):
        is_own = (domain == seen.domain_of[pair]) & (kind == of_kind)
        sessions[is_own] -= look.by_pair[measures[of_kind], pair]
    return Series(domain, kind, sessions, _table(number, look.rows, look.last, len(domain)), number)


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


def _sessions(seen: Observed, last: int) -> Floats:
    """Return the sessions of each pair and day, by what failures are a share of.

    A pair that had the policy on fewer than `APPLYING_DAYS` days has none that asked for it.
    """
    days = seen.days.where((seen.days.day > last - WINDOW_DAYS) & (seen.days.day <= last))
    column = days.day - last + WINDOW_DAYS - 1
    shape = (len(seen.domains), WINDOW_DAYS)
    found = np.stack([table_by_days(days.pair, column, each, shape) for each in days.measures])
    found[ASKED, np.count_nonzero(found[TESTED], axis=1) < APPLYING_DAYS] = 0
    return found


def _table(number: Integers, rows: Failures, last: int, size: int) -> Floats:
    is_in = number >= 0
    column = rows.day[is_in] - last + WINDOW_DAYS - 1
    return table_by_days(number[is_in], column, rows.count[is_in], (size, WINDOW_DAYS))


def known_days(look: Look, series: Series) -> Booleans:
    """Return which days of each series have a known fault."""
    known = np.zeros(series.failures.shape, "bool")
    days = np.arange(look.last - WINDOW_DAYS + 1, look.last + 1)
    names = np.array(look.seen.names, object)[series.domain]
    kinds = np.array(look.seen.kinds, object)[series.kind]
    for fault in look.faults:
        is_own = (names == fault.policy_domain) & np.isin(kinds, fault.kinds)
        end = look.last if fault.is_open else fault.until
        known[np.ix_(is_own, (days >= fault.since) & (days <= end))] = True
    return known


def series_counts(look: Look) -> Integers:
    """Count the series of each domain: its reporters, those of them under DANE, and itself."""
    is_any = np.count_nonzero(look.by_pair, axis=2) > 0
    count = (is_any[TESTED] | is_any[ASKED]).astype("int64") + is_any[UNDER_DANE]
    of_pairs = np.bincount(look.seen.domain_of, count, len(look.seen.names))
    return of_pairs.astype("int64") + 1
