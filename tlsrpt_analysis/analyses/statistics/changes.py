"""Since when a share is what it is today: the last day on which a series of days changed for good.

Each series is one value a day on a common calendar; a day without sessions says nothing.
"""

import numpy as np

from tlsrpt_analysis.analyses.statistics.onset import LARGEST_DAY, rises, split_gains
from tlsrpt_analysis.arrays import Booleans, Floats, Integers

SMALLEST_GAIN = 7.0
"""Log-likelihood that a split must gain, per unit of dispersion within its two parts.

Among 56 days of one share, days clustered or not, fewer than 2 in 100 series have such a split.
"""

FEWEST_FAILURES = 3
"""Fewer failed sessions since a day are no onset."""

CLEAN_DAYS = 7
"""A share has fallen when the days with sessions since then span a week."""

BAD_SHARE = 0.02
"""On a bad day more than 2 % of the sessions fail."""

OVER_CHANCE = 0.01
"""Bad days are over when so many good days in a row would be that unlikely if they went on."""

SUPPOSED_GOOD_DAYS = 2
"""Counted beside the days from the first bad day to the last, so that one bad day needs 12 good ones."""

LIKELIHOOD_DROP = 6.0
"""A change may have come on another day that is this near to the likelihood of its own."""

LEAST_SHARE = 0.01
"""Before and after a change, a share counts as neither 0 nor 1: a lone session decides nothing."""

MOST_CHANGES = 4
"""So many changes are followed, one after the other; after that the last part stands."""


def last_changes(sessions: Floats, failures: Floats) -> tuple[Integers, Integers]:
    """Find the last day on which the failing share of each series rose or fell for good.

    Parameters
    ----------
    sessions, failures : array of float, series by days
        The counts; 0 on days without a report.

    Returns
    -------
    tuple of two arrays of int
        The position in the calendar of the first day of the last part, 0 where nothing changed;
        and the direction of the change: 1 for a rise, -1 for a fall, 0 for none.

    Notes
    -----
    Each series is split where the binomial likelihood gains most, large days capped, in units of
    the dispersion that is left within the parts; then its later part again, a few times. A fall
    counts when a week has passed. Bad days that ended altogether are a fall as well if so many
    good days since would be unlikely, had bad days gone on at the rate of the whole bad period.

    Examples
    --------
    >>> failures = np.array([[0.0] * 20 + [9.0] * 4, [9.0] * 10 + [0.0] * 14])
    >>> [found.tolist() for found in last_changes(np.full((2, 24), 10.0), failures)]
    [[20, 10], [1, -1]]
    """
    start = np.zeros(len(sessions), "int64")
    direction = np.zeros(len(sessions), "int64")
    going = np.arange(len(sessions))
    for _ in range(MOST_CHANGES):
        day, way = _best_split(sessions[going], failures[going], start[going])
        going, day, way = going[way != 0], day[way != 0], way[way != 0]
        if not len(going):
            break
        start[going], direction[going] = day, way
    over = _end_of_bad_days(sessions, failures, start)
    is_later = over > start
    return np.where(is_later, over, start), np.where(is_later, -1, direction)


def _best_split(sessions: Floats, failures: Floats, start: Integers) -> tuple[Integers, Integers]:
    """Split each series once after its start; the direction is 0 where no split is good enough."""
    days = np.arange(sessions.shape[1])
    sessions = np.where(days >= start[:, None], sessions, 0.0)
    failures = np.where(days >= start[:, None], failures, 0.0)
    scale = np.minimum(1.0, LARGEST_DAY / np.maximum(sessions, 1.0))
    counted, failed = sessions * scale, failures * scale
    if sessions.shape[1] < 2:
        return start, np.zeros(len(start), "int64")
    gains = split_gains(counted, failed)
    since = failures[:, ::-1].cumsum(axis=1)[:, ::-1][:, 1:]
    is_rise = rises(counted, failed)
    is_long = _spans_since(sessions > 0)[:, 1:] >= CLEAN_DAYS
    allowed = np.where(is_rise, since >= FEWEST_FAILURES, is_long)
    gains = np.where(sessions[:, 1:] > 0, gains, 0.0)
    best = gains.argmax(axis=1) + 1
    rows = np.arange(len(best))
    dispersion = _dispersion(counted, failed, days[None, :] >= best[:, None])
    is_good = allowed[rows, best - 1] & (gains[rows, best - 1] >= SMALLEST_GAIN * dispersion)
    way = np.where(is_rise[rows, best - 1], 1, -1)
    return best, np.where(is_good, way, 0)


