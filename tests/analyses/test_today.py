"""Today's days: the last four weeks, or since the last change that matters."""

import datetime as dt

import pandas as pd
import pytest

from tlsrpt_analysis.analyses.numbering import day_number
from tlsrpt_analysis.analyses.today import MATERIAL_SHARE, rises_of_reporters, todays_days

FIRST = dt.date(2026, 1, 1)


def days_of(*series):
    """Return rows by day from pairs of a reporter and its (tested, refused) counts."""
    rows = [
        ("example.com", reporter, FIRST + dt.timedelta(day), tested, refused)
        for reporter, counts in series
        for day, (tested, refused) in enumerate(counts)
    ]
    return pd.DataFrame(rows, columns=["policy_domain", "reporter", "day", "tested", "refused"])


def today(*series, policy_since=None):
    """Return when today begins, as a number of days since the first, and why."""
    row = todays_days(days_of(*series), policy_since).iloc[0]
    return int(row["since"]) - day_number(FIRST), row["because"]


CLEAN = [(100.0, 0.0)]


def test_the_window_is_four_weeks_where_nothing_changed():
    """The days 72 to 99 of a hundred."""
    assert today(("Google", CLEAN * 100)) == (72, "window")


def test_a_lasting_fault_begins_today_where_it_began():
    """And a repaired one where it ended."""
    assert today(("Google", CLEAN * 90 + [(100.0, 50.0)] * 10)) == (90, "onset")
    assert today(("Google", [(100.0, 50.0)] * 90 + CLEAN * 10)) == (90, "repair")


def test_a_change_before_the_window_leaves_the_window():
    """It is in force on all of the four weeks."""
    assert today(("Google", CLEAN * 50 + [(100.0, 50.0)] * 50)) == (72, "window")


@pytest.mark.parametrize(("sessions", "because"), [(0.9, "window"), (1.1, "onset")])
def test_a_change_matters_when_it_moves_a_quarter_of_a_percent(sessions, because):
    """A reporter with so many sessions per 400 of all begins to fail in all of them."""
    size = 4000 * MATERIAL_SHARE * sessions
    small = [(size, 0.0)] * 90 + [(size, size)] * 10
    assert today(("Google", [(4000.0 - size, 0.0)] * 100), ("small", small))[1] == because


def test_the_present_policy_begins_today_where_it_came_last():
    """Days under other mx lines test another policy."""
    changed = {"example.com": day_number(FIRST) + 80}
    assert today(("Google", CLEAN * 100), policy_since=changed) == (80, "policy")


@pytest.mark.parametrize(("sessions", "days"), [(30.0, 28), (3.0, 71)])
def test_few_sessions_need_more_days(sessions, days):
    """Until a refused share of 2 % could not have stayed unseen."""
    begin, because = today(("Google", [(sessions, 0.0)] * 120))
    assert (120 - begin, because) == (days, "window")


def test_the_day_a_reporter_began_to_fail_is_its_own():
    """One that was repaired has none."""
    fails = ("Microsoft", CLEAN * 60 + [(100.0, 98.0)] * 40)
    fixed = ("Google", CLEAN * 20 + [(100.0, 98.0)] * 40 + CLEAN * 40)
    rises = rises_of_reporters(days_of(fails, fixed, ("Mail.ru", CLEAN * 100)))
    assert rises == {("example.com", "Microsoft"): day_number(FIRST) + 60}
