"""What the last days, silent senders, DANE and one-sided reporters add to a verdict."""

import pytest
from support.made_reports import failure, month, policy, report, tables

from tlsrpt_analysis import diagnose, enforce_impact

MX, BACKUP = "mx1.example.com", "mx2.example.com"
EXPIRED = "certificate-expired"
GOOD, BAD = policy(100), policy(0, 100, failure(100, EXPIRED, MX))


def _reports(*results, reporter="Google"):
    return [report(result, reporter=reporter, day=day) for day, result in enumerate(results)]


def _row(reports):
    return enforce_impact(tables(*reports)).by_domain.iloc[0]


@pytest.mark.parametrize(("clean", "is_said"), [(1, False), (2, True), (6, True), (7, False)])
def test_clean_days_at_the_end_are_said_before_they_are_a_repair(clean, is_said):
    """A single day may be luck, and after a week the domain is judged by the days since."""
    reports = [
        each
        for name in ("Google", "Microsoft")
        for each in _reports(*[BAD] * 21, *[GOOD] * clean, reporter=name)
    ]
    row = _row(reports)
    (cause,) = diagnose(tables(*reports)).to_dict("records")

    words = f"the last {clean} days with tested sessions"
    assert (words in row["reasons"]) == (words in cause["evidence"]) == is_said
    assert (row["today_because"] == "repair") == (clean == 7)


def test_faults_that_come_and_go_are_not_said_to_be_over():
    """Two clean days are what it had before."""
    assert "days with tested sessions:" not in _row(_reports(*[BAD, GOOD, GOOD] * 9))["reasons"]


def test_a_backup_that_was_met_once_is_not_said_to_be_over():
    """No sender may have used it since."""
    lists = (MX, BACKUP)
    missing = policy(97, 3, failure(3, "starttls-not-supported", BACKUP), mx=lists)
    whole = policy(100, mx=lists)
    (row,) = diagnose(tables(*_reports(*[whole] * 30, missing, *[whole] * 29))).to_dict("records")
    assert "not met again on 29 days" in row["evidence"]
    assert "it is over" not in row["evidence"]

    (only,) = diagnose(tables(*_reports(*[GOOD] * 30, BAD, *[GOOD] * 29))).to_dict("records")
    assert "it is over: 29 days" in only["evidence"]


def test_an_expected_sender_that_fell_silent_has_the_day_of_its_last_session():
    """Enforce mode may refuse all its mail."""
    enforced = [policy(100, mode="enforce")] * 30
    refused = [policy(0, 200, failure(200, EXPIRED, MX), mode="enforce")] * 5
    reports = [*_reports(*enforced, *refused), *_reports(*enforced, reporter="Microsoft")]

    reasons = _row(reports)["reasons"]
    assert "no tested session is from Microsoft (its last was on 2026-07-30)" in reasons


def test_what_was_refused_earlier_is_exact_where_its_bounds_are():
    """A range has an upper end; a number has none."""
    reports = _reports(*[BAD] * 10, *[GOOD] * 50)
    assert "It would have refused 31.2 % of the earlier ones" in _row(reports)["headline"]
    vague = policy(0, 100)
    reports = _reports(*[vague] * 10, *[GOOD] * 50)
    assert "It would have refused up to 31.2 % of the earlier ones" in _row(reports)["headline"]


def _dane(successes, failures=0):
    details = [failure(failures, "validation-failure", MX)] if failures else []
    return policy(successes, failures, *details, policy_type="tlsa")


@pytest.mark.parametrize(("clean", "is_over"), [(6, False), (7, True)])
def test_what_dane_refused_once_needs_no_step(clean, is_over):
    """A week with DANE results shows that it is over."""
    days = [[GOOD, _dane(0, 50)]] * 20 + [[GOOD, _dane(50)]] * clean
    reports = [report(*results, day=day) for day, results in enumerate(days)]
    impact = enforce_impact(tables(*reports, *month(GOOD, reporter="Microsoft", days=27)))

    headline = impact.by_domain["headline"].iloc[0]
    assert ("DANE refused 1,000 sessions until 2026-07-20, whatever" in headline) == is_over
    assert ("DANE refused 1,000 sessions, whatever the mode" in headline) != is_over
    titles = impact.plan().steps["title"].tolist()
    assert ("Repair what DANE refuses" in titles) != is_over


def test_a_plan_does_not_say_that_nothing_needs_a_repair_while_dane_refuses():
    """Its first step is that repair."""
    reports = [*month(GOOD, _dane(0, 50)), *month(GOOD, reporter="Microsoft")]
    plan = enforce_impact(tables(*reports)).plan()

    (summary,) = plan.by_domain["summary"]
    assert plan.steps["title"].iloc[0] == "Repair what DANE refuses"
    assert summary.endswith("what DANE refuses needs its repair in any mode.")


def test_a_tlsa_record_that_matched_later_is_not_said_to_have_never_matched():
    """The days on which it did are counted."""
    reports = _reports(*[_dane(0, 9)] * 10, *[_dane(9)] * 20)
    (row,) = diagnose(tables(*reports)).to_dict("records")
    assert "it matched again after 2026-07-10, on 20 days" in row["evidence"]
    assert "never" not in row["title"]


@pytest.mark.parametrize(("every", "is_said"), [(3, True), (2, False)])
def test_a_sender_that_reports_failing_days_only_may_have_clean_ones(every, is_said):
    """With less than half of the days, as mox has it."""
    failing = policy(0, 2, failure(2, "validation-failure", MX))
    some = [report(failing, reporter="mox.example", day=day) for day in range(0, 28, every)]
    reasons = _row([*month(GOOD), *month(GOOD, reporter="Microsoft"), *some])["reasons"]

    assert ("all reports from mox.example are about days with failures" in reasons) == is_said


def test_who_is_silent_since_enforce_mode_began_is_looked_for_first():
    """Nothing is left to report where all mail is refused."""
    days = [policy(9, mode="testing")] * 30 + [policy(9, mode="enforce")] * 30
    reports = [*_reports(*days), *_reports(*days[:30], reporter="Mail.ru")]
    impact = enforce_impact(tables(*reports, *_reports(*days, reporter="Microsoft")))

    row = impact.by_domain.iloc[0]
    assert "Mail.ru has not reported since enforce mode began on 2026-07-31" in row["headline"]
    steps = impact.plan().steps
    assert steps["title"].tolist() == [
        "Look whether mail of Mail.ru arrives",
        "Keep enforce mode, and keep reading the reports",
    ]
    assert "mode: testing" in steps["roll_back_policy_text"].iloc[0]
    assert impact.plan().by_domain["summary"].tolist() == [
        "Look whether mail of Mail.ru arrives (2026-08-30)."
    ]


def test_who_reports_again_or_reported_rarely_is_not_missed():
    """And nobody is in testing mode."""
    days = [policy(9, mode="testing")] * 30 + [policy(9, mode="enforce")] * 30
    rarely = [report(policy(9), reporter="Mail.ru", day=day) for day in range(17, 30)]
    again = [*_reports(*days[:30], reporter="GMX"), report(days[40], reporter="GMX", day=59)]
    row = _row([*_reports(*days), *rarely, *again])
    assert "not reported since" not in row["headline"]
