"""Which sessions and failures are compared: those that could have shown the fault, by the ledger.

What failed at an MX host under MTA-STS is compared by tested sessions, what failed at the policy
host by all sessions for which a policy was looked for, and what failed under DANE by the sessions
that ``tlsa`` lists.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from tlsrpt_analysis.analyses.detail_counts import counted_beside, detail_counts
from tlsrpt_analysis.analyses.ledger import REASON_OF_TYPE, STS, ledger
from tlsrpt_analysis.analyses.numbering import result_positions, summed
from tlsrpt_analysis.analyses.sessions import session_counts
from tlsrpt_analysis.arrays import Booleans, Integers
from tlsrpt_analysis.standards.result_types import POLICY_UNAVAILABLE
from tlsrpt_analysis.tables import ReportTables

AT_HOST, AT_POLICY_HOST, UNDER_DANE = range(3)
"""What is compared: failures at MX hosts, failures to get the policy, and failures under DANE."""

KEPT = [
    "policy_domain",
    "policy_type",
    "reporter",
    "day",
    "policy_mode",
    "policy_string",
    "mx_host",
]
DETAILS = [
    *("result_type", "receiving_mx_hostname", "receiving_ip", "failure_reason_code"),
    "failed_session_count",
]


@dataclass(frozen=True, slots=True)
class ComparedResults:
    """Policy results with the sessions and failures that are compared, and their details.

    ``results`` has `KEPT`, ``aspect``, ``sessions`` and ``total`` (failed sessions; with the
    details that a reporter counts beside its totals). ``details`` has `DETAILS`, ``row`` (the
    position of its result in ``results``), ``count`` and ``is_unknown``.
    """

    results: pd.DataFrame
    details: pd.DataFrame


def compared_results(tables: ReportTables) -> ComparedResults:
    """Return the policy results of all reports, by what is compared of them."""
    policies, failures = tables.policies, tables.failures
    counted = ledger(tables)
    failed = policies["total_failure_session_count"].to_numpy("int64")
    tested, untested = (
        counted[f"{name}_session_count"].to_numpy("int64") for name in ("tested", "untested")
    )
    is_sts = policies["policy_type"].eq(STS).to_numpy("bool", na_value=False)
    is_dane = policies["policy_type"].eq("tlsa").to_numpy("bool", na_value=False)
    position = result_positions(policies, failures)
    is_unavailable = failures["result_type"].isin(list(POLICY_UNAVAILABLE)).to_numpy("bool")
    sought = np.where(is_sts, tested + np.where(_is_unavailable(counted), untested, 0), 0)
    is_partly = np.append(is_sts & (untested > 0), False)[position]
    at_policy_host = _failed_at_policy_host(failures, position, is_unavailable, failed)
    parts = [
        _Part(
            AT_HOST,
            tested,
            counted["failed_session_count"].to_numpy("int64"),
            ~(is_partly & is_unavailable),
        ),
        _Part(AT_POLICY_HOST, sought, at_policy_host, is_unavailable),
        _Part(
            UNDER_DANE,
            np.where(is_dane, session_counts(policies).to_numpy("int64"), 0),
            failed,
            np.ones(len(failures), "bool"),
        ),
    ]
    made = [part.of(policies, failures, position) for part in parts]
    before = np.cumsum([0, *(len(results) for results, _ in made)])
    return ComparedResults(
        pd.concat([results for results, _ in made], ignore_index=True),
        pd.concat(
            [
                details.assign(row=details["row"] + offset)
                for (_, details), offset in zip(made, before[:-1], strict=True)
            ],
            ignore_index=True,
        ),
    )


@dataclass(frozen=True, slots=True)
class _Part:
    """One aspect of all policy results: what is counted of each, and which details say why."""

    aspect: int
    sessions: Integers
    total: Integers
    is_wanted: Booleans

    def of(
        self, policies: pd.DataFrame, failures: pd.DataFrame, position: Integers
    ) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Return the results that have such sessions, and their details."""
        kept = self.sessions > 0
        place = np.append(np.where(kept, np.cumsum(kept) - 1, -1), -1)[position]
        is_in = (place >= 0) & self.is_wanted
        row, details = place[is_in], failures.loc[is_in, DETAILS]
        total, sessions = self.total[kept], self.sessions[kept]
        results = policies.loc[kept, KEPT]
        count, is_unknown = detail_counts(details["failed_session_count"], row, total)
        is_beside = counted_beside(results, (row, count), details["failure_reason_code"], total)
        most = np.minimum(sessions, np.maximum(total, summed(row, count, len(total))))
        results = results.assign(
            aspect=self.aspect, sessions=sessions, total=np.where(is_beside, most, total)
        )
        return results, details.assign(row=row, count=count, is_unknown=is_unknown)


def _is_unavailable(counted: pd.DataFrame) -> Booleans:
    """Whether the policy of each result's untested sessions could not be fetched or used."""
    reasons = counted["untested_reason"].isin([why.value for why in REASON_OF_TYPE.values()])
    return reasons.to_numpy("bool")


def _failed_at_policy_host(
    failures: pd.DataFrame, position: Integers, is_unavailable: Booleans, failed: Integers
) -> Integers:
    """Count the failed sessions of each result that nothing at an MX host explains."""
    is_met = position >= 0
    row, is_at_policy_host = position[is_met], is_unavailable[is_met]
    counts = failures.loc[is_met, "failed_session_count"]
    known, is_missing = counts.to_numpy("int64", na_value=0), counts.isna().to_numpy("bool")
    size = len(failed)
    stated = summed(row, np.where(is_at_policy_host, known, 0), size)
    elsewhere = summed(row, np.where(is_at_policy_host, 0, known), size)
    may_be_elsewhere = summed(row, is_missing & ~is_at_policy_host, size) > 0
    rest = np.where(may_be_elsewhere, 0, failed - elsewhere)
    return np.minimum(failed, np.maximum(stated, rest))
