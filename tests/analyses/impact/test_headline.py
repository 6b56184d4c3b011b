"""The edges in the headline of a domain."""

import datetime as dt
from dataclasses import replace

import pytest
from support.made_reports import failure, policy, report, tables

from tlsrpt_analysis import enforce_impact
from tlsrpt_analysis.analyses.impact.headline import DomainFacts, headline

LAST_DAY = dt.date(2026, 8, 31)
MX1, MX2, MX3, MX4, MX5 = (f"mx{number}.example.com" for number in range(1, 6))
FACTS = DomainFacts(
    policy_domain="example.com",
    policy_mode="testing",
    session_count=1000,
    sts_session_count=1000,
    has_dane=False,
    would_block_high=301,
    lost_low=0,
    hosts=((MX5, 301),),
    uncovered_hosts=frozenset(),
    good_hosts=(MX1,),
    has_success_beside=True,
    policy_unavailable_count=0,
    first_day=dt.date(2026, 8, 1),
    last_day=LAST_DAY,
    last_blocked_day=LAST_DAY,
)


@pytest.mark.parametrize(("days", "expected"), [(13, False), (14, True)])
def test_a_fault_that_ended_two_weeks_ago_has_its_last_day(days, expected):
    """A later one is as good as present."""
    last = LAST_DAY - dt.timedelta(days)
    facts = replace(FACTS, last_blocked_day=last)
    assert (f", the last on {last} and none since;" in headline(facts)) == expected


@pytest.mark.parametrize(
    ("hosts", "expected"),
    [
        ((MX1,), f"to {MX1} as"),
        ((MX1, MX2, MX3), f"to {MX1}, {MX2} or {MX3} as"),
        ((MX1, MX2, MX3, MX4), f"to {MX1}, {MX2} or {MX3} as"),
    ],
)
def test_the_headline_names_at_most_three_good_hosts(hosts, expected):
    """A sentence with more of them is not read."""
    assert expected in headline(replace(FACTS, good_hosts=hosts))


@pytest.mark.parametrize(
    ("days_with_success", "expected"),
    [(8, "0 % only if another MX takes them"), (9, f"0 % if senders move on to {MX1} as")],
)
def test_nine_of_ten_refused_sessions_beside_a_success_show_a_good_host(
    days_with_success, expected
):
    """Beside 8 of 9 they do not: one day more had a single session, which failed."""
    days = [report(policy(1, 1, failure(1)), day=day) for day in range(days_with_success)]
    given = tables(*days, report(policy(0, 1, failure(1)), day=20))
    assert expected in enforce_impact(given).by_domain["headline"].iloc[0]
