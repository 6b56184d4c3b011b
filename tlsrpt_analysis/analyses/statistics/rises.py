"""Whether a share has risen, asked again every day: evidence that adds up and starts anew at none.

Each day has an e-value: the likelihood of its failures where something is at fault, divided by
that of a usual day. Its mean is at most 1 while nothing changes, whatever was looked at before, so
the sum of logarithms that starts anew at 0 (Page's CUSUM) reaches ``log(days)`` at most once in so
many days on average. Usual days are beta-binomial: their sessions share their fate.

References
----------
Page, E. S. (1954). Continuous inspection schemes. *Biometrika* 41 (1-2), 100-115.
Lorden, G. (1971). Procedures for reacting to a change in distribution. *Annals of Mathematical
Statistics* 42 (6), 1897-1908.
Shin, J., Ramdas, A., and Rinaldo, A. (2024). E-detectors: a nonparametric framework for sequential
change detection. *New England Journal of Statistics in Data Science* 2 (2), 229-260.
"""

import numpy as np

from tlsrpt_analysis.analyses.statistics.clean_days import BAD_CORRELATION, USUAL_CORRELATION
from tlsrpt_analysis.analyses.statistics.day_clusters import day_sizes, design_effects
from tlsrpt_analysis.analyses.statistics.distributions import log_gamma
from tlsrpt_analysis.analyses.statistics.intervals import LONE_FAILURES, MILD_SHARE
from tlsrpt_analysis.arrays import Booleans, Floats, Integers

FAULT_SHARES = (1.0, 3.0)
"""The share of a day at fault is Beta(1, 3): any, small ones more often than large ones."""

SPARED_DAYS = 0.2
"""So many of the days of a fault may be as usual ones: it comes and goes."""

LEAST_SHARE = 0.001
"""A usual day fails in a thousandth of its sessions or more, even if it never did."""

MOST_SHARE = 0.999
SUPPOSED_DAYS = 14.0
"""Before there are many usual days, as many days of `LEAST_SHARE` are counted beside them."""

LEAST_CORRELATION, MOST_CORRELATION = 0.02, 0.6
ENOUGH_DAYS = 5.0
"""From so many failing days the correlation within days is estimated, before it is supposed."""

ALIKE_PART = 0.5
"""An earlier day is like a later one when its share is at least half as large."""


def usual_days(sessions: Floats, failures: Floats) -> tuple[Floats, Floats]:
    """Estimate the share of usual days, and how much the sessions of a day correlate.

    Parameters
    ----------
    sessions, failures : array of float, series by days
        The counts of the days taken for usual; 0 on days without a report.

    Returns
    -------
    tuple of two arrays of float
        The mean share of a day, and the correlation within days: `USUAL_CORRELATION` where no day
        was bad, `BAD_CORRELATION` where one was, and the more what the days show the more of them
        failed.

    Examples
    --------
    >>> days = np.full((1, 40), 100.0)
    >>> [found.round(3).tolist() for found in usual_days(days, days * 0)]
    [[0.001], [0.15]]
    """
    count = np.count_nonzero(sessions, axis=1)
    shares = np.divide(failures, sessions, out=np.zeros_like(failures), where=sessions > 0)
    mean = (shares.sum(axis=1) + LEAST_SHARE * SUPPOSED_DAYS) / (count + SUPPOSED_DAYS)
    size = day_sizes(sessions)
    effects = design_effects(sessions, failures)
    seen = np.where(size > 1, (effects - 1) / np.maximum(size - 1, 1e-9), USUAL_CORRELATION)
    failing = np.count_nonzero(failures, axis=1)
    weight = np.minimum(1.0, failing / ENOUGH_DAYS)
    is_bad = ((failures > LONE_FAILURES) & (failures > MILD_SHARE * sessions)).any(axis=1)
    supposed = np.where(is_bad, BAD_CORRELATION, USUAL_CORRELATION)
    correlation = np.clip(
        weight * seen + (1 - weight) * supposed, LEAST_CORRELATION, MOST_CORRELATION
    )
    return np.clip(mean, LEAST_SHARE, MOST_SHARE), correlation


