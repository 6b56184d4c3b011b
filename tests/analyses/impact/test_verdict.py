"""The edges of the verdict on a domain."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from tlsrpt_analysis.analyses.impact.verdict import verdict_of

FIRST_DAY = dt.date(2026, 8, 1)


def days(sessions, refused):
    """Return one row a day from the first of August."""
    day = [FIRST_DAY + dt.timedelta(number) for number in range(len(sessions))]
    return pd.DataFrame({"day": day, "session_count": sessions, "would_block_high": refused})


@pytest.mark.parametrize(("refused", "expected"), [(140, "ready"), (141, "not ready")])
def test_more_than_one_session_in_200_is_too_many(refused, expected):
    """Of 28,000 sessions, 140 are 0.5 %."""
    by_day = np.full(28, 5)
    by_day[0] += refused - 140
    assert verdict_of(days(np.full(28, 1000), by_day)).verdict == expected


@pytest.mark.parametrize(("sessions", "expected"), [(188, "too little data"), (189, "ready")])
def test_ready_needs_a_share_below_2_percent_with_95_percent_confidence(sessions, expected):
    """Wilson's upper limit for 0 of 188 is 2.002 %, for 0 of 189 it is 1.992 %."""
    by_day = np.full(28, 6)
    by_day[0] += sessions - by_day.sum()
    assert verdict_of(days(by_day, np.zeros(28, "int64"))).verdict == expected


@pytest.mark.parametrize(("day_count", "expected"), [(28, "not ready"), (29, "ready")])
def test_a_fault_counts_for_28_days(day_count, expected):
    """The first day failed; it is one of the last 28 days or the day before them."""
    refused = np.zeros(day_count, "int64")
    refused[0] = 1000
    verdict = verdict_of(days(np.full(day_count, 1000), refused))
    assert (verdict.verdict, verdict.evidence_days) == (expected, 28)


@pytest.mark.parametrize(("day_count", "expected"), [(7, "too little data"), (8, "ready")])
def test_eight_reported_days_are_needed(day_count, expected):
    """A day without sessions is no reported day."""
    sessions = np.append(np.full(day_count, 1000), 0)
    verdict = verdict_of(days(sessions, np.zeros(day_count + 1, "int64")))
    assert (verdict.verdict, verdict.evidence_days) == (expected, day_count)
    assert ("8 reported days are needed" in verdict.reasons) == (day_count == 7)
