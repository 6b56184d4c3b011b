"""Which reporter fails where others do not: selective failures, told from chance."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from tlsrpt_analysis.analyses.comparison import (
    Comparison,
    compare,
    reporter_days,
)
from tlsrpt_analysis.analyses.onset import find_onset
from tlsrpt_analysis.analyses.proportions import clustered_interval, wilson_interval
from tlsrpt_analysis.analyses.selective_case import Case
from tlsrpt_analysis.analyses.selective_sentences import explanation
from tlsrpt_analysis.analyses.sessions import grouped, rows_by
from tlsrpt_analysis.standards.result_types import POLICY_UNAVAILABLE, ResultType
from tlsrpt_analysis.tables import DAY, ReportTables

ALPHA = 0.05
CASE = ["policy_domain", "policy_type", "reporter"]


@dataclass(frozen=True, slots=True)
class Signature:
    """A pattern of failing and clean reporters and result types, and what it points to."""

    points_to: str
    result_types: frozenset[str]
    failing: str | None = None
    clean: str | None = None


SIGNATURES = (
    Signature(
        "cname-mx",
        frozenset({ResultType.VALIDATION_FAILURE, ResultType.CERTIFICATE_HOST_MISMATCH}),
        failing="Microsoft",
        clean="Google",
    ),
    Signature("incomplete-chain", frozenset({ResultType.CERTIFICATE_NOT_TRUSTED})),
    Signature("selective-starttls", frozenset({ResultType.STARTTLS_NOT_SUPPORTED})),
    Signature("policy-not-reachable", POLICY_UNAVAILABLE),
)
"""Hypotheses, the first that fits; notebook 02 says what would confirm each."""


def selective_failures(tables: ReportTables) -> pd.DataFrame:
    """Find reporters that fail where others, with enough traffic to tell, do not.

    Parameters
    ----------
    tables : ReportTables
        The reports.

    Returns
    -------
    DataFrame
        One row per ``policy_domain``, ``policy_type`` and ``failing_reporter`` with a failure,
        compared since the onset of its failures (between ``since_low`` and ``since_high``;
        missing where the failures have no clear beginning, then over all days):

        - ``clean_reporters``: those that fail at most a tenth as often, and for sure less, joined
          by ", "; ``clean_share``, ``expected_in_clean`` (failures they would have had at the
          failing share) and ``observed_in_clean`` are theirs together, or where none is clean
          those of all other reporters;
        - ``receiving_mx_hostname``, ``result_type``: what most of its failures name;
        - ``verdict``: ``selective``, ``not selective`` (also for a fault that is over, which the
          explanation then says) or ``too little data``;
        - ``failing_share``, ``clean_share``: failed sessions per session of these reporters,
          this domain and policy type, with the ends of their intervals of 95 % (days as clusters);
        - ``failing_days`` of ``active_days``: days with a failure, of those with sessions;
        - ``p_value``: the smallest of its comparisons; ``q_value``: the same by
          Benjamini-Hochberg over all comparisons of the tables;
        - ``points_to``: a likely cause such as ``cname-mx``, a hypothesis until a probe confirms
          it; missing when the verdict is not ``selective`` or no signature fits;
        - ``explanation``: the row as a sentence.

    Notes
    -----
    The counts are the summaries (RFC 8460 §4.2): successes and failures of the whole policy.

    Examples
    --------
    >>> from tlsrpt_analysis.tables import empty_tables
    >>> len(selective_failures(empty_tables()))
    0
    """
    from scipy.stats import false_discovery_control  # noqa: PLC0415 - as in `comparison`

    cases = list(_cases(tables))
    p_values = [pair.p_value for case in cases for pair in case.comparisons]
    q_values = iter(false_discovery_control(p_values) if p_values else ())
    rows = [_row(case, [float(next(q_values)) for _ in case.comparisons]) for case in cases]
    return pd.DataFrame(rows, columns=COLUMNS).astype(COLUMN_TYPES)


COLUMNS = [
    *("policy_domain", "policy_type", "failing_reporter", "clean_reporters"),
    *("receiving_mx_hostname", "result_type", "verdict"),
    *("failing_share", "failing_share_low", "failing_share_high"),
    *("clean_share", "clean_share_low", "clean_share_high"),
    *("expected_in_clean", "observed_in_clean", "failing_days", "active_days"),
    *("since_low", "since_high", "p_value", "q_value", "points_to", "explanation"),
]

COLUMN_TYPES = (
    dict.fromkeys(("since_low", "since_high"), DAY)
    | dict.fromkeys(
        ("failing_share", "clean_share", "clean_share_low", "clean_share_high"), "float64"
    )
    | dict.fromkeys(("expected_in_clean", "p_value", "q_value"), "float64")
    | {"observed_in_clean": "Int64", "failing_days": "int64", "active_days": "int64"}
)


def _cases(tables: ReportTables) -> Iterator[Case]:
    failures = rows_by(tables.failures, CASE)
    for (domain, policy_type), rows in rows_by(tables.policies, CASE[:2]).items():
        by_reporter = rows_by(rows, CASE[2:])
        reporters = [reporter_days(str(name), its) for (name,), its in by_reporter.items()]
        last = rows["day"].max()
        for failing in reporters:
            if not failing.failure_count:
                continue
            onset = find_onset(failing.days, failing.sessions, failing.failures)
            first = onset.day if onset else failing.days[0]
            since = failing.since(first)
            others = (other.since(first) for other in reporters if other is not failing)
            details = failures.get((domain, policy_type, failing.reporter))
            yield Case(
                policy_domain=domain,
                policy_type=policy_type,
                failing=since,
                onset=onset,
                period_days=(last - first).days + 1,
                comparisons=tuple(compare(since, other) for other in others if other.days),
                receiving_mx_hostname=_most_named(details, "receiving_mx_hostname", first),
                result_type=_most_named(details, "result_type", first),
            )


def _most_named(details: pd.DataFrame | None, column: str, first: dt.date) -> str | None:
    if details is None:
        return None
    since = details[(details["day"] >= first).astype("bool")]
    counts = grouped(since, [column])["failed_session_count"].sum()
    name = counts.idxmax() if len(counts) else None
    return name if isinstance(name, str) else None


def _row(case: Case, q_values: list[float]) -> dict[str, object]:
    pairs = list(zip(case.comparisons, q_values, strict=True))
    clean = [pair for pair, q in pairs if q < ALPHA and pair.is_tellable and pair.is_cleaner]
    told = _verdict(case, clean)
    shown = clean or list(case.comparisons)
    low, high = clustered_interval(case.failing.sessions, case.failing.failures)
    best = min(pairs, key=lambda pair: pair[0].p_value, default=None)
    return {
        "policy_domain": case.policy_domain,
        "policy_type": case.policy_type,
        "failing_reporter": case.failing.reporter,
        "clean_reporters": ", ".join(pair.other.reporter for pair in clean) or None,
        "receiving_mx_hostname": case.receiving_mx_hostname,
        "result_type": case.result_type,
        "verdict": told,
        "failing_share": case.failing.share,
        "failing_share_low": low,
        "failing_share_high": high,
        **_other_share(shown),
        "failing_days": case.failing.failing_days,
        "active_days": len(case.failing.days),
        "since_low": case.onset.since_low if case.onset else None,
        "since_high": case.onset.since_high if case.onset else None,
        "p_value": best[0].p_value if best else None,
        "q_value": best[1] if best else None,
        "points_to": _points_to(case, clean) if told == "selective" else None,
        "explanation": explanation(case, clean, told),
    }


def _verdict(case: Case, clean: list[Comparison]) -> str:
    if case.is_brief or case.reports_failures_only:
        return "too little data"
    if clean and case.is_consistent and not case.is_over:
        return "selective"
    is_tellable = any(pair.is_tellable for pair in case.comparisons)
    return "not selective" if is_tellable or not case.is_steady else "too little data"


def _other_share(shown: list[Comparison]) -> dict[str, float]:
    if not shown:
        return {}
    sessions = sum(pair.other.session_count for pair in shown)
    failures = sum(pair.other.failure_count for pair in shown)
    effect = max(pair.other_effect for pair in shown)
    low, high = wilson_interval(failures / effect, sessions / effect)
    return {
        "clean_share": failures / sessions,
        "clean_share_low": low,
        "clean_share_high": high,
        "expected_in_clean": sum(pair.expected for pair in shown),
        "observed_in_clean": failures,
    }


def _points_to(case: Case, clean: list[Comparison]) -> str | None:
    names = {pair.other.reporter for pair in clean}
    for signature in SIGNATURES:
        fits = (
            case.result_type in signature.result_types
            and signature.failing in {None, case.failing.reporter}
            and (signature.clean is None or signature.clean in names)
        )
        if fits:
            return signature.points_to
    return None