def daily_evidence(
    sessions: Floats, failures: Floats, usual: tuple[Floats, Floats], most: Floats
) -> Floats:
    """Return the logarithm of each day's e-value; 0 on days without sessions.

    Parameters
    ----------
    sessions, failures, most : array of float, series by days
        The counts, and the largest value that each day may have, as `most_evidence` finds it.
    usual : pair of array of float
        The share and the correlation of usual days, as `usual_days` estimates them.
    """
    share, correlation = (value[:, None] for value in usual)
    odds = (1 - correlation) / correlation
    usual_log = _log_beta_binomial(sessions, failures, share * odds, (1 - share) * odds)
    fault_log = _log_beta_binomial(sessions, failures, *map(np.array, FAULT_SHARES))
    both = np.logaddexp(np.log(1 - SPARED_DAYS) + fault_log - usual_log, np.log(SPARED_DAYS))
    is_below = failures <= share * sessions  # better than usual is no fault
    evidence = np.where(is_below, np.minimum(both, 0.0), both)
    return np.where(sessions > 0, np.minimum(evidence, most), 0.0)


def most_evidence(
    sessions: Floats,
    failures: Floats,
    is_known: Booleans,
    supposed: tuple[Floats, Floats],
    size: int,
) -> Floats:
    """Return the most that each of the last days may add, as days like it come by themselves.

    However many sessions fail, a day like those that came alone before is no more of a surprise
    than they were: it adds the logarithm of the time between such days, which is estimated from all
    days before it, those of the same rise among them.

    Parameters
    ----------
    sessions, failures : array of float, series by days
        The counts.
    is_known : array of bool, series by days
        Days of a known fault, which do not come by themselves.
    supposed : pair of array of float
        By series, so many such days in so many days are counted beside what was seen.
    size : int
        So many last days.

    Returns
    -------
    array of float, series by days
        Infinity on days without a failure.

    Examples
    --------
    >>> days, failures = np.full((1, 60), 100.0), np.zeros((1, 60))
    >>> failures[0, [20, 40, 59]] = 50, 2, 50
    >>> supposed = np.array([0.5]), np.array([60.0])
    >>> most = most_evidence(days, failures, np.zeros((1, 60), "bool"), supposed, 20)
    >>> np.exp(most[0, [0, 19]]).round(1).tolist()
    [66.7, 79.3]
    """
    first = sessions.shape[1] - size
    series, day = np.nonzero(failures[:, first:])
    day += first
    shares = np.divide(failures, sessions, out=np.zeros_like(failures), where=failures > 0)
    is_before = np.arange(sessions.shape[1]) < day[:, None]
    is_before &= (sessions > 0)[series] & ~is_known[series]
    is_alike = shares[series] >= ALIKE_PART * shares[series, day][:, None]
    such, days = (value[series] for value in supposed)
    alike = np.count_nonzero(is_before & is_alike, axis=1) + such
    most = np.full((len(sessions), size), np.inf)
    most[series, day - first] = np.log((np.count_nonzero(is_before, axis=1) + days) / alike)
    return most


def _log_beta_binomial(sessions: Floats, failures: Floats, a: Floats, b: Floats) -> Floats:
    """Return the log-likelihood of the failures, without the binomial coefficient."""
    return np.asarray(
        log_gamma(a + failures)
        + log_gamma(b + sessions - failures)
        - log_gamma(a + b + sessions)
        - log_gamma(a)
        - log_gamma(b)
        + log_gamma(a + b)
    )


def evidence_sums(evidence: Floats) -> tuple[Floats, Integers]:
    """Return the evidence that has added up by each day, and the day on which it began to.

    Examples
    --------
    >>> sums, begins = evidence_sums(np.array([[-1.0, 2.0, -0.5, 2.0, -9.0]]))
    >>> sums.tolist(), begins.tolist()
    ([[0.0, 2.0, 1.5, 3.5, 0.0]], [[0, 1, 1, 1, 1]])
    """
    sums = np.zeros_like(evidence)
    begins = np.zeros(evidence.shape, "int64")
    total, begin = np.zeros(len(evidence)), np.zeros(len(evidence), "int64")
    for day in range(evidence.shape[1]):
        begin = np.where(total <= 0, day, begin)
        total = np.maximum(0.0, total + evidence[:, day])
        sums[:, day], begins[:, day] = total, begin
    return sums, begins
