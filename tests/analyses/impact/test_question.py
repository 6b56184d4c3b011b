"""What sharpens the impact, which fixes there are, and in which order."""

import pandas as pd
import pytest
from support.made_reports import failure, month, policy, report, tables

from tlsrpt_analysis import PolicyError, enforce_impact
from tlsrpt_analysis.analyses.impact.question import daily_policy_unavailable

MX1, MX2, MX3 = (f"mx{number}.example.com" for number in (1, 2, 3))


def records(*preferences):
    """Return MX records of example.com, mx1 first."""
    hosts = [MX1, MX2, MX3][: len(preferences)]
    return pd.DataFrame(
        {"policy_domain": "example.com", "mx_hostname": hosts, "preference": preferences}
    )


def row_of(impact):
    """Return the one domain's row."""
    return impact.by_domain.iloc[0]


def backup_fails():
    """Return days on which 10 of 100 sessions fail at mx2; the policy lists both hosts."""
    return tables(*month(policy(90, 10, failure(10, host=MX2), mx=[MX1, MX2])))


def traffic(*shares):
    """Return the shares of the sessions that each host takes, mx1 first."""
    hosts = [MX1, MX2, MX3][: len(shares)]
    return pd.DataFrame(
        {"policy_domain": "example.com", "mx_hostname": hosts, "traffic_share": shares}
    )


def test_another_host_of_equal_preference_takes_what_one_refuses():
    """It took half of the sessions and failed in none, so little can be lost."""
    given = {"mx_preferences": records(10, 10), "mx_traffic": traffic(0.5, 0.5)}
    row = row_of(enforce_impact(backup_fails(), **given))
    assert row["lost_share_high"] < 0.001
    assert row["rerouted_low"] == 263  # 3 of 50 may fail there: 28 days of 9.4
    assert row["delayed_high"] == 280 - 263


def test_what_a_backup_refuses_waits_for_the_first_host():
    """It was passed over because it was unreachable: a delay."""
    given = {"mx_preferences": records(10, 20), "mx_traffic": traffic(0.9, 0.1)}
    row = row_of(enforce_impact(backup_fails(), **given))
    assert (row["rerouted_high"], row["delayed_low"] > 0) == (0, True)


def test_what_the_only_host_always_refuses_is_lost():
    """All but the mail of the last five days, which may still wait."""
    given = tables(*month(policy(0, 10, failure(10, host=MX1))))
    row = row_of(enforce_impact(given, mx_preferences=records(10)))
    assert (row["lost_low"], row["lost_high"]) == (230, 280)


def test_a_host_that_a_probe_found_bad_takes_nothing():
    """All successes may have been there, so nothing shows that mx2 ever takes a message."""
    checks = pd.DataFrame(
        {
            "policy_domain": "example.com",
            "mx_hostname": [MX1, MX2, None],
            "outcome": ["failed", "passed", "passed"],
        }
    )
    row = row_of(enforce_impact(backup_fails(), mx_preferences=checks))
    assert (row["lost_low"], row["rerouted_high"], row["lost_high"]) == (0, 0, 280)


def test_the_share_of_honouring_senders_makes_it_a_share_of_all_mail():
    """And the headline says so."""
    row = row_of(enforce_impact(backup_fails(), honouring_share=0.4))
    assert row["lost_share_high"] == pytest.approx(0.04)
    assert row["denominator"] == "all inbound mail"
    assert "4.0 % of all inbound mail for example.com" in row["headline"]
    assert "(280 of 2,800 tested sessions)" in row["headline"]


def test_reporters_weigh_as_much_as_their_mail():
    """Google sends nine of ten messages, though Microsoft has half of the sessions."""
    given = tables(
        *month(policy(100)),
        *month(policy(0, 100, failure(100, host=MX1)), reporter="Microsoft"),
    )
    mail = pd.DataFrame({"reporter": ["google", "Microsoft"], "message_count": [900, 100]})
    row = row_of(enforce_impact(given, inbound_share=mail))
    assert row["would_block_share"] == pytest.approx(0.1)
    others = pd.concat([mail, pd.DataFrame({"reporter": ["x"], "message_count": [1000]})])
    row = row_of(enforce_impact(given, inbound_share=others, sessions_per_message_in_testing=1))
    expected = (0.05 * 23 / 28, 0.1)
    assert (row["lost_share_low"], row["lost_share_high"]) == pytest.approx(expected)


