"""Since when a reporter fails: the day that splits its days best, and how sure that is."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tlsrpt_analysis.analyses.proportions import Counts

LARGEST_DAY = 20.0
"""Sessions of one day are not independent, so a large day weighs no more than so many."""

PERMUTATIONS = 499
PERMUTATION_SEED = 8461
ONSET_P_VALUE = 0.05
LIKELIHOOD_DROP = 6.0
"""Days this near to the largest log-likelihood are in the interval: 2 for a design effect of 3."""


@dataclass(frozen=True, slots=True)
class Onset:
    """The first failing day: the likeliest, and the days between which it lies."""

    day: dt.date
    since_low: dt.date
    since_high: dt.date


def find_onset(days: Sequence[dt.date], sessions: Counts, failures: Counts) -> Onset | None:
    """Find the day from which on the failures are more frequent.

    Parameters
    ----------
    days : sequence of datetime.date
        The days with a report, in order.
    sessions, failures : array of float
        The counts of these days.

    Returns
    -------
    Onset or None
        The best split of the days in two by binomial likelihood; none where there are fewer than
        four days or where days in random order split as well in more than 5 % of the cases.

    Examples
    --------
    >>> days = [dt.date(2026, 8, day) for day in range(1, 21)]
    >>> failures = np.array([0.0] * 10 + [9.0] * 10)
    >>> find_onset(days, np.full(20, 10.0), failures).day
    datetime.date(2026, 8, 11)
    """
    if len(days) < 4 or not failures.any():
        return None
    scale = np.minimum(1.0, LARGEST_DAY / np.maximum(sessions, 1))
    capped = np.stack([sessions * scale, failures * scale])
    gains = _split_gains(capped[None])[0]
    best = int(gains.argmax())
    if not gains[best] > 0 or _permutation_p_value(capped, gains[best]) > ONSET_P_VALUE:
        return None
    near = np.flatnonzero(gains >= gains[best] - LIKELIHOOD_DROP)
    first, last = int(near.min()), int(near.max())
    return Onset(days[best + 1], days[first] + dt.timedelta(days=1), days[last + 1])


def _permutation_p_value(capped: Counts, best_gain: float) -> float:
    generator = np.random.default_rng(PERMUTATION_SEED)
    orders = np.argsort(generator.random((PERMUTATIONS, capped.shape[1])), axis=1)
    best_gains = _split_gains(capped[:, orders].transpose(1, 0, 2)).max(axis=1)
    return float((1 + np.count_nonzero(best_gains >= best_gain)) / (1 + PERMUTATIONS))


def _split_gains(capped: Counts) -> Counts:
    """Give the log-likelihood that each split gains; where the later part fails less, none."""
    sums = capped.cumsum(axis=2)
    total = sums[:, :, -1:]
    before, after = sums[:, :, :-1], total - sums[:, :, :-1]
    gain = _log_likelihood(before) + _log_likelihood(after) - _log_likelihood(total)
    rises = after[:, 1] * before[:, 0] > before[:, 1] * after[:, 0]
    return np.where(rises, gain, 0.0)


def _log_likelihood(counts: Counts) -> Counts:
    sessions, failures = counts[:, 0], counts[:, 1]
    successes = sessions - failures
    return _x_log_share(failures, sessions) + _x_log_share(successes, sessions)


def _x_log_share(part: Counts, whole: Counts) -> npt.NDArray[np.float64]:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(part > 0, part * np.log(part / whole), 0.0)
