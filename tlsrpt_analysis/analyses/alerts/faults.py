"""Faults from day to day: which onset is new, which fault grew, and which is over."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from tlsrpt_analysis.analyses.alerts.known import POLICY, Fault, result_type_of
from tlsrpt_analysis.analyses.alerts.observed import Observed, measure_of
from tlsrpt_analysis.analyses.alerts.onsets import Onset
from tlsrpt_analysis.analyses.alerts.series import WINDOW_DAYS
from tlsrpt_analysis.arrays import Booleans, Integers

SPREAD_DAYS = 7
"""Who meets the same failures within a week meets the same fault."""

BAD_SHARE, BAD_PART = 0.02, 0.1
"""A bad day has more than 2 % failures, and a tenth of what the fault had when it was announced."""

FEWEST_GOOD_DAYS = 3
SUPPOSED_GOOD_DAYS = 2
OVER_CHANCE = 0.01
"""A fault is over when so many good days in a row would be that unlikely if it went on."""

GROWN_DAYS = 3
GROWN_TIMES, GROWN_BY = 2.0, 0.25
"""A fault has grown when its share doubled, and rose by a quarter of the sessions, on three days."""

GONE_SHARE = 0.9
GONE_DAYS = 2
"""The policy has vanished when nobody has it in nine of ten sessions, on two days."""


@dataclass(frozen=True, slots=True)
class FaultDays:
    """The days of a fault's reporters since it began: their sessions, and how many failed."""

    day: Integers
    sessions: Integers
    failures: Integers

    @property
    def share(self) -> float:
        """The failed share of all days."""
        return float(self.failures.sum() / max(1, self.sessions.sum()))

    def bad(self, fault: Fault) -> Booleans:
        """Whether each day is bad."""
        limit = max(BAD_SHARE, BAD_PART * fault.share)
        return np.asarray(self.failures > limit * self.sessions)


def fault_days(seen: Observed, fault: Fault, last: int) -> FaultDays:
    """Return the days of a fault with sessions that could show it.

    Of a fault that is met under MTA-STS and under DANE only what found it is counted: one session
    may be listed under both (RFC 8460 §4).
    """
    measure = measure_of(fault.kinds[0])
    is_own = [kind in fault.kinds and measure_of(kind) == measure for kind in seen.kinds]
    days, rows = seen.of_fault(fault)
    days = days.where((days.day >= fault.since) & (days.day <= last))
    rows = rows.where((rows.day >= fault.since) & (rows.day <= last) & np.array(is_own)[rows.kind])
    size = max(0, last - fault.since + 1)  # reports may have been removed since
    sessions = np.bincount(days.day - fault.since, days.measures[measure], size)
    failures = np.bincount(rows.day - fault.since, rows.count, size)
    some = np.flatnonzero(sessions)
    failed = np.minimum(failures, sessions)[some].astype("int64")
    return FaultDays(some + fault.since, sessions[some].astype("int64"), failed)


def with_onsets(
    faults: Sequence[Fault], found: Iterable[Onset], today: int
) -> tuple[list[Fault], list[Fault]]:
    """Return all faults after some onsets, and those of them that are new.

    An onset is of a known fault if that has its kind and host, and the onset's reporters or a day
    near to its own; or if it has the onset's host and began within days of it, under another name.
    """
    after, new = list(faults), []
    for onset in found:
        at = next((at for at, fault in enumerate(after) if _is_same(fault, onset)), None)
        if at is None:
            fault = Fault(
                onset.policy_domain,
                (onset.kind,),
                onset.hosts,
                onset.reporters,
                onset.since,
                today,
                onset.share,
            )
            after.append(fault)
            new.append(fault)
            continue
        joined = _joined(after[at], onset, today)
        new = [joined if fault is after[at] else fault for fault in new]
        after[at] = joined
    return after, new


def _is_same(fault: Fault, onset: Onset) -> bool:
    if fault.policy_domain != onset.policy_domain:
        return False
    if not fault.is_open and onset.since > fault.until:
        return False
    is_near = abs(onset.since - fault.since) <= SPREAD_DAYS
    is_policy = POLICY in {*fault.kinds, onset.kind}
    is_host = not onset.host or not fault.hosts or onset.host in fault.hosts
    is_alike = is_near and result_type_of(onset.kind) in map(result_type_of, fault.kinds)
    if onset.kind in fault.kinds or is_alike:
        is_known = is_near or set(onset.reporters) <= set(fault.reporters)
        return is_known and (is_host or (is_near and bool(set(onset.hosts) & set(fault.hosts))))
    return is_near and not is_policy and bool(set(onset.hosts) & set(fault.hosts))


def _joined(fault: Fault, onset: Onset, today: int) -> Fault:
    """Return a fault with what an onset adds, while it spreads."""
    if today - fault.announced > SPREAD_DAYS or abs(onset.since - fault.since) > SPREAD_DAYS:
        return fault
    return replace(
        fault,
        kinds=_union(fault.kinds, (onset.kind,)),
        hosts=_union(fault.hosts, onset.hosts),
        reporters=_union(fault.reporters, onset.reporters),
        since=min(fault.since, onset.since),
    )


def _union(first: tuple[str, ...], second: tuple[str, ...]) -> tuple[str, ...]:
    return (*first, *(name for name in second if name not in first))


def ended(seen: Observed, fault: Fault, last: int) -> Fault | None:
    """Return a fault with its last bad day if it is over."""
    days = fault_days(seen, fault, last)
    bad = days.bad(fault)
    if not bad.any():
        return None
    final = int(np.flatnonzero(bad)[-1])
    good = len(bad) - 1 - final
    spared = 1 - bad.sum() / (final + 1 + SUPPOSED_GOOD_DAYS)
    if good < FEWEST_GOOD_DAYS or spared**good >= OVER_CHANCE:
        return None
    return replace(fault, until=int(days.day[final]))


def grown(seen: Observed, fault: Fault, last: int) -> Fault | None:
    """Return a fault with its new share if it has grown."""
    days = fault_days(seen, fault, last)
    if len(days.day) < GROWN_DAYS:
        return None
    shares = days.failures[-GROWN_DAYS:] / days.sessions[-GROWN_DAYS:]
    limit = max(GROWN_TIMES * fault.share, fault.share + GROWN_BY)
    return replace(fault, share=float(shares.mean())) if (shares >= limit).all() else None


def gone(seen: Observed, fault: Fault, last: int) -> bool:
    """Whether no reporter that had the policy finds or fetches it any more."""
    first, end = seen.of_domain(fault.policy_domain)
    days = seen.days.where(slice(*np.searchsorted(seen.days.pair, (first, end))))
    days = replace(days, pair=days.pair - first)
    applying = np.bincount(
        days.pair[(days.tested > 0) & (days.day < fault.since)], minlength=end - first
    )
    is_in = (days.day >= fault.since) & (days.day <= last) & (days.asked > 0)
    rows = days.where(is_in & (applying[days.pair] > 0))
    latest = np.unique(rows.day)[-GONE_DAYS:]
    rows = rows.where(np.isin(rows.day, latest))
    without = np.bincount(rows.pair, rows.missing, end - first)
    asked = np.bincount(rows.pair, rows.asked, end - first)
    return len(latest) >= GONE_DAYS and bool((without >= GONE_SHARE * asked).all())


def kept(faults: Iterable[Fault], last: int) -> Iterator[Fault]:
    """Yield the faults that matter to later checks."""
    for fault in faults:
        if fault.is_open or fault.until > last - WINDOW_DAYS:
            yield fault
