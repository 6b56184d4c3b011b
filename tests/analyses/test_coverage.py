"""Who reported on which days."""

import pandas as pd
from support.made_reports import policy, report, tables

from tlsrpt_analysis import coverage
from tlsrpt_analysis.tables import empty_tables


def test_missing_days_are_told():
    """Days are counted within the period of the domain."""
    reports = [report(policy(5), day=day) for day in (0, 1, 5, 9)]
    row = coverage(tables(*reports)).iloc[0]
    told = ["period_days", "reported_days", "missing_days", "longest_gap_days", "session_count"]
    assert row[told].tolist() == [10, 4, 6, 3, 20]


def test_a_reporter_that_came_late_or_vanished_has_a_gap():
    """The period is that of the domain, not of the reporter."""
    others = [report(policy(1), day=day) for day in range(10)]
    late = report(policy(1), reporter="Microsoft", day=7)
    row = coverage(tables(*others, late)).set_index("reporter").loc["Microsoft"]
    assert row["longest_gap_days"] == 7
    assert row["first_day"] == row["last_day"] == pd.Timestamp("2026-07-08")


def test_tested_and_untested_sessions_add_up_to_all():
    """A sender that skips policies in testing mode reports none found, and tests nothing."""
    reports = [
        report(policy(5), policy(7, policy_type="no-policy-found", mode=None), day=day)
        for day in range(3)
    ]
    row = coverage(tables(*reports)).iloc[0]
    counts = ["session_count", "tested_session_count", "untested_session_count"]
    assert row[counts].tolist() == [36, 15, 21]


def test_one_session_a_day_is_likely_an_echo():
    """Reports are mails as well, and the delivery of one is a session."""
    echo = [report(policy(1), day=day) for day in range(8)]
    mail = [report(policy(1 + day // 9), reporter="Microsoft", day=day) for day in range(10)]
    rows = coverage(tables(*echo, *mail)).set_index("reporter")
    assert rows["is_echo"].to_dict() == {"Google": True, "Microsoft": False}
    assert rows["days_since_last"].to_dict() == {"Google": 2, "Microsoft": 0}


def test_one_session_on_seven_days_may_be_mail():
    """Eight such days are needed for an echo."""
    mail = [report(policy(1), day=day) for day in range(7)]
    assert coverage(tables(*mail))["is_echo"].tolist() == [False]


def test_no_reports_give_no_rows():
    """Empty in, empty out."""
    assert coverage(empty_tables()).empty
