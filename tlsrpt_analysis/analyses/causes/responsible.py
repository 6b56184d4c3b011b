"""Mine or theirs: who has to act on a cause."""

from tlsrpt_analysis.analyses.cause_catalogue.cause import Family, Responsible
from tlsrpt_analysis.analyses.cause_catalogue.policy_text import UNKNOWN_HOST, UNNAMED_HOST
from tlsrpt_analysis.analyses.causes.case import DomainCase, FoundCause
from tlsrpt_analysis.standards.mail_providers import provider_of

AT_HOST = {Family.CERTIFICATE, Family.ENCRYPTION, Family.HOSTS}
"""The families whose causes lie with the host, so that its provider has to act."""


def responsible(case: DomainCase, found: FoundCause) -> Responsible:
    """Return who has to act on a cause."""
    if found.cure in {UNKNOWN_HOST, UNNAMED_HOST}:
        return Responsible.UNKNOWN
    known = found.cause.responsible
    if known is not Responsible.YOU or found.cause.family not in AT_HOST:
        return known
    hosts = [found.host] if found.host else list(case.patterns)
    is_provided = bool(hosts) and all(provider_of(host.replace("*", "x", 1)) for host in hosts)
    return Responsible.PROVIDER if is_provided else known
