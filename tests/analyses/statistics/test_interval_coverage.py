"""Intervals hold the truth of simulated months about as often as they promise."""

import numpy as np
import pytest

from benchmarks.daily_series import KINDS, PARTS
from tlsrpt_analysis.analyses.statistics.intervals import clustered_intervals, part_intervals

MONTHS = 1200
SHARES = (0.05, 0.8)
FOUR_WEEKS = 28


def judged(kind, intervals):
    """Return how many months of four weeks or more are covered, and how wide the intervals are."""
    simulate = (KINDS | PARTS)[kind]
    months = simulate(np.random.default_rng(20260115), MONTHS)
    failed, days = months.failures.sum(axis=1), np.count_nonzero(months.sessions, axis=1)
    chosen = (days >= FOUR_WEEKS) & (failed > 0) & (months.shares >= SHARES[0])
    ends = intervals(months.sessions[chosen], months.failures[chosen])
    truth = months.shares[chosen]
    covered = (ends[:, 0] <= truth) & (truth <= ends[:, 1])
    return covered.mean(), (ends[:, 1] - ends[:, 0]).mean()


@pytest.mark.parametrize(
    ("kind", "widest"),
    [
        ("independent sessions", 0.03),
        ("correlation 0.2", 0.14),
        ("correlation 0.6", 0.25),
        ("runs of 2 days", 0.27),
        ("runs of 4 days", 0.34),
        ("onset or repair", 0.15),
        ("one heavy day", 0.36),
    ],
)
def test_shares_of_sessions_are_covered(kind, widest):
    """In 93 of 100 of the months with a failure, whatever the days are like, and not by width."""
    covered, width = judged(kind, clustered_intervals)
    assert covered >= 0.93
    assert width <= widest


@pytest.mark.parametrize("kind", PARTS)
def test_shares_of_failures_by_host_are_covered(kind):
    """Also where the failures of each host come in runs of their own."""
    covered, width = judged(kind, part_intervals)
    assert covered >= 0.92
    assert width <= 0.36
