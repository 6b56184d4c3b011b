"""What a selective failure points to: a cause that is likely by who fails, who does not, and how."""

import re
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from tlsrpt_analysis.analyses.cause_catalogue.reason_codes import BY_WORDS
from tlsrpt_analysis.analyses.cause_catalogue.signs import (
    FEWEST_DAYS,
    MOSTLY,
    failing_address,
    is_sender_side,
)
from tlsrpt_analysis.standards.mta_sts import covers
from tlsrpt_analysis.standards.result_types import ResultType

ALIAS_TYPES = frozenset(
    map(str, (ResultType.VALIDATION_FAILURE, ResultType.CERTIFICATE_HOST_MISMATCH))
)

BY_TYPE = {
    str(ResultType.CERTIFICATE_HOST_MISMATCH): "sni-dependent-certificate",
    str(ResultType.CERTIFICATE_NOT_TRUSTED): "incomplete-chain",
    str(ResultType.CERTIFICATE_EXPIRED): "one-backend",
    str(ResultType.STARTTLS_NOT_SUPPORTED): "selective-starttls",
    str(ResultType.DNSSEC_INVALID): "dnssec-invalid",
    str(ResultType.DANE_REQUIRED): "dane-required",
    str(ResultType.STS_POLICY_FETCH_ERROR): "policy-not-reachable",
    str(ResultType.STS_WEBPKI_INVALID): "policy-certificate",
    str(ResultType.STS_POLICY_INVALID): "policy-syntax",
}
"""What a result type says where some meet it and others, surely, do not."""

BY_REASON = {
    "certificate-expired": "one-backend",
    "certificate-host-mismatch": "sni-dependent-certificate",
    "untrusted-certificate": "sni-dependent-certificate",
    "certificate-chain": "incomplete-chain",
}
"""The same, for what the words of a reason say."""

MOST_REASONS = 0.5
"""A reason counts where more than half of the reasons say it."""

OF_POLICY = frozenset({"policy-not-reachable", "policy-certificate", "policy-syntax"})


@dataclass(frozen=True, slots=True)
class Suspicion:
    """A selective failure, and what tells its cause.

    Attributes
    ----------
    result_type : str or None
        The cause as reported; none for all of the reporter's types together.
    failing : str
        The failing reporter.
    clean : set of str
        The clean ones.
    hosts, addresses, reasons : mapping of str to int
        How many of its failure details name each MX host, receiving address and reason code; an
        empty one is not given.
    failing_days : int
        Its days with failures.
    success_share : float
        Of these, those on which other sessions of it succeeded.
    patterns : tuple of str
        The ``mx`` patterns of the domain's latest policy.
    kinds : int
        The result types of the reporter.
    session_share : float
        Its part of the domain's sessions.
    """

    result_type: str | None
    failing: str
    clean: AbstractSet[str]
    hosts: Mapping[str, int]
    addresses: Mapping[str, int]
    reasons: Mapping[str, int]
    failing_days: int
    success_share: float
    patterns: tuple[str, ...]
    kinds: int
    session_share: float


def points_to(suspicion: Suspicion) -> str | None:
    """Give the code of the likeliest cause, as in `cause_codes`; a hypothesis.

    Parameters
    ----------
    suspicion : Suspicion
        The selective failure.

    Returns
    -------
    str or None
        The most telling sign decides: a small sender that fails in many ways, one address or only
        IPv6 at fault, Microsoft failing and Google not, a reason, and last the result type.
    """
    if is_sender_side(suspicion.kinds, suspicion.session_share):
        return "sender-side"
    by_type = BY_TYPE.get(suspicion.result_type or "")
    if by_type in OF_POLICY:
        return by_type
    hosts = {host for host in suspicion.hosts if host}
    return _address(suspicion, hosts) or _alias(suspicion, hosts) or _reason(suspicion) or by_type


def _address(suspicion: Suspicion, hosts: AbstractSet[str]) -> str | None:
    others_succeed = suspicion.success_share >= MOSTLY and suspicion.failing_days >= FEWEST_DAYS
    if not others_succeed or "" in suspicion.addresses:
        return None
    is_only_host = len(hosts) == 1 and hosts == set(suspicion.patterns)
    return failing_address(suspicion.addresses, is_only_host=is_only_host)


def _alias(suspicion: Suspicion, hosts: AbstractSet[str]) -> str | None:
    if suspicion.result_type not in ALIAS_TYPES:
        return None
    if suspicion.patterns and hosts and not any(covers(suspicion.patterns, host) for host in hosts):
        return "mx-mismatch"
    is_alias = suspicion.failing == "Microsoft" and "Google" in suspicion.clean
    return "cname-mx" if is_alias and not _reason(suspicion) else None


def _reason(suspicion: Suspicion) -> str | None:
    if suspicion.result_type != ResultType.VALIDATION_FAILURE:
        return None
    reasons = {reason.lower(): count for reason, count in suspicion.reasons.items() if reason}
    for code, pattern in BY_WORDS:
        said = sum(count for reason, count in reasons.items() if re.search(pattern, reason))
        if said > MOST_REASONS * sum(reasons.values()):
            return BY_REASON.get(code, code)
    return None
