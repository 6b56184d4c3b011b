"""Shares with honest intervals, where the sessions of one day are not independent of each other.

A series is one value a day; the functions in the plural take many series at once, one a row, on
the same calendar; a day without sessions counts as no day.
"""

import numpy as np

from tlsrpt_analysis.analyses.statistics.clean_days import (
    MOST_EVENTS,
    USUAL_CORRELATION,
    few_failures_limits,
)
from tlsrpt_analysis.analyses.statistics.distributions import student_quantiles
from tlsrpt_analysis.analyses.statistics.runs import run_effects
from tlsrpt_analysis.arrays import Floats

CONFIDENCE_Z = 1.959964
"""The normal quantile of a two-sided interval of 95 %."""

CONFIDENCE_LEVEL = 0.975
"""One side of it."""

FEWEST_DAYS = 8
"""With fewer days their spread is unknown, so that no interval is given."""

ENOUGH_DAYS = 5.0
"""From so many days with failures, and with successes, the correlation within days is estimated."""

LONE_SHARE = 0.1
"""Lone failures are one a day, or at most a tenth of its sessions: no day was bad."""

SUPPOSED_DAYS = 10.0
"""As how many days that assumption counts where nothing else is known."""


def design_effect(sessions: Floats, failures: Floats) -> float:
    """Compute how many times the variance of a pooled share exceeds that of independent sessions.

    Parameters
    ----------
    sessions, failures : array of float
        One value a day: all sessions, and those of them that failed.

    Returns
    -------
    float
        The variance of the share with days as clusters, divided by the binomial one; at least 1.

    References
    ----------
    Rao, J. N. K., and Scott, A. J. (1992). A simple method for the analysis of clustered binary
    data. *Biometrics* 48 (2), 577-585.

    Examples
    --------
    >>> round(design_effect(np.array([10.0, 10.0]), np.array([10.0, 0.0])), 1)
    20.0
    """
    return float(design_effects(sessions[None], failures[None])[0])


def design_effects(sessions: Floats, failures: Floats) -> Floats:
    """Compute the design effect of each series, as `design_effect` does.

    Parameters
    ----------
    sessions, failures : array of float, series by days
        The counts; 0 on days without a report.

    Examples
    --------
    >>> design_effects(np.full((2, 2), 10.0), np.array([[10.0, 0.0], [5.0, 5.0]])).round(1).tolist()
    [20.0, 1.0]
    """
    total, failed = sessions.sum(axis=1), failures.sum(axis=1)
    days = np.count_nonzero(sessions, axis=1)
    share = failed / np.maximum(total, 1e-300)
    is_known = (days >= 2) & (share > 0) & (share < 1)
    squares = ((failures - share[:, None] * sessions) ** 2).sum(axis=1)
    between = days / np.maximum(days - 1, 1) * squares
    within = np.where(is_known, share * (1 - share) * total, 1.0)
    return np.where(is_known, np.maximum(1.0, between / within), 1.0)


def borrowed_design_effects(effects: Floats, lender_sizes: Floats, sizes: Floats) -> Floats:
    """Carry the correlation within days from senders to others that never failed.

    Parameters
    ----------
    effects : array of float
        The design effect of each sender that failed.
    lender_sizes, sizes : array of float
        The `day_sizes` of that sender, and of the one that borrows.

    Returns
    -------
    array of float
        The design effect that each borrower's own day sizes would have; at least 1.
    """
    correlation = np.minimum(
        1.0, (effects - 1) / np.where(lender_sizes > 1, lender_sizes - 1, np.inf)
    )
    return np.asarray(1 + correlation * np.maximum(0.0, sizes - 1))


def day_sizes(sessions: Floats) -> Floats:
    """Return the size of the day in which an average session of each series falls.

    Examples
    --------
    >>> day_sizes(np.array([[1.0, 3.0]])).tolist()
    [2.5]
    """
    return np.asarray((sessions**2).sum(axis=1) / np.maximum(sessions.sum(axis=1), 1e-300))


