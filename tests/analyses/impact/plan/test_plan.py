"""The change plan: the right steps for each state of a domain, on the right days."""

import datetime as dt
from functools import cache

import pandas as pd
import pytest
from support.calendar_reader import read_events
from support.made_reports import failure, policy, report, tables

from tlsrpt_analysis import PolicyError, enforce_impact
from tlsrpt_analysis.standards.mta_sts import parse_policy
from tlsrpt_analysis.standards.policy_to_serve import UNCHANGED

START = dt.date(2026, 7, 29)  # the day after 28 days of reports
MX1, MX2 = "mx1.example.com", "mx2.example.com"
OUTLOOK = "example-com.mail.protection.outlook.com"
HOSTILE = "<b>`x`.example.com"
BOTH = ("Google", "Microsoft")

UNLISTED = failure(10, "validation-failure", MX2)
EXPIRED = failure(10, "certificate-expired", MX1)
NOTHING = policy(50, policy_type="no-policy-found", mode=None)


def sessions(successes, *details, **options):
    """Return a policy result whose failed sessions are those of its details."""
    return policy(successes, sum(one.failed_session_count for one in details), *details, **options)


CASES = {
    "ready": [sessions(50)],
    "unlisted": [sessions(40, UNLISTED)],
    "expired": [sessions(40, EXPIRED)],
    "stranger": [sessions(40, failure(10, "validation-failure", "mx.evil.example"))],
    "two-faults": [sessions(35, UNLISTED, failure(5, "certificate-expired", MX1))],
    "nameless": [sessions(40, failure(10), mx=[MX1, MX2])],
    "enforced": [sessions(50, mode="enforce")],
    "short-age": [sessions(50, mode="enforce", max_age=86400)],
    "enforced-expired": [sessions(40, EXPIRED, mode="enforce")],
    "enforced-unlisted": [sessions(40, UNLISTED, mode="enforce")],
    "enforced-two-faults": [
        sessions(35, UNLISTED, failure(5, "certificate-expired", MX1), mode="enforce")
    ],
    "unpublished": [NOTHING],
    "not-published-but-known": [NOTHING],
    "dane": [policy(50, policy_type="tlsa", mode=None)],
    "dane-fails": [sessions(40, failure(10, "tlsa-invalid"), policy_type="tlsa", mode=None)],
    "provided": [
        sessions(40, failure(10, "certificate-expired", OUTLOOK), mx=["*.mail.protection.outlook.com"])
    ],
    "underscore": [sessions(40, failure(10, "validation-failure", "mx_2.example.com"))],
    "hostile": [sessions(40, failure(10, "certificate-expired", HOSTILE))],
    "one-reporter": [sessions(50)],
    "eight-days": [sessions(50)],
    "eight-thin-days": [sessions(2)],
    "vanished": [sessions(50, mode="enforce")],
    "mode-none": [sessions(40, EXPIRED)],
    "begun-late": [sessions(50)],
}  # fmt: skip


LISTED = ("unlisted", "two-faults", "enforced-unlisted", "enforced-two-faults")
"""Cases whose MX records name both hosts."""


def of_day(name, reporter, day):
    """Return what a reporter writes about a case on a day."""
    if name == "one-reporter" and reporter != "Google":
        return []
    if name.startswith("eight") and day < 20:
        return []
    if name == "mode-none" and day >= 20:
        return [sessions(50, mode="none")]
    is_without = (name == "vanished" and day >= 20) or (name == "begun-late" and day < 20)
    return [NOTHING] if is_without else CASES[name]


@cache
def impact():
    """Return the impact of all cases, each a domain of its own."""
    reports = []
    for reporter in BOTH:
        for day in range(28):
            results = [
                policy_of(result, f"{name}.example")
                for name in CASES
                for result in of_day(name, reporter, day)
            ]
            reports.append(report(*results, reporter=reporter, day=day))
    known = [("not-published-but-known.example", MX1)]
    known += [(f"{name}.example", host) for name in LISTED for host in (MX1, MX2)]
    records = pd.DataFrame(known, columns=["policy_domain", "mx_hostname"])
    return enforce_impact(tables(*reports), mx_preferences=records)


def policy_of(result, domain):
    """Return a policy result about another domain."""
    reported = type(result.policy)(
        policy_type=result.policy.policy_type,
        policy_domain=domain,
        policy_string=result.policy.policy_string,
    )
    return type(result)(reported, result.summary, result.failure_details)


@cache
def plan():
    """Return the plan of all cases."""
    return impact().plan()


def steps_of(name):
    """Return the steps of a case, with their days counted from the first."""
    steps = plan().steps
    own = steps[steps["policy_domain"] == f"{name}.example"]
    return own.assign(after=(own["date"] - pd.Timestamp(START)).dt.days)


