"""The edges between rerouted, delayed and lost."""

import pandas as pd
import pytest
from support.made_reports import failure, policy, report, tables

from tlsrpt_analysis import PolicyError, enforce_impact
from tlsrpt_analysis.standards.report import FailureDetails

MX1, MX2, MX3 = (f"mx{number}.example.com" for number in (1, 2, 3))


def row_of(impact):
    """Return the one domain's row."""
    return impact.by_domain.iloc[0]


def refused_day(count, day, reporter="Google"):
    """Return a report on a day on which all sessions failed at the only listed host."""
    return report(policy(0, count, failure(count, host=MX1)), day=day, reporter=reporter)


@pytest.mark.parametrize(
    ("reason", "reports", "expected"),
    [
        ("one session proves little", [refused_day(1, 0)], 0),
        ("two on one day are a row", [refused_day(2, 0)], 2),
        ("two on two days are a row", [refused_day(1, 0), refused_day(1, 1)], 2),
        ("a day without a report does not end a row", [refused_day(1, 0), refused_day(1, 2)], 2),
        ("a success does", [refused_day(1, 0), report(policy(1), day=1), refused_day(1, 2)], 0),
        ("a row is of one reporter", [refused_day(1, 0), refused_day(1, 1, "Microsoft")], 0),
    ],
)
def test_two_refused_sessions_in_a_row_are_certainly_lost(reason, reports, expected):
    """The sender of a single one tries again for days (RFC 5321 §4.5.4.1)."""
    assert row_of(enforce_impact(tables(*reports)))["lost_low"] == expected, reason


def with_traffic(given, share):
    """Return the impact where mx1 takes a share of the sessions and mx2 the rest."""
    records = pd.DataFrame(
        {"policy_domain": "example.com", "mx_hostname": [MX1, MX2], "preference": 10}
    )
    traffic = records.drop(columns="preference").assign(traffic_share=[share, 1 - share])
    return row_of(enforce_impact(given, mx_preferences=records, mx_traffic=traffic))


@pytest.mark.parametrize(("expected_sessions", "lost"), [(3, 90), (4, 68), (30, 9)])
def test_a_host_without_a_failure_in_n_sessions_fails_in_at_most_3_of_n(expected_sessions, lost):
    """Up to 3 sessions show nothing: 90 of 90 may be lost; of 4 at most 3, so 67.5 of 90."""
    given = tables(report(policy(10, 90, failure(90, host=MX2), mx=[MX1, MX2])))
    assert with_traffic(given, expected_sessions / 100)["lost_high"] == lost


def test_a_day_counts_as_at_most_one_session_of_the_days_together():
    """On 30 days mx1 took 2 sessions each: that shows 30, so that 3/30 of 98 may be lost."""
    result = policy(2, 98, failure(98, host=MX2), mx=[MX1, MX2])
    given = tables(*[report(result, day=day) for day in range(30)])
    assert with_traffic(given, 0.02)["lost_high"] == 30 * 10


@pytest.mark.parametrize(
    ("option", "valid", "invalid"),
    [
        ("honouring_share", 0, -0.001),
        ("honouring_share", 1, 1.001),
        ("sessions_per_message", 1, 0.999),
        ("sessions_per_message", 1000, 1000.001),
    ],
)
def test_an_option_is_accepted_up_to_its_limit(option, valid, invalid):
    """Shares go from 0 to 1, a message takes 1 to 1,000 sessions."""
    impact = enforce_impact(tables(report(policy(1))))
    assert len(impact.with_options(**{option: valid}).by_domain) == 1
    with pytest.raises(PolicyError, match=option):
        impact.with_options(**{option: invalid})


@pytest.mark.parametrize(("uncovered", "expected"), [([MX2], (0, 5)), ([MX2, MX3], (10, 10))])
def test_a_mismatch_without_a_host_is_that_of_the_only_host_not_listed(uncovered, expected):
    """It counts as fixed in the lower bound only, and not at all where two hosts may be meant."""
    unnamed = FailureDetails(
        "validation-failure", failure_reason_code="MX_HOSTS_MISMATCH", failed_session_count=5
    )
    named = [failure(5, "validation-failure", host) for host in uncovered]
    failed = 5 + 5 * len(named)
    given = tables(report(policy(90, failed, unnamed, *named, mx=[MX1])))
    row = row_of(enforce_impact(given).after(f"add mx {MX2}"))
    assert (row["would_block_low"], row["would_block_high"]) == expected
