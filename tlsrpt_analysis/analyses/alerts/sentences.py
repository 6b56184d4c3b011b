"""The alerts in words; names in them are as they were reported."""

from tlsrpt_analysis.analyses.alerts.alert import Alert, Kind, Severity
from tlsrpt_analysis.analyses.alerts.faults import fault_days
from tlsrpt_analysis.analyses.alerts.known import POLICY, Fault, is_dane, result_type_of
from tlsrpt_analysis.analyses.alerts.observed import Observed
from tlsrpt_analysis.analyses.alerts.renewals import Renewal
from tlsrpt_analysis.analyses.alerts.verdict_changes import BAD, FINE
from tlsrpt_analysis.analyses.numbering import day_of
from tlsrpt_analysis.analyses.percentages import percent
from tlsrpt_analysis.shown_texts import counted, joined, listed


def fault_began(seen: Observed, fault: Fault, last: int, mode: str) -> Alert:
    """Return the alert of a fault that began."""
    days = fault_days(seen, fault, last)
    count = f"{int(days.failures.sum()):,} of {counted(int(days.sessions.sum()), 'session')}"
    who = listed(fault.reporters)
    since = day_of(fault.since)
    if POLICY in fault.kinds:
        message = f"since {since} {who} had no policy in {count} ({percent(days.share)})"
        return _about(fault, Kind.FAULT_BEGAN, Severity.WARNING, message)
    if is_dane(fault.kinds[0]):
        message = (
            f"{_what(fault)} since {since}: {count} of {who} under DANE failed"
            f" ({percent(days.share)}), and are delayed or refused whatever the mode of MTA-STS"
        )
        return _about(fault, Kind.FAULT_BEGAN, Severity.CRITICAL, message)
    verb = "are" if mode == "enforce" else "would be"
    also = "; under DANE they are" if any(map(is_dane, fault.kinds)) and verb != "are" else ""
    message = (
        f"{_what(fault)} since {since}: {count} of {who} {verb} refused"
        f" ({percent(days.share)}){also}"
    )
    return _about(fault, Kind.FAULT_BEGAN, _severity(fault, mode), message)


def fault_grew(before: Fault, fault: Fault, mode: str, last: int) -> Alert:
    """Return the alert of a fault that is worse than when it was announced."""
    message = (
        f"{_what(fault)} has grown: {percent(fault.share)} of the sessions of"
        f" {listed(fault.reporters)} fail, {percent(before.share)} when it was announced"
    )
    return _about(fault, Kind.FAULT_GREW, _severity(fault, mode), message, last)


def fault_ended(fault: Fault) -> Alert:
    """Return the alert of a fault that is over."""
    until = day_of(fault.until)
    if POLICY in fault.kinds:
        message = f"{listed(fault.reporters)} had no policy for the last time on {until}"
    else:
        message = f"{_what(fault)}, reported by {listed(fault.reporters)}, ended: last on {until}"
    return _about(fault, Kind.FAULT_ENDED, Severity.NOTICE, message, fault.until)


def policy_vanished(fault: Fault) -> Alert:
    """Return the alert of a policy that nobody finds or fetches."""
    message = (
        f"since {day_of(fault.since)} no reporter that had the policy finds or fetches it: check"
        " the TXT record and the policy file (RFC 8461 §3.1, §3.3)"
    )
    return _about(fault, Kind.POLICY_VANISHED, Severity.WARNING, message)


def silent(domain: str, reporter: str, last: int) -> Alert:
    """Return the alert of a reporter, or of all, that reports no more."""
    day = day_of(last)
    if reporter:
        message = f"{reporter} last reported about {day}, and was silent for longer than its rhythm"
        return Alert(
            Kind.REPORTER_SILENT, Severity.WARNING, domain, day, message, reporters=(reporter,)
        )
    if domain:
        message = f"nobody has reported since {day}: check the TXT record _smtp._tls (RFC 8460 §3)"
        return Alert(Kind.REPORTS_STOPPED, Severity.WARNING, domain, day, message)
    message = f"no report of any day after {day} has come in: check the import and the mailbox"
    return Alert(Kind.REPORTS_STOPPED, Severity.WARNING, None, day, message)


def verdict_changed(domain: str, before: str, after: str, last: int) -> Alert:
    """Return the alert of another verdict."""
    is_better = after in FINE or before in BAD
    severity = Severity.NOTICE if is_better else Severity.WARNING
    message = f"the verdict is {after!r}, it was {before!r}"
    return Alert(Kind.VERDICT_CHANGED, severity, domain, day_of(last), message)


def renewal_due(renewal: Renewal) -> Alert:
    """Return the alert of a certificate that will fail soon if nothing is done."""
    days = joined([day_of(day).isoformat() for day in renewal.outage_days])
    host = renewal.host or "an MX host"
    due = day_of(renewal.due)
    message = (
        f"the certificate of {host} was served expired every {renewal.rhythm_days} days, from"
        f" {days}: it is due again about {due} unless the server loads the renewed one"
    )
    hosts = (renewal.host,) if renewal.host else ()
    return Alert(
        Kind.RENEWAL_DUE,
        Severity.WARNING,
        renewal.policy_domain,
        due,
        message,
        mx_hostnames=hosts,
        result_types=("certificate-expired",),
    )


def _about(
    fault: Fault, kind: Kind, severity: Severity, message: str, day: int | None = None
) -> Alert:
    return Alert(
        kind,
        severity,
        fault.policy_domain,
        day_of(fault.since if day is None else day),
        message,
        reporters=fault.reporters,
        mx_hostnames=fault.hosts,
        result_types=tuple(_result_types(fault)),
    )


def _result_types(fault: Fault) -> list[str]:
    types = dict.fromkeys(result_type_of(kind) for kind in fault.kinds if kind != POLICY)
    return [name for name in types if name]


def _what(fault: Fault) -> str:
    types = _result_types(fault)
    what = listed(types) if types else "failures without a result type"
    return f"{what} at {listed(fault.hosts)}" if fault.hosts else what


def _severity(fault: Fault, mode: str) -> Severity:
    """Return how much a fault matters: DANE has no testing mode."""
    is_refused = mode == "enforce" or any(map(is_dane, fault.kinds))
    return Severity.CRITICAL if is_refused else Severity.WARNING