def kinds(name):
    """Return day and kind of each step of a case."""
    return list(steps_of(name)[["after", "kind"]].itertuples(index=False, name=None))


def step(name, kind):
    """Return the only step of a kind."""
    steps = steps_of(name)
    (row,) = steps[steps["kind"] == kind].to_dict("records")
    return row


def served(name, kind, column="policy_text"):
    """Return the policy that a step serves."""
    return parse_policy(step(name, kind)[column])


def test_a_ready_domain_switches_on_the_first_day():
    """With a max_age of a day, raised to a week after 14 days; a step back is over as soon."""
    assert kinds("ready") == [(0, "enforce"), (14, "raise max_age")]
    enforce, longer = served("ready", "enforce"), served("ready", "raise max_age")
    assert (enforce.mode, enforce.max_age, enforce.mx) == ("enforce", 86400, (MX1,))
    assert (longer.mode, longer.max_age, longer.mx) == ("enforce", 604800, (MX1,))
    assert served("ready", "enforce", "roll_back_policy_text").mode == "testing"
    assert "1 day at the latest" in step("ready", "enforce")["roll_back_how"]
    assert "7 days at the latest" in step("ready", "raise max_age")["roll_back_how"]


def test_an_unlisted_host_is_listed_first_then_senders_see_it_then_clean_days_count():
    """Day 0, the TTL, the old max_age of a week, and 14 clean days from the day it is seen."""
    assert kinds("unlisted") == [
        (0, "change the policy"),
        (1, "check the new record"),
        (1, "stay in testing"),
        (7, "old policy expired"),
        (15, "enforce"),
        (29, "raise max_age"),
    ]
    listed = served("unlisted", "change the policy")
    assert (listed.mode, listed.mx) == ("testing", (MX1, MX2))
    assert served("unlisted", "change the policy", "roll_back_policy_text").mx == (MX1,)
    assert served("unlisted", "enforce").mx == (MX1, MX2)


def test_each_record_announces_the_text_of_its_step():
    """Another text has another id, the same text the same one."""
    rows = plan().steps[plan().steps["policy_text"].notna()]
    assert len(rows) > len(CASES)
    pairs = rows.groupby("policy_domain")[["policy_text", "txt_record"]].nunique()
    assert (pairs["policy_text"] == pairs["txt_record"]).all()


def test_what_is_expected_falls_with_each_change():
    """A host that is not listed, and another whose certificate expired."""
    rows = steps_of("two-faults").head(2)
    assert list(rows["kind"]) == ["change the policy", "repair"]
    highs = rows["would_block_share_high"].tolist()
    after = impact().after(f"add mx {MX2}", policy_domain="two-faults.example").by_domain
    expected = after.set_index("policy_domain")["today_would_block_share_high"]
    assert highs[0] == pytest.approx(expected["two-faults.example"])
    assert 0.1 <= highs[0] > 0.02 > highs[1]


def test_shares_are_intervals():
    """Where anything was tested."""
    known = plan().steps[plan().steps["would_block_share_high"].notna()]
    low, high = known["would_block_share_low"], known["would_block_share_high"]
    assert ((low >= 0) & (low <= high) & (high <= 1)).all()


def test_days_after_a_repair_count_from_the_day_after_it():
    """A repair changes no text, so that no cache is waited for."""
    days = [(0, "repair"), (1, "stay in testing"), (15, "enforce"), (29, "raise max_age")]
    assert kinds("expired") == days


def test_what_nobody_can_repair_ends_the_plan():
    """Enforce mode gets no date while the cause is not known."""
    assert kinds("nameless")[-1][1] == "investigate"
    rows = plan().by_domain.set_index("policy_domain")
    assert pd.isna(rows.loc["nameless.example", "enforce_on"])


def test_too_few_clean_days_wait_for_the_rest():
    """Eight clean days of two reporters need six more."""
    assert kinds("eight-days") == [(0, "stay in testing"), (6, "enforce"), (20, "raise max_age")]


def test_a_domain_with_little_mail_waits_as_long_as_its_mail_needs():
    """Four sessions a day prove less than a hundred."""
    assert dict(map(reversed, kinds("eight-thin-days")))["enforce"] > 6


def test_one_reporter_is_not_enough_and_the_plan_says_so():
    """The date stands under the condition that a second one reports."""
    waits = step("one-reporter", "stay in testing")
    assert "2 reporters are needed" in waits["instructions"]
    assert waits["title"] == "Wait for a second reporter, or decide by the logs"
    summary = plan().by_domain.set_index("policy_domain").loc["one-reporter.example", "summary"]
    assert summary.endswith("are clean and a second reporter tests the policy.")


