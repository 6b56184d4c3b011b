"""Shares with honest intervals, where the sessions of one day are not independent of each other."""

import numpy as np
import numpy.typing as npt

Counts = npt.NDArray[np.float64]

CONFIDENCE_Z = 1.959964
"""The normal quantile of a two-sided interval of 95 %."""

FEWEST_DAYS = 8
"""With fewer days their spread is unknown, so that no interval is given."""

BOOTSTRAP_REPEATS = 2000
BOOTSTRAP_SEED = 8460


def design_effect(sessions: Counts, failures: Counts) -> float:
    """Tell how many times the variance of a pooled share exceeds that of independent sessions.

    Parameters
    ----------
    sessions, failures : array of float
        One value a day: all sessions, and those of them that failed.

    Returns
    -------
    float
        The variance of the share with days as clusters, divided by the binomial one; at least 1.

    Examples
    --------
    >>> round(design_effect(np.array([10.0, 10.0]), np.array([10.0, 0.0])), 1)
    20.0
    """
    total, days = sessions.sum(), len(sessions)
    share = failures.sum() / total if total else 0.0
    if days < 2 or not 0 < share < 1:
        return 1.0
    between = days / (days - 1) * ((failures - share * sessions) ** 2).sum() / total**2
    return max(1.0, float(between / (share * (1 - share) / total)))


def borrowed_design_effect(effect: float, its_sessions: Counts, sessions: Counts) -> float:
    """Carry the correlation within days from one sender to another that never failed.

    Parameters
    ----------
    effect : float
        The design effect of the sender that failed.
    its_sessions, sessions : array of float
        The daily sessions of that sender, and of the one that borrows.

    Returns
    -------
    float
        The design effect that the borrower's own day sizes would have; at least 1.
    """
    its_size, size = _day_size(its_sessions), _day_size(sessions)
    if its_size <= 1 or size <= 1:
        return 1.0
    correlation = min(1.0, (effect - 1) / (its_size - 1))
    return 1 + correlation * (size - 1)


def wilson_interval(failures: float, sessions: float) -> tuple[float, float]:
    """Give Wilson's interval of 95 % for a share; the counts may be effective ones.

    Examples
    --------
    >>> tuple(round(end, 3) for end in wilson_interval(0, 40))
    (0.0, 0.088)
    """
    if sessions <= 0:
        return 0.0, 1.0
    share, z2 = failures / sessions, CONFIDENCE_Z**2
    middle = share + z2 / (2 * sessions)
    half = CONFIDENCE_Z * float(np.sqrt(share * (1 - share) / sessions + z2 / (4 * sessions**2)))
    scale = 1 + z2 / sessions
    low = 0.0 if failures <= 0 else max(0.0, (middle - half) / scale)
    high = 1.0 if failures >= sessions else min(1.0, (middle + half) / scale)
    return low, high


def daily_share_interval(sessions: Counts, failures: Counts) -> tuple[float, float]:
    """Give the interval of 95 % of a pooled share, with days as clusters.

    Parameters
    ----------
    sessions, failures : array of float
        One value a day.

    Returns
    -------
    tuple of float
        Both ends; not a number where fewer than `FEWEST_DAYS` days have sessions.
    """
    if np.count_nonzero(sessions) < FEWEST_DAYS:
        return float("nan"), float("nan")
    effect = design_effect(sessions, failures)
    return wilson_interval(failures.sum() / effect, sessions.sum() / effect)


def part_intervals(parts: Counts) -> Counts:
    """Give intervals of 95 % for the shares of a total, by drawing days anew.

    Parameters
    ----------
    parts : array of float, days by parts
        The count of each part on each day.

    Returns
    -------
    array of float, parts by 2
        Low and high end of each part's share of the total; not a number where fewer than
        `FEWEST_DAYS` days have any count.
    """
    drawn_from = parts[parts.sum(axis=1) > 0]
    days = len(drawn_from)
    if days < FEWEST_DAYS:
        return np.full((parts.shape[1], 2), np.nan)
    generator = np.random.default_rng(BOOTSTRAP_SEED)
    draws = generator.multinomial(days, np.full(days, 1 / days), size=BOOTSTRAP_REPEATS)
    totals = draws @ drawn_from
    shares = totals / totals.sum(axis=1, keepdims=True)
    low, high = np.percentile(shares, [2.5, 97.5], axis=0)
    return np.column_stack([low, high])


def _day_size(sessions: Counts) -> float:
    total = sessions.sum()
    return float((sessions**2).sum() / total) if total else 0.0
