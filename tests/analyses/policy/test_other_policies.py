"""What a small or changing domain is told about policies that few reports show."""

import pytest
from support.made_reports import failure, month, policy, report, tables

from tlsrpt_analysis import enforce_impact, suggest_policy
from tlsrpt_analysis.analyses.policy.other_policies import other_policies

OLD, NEW = ("mx1.example.com",), ("mx1.example.com", "mx2.example.com")
REPORTERS = ("Google", "Microsoft", "A", "B", "C")


def five(*, days=20):
    """Return the reports of five equal reporters about the old policy."""
    return [
        each for name in REPORTERS for each in month(policy(20, mx=OLD), reporter=name, days=days)
    ]


def answers(*reports):
    """Return the reasons, the warnings of the suggested policy, and the summary of the plan."""
    loaded = tables(*reports)
    impact = enforce_impact(loaded)
    row = impact.by_domain.iloc[0]
    plan = impact.plan(start="2026-09-01").by_domain.iloc[0]
    return row, "\n".join(suggest_policy(loaded).warnings), plan["summary"]


QUIET = {
    "one report": [report(policy(9, mx=OLD))],
    "two reporters on one day": [
        report(policy(9, mx=OLD)),
        report(policy(9, mx=OLD), reporter="Microsoft"),
    ],
    "one reporter on two days": [report(policy(9, mx=OLD), day=day) for day in range(2)],
    "only a small reporter": [
        report(policy(2, mx=OLD), reporter="A", day=day) for day in (0, 9, 20)
    ],
    "a change that a second reporter confirms": [
        *five(),
        report(policy(9, mx=NEW), day=20),
        report(policy(9, mx=NEW), reporter="Microsoft", day=20),
    ],
    "no text of a policy": [report(policy(9, mode=None)), report(policy(9, mx=OLD), day=1)],
}


@pytest.mark.parametrize("reports", QUIET.values(), ids=QUIET.keys())
def test_where_reports_agree_nothing_is_said(reports):
    """However few they are."""
    row, warnings, summary = answers(*reports)

    assert "polic" not in row["reasons"].replace("tested the policy", "")
    assert warnings == ""
    assert "forged" not in summary
    assert other_policies(tables(*reports)) == {}


def test_a_policy_changed_yesterday_is_not_called_a_forgery():
    """One of five reporters sees it: the domain learns that a second report must confirm it."""
    row, warnings, summary = answers(*five(), report(policy(20, mx=NEW), day=20))
    who = "Google saw another policy than most on 2026-07-21"
    sentence = (
        ", which no second report confirms yet: if you changed yours, it is new; if not, that report"
        " may be forged"
    )
    beside = f"{who}{sentence}. The policy shown here starts from the one that most saw"

    assert f"{who} (with mx2.example.com){sentence}" in row["reasons"]
    assert row["policy_mode"] == "testing"
    assert row["verdict"] == "ready"
    assert beside in warnings
    assert f"{beside}." in summary


def test_the_mode_of_a_changed_policy_is_named():
    """Who switched to enforce mode yesterday is still called testing, and knows why."""
    row, _, _ = answers(*five(), report(policy(20, mx=OLD, mode="enforce"), day=20))

    assert row["policy_mode"] == "testing"
    assert "(in enforce mode), which no second report confirms yet" in row["reasons"]


def test_lines_that_are_gone_are_named():
    """A new policy with fewer hosts."""
    reports = [*month(policy(20, mx=NEW), days=5), report(policy(20, mx=OLD), day=5)]

    assert "(without mx2.example.com)" in answers(*reports)[0]["reasons"]


def test_several_reports_of_a_small_sender_are_not_one():
    """The sentence says how many are missing."""
    small = [report(policy(20, mx=NEW), reporter="D", day=day) for day in (18, 19, 20)]
    row, _, _ = answers(*five(), *small)

    assert "D saw another policy than most from 2026-07-19 to 2026-07-21" in row["reasons"]
    assert "which too few other reports confirm yet" in row["reasons"]
    assert "those reports may be forged" in row["reasons"]


def test_a_policy_of_the_past_is_not_called_new():
    """The reporter sees the present one again."""
    early = report(policy(20, mx=NEW), reporter="Google", day=-1)
    row, warnings, _ = answers(early, *five())

    assert "which no second report confirms: it is an earlier one of yours" in row["reasons"]
    assert "it is new" not in row["reasons"]
    assert "starts from" not in warnings


@pytest.mark.parametrize("other", ["Google", "Microsoft"])
def test_where_no_policy_is_shown_twice_the_latest_is_doubted(other):
    """Two reports that differ: neither is better, and the domain knows its own policy."""
    reports = [report(policy(9, mx=OLD)), report(policy(9, mx=NEW), reporter=other, day=1)]
    row, warnings, summary = answers(*reports)
    sentence = "he reports show different policies, and none of them twice: compare the latest"

    assert sentence in row["reasons"]
    assert sentence in warnings
    assert sentence in summary


def test_what_an_other_policy_names_is_shown_on_one_line_and_bounded():
    """Its hosts are a stranger's text."""
    hosts = [f"mx{number}.\x1b[31m\nexample" for number in range(99)]
    reports = [*five(), report(policy(9, 1, failure(1), mx=hosts), reporter="E", day=20)]
    (other,) = other_policies(tables(*reports))["example.com"]

    assert str(other).isprintable()
    assert len(str(other)) < 500
