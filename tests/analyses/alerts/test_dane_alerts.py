"""Faults under DANE (RFC 7672), which has no testing mode."""

import pytest
from support.daily_checks import checked, clean, kinds
from support.made_reports import failure, policy, report, tables

from tlsrpt_analysis.analyses.alerts.alert import Kind, Severity
from tlsrpt_analysis.analyses.alerts.dane import dane_failures, dane_sessions
from tlsrpt_analysis.analyses.alerts.known import DANE

HOST = "mx1.example.com"
BASE = 40


def under_dane(days, failed=0, kind="tlsa-invalid", *, sts_failed=0, host=HOST):
    """Return Microsoft's reports, which list each session under both policies (RFC 8460 §4)."""
    details = (failure(failed, kind, host),) if failed else ()
    sts = (failure(sts_failed, kind, host),) if sts_failed else ()
    results = (
        policy(100 - sts_failed, sts_failed, *sts),
        policy(100 - failed, failed, *details, policy_type="tlsa"),
    )
    return [report(*results, reporter="Microsoft", day=number) for number in days]


def faults(found):
    """Return the alerts about faults."""
    return [(number, alert) for number, alert in found if "fault" in alert.kind]


@pytest.mark.parametrize("kind", ["tlsa-invalid", "dnssec-invalid", "certificate-expired"])
def test_a_fifth_that_fails_under_dane_is_found_on_the_second_day_and_is_critical(kind):
    """In testing mode, too: DANE refuses what MTA-STS would let through; the verdict is not of it."""
    reports = clean("Google", range(BASE + 8)) + under_dane(range(BASE))
    reports += under_dane(range(BASE, BASE + 8), 20, kind)
    found, known = checked(reports, range(BASE, BASE + 8))
    assert kinds(faults(found)) == [(BASE + 2, "fault-began")]
    assert {str(alert.kind) for _, alert in found} == {"fault-began"}
    alert = found[0][1]
    assert (alert.severity, alert.reporters, alert.mx_hostnames, alert.result_types) == (
        Severity.CRITICAL,
        ("Microsoft",),
        (HOST,),
        (kind,),
    )
    assert alert.message == (
        f"{kind} at mx1.example.com since 2026-08-10: 40 of 200 sessions of Microsoft under DANE"
        " failed (20.0 %), and are delayed or refused whatever the mode of MTA-STS"
    )
    assert known.faults[0].kinds == (DANE + kind,)


def test_a_single_bad_day_under_dane_is_no_fault():
    """However bad it is."""
    reports = under_dane(range(BASE)) + under_dane([BASE], 100)
    reports += under_dane(range(BASE + 1, BASE + 9))
    assert checked(reports, range(BASE, BASE + 9))[0] == []


def test_a_fault_under_both_policies_is_one_alert():
    """An expired certificate, without a host: MTA-STS would refuse it, and DANE does."""
    reports = under_dane(range(BASE))
    reports += under_dane(
        range(BASE, BASE + 5), 30, "certificate-expired", sts_failed=30, host=None
    )
    found, known = checked(reports, range(BASE, BASE + 5))
    assert kinds(faults(found)) == [(BASE + 2, "fault-began")]
    alert = faults(found)[0][1]
    assert alert.result_types == ("certificate-expired",)
    assert alert.severity == Severity.CRITICAL
    assert "60 of 200 sessions of Microsoft" in alert.message
    assert len(known.faults) == 1


def test_a_fault_under_dane_grows_and_ends():
    """Each is said once."""
    reports = under_dane(range(BASE)) + under_dane(range(BASE, BASE + 8), 20)
    reports += under_dane(range(BASE + 8, BASE + 14), 95)
    reports += under_dane(range(BASE + 14, BASE + 24))
    found, known = checked(reports, range(BASE, BASE + 24))
    assert [str(alert.kind) for _, alert in faults(found)] == [
        "fault-began",
        "fault-grew",
        "fault-ended",
    ]
    assert faults(found)[1][1].severity == Severity.CRITICAL
    assert not known.faults[0].is_open


def test_a_sender_that_demands_dane_is_named():
    """It finds no policy, and reports dane-required (RFC 8460 §4.3.2.1) beside that."""
    details = failure(30, "dane-required", HOST)
    demanding = [
        report(
            policy(70, 30, details, policy_type="no-policy-found", mode=None),
            reporter="post.example",
            day=number,
        )
        for number in range(BASE, BASE + 4)
    ]
    quiet = [
        report(policy(100, policy_type="no-policy-found"), reporter="post.example", day=number)
        for number in range(BASE)
    ]
    found, _ = checked(clean("Google", range(BASE + 4)) + quiet + demanding, range(BASE, BASE + 4))
    began = [alert for _, alert in found if alert.kind == Kind.FAULT_BEGAN]
    assert [(alert.reporters, alert.result_types) for alert in began] == [
        (("post.example",), ("dane-required",))
    ]
    assert "60 of 200 sessions of post.example under DANE failed" in began[0].message


def test_sessions_under_dane_are_those_listed_there():
    """Each once, with what no detail explains."""
    loaded = tables(
        *under_dane([0], 20),
        report(policy(5, 3, policy_type="tlsa"), day=0),
        report(policy(9), reporter="post.example", day=0),
    )
    sessions = dane_sessions(loaded)
    assert sessions[["reporter", "under_dane"]].to_numpy().tolist() == [
        ["Google", 8],
        ["Microsoft", 100],
    ]
    failed = dane_failures(loaded).fillna("")
    columns = ["reporter", "result_type", "failed_session_count"]
    assert sorted(failed[columns].to_numpy().tolist()) == [
        ["Google", "", 3],
        ["Microsoft", "tlsa-invalid", 20],
    ]
