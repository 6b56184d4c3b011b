"""Signs of a cause that are not words: the failing addresses, and the size of the sender."""

from collections.abc import Collection

from tlsrpt_analysis.analyses.cause_catalogue.cause import Cause
from tlsrpt_analysis.analyses.cause_catalogue.mx_host import IPV6_ONLY, ONE_BACKEND
from tlsrpt_analysis.standards.result_types import ResultType

FEWEST_DAYS = 3
"""One backend or one address family is suspected only from this many failing days on."""

MOSTLY = 0.8
"""Share of the reporter days with failures on which other sessions succeeded, at least."""

SMALL_SENDER = 0.05
"""A small sender has at most this share of a domain's sessions."""

RARELY = 0.25
"""Who meets one of several hosts in fewer sessions says nothing about those who never meet it."""

MANY_RESULT_TYPES = 3
"""A sender that fails with this many result types is itself at fault if others are clean."""

TYPES_WITH_WORDS = frozenset(
    map(str, (ResultType.VALIDATION_FAILURE, ResultType.CERTIFICATE_NOT_TRUSTED))
)
"""The result types that leave open what happened, so that the words of a reason decide."""

MX_MISMATCH_WORDS = (
    r"\bmx (hosts? )?mismatch|\bmx hosts? of\b|\be host mismatch\b|\bno mx (hosts? )?match"
    r"|\bmx (hosts? |names? )?(is |are )?not (in|listed|allowed|authori[sz]ed|permitted|covered)\b"
    r"|\bhost (is )?not (listed )?in (the )?(mta )?(sts )?policy"
)
"""How reason codes say that the policy does not list the MX."""

TRY_AGAIN_WORDS = r"\b4[0-9]{2}\b|greylist|try again|reply code 4"
"""How reason codes say that the reply was temporary."""


def failing_address(addresses: Collection[str], *, is_only_host: bool) -> Cause | None:
    """Return the cause if one address, or IPv6 alone, may be at fault.

    Parameters
    ----------
    addresses : collection of str
        All receiving addresses of the failures.
    is_only_host : bool
        Whether the failing MX host is the only one of the policy; with several hosts, one address
        may be all that one of them has.

    Examples
    --------
    >>> failing_address(["2001:db8::25"], is_only_host=False).code
    'ipv6-only'
    """
    if addresses and all(":" in address for address in addresses):
        return IPV6_ONLY
    return ONE_BACKEND if len(addresses) == 1 and is_only_host else None


def is_sender_side(result_type_count: int, session_share: float) -> bool:
    """Whether a selectively failing reporter is so small, and fails so variously, itself.

    Examples
    --------
    >>> is_sender_side(3, 0.01)
    True
    """
    return result_type_count >= MANY_RESULT_TYPES and session_share <= SMALL_SENDER
