"""Since when nobody can fetch the policy, though some apply a cached one."""

import pytest
from support.made_reports import failure, policy, report, tables

from tlsrpt_analysis import enforce_impact

FAILED = "sts-policy-fetch-error"
CLEAN = policy(50)
CACHED = policy(40, 10, failure(10, FAILED))
GONE = policy(0, 50, failure(50, FAILED), mode=None)


def judged(days, others):
    """Return the row of a domain by the days of Google and of Microsoft."""
    reports = [
        report(result, reporter=name, day=day)
        for name, results in (("Google", days), ("Microsoft", others))
        for day, result in enumerate(results)
    ]
    return enforce_impact(tables(*reports)).by_domain.iloc[0]


def test_a_policy_that_only_caches_hold_is_not_ready():
    """Everybody's fetches fail for five days; the sessions were tested under what is cached."""
    row = judged([CLEAN] * 30 + [CACHED] * 5, [CLEAN] * 30 + [CACHED] * 5)
    said = (
        "since 2026-07-31 no reporter can fetch the policy (RFC 8461 §3.3); what Google and"
        " Microsoft still tested was under a cached one, until that expires"
    )
    assert (row["verdict"], row["reasons"].startswith(said)) == ("not ready", True)
    assert row["headline"].startswith("Since 2026-07-31 no reporter can fetch the policy")


def test_an_enforced_policy_that_only_caches_hold_refuses_no_mail_but_is_named():
    """Senders enforce what they have cached."""
    clean, cached = policy(50, mode="enforce"), policy(40, 10, failure(10, FAILED), mode="enforce")
    row = judged([clean] * 30 + [cached] * 5, [clean] * 30 + [cached] * 5)
    assert row["verdict"] == "enforced, clean"
    assert "since 2026-07-31 no reporter can fetch the policy" in row["reasons"]


@pytest.mark.parametrize(
    ("days", "others"),
    [
        ([CLEAN] * 30 + [CACHED] * 5, [CLEAN] * 35),  # one reporter's own matter
        ([CLEAN] * 34 + [CACHED], [CLEAN] * 34 + [CACHED]),  # a single day
        ([CLEAN] * 25 + [CACHED] * 5 + [CLEAN] * 5,) * 2,  # repaired
        ([policy(49, 1, failure(1, FAILED))] * 35,) * 2,  # now and then, of many sessions
    ],
)
def test_fetches_that_fail_now_and_then_or_for_one_reporter_are_no_lost_policy(days, others):
    """Senders try again, and go on with what they have cached."""
    assert judged(days, others)["verdict"] == "ready"


def test_a_cache_of_one_beside_another_that_has_none_is_the_same_lost_policy():
    """Google's cache outlives Microsoft's."""
    row = judged([CLEAN] * 30 + [CACHED] * 5, [CLEAN] * 30 + [CACHED] + [GONE] * 4)
    assert row["verdict"] == "not ready"
    assert "since 2026-07-31 no reporter can fetch the policy" in row["reasons"]


def test_small_reporters_lose_a_policy_together():
    """Two sessions a day each are too few for one reporter, and enough for four."""
    names = ("Google", "Microsoft", "a.example", "b.example")
    missing = policy(2, policy_type="no-policy-found", mode=None)
    reports = [
        report(missing if day >= 60 else policy(2), reporter=name, day=day)
        for name in names
        for day in range(62)
    ]
    row = enforce_impact(tables(*reports)).by_domain.iloc[0]
    assert row["reasons"].startswith("since 2026-08-30 no reporter finds the policy")