def test_retries_under_enforce_mode_are_one_message():
    """30 % of the sessions may be 0.3 % of the messages."""
    refused = month(policy(0, 30, failure(30, host=MX1), mode="enforce"), reporter="Microsoft")
    given = tables(*month(policy(70, mode="enforce")), *refused)
    row = row_of(enforce_impact(given, mx_preferences=records(10)))
    low = 30 * 23 / 108
    assert row["lost_share_low"] == pytest.approx(low / (70 * 28 + 30 * 28 / 108))
    assert row["lost_share_high"] == pytest.approx(0.3)
    assert "a refused message is tried 1 to 108 times: 0.3 % to 30.0 % of the" in row["headline"]


def test_mx_traffic_gives_refusals_per_session_of_the_host():
    """Otherwise a host's own sessions are unknown."""
    traffic = pd.DataFrame(
        {"policy_domain": "example.com", "mx_hostname": [MX1, MX2], "session_count": [80, 20]}
    )
    by_mx = enforce_impact(backup_fails(), mx_traffic=traffic).by_mx
    assert by_mx["would_block_at_host"].tolist() == pytest.approx([0.5])


@pytest.mark.parametrize(
    "given",
    [
        {"honouring_share": 1.1},
        {"sessions_per_message": (5, 2)},
        {"inbound_share": pd.DataFrame({"sender": []})},
        {"mx_traffic": pd.DataFrame({"mx_hostname": []})},
        {"mx_preferences": pd.DataFrame({"host": []})},
    ],
)
def test_an_invalid_option_is_rejected(given):
    """The error names the column or the range that is wrong."""
    with pytest.raises(PolicyError):
        enforce_impact(backup_fails(), **given)


def three_faults():
    """Return an uncovered host, an expired certificate and a host without STARTTLS."""
    details = [
        failure(50, "validation-failure", MX2),
        failure(20, "certificate-expired", MX1),
        failure(10, "starttls-not-supported", MX3),
        failure(5, "certificate-expired", MX2),
    ]
    return tables(*month(policy(915, 85, *details, mx=[MX1, MX3])))


def test_the_ladder_is_ordered_by_what_each_fix_wins_back():
    """Each step after those before; dropping a host is an alternative."""
    fixes = enforce_impact(three_faults()).fixes
    steps = fixes[fixes["step"].notna()]
    assert steps["fix"].tolist() == [
        f"add mx {MX2}",
        f"repair certificate {MX1}",
        f"enable STARTTLS {MX3}",
        f"repair certificate {MX2}",
    ]
    assert steps["won_back_high"].tolist() == [1400, 560, 280, 140]
    assert steps["would_block_share_before"].iloc[0] == pytest.approx(0.085)
    assert steps["would_block_share_after"].iloc[-1] == 0
    assert set(fixes["kind"][fixes["step"].isna()]) == {"drop mx"}


def test_a_host_that_is_not_listed_needs_its_line_and_its_certificate():
    """Either one alone fixes nothing where the certificate failed."""
    impact = enforce_impact(three_faults())
    assert row_of(impact.after(f"repair certificate {MX2}"))["would_block_high"] == 85 * 28
    both = impact.after([f"repair certificate {MX2}", f"add mx {MX2}"])
    assert row_of(both)["would_block_high"] == 30 * 28


def test_a_host_whose_name_holds_spaces_is_fixed_like_any_other():
    """A reporter may write what it likes there."""
    odd = "mx one.example.com"
    impact = enforce_impact(tables(*month(policy(90, 10, failure(10, host=odd)))))
    assert set(impact.fixes["receiving_mx_hostname"]) == {odd}
    fixed = impact.after([f"add mx {odd}", f"repair certificate {odd}"])
    assert row_of(fixed)["would_block_high"] == 0


def test_fixes_add_up_over_calls_and_leave_the_ladder_of_the_rest():
    """After all fixes the domain is ready, and nothing is left to fix."""
    impact = enforce_impact(three_faults())
    ladder = impact.fixes["fix"][impact.fixes["step"].notna()].tolist()
    first = impact.after(ladder[0], policy_domain="example.com")
    assert first.fixes["fix"].iloc[0] == ladder[1]
    done = first.after(ladder[1:])
    assert row_of(done)["would_block_high"] == 0
    assert "only Google tested the policy" in row_of(done)["reasons"]
    assert len(done.fixes) == 0


