"""Other ways to an interval for a share by days, to compare ours with.

Each takes the sessions and failures of series by days, and returns both ends.
"""

from collections.abc import Callable

import numpy as np

from benchmarks.daily_series import Counts
from tlsrpt_analysis.analyses.statistics.day_clusters import design_effects, surplus
from tlsrpt_analysis.analyses.statistics.distributions import student_quantiles
from tlsrpt_analysis.analyses.statistics.intervals import (
    CONFIDENCE_LEVEL,
    CONFIDENCE_Z,
    clustered_intervals,
    wilson_intervals,
)
from tlsrpt_analysis.analyses.statistics.runs import lag_effects

REPEATS = 500


def pooled(sessions: Counts, failures: Counts) -> Counts:
    """Return Wilson's interval, as if all sessions were independent."""
    return _wilson(sessions, failures, np.ones(len(sessions)), CONFIDENCE_Z)


def rao_scott(sessions: Counts, failures: Counts) -> Counts:
    """Return Wilson's interval on counts divided by the design effect, with Student's t."""
    degrees = np.maximum(1.0, np.count_nonzero(sessions, axis=1) - 1)
    quantiles = student_quantiles(degrees, CONFIDENCE_LEVEL)
    return _wilson(sessions, failures, design_effects(sessions, failures), quantiles)


def beta_binomial(sessions: Counts, failures: Counts) -> Counts:
    """Return the same for beta-binomial days of an estimated correlation, in an AR(1) series."""
    days = np.maximum(2, np.count_nonzero(sessions, axis=1))
    total, squares = sessions.sum(axis=1), (sessions**2).sum(axis=1)
    share = failures.sum(axis=1) / total
    binomial = share * (1 - share)
    size = np.maximum(sessions, 1)
    rest = (surplus(sessions, failures) ** 2 / size).sum(axis=1) / (days - 1)
    mean_size = (total - squares / total) / (days - 1)
    known = binomial > 0
    times = np.where(known, rest / np.where(known, binomial, 1.0), 1.0)
    correlation = np.clip((times - 1) / np.maximum(mean_size - 1, 1e-9), 0, 1)
    effects = 1 + correlation * np.maximum(0.0, squares / total - 1)
    quantiles = student_quantiles(days - 1.0, CONFIDENCE_LEVEL)
    return _wilson(sessions, failures, effects * lag_effects(sessions, failures), quantiles)


def newey_west(sessions: Counts, failures: Counts) -> Counts:
    """Return the same with Newey and West's variance and fixed-b critical values.

    The bandwidth is 1.3 times the root of the days (Lazarus, Lewis, Stock and Watson 2018), the
    critical values are Kiefer and Vogelsang's (2005).
    """
    days = np.maximum(1, np.count_nonzero(sessions, axis=1))
    bandwidth = np.floor(1.3 * np.sqrt(days))
    rest = surplus(sessions, failures)
    variance = (rest**2).sum(axis=1)
    for lag in range(1, int(bandwidth.max())):
        weight = np.maximum(0.0, 1 - lag / bandwidth)
        variance += 2 * weight * (rest[:, lag:] * rest[:, :-lag]).sum(axis=1)
    part = bandwidth / days
    quantiles = 1.96 + 2.9694 * part + 0.416 * part**2 - 0.5324 * part**3
    return _wilson(sessions, failures, _effects(sessions, failures, variance), quantiles)


def cosines(sessions: Counts, failures: Counts) -> Counts:
    """Return the same with the equal-weighted cosine variance, and as many degrees as cosines."""
    days = np.maximum(1, np.count_nonzero(sessions, axis=1))
    count = np.maximum(4, np.floor(0.41 * days ** (2 / 3)))
    rest = surplus(sessions, failures)
    place = (np.cumsum(sessions > 0, axis=1) - 0.5) / days[:, None]
    variance = np.zeros(len(days))
    for order in range(1, int(count.max()) + 1):
        transform = np.sqrt(2) * (np.cos(np.pi * order * place) * rest).sum(axis=1)
        variance += np.where(order <= count, transform**2 / count, 0.0)
    quantiles = student_quantiles(count, CONFIDENCE_LEVEL)
    return _wilson(sessions, failures, _effects(sessions, failures, variance), quantiles)


def stationary_bootstrap(sessions: Counts, failures: Counts) -> Counts:
    """Return percentiles of shares of days drawn anew in blocks of random length.

    The mean length is Politis and White's (2004) for an AR(1) series.
    """
    days = np.count_nonzero(sessions, axis=1)
    effects = lag_effects(sessions, failures)
    r = (effects - 1) / (effects + 1)
    lengths = np.maximum(1, np.round((2 * r / (1 - r**2)) ** (2 / 3) * np.cbrt(days)))
    generator = np.random.default_rng(8460)
    ends = np.full((len(days), 2), np.nan)
    for count, length in np.unique(np.stack([days, lengths], axis=1).astype(int), axis=0):
        rows = np.flatnonzero((days == count) & (lengths == length))
        drawn = _blocks(generator, int(count), float(length))
        order = np.argsort(sessions[rows] == 0, axis=1, kind="stable")[:, :count]
        whole, failed = (
            np.take_along_axis(values[rows], order, axis=1) for values in (sessions, failures)
        )
        shares = (failed @ drawn.T) / np.maximum(whole @ drawn.T, 1e-9)
        ends[rows] = np.percentile(shares, [2.5, 97.5], axis=1).T
    return ends


METHODS: dict[str, Callable[[Counts, Counts], Counts]] = {
    "ours": clustered_intervals,
    "Rao and Scott, Student's t": rao_scott,
    "beta-binomial, AR(1)": beta_binomial,
    "Newey and West, fixed b": newey_west,
    "cosines, Student's t": cosines,
    "stationary bootstrap": stationary_bootstrap,
    "independent sessions": pooled,
}


def _blocks(generator: np.random.Generator, days: int, length: float) -> Counts:
    """Draw how often each day counts in each repeat, in blocks that begin with a chance."""
    begins = generator.random((REPEATS, days)) < 1 / length
    begins[:, 0] = True
    starts = generator.integers(0, days, (REPEATS, days))
    places = np.arange(days)
    last = np.maximum.accumulate(np.where(begins, places, 0), axis=1)
    day = (np.take_along_axis(starts, last, axis=1) + places - last) % days
    cells = day + days * np.arange(REPEATS)[:, None]
    counts = np.bincount(cells.ravel(), minlength=REPEATS * days)
    return counts.reshape(REPEATS, days).astype("float64")


def _effects(sessions: Counts, failures: Counts, variance: Counts) -> Counts:
    total = sessions.sum(axis=1)
    share = failures.sum(axis=1) / total
    within = share * (1 - share) * total
    return np.where(within > 0, np.maximum(1.0, variance / np.where(within > 0, within, 1.0)), 1.0)


def _wilson(
    sessions: Counts, failures: Counts, effects: Counts, quantiles: Counts | float
) -> Counts:
    failed, total = failures.sum(axis=1), sessions.sum(axis=1)
    whole = np.broadcast_to(quantiles, failed.shape).astype("float64")
    return wilson_intervals(failed / effects, total / effects, whole)
