"""What the reports say about one domain, in the shape in which causes are looked for."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from tlsrpt_analysis.analyses.policy_text import latest_modes, latest_mx_patterns
from tlsrpt_analysis.analyses.sessions import rows_by
from tlsrpt_analysis.standards.mta_sts import covers
from tlsrpt_analysis.tables import ReportTables

DETAIL = [
    *("policy_domain", "policy_type", "reporter", "day", "receiving_mx_hostname"),
    *("result_type", "failure_reason_code", "receiving_ip"),
]
POLICY = ["policy_domain", "policy_type", "reporter", "day", "policy_mode", "policy_string"]
COUNTS = ["total_successful_session_count", "total_failure_session_count"]


@dataclass(frozen=True, slots=True)
class Found:
    """A cause that was found: its code, the host it is about, the failures, and why."""

    code: str
    host: str | None
    failures: pd.DataFrame
    evidence: str
    reporters: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Case:
    """One domain.

    Attributes
    ----------
    policy_domain : str
        The domain.
    failures : DataFrame
        The failure details, added up by policy type, reporter, day, host, type, reason code
        (in lower case) and address: ``count``; missing text is ``""``.
    policies : DataFrame
        The summaries, added up by policy type, reporter, day, mode and policy text.
    selective : DataFrame
        Its rows of `selective_failures` that are selective.
    patterns : tuple of str
        The ``mx`` patterns of the latest policy.
    mode : str or None
        The latest mode.
    """

    policy_domain: str
    failures: pd.DataFrame
    policies: pd.DataFrame
    selective: pd.DataFrame
    patterns: tuple[str, ...]
    mode: str | None

    def of_types(self, *result_types: str, policy_type: str = "sts") -> pd.DataFrame:
        """Give the failures of some result types under one policy type."""
        failures = self.failures
        return failures[
            failures["result_type"].isin(result_types) & (failures["policy_type"] == policy_type)
        ]

    def is_uncovered(self, host: str) -> bool:
        """Tell whether the policy is known and does not cover a host."""
        return bool(host and self.patterns) and not covers(self.patterns, host)

    def is_selective(self, host: str, result_type: str) -> bool:
        """Tell whether some reporters meet this failure at a host and others, surely, do not."""
        rows = self.selective
        named = rows["receiving_mx_hostname"].fillna("")
        fits = (rows["result_type"] == result_type) & ((named == host) | (named == "") | (not host))
        return bool(fits.any())

    def success_days(self, reporters: pd.Series) -> pd.DataFrame:
        """Give the reporters' days with successes under MTA-STS."""
        rows = self.policies
        had = (rows["policy_type"] == "sts") & (rows[COUNTS[0]] > 0)
        return rows[had & rows["reporter"].isin(reporters.unique())][["reporter", "day"]]


def by_host(failures: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    """Give the failures of each host, that of no host last."""
    for host, rows in sorted(failures.groupby("receiving_mx_hostname"), key=lambda it: it[0] == ""):
        yield str(host), rows


def cases(tables: ReportTables, selective: pd.DataFrame) -> Iterator[Case]:
    """Give the case of each policy domain; reports without one have none."""
    details = _added_up(tables.failures, DETAIL, {"failed_session_count": "count"})
    details["failure_reason_code"] = details["failure_reason_code"].str.lower()
    policies = _added_up(tables.policies, POLICY, {count: count for count in COUNTS})
    modes = latest_modes(tables)
    failures_of, selective_of = (rows_by(rows, ["policy_domain"]) for rows in (details, selective))
    patterns = latest_mx_patterns(tables)
    for (domain,), rows in rows_by(policies, ["policy_domain"]).items():
        if domain:
            yield Case(
                domain,
                failures_of.get((domain,), details.iloc[:0]),
                rows,
                selective_of.get((domain,), selective.iloc[:0]),
                patterns.get(domain, ()),
                modes.get(domain),
            )


def _added_up(frame: pd.DataFrame, keys: list[str], counts: dict[str, str]) -> pd.DataFrame:
    summed = frame.groupby(keys, observed=True, dropna=False)[list(counts)].sum().reset_index()
    texts = [key for key in keys if key != "day"]
    summed[texts] = summed[texts].astype("str").fillna("")
    return summed.rename(columns=counts).astype(dict.fromkeys(counts.values(), np.int64))
