"""What is new from one check to the next."""

from dataclasses import replace

import pytest
from support.daily_checks import checked, clean, day, kinds
from support.made_reports import failure, policy, report, tables

from tlsrpt_analysis.analyses.alerts.alert import Kind, Severity
from tlsrpt_analysis.analyses.alerts.known import Fault, Known
from tlsrpt_analysis.analyses.alerts.observed import observed
from tlsrpt_analysis.analyses.alerts.silence import silences
from tlsrpt_analysis.analyses.numbering import day_number

HOST = "mx1.example.com"
BASE = 40


def failing(
    reporter, days, failed, *, host=HOST, kind="certificate-expired", whole=100, mode="testing"
):
    """Return reports with failures at a host."""
    result = policy(whole - failed, failed, failure(failed, kind, host), mode=mode)
    return [report(result, reporter=reporter, day=number) for number in days]


def without_policy(reporter, days):
    """Return reports of sessions that found no policy."""
    result = policy(100, policy_type="no-policy-found", mode=None)
    return [report(result, reporter=reporter, day=number) for number in days]


def both(first, second):
    """Return clean reports of two reporters until their days."""
    return clean("Google", range(first)) + clean("Microsoft", range(second))


def test_the_first_check_sets_the_base_and_says_nothing():
    """What stands when checks begin is not new, be it at fault or not."""
    reports = both(BASE, 20) + failing("Microsoft", range(20, BASE), 30)
    found, known = checked(reports, [BASE])
    assert found == []
    assert [fault.reporters for fault in known.faults] == [("Microsoft",)]
    assert known.verdicts == {"example.com": "not ready"}


def test_a_fault_of_a_fifth_of_a_reporter_is_found_on_its_second_day_and_once():
    """One day may be chance; then it is said once, with reporter, host, type and counts."""
    reports = both(BASE, BASE + 8) + clean("Google", range(BASE, BASE + 8))
    reports = [
        each
        for each in reports
        if each.report.report_id not in {f"{n}+Google" for n in range(BASE, BASE + 8)}
    ]
    reports += failing("Google", range(BASE, BASE + 8), 20)
    found, known = checked(reports, range(BASE, BASE + 6))
    began = [(number, alert) for number, alert in found if alert.kind == Kind.FAULT_BEGAN]
    assert kinds(began) == [(BASE + 2, "fault-began")]
    alert = began[0][1]
    assert (alert.reporters, alert.mx_hostnames, alert.result_types) == (
        ("Google",),
        (HOST,),
        ("certificate-expired",),
    )
    assert (alert.since, alert.severity) == (day(BASE), Severity.WARNING)
    assert "40 of 200 sessions of Google would be refused (20.0 %)" in alert.message
    assert len(known.faults) == 1


def test_a_single_bad_day_is_no_fault():
    """However bad it is."""
    reports = both(BASE, BASE + 9) + failing("Google", [BASE], 100)
    reports += clean("Google", range(BASE + 1, BASE + 9))
    assert checked(reports, range(BASE, BASE + 9))[0] == []


def test_a_fault_under_enforce_mode_is_critical():
    """Mail is refused now."""
    reports = [report(policy(100, mode="enforce"), day=number) for number in range(BASE)]
    reports += failing("Google", range(BASE, BASE + 2), 50, mode="enforce")
    found, _ = checked(reports, [BASE, BASE + 2])
    assert (
        str(found[0][1].severity),
        found[0][1].message[-20:],
    ) == ("critical", "are refused (50.0 %)")


def test_one_fault_of_several_reporters_under_several_names_is_one_alert():
    """Senders meet it days apart, and name it by what they check first."""
    reports = failing("Google", range(BASE, BASE + 9), 60)
    reports += failing("Microsoft", range(BASE + 2, BASE + 9), 50, kind="validation-failure")
    found, known = checked(both(BASE, BASE + 2) + reports, range(BASE, BASE + 9))
    assert [each for each in kinds(found) if "fault" in each[1]] == [(BASE + 2, "fault-began")]
    assert known.faults[0].kinds == ("certificate-expired", "validation-failure")
    assert known.faults[0].reporters == ("Google", "Microsoft")


