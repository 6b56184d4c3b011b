"""Causes that lie with an MX host: its name, its certificate, its TLS; each failure has one."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np

from tlsrpt_analysis.analyses.cause_catalogue.cause import Cause
from tlsrpt_analysis.analyses.cause_catalogue.certificate import (
    CERTIFICATE_EXPIRED,
    CERTIFICATE_HOST_MISMATCH,
    CERTIFICATE_NOT_RELOADED,
    INCOMPLETE_CHAIN,
    SNI_DEPENDENT_CERTIFICATE,
    UNTRUSTED_CERTIFICATE,
)
from tlsrpt_analysis.analyses.cause_catalogue.encryption import (
    SELECTIVE_STARTTLS,
    STARTTLS_MISSING,
)
from tlsrpt_analysis.analyses.cause_catalogue.mx_host import CNAME_MX
from tlsrpt_analysis.analyses.cause_catalogue.policy_text import (
    LISTED_SINCE,
    MX_MISMATCH,
    UNKNOWN_HOST,
    UNNAMED_CONFIRM,
    UNNAMED_HOST,
    WILDCARD_ONE_LABEL_SHORT,
)
from tlsrpt_analysis.analyses.cause_catalogue.sender import SENDER_TLS_INSPECTION
from tlsrpt_analysis.analyses.cause_catalogue.signs import (
    MOSTLY,
    MX_MISMATCH_WORDS,
    SMALL_SENDER,
    TRY_AGAIN_WORDS,
    TYPES_WITH_WORDS,
)
from tlsrpt_analysis.analyses.causes.case import FAILED, SUCCEEDED, DomainCase, FoundCause
from tlsrpt_analysis.analyses.causes.fault import Fault
from tlsrpt_analysis.analyses.causes.reason_words import has_words, split_by_cause, with_words_of
from tlsrpt_analysis.analyses.causes.rhythm import outage_count, renewal_rhythm
from tlsrpt_analysis.analyses.causes.rows import Rows
from tlsrpt_analysis.analyses.causes.unexplained import unexplained
from tlsrpt_analysis.analyses.numbering import day_of, distinct
from tlsrpt_analysis.shown_texts import listed
from tlsrpt_analysis.standards.result_types import POLICY_UNAVAILABLE, ResultType

_HOST = "receiving_mx_hostname"
_VALIDATION = str(ResultType.VALIDATION_FAILURE)
_MISMATCH = str(ResultType.CERTIFICATE_HOST_MISMATCH)

_ELSEWHERE = (
    "; the policy allows other hosts, and senders that do not meet it may never have used this one"
)

Explain = Callable[[Fault], FoundCause]


def host_causes(case: DomainCase) -> Iterator[FoundCause]:
    """Yield the causes of the failures under MTA-STS, and of what else failed at a host."""
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
        for result_type, alike in rows.split("result_type"):
            for fault in Fault(case, host, alike).split():
                yield unexplained(fault, result_type)


def _not_listed(case: DomainCase, left: Rows) -> Iterator[FoundCause]:
    suspects = left.where(left.is_any("result_type", _VALIDATION, _MISMATCH))
    if not len(suspects):
        return
    is_unnamed = (suspects[_HOST] == 0) & suspects.matching(MX_MISMATCH_WORDS)
    unnamed = suspects.where(is_unnamed)
    named = suspects.where(~is_unnamed & case.are_uncovered(suspects))
    only = _only_unlisted(case, named) if len(unnamed) else ""
    if only:
        alone = named.where(named.is_any(_HOST, only)) if len(named) else named
        of_host = suspects.where(is_unnamed | np.isin(suspects.index, alone.index))
        found = _not_covered(Fault(case, only, of_host))
        how = (
            f"; {unnamed.listed('reporter')} named no host, and no other is missing from the policy"
        )
        yield replace(found, evidence=f"{found.evidence}{how}")
        named, unnamed = named.without(alone), unnamed.empty()
    for host, rows in named.split(_HOST):
        yield _not_covered(Fault(case, host, rows))
    if len(unnamed):
        fault = Fault(case, "", unnamed)
        evidence = f"{fault.who} said that an MX is not in the policy, without naming it"
        cure = _unnamed_cure(case)
        yield replace(fault.found(MX_MISMATCH, evidence), cure=cure, confirm=UNNAMED_CONFIRM)


def _only_unlisted(case: DomainCase, named: Rows) -> str:
    """Return the only host that the policy lacks, of the MX records and those that are named."""
    missing = {host for host in case.mx_hosts if case.is_uncovered(host)}
    missing.update(named.texts(_HOST))
    return missing.pop() if len(missing) == 1 else ""


def _not_covered(fault: Fault) -> FoundCause:
    """Return why the policy that was applied last does not cover a host."""
    last_text = distinct(fault.rows["text"])[-1]
    patterns = fault.case.texts[last_text].patterns or fault.case.patterns
    short, fixed = _short_wildcard(patterns, fault.host), _fixed_since(fault)
    is_known = fault.case.is_known(fault.host)
    unknown = (
        "" if is_known else "; unknown host: no MX record of the domain is known that names it"
    )
    cause = WILDCARD_ONE_LABEL_SHORT if short else MX_MISMATCH
    evidence = f"{fault.host} is not among the mx lines {listed(patterns, most=10)}"
    if short:
        evidence = f"{short} covers one label only, and {fault.host} has more before it"
    found = fault.found(cause, f"{evidence}{_no_proof(fault)}{fixed}{unknown}")
    return replace(found, cure=(LISTED_SINCE if fixed else "") if is_known else UNKNOWN_HOST)


def _no_proof(fault: Fault) -> str:
    """Return why senders that do not meet a mismatch refute nothing."""
    if not fault.others():
        return ""
    return (
        "; senders that do not meet it refute nothing, as Postfix before 3.10.5 compares the"
        " certificate with the policy, and not the MX name"
    )


def _unnamed_cure(case: DomainCase) -> str:
    """Return the cure of a mismatch at a host without a name, where no host of the domain fits."""
    is_missing = any(case.is_uncovered(host) for host in case.mx_hosts)
    return "" if is_missing else UNNAMED_HOST


def _fixed_since(fault: Fault) -> str:
    """Return that the latest policy lists the host by now, if it does."""
    under_latest = fault.rows.where(fault.rows["text"] == 0)
    if not fault.case.patterns or len(under_latest) or fault.case.is_uncovered(fault.host):
        return ""
    last = day_of(fault.rows.days()[-1])
    return f"; the latest policy lists it, and the last failure was on {last}"


def _short_wildcard(patterns: tuple[str, ...], host: str) -> str | None:
    wildcards = (pattern for pattern in patterns if pattern.startswith("*."))
    return next((name for name in wildcards if host.endswith(name[1:].lower())), None)


def _alias(case: DomainCase, left: Rows) -> Iterator[FoundCause]:
    for selective in case.selective:
        if selective.points_to != CNAME_MX.code or selective.policy_type == "tlsa":
            continue
        days = left["day"]
        chosen = left.is_any("reporter", selective.reporter)
        chosen &= left.is_any("result_type", selective.result_type)
        if selective.is_at_host:
            chosen &= left.is_any(_HOST, selective.host)
        rows = left.where(chosen & (days >= selective.first) & (days < selective.end))
        rows = rows.where(~has_words(rows) & ~case.are_uncovered(rows))
        for host, part in rows.split(_HOST):
            yield FoundCause(CNAME_MX, host or None, part, selective.explanation)
        left = left.without(rows)


def _per_host(case: DomainCase, left: Rows) -> Iterator[FoundCause]:
    for host, rows in left.split(_HOST):
        for result_type, alike in rows.split("result_type"):
            for explain, part in _explained_parts(result_type, alike):
                whole = Fault(case, host, part)
                days = renewal_rhythm(part) if explain is _expired else 0
                if days:
                    yield _not_reloaded(whole, days)
                    continue
                for fault in whole.split():
                    yield explain(fault)


def _explained_parts(result_type: str, rows: Rows) -> Iterator[tuple[Explain, Rows]]:
    """Yield the parts of failures of one type that their type or reason codes explain."""
    if result_type in TYPES_WITH_WORDS:
        for cause, part in split_by_cause(rows):
            if cause:
                yield _BY_CAUSE.get(cause, _said_by_reason(cause)), part
            elif result_type == ResultType.CERTIFICATE_NOT_TRUSTED:
                yield _not_trusted, part
    elif result_type in _BY_RESULT_TYPE:
        yield _BY_RESULT_TYPE[result_type], rows


def _said_by_reason(cause: Cause) -> Explain:
    def explain(fault: Fault) -> FoundCause:
        return fault.found(cause, f"{fault.who} said so")

    return explain


def _not_reloaded(fault: Fault, days: int) -> FoundCause:
    evidence = (
        f"{fault.who} found it expired for some days {outage_count(fault.rows)} times, about every"
        f" {days} days: it was renewed, but not loaded"
    )
    return fault.found(CERTIFICATE_NOT_RELOADED, evidence)


def _expired(fault: Fault) -> FoundCause:
    evidence = f"{fault.who} found it expired{fault.partly}"
    return fault.place() or fault.found(CERTIFICATE_EXPIRED, evidence)


def _host_mismatch(fault: Fault) -> FoundCause:
    place = fault.place()
    if place:
        return place
    others = fault.others()
    if others and not fault.is_rarely_met:
        return fault.found(SNI_DEPENDENT_CERTIFICATE, f"{fault.who} met it, and {others}")
    evidence = f"{fault.who} found that its certificate does not contain the MX name"
    unmet = _ELSEWHERE if others else fault.partly
    return fault.found(CERTIFICATE_HOST_MISMATCH, f"{evidence}{unmet}")


def _not_trusted(fault: Fault) -> FoundCause:
    """Return why a certificate is not trusted, where no words say it is self-signed."""
    others = fault.others()
    if others:
        evidence = f"{fault.who}, as strict senders do, refused it, and {others}"
        return fault.found(INCOMPLETE_CHAIN, evidence)
    place = fault.place()
    if place:
        return place
    if with_words_of(fault.rows, INCOMPLETE_CHAIN).all():
        evidence = f"{fault.who} found no issuer: the chain is incomplete, or its CA is private{fault.partly}"
        return fault.found(INCOMPLETE_CHAIN, evidence)
    nobody = "" if fault.partly else ", and no reporter is known that does"
    evidence = (
        f"{fault.who} did not trust it{nobody}: it is self-signed, from a private CA, or served"
        f" without its intermediate certificates{fault.partly}"
    )
    return fault.found(UNTRUSTED_CERTIFICATE, evidence)


def _untrusted(fault: Fault) -> FoundCause:
    others = fault.others()
    if others:
        inspected = _is_small(fault) and not fault.success_share
        cause = SENDER_TLS_INSPECTION if inspected else SNI_DEPENDENT_CERTIFICATE
        return fault.found(cause, f"{fault.who} said that it is self-signed, and {others}")
    evidence = f"{fault.who} said that it is self-signed, or that its root is not trusted"
    return fault.found(UNTRUSTED_CERTIFICATE, f"{evidence}{fault.partly}")


def _is_small(fault: Fault) -> bool:
    """Whether those who meet a fault have few of the domain's sessions."""
    policies = fault.case.policies
    sessions = policies[SUCCEEDED] + policies[FAILED]
    own = sessions[np.isin(policies["reporter"], distinct(fault.rows["reporter"]))]
    return bool(own.sum() <= SMALL_SENDER * sessions.sum())


