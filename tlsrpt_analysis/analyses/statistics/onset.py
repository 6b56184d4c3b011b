"""Since when a reporter fails: the day that splits its days best, and how sure that is."""

import numpy as np

from tlsrpt_analysis.arrays import Booleans, Floats, Integers

LARGEST_DAY = 20.0
"""Sessions of one day are not independent, so a large day weighs no more than so many."""

FEWEST_DAYS = 6
"""Among fewer days no order is rare enough to show an onset."""

FEWEST_FAILING_DAYS = 3

SMALLEST_GAIN = 4.8
"""Half the squared distance, in standard errors, of the failures after the onset from their mean.

Integers in random order split as well in 5 % of the cases or fewer, but up to 8 % where nearly all
sessions fail and days cluster: simulated for 10 to 365 days and shares of 2 to 90 %.
"""

CLEAR_SPLIT = 0.95
"""Of a few days, the part of their largest possible gain that is enough."""

NOTHING = 1e-6
"""Sums of equal days differ by less than that."""

LIKELIHOOD_DROP = 6.0
"""Days this near to the largest log-likelihood are in the interval: 2 for a design effect of 3."""


SAME_FAULT = 0.1
"""Days before the onset that fail a tenth as often, or more, are of the same fault."""


def find_onsets(sessions: Floats, failures: Floats) -> tuple[Integers, Integers, Integers]:
    """Find the day of each series, on a common calendar, from which on failures are more frequent.

    Parameters
    ----------
    sessions, failures : array of float, series by days
        The counts; 0 on days without a report.

    Returns
    -------
    tuple of three arrays of int
        Positions in the calendar: the first failing day by the best split of the days in two by
        binomial likelihood, the day before the earliest that it may be, and the latest that it may
        be; -1 where there are fewer than six days, or days in random order often split as well.

    References
    ----------
    Hinkley, D. V., and Hinkley, E. A. (1970). Inference about the change-point in a sequence of
    binomial variables. *Biometrika* 57 (3), 477-488.

    Examples
    --------
    >>> failures = np.array([[0.0] * 10 + [9.0] * 10])
    >>> [place.tolist() for place in find_onsets(np.full((1, 20), 10.0), failures)]
    [[10], [9], [10]]
    """
    scale = np.minimum(1.0, LARGEST_DAY / np.maximum(sessions, 1))
    sessions, failures = sessions * scale, failures * scale
    is_active = sessions > 0
    is_sure = _largest_gains(sessions, failures, is_active) >= _needed_gains(is_active)
    found = np.full((3, len(sessions)), -1, "int64")
    sure = np.flatnonzero(is_sure)
    gains = split_gains(sessions[sure], failures[sure])
    gains = np.where(rises(sessions[sure], failures[sure]), gains, 0.0)
    # A series has no days before its first and after its last, however long the calendar is.
    gains = np.where(_is_between_days(is_active[sure]), gains, -np.inf)
    if not gains.size:
        return found[0], found[1], found[2]
    best = gains.argmax(axis=1)
    near = gains >= gains.max(axis=1, keepdims=True) - LIKELIHOOD_DROP
    last = gains.shape[1] - 1 - near[:, ::-1].argmax(axis=1)
    for place, position in enumerate((best + 1, near.argmax(axis=1), last + 1)):
        found[place, sure] = position
    for place in (0, 2):  # a day without a report is no first failing day
        found[place, sure] = _next_active(is_active[sure], found[place, sure])
    found[1, sure] = _not_after_failures(sessions[sure], failures[sure], found[:2, sure])
    found[:, found[1] < 0] = -1
    return found[0], found[1], found[2]


