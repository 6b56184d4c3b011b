"""Since when a reporter fails."""

import datetime as dt

import numpy as np
import pytest
from support.one_series import find_onset

DAYS = [dt.date(2026, 7, 1) + dt.timedelta(day) for day in range(60)]
SESSIONS = np.full(60, 30.0)


def failing_from(day, share, *, until=60):
    """Give failures of a share of the sessions from one day on."""
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
