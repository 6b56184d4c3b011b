"""The last day on which a share rose or fell for good."""

import numpy as np
import pytest

from tlsrpt_analysis.analyses.statistics.changes import (
    CLEAN_DAYS,
    FEWEST_FAILURES,
    SUPPOSED_GOOD_DAYS,
    last_changes,
    may_have_changed_on,
)


def changed(failures, sessions=10.0):
    """Return the position and the direction of the last change of one series."""
    counts = np.array([failures], "float64")
    start, way = last_changes(np.full_like(counts, sessions) * (counts >= 0), np.maximum(counts, 0))
    return int(start[0]), int(way[0])


def test_a_rise_of_yesterday_is_seen():
    """A hundred clean days and one on which everything fails."""
    assert changed([0] * 100 + [10]) == (100, 1)


def test_too_few_failures_are_no_rise():
    """Fewer than three failed sessions may be one message."""
    assert changed([0] * 100 + [FEWEST_FAILURES - 1], sessions=2)[1] == 0
    assert changed([0] * 100 + [FEWEST_FAILURES], sessions=3)[1] == 1


def test_a_fall_counts_after_a_week():
    """Six clean days may be luck."""
    assert changed([4] * 30 + [0] * CLEAN_DAYS) == (30, -1)
    assert changed([4] * 30 + [0] * (CLEAN_DAYS - 1))[1] == 0


def test_a_fall_to_less_is_a_fall():
    """What is left of the share need not be nothing."""
    assert changed([9] * 20 + [1] * 20) == (20, -1)


@pytest.mark.parametrize(("days", "direction"), [(CLEAN_DAYS, -1), (CLEAN_DAYS - 1, 0)])
def test_a_fall_to_less_counts_after_a_week_as_well(days, direction):
    """One in ten still fails, so that no bad day ends."""
    assert changed([9] * 20 + [1] * days)[1] == direction


def test_a_fault_that_came_and_went_is_over():
    """The last change is the one that counts."""
    assert changed([0] * 20 + [8] * 10 + [0] * 10) == (30, -1)


def test_a_single_bad_day_needs_twelve_good_ones():
    """One bad day of three, two of them supposed good: (2/3)^12 is below 1 %."""
    assert SUPPOSED_GOOD_DAYS == 2
    assert changed([0] * 9 + [10] + [0] * 12) == (10, -1)
    assert changed([0] * 9 + [10] + [0] * 11)[1] == 0


@pytest.mark.parametrize(("failed", "direction"), [(2, 0), (3, -1)])
def test_a_bad_day_is_one_with_more_than_2_percent_failing(failed, direction):
    """Of 100 sessions."""
    assert changed([0] * 9 + [failed] + [0] * 12, sessions=100)[1] == direction


def test_days_with_a_single_session_count():
    """A bad day of one session, and twelve good ones."""
    assert changed([0] * 9 + [1] + [0] * 12, sessions=1) == (10, -1)


def test_bad_days_that_come_and_go_are_not_over():
    """Two bad days three weeks apart leave nine good days to luck."""
    assert changed(([10] + [0] * 20) * 2 + [10] + [0] * 9)[1] == 0


def test_a_change_may_have_come_on_days_without_sessions():
    """Days without a session leave open when a share rose; clean ones do not."""
    failures = np.array([[0.0] * 6 + [9.0] * 4])
    sessions = np.array([[9.0, 9.0, 9.0, 9.0, 0.0, 0.0, 9.0, 9.0, 9.0, 9.0]])
    found = [
        may_have_changed_on(sessions, failures, np.array([6]), np.array([at])) for at in (4, 3)
    ]
    assert [bool(is_possible[0]) for is_possible in found] == [True, False]


@pytest.mark.parametrize("share", [0, 3, 10])
def test_a_steady_share_never_changed(share):
    """Nor does a clean one."""
    assert changed([share] * 40) == (0, 0)


def test_days_without_a_report_say_nothing():
    """The first day of the later part is one with sessions."""
    assert changed([4] * 20 + [-1] * 5 + [0] * 14) == (25, -1)
    assert changed([-1] * 9) == (0, 0)


def test_clustered_days_of_one_share_hardly_ever_change():
    """Simulated: rises in fewer than 3 % of the series, whatever the share."""
    generator = np.random.default_rng(8461)
    for share in (0.01, 0.05, 0.3):
        chances = generator.beta(share * 4, (1 - share) * 4, size=(500, 56))
        sessions = generator.poisson(40, size=(500, 56)).astype("float64")
        failures = generator.binomial(sessions.astype("int64"), chances).astype("float64")
        _, way = last_changes(sessions, failures)
        assert (way > 0).mean() < 0.03
