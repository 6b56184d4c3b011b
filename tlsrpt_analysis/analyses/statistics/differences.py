"""Differences of the shares of two periods, with days as clusters."""

import numpy as np

from tlsrpt_analysis.analyses.statistics.day_clusters import (
    borrowed_design_effects,
    day_sizes,
    design_effects,
)
from tlsrpt_analysis.analyses.statistics.intervals import (
    effect_quantiles,
    spread_effects,
    wilson_intervals,
)
from tlsrpt_analysis.analyses.statistics.runs import common_run_effects
from tlsrpt_analysis.arrays import Floats

Period = tuple[Floats, Floats]
"""The sessions and the failures of a period, series by days."""


def difference_intervals(before: Period, after: Period) -> Floats:
    """Return the interval of 95 % of each share after minus the share before, days as clusters.

    Parameters
    ----------
    before, after : pair of array of float, series by days
        The sessions and the failures; 0 on days without a report.

    Returns
    -------
    array of float, series by 2
        Newcombe's interval: the distances of both shares to the ends of their own intervals,
        squared and added. Runs of bad days are judged by both periods together, and so is how well
        the spread of days is known (Welch's degrees of freedom, or a period's own if these are
        more). Days without a failure do not show how failures cluster, so the period with fewer
        failing days borrows the correlation of the other.

    References
    ----------
    Newcombe, R. G. (1998). Interval estimation for the difference between independent proportions:
    comparison of eleven methods. *Statistics in Medicine* 17 (8), 873-890 (method 10).
    Welch, B. L. (1947). The generalization of "Student's" problem when several different population
    variances are involved. *Biometrika* 34 (1-2), 28-35.

    Examples
    --------
    >>> days = np.full((1, 10), 10.0)
    >>> difference_intervals((days, days / 2), (days, days * 0)).round(2).tolist()
    [[-0.6, -0.36]]
    """
    in_runs = common_run_effects(before, after)
    (old_effects, old_known), (new_effects, new_known) = (
        _effects_and_days(before, after, in_runs),
        _effects_and_days(after, before, in_runs),
    )
    variances = _variances(before, old_effects), _variances(after, new_effects)
    common = _common_days(variances, (old_known, new_known))
    old, old_ends = _share_and_ends(before, old_effects, np.maximum(old_known, common))
    new, new_ends = _share_and_ends(after, new_effects, np.maximum(new_known, common))
    difference = new - old
    low = difference - np.hypot(new - new_ends[:, 0], old_ends[:, 1] - old)
    high = difference + np.hypot(new_ends[:, 1] - new, old - old_ends[:, 0])
    return np.stack([low, high], axis=1)


def _effects_and_days(period: Period, other: Period, in_runs: Floats) -> tuple[Floats, Floats]:
    """Return the effects of a period, which may borrow the other's, and how well they are known."""
    effects, carrying, supposed = spread_effects(*period, in_runs)
    lent = borrowed_design_effects(
        design_effects(*other), day_sizes(other[0]), day_sizes(period[0])
    )
    failing_days, other_days = (np.count_nonzero(one[1], axis=1) for one in (period, other))
    effects = np.where(failing_days < other_days, np.maximum(effects, lent), effects)
    return effects, np.maximum(1.0, carrying - 1 + supposed)


def _share(period: Period) -> Floats:
    sessions, failures = period
    return np.asarray(failures.sum(axis=1) / np.maximum(sessions.sum(axis=1), 1e-300))


def _variances(period: Period, effects: Floats) -> Floats:
    share = _share(period)
    return np.asarray(effects * share * (1 - share) / np.maximum(period[0].sum(axis=1), 1e-300))


def _common_days(variances: Period, known: Period) -> Floats:
    """Return Welch's degrees of freedom; 1 where neither share has a variance."""
    parts = variances[0] ** 2 / known[0] + variances[1] ** 2 / known[1]
    whole = (variances[0] + variances[1]) ** 2
    return np.where(parts > 0, whole / np.where(parts > 0, parts, 1.0), 1.0)


def _share_and_ends(period: Period, effects: Floats, known: Floats) -> tuple[Floats, Floats]:
    failed, total = period[1].sum(axis=1), period[0].sum(axis=1)
    quantiles = effect_quantiles(effects, known)
    return _share(period), wilson_intervals(failed / effects, total / effects, quantiles)
