"""The analyses find in the samples what the simulation that made them knows."""

import json
from collections import Counter
from pathlib import Path

import pandas as pd
import pytest

import tlsrpt_analysis as tlsrpt

SAMPLES = Path(__file__).parents[1] / "sample_reports"
TRUTH = json.loads((SAMPLES / "truth.json").read_text())
DOMAINS = sorted(TRUTH["domains"])


@pytest.fixture(scope="module")
def tables():
    """Load all samples once."""
    return tlsrpt.load_reports(SAMPLES, progress=False)


@pytest.fixture(scope="module")
def impact(tables):
    """Compute the impact once."""
    return tlsrpt.enforce_impact(tables)


@pytest.fixture(scope="module")
def selective(tables):
    """Compare the reporters once."""
    return tlsrpt.selective_failures(tables)


def test_every_input_of_the_samples_is_accounted_for(tables):
    """Members, reports, duplicates, rejected and skipped, each as the simulation wrote them."""
    balance = {name: getattr(tables.balance, name) for name in TRUTH["members"]}
    assert balance == TRUTH["members"]
    assert tables.balance.adds_up


@pytest.mark.parametrize("domain", DOMAINS)
def test_sessions_are_those_that_were_simulated(tables, domain):
    """Reporter by reporter, each session once."""
    rows = tlsrpt.daily_sessions(tables)
    rows = rows[rows["policy_domain"] == domain]
    by_reporter = rows.groupby("reporter", observed=True)["session_count"].sum().to_dict()
    truth = TRUTH["domains"][domain]
    named_by_file = Counter(truth["sessions_named_by_file"])
    assert by_reporter == Counter(truth["sessions_by_reporter"]) + named_by_file


@pytest.mark.parametrize("domain", DOMAINS)
def test_refused_sessions_are_those_that_enforce_mode_refuses(impact, domain):
    """The bounds meet where the details are complete, and hold the truth where they are not."""
    truth = TRUTH["domains"][domain]
    row = impact.by_domain.set_index("policy_domain").loc[domain]
    named_by_file = sum(truth["sessions_named_by_file"].values())
    assert row["session_count"] == truth["session_count"] + named_by_file
    assert row["would_block_low"] <= truth["would_block_count"] == row["would_block_high"]
    assert row["policy_unavailable_count"] == truth["policy_unavailable_count"]


@pytest.mark.parametrize("domain", DOMAINS)
def test_the_lost_share_holds_what_real_senders_would_have_lost(impact, domain):
    """Between none that moves on and all that do, as the simulated senders did."""
    truth = TRUTH["domains"][domain]
    row = impact.by_domain.set_index("policy_domain").loc[domain]
    if truth["policy_mode"] is None:  # only DANE was reported, so that nothing is claimed
        assert truth["enforce_outcome"]["lost"] == 0
        assert row[["lost_share_low", "lost_share_high"]].isna().all()
        return
    lost = truth["enforce_outcome"]["lost"] / truth["session_count"]
    assert row["lost_share_low"] - 1e-9 <= lost <= row["lost_share_high"] + 1e-9


@pytest.mark.parametrize("domain", DOMAINS)
def test_refused_sessions_are_found_at_the_right_hosts(impact, domain):
    """Each MX host with its count, and those that the reporters did not name."""
    rows = impact.by_mx[impact.by_mx["policy_domain"] == domain]
    hosts = rows["receiving_mx_hostname"].fillna("(not given)")
    found = dict(zip(hosts, rows["would_block_high"], strict=True))
    assert found == TRUTH["domains"][domain]["would_block_by_mx"]


@pytest.mark.parametrize("domain", DOMAINS)
def test_failures_are_found_at_the_right_hosts(tables, domain):
    """Once each, though Microsoft lists some under two policies and Mail.ru gives two reasons."""
    rows = tlsrpt.failure_share_by_mx(tables)
    rows = rows[(rows["policy_domain"] == domain) & ~rows["never_failed"]]
    hosts = rows["receiving_mx_hostname"].fillna("(not given)")
    found = dict(zip(hosts, rows["failed_session_count"], strict=True))
    assert found == TRUTH["domains"][domain]["failures_by_mx"]


def test_selective_failures_are_those_that_were_made(selective):
    """Who fails, who is clean and what it points to; a fault on scattered days is not selective."""
    found = selective[selective["verdict"] == "selective"]
    columns = ["policy_domain", "failing_reporter", "clean_reporters", "points_to"]
    expected = {
        (domain, case["failing_reporter"], ", ".join(case["clean_reporters"]), case["cause"])
        for domain, truth in TRUTH["domains"].items()
        for case in truth["selective"]
        if case["cause"] != "policy-fetch"  # seven days of 123: too seldom to be steady
    }
    assert set(found[columns].itertuples(index=False, name=None)) == expected


def test_selective_failures_began_when_the_fault_did(selective):
    """The interval of the onset holds the day, and is at most two days wide."""
    found = selective[selective["verdict"] == "selective"]
    since = {
        (domain, case["failing_reporter"]): pd.Timestamp(case["since"])
        for domain, truth in TRUTH["domains"].items()
        for case in truth["selective"]
    }
    for row in found.itertuples():
        day = since[row.policy_domain, row.failing_reporter]
        assert row.since_low <= day <= row.since_high
        assert (row.since_high - row.since_low).days <= 2


def test_the_verdicts_are_those_that_an_expert_would_give(impact):
    """What failed in the last weeks is not ready; what was repaired is."""
    verdicts = impact.by_domain.set_index("policy_domain")["verdict"].to_dict()
    not_ready = {"example.com", "cname.example", "chain.example", "backup.example"}
    too_little = {"mx1.dane.example"}  # only DANE was reported there
    for domain in DOMAINS:
        expected = "not ready" if domain in not_ready else "ready"
        assert verdicts[domain] == ("too little data" if domain in too_little else expected)
