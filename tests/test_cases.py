"""Small archives from public bug reports, and what must be said of each."""

from pathlib import Path

import pandas as pd
import pytest

import tlsrpt_analysis as tlsrpt

CASES = Path(__file__).parent / "data/cases"


def case(name):
    """Return the row of the one domain of a case."""
    return tlsrpt.enforce_impact(tlsrpt.load_reports(CASES / f"{name}.zip")).by_domain.iloc[0]


def causes(name):
    """Return the causes of a case."""
    return tlsrpt.diagnose(tlsrpt.load_reports(CASES / f"{name}.zip"))


def test_a01_policy_never_fetched():
    """Nothing was tested, so it is never ready; the policy host comes first."""
    row = case("A01-policy-never-fetched")
    assert row["verdict"] == "too little data"
    assert (row["tested_session_count"], row["untested_session_count"]) == (0, 540)
    assert "in 540 of 540 sessions the policy could not be fetched" in row["headline"]
    assert "test the policy for the first time" in row["headline"]


def only_cause(name):
    """Return the row of a case with one cause."""
    (row,) = causes(name).to_dict("records")
    return row


def test_a01_the_cause_is_the_policy_host():
    """Once it is repaired, these senders test for the first time."""
    row = only_cause("A01-policy-never-fetched")
    assert (row["cause"], row["responsible"]) == ("policy-not-reachable", "you")
    assert row["failed_session_count"] == 540
    assert "once it is repaired these senders test it for the first time" in row["evidence"]


def test_a02_the_policy_has_vanished():
    """With its day and what to check."""
    row = only_cause("A02-policy-gone-for-8-days")
    assert (row["cause"], row["responsible"]) == ("policy-vanished", "you")
    assert "since 2026-09-23 no reporter finds the policy (RFC 8461 §3.1" in row["evidence"]
    assert row["first_day"] == pd.Timestamp("2026-09-23")
    for check in ("deleted", "exactly one", "spelt so", "CNAME", "every name server", "the file"):
        assert check in row["cure"]


def test_a02_policy_gone_for_8_days():
    """Since a day no reporter finds the policy."""
    row = case("A02-policy-gone-for-8-days")
    assert row["verdict"] == "not ready"
    assert row["headline"].startswith(
        "Since 2026-09-23 no reporter finds the policy (RFC 8461 §3.1: exactly one TXT record)"
    )


@pytest.mark.parametrize("name", ["A03-fault-then-mode-none", "A03-fault-then-no-policy-found"])
def test_a03_a_fault_is_not_over_while_nobody_tests(name):
    """Days on which no certificate was checked do not show that it is repaired."""
    row = case(name)
    assert row["verdict"] == "not ready"
    assert row["last_tested_day"] == pd.Timestamp("2026-09-20")
    assert "No session was tested after 2026-09-20" in row["headline"]
    assert row["today_would_block_share"] == pytest.approx(0.2)


@pytest.mark.parametrize("name", ["A03-fault-then-mode-none", "A03-fault-then-no-policy-found"])
def test_a03_a_cause_is_not_over_while_nobody_tests(name):
    """The days of the fault are the only ones that could show it."""
    found = causes(name).set_index("cause").loc["certificate-expired"]
    assert "over" not in found["evidence"]
    assert found["active_days"] == found["failing_days"] == 20


def test_a05_testing_began_after_50_days():
    """Days before the policy dilute nothing."""
    row = case("A05-testing-began-after-50-days")
    assert row["would_block_share"] == pytest.approx(120 / 7120)
    assert row["today_would_block_share"] == pytest.approx(120 / 7120)
    assert "1.7 % of the tested sessions" in row["headline"]


def test_a06_an_underscored_reason_says_the_same():
    """An incomplete chain or a private CA, and how to tell them apart."""
    row = only_cause("A06-postfix-underscored-reason")
    assert row["cause"] == "incomplete-chain"
    assert "unable_to_get_local_issuer_certificate" in row["evidence"]
    assert "distinguishes this from a private CA: with verify return code 20 or 21" in row["cure"]


