"""Causes that lie with an MX host: its name, its certificate, its TLS; each failure has one."""

from collections.abc import Callable, Iterator

import numpy as np

from tlsrpt_analysis.analyses.arrays import Integers
from tlsrpt_analysis.analyses.cause_catalogue.signs import (
    BY_WORDS,
    FEWEST_DAYS,
    MOSTLY,
    MX_MISMATCH,
    SELF_SIGNED,
    TRY_AGAIN,
    failing_address,
)
from tlsrpt_analysis.analyses.causes.case import Case, Found
from tlsrpt_analysis.analyses.causes.fault_periods import faults, spared
from tlsrpt_analysis.analyses.causes.rows import Rows
from tlsrpt_analysis.analyses.numbering import day_of, distinct
from tlsrpt_analysis.shown_texts import listed
from tlsrpt_analysis.standards.result_types import POLICY_UNAVAILABLE, ResultType

_HOST, _REASON = "receiving_mx_hostname", "failure_reason_code"
_V = str(ResultType.VALIDATION_FAILURE)
_H = str(ResultType.CERTIFICATE_HOST_MISMATCH)
_T = str(ResultType.CERTIFICATE_NOT_TRUSTED)
_S = str(ResultType.STARTTLS_NOT_SUPPORTED)
_X = str(ResultType.CERTIFICATE_EXPIRED)


def host_causes(case: Case) -> Iterator[Found]:
    """Give the causes of the failures under MTA-STS, and of what else failed at a host."""
    failures = case.failures
    unavailable = failures.is_any("result_type", *map(str, POLICY_UNAVAILABLE))
    left = failures.where(~failures.is_any("policy_type", "tlsa") & ~unavailable)
    for find in (_alias, _not_listed, _per_host):
        claimed = []
        for found in find(case, left):
            claimed.append(found.failures)
            yield found
        left = left.without(*claimed)
    for host, rows in left.split(_HOST):
        yield from _unexplained(case, host, rows)


def _unexplained(case: Case, host: str, rows: Rows) -> Iterator[Found]:
    for kind, alike in rows.split("result_type"):
        for fault in _faults(case, alike):
            reasons = _reasons(fault)
            told = f"with the reasons {reasons}" if reasons else "without a reason"
            text = f"{_who(fault)} reported {kind or 'no type'}, {told}{_listed(case, host, fault)}"
            yield Found("unexplained", host or None, fault, text)


def _listed(case: Case, host: str, rows: Rows) -> str:
    """Tell what a mismatch can be at a host that the policy lists."""
    if not (host and case.patterns and rows.say(MX_MISMATCH).any()):
        return ""
    return "; the policy lists the host, so they applied another one, or took an alias for it"


def _not_listed(case: Case, left: Rows) -> Iterator[Found]:
    suspects = left.where(left.is_any("result_type", _V, _H))
    if not len(suspects):
        return
    unnamed = (suspects[_HOST] == 0) & suspects.say(MX_MISMATCH)
    for host, rows in suspects.where(case.are_uncovered(suspects) | unnamed).split(_HOST):
        if not host:
            text = f"{_who(rows)} said that an MX is not in the policy, and did not name it"
            yield Found("mx-mismatch", None, rows, text)
            continue
        texts = [case.texts[code].patterns or case.patterns for code in distinct(rows["text"])]
        patterns = texts[-1]
        short = _short_wildcard(patterns, host)
        mended = _mended(case, rows, host)
        if short:
            text = f"{short} covers one label only, and {host} has more before it{mended}"
            yield Found("wildcard-one-label-short", host, rows, text)
        else:
            text = f"{host} is not among the mx lines {listed(patterns, most=10)}{mended}"
            yield Found("mx-mismatch", host, rows, text)


def _mended(case: Case, rows: Rows, host: str) -> str:
    """Tell whether the latest policy lists the host by now."""
    own = rows.where(rows["text"] == 0)
    if not case.patterns or len(own) or case.is_uncovered(host):
        return ""
    return f"; the latest policy lists it, and the last failure is of {day_of(rows.days()[-1])}"