def wilson_interval(
    failures: float, sessions: float, *, quantile: float = CONFIDENCE_Z
) -> tuple[float, float]:
    """Return Wilson's interval for a share, of 95 % by default; the counts may be effective ones.

    Examples
    --------
    >>> tuple(round(end, 3) for end in wilson_interval(0, 40))
    (0.0, 0.088)
    """
    ends = wilson_intervals(np.array([failures]), np.array([sessions]), np.array([quantile]))
    return float(ends[0, 0]), float(ends[0, 1])


def wilson_intervals(failures: Floats, sessions: Floats, quantiles: Floats) -> Floats:
    """Return both ends of Wilson's interval for each share; 0 and 1 without sessions.

    References
    ----------
    Wilson, E. B. (1927). Probable inference, the law of succession, and statistical inference.
    *Journal of the American Statistical Association* 22 (158), 209-212.

    Examples
    --------
    >>> wilson_intervals(np.array([0.0]), np.array([40.0]), np.array([CONFIDENCE_Z])).round(3)
    array([[0.   , 0.088]])
    """
    counted = np.where(sessions > 0, sessions, 1.0)
    share, square = failures / counted, quantiles**2
    middle = share + square / (2 * counted)
    spread = np.maximum(0.0, share * (1 - share)) / counted + square / (4 * counted**2)
    half, scale = quantiles * np.sqrt(spread), 1 + square / counted
    low = np.where(failures <= 0, 0.0, np.maximum(0.0, (middle - half) / scale))
    high = np.where(failures >= sessions, 1.0, np.minimum(1.0, (middle + half) / scale))
    return np.stack([low, high], axis=1)


def clustered_intervals(sessions: Floats, failures: Floats) -> Floats:
    """Return the interval of 95 % of each pooled share, with days as clusters, for any number of days.

    Parameters
    ----------
    sessions, failures : array of float, series by days
        The counts; 0 on days without a report.

    Returns
    -------
    array of float, series by 2
        Wilson's interval on effective counts. These are divided by the design effect, and again
        where bad days come in runs; where fewer than five days carry the failures (or the
        successes) a correlation within days is assumed, the more the fewer they are. The
        quantile is larger where the design effect is estimated from few days On fewer than five
        failing days with lone failures the upper end is at most what so few of them leave possible
        (`clean_days`).

    Examples
    --------
    >>> days = np.full((1, 10), 10.0)
    >>> clustered_intervals(days, np.array([[10.0, 0.0] * 5])).round(2).tolist()
    [[0.17, 0.83]]
    """
    effects, quantiles = spreads(sessions, failures)
    failed, total = failures.sum(axis=1), sessions.sum(axis=1)
    ends = wilson_intervals(failed / effects, total / effects, quantiles)
    failing_days = np.count_nonzero(failures > 0, axis=1)
    is_lone = (failures <= np.maximum(1.0, LONE_SHARE * sessions)).all(axis=1)
    few = np.flatnonzero(is_lone & (failing_days < len(MOST_EVENTS)) & (total > 0))
    if len(few):
        limits = few_failures_limits(sessions[few], failing_days[few])
        normal = np.full(len(few), CONFIDENCE_Z)
        independent = wilson_intervals(failed[few], total[few], normal)[:, 1]
        ends[few, 1] = np.minimum(ends[few, 1], np.maximum(limits, independent))
    return ends


