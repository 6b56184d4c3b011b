"""What a selective failure points to: the signs in its details, and the likely cause."""

import re
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

import numpy as np
import pandas as pd

from tlsrpt_analysis.analyses.cause_catalogue.cause import Cause
from tlsrpt_analysis.analyses.cause_catalogue.causes import BY_REASON, BY_SELECTIVE_TYPE
from tlsrpt_analysis.analyses.cause_catalogue.certificate import CERTIFICATE_HOST_MISMATCH
from tlsrpt_analysis.analyses.cause_catalogue.encryption import STARTTLS_MISSING
from tlsrpt_analysis.analyses.cause_catalogue.mx_host import CNAME_MX, IPV6_ONLY
from tlsrpt_analysis.analyses.cause_catalogue.policy_text import MX_MISMATCH
from tlsrpt_analysis.analyses.cause_catalogue.reasons import folded
from tlsrpt_analysis.analyses.cause_catalogue.sender import SENDER_SIDE
from tlsrpt_analysis.analyses.cause_catalogue.signs import (
    FEWEST_DAYS,
    MOSTLY,
    RARELY,
    TYPES_WITH_WORDS,
    failing_address,
    is_sender_side,
)
from tlsrpt_analysis.analyses.selective.compared import AT_POLICY_HOST
from tlsrpt_analysis.analyses.selective.counts import DomainCounts
from tlsrpt_analysis.analyses.selective.verdicts import SELECTIVE, JudgedFaults
from tlsrpt_analysis.arrays import Floats, Integers
from tlsrpt_analysis.standards.mta_sts import covers
from tlsrpt_analysis.standards.result_types import POLICY_UNAVAILABLE, ResultType

ALIAS_TYPES = frozenset(
    map(str, (ResultType.VALIDATION_FAILURE, ResultType.CERTIFICATE_HOST_MISMATCH))
)

_AT_RARE_HOST: Mapping[str, Cause] = {
    str(ResultType.STARTTLS_NOT_SUPPORTED): STARTTLS_MISSING,
    str(ResultType.CERTIFICATE_HOST_MISMATCH): CERTIFICATE_HOST_MISMATCH,
}

MOST_REASONS = 0.5
"""A reason counts where more than half of the reasons say it."""


UNNAMED_SHARE = 0.5
"""Addresses are a sign unless more than half of the details name none."""


