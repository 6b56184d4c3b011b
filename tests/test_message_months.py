"""The months that the benchmarks simulate session by session count what they send."""

import numpy as np
import pytest

from benchmarks.detail_habits import BESIDE, COMPLETE, DOUBLED, HABITS, MICROSOFT, PARTIAL
from benchmarks.fault_families import FAMILIES, simulated
from benchmarks.sender_reports import reported_rows

SOME = (
    "all: two unlisted hosts",
    "all: policy not fetched",
    "one: alias, beside no STARTTLS for all",
    "one, enforce mode",
)


def month_of(family, habit):
    """Return a month in which all senders report in one way, and its policy results."""
    generator = np.random.default_rng([1, list(FAMILIES).index(family)])
    month = simulated(family, 0, generator, habit=habit)
    return month, list(reported_rows(month))


@pytest.mark.parametrize("family", SOME)
@pytest.mark.parametrize("habit", dict.fromkeys(HABITS.values()))
def test_each_session_is_in_one_summary(family, habit):
    """Those under DANE once more."""
    month, results = month_of(family, habit)
    sessions = sum(
        row["total_successful_session_count"] + row["total_failure_session_count"]
        for row, _ in results
        if row["policy_type"] == "sts"
    )
    assert sessions == int((month.sessions * month.reported).sum()) > 0


@pytest.mark.parametrize("family", SOME)
@pytest.mark.parametrize(("habit", "times"), [(COMPLETE, 1), (MICROSOFT, 1), (BESIDE, 1)])
def test_each_failure_is_in_one_detail(family, habit, times):
    """Whatever the summary counts."""
    month, results = month_of(family, habit)
    counted = sum(one["failed_session_count"] for _, details in results for one in details)
    assert counted == times * int((month.failed * month.reported).sum())


def test_mail_ru_lists_a_failure_twice_and_another_sender_half_of_them():
    """At MX hosts."""
    month, results = month_of("one, enforce mode", DOUBLED)
    failed = int((month.failed * month.reported).sum())
    twice = sum(one["failed_session_count"] for _, details in results for one in details)
    assert twice == 2 * failed
    month, results = month_of("one, enforce mode", PARTIAL)
    half = sum(one["failed_session_count"] for _, details in results for one in details)
    assert 0.4 * failed <= half <= 0.5 * failed


def test_every_family_makes_a_month():
    """With a report at least."""
    for family in FAMILIES:
        _, results = month_of(family, None)
        assert results, family
