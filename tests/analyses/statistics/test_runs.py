"""Bad days that come in runs."""

import numpy as np
import pytest

from tlsrpt_analysis.analyses.statistics.runs import (
    common_run_effects,
    lag_effects,
    run_effects,
)


def effect(failures, runs=run_effects):
    """Return the effect of runs on days of ten sessions."""
    return runs(np.full((1, len(failures)), 10.0), np.array(failures, "float64")[None])[0]


def in_pairs(pairs):
    """Return 40 days of which twelve are bad, some of them in pairs."""
    bad = [6 * pair + place for pair in range(pairs) for place in (0, 1)]
    bad += [6 * pairs + 2 * single for single in range(12 - 2 * pairs)]
    failures = np.zeros(40)
    failures[bad] = 8.0
    return failures


def test_every_resemblance_of_neighbours_counts():
    """It grows with the pairs; a correlation r of n days is too small by (1 + 3 r) / n."""
    assert effect(in_pairs(0)) == 1.0  # a negative one
    assert effect(in_pairs(5)) == pytest.approx(1.60, abs=0.005)  # 0.19 becomes 0.23
    assert effect(in_pairs(6)) == pytest.approx(2.12, abs=0.005)  # 0.31 becomes 0.36


@pytest.mark.parametrize(("before", "expected"), [(6, 19), (7, 1), (33, 1), (34, 19)])
def test_a_change_with_a_week_on_either_side_is_no_run(before, expected):
    """Fewer days may be one run of bad days, or the last good ones before the next."""
    changed = np.where(np.arange(40) < before, 0.0, 8.0)
    assert effect(changed) == pytest.approx(expected)
    assert effect(changed, lag_effects) == pytest.approx(19)


def test_runs_beside_a_change_still_count():
    """Clean weeks, then bad days in runs."""
    failures = np.concatenate([np.zeros(20), np.tile([8.0, 8.0, 8.0, 0.0, 0.0, 0.0], 6)])
    assert effect(failures) == effect(failures, lag_effects) > 3


def test_longer_runs_than_a_month_shows_are_not_believed():
    """A correlation above 0.9 counts as 0.9, which divides the counts by 19."""
    assert effect(np.tile(np.repeat([0.0, 8.0], 16), 13)[:200]) == pytest.approx(17.75, abs=0.005)
    assert effect(np.tile(np.repeat([0.0, 8.0], 18), 12)[:200]) == pytest.approx(19)
    assert effect(np.tile(np.repeat([0.0, 8.0], 30), 10)) == pytest.approx(19)


@pytest.mark.parametrize("runs", [run_effects, lag_effects])
def test_rounding_makes_no_runs(runs):
    """Seven tenths of every day, which binary fractions miss by a little on the same side."""
    sessions = np.array([[0.1 * day for day in (3, 3, 3, 6, 6, 6, 7, 7, 7, 9, 9, 9)]])
    assert runs(sessions, 0.7 * sessions).tolist() == [1.0]


@pytest.mark.parametrize("runs", [run_effects, lag_effects])
def test_no_series_and_no_days_have_no_runs(runs):
    """Nothing in, nothing out; a series without a session has no variance."""
    assert runs(np.empty((0, 9)), np.empty((0, 9))).shape == (0,)
    assert runs(np.zeros((1, 9)), np.zeros((1, 9))).tolist() == [1.0]
    assert runs(np.empty((0, 1)), np.empty((0, 1))).shape == (0,)


def common_effect(before, after):
    """Return the effect of runs on two periods of ten sessions a day."""
    periods = (np.array(failures, "float64")[None] for failures in (before, after))
    before, after = ((np.full(failures.shape, 10.0), failures) for failures in periods)
    return common_run_effects(before, after)[0]


def test_two_periods_share_their_runs_where_these_are_significant():
    """The correlations 0.19 and 0.31 of 80 days, each above 1.645 / sqrt(80), or 0.18."""
    assert common_effect(in_pairs(5), in_pairs(5)) == pytest.approx(1.60, abs=0.005)
    assert common_effect(in_pairs(6), in_pairs(6)) == pytest.approx(2.12, abs=0.005)
    assert common_effect(in_pairs(5), in_pairs(4)) == 1.0  # 0.13 on average


def test_a_clean_period_has_no_runs_of_its_own():
    """Runs count as much before as after, and only those days that differ."""
    runs = np.tile(np.repeat([0.0, 8.0], 4), 5)
    expected = common_effect(runs, np.zeros(40))
    assert expected == common_effect(np.zeros(40), runs)
    assert expected == pytest.approx(effect(runs))
    assert common_effect(np.zeros(9), np.zeros(5)) == 1.0
