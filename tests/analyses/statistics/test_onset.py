"""Since when a reporter fails."""

import datetime as dt

import numpy as np
import pytest
from support.one_series import find_onset

from tlsrpt_analysis.analyses.statistics.onset import find_onsets

DAYS = [dt.date(2026, 7, 1) + dt.timedelta(day) for day in range(60)]
SESSIONS = np.full(60, 30.0)


def failing_from(day, share, *, until=60):
    """Return failures of a share of the sessions from one day on."""
    index = np.arange(60)
    return np.where((index >= day) & (index < until), np.round(share * SESSIONS), 0.0)


@pytest.mark.parametrize("share", [0.2, 0.9])
def test_the_first_failing_day_is_found(share):
    """Whether few or most sessions fail from then on."""
    onset = find_onset(DAYS, SESSIONS, failing_from(25, share))
    assert onset is not None
    day, since_low, since_high = onset
    assert day == DAYS[25]
    assert since_low <= DAYS[25] <= since_high


def test_days_without_reports_widen_the_interval():
    """The fault may have begun on any day without a report."""
    kept = [*range(20), *range(30, 60)]
    days = [DAYS[index] for index in kept]
    onset = find_onset(days, SESSIONS[kept], failing_from(25, 0.9)[kept])
    assert onset is not None
    assert onset[1:] == (DAYS[20], DAYS[30])


@pytest.mark.parametrize(
    ("reason", "failures"),
    [
        ("never failed", np.zeros(60)),
        ("always failed", SESSIONS),
        ("failed as often all the time", np.tile([0.0, 3.0], 30)),
        ("it ended, and did not begin", failing_from(0, 0.9, until=30)),
    ],
)
def test_no_onset_where_nothing_began(reason, failures):
    """A beginning needs a change for the worse."""
    assert find_onset(DAYS, SESSIONS, failures) is None, reason


def test_three_days_are_too_few():
    """There is nothing to split."""
    assert find_onset(DAYS[:3], SESSIONS[:3], np.array([0.0, 0.0, 30.0])) is None


def test_days_that_are_all_alike_have_no_onset():
    """Though their shares, as sums of fractions, differ in the last digit."""
    assert find_onset(DAYS, np.full(60, 30.0), np.full(60, 10.0)) is None


def found(*failures, sessions=10.0):
    """Return the first failing day, and the ends of the days between which the onset lies."""
    counts = np.array([failures], "float64")
    return [int(place[0]) for place in find_onsets(np.full(counts.shape, sessions), counts)]


def test_six_days_are_enough_for_an_onset():
    """And five are not."""
    assert found(0, 0, 0, 10, 10, 10)[0] == 3
    assert found(0, 0, 10, 10, 10)[0] == -1


def test_three_failing_days_are_enough_for_an_onset():
    """And two are not, of however many days."""
    assert found(*[0] * 17, 10, 10, 10)[0] == 17
    assert found(*[0] * 18, 10, 10)[0] == -1


def test_a_few_days_must_split_nearly_as_well_as_they_can():
    """By 95 % of their largest gain, which is 3 of seven days: here by 2.88 and by 2.77."""
    assert found(0, 0, 0, 0, 10, 10, 7)[0] == 4
    assert found(0, 0, 0, 0, 10, 10, 6)[0] == -1


def test_many_days_must_split_better_than_chance():
    """By a gain of 4.8: here 4.81 and 4.68."""
    assert found(*[0] * 8, 10, 0, 10, 10, 10, 10)[0] == 8
    assert found(*[0] * 9, 10, 0, 10, 10, 10)[0] == -1


def test_a_day_weighs_no_more_than_twenty_sessions():
    """The days between which the onset lies become no fewer with larger days."""
    is_failing = np.zeros(40)
    is_failing[10:] = 0.1
    is_failing[[6, 11]] = 0.1, 0.0
    assert found(*15 * is_failing, sessions=15.0) == [10, 2, 20]
    assert found(*20 * is_failing, sessions=20.0) == [10, 3, 16]
    assert found(*200 * is_failing, sessions=200.0) == [10, 3, 16]


def test_days_of_other_series_change_no_onset():
    """A calendar that is longer on both sides, with days between, finds the same days."""
    counts = np.array([[0.0] * 4 + [1.0] * 4])
    sessions = np.ones(counts.shape)
    alone = [int(place[0]) for place in find_onsets(sessions, counts)]
    wide = np.zeros((2, 1, 40))
    places = np.arange(10, 26, 2)
    wide[0, 0, places], wide[1, 0, places] = sessions, counts
    assert alone[0] > 0
    assert [int(place[0]) for place in find_onsets(*wide)] == places[alone].tolist()


def test_an_interval_begins_before_failures_that_are_as_frequent():
    """One of nine failed on the fourth to sixth day, so that the fault may have been there."""
    counts = np.array([[0, 0, 0, 1, 0, 0, *[3.0] * 8]])
    _, low, high = (int(place[0]) for place in find_onsets(np.full(counts.shape, 3.0), counts))
    assert (low, high) == (2, 6)


def test_a_fault_that_was_there_on_the_first_day_has_no_onset():
    """It only became more frequent."""
    counts = np.array([[2.0] * 20 + [9.0] * 20])
    assert find_onsets(np.full(counts.shape, 10.0), counts)[0].tolist() == [-1]
