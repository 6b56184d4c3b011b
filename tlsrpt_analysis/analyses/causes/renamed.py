"""The cause that a probe finds in place of a suspected one, so that no row contradicts it."""

from dataclasses import replace

from tlsrpt_analysis.analyses.cause_catalogue.cause import Cause
from tlsrpt_analysis.analyses.cause_catalogue.certificate import (
    CERTIFICATE_EXPIRED,
    CERTIFICATE_HOST_MISMATCH,
    INCOMPLETE_CHAIN,
    UNTRUSTED_CERTIFICATE,
)
from tlsrpt_analysis.analyses.cause_catalogue.encryption import STARTTLS_MISSING, TLS_PARAMETERS
from tlsrpt_analysis.analyses.cause_catalogue.unexplained import UNEXPLAINED
from tlsrpt_analysis.analyses.causes.case import DomainCase, FoundCause
from tlsrpt_analysis.analyses.causes.status import FAILED, Check, Probed

LACKS_CERTIFICATES = frozenset({"incomplete-chain", "intermediate-expired"})
IS_NOT_TRUSTED = frozenset({"self-signed", "untrusted-root", "unknown-issuer"})

_BY_CHECK = {
    "certificate-dates": CERTIFICATE_EXPIRED,
    "certificate-name": CERTIFICATE_HOST_MISMATCH,
    "starttls": STARTTLS_MISSING,
    "tls-version": TLS_PARAMETERS,
    "tls-handshake": TLS_PARAMETERS,
}
"""What a failed check of the host says where the reports do not say why."""


def with_probed_cause(case: DomainCase, found: FoundCause, probed: Probed) -> FoundCause:
    """Return a cause under the name that the findings of a probe give it."""
    if found.cause not in {INCOMPLETE_CHAIN, UNTRUSTED_CERTIFICATE, UNEXPLAINED}:
        return found
    if found.cause is UNEXPLAINED and not found.host:
        return found
    for check in probed.about(found.cause, case.policy_domain, found.host):
        cause = _named_by(check) if check.outcome == FAILED else None
        if cause and (found.cause is UNEXPLAINED or check.name == "certificate-chain"):
            return replace(found, cause=cause)
    return found


def _named_by(check: Check) -> Cause | None:
    if check.finding_code in LACKS_CERTIFICATES:
        return INCOMPLETE_CHAIN
    if check.finding_code in IS_NOT_TRUSTED:
        return UNTRUSTED_CERTIFICATE
    return _BY_CHECK.get(check.name)
