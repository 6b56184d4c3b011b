"""The domain of a report that leaves it out: from its file name, its mail or its report-id."""

import re
from collections.abc import Iterator
from dataclasses import replace

from msgspec import structs

from tlsrpt_analysis.intake.outcomes import Outcome, Problem, ReportRead
from tlsrpt_analysis.intake.reporters import contact_domain, is_covered_by
from tlsrpt_analysis.standards.domain_names import normalize_domain
from tlsrpt_analysis.standards.report_types import PolicyResult, Report

FROM_FILE_NAME = "policy-domain is missing, read from the file name (RFC 8460 §5.1)"
FROM_HEADER = "policy-domain is missing, read from TLS-Report-Domain (RFC 8460 §5.3)"
FROM_REPORT_ID = "policy-domain is missing, read from report-id (RFC 8460 §4.4)"
NOWHERE = "policy-domain is missing (RFC 8460 §4.4), and nothing else names it"

_NAME = r"(?:[a-z0-9](?:[a-z0-9-]{0,62})\.){1,20}[a-z][a-z0-9-]{1,62}"
_FILE_NAME = re.compile(rf"[!_]({_NAME})[!_]\d{{9,11}}[!_]\d{{9,11}}(?!\d)", re.IGNORECASE)
_DOMAIN = re.compile(_NAME, re.IGNORECASE)
_BETWEEN = re.compile(r"[^A-Za-z0-9.@-]+")
_LONGEST_ID = 1_000
_NO_DOMAINS = (".json", ".gz", ".zip", ".eml", ".xml")  # ends of file names


def with_policy_domain(outcome: Outcome, tls_report_domain: str | None) -> Outcome:
    """Return a report with its domain where it is missing, and what was forgiven.

    Parameters
    ----------
    outcome : Outcome
        What was read; anything but a report is returned as it is.
    tls_report_domain : str or None
        The header field of the mail that the report came in.
    """
    if not isinstance(outcome, ReportRead):
        return outcome
    policies = outcome.report.policies
    if all(result.policy.policy_domain for result in policies):
        return outcome
    domain, message = next(_found(outcome, tls_report_domain), (None, NOWHERE))
    report = structs.replace(
        outcome.report, policies=tuple(_about(result, domain) for result in policies)
    )
    problem = Problem(outcome.source, "report", "forgiven", message)
    return replace(outcome, report=report, problems=(*outcome.problems, problem))


def _about(result: PolicyResult, domain: str | None) -> PolicyResult:
    if result.policy.policy_domain:
        return result
    return structs.replace(result, policy=structs.replace(result.policy, policy_domain=domain))


def _found(read: ReportRead, tls_report_domain: str | None) -> Iterator[tuple[str, str]]:
    if names := _FILE_NAME.findall(read.source):
        yield normalize_domain(names[-1]), FROM_FILE_NAME
    domain = normalize_domain(tls_report_domain or "")
    if _DOMAIN.fullmatch(domain):
        yield domain, FROM_HEADER
    if other := _domain_in_report_id(read.report):
        yield other, FROM_REPORT_ID


def _domain_in_report_id(report: Report) -> str | None:
    """Return the only domain in a report-id that is not the reporter's own."""
    reporter = contact_domain(report.contact_info)
    words = _BETWEEN.split((report.report_id or "")[:_LONGEST_ID])
    domains = {
        normalize_domain(word)
        for word in words
        if _DOMAIN.fullmatch(word) and not word.lower().endswith(_NO_DOMAINS)
    }
    others = [domain for domain in domains if not _is_of(domain, reporter)]
    return others[0] if len(others) == 1 else None


def _is_of(domain: str, reporter: str | None) -> bool:
    return reporter is not None and (
        is_covered_by(domain, reporter) or is_covered_by(reporter, domain)
    )
