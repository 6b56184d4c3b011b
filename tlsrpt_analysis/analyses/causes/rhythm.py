"""Whether failures come back in the rhythm in which certificates are renewed."""

from itertools import pairwise

import numpy as np

from tlsrpt_analysis.analyses.causes.rows import Rows
from tlsrpt_analysis.arrays import Integers

RENEWAL_DAYS = (60, 90)
"""Certificates of 90 days are renewed after 60, and expire after 90 if nothing loads the new ones."""

TOLERANCE_DAYS = 4
"""A renewal may come some days early or late."""

LONGEST_DAYS = 21
"""A renewed certificate is loaded at the next restart; a longer outage is no slip of a renewal."""

APART_DAYS = 7
"""Failures this many days apart are of two outages."""


def renewal_rhythm(failures: Rows) -> int:
    """Return the days from outage to outage, if they are those of renewals, or else 0."""
    return renewal_days(outages(failures.days()))


def renewal_days(outages: list[tuple[int, int]]) -> int:
    """Return the days from outage to outage, if they are those of renewals, or else 0.

    Parameters
    ----------
    outages : list of pair of int
        The first and the last day of each, in order.

    Examples
    --------
    >>> renewal_days([(100, 102), (161, 161), (220, 221)])
    60
    """
    if len(outages) < 2 or any(last - first >= LONGEST_DAYS for first, last in outages):
        return 0
    steps = [later[0] - earlier[0] for earlier, later in pairwise(outages)]
    for days in RENEWAL_DAYS:
        if all(abs(step - days) <= TOLERANCE_DAYS for step in steps):
            return days
    return 0


def outage_count(failures: Rows) -> int:
    """Return how many outages the failures are."""
    return len(outages(failures.days()))


def outages(days: Integers) -> list[tuple[int, int]]:
    """Return the first and the last day of each outage, from the days with failures, in order."""
    ends = np.flatnonzero(np.diff(days) > APART_DAYS) + 1
    return [(int(part[0]), int(part[-1])) for part in np.split(days, ends)]