def test_a_second_fault_at_another_host_is_new():
    """The first one, of another type, still lasts."""
    reports = both(BASE, BASE + 20) + failing("Google", range(BASE, BASE + 12), 30)
    for number in range(BASE + 12, BASE + 20):
        details = (
            failure(30, "certificate-expired", HOST),
            failure(40, "validation-failure", "mx2.example.com"),
        )
        reports.append(report(policy(30, 70, *details), day=number))
    found, _ = checked(reports, [BASE, BASE + 2, BASE + 12, BASE + 14])
    began = [alert for _, alert in found if alert.kind == Kind.FAULT_BEGAN]
    assert [alert.mx_hostnames for alert in began] == [(HOST,), ("mx2.example.com",)]


def test_a_fault_that_ends_is_said_once_and_may_begin_again():
    """It is over after so many good days that it would hardly have spared them."""
    reports = both(BASE, BASE + 44) + failing("Google", range(BASE, BASE + 6), 90)
    reports += clean("Google", range(BASE + 6, BASE + 34)) + failing(
        "Google", range(BASE + 34, BASE + 44), 90
    )
    found, _ = checked(reports, range(BASE, BASE + 44))
    faults = [each for each in found if "fault" in each[1].kind]
    assert kinds(faults) == [
        (BASE + 2, "fault-began"),
        (BASE + 10, "fault-ended"),
        (BASE + 36, "fault-began"),
    ]
    assert faults[1][1].since == day(BASE + 5)


def test_a_fault_that_doubles_is_said_again():
    """After three days on which it is so much worse."""
    reports = both(BASE, BASE + 14) + failing("Google", range(BASE, BASE + 8), 20)
    reports += failing("Google", range(BASE + 8, BASE + 14), 95)
    found, known = checked(reports, range(BASE, BASE + 14))
    assert (BASE + 11, "fault-grew") in kinds(found)
    assert [kind for _, kind in kinds(found)].count("fault-grew") == 1
    assert known.faults[0].share == pytest.approx(0.95)


def test_a_policy_that_nobody_finds_any_more_has_vanished():
    """After two days; the verdict says so as well."""
    lost = range(BASE, BASE + 8)
    reports = both(BASE, BASE) + without_policy("Google", lost) + without_policy("Microsoft", lost)
    found, _ = checked(reports, range(BASE, BASE + 8))
    assert kinds(found) == [(BASE + 2, "policy-vanished"), (BASE + 2, "verdict-changed")]


def test_a_reporter_that_never_applied_the_policy_lost_none():
    """It skips policies in testing mode, as some plug-ins do."""
    reports = both(BASE, BASE + 8) + clean("Google", range(BASE, BASE + 8))
    reports += without_policy("harbor.example", range(BASE - 2, BASE + 8))
    assert checked(reports[:], range(BASE, BASE + 8))[0] == []


def test_one_reporter_without_the_policy_is_a_fault_and_not_its_end():
    """The others apply it still."""
    reports = both(BASE, BASE + 8) + without_policy("Google", range(BASE, BASE + 8))
    found, _ = checked(reports, range(BASE, BASE + 4))
    assert [each for each in kinds(found) if each[1] != "verdict-changed"] == [
        (BASE + 2, "fault-began")
    ]
    assert "Google had no policy in 200 of 200 sessions" in found[0][1].message


def test_a_silent_reporter_is_named_once_and_again_after_it_came_back():
    """Its rhythm was a report a day; with a gap of twelve days, it is given 25."""
    reports = both(100, 40) + clean("Microsoft", range(52, 60))
    found, _ = checked(reports, range(5, 100))
    silent = [each for each in found if each[1].kind == Kind.REPORTER_SILENT]
    assert kinds(silent) == [(48, "reporter-silent"), (87, "reporter-silent")]
    assert silent[0][1].since == day(39)


def test_a_domain_about_which_nobody_reports_is_one_alert():
    """And not one for each reporter."""
    others = [report(policy(9, domain="other.example"), day=number) for number in range(60)]
    found, _ = checked(both(40, 40) + others, range(5, 60))
    assert [
        (number, alert.policy_domain)
        for number, alert in found
        if alert.kind == Kind.REPORTS_STOPPED
    ] == [(48, "example.com")]
    assert [alert for _, alert in found if alert.kind == Kind.REPORTER_SILENT] == []


