"""Causes that lie with DANE (RFC 7672): TLSA records, DNSSEC, and what disagrees with MTA-STS."""

from collections.abc import Iterator

import numpy as np

from tlsrpt_analysis.analyses.arrays import Integers
from tlsrpt_analysis.analyses.causes.case import FAILED, SUCCEEDED, Case, Found, reporter_days
from tlsrpt_analysis.analyses.causes.fault_periods import faults
from tlsrpt_analysis.analyses.causes.host import validation_cause
from tlsrpt_analysis.analyses.causes.rows import Rows
from tlsrpt_analysis.analyses.numbering import day_of, distinct
from tlsrpt_analysis.shown_texts import listed
from tlsrpt_analysis.standards.result_types import ResultType

DISAGREE = 0.8
"""Of the reporter days with MTA-STS failures, those on which DANE had none."""

FEWEST_GOOD_DAYS = 3
"""A record that fitted on so many days before did not suddenly become wrong by itself."""

_HOST, _IGNORED = "receiving_mx_hostname", "RFC 7672 §3.1.1"

_KINDS = {
    str(ResultType.DNSSEC_INVALID): ("dnssec-invalid", ""),
    str(ResultType.DANE_REQUIRED): ("dane-required", ""),
    str(ResultType.STARTTLS_NOT_SUPPORTED): ("starttls-missing", ", which DANE demands"),
    str(ResultType.CERTIFICATE_EXPIRED): (
        "certificate-expired",
        f"; with a TLSA record of usage 3 senders ignore dates ({_IGNORED}), some do not",
    ),
    str(ResultType.CERTIFICATE_HOST_MISMATCH): (
        "certificate-host-mismatch",
        f"; with a TLSA record of usage 3 senders ignore names ({_IGNORED}), some do not",
    ),
}
"""What a result type says under DANE; any other says that TLSA record and certificate differ."""


def dane_causes(case: Case) -> Iterator[Found]:
    """Give the causes of the failures under DANE."""
    failures = case.failures
    tlsa = failures.where(failures.is_any("policy_type", "tlsa"))
    for kind, (code, told) in _KINDS.items() if len(tlsa) else ():
        for host, rows in tlsa.where(tlsa.is_any("result_type", kind)).split(_HOST):
            for fault in _faults(case, rows):
                text = f"DANE senders ({listed(fault.texts('reporter'))}) report {kind}"
                yield Found(code, host or None, fault, f"{text}{told}")
    rest = tlsa.where(~tlsa.is_any("result_type", *_KINDS))
    for host, rows in rest.split(_HOST):
        for word, part in validation_cause(rows):
            for fault in _faults(case, part):
                yield _explained(case, word, host, fault)
    yield from _disagreeing(case)


def _faults(case: Case, rows: Rows) -> list[Rows]:
    reporters = distinct(rows["reporter"])
    return faults(rows, {one: case.sessions_of(one, dane=True) for one in reporters})


def _explained(case: Case, code: str | None, host: str, rows: Rows) -> Found:
    if code:
        reasons = listed(rows.texts("failure_reason_code"))
        return Found(code, host or None, rows, f"DANE senders gave the reasons {reasons}")
    types = ", ".join(rows.texts("result_type"))
    clean = "; the same days are clean under MTA-STS" if _is_clean(case, rows) else ""
    before, after = _good_days(case, rows)
    is_rollover = before >= FEWEST_GOOD_DAYS
    told = f"; on {before} days before that it fitted" if before else ", since their first report"
    over = f", and again after {day_of(rows.days()[-1])}" if after >= FEWEST_GOOD_DAYS else ""
    text = f"DANE senders report {types}{told}{over}{clean}"
    return Found("tlsa-rollover" if is_rollover else "tlsa-wrong", host or None, rows, text)


def _good_days(case: Case, rows: Rows) -> tuple[int, int]:
    """Count the days with DANE successes only, of the same reporters, before and after."""
    policies = case.policies
    reporters = np.isin(policies["reporter"], distinct(rows["reporter"]))
    its = policies.where(policies.is_any("policy_type", "tlsa") & reporters)
    days = _clean_days(its, its["day"])
    failing = rows.days()
    return int((days < failing[0]).sum()), int((days > failing[-1]).sum())


def _clean_days(policies: Rows, keys: Integers) -> Integers:
    """Give the keys under which all sessions succeeded, and there were some."""
    unique, place = np.unique(keys, return_inverse=True)
    good, bad = (np.bincount(place, policies[name], len(unique)) for name in (SUCCEEDED, FAILED))
    clean: Integers = unique[(good > 0) & (bad == 0)]
    return clean


def _disagreeing(case: Case) -> Iterator[Found]:
    kinds = (ResultType.CERTIFICATE_NOT_TRUSTED, ResultType.CERTIFICATE_HOST_MISMATCH)
    rows = case.of_types(*map(str, kinds))
    policies = case.policies.where(case.policies.is_any("policy_type", "tlsa"))
    if not len(rows) or not len(policies):
        return
    clean = _clean_days(policies, reporter_days(policies))
    failing = np.unique(reporter_days(rows))
    both = failing[np.isin(failing, clean)]
    if len(both) and len(both) >= DISAGREE * len(failing):
        texts = case.policies.words["reporter"].texts
        reporters = tuple(sorted({texts[int(pair) >> 32] for pair in both}))
        text = f"on {len(both)} reporter days MTA-STS failed while DANE had only successes"
        yield Found("dane-sts-disagree", None, rows.none(), text, reporters)


def _is_clean(case: Case, rows: Rows) -> bool:
    failures = case.failures
    failed = failures["day"][failures.is_any("policy_type", "sts")]
    return not np.isin(failed, rows.days()).any()
