"""Which verdict changed: not before it has stood for days, nor by a few chance failures."""

import numpy as np

from tlsrpt_analysis.analyses.alerts.observed import TESTED, Observed
from tlsrpt_analysis.analyses.impact.verdict import (
    ENFORCED_CLEAN,
    ENFORCED_REFUSING,
    NEGLIGIBLE_SHARE,
    NOT_READY,
    READY,
)
from tlsrpt_analysis.analyses.numbering import table_by_days
from tlsrpt_analysis.analyses.statistics.intervals import clustered_intervals

BETTER_DAYS = 7
"""A domain has become ready when it has been so for a week."""

UNKNOWN_DAYS = 28
"""There is too little data when that has been so for four weeks: a few days more may be enough."""

SHARE_DAYS = 28
FAILING_DAYS = 3
"""Fewer days with refused sessions prove nothing, unless a fault is known."""

FINE = frozenset({READY, ENFORCED_CLEAN})
BAD = frozenset({NOT_READY, ENFORCED_REFUSING})


def has_changed(verdict: str, days: int, *, is_proven: bool) -> bool:
    """Whether a verdict that differs from the one announced last has changed for good.

    Parameters
    ----------
    verdict : str
        The verdict of today.
    days : int
        For how many days it has stood.
    is_proven : bool
        Whether more is refused than chance explains, which a worse verdict takes.

    Examples
    --------
    >>> has_changed("not ready", 0, is_proven=True), has_changed("not ready", 9, is_proven=False)
    (True, False)
    >>> has_changed("ready", 0, is_proven=False), has_changed("ready", 7, is_proven=False)
    (False, True)
    """
    if verdict in BAD:
        return is_proven
    return days >= (BETTER_DAYS if verdict in FINE else UNKNOWN_DAYS)


def refusing_domains(seen: Observed, last: int) -> set[str]:
    """Return the domains of which, with 95 % confidence, more than 0.5 % is refused in four weeks."""
    part = seen.between(last - SHARE_DAYS + 1, last)
    rows = part.failures.where(seen.measure_of[part.failures.kind] == TESTED)
    shape = (len(seen.names), SHARE_DAYS)
    tested, refused = (
        table_by_days(seen.domain_of[each.pair], each.day - last + SHARE_DAYS - 1, counts, shape)
        for each, counts in ((part.days, part.days.tested), (rows, rows.count))
    )
    low = clustered_intervals(tested, np.minimum(refused, tested))[:, 0]
    is_often = np.count_nonzero(refused, axis=1) >= FAILING_DAYS
    return {seen.names[at] for at in np.flatnonzero(is_often & (low > NEGLIGIBLE_SHARE))}
