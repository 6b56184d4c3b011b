"""The edges between rerouted, delayed and lost."""

import math

import pandas as pd
import pytest
from support.made_reports import failure, month, policy, report, tables

from tlsrpt_analysis import PolicyError, enforce_impact

MX1, MX2, MX3 = (f"mx{number}.example.com" for number in (1, 2, 3))


def row_of(impact):
    """Return the one domain's row."""
    return impact.by_domain.iloc[0]


def refused_day(count, day, reporter="Google"):
    """Return a report on a day on which all sessions failed at the only listed host."""
    return report(policy(0, count, failure(count, host=MX1)), day=day, reporter=reporter)


def history(bad, good=(), reporter="Google"):
    """Return days on which 10 of 10 sessions fail at the only listed host, and days without."""
    days = [refused_day(10, day, reporter) for day in bad]
    return days + [report(policy(10), day=day, reporter=reporter) for day in good]


@pytest.mark.parametrize(
    ("reason", "reports", "lost_low", "lost_high"),
    [
        ("an hour's fault is a delay", history([0], range(1, 9)), 0, 1),
        ("three days are within every queue", history(range(3), range(3, 9)), 0, 1),
        ("after four days short queues end", history(range(4), range(4, 9)), 0, 11),
        ("after five days long ones may", history(range(5), range(5, 9)), 0, 21),
        ("mail of the first of six days bounces", history(range(6), range(6, 12)), 10, 31),
        ("all but the last five of twenty days", history(range(20), range(20, 30)), 150, 171),
        ("a fault that lasts may bounce all", history(range(6, 9), range(6)), 0, 30),
        ("days without a report do not end it", history([0, 5]), 10, 20),
        ("long silence does", history([0, 6]), 0, 20),
        ("a success does", history([0, 1, 2, 4, 5, 6], [3, 7, 8, 9, 10]), 0, 4),
        (
            "a run is of one reporter",
            history(range(4)) + history(range(4, 8), reporter="Microsoft"),
            0,
            80,
        ),
    ],
)
def test_lost_is_what_bounces(reason, reports, lost_low, lost_high):
    """A sender tries again for four to five days (RFC 5321 §4.5.4.1); the rest is delayed."""
    row = row_of(enforce_impact(tables(*reports)))
    assert (row["lost_low"], row["lost_high"]) == (lost_low, lost_high), reason
    refused = row["would_block_low"]
    assert (row["delayed_low"], row["delayed_high"]) == (refused - lost_high, refused - lost_low)
    assert row["rerouted_high"] == 0


@pytest.mark.parametrize("has_records", [True, False])
def test_one_broken_backend_of_20_behind_the_only_mx_delays_mail(has_records):
    """Any other attempt delivers it: 95 % of the same days' sessions succeed there."""
    records = pd.DataFrame(
        {"policy_domain": ["example.com"], "mx_hostname": [MX1], "preference": [10]}
    )
    given = tables(*month(policy(95, 5, failure(5, host=MX1))))
    row = row_of(enforce_impact(given, mx_preferences=records if has_records else None))
    assert (row["lost_low"], row["lost_high"]) == (0, 1)
    assert (row["delayed_low"], row["delayed_high"]) == (139, 140)
    assert row["rerouted_high"] == 0


def test_a_sender_with_a_favourite_host_shows_nothing_of_the_others():
    """All its successes may be of the host that also fails, so nothing is surely rerouted."""
    records = pd.DataFrame(
        {"policy_domain": "example.com", "mx_hostname": [MX1, MX2], "preference": 10}
    )
    given = tables(*month(policy(50, 50, failure(50, host=MX2), mx=[MX1, MX2]), days=2))
    row = row_of(enforce_impact(given, mx_preferences=records))
    assert (row["rerouted_low"], row["rerouted_high"]) == (0, 100)
    assert row["lost_high"] == 38  # 51 of 101 attempts fail on either day: 12.75 + 25.25


def test_successes_beside_an_unlisted_host_are_of_the_only_other_one():
    """Whatever host a sender prefers: what mx2 did not take, mx1 took."""
    records = pd.DataFrame(
        {"policy_domain": "example.com", "mx_hostname": [MX1, MX2], "preference": 10}
    )
    given = tables(*month(policy(60, 40, failure(40, "validation-failure", MX2)), days=2))
    row = row_of(enforce_impact(given, mx_preferences=records))
    assert row["rerouted_low"] == 2 * 40 * (1 - 3 / 60)


def test_no_usable_host_in_the_mx_records_loses_all_mail():
    """The MX moved, and the policy names the old host only."""
    records = pd.DataFrame(
        {"policy_domain": ["example.com"], "mx_hostname": [MX2], "preference": [10]}
    )
    given = tables(*month(policy(0, 10, failure(10, "validation-failure", MX2))))
    row = row_of(enforce_impact(given, mx_preferences=records))
    assert (row["lost_low"], row["lost_high"]) == (230, 280)


def with_traffic(given, share):
    """Return the impact where mx1 takes a share of the sessions and mx2 the rest."""
    records = pd.DataFrame(
        {"policy_domain": "example.com", "mx_hostname": [MX1, MX2], "preference": 10}
    )
    traffic = records.drop(columns="preference").assign(traffic_share=[share, 1 - share])
    return row_of(enforce_impact(given, mx_preferences=records, mx_traffic=traffic))


@pytest.mark.parametrize(("expected_sessions", "lost"), [(3, 82), (4, 61), (30, 9)])
def test_a_host_without_a_failure_in_n_sessions_fails_in_at_most_3_of_n(expected_sessions, lost):
    """Up to 3 sessions show nothing; of 4 at most 3 fail; and 91 of 101 attempts that day do."""
    given = tables(report(policy(10, 90, failure(90, host=MX2), mx=[MX1, MX2])))
    assert with_traffic(given, expected_sessions / 100)["lost_high"] == lost


def test_a_day_counts_as_at_most_one_session_of_the_days_together():
    """On 30 days mx1 took 2 sessions each: that shows 30, so 3/30 of 98 may find no host at once."""
    result = policy(2, 98, failure(98, host=MX2), mx=[MX1, MX2])
    given = tables(*[report(result, day=day) for day in range(30)])
    bouncing = [9.8 * (99 / 101) ** min(4, 30 - day) for day in range(30)]
    assert with_traffic(given, 0.02)["lost_high"] == math.ceil(sum(bouncing))


@pytest.mark.parametrize(
    ("option", "valid", "invalid"),
    [
        ("honouring_share", 0, -0.001),
        ("honouring_share", 1, 1.001),
        ("sessions_per_message", 1, 0.999),
        ("sessions_per_message", 1000, 1000.001),
        ("sessions_per_message_in_testing", 1, 0.999),
    ],
)
def test_an_option_is_accepted_up_to_its_limit(option, valid, invalid):
    """Shares go from 0 to 1, a message takes 1 to 1,000 sessions."""
    impact = enforce_impact(tables(report(policy(1))))
    assert len(impact.with_options(**{option: valid}).by_domain) == 1
    with pytest.raises(PolicyError, match=option):
        impact.with_options(**{option: invalid})
