"""The result types of RFC 8460 §4.3 and what a sender does in enforce mode when it meets one.

The registry is "STARTTLS Validation Result Types" (https://www.iana.org/assignments/starttls-validation-result-types).
A type that is not in it is kept as sent; whether it blocks is unknown, so it counts as if it may.
"""

from enum import StrEnum


class ResultType(StrEnum):
    """The registered result types."""

    STARTTLS_NOT_SUPPORTED = "starttls-not-supported"  # RFC 8460 §4.3.1
    CERTIFICATE_HOST_MISMATCH = "certificate-host-mismatch"  # RFC 8460 §4.3.1
    CERTIFICATE_EXPIRED = "certificate-expired"  # RFC 8460 §4.3.1
    CERTIFICATE_NOT_TRUSTED = "certificate-not-trusted"  # RFC 8460 §4.3.1
    VALIDATION_FAILURE = "validation-failure"  # RFC 8460 §4.3.3
    TLSA_INVALID = "tlsa-invalid"  # RFC 8460 §4.3.2.1
    DNSSEC_INVALID = "dnssec-invalid"  # RFC 8460 §4.3.2.1
    DANE_REQUIRED = "dane-required"  # RFC 8460 §4.3.2.1
    STS_POLICY_FETCH_ERROR = "sts-policy-fetch-error"  # RFC 8460 §4.3.2.2
    STS_POLICY_INVALID = "sts-policy-invalid"  # RFC 8460 §4.3.2.2
    STS_WEBPKI_INVALID = "sts-webpki-invalid"  # RFC 8460 §4.3.2.2


RESULT_TYPES = tuple(map(str, ResultType))
"""The registered result types as texts."""

POLICY_UNAVAILABLE = frozenset(
    {
        ResultType.STS_POLICY_FETCH_ERROR,
        ResultType.STS_POLICY_INVALID,
        ResultType.STS_WEBPKI_INVALID,
    }
)
"""The policy is unavailable: without a cached one, mail goes out as without MTA-STS (RFC 8461 §3.3)."""

DANE_ONLY = frozenset(
    {ResultType.TLSA_INVALID, ResultType.DNSSEC_INVALID, ResultType.DANE_REQUIRED}
)
"""Failures of DANE, which do not depend on the mode of an MTA-STS policy (RFC 8461 §2)."""


def is_registered(result_type: str) -> bool:
    """Whether a result type is in the registry of RFC 8460 §6.6."""
    return result_type in _REGISTERED


def would_block(result_type: str | None) -> bool:
    """Whether a sender in enforce mode may refuse the host after this result (RFC 8461 §5).

    A type outside the registry may mean anything, so the answer for it is yes.

    Examples
    --------
    >>> would_block("certificate-expired"), would_block("sts-policy-fetch-error")
    (True, False)
    """
    return result_type not in _NOT_BLOCKING


_REGISTERED = frozenset(ResultType)
_NOT_BLOCKING = POLICY_UNAVAILABLE | DANE_ONLY
