"""What stays unexplained: failures that no cause fits, and failed sessions without a detail."""

from collections.abc import Iterator

from tlsrpt_analysis.analyses.cause_catalogue.signs import MX_MISMATCH_WORDS
from tlsrpt_analysis.analyses.cause_catalogue.unexplained import UNEXPLAINED
from tlsrpt_analysis.analyses.causes.case import DomainCase, FoundCause
from tlsrpt_analysis.analyses.causes.fault import Fault


def unexplained(fault: Fault, result_type: str) -> FoundCause:
    """Return what is known about failures that no cause fits."""
    reasons = "" if fault.reasons else ", without a reason"
    evidence = f"{fault.who} reported {result_type or 'no type'}{reasons}{_listed(fault)}"
    return fault.found(UNEXPLAINED, evidence)


def _listed(fault: Fault) -> str:
    """Return what a mismatch may be at a host that the policy lists."""
    is_mismatch = fault.rows.matching(MX_MISMATCH_WORDS).any()
    if not (fault.host and fault.case.patterns and is_mismatch):
        return ""
    return "; the policy lists the host, so they applied another policy, or saw an alias instead"


def failures_without_details(case: DomainCase) -> Iterator[FoundCause]:
    """Yield the failed sessions that no detail of the reports stands for (RFC 8460 §4.4)."""
    for policy_type, rows in case.beyond.split("policy_type"):
        for fault in Fault(case, "", rows, is_dane=policy_type == "tlsa").split():
            evidence = f"{fault.who} counted them as failed, and no detail of the reports says why"
            yield fault.found(UNEXPLAINED, evidence)