def test_a_plan_that_begins_long_after_the_last_report_asks_for_the_reports_between():
    """A step that ends on its first day is no time in testing mode."""
    late = impact().plan("2026-12-24", policy_domain="eight-days.example").steps.iloc[0]
    assert late["title"].startswith("Read the reports since 2026-")
    assert "until 2026-12-24" not in late["title"]


def test_an_enforced_clean_domain_keeps_what_it_has():
    """Its max_age is a week already."""
    assert kinds("enforced") == [(0, "keep watching")]
    assert (
        "lower max_age to 86400 7 days ahead" in step("enforced", "keep watching")["instructions"]
    )


def test_an_enforced_clean_domain_with_a_max_age_of_a_day_raises_it():
    """It has been clean for a fortnight."""
    assert kinds("short-age") == [(0, "raise max_age")]


def test_mail_that_is_refused_today_steps_back_to_testing_first():
    """An expired certificate takes longer than a new text; caches go on for the old max_age."""
    assert kinds("enforced-expired")[:2] == [(0, "roll back"), (0, "repair")]
    assert (7, "old policy expired") in kinds("enforced-expired")
    assert served("enforced-expired", "roll back").mode == "testing"
    assert "7 days at the latest" in step("enforced-expired", "roll back")["instructions"]


def test_a_text_that_an_earlier_step_serves_is_unchanged():
    """The step back lists the new host already: one text, one id, and nothing to go back from."""
    assert MX2 in served("enforced-two-faults", "roll back").mx
    listed = step("enforced-two-faults", "change the policy")
    assert pd.isna(listed["policy_text"])
    assert pd.isna(listed["txt_record"])
    assert pd.isna(listed["roll_back_policy_text"])
    assert f"The policy text is {UNCHANGED}." in listed["instructions"]
    assert served("enforced-two-faults", "enforce").mode == "enforce"
    texts = plan().steps[["policy_domain", "policy_text"]].dropna()
    assert not texts.duplicated().any()


def test_a_new_line_that_cures_an_enforced_policy_is_no_step_back():
    """A new text reaches senders as fast as a step back does."""
    assert kinds("enforced-unlisted") == [
        (0, "change the policy"),
        (1, "check the new record"),
        (7, "old policy expired"),
        (21, "keep watching"),
    ]
    changed = served("enforced-unlisted", "change the policy")
    assert (changed.mode, changed.max_age) == ("enforce", 604800)


def test_a_domain_without_a_policy_publishes_one():
    """Its text needs the MX records, which no report names."""
    order = [
        "publish the policy", "check the new record", "stay in testing", "enforce", "raise max_age",
    ]  # fmt: skip
    for name in ("unpublished", "not-published-but-known"):
        assert [kind for _, kind in kinds(name)] == order
        assert steps_of(name)["would_block_share_high"].isna().all()
    assert steps_of("unpublished")["policy_text"].isna().all()
    assert served("not-published-but-known", "publish the policy").mx == (MX1,)


def test_a_policy_that_vanished_is_brought_back_in_its_mode():
    """Enforced for 20 days, then found by nobody."""
    days = [(0, "restore the policy"), (1, "check the new record"), (15, "keep watching")]
    assert kinds("vanished") == days
    assert served("vanished", "restore the policy").mode == "enforce"


def test_a_policy_in_mode_none_goes_back_to_testing_first():
    """What failed before is repaired, and nothing is known of today."""
    first = [(0, "publish the policy"), (0, "repair"), (1, "check the new record")]
    assert kinds("mode-none")[:3] == first
    assert kinds("mode-none")[-2:] == [(15, "enforce"), (29, "raise max_age")]
    assert served("mode-none", "publish the policy").mode == "testing"


def test_days_before_the_policy_do_not_make_its_clean_days_more():
    """Eight tested days after twenty without a policy are as good as eight alone."""
    assert kinds("begun-late") == kinds("eight-days")


def test_dane_alone_has_nothing_to_switch():
    """Its refusals are repaired, whatever the mode is."""
    assert kinds("dane") == [(0, "keep watching")]
    assert kinds("dane-fails") == [(0, "repair"), (0, "keep watching")]


def test_what_dane_refused_once_is_no_step():
    """The days since show that it is over."""
    failing, clean = CASES["dane-fails"], [sessions(50, policy_type="tlsa", mode=None)]
    days = [report(*(failing if day < 5 else clean), day=day) for day in range(28)]
    assert enforce_impact(tables(*days)).plan().steps["kind"].tolist() == ["keep watching"]


def test_a_host_at_a_provider_is_the_providers():
    """The policy is yours, its servers are not."""
    assert step("provided", "repair")["responsible"] == "your provider"
    assert step("provided", "enforce")["responsible"] == "you"


