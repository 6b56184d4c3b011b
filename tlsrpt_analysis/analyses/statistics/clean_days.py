"""What days with hardly any failure prove, though the sessions of a day share their fate.

A design effect cannot be estimated where nothing failed, and dividing by a supposed one says too
little: a day on which most sessions fail is rare, but then hardly one of many sessions is spared.
So the chance of a clean day is that of a beta-binomial one, and the number of days with a failure is
taken for a Poisson count. The correlation within days is assumed: `USUAL_CORRELATION` where no day
has more failures than one message explains, and `BAD_CORRELATION` where one has.

References
----------
Williams, D. A. (1975). The analysis of binary responses from toxicological experiments involving
reproduction and teratogenicity. Biometrics 31, 949-952.
"""

import numpy as np

from tlsrpt_analysis.analyses.statistics.changes import CLEAN_DAYS
from tlsrpt_analysis.analyses.statistics.distributions import log_gamma
from tlsrpt_analysis.arrays import Floats, Integers

USUAL_CORRELATION = 0.15
"""How much the sessions of a day correlate where no day with a failure shows it."""

BAD_CORRELATION = 0.4
"""How much they correlate where days with some failures show that they do, but are too few to say."""

OVER_BY_CHANCE = 0.05
"""A fault is over only if its last clean days are less likely than this by chance."""

MOST_EVENTS = np.array([3.6889, 5.5716, 7.2247, 8.7673, 10.2416])
"""The largest Poisson mean at which 0, 1, … 4 events have a chance of 2.5 %: one side of 95 %."""

STEPS = 20
"""Halvings of the interval in which the limit lies: to a millionth, finer than it is ever shown."""


def is_over(failing: Integers, active: Integers) -> bool:
    """Whether so many days since the last failure are clean that chance does not explain it.

    By chance the failing days are spread over all days since the first of them.

    Parameters
    ----------
    failing, active : array of int
        The numbers of the days with failures, and of those that could have shown one, ascending.

    Examples
    --------
    >>> is_over(np.arange(5), np.arange(40)), is_over(np.arange(33), np.arange(40))
    (True, True)
    >>> is_over(np.array([3]), np.arange(8)), is_over(np.arange(0, 40, 8), np.arange(40))
    (False, False)
    """
    if not len(failing):
        return False
    clean = int((active > failing[-1]).sum())
    since = int((active >= failing[0]).sum())
    by_chance: float = (1 - clean / since) ** len(failing)
    return clean >= CLEAN_DAYS and by_chance < OVER_BY_CHANCE


def log_chance_of_none(sessions: Floats, share: Floats | float) -> Floats:
    """Return the logarithm of the chance that none of a day's sessions fails.

    Parameters
    ----------
    sessions : array of float
        The sessions of each day.
    share : float or array of float
        The share of all sessions that fail.

    Examples
    --------
    >>> np.exp(log_chance_of_none(np.array([1.0, 30.0, 1000.0]), 0.02)).round(2).tolist()
    [0.98, 0.8, 0.55]
    """
    odds = (1 - USUAL_CORRELATION) / USUAL_CORRELATION
    failing, passing = share * odds, (1 - share) * odds
    whole = failing + passing
    return np.asarray(
        log_gamma(passing + sessions)
        + log_gamma(whole)
        - log_gamma(passing)
        - log_gamma(whole + sessions)
    )


def few_failures_limits(sessions: Floats, failing_days: Integers, correlations: Floats) -> Floats:
    """Return the largest share that few days with a failure leave possible, at 97.5 % confidence.

    Parameters
    ----------
    sessions : array of float, series by days
        The sessions of each day; 0 on days without a report.
    failing_days : array of int
        On how many of them a session failed: fewer than `MOST_EVENTS` has entries.
    correlations : array of float
        How much the sessions of a day correlate in each series.

    Returns
    -------
    array of float
        The share at which so few failing days have a chance of 2.5 %; 1 without enough sessions.

    Examples
    --------
    >>> days, failing_days = np.full((3, 14), 30.0), np.array([0, 1, 1])
    >>> few_failures_limits(days, failing_days, np.array([0.15, 0.15, 0.4])).round(3).tolist()
    [0.024, 0.036, 0.077]
    """
    first, number = _distinct(np.column_stack([sessions, failing_days, correlations]))
    return _limits(sessions[first], failing_days[first], correlations[first])[number]


def _distinct(rows: Floats) -> tuple[Integers, Integers]:
    """Return where each different row stands first, and which of them each row is.

    Parts of one whole have the same sessions, and a forged report names ten thousands of them.
    Sorting whole rows would take longer than one sum of each, which unlike rows hardly ever share.
    """
    sums = rows @ np.sqrt(np.arange(2, rows.shape[1] + 2))
    _, first, number = np.unique(sums, return_index=True, return_inverse=True)
    if np.array_equal(rows[first][number], rows):
        return first, number
    return np.arange(len(rows)), np.arange(len(rows))


def _limits(sessions: Floats, failing_days: Integers, correlations: Floats) -> Floats:
    odds = (1 - correlations) / correlations
    days = sessions.shape[1]
    whole = log_gamma(odds[:, None] + sessions).sum(axis=1) - days * log_gamma(odds)
    most = MOST_EVENTS[failing_days]
    low, high = np.zeros(len(sessions)), np.ones(len(sessions))
    for _ in range(STEPS):
        middle = (low + high) / 2
        passing = odds * (1 - middle)
        clean = log_gamma(passing[:, None] + sessions).sum(axis=1)
        expected = whole - clean + days * log_gamma(passing)
        is_possible = expected < most
        low, high = np.where(is_possible, middle, low), np.where(is_possible, high, middle)
    return high
