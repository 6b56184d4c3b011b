"""Reports that say they are of long ago never count as today, whatever they hold."""

import datetime as dt

import pandas as pd
import pytest
from support.made_reports import FIRST_DAY, failure, month, policy, report, tables

from tlsrpt_analysis.analyses.impact.enforce_impact import enforce_impact

CURRENT = (
    *month(policy(1_000, 20, failure(20, host="mx1.example.com"))),
    *month(policy(500), reporter="Microsoft"),
)
POLICIES = {
    "all fail": policy(0, 5_000, failure(5_000, host="mx1.example.com")),
    "all pass": policy(5_000),
    "another host fails": policy(0, 500, failure(500, host="mx9.example.com")),
    "another policy": policy(500, mx=("mx9.example.com",), mode="enforce"),
    "no policy": policy(500, mode="none"),
}

FRAMES = {
    "by_domain": ["policy_domain"],
    "by_reporter": ["policy_domain", "reporter"],
    "by_mx": ["policy_domain", "receiving_mx_hostname"],
}


def days_since_first(year: int) -> int:
    """Return the first day of a year, counted from the first day of the made reports."""
    return (dt.date(year, 1, 1) - FIRST_DAY).days


def todays_numbers(frame: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Return what a frame says of today, without the rows of which today says nothing."""
    shown = [name for name in frame.columns if name.startswith(("today_", "verdict"))]
    asked = frame.set_index(keys)[shown]
    return asked[(asked["today_tested_session_count"] > 0).to_numpy("bool")]


@pytest.fixture(scope="module")
def of_today():
    """Return the impact of the current reports alone."""
    return enforce_impact(tables(*CURRENT))


@pytest.mark.parametrize(
    ("year", "old"),
    [*((1970, old) for old in POLICIES.values()), (1, POLICIES["all pass"])],
    ids=[*POLICIES, "in the year 1"],
)
def test_reports_of_long_ago_change_nothing_of_today(of_today, year, old):
    """Neither the numbers nor the days nor the verdict, from a known reporter or a new one."""
    day = days_since_first(year)
    added = [report(old, reporter=reporter, day=day) for reporter in ("Google", "Old")]

    together = enforce_impact(tables(*CURRENT, *added))

    for name, keys in FRAMES.items():
        pd.testing.assert_frame_equal(
            *(todays_numbers(getattr(impact, name), keys) for impact in (together, of_today)),
            check_categorical=False,
            check_index_type=False,
        )


@pytest.mark.parametrize(("year", "verdict"), [(1970, "too little data"), (2026, "ready")])
def test_a_second_reporter_of_long_ago_makes_no_domain_ready(year, verdict):
    """Two reporters are needed today; the same days beside the others' are enough."""
    begin = days_since_first(year) if year == 1970 else 0
    second = [report(policy(500), reporter="Old", day=begin + day) for day in range(28)]

    impact = enforce_impact(tables(*month(policy(1_000)), *second))

    assert impact.by_domain["verdict"].item() == verdict