def _no_starttls(fault: Fault) -> FoundCause:
    if fault.rows.matching(TRY_AGAIN_WORDS).any():
        return fault.found(SELECTIVE_STARTTLS, f"{fault.who} got a temporary reply")
    place = fault.place()
    if place:
        return place
    if fault.is_at_only_host and fault.success_share >= MOSTLY:
        evidence = f"{fault.who} met it, and other sessions of theirs at the only MX succeeded"
        return fault.found(SELECTIVE_STARTTLS, f"{evidence} on the same days")
    others = fault.others()
    if others and not fault.is_rarely_met:
        return fault.found(SELECTIVE_STARTTLS, f"{fault.who} met it, and {others}")
    unmet = _ELSEWHERE if others else ""
    return fault.found(STARTTLS_MISSING, f"{fault.who} found that the host did not offer it{unmet}")


_BY_RESULT_TYPE: dict[str, Explain] = {
    str(ResultType.CERTIFICATE_EXPIRED): _expired,
    str(ResultType.CERTIFICATE_HOST_MISMATCH): _host_mismatch,
    str(ResultType.STARTTLS_NOT_SUPPORTED): _no_starttls,
}
_BY_CAUSE: dict[Cause, Explain] = {
    CERTIFICATE_EXPIRED: _expired,
    CERTIFICATE_HOST_MISMATCH: _host_mismatch,
    INCOMPLETE_CHAIN: _not_trusted,
    UNTRUSTED_CERTIFICATE: _untrusted,
    STARTTLS_MISSING: _no_starttls,
}
"""How the cause that reason words name is looked at further; any other stands as named."""
