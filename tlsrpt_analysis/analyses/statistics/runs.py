"""Bad days that come in runs, and as how many fewer independent days they count."""

import numpy as np

from tlsrpt_analysis.analyses.statistics.day_clusters import surplus
from tlsrpt_analysis.arrays import Booleans, Floats, Integers

SEEN_CORRELATION = 1.645
"""Days depend on the day before for sure where the correlation is so many standard errors above 0."""

LARGEST_CORRELATION = 0.9
"""Longer runs cannot be estimated from a month."""

SHORTEST_PART = 7
"""Fewer days before or after a change may be one run of bad days, or of good ones."""


def run_effects(sessions: Floats, failures: Floats) -> Floats:
    """Compute how many times the variance of a share exceeds that of independent days.

    Parameters
    ----------
    sessions, failures : array of float, series by days
        The counts; 0 on days without a report.

    Returns
    -------
    array of float
        (1 + r) / (1 - r) for a correlation r of each day with the day before, as of a chain of
        good and bad days; 1 where r is not positive, or where one change for good explains it, with
        `SHORTEST_PART` days or more on either side: a fault that began, or was fixed, is no run.

    References
    ----------
    Bayley, G. V., and Hammersley, J. M. (1946). The "effective" number of independent observations
    in an autocorrelated time series. *Supplement to the Journal of the Royal Statistical Society*
    8 (2), 184-197.

    Examples
    --------
    >>> ten, bad = np.full((1, 40), 10.0), np.repeat([0.0, 8.0] * 4, 5)[None]
    >>> run_effects(ten, bad).round(1).tolist()
    [5.6]
    >>> run_effects(ten, np.repeat([0.0, 8.0], 20)[None]).tolist()
    [1.0]
    """
    effects = lag_effects(sessions, failures)
    rows = np.flatnonzero(effects > 1)
    if not len(rows):
        return effects
    rest, shorter = _less_one_change(sessions[rows], failures[rows])
    limit = SEEN_CORRELATION / np.sqrt(np.count_nonzero(sessions[rows], axis=1))
    is_change = (shorter >= SHORTEST_PART) & (_ratio(*_lag_sums(rest)) <= limit)
    effects[rows[is_change]] = 1.0
    return effects


def lag_effects(sessions: Floats, failures: Floats) -> Floats:
    """Compute the same as `run_effects`, but let a single change count as a run as well.

    Examples
    --------
    >>> ten = np.full((1, 40), 10.0)
    >>> lag_effects(ten, np.repeat([0.0, 8.0], 20)[None]).round(1).tolist()
    [19.0]
    """
    days = np.maximum(1, np.count_nonzero(sessions, axis=1))
    seen = _ratio(*_lag_sums(surplus(sessions, failures)))
    return _effects(seen, days, seen > 0)


def common_run_effects(before: tuple[Floats, Floats], after: tuple[Floats, Floats]) -> Floats:
    """Compute the effect of runs that two periods of the same series share.

    Parameters
    ----------
    before, after : pair of array of float, series by days
        The sessions and the failures; 0 on days without a report.

    Returns
    -------
    array of float
        As `run_effects`, from the correlation of neighbouring days in both periods together, where
        it is significant: a difference has the chance errors of both periods, and what is too much
        for one of them by chance is too much for both.

    Examples
    --------
    >>> ten, bad = np.full((1, 40), 10.0), np.repeat([0.0, 8.0] * 4, 5)[None]
    >>> common_run_effects((ten, bad), (ten, ten * 0)).round(1).tolist()
    [5.6]
    """
    squares, products, days = (
        np.sum(parts, axis=0)
        for parts in zip(_scaled_sums(*before), _scaled_sums(*after), strict=True)
    )
    days = np.maximum(1.0, days)
    seen = _ratio(squares, products)
    return _effects(seen, days / 2, seen > SEEN_CORRELATION / np.sqrt(days))


def _effects(seen: Floats, days: Floats | Integers, counts: Booleans) -> Floats:
    """Return the effects of the correlations that count; estimates of them are too small."""
    corrected = np.minimum(LARGEST_CORRELATION, seen + (1 + 3 * seen) / days)
    r = np.where(counts, corrected, 0.0)
    return np.asarray((1 + r) / (1 - r))


def _lag_sums(rest: Floats) -> tuple[Floats, Floats]:
    """Return the sum of the squares, and of the products of neighbours."""
    return (rest**2).sum(axis=1), (rest[:, 1:] * rest[:, :-1]).sum(axis=1)


def _scaled_sums(sessions: Floats, failures: Floats) -> tuple[Floats, Floats, Floats]:
    """Return both sums of a period in units of its share, and its number of days."""
    scale = np.maximum(1.0, sessions.sum(axis=1)[:, None])
    rest = surplus(sessions, failures) / scale
    return *_lag_sums(rest), np.count_nonzero(sessions, axis=1).astype("float64")


def _ratio(squares: Floats, products: Floats) -> Floats:
    return np.where(squares > 0, products / np.where(squares > 0, squares, 1.0), 0.0)


def _less_one_change(sessions: Floats, failures: Floats) -> tuple[Floats, Integers]:
    """Remove the one change that explains most: each part gets a share of its own.

    The second array is the number of days of the shorter part.
    """
    days = np.count_nonzero(sessions, axis=1)
    done = np.cumsum(sessions > 0, axis=1)[:, :-1]
    parts = (done * (days[:, None] - done)).astype("float64")
    sums = surplus(sessions, failures).cumsum(axis=1)[:, :-1]
    last = (sums**2 / np.where(parts > 0, parts, np.inf)).argmax(axis=1)
    is_before = np.arange(sessions.shape[1]) <= last[:, None]
    before = surplus(sessions * is_before, failures * is_before)
    after = surplus(sessions * ~is_before, failures * ~is_before)
    first = np.take_along_axis(done, last[:, None], axis=1)[:, 0]
    return np.where(is_before, before, after), np.minimum(first, days - first)
