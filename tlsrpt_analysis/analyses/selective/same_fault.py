"""Result types by which two senders may mean one fault."""

from tlsrpt_analysis.standards.result_types import POLICY_UNAVAILABLE, ResultType

CATCH_ALL = str(ResultType.VALIDATION_FAILURE)

FAMILIES = (
    frozenset(map(str, POLICY_UNAVAILABLE)),
    frozenset(
        {
            *map(str, (ResultType.CERTIFICATE_HOST_MISMATCH, ResultType.CERTIFICATE_EXPIRED)),
            *map(str, (ResultType.CERTIFICATE_NOT_TRUSTED, ResultType.TLSA_INVALID)),
        }
    ),
)
"""Result types of one fault: who checks in another order gives it another of these names."""


def may_be_same(cause: str | None, other: str | None) -> bool:
    """Tell whether two reporters may mean one fault by these result types.

    Senders use ``validation-failure`` for whatever failed at the host (RFC 8460 §4.3.3), and a
    certificate with two faults has the name of the one that is checked first.

    Examples
    --------
    >>> may_be_same("certificate-expired", "validation-failure")
    True
    >>> may_be_same("certificate-expired", "starttls-not-supported")
    False
    """
    if cause == other or other is None or cause is None:
        return True
    if CATCH_ALL in {cause, other}:
        return not {cause, other} & FAMILIES[0]
    return any(cause in family and other in family for family in FAMILIES)
