"""Differences of the shares of two periods."""

import numpy as np
import pytest

from benchmarks.daily_series import Counts
from tlsrpt_analysis.analyses.statistics.differences import difference_intervals
from tlsrpt_analysis.analyses.statistics.intervals import wilson_interval

MONTHS = 1500


def periods(
    share: float, correlation: float, *, days: int = 28, seed: int
) -> tuple[Counts, Counts]:
    """Return many periods of 20 to 2,000 sessions a day, whose days differ by chance."""
    generator = np.random.default_rng(seed)
    means = np.exp(generator.uniform(*np.log([20, 2000]), MONTHS))[:, None]
    sessions = generator.poisson(means, (MONTHS, days))
    odds = (1 - correlation) / correlation
    chances = generator.beta(share * odds, (1 - share) * odds, sessions.shape)
    return sessions.astype(float), generator.binomial(sessions, chances).astype(float)


def changed(before, after):
    """Return for how many pairs of periods 0 is outside of the interval."""
    ends = difference_intervals(before, after)
    return ((ends[:, 0] > 0) | (ends[:, 1] < 0)).mean()


def test_days_alike_give_newcombes_interval():
    """30 of 100 and 50 of 100, with the distances of Wilson's intervals added as squares."""
    ten = np.full((1, 10), 10.0)
    old, new = wilson_interval(30, 100), wilson_interval(50, 100)
    low, high = difference_intervals((ten, 0.3 * ten), (ten, 0.5 * ten))[0]
    assert low == pytest.approx(0.2 - np.hypot(0.5 - new[0], old[1] - 0.3))
    assert high == pytest.approx(0.2 + np.hypot(new[1] - 0.5, 0.3 - old[0]))


def test_the_order_of_periods_turns_the_interval():
    """What is lost one way is gained the other."""
    first, second = periods(0.1, 0.2, seed=1), periods(0.2, 0.2, days=40, seed=2)
    there, back = difference_intervals(first, second), difference_intervals(second, first)
    assert there == pytest.approx(-back[:, ::-1])


@pytest.mark.parametrize("correlation", [0.05, 0.2, 0.5])
def test_the_same_share_is_seldom_a_change(correlation):
    """In at most 5 of 100 pairs, and in not much fewer."""
    before, after = (periods(0.3, correlation, seed=seed) for seed in (3, 4))
    assert 0.02 <= changed(before, after) <= 0.05


@pytest.mark.parametrize(("correlation", "share"), [(0.05, 0.99), (0.2, 0.94), (0.5, 0.55)])
def test_three_times_the_share_is_a_change(correlation, share):
    """From 10 to 30 % in four weeks."""
    assert changed(periods(0.1, correlation, seed=5), periods(0.3, correlation, seed=6)) >= share


def test_periods_without_a_failure_differ_by_nothing():
    """The interval holds 0, and each end is as far away as the days leave possible."""
    ten = np.full((1, 10), 10.0)
    low, high = difference_intervals((ten, 0 * ten), (ten, 0 * ten))[0]
    assert low == pytest.approx(-high)
    assert 0.05 < high < 0.2
