"""The policy to serve, with the record that announces it, where it is part of a cure."""

from tlsrpt_analysis.analyses.cause_catalogue.cause import safe_name
from tlsrpt_analysis.analyses.cause_catalogue.policy_text import (
    MX_MISMATCH,
    WILDCARD_ONE_LABEL_SHORT,
)
from tlsrpt_analysis.analyses.cause_catalogue.sender import BLOCKED_REPORTER
from tlsrpt_analysis.analyses.causes.case import DomainCase, FoundCause
from tlsrpt_analysis.analyses.policy.reported import reported_policy
from tlsrpt_analysis.standards.policy_to_serve import PolicyToServe, policy_to_serve


def corrected_policy(case: DomainCase, found: FoundCause) -> str:
    """Return the policy file and the TXT record that cure a cause, or nothing if they do not."""
    if found.cure or not case.patterns:  # to serve failing hosts alone would drop those that work
        return ""
    if found.cause in {MX_MISMATCH, WILDCARD_ONE_LABEL_SHORT}:
        served = _to_serve(case, None)
        named = [found.host] if found.host else _hosts(case)
        is_cured = any(case.is_uncovered(host) and served.policy.covers(host) for host in named)
        return str(served) if is_cured else ""
    return str(_to_serve(case, "testing")) if found.cause is BLOCKED_REPORTER else ""


def _to_serve(case: DomainCase, mode: str | None) -> PolicyToServe:
    live = reported_policy(case.mode, case.latest_text, case.patterns)
    return policy_to_serve(safe_name(case.policy_domain), _hosts(case), live, mode=mode)


def _hosts(case: DomainCase) -> list[str]:
    """Return the hosts that failures name, without those that may be a stranger's."""
    return [host for host in case.failures.texts("receiving_mx_hostname") if case.is_known(host)]