def test_no_report_at_all_is_one_alert_without_a_domain():
    """Then the import has stopped, and nobody fell silent."""
    found, _ = checked(both(40, 40), range(5, 70))
    stopped = [(number, alert) for number, alert in found if number > 40]
    assert [(number, alert.kind, alert.policy_domain) for number, alert in stopped] == [
        (47, Kind.REPORTS_STOPPED, None)
    ]


def test_a_verdict_is_new_when_it_has_stood():
    """A domain that becomes ready is so for a week first."""
    found, known = checked(both(60, 60), range(5, 60))
    assert [(str(alert.kind), alert.severity) for _, alert in found] == [
        ("verdict-changed", Severity.NOTICE)
    ]
    assert known.verdicts == {"example.com": "ready"}


def test_a_certificate_that_fails_every_sixty_days_is_named_a_week_before():
    """By its rhythm, and once."""
    outage_days = [number for begin in (0, 60) for number in range(begin, begin + 3)]
    reports = clean("Microsoft", range(125))
    for number in range(125):
        reports += (
            failing("Google", [number], 50) if number in outage_days else clean("Google", [number])
        )
    found, _ = checked(reports, [70, 112, 113, 114, 119])
    due = [(number, alert) for number, alert in found if alert.kind == Kind.RENEWAL_DUE]
    assert [(number, alert.since) for number, alert in due] == [(113, day(120))]
    assert "every 60 days" in due[0][1].message


def test_within_the_cooldown_the_same_is_said_once():
    """A fault that ends and comes back in a few days waits until then."""
    reports = both(BASE, BASE + 40) + failing("Google", range(BASE, BASE + 6), 90)
    reports += clean("Google", range(BASE + 6, BASE + 40))
    found, known = checked(reports, [BASE, BASE + 2])
    again, _ = checked(reports, [BASE + 2], replace(known, faults=()))
    assert [kind for _, kind in kinds(found)].count("fault-began") == 1
    assert [each for each in kinds(again) if each[1] == "fault-began"] == []


def test_each_domain_has_its_own_faults():
    """Two at once are two alerts, and an old one of another domain is none of them."""
    reports = both(BASE, BASE + 4)
    for number in range(BASE, BASE + 4):
        details = failure(50, "certificate-expired", HOST)
        results = [policy(50, 50, details), policy(50, 50, details, domain="other.example")]
        reports.append(report(*results, day=number))
    reports += [
        report(policy(90, domain="other.example"), reporter="post.example", day=number)
        for number in range(BASE)
    ]
    found, known = checked(reports, [BASE, BASE + 2, BASE + 4])
    began = [alert.policy_domain for _, alert in found if alert.kind == Kind.FAULT_BEGAN]
    assert began == ["example.com", "other.example"]
    assert len(known.faults) == 2


def test_a_fault_that_lasted_for_weeks_and_meets_another_reporter_later_is_new_there():
    """It is not the same event."""
    reports = both(BASE, BASE + 15) + failing("Google", range(BASE, BASE + 25), 60)
    reports += failing("Microsoft", range(BASE + 15, BASE + 25), 60)
    found, known = checked(reports, range(BASE, BASE + 20))
    began = [(number, alert.reporters) for number, alert in found if alert.kind == Kind.FAULT_BEGAN]
    assert began == [(BASE + 2, ("Google",)), (BASE + 17, ("Microsoft",))]
    assert [fault.reporters for fault in known.faults] == [("Google",), ("Microsoft",)]


def test_a_policy_that_the_others_lose_later_has_vanished_then():
    """They had it cached; when it is back, that is said as well."""
    reports = both(BASE, BASE + 5) + without_policy("Google", range(BASE, BASE + 10))
    reports += without_policy("Microsoft", range(BASE + 5, BASE + 10))
    reports += clean("Google", range(BASE + 10, BASE + 30))
    reports += clean("Microsoft", range(BASE + 10, BASE + 30))
    found, known = checked(reports, range(BASE, BASE + 30))
    assert [each for each in kinds(found) if each[1] != "verdict-changed"] == [
        (BASE + 2, "fault-began"),
        (BASE + 7, "policy-vanished"),
        (BASE + 13, "fault-ended"),
    ]
    assert found[-2][1].message == "Google, Microsoft had no policy for the last time on 2026-08-19"
    assert not known.faults[0].is_open