def test_a_host_that_no_policy_can_list_must_be_renamed():
    """An underscore is no letter of a host name (RFC 8461 §3.2)."""
    row = step("underscore", "change the policy")
    assert row["title"] == "Rename mx_2.example.com"
    assert pd.isna(row["policy_text"])


def test_the_first_day_can_be_chosen_and_a_ttl_waited_for():
    """All dates move with it."""
    later = impact().plan("2026-12-01", policy_domain="Unlisted.example.", record_ttl=3 * 86400)
    assert set(later.steps["policy_domain"]) == {"unlisted.example"}
    dates = later.steps.set_index("kind")["date"]
    assert dates["change the policy"] == pd.Timestamp("2026-12-01")
    assert dates["check the new record"] == pd.Timestamp("2026-12-04")


@pytest.mark.parametrize("start", [dt.date(2026, 12, 1), dt.datetime(2026, 12, 1, tzinfo=dt.UTC)])
def test_the_first_day_may_be_a_date(start):
    """Its time of day counts for nothing."""
    assert impact().plan(start, policy_domain="ready.example").start == dt.date(2026, 12, 1)


def test_a_start_that_is_no_day_is_a_plain_error():
    """It says how to write one."""
    with pytest.raises(PolicyError, match="start must be a day such as 2026-12-01"):
        impact().plan("soon")


def test_fixes_that_are_done_are_not_planned_again():
    """The plan goes on from the impact that it is asked of."""
    after = impact().after(f"add mx {MX2}", policy_domain="unlisted.example")
    steps = after.plan(policy_domain="unlisted.example").steps
    assert "change the policy" not in set(steps["kind"])


def test_the_calendar_has_an_event_for_each_step_and_moves_with_the_next_plan():
    """The UIDs stay, the days move, and the later one counts."""
    first = read_events(plan().to_ics())
    later = read_events(impact().plan("2026-09-01").to_ics())
    assert len(first) == len(plan().steps)
    assert [one["UID"] for one in first] == [one["UID"] for one in later]
    assert len({one["UID"] for one in first}) == len(first)
    assert int(later[0]["SEQUENCE"]) > int(first[0]["SEQUENCE"])
    listed = f"unlisted.example: List {MX2} in the policy"
    assert {one["SUMMARY"]: one["DTSTART"] for one in first}[listed] == "20260729"


def test_markdown_holds_each_policy_and_no_markup_of_strangers():
    """A host that a stranger made up."""
    text = plan().to_markdown()
    assert "mode: enforce\nmx: mx1.example.com\nmax_age: 86400\n```" in text
    assert "\\<b\\>\\`x\\`.example.com" in text
    assert "<b>" not in text


def test_html_says_the_verdict_first_and_escapes_everything():
    """Before any step, and with classes that keep MathJax away."""
    shown = plan()._repr_html_()
    assert shown.startswith('<div class="tex2jax_ignore mathjax_ignore">')
    assert "<p><strong>ready.example: ready</strong><br>Switch to enforce mode" in shown
    assert "&lt;b&gt;" in shown
    assert "<b>" not in shown


def test_no_text_lists_a_host_that_only_reports_name():
    """Anyone can write a report: until MX records list the host, the plan has no policy with it."""
    steps = steps_of("stranger")
    assert {"change the policy", "enforce"} <= set(steps["kind"])
    for column in ("policy_text", "roll_back_policy_text"):
        assert not steps[column].fillna("").str.contains("evil").any()
    assert steps["policy_text"].isna().all()
    changed = step("stranger", "change the policy")["instructions"]
    assert "attack or a forgery" in changed
    assert "--mx-records FILE" in changed
    back = step("stranger", "enforce")["roll_back_how"]
    assert back.startswith("Serve the testing policy below, with the line that you checked, then")
    assert MX2 in served("unlisted", "change the policy").mx


def test_many_hosts_with_one_fault_are_few_steps():
    """The first ones one by one, the others together: a report may name any number of hosts."""
    hosts = [f"mx{number}.example.com" for number in range(20)]
    details = [failure(1, "certificate-expired", host) for host in hosts]
    steps = (
        enforce_impact(
            tables(*(report(policy(30, 20, *details, mx=hosts), day=day) for day in range(28)))
        )
        .plan()
        .steps
    )
    repairs = steps[steps["kind"] == "repair"]
    assert len(repairs) == 7
    assert "and 9 more" in repairs["title"].iloc[-1]
    assert "do the same for" in repairs["instructions"].iloc[-1]
    assert repairs["would_block_share_high"].is_monotonic_decreasing
    assert repairs["would_block_share_high"].iloc[-1] < 0.02
