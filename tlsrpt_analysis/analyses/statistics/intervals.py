"""Shares with honest intervals, where the sessions of one day are not independent of each other.

A series is one value a day; the functions in the plural take many series at once, one a row, on
the same calendar; a day without sessions counts as no day.
"""

from collections.abc import Callable

import numpy as np

from tlsrpt_analysis.analyses.statistics.clean_days import (
    BAD_CORRELATION,
    MOST_EVENTS,
    USUAL_CORRELATION,
    few_failures_limits,
)
from tlsrpt_analysis.analyses.statistics.day_clusters import (
    day_sizes,
    design_effects,
    effective_days,
    known_spread_days,
)
from tlsrpt_analysis.analyses.statistics.distributions import student_quantiles
from tlsrpt_analysis.analyses.statistics.runs import lag_effects, run_effects
from tlsrpt_analysis.arrays import Floats

CONFIDENCE_Z = 1.959964
"""The normal quantile of a two-sided interval of 95 %."""

CONFIDENCE_LEVEL = 0.975
"""One side of it."""

FEWEST_DAYS = 8
"""With fewer days their spread is unknown, so that no interval is given."""

ENOUGH_DAYS = 5.0
"""From so many days with failures, and with successes, the correlation within days is estimated."""

LONE_FAILURES = 3.0
"""So few failures of a day may be those of a single message."""

MILD_SHARE = 0.1
"""A day on which at most a tenth of the sessions fails is no bad day."""

SUPPOSED_DAYS = 10.0
"""As how many days that assumption counts where nothing else is known."""

RunEffects = Callable[[Floats, Floats], Floats]
"""How many times runs of bad days multiply the variance: `run_effects` or `lag_effects`."""


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
        where a day resembles the day before; where fewer than five days carry the failures (or the
        successes) a correlation within days is assumed, the more the fewer they are. The
        quantile is larger where the design effect is estimated from few days. Where fewer than five
        days have a failure, and none is bad, the upper end is at most what so few of them leave
        possible (`clean_days`).

    Examples
    --------
    >>> days = np.full((1, 10), 10.0)
    >>> clustered_intervals(days, np.array([[10.0, 0.0] * 5])).round(2).tolist()
    [[0.17, 0.83]]
    """
    ends = _spread_intervals(sessions, failures, spreads(sessions, failures))
    ends[:, 1] = np.minimum(ends[:, 1], _few_days_limits(sessions, failures))
    return ends


def spreads(
    sessions: Floats, failures: Floats, *, runs: RunEffects = run_effects
) -> tuple[Floats, Floats]:
    """Compute by what to divide the counts of each series, and how many standard errors to go.

    Parameters
    ----------
    sessions, failures : array of float, series by days
        The counts; 0 on days without a report.
    runs : callable, optional
        What runs of bad days add to the variance.

    Returns
    -------
    tuple of two arrays
        Effects and quantiles. The design effect is itself an estimate, and as good as the number
        of days that carry the rarer outcome, or differ from the rest; so Student's t with one
        degree of freedom less than these days replaces the normal quantile, to the extent that
        days cluster at all.

    References
    ----------
    Rao, J. N. K., and Scott, A. J. (1992). A simple method for the analysis of clustered binary
    data. *Biometrics* 48 (2), 577-585.
    Korn, E. L., and Graubard, B. I. (1998). Confidence intervals for proportions with small
    expected number of positive counts estimated from survey data. *Survey Methodology* 24 (2),
    193-201.
    """
    in_runs = runs(sessions, failures)
    effects, carrying, supposed = spread_effects(sessions, failures, in_runs)
    spread_days = known_spread_days(sessions, failures) / in_runs
    return effects, effect_quantiles(effects, np.minimum(carrying - 1, spread_days) + supposed)


def spread_effects(
    sessions: Floats, failures: Floats, in_runs: Floats
) -> tuple[Floats, Floats, Floats]:
    """Compute by what to divide the counts of each series, and from how many days that is known.

    Parameters
    ----------
    sessions, failures : array of float, series by days
        The counts; 0 on days without a report.
    in_runs : array of float
        How many times runs multiply the variance of each series.

    Returns
    -------
    tuple of three arrays
        The effects, the days that carry the rarer outcome, and the days to add to them for what is
        assumed where they are few.
    """
    parts = (failures, sessions - failures, sessions)
    carrying = np.min([effective_days(counts) for counts in parts], axis=0) / in_runs
    thin = np.clip(1 - carrying / ENOUGH_DAYS, 0.0, 1.0)
    seen = design_effects(sessions, failures) * in_runs
    usual = 1 + USUAL_CORRELATION * np.maximum(0.0, day_sizes(sessions) - 1)
    return seen + thin * np.maximum(0.0, usual - seen), carrying, SUPPOSED_DAYS * thin**2


def effect_quantiles(effects: Floats, known: Floats) -> Floats:
    """Return how many standard errors to go, if effects are known from so many days."""
    student = student_quantiles(np.maximum(1.0, known), CONFIDENCE_LEVEL)
    return np.asarray(CONFIDENCE_Z + (1 - 1 / effects) * (student - CONFIDENCE_Z))


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


def part_intervals(totals: Floats, parts: Floats) -> Floats:
    """Return the interval of 95 % of the share of each part of a total, with days as clusters.

    Parameters
    ----------
    totals, parts : array of float, series by days
        The counts; 0 on days without any.

    Returns
    -------
    array of float, series by 2
        Both ends; not a number where fewer than `FEWEST_DAYS` days have a total. A part that begins
        or ends counts as a run, as what comes next is as open as in any run.

    Examples
    --------
    >>> days = np.full((1, 8), 10.0)
    >>> part_intervals(days, np.array([[10.0, 0.0] * 4])).round(2).tolist()
    [[0.13, 0.87]]
    """
    ends = _spread_intervals(totals, parts, spreads(totals, parts, runs=lag_effects))
    ends[np.count_nonzero(totals, axis=1) < FEWEST_DAYS] = np.nan
    return ends


def _spread_intervals(sessions: Floats, failures: Floats, spread: tuple[Floats, Floats]) -> Floats:
    """Return Wilson's intervals on counts divided by their effects, with their quantiles."""
    effects, quantiles = spread
    failed, total = failures.sum(axis=1), sessions.sum(axis=1)
    return wilson_intervals(failed / effects, total / effects, quantiles)


def _few_days_limits(sessions: Floats, failures: Floats) -> Floats:
    """Return what few failing days leave possible, and 1 where there are more, or a bad one."""
    failing_days = np.count_nonzero(failures > 0, axis=1)
    is_lone = np.all(failures <= LONE_FAILURES, axis=1)
    is_mild = np.all(failures <= np.maximum(LONE_FAILURES, MILD_SHARE * sessions), axis=1)
    few = np.flatnonzero(is_mild & (failing_days < len(MOST_EVENTS)) & (sessions > 0).any(axis=1))
    limits = np.ones(len(sessions))
    if len(few):
        counts = failures[few].sum(axis=1), sessions[few].sum(axis=1)
        independent = wilson_intervals(*counts, np.full(len(few), CONFIDENCE_Z))[:, 1]
        correlations = np.where(is_lone[few], USUAL_CORRELATION, BAD_CORRELATION)
        possible = few_failures_limits(sessions[few], failing_days[few], correlations)
        limits[few] = np.maximum(possible, independent)
    return limits
