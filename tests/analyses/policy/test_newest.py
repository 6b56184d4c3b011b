"""Which of the policies that senders saw last is the newest."""

import pytest
from support.made_reports import failure, policy, report, tables

from tlsrpt_analysis import diagnose, enforce_impact
from tlsrpt_analysis.analyses.policy.reported import latest_mx_patterns

OLD, NEW = ("mail.example.com",), ("mail.example.com", "mx2.example.com")
SENDERS = {"Google": 100, "Microsoft": 60, "small.example": 6}


def _seen(days, lines_of):
    return tables(
        *(
            report(policy(count, mx=lines_of(name, day)), reporter=name, day=day)
            for name, count in SENDERS.items()
            for day in range(days)
            if lines_of(name, day)
        )
    )


@pytest.mark.parametrize(
    ("lines_of", "latest"),
    [
        (lambda name, day: OLD if day < 20 or name == "Google" else NEW, NEW),
        (lambda name, day: OLD if day < 20 or name != "small.example" else NEW, NEW),
        (lambda name, day: NEW if 20 <= day < 25 or (day >= 20 and name == "small.example") else OLD, OLD),
        (lambda name, day: NEW if day >= 20 and name == "Microsoft" and day % 2 else OLD, OLD),
        (lambda name, day: None if (day == 39 and name != "Google") else OLD if day < 20 or name == "Google" else NEW, NEW),
        (lambda name, _: OLD if name == "Google" else NEW, OLD),
    ],
    ids=[
        "the largest sender keeps the old one",
        "only a small sender has the new one",
        "one that was taken back is cached by one sender",
        "a sender that goes to and fro shows no order",
        "the last report of those who have it is missing",
        "without a change the most sessions decide",
    ],
)  # fmt: skip
def test_the_latest_policy_is_the_one_that_senders_went_over_to(lines_of, latest):
    """The most sessions decide only where nobody replaced what they see."""
    assert latest_mx_patterns(_seen(40, lines_of))["example.com"] == latest


def test_a_large_sender_with_the_old_policy_needs_a_new_id_and_no_mx_line():
    """The host is listed by now, as the other senders see."""
    reports = []
    for name, count in SENDERS.items():
        for day in range(60):
            result = policy(count, mx=OLD if day < 20 else NEW)
            if name == "Google" and day >= 20:
                detail = failure(34, "validation-failure", "mx2.example.com")
                result = policy(66, 34, detail, mx=OLD)
            reports.append(report(result, reporter=name, day=day))
    given = tables(*reports)
    impact = enforce_impact(given)

    assert impact.fixes.dropna(subset="step")["fix"].tolist() == ["change id example.com"]
    row = impact.by_domain.iloc[0]
    assert row["verdict"] == "not ready"
    assert [row["today_would_block_high"], row["today_tested_session_count"]] == [
        28 * 34,
        28 * 166,
    ]
    found = diagnose(given).set_index("cause")
    assert found.loc["policy-id-not-bumped", "failed_session_count"] == 38 * 34
    assert "and Google saw an older one until" in found.loc["policy-id-not-bumped", "evidence"]


def test_a_policy_that_was_taken_back_is_not_called_new():
    """Who still holds it is named, and not those who see the policy of before again."""
    given = _seen(40, lambda name, day: NEW if 20 <= day < (25 if name != "Microsoft" else 99) else OLD)  # fmt: skip
    (row,) = diagnose(given).to_dict("records")

    assert row["cause"] == "policy-id-not-bumped"
    assert row["reporters"] == "Microsoft"
    assert row["evidence"].startswith(
        "most sessions see an earlier policy again since 2026-07-26, and Microsoft saw the other one"
    )


def test_reporters_without_the_policy_text_do_not_move_todays_days():
    """Nobody knows which policy they saw."""
    reports = [report(policy(600, mode=None), reporter="Microsoft", day=day) for day in range(40)]
    for day in range(40):
        reports += [
            report(policy(count, mx=OLD if day < 25 else NEW), reporter=name, day=day)
            for name, count in (("Google", 100), ("small.example", 6))
        ]
    row = enforce_impact(tables(*reports)).by_domain.iloc[0]

    assert [row["verdict"], row["evidence_days"]] == ["ready", 15]
    assert [row["today_because"], str(row["today_since"].date())] == ["policy", "2026-07-26"]
