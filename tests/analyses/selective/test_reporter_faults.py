"""When a reporter's failures are a fault, and when it is over: each limit on both sides."""

import pytest
from support.made_reports import failure, month, policy, report, tables

from tlsrpt_analysis import selective_failures


def verdict(
    *days, sessions=40, failures=38, clean_sessions=100, reported=range(60), reporter="Microsoft"
):
    """Return the row of a reporter that fails on some of the days that it reports."""
    failing = policy(sessions - failures, failures, failure(failures))
    reports = [
        report(failing if day in days else policy(sessions), reporter=reporter, day=day)
        for day in reported
    ]
    clean = month(policy(clean_sessions), days=60)
    return selective_failures(tables(*clean, *reports)).iloc[0]


@pytest.mark.parametrize(("step", "expected"), [(5, "selective"), (6, "not selective")])
def test_a_steady_fault_shows_on_a_fifth_of_the_days(step, expected):
    """On every fifth of sixty days, and not on every sixth."""
    assert verdict(*range(0, 60, step))["verdict"] == expected


@pytest.mark.parametrize(("failures", "is_weak"), [(52, False), (51, True)])
def test_a_fault_is_weak_unless_five_percent_fail_for_sure(failures, is_weak):
    """The lower end of the share is 5.02 % or 4.92 %; it is selective all the same."""
    row = verdict(*range(60), sessions=1000, failures=failures, clean_sessions=1000)
    assert row["verdict"] == "selective"
    assert (row["failing_share_low"] < 0.05) == is_weak
    assert row["explanation"].endswith("The fault is weak: it spares most sessions.") == is_weak


def test_a_weak_fault_of_every_day_is_selective():
    """Microsoft fails in 3 % of its sessions on 60 of 60 days, and Google in none of 1.2 million."""
    row = verdict(*range(60), sessions=1000, failures=30, clean_sessions=20_000)
    assert (row["verdict"], row["failing_days"], row["observed_in_clean"]) == ("selective", 60, 0)


@pytest.mark.parametrize(("days", "is_enough"), [(3, True), (2, False)])
def test_three_days_with_failures_are_needed(days, is_enough):
    """Two may be over tomorrow."""
    text = verdict(*range(60 - days, 60), reported=range(60 - days, 60))["explanation"]
    assert ("days with failures are needed" not in text) == is_enough


@pytest.mark.parametrize(("step", "is_known"), [(2, True), (2.1, False)])
def test_who_reports_on_half_of_the_days_reports_successes_too(step, is_known):
    """On fewer it may send no report where nothing failed."""
    days = {int(step * number) for number in range(30)} | {59}
    days = sorted(day for day in days if day < 60)[:30] if is_known else sorted(days)[:29]
    text = verdict(*days, reported=days, reporter="harbor.example")["explanation"]
    assert ("it reports on few days" not in text) == is_known


def test_microsoft_is_known_to_report_successes():
    """Forty of forty sessions on twenty days fail, and none of Google's 180."""
    row = verdict(
        *range(0, 60, 3), sessions=2, failures=2, clean_sessions=3, reported=range(0, 60, 3)
    )
    assert (row["verdict"], row["failing_share"], row["failing_days"]) == ("selective", 1, 20)


@pytest.mark.parametrize(("clean_days", "is_over"), [(10, False), (11, True)])
def test_a_fault_is_over_when_its_clean_days_are_no_chance(clean_days, is_over):
    """It spares 18 of 28 days: ten more have a chance of 1.2 %, and eleven one of 0.8 %."""
    row = verdict(*range(0, 28, 3), reported=range(28 + clean_days))
    assert row.notna()["over_since"] == is_over


@pytest.mark.parametrize(("untyped", "rows"), [(5, 2), (4, 1)])
def test_failures_without_a_type_have_a_row_when_they_are_half(untyped, rows):
    """Five of ten are, and four are not."""
    result = policy(30, 10, failure(10 - untyped))
    reports = month(result, reporter="Microsoft", days=60)
    assert len(selective_failures(tables(*month(policy(100), days=60), *reports))) == rows
