"""Intervals of the shares of the parts of a total."""

import numpy as np
import pytest

from tlsrpt_analysis.analyses.statistics.intervals import (
    CONFIDENCE_Z,
    daily_share_intervals,
    part_intervals,
    wilson_interval,
)

TEN = np.full((1, 40), 10.0)


def test_parts_of_each_day_alike_count_their_failures():
    """Days add no spread of their own, so that Wilson's interval on all failures is left."""
    expected = wilson_interval(300, 400)
    assert part_intervals(TEN, 0.75 * TEN)[0] == pytest.approx(expected)


def test_two_parts_of_a_total_mirror_each_other():
    """What is at most at one host is at least at the other."""
    first = np.random.default_rng(1).binomial(10, 0.3, (3, 40)).astype("float64")
    totals = np.tile(TEN, (3, 1))
    one, other = part_intervals(totals, first), part_intervals(totals, totals - first)
    assert one == pytest.approx(1 - other[:, ::-1])


def test_a_fault_that_moves_to_another_host_leaves_the_share_open():
    """A part that ends is a run, though a share of sessions that changes for good is none."""
    moved = np.repeat([[10.0, 0.0]], 20, axis=1)
    low, high = part_intervals(TEN, moved)[0]
    assert (low, high) == pytest.approx((0.07, 0.93), abs=0.01)
    assert np.diff(daily_share_intervals(TEN, moved))[0, 0] < high - low


def test_the_only_host_may_not_be_the_only_one():
    """With 400 failures, an effect of 1 + 0.15 * 9 and Student's t of 9 degrees of freedom."""
    effect, student = 2.35, 2.262157
    quantile = CONFIDENCE_Z + (1 - 1 / effect) * (student - CONFIDENCE_Z)
    expected = wilson_interval(400 / effect, 400 / effect, quantile=quantile)
    assert part_intervals(TEN, TEN)[0] == pytest.approx(expected)
    assert expected == pytest.approx((0.974, 1.0), abs=0.0005)


def test_parts_need_eight_days():
    """As the intervals of shares do; days without any failure do not count."""
    assert np.isnan(part_intervals(TEN[:, :7], TEN[:, :7] / 2)).all()
    assert not np.isnan(part_intervals(TEN[:, :8], TEN[:, :8] / 2)).any()
    few = np.where(np.arange(40) < 7, TEN, 0.0)
    assert np.isnan(part_intervals(few, few / 2)).all()
