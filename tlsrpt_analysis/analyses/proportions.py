"""Shares with honest intervals, where the sessions of one day are not independent of each other."""

import numpy as np
import numpy.typing as npt

Counts = npt.NDArray[np.float64]

CONFIDENCE_Z = 1.959964
"""The normal quantile of a two-sided interval of 95 %."""

CONFIDENCE_LEVEL = 0.975
"""One side of it."""

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


def wilson_interval(
    failures: float, sessions: float, *, quantile: float = CONFIDENCE_Z
) -> tuple[float, float]:
    """Give Wilson's interval for a share, of 95 % by default; the counts may be effective ones.

    Examples
    --------
    >>> tuple(round(end, 3) for end in wilson_interval(0, 40))
    (0.0, 0.088)
    """
    if sessions <= 0:
        return 0.0, 1.0
    share, square = failures / sessions, quantile**2
    middle = share + square / (2 * sessions)
    half = quantile * float(np.sqrt(share * (1 - share) / sessions + square / (4 * sessions**2)))
    scale = 1 + square / sessions
    low = 0.0 if failures <= 0 else max(0.0, (middle - half) / scale)
    high = 1.0 if failures >= sessions else min(1.0, (middle + half) / scale)
    return low, high


def clustered_interval(sessions: Counts, failures: Counts) -> tuple[float, float]:
    """Give the interval of 95 % of a pooled share, with days as clusters, for any number of days.

    Parameters
    ----------
    sessions, failures : array of float
        One value a day.

    Returns
    -------
    tuple of float
        Wilson's interval on counts divided by their design effect, with a quantile that is larger
        where few days carry the failures or the successes.

    Examples
    --------
    >>> days = np.full(10, 10.0)
    >>> tuple(round(float(end), 2) for end in clustered_interval(days, np.array([10.0, 0.0] * 5)))
    (0.17, 0.83)
    """
    effect = design_effect(sessions, failures)
    quantile = clustered_quantile(sessions, failures, effect)
    return wilson_interval(failures.sum() / effect, sessions.sum() / effect, quantile=quantile)


def clustered_quantile(sessions: Counts, failures: Counts, effect: float) -> float:
    """Widen the normal quantile for a design effect that few days tell.

    The design effect is itself an estimate, and as good as the number of days that carry the rarer
    outcome; so Student's t with so many days less one takes the place of the normal quantile, in
    the measure in which days cluster at all.
    """
    if effect <= 1:
        return CONFIDENCE_Z
    from scipy.special import stdtrit  # noqa: PLC0415 - slow to import, and seldom needed

    carrying = min(effective_days(counts) for counts in (failures, sessions - failures, sessions))
    student = float(stdtrit(max(1.0, carrying - 1), CONFIDENCE_LEVEL))
    return CONFIDENCE_Z + (1 - 1 / effect) * (student - CONFIDENCE_Z)


def effective_days(counts: Counts) -> float:
    """Tell how many days of equal counts would spread as these do; 0 without any count.

    Examples
    --------
    >>> effective_days(np.array([5.0, 5.0, 0.0]))
    2.0
    """
    squares = (counts**2).sum()
    return float(counts.sum() ** 2 / squares) if squares else 0.0


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
    return clustered_interval(sessions, failures)


def difference_interval(
    before: tuple[Counts, Counts], after: tuple[Counts, Counts]
) -> tuple[float, float]:
    """Give the interval of 95 % of the share after less the share before, with days as clusters.

    Parameters
    ----------
    before, after : pair of array of float
        The sessions and the failures of each day.

    Returns
    -------
    tuple of float
        Newcombe's interval: the distances of both shares to the ends of their own intervals,
        squared and added. Days without a failure tell nothing of how failures cluster, so the
        period with fewer failing days borrows that of the other.

    Examples
    --------
    >>> ten = np.full(10, 10.0)
    >>> ends = difference_interval((ten, ten / 2), (ten, ten * 0))
    >>> tuple(round(float(end), 2) for end in ends)
    (-0.6, -0.4)
    """
    (old, old_low, old_high), (new, new_low, new_high) = (
        _share_and_ends(*before, *after),
        _share_and_ends(*after, *before),
    )
    difference = new - old
    low = difference - float(np.hypot(new - new_low, old_high - old))
    high = difference + float(np.hypot(new_high - new, old - old_low))
    return low, high


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


def _share_and_ends(
    sessions: Counts, failures: Counts, other_sessions: Counts, other_failures: Counts
) -> tuple[float, float, float]:
    effect = design_effect(sessions, failures)
    quantile = clustered_quantile(sessions, failures, effect)
    if np.count_nonzero(failures) < np.count_nonzero(other_failures):
        other_effect = design_effect(other_sessions, other_failures)
        effect = max(effect, borrowed_design_effect(other_effect, other_sessions, sessions))
    failed, total = float(failures.sum()), float(sessions.sum())
    low, high = wilson_interval(failed / effect, total / effect, quantile=quantile)
    return failed / total, low, high
