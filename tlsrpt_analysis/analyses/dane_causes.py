"""Causes that lie with DANE (RFC 7672): TLSA records, DNSSEC, and what disagrees with MTA-STS."""

from collections.abc import Iterator

import pandas as pd

from tlsrpt_analysis.analyses.cause_case import COUNTS, Case, Found, by_host
from tlsrpt_analysis.standards.result_types import ResultType

DISAGREE = 0.8
"""Of the reporter days with MTA-STS failures, those on which DANE had none."""

FEWEST_GOOD_DAYS = 3
"""A record that fitted on so many days before did not suddenly become wrong by itself."""


def dane_causes(case: Case) -> Iterator[Found]:
    """Give the causes of the failures under DANE."""
    tlsa = case.failures[case.failures["policy_type"] == "tlsa"]
    for kind, code, text in _KINDS:
        for host, rows in by_host(tlsa[tlsa["result_type"] == kind]):
            yield Found(code, host or None, rows, text)
    known = [str(kind) for kind, _, _ in _KINDS]
    for host, rows in by_host(tlsa[~tlsa["result_type"].isin(known)]):
        clean = "; the same days are clean under MTA-STS" if _is_clean(case, rows) else ""
        types = ", ".join(sorted(rows["result_type"].unique()))
        good = _good_days_before(case, rows)
        code = "tlsa-rollover" if good >= FEWEST_GOOD_DAYS else "tlsa-wrong"
        before = f"; on {good} days before that it fitted" if good else ", since their first report"
        yield Found(code, host or None, rows, f"DANE senders report {types}{before}{clean}")
    yield from _disagreeing(case)


_KINDS = (
    (ResultType.DNSSEC_INVALID, "dnssec-invalid", "reported as dnssec-invalid"),
    (ResultType.DANE_REQUIRED, "dane-required", "reported as dane-required"),
)


def _disagreeing(case: Case) -> Iterator[Found]:
    kinds = (ResultType.CERTIFICATE_NOT_TRUSTED, ResultType.CERTIFICATE_HOST_MISMATCH)
    rows = case.of_types(*kinds)
    if rows.empty:
        return
    policies = case.policies[case.policies["policy_type"] == "tlsa"]
    good = policies[(policies[COUNTS[0]] > 0) & (policies[COUNTS[1]] == 0)]
    keys = ["reporter", "day"]
    failing, clean = rows[keys].drop_duplicates(), good[keys].drop_duplicates()
    both = failing.merge(clean, on=keys)
    if len(both) and len(both) >= DISAGREE * len(failing):
        reporters = tuple(sorted(both["reporter"].unique()))
        text = f"on {len(both)} reporter days MTA-STS failed while DANE had only successes"
        yield Found("dane-sts-disagree", None, rows.iloc[:0], text, reporters)


def _good_days_before(case: Case, rows: pd.DataFrame) -> int:
    """Count the days on which DANE had successes only, with the same reporters, before it failed."""
    policies = case.policies[case.policies["policy_type"] == "tlsa"]
    policies = policies[policies["reporter"].isin(rows["reporter"].unique())]
    counts = policies.groupby("day")[COUNTS].sum()
    good = counts.index[(counts[COUNTS[0]] > 0) & (counts[COUNTS[1]] == 0)]
    return int((good < rows["day"].min()).sum())


def _is_clean(case: Case, rows: pd.DataFrame) -> bool:
    failed = case.failures[case.failures["policy_type"] == "sts"]
    return not failed["day"].isin(rows["day"].unique()).any()
