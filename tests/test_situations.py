"""What is said of the situations that people ask about: headline, cause, cure, step and policy."""

import pytest
from support.made_reports import mx_records
from support.situations import (
    DNSSEC,
    GOOGLE,
    MAIL,
    MAIL2,
    REGIONAL,
    SITUATIONS,
    TENANT,
    situation,
)

from tlsrpt_analysis import diagnose, enforce_impact
from tlsrpt_analysis.standards.mta_sts import parse_policy

NOT_READY = "not ready"
EXPECTED = {  # situation: verdict, causes with the most failures first, first step, who has to act
    "1 three snippets of a guide": (
        NOT_READY,
        ["mx-mismatch", "certificate-host-mismatch", "starttls-missing"],
        "enable STARTTLS backup-mx.example.com",
        "you",
    ),
    "2 M365: exact name, MX moved to a region": (
        NOT_READY,
        ["mx-mismatch"],
        f"add mx {REGIONAL}",
        "unknown",
    ),
    "3 M365: host not listed at all": (NOT_READY, ["mx-mismatch"], f"add mx {TENANT}", "unknown"),
    "4 *.mx.microsoft": (NOT_READY, ["wildcard-one-label-short"], f"add mx {DNSSEC}", "unknown"),
    "5 Google: MX moved to smtp.google.com": (
        NOT_READY,
        ["mx-mismatch"],
        f"add mx {GOOGLE}",
        "unknown",
    ),
    "6a alias": (NOT_READY, ["cname-mx"], f"replace CNAME {MAIL}", "you"),
    "6b alias at one of two": (NOT_READY, ["cname-mx"], "replace CNAME (not given)", "you"),
    "6c alias, Google tiny": (NOT_READY, ["cname-mx"], f"replace CNAME {MAIL}", "you"),
    "6d alias, Google absent": (NOT_READY, ["mx-mismatch"], "add mx (not given)", "unknown"),
    "7 name mismatch after a migration": (
        NOT_READY,
        ["certificate-host-mismatch"],
        f"repair certificate {MAIL}",
        "you",
    ),
    "8a leaf only, strict senders": (
        NOT_READY,
        ["incomplete-chain"],
        f"repair certificate {MAIL}",
        "you",
    ),
    "8b leaf only, all senders": (
        NOT_READY,
        ["untrusted-certificate"],
        f"repair certificate {MAIL}",
        "you",
    ),
    "8c self-signed": (NOT_READY, ["untrusted-certificate"], f"repair certificate {MAIL}", "you"),
    "8d private CA at one sender": (
        NOT_READY,
        ["sender-tls-inspection"],
        "ask sender small.example",
        "the sender",
    ),
    "9 backup without STARTTLS, never used": ("ready", [], None, None),
    "10a 117 clean days, then 3 of failure": (
        NOT_READY,
        ["certificate-expired"],
        f"repair certificate {MAIL}",
        "you",
    ),
    "10b 3 days of failure, then 117 clean": ("ready", ["certificate-expired"], None, None),
    "11 id not bumped": (
        NOT_READY,
        ["policy-id-not-bumped", "mx-mismatch"],
        "change id example.com",
        "you",
    ),
    "12 enforce, all fails since 5 days": (
        "enforced, refusing mail",
        ["certificate-expired"],
        f"repair certificate {MAIL}",
        "you",
    ),
}


@pytest.mark.parametrize("name", SITUATIONS)
def test_each_situation_has_its_verdict_cause_and_first_step(name):
    """Steps and causes are one list, and all failures have a cause."""
    verdict, causes, fix, responsible = EXPECTED[name]
    given = situation(name)
    impact, found = enforce_impact(given), diagnose(given)
    steps = impact.fixes.dropna(subset="step")
    assert impact.by_domain["verdict"].tolist() == [verdict]
    assert found["cause"].tolist() == causes
    failed = given.policies["total_failure_session_count"].sum()
    assert found["failed_session_count"].sum() == failed
    if fix is None:
        assert steps.empty
        assert found["fix"].isna().all()
        return
    assert steps[["fix", "responsible"]].iloc[0].tolist() == [fix, responsible]
    assert set(steps["fix"]) == set(found["fix"].dropna())
    assert steps["left"].iloc[-1] == "0 %"


POLICIES = [  # situation, the MX records, the lines to serve
    ("2 M365: exact name, MX moved to a region", [REGIONAL], ["*.mail.protection.outlook.com"]),
    ("3 M365: host not listed at all", [TENANT, MAIL], ["*.mail.protection.outlook.com", MAIL]),
    ("4 *.mx.microsoft", [DNSSEC], ["*.h-v1.mx.microsoft"]),
    ("5 Google: MX moved to smtp.google.com", [GOOGLE], [GOOGLE]),
]


@pytest.mark.parametrize(("name", "hosts", "lines"), POLICIES)
def test_the_policy_follows_once_the_mx_records_are_known(name, hosts, lines):
    """It lists the documented pattern of the provider, and has its record beside it."""
    found = diagnose(situation(name), mx_preferences=mx_records(*hosts))
    cure = found["cure"].iloc[0]
    text = cure[cure.index("version: STSv1") : cure.index("_mta-sts.example.com. IN TXT")]
    assert set(lines) <= set(parse_policy(text).mx)
    assert "v=STSv1; id=" in cure


def test_a_microsoft_that_fails_alone_is_told_how_to_look_for_an_alias():
    """It reports both in the same words, so the command looks for both."""
    (row,) = diagnose(situation("6d alias, Google absent")).to_dict("records")
    assert "dig +noall +answer" in row["confirm"]
    assert "a CNAME in the answer: an alias (cname-mx)" in row["confirm"]


def test_a_chain_that_all_refuse_names_both_hypotheses():
    """And how to tell them apart."""
    (row,) = diagnose(situation("8b leaf only, all senders")).to_dict("records")
    assert "self-signed, from a private CA, or served without its intermediate" in row["evidence"]
    assert "20 or 21 and a single certificate shown, serve its intermediates" in row["cure"]
    assert "Verify return code 20 or 21: the chain; 18 or 19: self-signed" in row["confirm"]


def test_hosts_that_were_never_seen_to_fail_are_to_be_probed():
    """Reports show nothing about a backup that nobody used."""
    row = enforce_impact(situation("9 backup without STARTTLS, never used")).by_domain.iloc[0]
    assert f"which of {MAIL}, {MAIL2} took the mail: probe each" in row["reasons"]


def test_a_fault_since_five_days_under_enforce_mode_is_today():
    """Not a share of two months."""
    row = enforce_impact(situation("12 enforce, all fails since 5 days")).by_domain.iloc[0]
    assert row["headline"].startswith("Enforce mode refuses 100 % of the tested sessions")
    assert "since 2026-08-25" in row["headline"]
