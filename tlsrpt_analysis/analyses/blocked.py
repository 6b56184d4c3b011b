"""How many sessions enforce mode would refuse at the host they met, as bounds from each report.

Only sessions under an MTA-STS policy are touched by its mode (RFC 8461 §5).
A policy that could not be had blocks nothing (RFC 8461 §3.3), and DANE has no testing mode.

A summary counts failed sessions; details say why, may overlap and may be incomplete (RFC 8460 §4).
With T failed sessions in the summary, B in the details of blocking result types and N in others:

- the details add up to T: exactly B were blocked;
- to less: at least B, at most B and all that is not explained;
- to more, as they overlap: at least the largest blocking detail and T - N, at most T and B;
- a detail larger than T: the reporter counts it beside its totals (mox does for testing mode), so
  at least nothing beyond T, at most B.

A result type outside the registry may block or not: it counts in the upper bound only.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from tlsrpt_analysis.analyses.sessions import DOMAIN_DAY, grouped, session_counts
from tlsrpt_analysis.standards.result_types import (
    POLICY_UNAVAILABLE,
    is_registered,
    would_block,
)
from tlsrpt_analysis.tables import ReportTables

BOUNDS = ["would_block_low", "would_block_high"]


def sts_policies(tables: ReportTables) -> pd.DataFrame:
    """Give the policy results that the mode of an MTA-STS policy touches."""
    policies = tables.policies
    mode = policies["policy_mode"].astype("str").fillna("")
    return policies[(policies["policy_type"] == "sts") & (mode != "none")]


def daily_blocked(tables: ReportTables, parts: Sequence[str] = ()) -> pd.DataFrame:
    """Bound the sessions that enforce mode would refuse, by domain, reporter, day and more.

    Parameters
    ----------
    tables : ReportTables
        The reports.
    parts : sequence of str, default ()
        Columns of ``failures`` to tell apart as well, such as ``["receiving_mx_hostname"]``.

    Returns
    -------
    DataFrame
        ``policy_domain``, ``reporter``, ``day``, `parts`, ``would_block_low`` and
        ``would_block_high`` in sessions; no rows where the upper bound is 0.
        Failed sessions that no detail explains have missing `parts`.
        The lower bounds of several parts may add up to less than the bound of the whole.

    Examples
    --------
    >>> from tlsrpt_analysis.tables import empty_tables
    >>> len(daily_blocked(empty_tables()))
    0
    """
    blocks = _blocks(tables)
    details = _details(tables, blocks)
    bounded = _bounded_parts(details, blocks, parts)
    rest = blocks.assign(
        would_block_low=0,
        would_block_high=(blocks["total"] - blocks["explained"]).clip(lower=0),
        **dict.fromkeys(parts),
    )
    columns = [*DOMAIN_DAY, *parts, *BOUNDS]
    text = dict.fromkeys(parts, "str")
    both = pd.concat([bounded[columns].astype(text), rest[columns].astype(text)])
    both = both[both["would_block_high"] > 0]
    return grouped(both, [*DOMAIN_DAY, *parts])[BOUNDS].sum().reset_index()


def daily_policy_unavailable(tables: ReportTables) -> pd.DataFrame:
    """Count the sessions whose MTA-STS policy could not be had, which are delivered without one.

    Returns
    -------
    DataFrame
        ``policy_domain``, ``reporter``, ``day`` and ``policy_unavailable_count`` in sessions
        (RFC 8460 §4.3.2.2).
    """
    failures = tables.failures
    chosen = failures[failures["result_type"].isin(list(POLICY_UNAVAILABLE))]
    counts = grouped(chosen, DOMAIN_DAY)["failed_session_count"].sum().astype("int64")
    return counts.rename("policy_unavailable_count").reset_index()


def _blocks(tables: ReportTables) -> pd.DataFrame:
    blocks = sts_policies(tables)[["policy_key", *DOMAIN_DAY]].copy()
    totals = tables.policies.loc[blocks.index]
    blocks["total"] = totals["total_failure_session_count"]
    blocks["sessions"] = session_counts(totals)
    known = tables.failures.groupby("policy_key")["failed_session_count"].agg(
        ["sum", "max", "size", "count"]
    )
    known = known.reindex(blocks["policy_key"]).fillna(0).astype("int64")
    blocks["explained"] = known["sum"].to_numpy()
    blocks["largest"] = known["max"].to_numpy()
    blocks["unknown"] = (known["size"] - known["count"]).to_numpy()
    return blocks


def _details(tables: ReportTables, blocks: pd.DataFrame) -> pd.DataFrame:
    details = tables.failures[tables.failures["policy_key"].isin(blocks["policy_key"])].copy()
    kinds = details["result_type"].cat.categories
    harmless = [kind for kind in kinds if not would_block(kind)]
    registered = [kind for kind in kinds if is_registered(kind)]
    details["may_block"] = ~details["result_type"].isin(harmless)
    details["blocks"] = details["may_block"] & details["result_type"].isin(registered)
    details["is_unknown"] = details["failed_session_count"].isna()
    details["count"] = details["failed_session_count"].fillna(0).astype("int64")
    return details[details["may_block"]]


def _bounded_parts(
    details: pd.DataFrame, blocks: pd.DataFrame, parts: Sequence[str]
) -> pd.DataFrame:
    blocking = details["count"].where(details["blocks"], 0)
    measured = details.assign(
        sure=blocking,
        largest_sure=blocking,
        possible=details["count"],
        unknown_sure=details["is_unknown"] & details["blocks"],
        unknown_possible=details["is_unknown"],
    )
    how = {
        "sure": "sum",
        "largest_sure": "max",
        "possible": "sum",
        "unknown_sure": "sum",
        "unknown_possible": "sum",
    }
    part = grouped(measured, ["policy_key", *parts]).agg(how).reset_index()
    part = part.merge(blocks, on="policy_key")
    return part.assign(would_block_low=_low(part), would_block_high=_high(part))


def _low(part: pd.DataFrame) -> npt.NDArray[np.int64]:
    others = part["explained"] - part["sure"]
    others_known = part["unknown"] == part["unknown_sure"]
    left_over = (part["total"] - others).where(others_known, 0)
    overlapping = np.maximum(part["largest_sure"], left_over)
    low = np.where(part["explained"] <= part["total"], part["sure"], overlapping)
    beside = part["largest"] > part["total"]
    return np.where(beside, np.minimum(part["total"], part["largest_sure"]), low).astype("int64")


def _high(part: pd.DataFrame) -> npt.NDArray[np.int64]:
    most = np.where(part["unknown_possible"] > 0, part["sessions"], part["possible"])
    high = np.where(
        part["explained"] <= part["total"], part["possible"], np.minimum(part["total"], most)
    )
    beside = part["largest"] > part["total"]
    return np.where(beside, np.minimum(part["sessions"], most), high).astype("int64")