def _not_after_failures(sessions: Floats, failures: Floats, found: Integers) -> Integers:
    """Begin the interval before failures that are as frequent as the fault, or nearly so.

    Returns the day before the earliest first failing day; -1 where there is none.
    """
    onset, low = found
    days = np.arange(sessions.shape[1])
    first = (failures > 0).argmax(axis=1)
    earlier = (days >= first[:, None]) & (days < onset[:, None])
    later = days >= onset[:, None]
    (failed, whole), (failed_later, whole_later) = (
        ((failures * part).sum(axis=1), (sessions * part).sum(axis=1)) for part in (earlier, later)
    )
    is_same = (failed > 0) & (failed * whole_later >= SAME_FAULT * failed_later * whole)
    before = (sessions > 0) & (days < first[:, None])
    last_before = np.where(before.any(axis=1), days[-1] - before[:, ::-1].argmax(axis=1), -1)
    return np.asarray(np.where(is_same, np.minimum(low, last_before), low), dtype="int64")


def _is_between_days(is_active: Booleans) -> Booleans:
    """Whether each split has days of the series on both sides."""
    begun = np.logical_or.accumulate(is_active, axis=1)[:, :-1]
    goes_on = np.logical_or.accumulate(is_active[:, ::-1], axis=1)[:, ::-1][:, 1:]
    return np.asarray(begun & goes_on)


def _needed_gains(is_active: Booleans) -> Floats:
    days = np.count_nonzero(is_active, axis=1)
    needed = np.minimum(SMALLEST_GAIN, CLEAR_SPLIT * (days - 1) / 2)
    return np.where(days >= FEWEST_DAYS, needed, np.inf)


def _largest_gains(sessions: Floats, failures: Floats, is_active: Booleans) -> Floats:
    """Compute the largest gain of a split, by the variance of days in random order."""
    total = np.maximum(sessions.sum(axis=1), 1e-300)
    surplus = failures - (failures.sum(axis=1) / total)[:, None] * sessions
    days = np.count_nonzero(is_active, axis=1)[:, None].astype("float64")
    after, kept, failing = (
        values[:, ::-1].cumsum(axis=1)[:, ::-1][:, 1:]
        for values in (surplus, is_active.astype("float64"), failures > 0)
    )
    spread = (surplus**2).sum(axis=1, keepdims=True) / np.maximum(days * (days - 1), 1)
    variance = spread * kept * (days - kept)
    is_rise = (after > NOTHING) & (failing >= FEWEST_FAILING_DAYS) & (variance > 0)
    gains = np.where(is_rise, after**2, 0.0) / np.where(is_rise, 2 * variance, 1.0)
    return np.asarray(gains.max(axis=1, initial=0.0))


def split_gains(sessions: Floats, failures: Floats) -> Floats:
    """Return the log-likelihood that each split of the days in two gains."""
    (before, failed_before), (after, failed_after) = _parts(sessions, failures)
    return (
        _log_likelihood(before, failed_before)
        + _log_likelihood(after, failed_after)
        - _log_likelihood(before + after, failed_before + failed_after)
    )


def rises(sessions: Floats, failures: Floats) -> Booleans:
    """Whether the later part of each split fails more often than the earlier one."""
    (before, failed_before), (after, failed_after) = _parts(sessions, failures)
    return np.asarray(failed_after * before > failed_before * after)


def _parts(
    sessions: Floats, failures: Floats
) -> tuple[tuple[Floats, Floats], tuple[Floats, Floats]]:
    before, failed_before = (counts.cumsum(axis=1)[:, :-1] for counts in (sessions, failures))
    whole, failed = (counts.sum(axis=1, keepdims=True) for counts in (sessions, failures))
    return (before, failed_before), (whole - before, failed - failed_before)


def _log_likelihood(sessions: Floats, failures: Floats) -> Floats:
    return _x_log_share(failures, sessions) + _x_log_share(sessions - failures, sessions)


def _x_log_share(part: Floats, whole: Floats) -> Floats:
    is_positive = (part > 0) & (whole > 0)  # sums of capped counts may miss 0 by a little
    return part * np.log(np.where(is_positive, part, 1.0) / np.where(is_positive, whole, 1.0))


def _next_active(is_active: Booleans, positions: Integers) -> Integers:
    days = np.arange(is_active.shape[1])
    return np.asarray((is_active & (days >= positions[:, None])).argmax(axis=1))