def test_dropping_a_host_is_never_a_sure_fix():
    """Its sessions go elsewhere, and nobody has seen how they fare there."""
    row = row_of(enforce_impact(three_faults()).after(f"drop mx {MX1}"))
    assert (row["would_block_low"], row["would_block_high"]) == (65 * 28, 85 * 28)
    row = row_of(enforce_impact(backup_fails()).after(f"drop mx {MX2}"))
    assert (row["would_block_low"], row["would_block_high"]) == (0, 280)
    assert row["verdict"] == "not ready"


@pytest.mark.parametrize(
    ("reason", "result", "expected"),
    [
        ("the policy lists it alone", policy(90, 10, failure(10, host=MX1)), set()),
        (
            "no session was seen at another host",
            policy(0, 10, failure(10, host=MX1), mx=[MX1, MX2]),
            set(),
        ),
        ("successes may be of mx2", policy(9, 1, failure(1, host=MX1), mx=[MX1, MX2]), {MX1}),
        ("mx1 took the others", policy(9, 1, failure(1, "validation-failure", MX2)), {MX2}),
    ],
)
def test_drop_mx_is_never_offered_for_the_only_host_with_sessions(reason, result, expected):
    """There must be another usable host that has had sessions, or can have had some."""
    fixes = enforce_impact(tables(*month(result))).fixes
    dropped = fixes[fixes["kind"] == "drop mx"]
    assert set(dropped["receiving_mx_hostname"]) == expected, reason


def test_what_is_not_a_fix_is_rejected():
    """The message lists the kinds of fixes."""
    with pytest.raises(PolicyError, match="is not a fix: write one of add mx"):
        enforce_impact(backup_fails()).after("paint mx1.example.com")


def test_a_verdict_has_its_reasons_and_its_evidence():
    """The days and sessions of the last four weeks."""
    row = row_of(enforce_impact(backup_fails()))
    assert row["reasons"].startswith(
        "280 of 2,800 tested sessions of the last 28 days would be refused, and more than 0.5 % is"
        " too many"
    )
    assert (row["evidence_days"], row["today_tested_session_count"]) == (28, 2800)
    assert row["last_blocked_day"] == pd.Timestamp("2026-07-28")


def test_a_reason_code_shows_that_a_reporter_counts_beside_its_totals():
    """Details that exceed the total are then no overlap."""
    details = [failure(3, "validation-failure", MX2), failure(3, "certificate-expired", MX1)]
    beside = policy(5, 4, *details)
    other = policy(5, 0, failure(1, "validation-failure", MX2))
    alone = row_of(enforce_impact(tables(report(beside))))
    known = row_of(enforce_impact(tables(report(beside), report(other, day=1))))
    assert (alone["would_block_high"], known["would_block_high"]) == (4, 6 + 1)


def test_what_dane_refused_is_in_the_headline():
    """It has no testing mode."""
    given = tables(*month(policy(10), policy(5, 2, failure(2), policy_type="tlsa")))
    assert (
        "DANE refused 56 sessions, whatever the mode" in row_of(enforce_impact(given))["headline"]
    )


def test_what_dane_refused_is_told_with_its_last_day_once_it_is_over():
    """Else a fault that was repaired weeks ago reads like one of today."""
    refusing = policy(5, 2, failure(2, "tlsa-invalid"), policy_type="tlsa")
    clean = policy(7, policy_type="tlsa")
    days = [report(policy(10), refusing if day < 5 else clean, day=day) for day in range(28)]
    headline = row_of(enforce_impact(tables(*days)))["headline"]
    assert "DANE refused 10 sessions until 2026-07-05, whatever the mode" in headline
    headline = row_of(enforce_impact(tables(*days[:10])))["headline"]
    assert "DANE refused 10 sessions, whatever the mode" in headline


def test_sessions_whose_policy_was_unavailable_are_counted_apart():
    """They are a gap in protection, not refused mail."""
    fetch = failure(5, "sts-policy-fetch-error")
    rows = daily_policy_unavailable(tables(report(policy(0, 5, fetch, mode=None))))
    assert rows["policy_unavailable_count"].tolist() == [5]
