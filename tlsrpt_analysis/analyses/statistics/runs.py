"""Bad days that come in runs, and as how many fewer independent days they count."""

import numpy as np

from tlsrpt_analysis.arrays import Floats

SEEN_CORRELATION = 1.645
"""Days depend on the day before where the correlation is so many standard errors above 0."""

LARGEST_CORRELATION = 0.9
"""Longer runs cannot be estimated from a month."""

NOTHING = 1e-9
"""Days of the same share differ from their mean by less than that, only because it is rounded."""


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
        good and bad days; 1 where none is seen, or where one change for good explains it: a fault
        that began, or was fixed, is no run.

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
    days = np.count_nonzero(sessions, axis=1)
    limit = SEEN_CORRELATION / np.sqrt(np.maximum(days, 1))
    effects = np.ones(len(sessions))
    surplus = _surplus(sessions, failures)
    correlation = _correlation(surplus)
    seen = np.flatnonzero(correlation > limit)
    if not len(seen):
        return effects
    left = _correlation(_less_one_change(sessions[seen], failures[seen], surplus[seen]))
    seen = seen[left > limit[seen]]
    r = correlation[seen]
    r = np.minimum(LARGEST_CORRELATION, r + (1 + 3 * r) / days[seen])  # as estimates of r are small
    effects[seen] = (1 + r) / (1 - r)
    return effects


def _surplus(sessions: Floats, failures: Floats) -> Floats:
    share = failures.sum(axis=1) / np.maximum(sessions.sum(axis=1), 1e-300)
    surplus = failures - share[:, None] * sessions
    return np.where(np.abs(surplus) > NOTHING * sessions, surplus, 0.0)


def _correlation(surplus: Floats) -> Floats:
    squares = (surplus**2).sum(axis=1)
    products = (surplus[:, 1:] * surplus[:, :-1]).sum(axis=1)
    return np.where(squares > 0, products / np.where(squares > 0, squares, 1.0), 0.0)


def _less_one_change(sessions: Floats, failures: Floats, surplus: Floats) -> Floats:
    """Remove the one change that explains most: each part gets a share of its own."""
    days = np.count_nonzero(sessions, axis=1)[:, None]
    done = np.cumsum(sessions > 0, axis=1)[:, :-1]
    parts = (done * (days - done)).astype("float64")
    gains = surplus.cumsum(axis=1)[:, :-1] ** 2 / np.where(parts > 0, parts, np.inf)
    last = gains.argmax(axis=1)
    is_before = np.arange(sessions.shape[1]) <= last[:, None]
    return np.where(
        is_before,
        _surplus(sessions * is_before, failures * is_before),
        _surplus(sessions * ~is_before, failures * ~is_before),
    )