@dataclass(frozen=True, slots=True)
class Suspicion:
    """A selective failure, and the signs of its cause.

    Attributes
    ----------
    result_type : str or None
        The result type; `None` for all of the reporter's types together.
    failing : str
        The failing reporter.
    clean : set of str
        The clean ones.
    is_shared : bool
        Whether another reporter meets it too, by the same name.
    failing_share : float
        The part of its sessions that fail.
    hosts, addresses, reasons : mapping of str to int
        How many of its failure details name each MX host, receiving address and reason code; an
        empty one is not given.
    failing_days : int
        Its days with failures.
    success_share : float
        Of these, those on which other sessions of it succeeded.
    patterns : tuple of str
        The ``mx`` patterns of the domain's latest policy.
    type_count : int
        By how many result types the reporter fails.
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
    type_count: int
    session_share: float
    is_shared: bool = False
    failing_share: float = 1.0


def points_to(suspicion: Suspicion) -> Cause | None:
    """Return the likeliest cause; it is a hypothesis.

    Parameters
    ----------
    suspicion : Suspicion
        The selective failure.

    Returns
    -------
    Cause or None
        The most telling sign decides: a small sender that fails in many ways, only IPv6 at fault,
        a reason where one address is at fault, that address, Microsoft failing and Google not, a
        reason, and last the result type.
    """
    if is_sender_side(suspicion.type_count, suspicion.session_share):
        return SENDER_SIDE
    by_type = BY_SELECTIVE_TYPE.get(suspicion.result_type or "")
    if suspicion.result_type in POLICY_UNAVAILABLE:
        return by_type
    hosts = {host for host in suspicion.hosts if host}
    address, reason = _address(suspicion, hosts), _reason(suspicion)
    if address is IPV6_ONLY:
        return address
    if address and suspicion.result_type != ResultType.STARTTLS_NOT_SUPPORTED:
        return reason or address
    return _alias(suspicion, hosts) or reason or _of_rare_host(suspicion, hosts) or by_type


def _of_rare_host(suspicion: Suspicion, hosts: AbstractSet[str]) -> Cause | None:
    """Return the cause at a host that its reporter meets rarely, and the clean ones perhaps never."""
    is_rare = suspicion.failing_share < RARELY and hosts and hosts != set(suspicion.patterns)
    return _AT_RARE_HOST.get(suspicion.result_type or "") if is_rare else None


def _address(suspicion: Suspicion, hosts: AbstractSet[str]) -> Cause | None:
    others_succeed = suspicion.success_share >= MOSTLY and suspicion.failing_days >= FEWEST_DAYS
    named = {address for address in suspicion.addresses if address}
    unnamed = suspicion.addresses.get("", 0)
    if not others_succeed or unnamed > UNNAMED_SHARE * sum(suspicion.addresses.values()):
        return None
    is_only_host = len(hosts) == 1 and hosts == set(suspicion.patterns)
    return failing_address(named, is_only_host=is_only_host)


def _alias(suspicion: Suspicion, hosts: AbstractSet[str]) -> Cause | None:
    if suspicion.result_type not in ALIAS_TYPES:
        return None
    if suspicion.patterns and hosts and not any(covers(suspicion.patterns, host) for host in hosts):
        return MX_MISMATCH
    is_alias = suspicion.failing == "Microsoft" and "Google" in suspicion.clean
    is_alias &= not suspicion.is_shared
    return CNAME_MX if is_alias and not _reason(suspicion) else None


def _reason(suspicion: Suspicion) -> Cause | None:
    if suspicion.result_type not in TYPES_WITH_WORDS:
        return None
    reasons = [(folded(reason), count) for reason, count in suspicion.reasons.items() if reason]
    for pattern, cause in BY_REASON:
        said = sum(count for reason, count in reasons if re.search(pattern, reason))
        if said > MOST_REASONS * sum(count for _, count in reasons):
            return cause.when_selective or cause
    return None


@dataclass(frozen=True, slots=True)
class Pointer:
    """The code of a likely cause, and the command that would confirm it."""

    points_to: str
    confirm: str


def pointers(judged: JudgedFaults, patterns: Mapping[str, tuple[str, ...]]) -> dict[int, Pointer]:
    """Return what each selective fault points to, where it points to a cause.

    Parameters
    ----------
    judged : JudgedFaults
        The faults.
    patterns : mapping
        The ``mx`` patterns of each domain's latest policy.
    """
    found = {}
    for fault, suspicion in _suspicions(judged, patterns):
        cause = points_to(suspicion)
        if cause:
            domain = judged.names["policy_domain"].iloc[fault]
            confirm = cause.confirm_for(str(domain), _host(suspicion))
            found[fault] = Pointer(cause.code, confirm)
    return found


def _suspicions(
    judged: JudgedFaults, patterns: Mapping[str, tuple[str, ...]]
) -> Iterator[tuple[int, Suspicion]]:
    faults = judged.faults
    selective = np.flatnonzero((judged.verdict == SELECTIVE) & judged.is_shown)
    if not len(selective):
        return
    of_detail = np.where(np.isin(judged.fault_of_detail, selective), judged.fault_of_detail, -1)
    hosts, addresses, reasons = (
        _named(judged.counts.details.rows[name], of_detail)
        for name in ("receiving_mx_hostname", "receiving_ip", "failure_reason_code")
    )
    domains, reporters = (judged.names[name].tolist() for name in ("policy_domain", "reporter"))
    shares = _session_shares(judged.counts)[faults.series]
    for fault in selective.tolist():
        yield (
            fault,
            Suspicion(
                result_type=judged.result_types[fault],
                failing=str(reporters[fault]),
                clean=frozenset(judged.clean[fault]),
                hosts=hosts.get(fault, {}),
                addresses=addresses.get(fault, {}),
                reasons=reasons.get(fault, {}),
                failing_days=int(faults.failing_days[fault]),
                success_share=float(faults.success_share[fault]),
                patterns=patterns.get(domains[fault], ()),
                type_count=int(judged.type_counts[fault]),
                session_share=float(shares[fault]),
                is_shared=bool(judged.is_shared[fault]),
                failing_share=float(faults.failures[fault] / faults.sessions[fault]),
            ),
        )


def _named(column: pd.Series, fault: Integers) -> Mapping[int, dict[str, int]]:
    """Count what the details of each fault name in a column; a missing name is empty."""
    names = ["", *column.cat.categories.astype("str")]
    within = fault >= 0
    codes = column.cat.codes.to_numpy("int64")[within] + 1
    counts = pd.Series(fault[within] * len(names) + codes).value_counts(sort=False)
    named: dict[int, dict[str, int]] = {}
    for key, count in sorted(counts.items()):
        number, code = divmod(int(str(key)), len(names))
        named.setdefault(number, {})[names[code]] = int(count)
    return named


def _host(suspicion: Suspicion) -> str | None:
    """Return the MX host that most details name, or else the only one of the policy."""
    named = {host: count for host, count in suspicion.hosts.items() if host}
    if named:
        return max(sorted(named), key=lambda host: named[host])
    return suspicion.patterns[0].lower() if len(suspicion.patterns) == 1 else None


def _session_shares(counts: DomainCounts) -> Floats:
    """Return each reporter's part of its domain's sessions that are compared in the same way."""
    sessions = pd.Series(np.bincount(counts.series, counts.sessions))
    names = counts.names.astype({"policy_domain": "str", "reporter": "str"})
    names["is_policy"] = names["aspect"] == AT_POLICY_HOST
    keys = ["policy_domain", "is_policy"]
    by_reporter, by_domain = (
        sessions.groupby([names[name] for name in of], dropna=False).transform("sum")
        for of in ([*keys, "reporter"], keys)
    )
    return (by_reporter / by_domain).to_numpy("float64")
