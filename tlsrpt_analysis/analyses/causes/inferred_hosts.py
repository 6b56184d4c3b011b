"""The MX host of failures that name none, where a probe or the policy leaves one only."""

from dataclasses import replace

from tlsrpt_analysis.analyses.causes.case import DomainCase, FoundCause
from tlsrpt_analysis.analyses.causes.responsible import AT_HOST
from tlsrpt_analysis.analyses.causes.status import Probed


def with_inferred_host(case: DomainCase, found: FoundCause, probed: Probed) -> FoundCause:
    """Return a cause with the host that its failures must mean, if they name none."""
    if found.host or not len(found.failures) or found.cause.family not in AT_HOST:
        return found
    seen = probed.failing_hosts(found.cause, case.policy_domain)
    who = found.failures.listed("reporter")
    if len(seen) == 1:
        (host,) = seen
        how = f"{who} named no host, and a probe found this at {host} alone"
    elif case.only_host:
        host, how = case.only_host, f"{who} named no host, and no other MX is known"
    else:
        return found
    return replace(found, host=host, evidence=f"{found.evidence}; {how}")