def _short_wildcard(patterns: tuple[str, ...], host: str) -> str | None:
    wildcards = (pattern for pattern in patterns if pattern.startswith("*."))
    return next((one for one in wildcards if host.endswith(one[1:].lower())), None)


def _alias(case: Case, left: Rows) -> Iterator[Found]:
    for fault in case.selective:
        if fault.points_to != "cname-mx" or fault.policy_type == "tlsa":
            continue
        days = left["day"]
        mine = left.is_any("reporter", fault.reporter)
        mine &= left.is_any("result_type", fault.result_type)
        rows = left.where(mine & (days >= fault.first) & (days < fault.end))
        rows = rows.where((_by_words(rows) < 0) & ~case.are_uncovered(rows))
        if len(rows):
            hosts = rows.texts(_HOST)
            yield Found("cname-mx", hosts[0] if len(hosts) == 1 else None, rows, fault.explanation)
            left = left.without(rows)


def _per_host(case: Case, left: Rows) -> Iterator[Found]:
    for host, rows in left.split(_HOST):
        for kind, alike in rows.split("result_type"):
            for word, said in _parted_by_words(kind, alike):
                find = _FIND.get(word)
                if find is None:
                    continue
                for fault in _faults(case, said):
                    code, text = find(case, host, fault)
                    yield Found(code, host or None, fault, text)


def _parted_by_words(kind: str, rows: Rows) -> Iterator[tuple[str, Rows]]:
    """Part failures by what their reason codes say."""
    if kind == _T:
        own = rows.say(SELF_SIGNED)
        parts = [("untrusted-certificate", rows.where(own)), (_T, rows.where(~own))]
        yield from ((word, part) for word, part in parts if len(part))
    elif kind == _V:
        words = _by_words(rows)
        for number in distinct(words):
            if number >= 0:
                yield BY_WORDS[number][0], rows.where(words == number)
    else:
        yield kind, rows


def validation_cause(rows: Rows) -> Iterator[tuple[str | None, Rows]]:
    """Part failures by the time-outs and TLS parameters that their reason codes tell, or neither."""
    words = _by_words(rows)
    told = np.array([code in {"timeouts", "tls-parameters"} for code, _ in BY_WORDS] + [False])
    words = np.where(told[words], words, -1)
    for number in distinct(words):
        yield BY_WORDS[number][0] if number >= 0 else None, rows.where(words == number)


def _by_words(rows: Rows) -> Integers:
    """Give the number of the words that each reason code has, -1 for none."""
    found = np.full(len(rows), -1)
    for number, (_, pattern) in reversed(list(enumerate(BY_WORDS))):
        found[rows.say(pattern)] = number
    return found


def _faults(case: Case, rows: Rows) -> list[Rows]:
    reporters = distinct(rows["reporter"])
    return faults(rows, {one: case.sessions_of(one, dane=False) for one in reporters})


def _expired(case: Case, host: str, rows: Rows) -> tuple[str, str]:
    return _place(case, host, rows) or (
        "certificate-expired",
        f"{_who(rows)} found it expired",
    )


def _host_mismatch(case: Case, host: str, rows: Rows) -> tuple[str, str]:
    place = _place(case, host, rows)
    if place:
        return place
    others = _others(case, host, rows)
    if others:
        return "sni-dependent-certificate", f"{_who(rows)} met it, and {others}"
    return (
        "certificate-host-mismatch",
        f"{_who(rows)} found that its certificate does not have the MX name",
    )


def _not_trusted(case: Case, host: str, rows: Rows) -> tuple[str, str]:
    others = _others(case, host, rows)
    if others:
        text = f"{_who(rows)}, as strict senders do, refused it, and {others}"
        return "incomplete-chain", text
    return _place(case, host, rows) or _untrusted(case, host, rows)