def _dispersion(sessions: Floats, failures: Floats, is_after: Booleans) -> Floats:
    """Compare the spread of the days within both parts with the binomial one; at least 1."""
    squares, expected, parts = (np.zeros(len(sessions)) for _ in range(3))
    for part in (is_after, ~is_after):
        counted, failed = sessions * part, failures * part
        total = np.maximum(counted.sum(axis=1), 1e-300)
        share = (failed.sum(axis=1) / total)[:, None]
        squares += ((failed - share * counted) ** 2).sum(axis=1)
        expected += (share * (1 - share) * counted).sum(axis=1)
        parts += (counted > 0).any(axis=1)
    days = np.count_nonzero(sessions, axis=1)
    unbiased = squares * days / np.maximum(days - parts, 1)
    return np.maximum(1.0, np.where(expected > 0, unbiased / np.maximum(expected, 1e-300), 1.0))


def _end_of_bad_days(sessions: Floats, failures: Floats, start: Integers) -> Integers:
    """Find the day after the last bad day, where good days since show that it is over."""
    days = np.arange(sessions.shape[1])
    is_active = (sessions > 0) & (days >= start[:, None])
    is_bad = is_active & (failures > BAD_SHARE * sessions)
    first, last = is_bad.argmax(axis=1), _last(is_bad)
    within = is_active & (days >= first[:, None]) & (days <= last[:, None])
    later = is_active & (days > last[:, None])
    bad_days, of_days = np.count_nonzero(is_bad, axis=1), np.count_nonzero(within, axis=1)
    good_days = np.count_nonzero(later, axis=1)
    spared = (1 - bad_days / (of_days + SUPPOSED_GOOD_DAYS)) ** good_days
    is_week = _last(is_active) - last >= CLEAN_DAYS
    is_over = is_bad.any(axis=1) & is_week & (spared < OVER_CHANCE)
    return np.where(is_over, later.argmax(axis=1), start)


def may_have_changed_on(
    sessions: Floats, failures: Floats, start: Integers, earlier: Integers
) -> Booleans:
    """Whether the share of each series may have changed on an earlier day than it seems.

    Parameters
    ----------
    sessions, failures : array of float, series by days
        The counts; 0 on days without a report.
    start, earlier : array of int
        The positions of the first day after the change, and of the earlier day.

    Returns
    -------
    array of bool
        Whether the days between are nearly as likely with the share since the change as before it;
        always so where they have no sessions.

    Examples
    --------
    >>> failures = np.array([[0.0] * 6 + [9.0] * 4])
    >>> sessions = np.array([[9.0, 9.0, 9.0, 9.0, 0.0, 0.0, 9.0, 9.0, 9.0, 9.0]])
    >>> [may_have_changed_on(sessions, failures, np.array([6]), day).tolist() for day in ([4], [2])]
    [[True], [False]]
    """
    days = np.arange(sessions.shape[1])
    begin, middle = np.asarray(earlier)[:, None], start[:, None]
    scale = np.minimum(1.0, LARGEST_DAY / np.maximum(sessions, 1.0))
    counted, failed = sessions * scale, failures * scale
    old, new = (
        np.clip(
            (failed * part).sum(axis=1) / np.maximum((counted * part).sum(axis=1), 1e-300),
            LEAST_SHARE,
            1 - LEAST_SHARE,
        )
        for part in (days < begin, days >= middle)
    )
    is_between = (days >= begin) & (days < middle)
    lost = (failed * is_between).sum(axis=1)
    kept = (counted * is_between).sum(axis=1) - lost
    drop = lost * np.log(old / new) + kept * np.log((1 - old) / (1 - new))
    return np.asarray(drop <= LIKELIHOOD_DROP)


def _spans_since(is_active: Booleans) -> Integers:
    """Count the days from each day to the last one with sessions, both included."""
    return np.asarray(_last(is_active)[:, None] - np.arange(is_active.shape[1]) + 1)


def _last(flags: Booleans) -> Integers:
    return np.asarray(flags.shape[1] - 1 - flags[:, ::-1].argmax(axis=1))
