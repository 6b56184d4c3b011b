"""When a domain is ready: each condition, on both sides of its edge."""

import pandas as pd
import pytest
from support.made_reports import failure, month, policy, report, tables

from tlsrpt_analysis import enforce_impact

MX1 = "mx1.example.com"
EXPIRED = "certificate-expired"


def judged(*reports, **options):
    """Return the row of the one domain of some reports."""
    return enforce_impact(tables(*reports), **options).by_domain.iloc[0]


def days_of(results, reporter="Google"):
    """Return one report a day, with the given result, or none where it is `None`."""
    return [
        report(result, reporter=reporter, day=day)
        for day, result in enumerate(results)
        if result is not None
    ]


def refused(count, of=100, mode="testing"):
    """Return a result in which some sessions failed at the only MX host."""
    return policy(of - count, count, failure(count, EXPIRED, MX1), mode=mode)


CLEAN = policy(100)
MICROSOFT = month(policy(100), reporter="Microsoft", days=60)
GOOGLE = month(policy(100), days=60)


def test_enough_clean_days_of_two_reporters_are_ready():
    """The promise in its simplest form."""
    row = judged(*GOOGLE, *MICROSOFT)
    assert row["verdict"] == "ready"
    assert row["reasons"].startswith("0 of 5,600 tested sessions of the last 28 days would be")


@pytest.mark.parametrize(("days", "verdict"), [(13, "too little data"), (14, "ready")])
def test_tested_sessions_on_14_days_are_needed(days, verdict):
    """Google advises two weeks of testing."""
    both = [*month(CLEAN, days=days), *month(CLEAN, reporter="Microsoft", days=days)]
    assert judged(*both)["verdict"] == verdict


def test_one_reporter_is_not_enough_and_the_missing_ones_are_named():
    """What Google tested says nothing about Microsoft's mail."""
    row = judged(*GOOGLE)
    assert row["verdict"] == "too little data"
    assert "only Google tested the policy: two reporters are needed" in row["reasons"]
    assert (
        "no tested session is from Microsoft: that mail is not in these figures" in row["reasons"]
    )


@pytest.mark.parametrize(("count", "verdict"), [(1, "ready"), (2, "not ready")])
def test_more_than_one_tested_session_in_200_is_too_many(count, verdict):
    """Spread evenly over the days: 1 and 2 of 200 a day are 0.5 % and 1 %."""
    row = judged(*days_of([refused(count)] * 56), *month(CLEAN, reporter="Microsoft", days=56))
    assert row["verdict"] == verdict


@pytest.mark.parametrize(("sessions", "verdict"), [(5, "too little data"), (20, "ready")])
def test_so_many_sessions_are_needed_that_less_than_2_percent_is_sure(sessions, verdict):
    """Twice 5 sessions on 28 days leave 2.1 % possible."""
    both = [*month(policy(sessions)), *month(policy(sessions), reporter="Microsoft")]
    row = judged(*both)
    assert row["verdict"] == verdict
    assert (row["today_would_block_share_high"] < 0.02) == (verdict == "ready")


def test_the_limit_in_the_reasons_is_the_one_in_the_columns():
    """One limit at 95 %, not two."""
    row = judged(*GOOGLE, *MICROSOFT)
    limit = row["today_would_block_share_high"]
    assert f"at most {100 * limit:.1f} % with 95 % confidence" in row["reasons"]


def test_a_small_domain_becomes_ready_in_a_longer_window():
    """Two reporters with 3 sessions a day need more than 28 days to show less than 2 %."""
    few = [*month(policy(3), days=100), *month(policy(3), reporter="Microsoft", days=100)]
    row = judged(*few)
    assert row["verdict"] == "ready"
    assert row["evidence_days"] > 28


def test_a_weekly_sender_becomes_ready_in_a_longer_window():
    """Fourteen days with sessions span fourteen weeks."""
    weekly = [CLEAN if day % 7 == 0 else None for day in range(100)]
    row = judged(*days_of(weekly), *days_of(weekly, "Microsoft"))
    assert (row["verdict"], row["evidence_days"]) == ("ready", 14)


def test_a_reporter_that_is_cut_off_is_not_lost_in_the_mean():
    """All mail of a sender is refused by the only MX, and the share of all is 0.4 %."""
    cut_off = days_of([refused(1, of=1)] * 60, "small.example")
    row = judged(
        *month(policy(125), days=60), *month(policy(125), reporter="Microsoft", days=60), *cut_off
    )
    assert row["today_would_block_share"] < 0.005
    assert row["verdict"] == "not ready"
    assert "nearly all sessions of small.example (28 of 28) would be refused" in row["reasons"]