def test_a06_a_sender_without_roots_is_at_fault():
    """Nothing is wrong with the chain."""
    row = only_cause("A06-senders-missing-root-store")
    assert (row["cause"], row["responsible"]) == ("sender-root-store", "the sender")
    assert "the reasons given: no-system-roots" in row["evidence"]


def test_a08_senders_that_skip_a_testing_policy():
    """20 % of the tested sessions, and most sessions untested."""
    row = case("A08-senders-that-skip-a-testing-policy")
    assert row["would_block_share"] == pytest.approx(0.2)
    assert "6,750 of 9,000 sessions were not tested" in row["headline"]
    assert "isp.example" in row["headline"]


def test_b01_failures_without_details():
    """They have a row of their own."""
    found = causes("B01-failures-without-details").set_index("cause")
    assert found["failed_session_count"].to_dict() == {"unexplained": 30}
    assert found["share_of_failures"].to_dict() == {"unexplained": 1}


def test_a08_who_skips_a_testing_policy_gets_no_cure():
    """The sender skips it; nothing is wrong with the policy."""
    found = causes("A08-senders-that-skip-a-testing-policy").set_index("cause")
    assert found.index.tolist() == ["mx-mismatch", "sender-finds-no-policy"]
    assert found.loc["mx-mismatch", "cure"].startswith("Unknown host: if mx2.shop.example is not")
    row = found.loc["sender-finds-no-policy"]
    assert row["reporters"] == "isp.example"
    assert row["responsible"] == "the sender"
    assert row["cure"].startswith("Nothing to do")


def test_b02_the_cause_is_the_sender():
    """One row with all its failures."""
    row = only_cause("B02-one-broken-small-sender")
    assert (row["cause"], row["responsible"]) == ("sender-side", "the sender")
    assert (row["failed_session_count"], row["share_of_failures"]) == (60, 1)


def test_b05_what_differs_for_one_sender():
    """Only Microsoft cannot fetch it."""
    row = only_cause("B05-one-reporter-cannot-fetch")
    assert (row["cause"], row["responsible"]) == ("policy-fetch-selective", "unknown")
    assert "only Microsoft, on 30 days, while Google applied the policy" in row["evidence"]
    for difference in ("addresses", "HTTPS chain", "AAAA record"):
        assert difference in row["cure"]


def test_b08_publish_or_check():
    """Subdomains need a policy of their own."""
    row = only_cause("B08-all-no-policy-found")
    assert (row["cause"], row["responsible"]) == ("policy-not-found", "you")
    for words in ("publish the file", "exactly one", "CNAME", "does not cover subdomains"):
        assert words in row["cure"]


def test_b02_one_broken_small_sender():
    """The verdict says whose failures they are."""
    row = case("B02-one-broken-small-sender")
    assert "all of them are of tiny.example, which has 0.6 % of the tested" in row["reasons"]
    assert "all of it tiny.example's" in row["headline"]


def test_b04_fallback_to_cached_policy():
    """The cached policy was applied."""
    row = case("B04-fallback-to-cached-policy")
    assert row["tested_session_count"] == row["session_count"] == 180
    assert "without MTA-STS" not in row["headline"]
    assert row["verdict"] == "enforced, refusing mail"


def test_b05_one_reporter_cannot_fetch():
    """Google tested the policy, Microsoft could not fetch it."""
    row = case("B05-one-reporter-cannot-fetch")
    assert row["verdict"] == "too little data"
    assert "only Google tested the policy" in row["reasons"]
    assert "In 60 of 1,260 sessions the policy was unavailable to Microsoft only" in row["headline"]


def test_b08_all_no_policy_found():
    """Publish it, or check what is published."""
    row = case("B08-all-no-policy-found")
    assert row["verdict"] == "too little data"
    assert "check its TXT record" in row["headline"]
    assert "subdomains" in row["headline"]