def test_failed_fetches_of_some_sessions_take_a_day_more():
    """They lose no mail, and come and go."""
    reports = both(BASE, BASE + 9)
    details = failure(60, "sts-policy-fetch-error")
    reports += [report(policy(40, 60, details), day=number) for number in range(BASE, BASE + 9)]
    found, _ = checked(reports, range(BASE, BASE + 9))
    began = [each for each in kinds(found) if each[1] == "fault-began"]
    assert began == [(BASE + 3, "fault-began")]


def test_failed_fetches_on_days_that_come_alone_are_no_fault():
    """A sender cannot fetch the policy on three days of a week, as it could not now and then before."""
    details = failure(60, "sts-policy-fetch-error")
    missed = {16, 41, 84, 86, 88}
    reports = clean("Microsoft", range(100))
    for number in range(100):
        result = policy(40, 60, details) if number in missed else policy(100)
        reports.append(report(result, day=number))
    found, _ = checked(reports, range(30, 100))
    assert [each for each in kinds(found) if "fault" in each[1]] == []


def test_a_fault_whose_reports_were_removed_stays_known():
    """A store may lose its last days."""
    fault = Fault("example.com", ("",), (), ("Google",), 20_700, 20_702, 0.9)
    _, after = checked(both(BASE, BASE), [BASE], Known(20_640, (fault,)))
    assert after.faults == (fault,)


def test_stray_failures_sixty_days_apart_are_no_rhythm_of_renewals():
    """A few of many sessions are no outage."""
    reports = clean("Microsoft", range(125), 10_000)
    for number in range(125):
        failed = 3 if number in {0, 60} else 0
        reports += failing("Google", [number], failed, whole=10_000)
    found, _ = checked(reports, [70, 113, 114, 119])
    assert [alert for _, alert in found if alert.kind == Kind.RENEWAL_DUE] == []


def test_two_failed_sessions_are_no_fault():
    """They may be one message that was tried again on the next day."""
    reports = clean("Google", range(BASE), 1) + clean("Microsoft", range(BASE + 4))
    reports += failing("Google", range(BASE, BASE + 2), 1, whole=1)
    assert checked(reports, [BASE, BASE + 2, BASE + 4])[0] == []


def test_old_faults_and_renewals_are_forgotten():
    """The state does not grow for ever."""
    known = Known(
        checked_day=20_000,
        faults=(Fault("example.com", ("",), (), ("Google",), 19_000, 19_002, 0.5, 19_010),),
        renewals={"example.com\t": 19_500},
        announced={"fault\texample.com": 19_002},
    )
    _, after = checked(both(BASE, BASE), [BASE], known)
    assert (after.faults, after.renewals, after.announced) == ((), {}, {})


def test_a_fault_without_days_since_stays_as_it_is():
    """Its reporter is silent: nothing shows that it is over, or worse."""
    reports = both(BASE, BASE + 20) + failing("Google", range(BASE, BASE + 2), 50)
    found, known = checked(reports, range(BASE, BASE + 6))
    assert [kind for _, kind in kinds(found)].count("fault-began") == 1
    assert known.faults[0].is_open


def test_of_old_reports_only_nothing_is_said():
    """As of an archive that was put into the store."""
    assert silences(observed(tables(*both(3, 3))), 30_000, {}) == ([], {})


def test_an_end_within_the_cooldown_is_kept_and_not_said():
    """As of a fault that comes and goes."""
    subject = ("example.com", "certificate-expired", HOST)
    fault = Fault(
        "example.com", ("certificate-expired",), (HOST,), ("Google",), 20_665, 20_667, 0.9
    )
    reports = (
        both(30, BASE) + failing("Google", range(30, 33), 90) + clean("Google", range(33, BASE))
    )
    last = day_number(day(BASE))
    known = Known(last - 1, (fault,), announced={"\t".join(("ended", *subject)): last - 2})
    found, after = checked(reports, [BASE], known)
    assert [each for each in kinds(found) if "fault" in each[1]] == []
    assert after.faults[0].until == day_number(day(32))


def test_a_fault_that_reports_no_longer_show_stays_known():
    """They were of another source, which is not in this store."""
    fault = Fault("example.com", ("certificate-expired",), (), ("Google",), 20_635, 20_637, 0.9)
    _, after = checked(both(BASE, BASE), [BASE], Known(20_640, (fault,)))
    assert after.faults == (fault,)
