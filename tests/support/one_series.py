"""For one series, what the analyses compute for many at once."""

import datetime as dt
from collections.abc import Sequence

from tlsrpt_analysis.analyses.statistics.differences import difference_intervals
from tlsrpt_analysis.analyses.statistics.intervals import (
    daily_share_intervals,
)
from tlsrpt_analysis.analyses.statistics.onset import find_onsets
from tlsrpt_analysis.arrays import Floats


def daily_share_interval(sessions: Floats, failures: Floats) -> tuple[float, float]:
    """Return both ends of the interval of a share."""
    ends = daily_share_intervals(sessions[None], failures[None])
    return float(ends[0, 0]), float(ends[0, 1])


def difference_interval(
    before: tuple[Floats, Floats], after: tuple[Floats, Floats]
) -> tuple[float, float]:
    """Return both ends of the interval of a difference."""
    (old, old_failed), (new, new_failed) = before, after
    ends = difference_intervals((old[None], old_failed[None]), (new[None], new_failed[None]))
    return float(ends[0, 0]), float(ends[0, 1])


def find_onset(
    days: Sequence[dt.date], sessions: Floats, failures: Floats
) -> tuple[dt.date, dt.date, dt.date] | None:
    """Return the first failing day, and the days between which it lies."""
    first, low, high = (int(found[0]) for found in find_onsets(sessions[None], failures[None]))
    if first < 0:
        return None
    return days[first], days[low] + dt.timedelta(days=1), days[high]
