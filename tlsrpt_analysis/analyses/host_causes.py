"""Causes that lie with an MX host: its name, its certificate, its TLS; each failure has one."""

from collections.abc import Iterator

import pandas as pd

from tlsrpt_analysis.analyses.cause_case import Case, Found, by_host
from tlsrpt_analysis.standards.result_types import POLICY_UNAVAILABLE, ResultType

FEWEST_DAYS = 3
"""On fewer failing days nothing is said about one backend or one address family."""

MOSTLY = 0.8
"""Of the reporter days with failures, those on which other sessions succeeded."""

_V = ResultType.VALIDATION_FAILURE
_H = ResultType.CERTIFICATE_HOST_MISMATCH
_T = ResultType.CERTIFICATE_NOT_TRUSTED
_S = ResultType.STARTTLS_NOT_SUPPORTED
_MISMATCH = r"mx_hosts_mismatch|mx-mismatch|mx host mismatch"
_TIMEOUT = r"time-?out|timed out|back-off"
_TLS = r"alert|protocol|cipher|handshake|tls-remote|tls-local|sigalg|no shared"
_TRY_AGAIN = r"\b4[0-9]{2}\b|greylist|try again|reply-code-4"


def host_causes(case: Case) -> Iterator[Found]:
    """Give the causes of the failures under MTA-STS, and of what else failed at a host."""
    failures = case.failures
    unavailable = failures["result_type"].isin([str(kind) for kind in POLICY_UNAVAILABLE])
    left = failures[(failures["policy_type"] != "tlsa") & ~unavailable]
    for find in (_alias, _not_listed, _per_host):
        claimed = []
        for found in find(case, left):
            claimed.append(found.failures.index)
            yield found
        left = left.drop([index for indexes in claimed for index in indexes])
    if len(left):
        for host, rows in by_host(left):
            types = ", ".join(sorted({kind or "no type" for kind in rows["result_type"]}))
            yield Found("unexplained", host or None, rows, f"reported as {types}, without a reason")


def _alias(case: Case, left: pd.DataFrame) -> Iterator[Found]:
    rows = case.selective[case.selective["points_to"] == "cname-mx"]
    for row in rows.to_dict("records"):
        name = row["failing_reporter"]
        mine = left[(left["reporter"] == name) & left["result_type"].isin([_V, _H])]
        mine = mine[~_listed_wrongly(case, mine)]
        if len(mine):
            hosts = [host for host in mine["receiving_mx_hostname"].unique() if host]
            host = hosts[0] if len(hosts) == 1 else None
            yield Found("cname-mx", host, mine, str(row["explanation"]))


def _not_listed(case: Case, left: pd.DataFrame) -> Iterator[Found]:
    wrongly = left["result_type"].isin([_V, _H]) & _listed_wrongly(case, left)
    unnamed = (left["receiving_mx_hostname"] == "") & _says(left, _MISMATCH)
    for host, rows in by_host(left[wrongly | unnamed]):
        if not host:
            text = "senders say that an MX is not in the policy, and do not name it"
            yield Found("mx-mismatch", None, rows, text)
            continue
        short = _short_wildcard(case, host)
        if short:
            text = f"{short} covers one label only, and {host} has more before it"
            yield Found("wildcard-one-label-short", host, rows, text)
        else:
            text = f"{host} is not among the mx lines {', '.join(case.patterns[:10])}"
            yield Found("mx-mismatch", host, rows, text)


def _listed_wrongly(case: Case, rows: pd.DataFrame) -> "pd.Series[bool]":
    hosts = rows["receiving_mx_hostname"]
    known = {host: case.is_uncovered(host) for host in hosts.unique()}
    return hosts.map(known).astype("bool")


def _short_wildcard(case: Case, host: str) -> str | None:
    return next(
        (
            pattern
            for pattern in case.patterns
            if pattern.startswith("*.") and host.endswith(pattern[1:].lower())
        ),
        None,
    )


def _per_host(case: Case, left: pd.DataFrame) -> Iterator[Found]:
    for host, rows in by_host(left):
        for result_type, alike in rows.groupby("result_type"):
            if result_type == _V:
                yield from _validation(host, alike)
            elif result_type in _FIND:
                code, text = _FIND[str(result_type)](case, host, alike)
                yield Found(code, host or None, alike, text)


def _validation(host: str, rows: pd.DataFrame) -> Iterator[Found]:
    timeout = _says(rows, _TIMEOUT)
    tls = _says(rows, _TLS) & ~timeout
    for code, chosen in (("timeouts", rows[timeout]), ("tls-parameters", rows[tls])):
        if len(chosen):
            reasons = ", ".join(sorted(chosen["failure_reason_code"].unique())[:5])
            yield Found(code, host or None, chosen, f"the senders' reasons: {reasons}")


def _expired(case: Case, host: str, rows: pd.DataFrame) -> tuple[str, str]:
    return _place(case, host, rows) or (
        "certificate-expired",
        f"{rows['reporter'].nunique()} reporters found it expired",
    )


def _host_mismatch(case: Case, host: str, rows: pd.DataFrame) -> tuple[str, str]:
    if case.is_selective(host, _H):
        return "sni-dependent-certificate", "some senders meet it and others, surely, do not"
    return _place(case, host, rows) or (
        "certificate-host-mismatch",
        "its certificate does not have the MX name",
    )


def _not_trusted(case: Case, host: str, rows: pd.DataFrame) -> tuple[str, str]:
    if case.is_selective(host, _T):
        return "incomplete-chain", "strict senders refuse it, others complete the chain themselves"
    return _place(case, host, rows) or (
        "untrusted-certificate",
        "no reporter is known that trusts it",
    )


def _no_starttls(case: Case, host: str, rows: pd.DataFrame) -> tuple[str, str]:
    placed = _place(case, host, rows)
    if placed:
        return placed
    is_only_host = bool(host) and case.patterns == (host,)
    if is_only_host and _success_share(case, rows) >= MOSTLY:
        return "selective-starttls", "other sessions at the only MX succeeded on the same days"
    if case.is_selective(host, _S) or _says(rows, _TRY_AGAIN).any():
        return "selective-starttls", "some senders meet it, or it comes with a temporary reply"
    return "starttls-missing", "the host did not offer it"


_FIND = {
    str(ResultType.CERTIFICATE_EXPIRED): _expired,
    str(_H): _host_mismatch,
    str(_T): _not_trusted,
    str(_S): _no_starttls,
}


def _place(case: Case, host: str, rows: pd.DataFrame) -> tuple[str, str] | None:
    """Tell whether only one address, or only IPv6, is at fault, as other sessions succeeded."""
    addresses = {address for address in rows["receiving_ip"].unique() if address}
    days = rows["day"].nunique()
    if not addresses or days < FEWEST_DAYS or _success_share(case, rows) < MOSTLY:
        return None
    if all(":" in address for address in addresses):
        return "ipv6-only", f"all {len(addresses)} failing addresses are IPv6"
    if len(addresses) == 1 and host and case.patterns == (host,):
        (address,) = addresses
        return "one-backend", f"all failures are at {address}, and other sessions succeeded"
    return None


def _success_share(case: Case, rows: pd.DataFrame) -> float:
    failing = rows[["reporter", "day"]].drop_duplicates()
    good = case.success_days(rows["reporter"]).drop_duplicates()
    return len(failing.merge(good, on=["reporter", "day"])) / max(1, len(failing))


def _says(rows: pd.DataFrame, pattern: str) -> "pd.Series[bool]":
    return rows["failure_reason_code"].str.contains(pattern, regex=True).astype("bool")
