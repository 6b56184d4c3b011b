"""Which certificate will fail soon, by the rhythm in which it failed so far."""

from dataclasses import dataclass

import numpy as np

from tlsrpt_analysis.analyses.alerts.observed import Failures, Observed
from tlsrpt_analysis.analyses.causes.rhythm import outages, renewal_days
from tlsrpt_analysis.analyses.impact.verdict import NEGLIGIBLE_SHARE
from tlsrpt_analysis.arrays import Integers
from tlsrpt_analysis.standards.result_types import ResultType

AHEAD_DAYS = 7
"""A renewal is named in the week before it."""

FEWEST_FAILURES = 3
"""An outage has so many failed sessions or more, and more of its sessions than are negligible."""


@dataclass(frozen=True, slots=True)
class Renewal:
    """A certificate that failed in a rhythm: when it did, and when it is due again."""

    policy_domain: str
    host: str
    rhythm_days: int
    outage_days: tuple[int, ...]
    due: int


def due_renewals(seen: Observed, today: int) -> list[Renewal]:
    """Return the certificates whose rhythm says that they fail within a week.

    Parameters
    ----------
    seen : Observed
        The counts; two outages and the next take half a year.
    today : int
        The day of the check.
    """
    if ResultType.CERTIFICATE_EXPIRED not in seen.kinds:
        return []
    is_expired = seen.failures.kind == seen.kinds.index(ResultType.CERTIFICATE_EXPIRED)
    rows = seen.failures.where(is_expired & (seen.failures.count > 0))
    keys = seen.domain_of[rows.pair] * len(seen.hosts) + rows.host
    found = []
    for key in np.unique(keys):
        domain, host = divmod(int(key), len(seen.hosts))
        outage_days = _outages(rows.where(keys == key), _tested(seen, domain))
        rhythm = renewal_days(outage_days)
        due = outage_days[-1][0] + rhythm if rhythm else -1
        if 0 <= due - today <= AHEAD_DAYS:
            firsts = tuple(first for first, _ in outage_days)
            found.append(Renewal(seen.names[domain], seen.hosts[host], rhythm, firsts, due))
    return found


def _tested(seen: Observed, domain: int) -> Integers:
    """Return the tested sessions of a domain by day, since 1970."""
    days = seen.days.where(seen.domain_of[seen.days.pair] == domain)
    return np.bincount(days.day, days.tested).astype("int64")


def _outages(rows: Failures, tested: Integers) -> list[tuple[int, int]]:
    """Return the outages with some failed sessions: stray ones are none."""
    found = []
    for first, last in outages(np.unique(rows.day)):
        failed = rows.count[(rows.day >= first) & (rows.day <= last)].sum()
        whole = tested[first : last + 1].sum()
        if failed >= FEWEST_FAILURES and failed > NEGLIGIBLE_SHARE * whole:
            found.append((first, last))
    return found