@pytest.mark.parametrize(("sessions", "verdict"), [(2, "ready"), (3, "not ready")])
def test_three_refused_sessions_cut_a_reporter_off(sessions, verdict):
    """Two may be a single message that was tried again."""
    lone = report(refused(sessions, of=sessions), reporter="small.example", day=40)
    row = judged(
        *month(policy(900), days=60), *month(policy(900), reporter="Microsoft", days=60), lone
    )
    assert row["verdict"] == verdict


@pytest.mark.parametrize(("refused_count", "verdict"), [(8, "ready"), (9, "not ready")])
def test_nine_of_ten_refused_sessions_cut_a_reporter_off(refused_count, verdict):
    """Of ten sessions."""
    lone = report(refused(refused_count, of=10), reporter="small.example", day=40)
    row = judged(
        *month(policy(900), days=60), *month(policy(900), reporter="Microsoft", days=60), lone
    )
    assert row["verdict"] == verdict


def test_a_fault_that_began_yesterday_is_seen():
    """5 % of all mail refused since yesterday are 0.2 % of four weeks."""
    row = judged(*days_of([CLEAN] * 59 + [refused(10)]), *MICROSOFT)
    assert row["verdict"] == "not ready"
    assert "since 2026-08-29" in row["reasons"]
    assert row["today_would_block_share"] == pytest.approx(0.05)


def test_117_clean_days_and_three_of_total_failure_are_today():
    """The whole period comes second."""
    bad = refused(100)
    row = judged(
        *days_of([CLEAN] * 117 + [bad] * 3), *days_of([CLEAN] * 117 + [bad] * 3, "Microsoft")
    )
    assert row["headline"].startswith(
        "Enforce mode would refuse 100 % of the tested sessions of example.com since 2026-10-26"
        " (600 of 600; 2.5 % of the whole period)"
    )


def test_what_is_repaired_is_history():
    """117 days of total failure, then three weeks without."""
    history = [refused(100)] * 97 + [CLEAN] * 23
    row = judged(*days_of(history), *days_of(history, "Microsoft"))
    assert row["verdict"] == "ready"
    assert "would refuse none" in row["headline"]
    assert row["headline"].endswith("of the earlier ones, until 2026-10-05.")


def test_what_was_repaired_lately_says_when_it_will_be_ready():
    """Ten clean days of fourteen."""
    history = [refused(100)] * 40 + [CLEAN] * 10
    row = judged(*days_of(history), *days_of(history, "Microsoft"))
    assert row["verdict"] == "too little data"
    assert "clean since 2026-08-10; ready on 2026-08-24 if it stays so" in row["reasons"]
    assert row["ready_on"] == pd.Timestamp("2026-08-24")


def test_few_sessions_a_day_put_off_the_day_on_which_a_domain_can_be_ready():
    """Six sessions a day show less than 2 % after some six weeks; the day that is named holds."""
    few = policy(3)
    history = [policy(0, 3, failure(3, EXPIRED, MX1))] * 40 + [few] * 10
    promised = judged(*days_of(history), *days_of(history, "Microsoft"))
    later = history + [few] * (promised["ready_on"] - pd.Timestamp(2026, 8, 20)).days
    assert pd.Timestamp(2026, 9, 1) < promised["ready_on"] < pd.Timestamp(2026, 10, 10)
    assert judged(*days_of(later), *days_of(later, "Microsoft"))["verdict"] == "ready"
    assert judged(*days_of(later[:-3]), *days_of(later[:-3], "Microsoft"))["verdict"] != "ready"


def test_a_small_reporter_shows_the_change_of_all_no_later_than_the_others():
    """Everything fails for ten days; a sender that writes on every fifth day met it two days late."""
    history = [CLEAN] * 40 + [refused(100)] * 10
    rare = [policy(2) if day % 5 == 2 else None for day in range(40)]
    rare += [policy(0, 2, failure(2, EXPIRED, MX1)) if day % 5 == 2 else None for day in range(10)]
    row = judged(*days_of(history), *days_of(history, "Microsoft"), *days_of(rare, "Mail.ru"))
    assert (row["today_since"], row["today_because"]) == (pd.Timestamp(2026, 8, 10), "onset")


def test_a_failing_reporter_that_fell_silent_still_counts():
    """Microsoft failed in all its sessions for a month, then sent no report for a month."""
    silent = days_of([refused(5, of=5)] * 31, "Microsoft")
    row = judged(*GOOGLE, *silent, *month(CLEAN, reporter="harbor.example", days=60))
    assert row["verdict"] == "not ready"
    assert "Microsoft failed in 140 of 140 tested sessions until 2026-07-31" in row["reasons"]


def test_a_reporter_that_fell_silent_when_the_fault_was_repaired_is_forgiven():
    """Some report failures only: another sender met the same fault and is clean since."""
    silent = days_of([refused(5, of=5)] * 31, "quiet.example")
    shared = days_of([refused(50)] * 31 + [CLEAN] * 29)
    assert judged(*shared, *silent, *MICROSOFT)["verdict"] == "ready"


