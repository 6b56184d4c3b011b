"""What a selective failure points to: what its details say, and the cause that is likely by that."""

import re
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

import numpy as np
import pandas as pd

from tlsrpt_analysis.analyses.cause_catalogue.cause import Cause
from tlsrpt_analysis.analyses.cause_catalogue.causes import BY_REASON
from tlsrpt_analysis.analyses.cause_catalogue.certificate import (
    INCOMPLETE_CHAIN,
    SNI_DEPENDENT_CERTIFICATE,
)
from tlsrpt_analysis.analyses.cause_catalogue.dane import DANE_REQUIRED, DNSSEC_INVALID
from tlsrpt_analysis.analyses.cause_catalogue.encryption import SELECTIVE_STARTTLS
from tlsrpt_analysis.analyses.cause_catalogue.mx_host import CNAME_MX, ONE_BACKEND
from tlsrpt_analysis.analyses.cause_catalogue.policy_host import (
    POLICY_CERTIFICATE,
    POLICY_NOT_REACHABLE,
)
from tlsrpt_analysis.analyses.cause_catalogue.policy_text import MX_MISMATCH, POLICY_SYNTAX
from tlsrpt_analysis.analyses.cause_catalogue.sender import SENDER_SIDE
from tlsrpt_analysis.analyses.cause_catalogue.signs import (
    FEWEST_DAYS,
    MOSTLY,
    failing_address,
    is_sender_side,
)
from tlsrpt_analysis.analyses.policy.reported import latest_mx_patterns
from tlsrpt_analysis.analyses.selective.cases import Cases
from tlsrpt_analysis.analyses.selective.counts import Counted
from tlsrpt_analysis.analyses.selective.verdicts import SELECTIVE, Judged
from tlsrpt_analysis.arrays import Floats, Integers
from tlsrpt_analysis.standards.mta_sts import covers
from tlsrpt_analysis.standards.result_types import ResultType
from tlsrpt_analysis.tables import ReportTables

ALIAS_TYPES = frozenset(
    map(str, (ResultType.VALIDATION_FAILURE, ResultType.CERTIFICATE_HOST_MISMATCH))
)

BY_TYPE = {
    str(ResultType.CERTIFICATE_HOST_MISMATCH): SNI_DEPENDENT_CERTIFICATE,
    str(ResultType.CERTIFICATE_NOT_TRUSTED): INCOMPLETE_CHAIN,
    str(ResultType.CERTIFICATE_EXPIRED): ONE_BACKEND,
    str(ResultType.STARTTLS_NOT_SUPPORTED): SELECTIVE_STARTTLS,
    str(ResultType.DNSSEC_INVALID): DNSSEC_INVALID,
    str(ResultType.DANE_REQUIRED): DANE_REQUIRED,
    str(ResultType.STS_POLICY_FETCH_ERROR): POLICY_NOT_REACHABLE,
    str(ResultType.STS_WEBPKI_INVALID): POLICY_CERTIFICATE,
    str(ResultType.STS_POLICY_INVALID): POLICY_SYNTAX,
}
"""The cause that a result type points to where some senders meet it and others do not."""

MOST_REASONS = 0.5
"""A reason counts where more than half of the reasons say it."""

OF_POLICY = frozenset({POLICY_NOT_REACHABLE, POLICY_CERTIFICATE, POLICY_SYNTAX})


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


def points_to(suspicion: Suspicion) -> Cause | None:
    """Return the likeliest cause; it is a hypothesis.

    Parameters
    ----------
    suspicion : Suspicion
        The selective failure.

    Returns
    -------
    Cause or None
        The most telling sign decides: a small sender that fails in many ways, one address or only
        IPv6 at fault, Microsoft failing and Google not, a reason, and last the result type.
    """
    if is_sender_side(suspicion.kinds, suspicion.session_share):
        return SENDER_SIDE
    by_type = BY_TYPE.get(suspicion.result_type or "")
    if by_type in OF_POLICY:
        return by_type
    hosts = {host for host in suspicion.hosts if host}
    return _address(suspicion, hosts) or _alias(suspicion, hosts) or _reason(suspicion) or by_type


def _address(suspicion: Suspicion, hosts: AbstractSet[str]) -> Cause | None:
    others_succeed = suspicion.success_share >= MOSTLY and suspicion.failing_days >= FEWEST_DAYS
    if not others_succeed or "" in suspicion.addresses:
        return None
    is_only_host = len(hosts) == 1 and hosts == set(suspicion.patterns)
    return failing_address(suspicion.addresses, is_only_host=is_only_host)


