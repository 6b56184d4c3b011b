"""How much the sessions of a day share their fate, and what that does to the variance of a share."""

import numpy as np

from tlsrpt_analysis.arrays import Floats

NOTHING = 1e-9
"""Days of the same share differ from their mean by less than that, only because it is rounded."""


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


def effective_days(counts: Floats) -> Floats:
    """Return over how many days the counts of each series spread, as if these days were alike.

    Examples
    --------
    >>> effective_days(np.array([[5.0, 5.0, 0.0], [9.0, 1.0, 0.0]])).round(2).tolist()
    [2.0, 1.22]
    """
    squares = (counts**2).sum(axis=1)
    return np.where(squares > 0, counts.sum(axis=1) ** 2 / np.where(squares > 0, squares, 1.0), 0.0)


def surplus(sessions: Floats, failures: Floats) -> Floats:
    """Return by how many failures each day differs from the share of its series."""
    share = failures.sum(axis=1) / np.maximum(sessions.sum(axis=1), 1e-300)
    rest = failures - share[:, None] * sessions
    return np.where(np.abs(rest) > NOTHING * sessions, rest, 0.0)


def known_spread_days(sessions: Floats, failures: Floats) -> Floats:
    """Return how many days the spread of the days of each series is known from.

    Few days that differ much from the others make it uncertain: these days are hardly more than
    those that do so, and half of all days where they spread normally.

    References
    ----------
    Satterthwaite, F. E. (1946). An approximate distribution of estimates of variance components.
    *Biometrics Bulletin* 2 (6), 110-114.

    Examples
    --------
    >>> ten = np.full((1, 40), 10.0)
    >>> known_spread_days(ten, np.repeat([[0.0, 8.0, 0.0]], [4, 2, 34], axis=1)).round(1).tolist()
    [2.3]
    """
    squares = surplus(sessions, failures) ** 2
    fourth = (squares**2).sum(axis=1)
    carrying = effective_days(squares)
    days = np.maximum(1, np.count_nonzero(sessions, axis=1))
    missing = np.where(fourth > 0, 1 / np.maximum(carrying, 1.0) - 1 / days, 0.0)
    return np.where(missing > 0, 1 / np.where(missing > 0, missing, 1.0), np.inf)
