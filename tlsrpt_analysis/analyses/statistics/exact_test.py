"""Fisher's exact test on many tables at once, and the correction for many tests."""

import numpy as np

from tlsrpt_analysis.analyses.statistics.distributions import log_gamma
from tlsrpt_analysis.arrays import Floats

SMALLEST_TERM = 1e-12
"""The rest of a tail is left out when the next term is so small a part of the sum."""


def fisher_p_values(
    failures: Floats, sessions: Floats, other_failures: Floats, other_sessions: Floats
) -> Floats:
    """Compute the chance of so many more failures of the first, if both fail alike.

    Parameters
    ----------
    failures, sessions, other_failures, other_sessions : array of float
        Whole numbers, one table a place.

    Returns
    -------
    array of float
        One-sided; 1, an upper bound, where the other fails as often or more.

    References
    ----------
    Fisher, R. A. (1935). The logic of inductive inference. *Journal of the Royal Statistical
    Society* 98 (1), 39-82.

    Examples
    --------
    >>> ten = np.array([10.0])
    >>> fisher_p_values(np.array([4.0]), ten, np.array([0.0]), ten).round(4).tolist()
    [0.0433]
    """
    values = np.ones(len(failures))
    more = np.flatnonzero(failures * other_sessions > other_failures * sessions)
    first, whole, others = failures[more], sessions[more], other_sessions[more]
    failed = first + other_failures[more]
    values[more] = np.exp(_log_chance(first, whole, failed, others)) * _tail(
        first, whole, failed, others
    )
    return np.minimum(values, 1.0)


def q_values(p_values: Floats) -> Floats:
    """Compute the share of false alarms to expect up to each p-value, by Benjamini and Hochberg.

    References
    ----------
    Benjamini, Y., and Hochberg, Y. (1995). Controlling the false discovery rate: a practical and
    powerful approach to multiple testing. *Journal of the Royal Statistical Society B* 57 (1),
    289-300.

    Examples
    --------
    >>> q_values(np.array([0.01, 0.5, 0.02])).round(3).tolist()
    [0.03, 0.5, 0.03]
    """
    count = len(p_values)
    order = np.argsort(p_values, kind="stable")
    scaled = p_values[order] * count / np.arange(1, count + 1)
    values = np.empty(count)
    values[order] = np.minimum.accumulate(scaled[::-1])[::-1]
    return np.minimum(values, 1.0)


def _log_chance(first: Floats, whole: Floats, failed: Floats, others: Floats) -> Floats:
    """Return the logarithm of the hypergeometric chance of exactly so many failures."""

    def choose(of: Floats, part: Floats) -> Floats:
        return log_gamma(of + 1) - log_gamma(part + 1) - log_gamma(of - part + 1)

    return choose(whole, first) + choose(others, failed - first) - choose(whole + others, failed)


def _tail(first: Floats, whole: Floats, failed: Floats, others: Floats) -> Floats:
    """Add up the chances of as many failures or more, in units of the first."""
    total = np.ones(len(first))
    place, count, term = np.arange(len(first)), first.copy(), np.ones(len(first))
    while len(place):  # ends, as the term is 0 where all or as many as failed have failed here
        left, all_failed, rest = whole[place] - count, failed[place], others[place]
        term = term * left * (all_failed - count) / ((count + 1) * (rest - all_failed + count + 1))
        total[place] += term
        goes_on = term > SMALLEST_TERM * total[place]
        place, count, term = place[goes_on], count[goes_on] + 1, term[goes_on]
    return total