def test_the_share_is_weighed_by_mail_where_it_is_known():
    """Half of all mail is surely refused, though its sender has few sessions."""
    row = judged(
        *month(policy(2000), days=60),
        *days_of([refused(5, of=5)] * 60, "Microsoft"),
        inbound_share=pd.DataFrame({"reporter": ["Google", "Microsoft"], "message_count": [1, 1]}),
    )
    assert row["today_would_block_share"] == pytest.approx(0.5)
    assert row["verdict"] == "not ready"


def test_the_days_under_an_older_policy_are_not_today():
    """The policy lacked mx2 until day 40; today it lists it."""
    old = policy(80, 20, failure(20, "validation-failure", "mx2.example.com"))
    new = policy(100, mx=(MX1, "mx2.example.com"))
    history = [old] * 40 + [new] * 20
    row = judged(*days_of(history), *days_of(history, "Microsoft"))
    assert (row["today_because"], row["today_since"]) == ("policy", pd.Timestamp("2026-08-10"))
    assert row["verdict"] == "ready"


def test_a_policy_that_vanished_is_not_ready():
    """All reporters lose it on one day: the record is gone, or there are two."""
    history = [CLEAN] * 50 + [policy(100, policy_type="no-policy-found", mode=None)] * 3
    row = judged(*days_of(history), *days_of(history, "Microsoft"))
    assert row["verdict"] == "not ready"
    assert row["reasons"].startswith(
        "since 2026-08-20 no reporter finds the policy (RFC 8461 §3.1: exactly one TXT record)"
    )
    assert row["headline"].startswith("Since 2026-08-20 no reporter finds the policy")


@pytest.mark.parametrize(
    ("others", "verdict"), [(("harbor.example",), "not ready"), (("a", "b", "c"), "ready")]
)
def test_a_policy_that_half_of_the_reporters_lost_is_being_lost(others, verdict):
    """Those who still apply it may have it cached; one of many may have changed its software."""
    lost = policy(100, policy_type="no-policy-found", mode=None)
    still = [one for name in others for one in month(CLEAN, reporter=name, days=60)]
    row = judged(*days_of([CLEAN] * 50 + [lost] * 10, "Microsoft"), *still)
    assert row["verdict"] == verdict
    assert "Microsoft no longer found or fetched the policy at the end" in row["reasons"]


def test_one_reporter_that_never_finds_the_policy_needs_no_cure():
    """Others apply it: it skips policies in testing mode."""
    skipped = month(
        policy(300, policy_type="no-policy-found", mode=None), reporter="isp.example", days=60
    )
    row = judged(*GOOGLE, *MICROSOFT, *skipped)
    assert row["verdict"] == "ready"
    assert (row["tested_session_count"], row["untested_session_count"]) == (12000, 18000)
    assert "18,000 of 30,000 sessions were not tested" in row["headline"]
    assert "will under enforce" in row["headline"]


@pytest.mark.parametrize(
    ("result", "verdict"),
    [
        (policy(100, mode="enforce"), "enforced, clean"),
        (refused(20, mode="enforce"), "enforced, refusing mail"),
    ],
)
def test_a_policy_in_enforce_mode_has_its_own_words(result, verdict):
    """It is not a question of readiness: the domain loses mail, or it does not."""
    both = [*days_of([result] * 30), *days_of([result] * 30, "Microsoft")]
    assert judged(*both)["verdict"] == verdict


def test_one_broken_small_sender_is_named():
    """All failures are of a sender with few sessions."""
    broken = days_of([refused(3, of=3)] * 60, "tiny.example")
    row = judged(*GOOGLE, *MICROSOFT, *broken)
    assert row["verdict"] == "not ready"
    assert (
        "all of them are of tiny.example, which has 1.5 % of the tested sessions" in row["reasons"]
    )


@pytest.mark.parametrize(("days", "is_old"), [(13, False), (14, True)])
def test_reports_that_are_old_beside_those_of_other_domains_say_so(days, is_old):
    """Two weeks later."""
    other = report(policy(5, domain="other.example"), day=59 + days)
    rows = enforce_impact(tables(*GOOGLE, *MICROSOFT, other)).by_domain
    assert ("the last report is of 2026-08-29" in rows["reasons"].iloc[0]) == is_old


def test_listed_hosts_that_reports_cannot_tell_apart_are_named():
    """Successes are reported per policy, not per host."""
    both = policy(100, mx=(MX1, "mx2.example.com"))
    row = judged(*month(both, days=60), *month(both, reporter="Microsoft", days=60))
    assert "reports do not show which of mx1.example.com, mx2.example.com took" in row["reasons"]
