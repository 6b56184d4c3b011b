"""The policy text that cures a cause, with the record that announces it."""

from tlsrpt_analysis.analyses.cause_catalogue.cause import safe_name
from tlsrpt_analysis.analyses.causes.case import DomainCase, FoundCause
from tlsrpt_analysis.analyses.numbering import day_of
from tlsrpt_analysis.standards.mta_sts import (
    MtaStsPolicy,
    covers,
    policy_id,
    policy_record,
    read_max_age,
)
from tlsrpt_analysis.standards.result_types import ResultType

WEEK = 604_800
"""How long senders may keep a policy whose own max_age is not known, in seconds."""

_NOT_LISTED = frozenset({"mx-mismatch", "wildcard-one-label-short"})
_TYPES = (str(ResultType.VALIDATION_FAILURE), str(ResultType.CERTIFICATE_HOST_MISMATCH))


def corrected_policy(case: DomainCase, found: FoundCause) -> str:
    """Give the policy file and the TXT record that cure a cause; nothing where another cure does."""
    if found.cause.code in _NOT_LISTED:
        added = [host for host in _missing(case) if covers((host,), host)]
        is_cured = found.host in added if found.host else bool(added)
        if not is_cured:  # a name that no policy can have, one listed by now, or not known
            return ""
        return _served(case, case.mode or "testing", (*case.patterns, *added))
    if found.cause.code == "blocked-reporter" and case.patterns:
        return _served(case, "testing", case.patterns)
    return ""


def _missing(case: DomainCase) -> list[str]:
    """Give all hosts that senders use and the latest policy does not list."""
    failures = case.failures
    suspects = failures.where(
        failures.is_any("result_type", *_TYPES) & ~failures.is_any("policy_type", "tlsa")
    )
    named = suspects.texts("receiving_mx_hostname")
    return [host for host in named if safe_name(host) and case.is_uncovered(host)]


def _served(case: DomainCase, mode: str, patterns: tuple[str, ...]) -> str:
    policy = MtaStsPolicy(mode, read_max_age(case.latest_text) or WEEK, patterns)
    day = f"{day_of(case.policies.days()[-1]):%Y%m%d}"
    text = str(policy).replace("\r\n", "\n").strip()
    return f"{text}\n{policy_record(safe_name(case.policy_domain), policy_id(policy, day))}"