def _alias(suspicion: Suspicion, hosts: AbstractSet[str]) -> Cause | None:
    if suspicion.result_type not in ALIAS_TYPES:
        return None
    if suspicion.patterns and hosts and not any(covers(suspicion.patterns, host) for host in hosts):
        return MX_MISMATCH
    is_alias = suspicion.failing == "Microsoft" and "Google" in suspicion.clean
    return CNAME_MX if is_alias and not _reason(suspicion) else None


def _reason(suspicion: Suspicion) -> Cause | None:
    if suspicion.result_type != ResultType.VALIDATION_FAILURE:
        return None
    reasons = {reason.lower(): count for reason, count in suspicion.reasons.items() if reason}
    for pattern, cause in BY_REASON:
        said = sum(count for reason, count in reasons.items() if re.search(pattern, reason))
        if said > MOST_REASONS * sum(reasons.values()):
            return cause.when_selective or cause
    return None


@dataclass(frozen=True, slots=True)
class Pointer:
    """The code of a likely cause, and the command that would confirm it."""

    points_to: str
    confirm: str


def pointers(
    tables: ReportTables, data: Counted, cases: Cases, judged: Judged
) -> dict[int, Pointer]:
    """Give what each selective case points to, where it points to a cause."""
    found = {}
    domains = data.names["policy_domain"].astype("str").tolist()
    for case, suspicion in _suspicions(tables, data, cases, judged):
        cause = points_to(suspicion)
        if cause:
            domain = domains[cases.series[case]]
            confirm = cause.confirm_for(domain, _host(suspicion))
            found[case] = Pointer(cause.code, confirm)
    return found


def _suspicions(
    tables: ReportTables, data: Counted, cases: Cases, judged: Judged
) -> Iterator[tuple[int, Suspicion]]:
    selective = np.flatnonzero((judged.verdict == SELECTIVE) & judged.is_shown)
    if not len(selective):
        return
    of_detail = cases.of_details(data.details, len(data.causes))
    of_detail[~np.isin(of_detail, selective)] = -1
    hosts, addresses, reasons = (
        _named(data.details.rows[name], of_detail)
        for name in ("receiving_mx_hostname", "receiving_ip", "failure_reason_code")
    )
    domains, reporters = (
        data.names[name].astype("str").tolist() for name in ("policy_domain", "reporter")
    )
    patterns = latest_mx_patterns(tables)
    kinds = np.bincount(cases.series[cases.cause < len(data.causes) - 1])
    shares = _session_shares(data)
    for case in selective.tolist():
        series = int(cases.series[case])
        yield (
            case,
            Suspicion(
                result_type=data.causes[cases.cause[case]],
                failing=reporters[series],
                clean=frozenset(judged.clean[case]),
                hosts=hosts.get(case, {}),
                addresses=addresses.get(case, {}),
                reasons=reasons.get(case, {}),
                failing_days=int(cases.failing_days[case]),
                success_share=float(cases.success_share[case]),
                patterns=patterns.get(domains[series], ()),
                kinds=int(kinds[series]),
                session_share=float(shares[series]),
            ),
        )


def _named(column: pd.Series, case: Integers) -> Mapping[int, dict[str, int]]:
    """Count what the details of each case name in a column; a missing name is empty."""
    names = ["", *column.cat.categories.astype("str")]
    within = case >= 0
    codes = column.cat.codes.to_numpy("int64")[within] + 1
    counts = pd.Series(case[within] * len(names) + codes).value_counts(sort=False)
    named: dict[int, dict[str, int]] = {}
    for key, count in sorted(counts.items()):
        number, code = divmod(int(str(key)), len(names))
        named.setdefault(number, {})[names[code]] = int(count)
    return named


def _host(suspicion: Suspicion) -> str | None:
    """Give the MX host that most details name, or else the only one of the policy."""
    named = {host: count for host, count in suspicion.hosts.items() if host}
    if named:
        return max(sorted(named), key=lambda host: named[host])
    return suspicion.patterns[0].lower() if len(suspicion.patterns) == 1 else None


def _session_shares(data: Counted) -> Floats:
    """Give each reporter's part of its domain's sessions."""
    sessions = pd.Series(np.bincount(data.series, data.sessions))
    keys = [data.names[name].astype("str").fillna("") for name in ("policy_domain", "reporter")]
    of_reporter = sessions.groupby(keys).transform("sum")
    return (of_reporter / sessions.groupby(keys[0]).transform("sum")).to_numpy("float64")
