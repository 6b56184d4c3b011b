"""Bounces of the TLS reports that one's own server sends: they are not about one's own domains."""

import re
from collections.abc import Iterable, Iterator
from email.utils import getaddresses

from tlsrpt_analysis.intake.outcomes import Outcome, Problem, ReportRead, Skipped
from tlsrpt_analysis.intake.reporters import contact_domain, is_covered_by
from tlsrpt_analysis.intake.wrappings.mail import declares_report
from tlsrpt_analysis.intake.wrappings.mail_header import LONGEST_HEADER
from tlsrpt_analysis.standards.domain_names import normalize_domain
from tlsrpt_analysis.standards.report_types import Report

BOUNCED = "a bounce of a TLS report that your own server sent, not a report about your domains"

SIGNS = (
    *(b"delivery-status", b"disposition-notification", b"x-failed-recipients"),
    *(b"auto-replied", b"mailer-daemon"),
)
"""Texts of which every bounce has one, in lower case."""

_END = re.compile(rb"\r?\n\r?\n")
_REPORT_TYPE = re.compile(  # RFC 3462 §1
    rb"report-type\s*=\s*\"?(?:delivery-status|disposition-notification)"
)
_STATUS_PART = re.compile(rb"^content-type:\s*message/(?:global-)?delivery-status", re.MULTILINE)
_FAILED = re.compile(rb"^x-failed-recipients:", re.MULTILINE)  # Exim
_DAEMON = re.compile(rb"^from:[^\n]*mailer-daemon", re.MULTILINE)
_POSTMASTER = re.compile(rb"^from:[^\n]*postmaster@", re.MULTILINE)
_REPLIED = re.compile(rb"^auto-submitted:[ \t]*auto-replied", re.MULTILINE)  # RFC 3834 §5
_TO = re.compile(rb"^to:((?:[^\n]|\n[ \t]){1,4000})", re.MULTILINE)


def is_bounce(raw: bytes) -> bool:
    """Whether a mail is one that a mail server sends when it could not deliver another."""
    lower = raw.lower()
    if not any(sign in lower for sign in SIGNS):
        return False
    header = _header(lower)
    if _REPORT_TYPE.search(header) or _FAILED.search(header) or _DAEMON.search(header):
        return True
    if _POSTMASTER.search(header) and _REPLIED.search(header):
        return True
    return _STATUS_PART.search(lower) is not None


def without_own_reports(name: str, raw: bytes, outcomes: Iterable[Outcome]) -> Iterator[Outcome]:
    """Yield what was read in a bounce, without reports that went out and came back.

    A report about the one who got the bounce stays: it was forwarded, and that failed.
    """
    found = list(outcomes)
    reports = [outcome.report for outcome in found if isinstance(outcome, ReportRead)]
    recipients = _recipient_domains(raw)
    if any(_is_about(report, recipients) for report in reports):
        yield from found
    elif reports or declares_report(raw):
        yield Skipped(Problem(name, "mail", "skipped", BOUNCED))
    else:
        yield from found


def _is_about(report: Report, recipients: set[str]) -> bool:
    sender = contact_domain(report.contact_info) or ""
    if any(_is_kin(sender, recipient) for recipient in recipients):
        return False
    domains = {result.policy.policy_domain or "" for result in report.policies}
    return any(_is_kin(domain, recipient) for domain in domains for recipient in recipients)


def _is_kin(first: str, second: str) -> bool:
    return is_covered_by(first, second) or is_covered_by(second, first)


def _recipient_domains(raw: bytes) -> set[str]:
    header = _header(raw.lower())
    values = [found[1].decode(errors="replace") for found in _TO.finditer(header)]
    try:
        addresses = [address for _, address in getaddresses(values)]
    except RecursionError:  # comments within comments
        return set()
    return {normalize_domain(address.rpartition("@")[2]) for address in addresses if "@" in address}


def _header(raw: bytes) -> bytes:
    head = raw[:LONGEST_HEADER].lstrip(b"\r\n")
    end = _END.search(head)
    return head[: end.start()] if end else head