def spreads(sessions: Floats, failures: Floats) -> tuple[Floats, Floats]:
    """Compute by what to divide the counts of each series, and how many standard errors to go.

    Parameters
    ----------
    sessions, failures : array of float, series by days
        The counts; 0 on days without a report.

    Returns
    -------
    tuple of two arrays
        Effects and quantiles. The design effect is itself an estimate, and as good as the number
        of days that carry the rarer outcome; so Student's t with one degree of freedom less than
        these days replaces the normal quantile, to the extent that days cluster at all.

    References
    ----------
    Rao, J. N. K., and Scott, A. J. (1992). A simple method for the analysis of clustered binary
    data. *Biometrics* 48 (2), 577-585.
    Korn, E. L., and Graubard, B. I. (1998). Confidence intervals for proportions with small
    expected number of positive counts estimated from survey data. *Survey Methodology* 24 (2),
    193-201.
    """
    runs = run_effects(sessions, failures)
    parts = (failures, sessions - failures, sessions)
    carrying = np.min([_effective_days(counts) for counts in parts], axis=0) / runs
    thin = np.clip(1 - carrying / ENOUGH_DAYS, 0.0, 1.0)
    seen = design_effects(sessions, failures) * runs
    usual = 1 + USUAL_CORRELATION * np.maximum(0.0, day_sizes(sessions) - 1)
    effects = seen + thin * np.maximum(0.0, usual - seen)
    if (effects <= 1).all():
        return effects, np.full(effects.shape, CONFIDENCE_Z)
    known = np.maximum(1.0, carrying - 1 + SUPPOSED_DAYS * thin**2)
    student = student_quantiles(known, CONFIDENCE_LEVEL)
    return effects, CONFIDENCE_Z + (1 - 1 / effects) * (student - CONFIDENCE_Z)


def daily_share_intervals(sessions: Floats, failures: Floats) -> Floats:
    """Return the interval of 95 % of each pooled share, with days as clusters.

    Parameters
    ----------
    sessions, failures : array of float, series by days
        The counts; 0 on days without a report.

    Returns
    -------
    array of float, series by 2
        Both ends; not a number where fewer than `FEWEST_DAYS` days have sessions.

    Examples
    --------
    >>> days = np.full((1, 8), 10.0)
    >>> daily_share_intervals(days, days / 2).round(2).tolist()
    [[0.39, 0.61]]
    """
    ends = clustered_intervals(sessions, failures)
    ends[np.count_nonzero(sessions, axis=1) < FEWEST_DAYS] = np.nan
    return ends


def difference_intervals(before: tuple[Floats, Floats], after: tuple[Floats, Floats]) -> Floats:
    """Return the interval of 95 % of each share after minus the share before, days as clusters.

    Parameters
    ----------
    before, after : pair of array of float, series by days
        The sessions and the failures; 0 on days without a report.

    Returns
    -------
    array of float, series by 2
        Newcombe's interval: the distances of both shares to the ends of their own intervals,
        squared and added. Days without a failure do not show how failures cluster, so the period
        with fewer failing days borrows the correlation of the other.

    References
    ----------
    Newcombe, R. G. (1998). Interval estimation for the difference between independent proportions:
    comparison of eleven methods. *Statistics in Medicine* 17 (8), 873-890 (method 10).

    Examples
    --------
    >>> days = np.full((1, 10), 10.0)
    >>> difference_intervals((days, days / 2), (days, days * 0)).round(2).tolist()
    [[-0.6, -0.36]]
    """
    (old, old_ends), (new, new_ends) = (
        _shares_and_ends(*before, *after),
        _shares_and_ends(*after, *before),
    )
    difference = new - old
    low = difference - np.hypot(new - new_ends[:, 0], old_ends[:, 1] - old)
    high = difference + np.hypot(new_ends[:, 1] - new, old - old_ends[:, 0])
    return np.stack([low, high], axis=1)


def _effective_days(counts: Floats) -> Floats:
    squares = (counts**2).sum(axis=1)
    return np.where(squares > 0, counts.sum(axis=1) ** 2 / np.where(squares > 0, squares, 1.0), 0.0)


def _shares_and_ends(
    sessions: Floats, failures: Floats, other_sessions: Floats, other_failures: Floats
) -> tuple[Floats, Floats]:
    effects, quantiles = spreads(sessions, failures)
    sizes = day_sizes(other_sessions), day_sizes(sessions)
    lent = borrowed_design_effects(design_effects(other_sessions, other_failures), *sizes)
    borrows = np.count_nonzero(failures, axis=1) < np.count_nonzero(other_failures, axis=1)
    effects = np.where(borrows, np.maximum(effects, lent), effects)
    failed, total = failures.sum(axis=1), sessions.sum(axis=1)
    ends = wilson_intervals(failed / effects, total / effects, quantiles)
    return failed / np.maximum(total, 1e-300), ends
