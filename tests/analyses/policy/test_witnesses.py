"""Which policies are believed: one forged report of today changes nothing."""

import pytest
from support.made_reports import failure, month, policy, report, tables

from tlsrpt_analysis import diagnose, enforce_impact, replay
from tlsrpt_analysis.analyses.policy.reported import latest_policies, policies_by_day

OWN = ("mx1.example.com", "mx2.example.com")
EVIL = ("mx.evil.example", *OWN)
GENUINE = (
    *month(policy(100, mx=OWN), reporter="Google"),
    *month(policy(100, mx=OWN), reporter="Microsoft"),
)
TODAY = 28

FORGED = {
    "newer": [report(policy(20, mx=EVIL), reporter="Evil", day=TODAY)],
    "newer, on several days": [
        report(policy(20, mx=EVIL), reporter="Evil", day=TODAY + day) for day in range(3)
    ],
    "in enforce mode": [report(policy(20, mx=EVIL, mode="enforce"), reporter="Evil", day=TODAY)],
    "in mode none": [report(policy(20, mx=EVIL, mode="none"), reporter="Evil", day=TODAY)],
    "in a known name": [report(policy(20, mx=EVIL), reporter="Google", day=TODAY)],
    "with most sessions of a day": [
        report(policy(900, mx=EVIL), reporter="Evil", day=TODAY - 1),
    ],
    "by many, each once": [
        report(policy(20, mx=EVIL), reporter=f"Evil {name}", day=TODAY) for name in range(3)
    ],
    "long before and today": [
        report(policy(20, mx=EVIL), reporter="Evil", day=day) for day in (-9, TODAY)
    ],
    "after a harmless report": [
        report(policy(20, mx=OWN), reporter="Evil", day=TODAY - 9),
        *(report(policy(20, mx=EVIL), reporter="Evil", day=TODAY - day) for day in (3, 2)),
    ],
}


@pytest.mark.parametrize("forged", FORGED.values(), ids=FORGED.keys())
def test_a_forged_policy_is_not_believed(forged):
    """It stood in the policy text of the plan, and decided which days count and in which mode."""
    reports = tables(*GENUINE, *forged)
    impact = enforce_impact(reports)
    domain = impact.by_domain.iloc[0]
    plan = impact.plan(start="2026-08-01")

    assert latest_policies(reports)["example.com"].mx == OWN
    assert domain["verdict"] == "ready"
    assert " saw another policy than most" in domain["reasons"]
    assert "mx.evil.example" in domain["reasons"]
    assert "Evil" in domain["reasons"] or forged[0].report.organization_name == "Google"
    assert "evil.example" not in plan.to_markdown()
    assert "evil.example" not in str(replay(reports, add_mx=["mx3.example.com"]).policy)


def test_a_host_of_a_forged_policy_stays_unknown():
    """The policy in the same report does not vouch for it."""
    details = failure(5, "validation-failure", "mx.evil.example")
    forged = report(policy(20, 5, details, mx=EVIL), reporter="Evil", day=TODAY)
    other = report(
        policy(20, 5, failure(5, "validation-failure", "mx.evil.example"), mx=OWN),
        reporter="Evil",
        day=TODAY + 1,
    )
    reports = tables(*GENUINE, forged, other)

    causes = diagnose(reports).set_index("cause")
    plan = enforce_impact(reports).plan(start="2026-08-01")

    assert "unknown host" in causes.loc["mx-mismatch", "evidence"]
    assert not [step for step in plan.steps["policy_text"].dropna() if "evil.example" in step]
    assert "List mx.evil.example in the policy, if it is yours" in plan.steps["title"].tolist()


@pytest.mark.parametrize("reporters", [("Google",), ("Google", "Microsoft")])
def test_a_genuine_change_is_believed_with_the_second_report(reporters):
    """Of one reporter on two days, or of two on one."""
    new = ("mx3.example.com",)
    old = [each for name in reporters for each in month(policy(100, mx=OWN), reporter=name)]
    after = [report(policy(100, mx=new), reporter="Google", day=TODAY)]
    second = (
        report(policy(100, mx=new), reporter=reporters[-1], day=TODAY + (len(reporters) == 1)),
    )

    assert latest_policies(tables(*old, *after))["example.com"].mx == OWN
    assert latest_policies(tables(*old, *after, *second))["example.com"].mx == new


def test_a_first_report_is_believed():
    """There is nothing else to believe."""
    reports = tables(report(policy(9, mx=OWN)), report(policy(9, mx=EVIL), day=1))

    assert latest_policies(reports)["example.com"].mx == EVIL
    assert len(policies_by_day(reports.policies)) == 2


def test_reporters_write_one_policy_differently():
    """The order of its lines, capitals and max_age make no other policy."""
    upper = ("MX2.example.com", "mx1.example.com")
    reports = tables(
        *month(policy(9, mx=OWN), reporter="Google", days=3),
        report(policy(9, mx=upper, max_age=86_400), reporter="Microsoft", day=4),
    )

    assert latest_policies(reports)["example.com"].max_age == 86_400
