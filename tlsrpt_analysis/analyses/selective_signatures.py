"""What a selective failure points to: a cause that is likely by who fails, who does not, and how."""

import re
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

import numpy as np
import pandas as pd

from tlsrpt_analysis.analyses.cause_codes import BY_CODE
from tlsrpt_analysis.analyses.failure_signs import (
    FEWEST_DAYS,
    MOSTLY,
    failing_address,
    is_sender_side,
)
from tlsrpt_analysis.analyses.policy_text import latest_mx_patterns
from tlsrpt_analysis.analyses.proportions import Counts
from tlsrpt_analysis.analyses.reason_codes import BY_WORDS
from tlsrpt_analysis.analyses.selective_case import Cases
from tlsrpt_analysis.analyses.selective_counts import Counted
from tlsrpt_analysis.analyses.selective_rows import SELECTIVE, Judged
from tlsrpt_analysis.standards.mta_sts import covers
from tlsrpt_analysis.standards.result_types import ResultType
from tlsrpt_analysis.tables import ReportTables

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
    details : DataFrame
        Its failure details.
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
    details: pd.DataFrame
    failing_days: int
    success_share: float
    patterns: tuple[str, ...]
    kinds: int
    session_share: float


@dataclass(frozen=True, slots=True)
class Pointer:
    """The code of a likely cause, and the command that would confirm it."""

    points_to: str
    confirm: str


def signatures(
    tables: ReportTables, data: Counted, cases: Cases, judged: Judged
) -> dict[int, Pointer]:
    """Give what each selective case points to, where it points to a cause."""
    selective = np.flatnonzero((judged.verdict == SELECTIVE) & judged.is_shown)
    if not len(selective):
        return {}
    case = cases.of_details(data.details, len(data.causes))
    details = data.details.rows.assign(case=case)[np.isin(case, selective)]
    by_case = dict(iter(details.groupby("case")))
    domains, reporters = (
        data.names[name].astype("str").tolist() for name in ("policy_domain", "reporter")
    )
    patterns = latest_mx_patterns(tables)
    kinds = np.bincount(cases.series[cases.cause < len(data.causes) - 1])
    shares = _session_shares(data)
    found = {}
    for number in selective.tolist():
        series = cases.series[number]
        its_patterns = patterns.get(domains[series], ())
        code = points_to(
            Suspicion(
                result_type=data.causes[cases.cause[number]],
                failing=reporters[series],
                clean=frozenset(judged.clean[number]),
                details=by_case.get(number, details.iloc[:0]),
                failing_days=int(cases.failing_days[number]),
                success_share=float(cases.success_share[number]),
                patterns=its_patterns,
                kinds=int(kinds[series]),
                session_share=float(shares[series]),
            )
        )
        if code:
            host = _host(by_case.get(number), its_patterns)
            found[number] = Pointer(code, BY_CODE[code].confirm_for(domains[series], host))
    return found


def _host(details: pd.DataFrame | None, patterns: tuple[str, ...]) -> str | None:
    """Give the MX host that most details name, or else the only one of the policy."""
    names = [] if details is None else details["receiving_mx_hostname"].dropna().mode().tolist()
    if names:
        return str(names[0])
    return patterns[0].lower() if len(patterns) == 1 else None


def _session_shares(data: Counted) -> Counts:
    """Give each reporter's part of its domain's sessions."""
    sessions = pd.Series(np.bincount(data.series, data.sessions))
    keys = [data.names[name].astype("str").fillna("") for name in ("policy_domain", "reporter")]
    of_reporter = sessions.groupby(keys).transform("sum")
    return (of_reporter / sessions.groupby(keys[0]).transform("sum")).to_numpy("float64")


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
    hosts = {host for host in suspicion.details["receiving_mx_hostname"].dropna().unique() if host}
    return _address(suspicion, hosts) or _alias(suspicion, hosts) or _reason(suspicion) or by_type


def _address(suspicion: Suspicion, hosts: AbstractSet[str]) -> str | None:
    addresses = suspicion.details["receiving_ip"]
    others_succeed = suspicion.success_share >= MOSTLY and suspicion.failing_days >= FEWEST_DAYS
    if not others_succeed or addresses.isna().any():
        return None
    is_only_host = len(hosts) == 1 and hosts == set(suspicion.patterns)
    return failing_address(set(addresses.astype("str")), is_only_host=is_only_host)


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
    reasons = suspicion.details["failure_reason_code"].dropna().astype("str").value_counts()
    for code, pattern in BY_WORDS:
        said = [bool(re.search(pattern, str(reason).lower())) for reason in reasons.index]
        if reasons[said].sum() > MOST_REASONS * reasons.sum():
            return BY_REASON.get(code, code)
    return None
