"""Causes that lie with DANE (RFC 7672): TLSA records, DNSSEC, and what disagrees with MTA-STS."""

from collections.abc import Iterator

import numpy as np

from tlsrpt_analysis.analyses.cause_catalogue.certificate import (
    CERTIFICATE_EXPIRED,
    CERTIFICATE_HOST_MISMATCH,
)
from tlsrpt_analysis.analyses.cause_catalogue.dane import (
    DANE_REQUIRED,
    DANE_STS_DISAGREE,
    DNSSEC_INVALID,
    TLSA_ROLLOVER,
    TLSA_WRONG,
)
from tlsrpt_analysis.analyses.cause_catalogue.encryption import STARTTLS_MISSING
from tlsrpt_analysis.analyses.causes.case import (
    FAILED,
    SUCCEEDED,
    DomainCase,
    FoundCause,
    reporter_days,
)
from tlsrpt_analysis.analyses.causes.fault import Fault
from tlsrpt_analysis.analyses.causes.reason_words import split_by_certain_cause
from tlsrpt_analysis.analyses.causes.rows import Rows
from tlsrpt_analysis.analyses.numbering import day_of, distinct
from tlsrpt_analysis.arrays import Integers
from tlsrpt_analysis.standards.result_types import ResultType

DISAGREE = 0.8
"""Share of the reporter days with MTA-STS failures on which DANE had none, at least."""

FEWEST_GOOD_DAYS = 3
"""A record that matched on this many days before has become wrong; it was not wrong from the start."""

_HOST, _IGNORED = "receiving_mx_hostname", "RFC 7672 §3.1.1"

_BY_RESULT_TYPE = {
    str(ResultType.DNSSEC_INVALID): (DNSSEC_INVALID, ""),
    str(ResultType.DANE_REQUIRED): (DANE_REQUIRED, ""),
    str(ResultType.STARTTLS_NOT_SUPPORTED): (STARTTLS_MISSING, ", which DANE requires"),
    str(ResultType.CERTIFICATE_EXPIRED): (
        CERTIFICATE_EXPIRED,
        f"; with a TLSA record of usage 3 most senders ignore dates ({_IGNORED}), some do not",
    ),
    str(ResultType.CERTIFICATE_HOST_MISMATCH): (
        CERTIFICATE_HOST_MISMATCH,
        f"; with a TLSA record of usage 3 most senders ignore names ({_IGNORED}), some do not",
    ),
}
"""The cause of a result type under DANE; any other says that TLSA record and certificate differ."""


def dane_causes(case: DomainCase) -> Iterator[FoundCause]:
    """Yield the causes of the failures under DANE."""
    failures = case.failures
    tlsa = failures.where(failures.is_any("policy_type", "tlsa"))
    for result_type, (cause, remark) in _BY_RESULT_TYPE.items() if len(tlsa) else ():
        for fault in _faults(case, tlsa.where(tlsa.is_any("result_type", result_type))):
            evidence = f"DANE senders ({fault.who}) report {result_type}{remark}"
            yield fault.found(cause, evidence)
    rest = tlsa.where(~tlsa.is_any("result_type", *_BY_RESULT_TYPE))
    for host, rows in rest.split(_HOST):
        for cause_by_reason, part in split_by_certain_cause(rows):
            for fault in Fault(case, host, part, is_dane=True).split():
                if cause_by_reason:
                    yield fault.found(cause_by_reason, f"DANE senders ({fault.who}) said so")
                else:
                    yield _mismatch(fault)
    yield from _disagreeing(case)


def _faults(case: DomainCase, rows: Rows) -> Iterator[Fault]:
    for host, at_host in rows.split(_HOST):
        yield from Fault(case, host, at_host, is_dane=True).split()


def _mismatch(fault: Fault) -> FoundCause:
    """Return whether the TLSA record matched before."""
    before, after = _good_days(fault)
    is_rollover = before >= FEWEST_GOOD_DAYS
    since = f"; on {before} days before that it matched" if before else ", since their first report"
    last = day_of(fault.rows.days()[-1])
    again = f"; it matched again after {last}, on {after} days" if after >= FEWEST_GOOD_DAYS else ""
    clean = "; the same days are clean under MTA-STS" if _is_clean(fault) else ""
    types = fault.rows.listed("result_type")
    evidence = f"DANE senders report {types}{since}{again}{clean}"
    return fault.found(TLSA_ROLLOVER if is_rollover else TLSA_WRONG, evidence)


def _good_days(fault: Fault) -> tuple[int, int]:
    """Return how many days with only DANE successes the same reporters had before and after."""
    policies = fault.case.policies
    reporters = np.isin(policies["reporter"], distinct(fault.rows["reporter"]))
    rows = policies.where(policies.is_any("policy_type", "tlsa") & reporters)
    days = _clean_keys(rows, rows["day"])
    failing = fault.rows.days()
    return int((days < failing[0]).sum()), int((days > failing[-1]).sum())


def _clean_keys(policies: Rows, keys: Integers) -> Integers:
    """Return the keys under which there were sessions and all of them succeeded."""
    unique, place = np.unique(keys, return_inverse=True)
    good, bad = (np.bincount(place, policies[name], len(unique)) for name in (SUCCEEDED, FAILED))
    clean: Integers = unique[(good > 0) & (bad == 0)]
    return clean


def _disagreeing(case: DomainCase) -> Iterator[FoundCause]:
    types = (ResultType.CERTIFICATE_NOT_TRUSTED, ResultType.CERTIFICATE_HOST_MISMATCH)
    rows = case.of_types(*map(str, types))
    policies = case.policies.where(case.policies.is_any("policy_type", "tlsa"))
    if not len(rows) or not len(policies):
        return
    clean = _clean_keys(policies, reporter_days(policies))
    failing = np.unique(reporter_days(rows))
    both = failing[np.isin(failing, clean)]
    if len(both) and len(both) >= DISAGREE * len(failing):
        texts = case.policies.texts_of["reporter"].texts
        reporters = tuple(sorted({texts[int(pair) >> 32] for pair in both}))
        evidence = f"on {len(both)} reporter days MTA-STS failed while DANE had only successes"
        yield FoundCause(DANE_STS_DISAGREE, None, rows.empty(), evidence, reporters)


def _is_clean(fault: Fault) -> bool:
    failures = fault.case.failures
    failed = failures["day"][failures.is_any("policy_type", "sts")]
    return not np.isin(failed, fault.rows.days()).any()