def _untrusted(_case: Case, _host: str, rows: Rows) -> tuple[str, str]:
    reasons = _reasons(rows)
    told = f", with the reasons {reasons}" if reasons else ""
    return (
        "untrusted-certificate",
        f"{_who(rows)} did not trust it{told}; no reporter is known that does",
    )


def _no_starttls(case: Case, host: str, rows: Rows) -> tuple[str, str]:
    if rows.say(TRY_AGAIN).any():
        return "selective-starttls", f"{_who(rows)} had a temporary reply: {_reasons(rows)}"
    placed = _place(case, host, rows)
    if placed:
        return placed
    if bool(host) and case.patterns == (host,) and _success(case, rows) >= MOSTLY:
        text = f"{_who(rows)} met it, and other sessions of theirs at the only MX succeeded"
        return "selective-starttls", f"{text} on the same days"
    others = _others(case, host, rows)
    if others:
        return "selective-starttls", f"{_who(rows)} met it, and {others}"
    return "starttls-missing", f"{_who(rows)} found that the host did not offer it"


def _validation(code: str) -> Callable[[Case, str, Rows], tuple[str, str]]:
    def find(_case: Case, _host: str, rows: Rows) -> tuple[str, str]:
        return code, f"{_who(rows)} gave the reasons {_reasons(rows)}"

    return find


_FIND: dict[str, Callable[[Case, str, Rows], tuple[str, str]]] = {
    _X: _expired,
    _H: _host_mismatch,
    _T: _not_trusted,
    _S: _no_starttls,
    "certificate-chain": _not_trusted,
    "untrusted-certificate": _untrusted,
    **{code: _validation(code) for code in ("timeouts", "tls-parameters")},
}


def _place(case: Case, host: str, rows: Rows) -> tuple[str, str] | None:
    """Tell whether only one address, or only IPv6, is at fault, as other sessions succeeded."""
    addresses = rows.texts("receiving_ip")
    if not addresses or (rows["receiving_ip"] == 0).any():
        return None
    code = failing_address(addresses, is_only_host=bool(host) and case.patterns == (host,))
    if code is None or len(rows.days()) < FEWEST_DAYS or _success(case, rows) < MOSTLY:
        return None
    if code == "ipv6-only":
        return code, f"all failures were at IPv6 addresses: {listed(addresses)}"
    return code, f"all failures were at {addresses[0]}, and other sessions succeeded"


def _others(case: Case, host: str, rows: Rows) -> str:
    """Tell who surely does not meet a fault that others meet, if anyone is known."""
    kind = rows.texts("result_type")[0]
    fault = case.selective_fault(rows, host, kind)
    if fault:
        return f"others, surely, did not. {fault.explanation}"
    texts = case.policies.words["reporter"].texts
    mine = {one: case.sessions_of(one, dane=False) for one in distinct(rows["reporter"])}
    days, counts = (np.concatenate(parts) for parts in zip(*mine.values(), strict=True))
    order = np.argsort(days, kind="stable")
    others = {
        texts[one]: case.sessions_of(one, dane=False)
        for one in distinct(case.policies["reporter"])
        if one not in mine and one and not _fails_too(case, one, kind, rows)
    }
    names = spared(rows, (days[order], counts[order]), others) if others else []
    return f"{listed(names)} in the same time did not" if names else ""


def _fails_too(case: Case, reporter: int, kind: str, rows: Rows) -> bool:
    """Tell whether a reporter meets failures of a kind, at any host, in the time of others."""
    days = rows["day"]
    failures = case.failures
    its = (failures["reporter"] == reporter) & failures.is_any("result_type", kind)
    its &= (failures["day"] >= days.min()) & (failures["day"] <= days.max())
    return bool(its.any())


def _success(case: Case, rows: Rows) -> float:
    return case.success_share(rows, dane=False)


def _who(rows: Rows) -> str:
    return listed(rows.texts("reporter"))


def _reasons(rows: Rows) -> str:
    return listed(rows.texts(_REASON))
