"""How much days differ, and from how many of them that is known."""

import numpy as np
import pytest

from tlsrpt_analysis.analyses.statistics.day_clusters import (
    effective_days,
    known_spread_days,
    surplus,
)
from tlsrpt_analysis.analyses.statistics.intervals import daily_share_intervals

TEN = np.full((1, 40), 10.0)


def bad_days(count):
    """Return 40 days of which some have 8 failures of 10 sessions."""
    return np.where(np.arange(40) < count, 8.0, 0.0)[None]


def test_counts_of_equal_days_spread_over_all_of_them():
    """Days without any do not count, and one day that holds nearly all is nearly one."""
    assert effective_days(bad_days(5)) == pytest.approx([5.0])
    assert effective_days(np.array([[1000.0, 1.0, 1.0]])) == pytest.approx([1.004], abs=1e-4)
    assert effective_days(np.zeros((1, 3))).tolist() == [0.0]


def test_what_days_have_more_or_less_adds_up_to_nothing():
    """Against the share of all sessions; what rounding leaves is nothing."""
    assert surplus(TEN, bad_days(10))[0, [0, 39]].tolist() == [6.0, -2.0]
    assert not surplus(TEN * 0.1, 0.7 * TEN * 0.1).any()


@pytest.mark.parametrize(("bad", "expected"), [(1, 1.08), (4, 5.625), (20, np.inf), (36, 5.625)])
def test_the_spread_is_known_from_the_days_that_differ(bad, expected):
    """Of 40 days: 40 / (1 / q - 4), with the variance q of a day's being bad.

    Few good days among bad ones are as few as bad ones among good ones.
    """
    assert known_spread_days(TEN, bad_days(bad)) == pytest.approx([expected], abs=0.005)


def test_days_alike_have_no_spread_to_know():
    """Then it needs no days."""
    assert known_spread_days(TEN, TEN / 2).tolist() == [np.inf]


def test_one_good_day_among_bad_ones_leaves_more_open():
    """Its sessions alone say how good the good days are, and how many there may be."""
    sessions = np.full((1, 22), 100.0)
    bad = np.full((1, 22), 85.0)
    spared, alike = bad.copy(), bad.copy()
    spared[0, 7] = 0.0
    alike[0] = np.where(np.arange(22) % 2, 100.0, 62.3)  # the same share, and as much spread
    low, even = (daily_share_intervals(sessions, failed)[0, 0] for failed in (spared, alike))
    assert spared.sum() == pytest.approx(alike.sum(), abs=1)
    assert low < even - 0.02
