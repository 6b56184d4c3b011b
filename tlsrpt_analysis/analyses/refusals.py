"""How many sessions enforce mode would refuse at the host they met, as bounds from each report.

Only sessions under an MTA-STS policy are touched by its mode (RFC 8461 §5).
A policy that could not be had blocks nothing (RFC 8461 §3.3), and DANE has no testing mode.

A summary counts failed sessions; details say why, may overlap and may be incomplete (RFC 8460 §4).
With T failed sessions in the summary, B in the details of blocking result types and N in others:

- the details add up to T: exactly B were blocked;
- to less: at least B, at most B and all that is not explained;
- to more, as they overlap: at least the largest blocking detail and T - N, at most T and B;
- a detail larger than T: the reporter counts it beside its totals (mox does for testing mode), so
  at least nothing beyond T, at most B; the same upper bound holds for every other report of such a
  reporter whose details add up to more than T, as an overlap cannot be told from counting beside.

A result type outside the registry may block or not: it counts in the upper bound only.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from tlsrpt_analysis.analyses.numbering import first_rows, numbered, result_positions, summed
from tlsrpt_analysis.analyses.sessions import DOMAIN_DAY, grouped, session_counts
from tlsrpt_analysis.arrays import Booleans, Integers
from tlsrpt_analysis.standards.result_types import (
    POLICY_UNAVAILABLE,
    is_registered,
    would_block,
)
from tlsrpt_analysis.tables import ReportTables

BOUNDS = ["would_block_low", "would_block_high"]
PARTS = ["receiving_mx_hostname", "result_type", "failure_reason_code"]
TEXTS = ["policy_string", "mx_host"]
MEASURES = ["total", "sessions", "explained", "largest", "unknown", "is_beside"]
MODE_DAY = [*DOMAIN_DAY, "is_enforced"]
"""A day of a reporter and domain, by whether the policy was in enforce mode already."""

BESIDE_TOTALS = "mtasts-policy-mx-mismatch"
"""The reason code that mox counts beside its totals in testing mode."""


@dataclass(frozen=True, slots=True)
class Refusals:
    """Policy results under MTA-STS and those of their details that may block.

    ``blocks`` has a row for every policy result, with ``day_key`` as the number of its reporter's
    day about the domain, in their order; ``details`` has one for every detail, with ``block`` as
    the position of its policy result.
    """

    blocks: pd.DataFrame
    details: pd.DataFrame

    def without(self, mended: Booleans, perhaps: Booleans) -> "Refusals":
        """Give what is left when some details no longer block, and others perhaps no longer."""
        details = self.details.assign(blocks=self.details["blocks"] & ~perhaps)
        return replace(self, details=details[~mended])

    def of_blocks(self, is_kept: Booleans) -> "Refusals":
        """Give some of the policy results with their details."""
        place = np.cumsum(is_kept) - 1
        block = self.details["block"].to_numpy("int64")
        is_in = is_kept[block]
        blocks = self.blocks[is_kept].reset_index(drop=True)
        day_key, _ = numbered(blocks["day_key"].to_numpy("int64"))
        return Refusals(
            blocks.assign(day_key=day_key), self.details[is_in].assign(block=place[block[is_in]])
        )


def sts_policies(tables: ReportTables) -> pd.DataFrame:
    """Give the policy results that the mode of an MTA-STS policy touches."""
    policies = tables.policies
    mode = policies["policy_mode"]
    return policies[((policies["policy_type"] == "sts") & ~mode.eq("none")).to_numpy("bool")]


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
    days = blocked_by_day(refusals(tables), parts).astype(dict.fromkeys(parts, "str"))
    return grouped(days, [*DOMAIN_DAY, *parts])[BOUNDS].sum().reset_index()


def refusals(tables: ReportTables) -> Refusals:
    """Gather the policy results under MTA-STS and the details of them that may block."""
    policies, failures = sts_policies(tables), tables.failures
    position = result_positions(policies, failures)
    is_sts = position >= 0
    block = position[is_sts]
    unknown = failures["failed_session_count"].isna().to_numpy()[is_sts]
    counts = failures["failed_session_count"].to_numpy("int64", na_value=0)[is_sts]
    blocks = _blocks(policies, block, counts=counts, unknown=unknown)
    kept = failures.loc[is_sts, PARTS]
    kinds = kept["result_type"].cat.categories
    codes = kept["result_type"].cat.codes.to_numpy()
    may_block = np.array([*(would_block(kind) for kind in kinds), would_block(None)])[codes]
    registered = np.array([*(is_registered(kind) for kind in kinds), False])[codes]
    beside = _counted_beside(kept, blocks, block)
    blocks["is_beside"] = beside
    blocks["day_successes"] = _day_successes(tables, blocks)
    details = kept.assign(
        block=block, count=counts, is_unknown=unknown, blocks=may_block & registered
    )
    return Refusals(blocks, details[may_block])


def blocked_by_day(refused: Refusals, parts: Sequence[str] = ()) -> pd.DataFrame:
    """Bound what is refused as `daily_blocked` does, by ``is_enforced`` as well.

    ``day_key`` numbers the days of reporters and domains as in the blocks.
    """
    blocks, details = refused.blocks, refused.details
    widths = [len(details[part].cat.categories) + 1 for part in parts]
    key = details["block"].to_numpy("int64")
    for part, width in zip(parts, widths, strict=True):
        key = key * width + np.asarray(details[part].cat.codes, dtype="int64") + 1
    bounded = _bounded_parts(details, blocks, key, int(np.prod(widths, dtype="int64")))
    unexplained = (blocks["total"] - blocks["explained"]).clip(lower=0).to_numpy("int64")
    rest = np.flatnonzero(unexplained)
    block = np.concatenate([bounded[0], rest])
    code = np.concatenate([bounded[1], np.zeros(len(rest), "int64")])
    low = np.concatenate([bounded[2], np.zeros(len(rest), "int64")])
    high = np.concatenate([bounded[3], unexplained[rest]])
    return _summed(blocks, details, parts, widths, (block, code, low, high))


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


def _blocks(
    policies: pd.DataFrame,
    block: Integers,
    *,
    counts: Integers,
    unknown: Booleans,
) -> pd.DataFrame:
    size = len(policies)
    largest = np.zeros(size, "int64")
    np.maximum.at(largest, block, counts)
    blocks = policies[["policy_key", *DOMAIN_DAY, *TEXTS]].reset_index(drop=True)
    return blocks.assign(
        is_enforced=policies["policy_mode"].eq("enforce").to_numpy("bool"),
        total=policies["total_failure_session_count"].to_numpy("int64"),
        sessions=session_counts(policies).to_numpy("int64"),
        explained=np.bincount(block, counts, size).astype("int64"),
        largest=largest,
        unknown=np.bincount(block, unknown, size).astype("int64"),
        day_key=grouped(blocks, DOMAIN_DAY).ngroup().to_numpy("int64"),
    )


def _day_successes(tables: ReportTables, blocks: pd.DataFrame) -> Integers:
    """Count the successes of each day of a reporter under any MTA-STS policy, even of no mode."""
    day = blocks["day_key"].to_numpy("int64")
    size = int(day.max(initial=-1)) + 1
    successes = summed(day, blocks["sessions"] - blocks["total"], size)
    policies = tables.policies
    is_none = (policies["policy_type"] == "sts") & policies["policy_mode"].eq("none")
    if is_none.any():
        others = policies[is_none.to_numpy("bool")]
        added = grouped(others, DOMAIN_DAY)["total_successful_session_count"].sum().reset_index()
        days = (
            blocks[DOMAIN_DAY].take(first_rows(day, size)).merge(added, on=DOMAIN_DAY, how="left")
        )
        successes += days["total_successful_session_count"].fillna(0).to_numpy("int64")
    return np.asarray(successes[day])


def _counted_beside(details: pd.DataFrame, blocks: pd.DataFrame, block: Integers) -> Booleans:
    """Tell which policy results are of reporters that count details beside their totals."""
    is_told = np.array(blocks["largest"] > blocks["total"])
    is_told[block[details["failure_reason_code"].eq(BESIDE_TOTALS).to_numpy("bool")]] = True
    reporters = blocks.loc[is_told, "reporter"].unique()
    return (blocks["reporter"].isin(reporters) & (blocks["explained"] > blocks["total"])).to_numpy()


def _bounded_parts(
    details: pd.DataFrame, blocks: pd.DataFrame, key: Integers, width: int
) -> tuple[Integers, ...]:
    """Give block, part code, lower and upper bound of every part of every policy result."""
    ids, keys = pd.factorize(key)
    size = len(keys)
    count, sure, unknown = (details[name].to_numpy() for name in ("count", "blocks", "is_unknown"))
    blocking = np.where(sure, count, 0)
    largest_sure = np.zeros(size, "int64")
    np.maximum.at(largest_sure, ids, blocking)
    block = (keys // width).astype("int64")
    of_block = {name: blocks[name].to_numpy()[block] for name in MEASURES}
    part = {
        **of_block,
        "sure": np.bincount(ids, blocking, size).astype("int64"),
        "largest_sure": largest_sure,
        "possible": np.bincount(ids, count, size).astype("int64"),
        "unknown_sure": np.bincount(ids, unknown & sure, size).astype("int64"),
        "unknown_possible": np.bincount(ids, unknown, size).astype("int64"),
    }
    return block, (keys % width).astype("int64"), *bounds_of_parts(part)


def bounds_of_parts(part: dict[str, Integers]) -> tuple[Integers, ...]:
    """Give the lower and the upper bound of parts of policy results.

    Parameters
    ----------
    part : dict of array of int
        `MEASURES` of the policy result; of the details in the part, the sum of their counts
        (``possible``), that of those that block for sure (``sure``), the largest of these
        (``largest_sure``) and how many have no count (``unknown_possible``, ``unknown_sure``).
    """
    return _low(part), _high(part)


def _low(part: dict[str, Integers]) -> Integers:
    others = part["explained"] - part["sure"]
    others_known = part["unknown"] == part["unknown_sure"]
    left_over = np.where(others_known, part["total"] - others, 0)
    overlapping = np.maximum(part["largest_sure"], left_over)
    low = np.where(part["explained"] <= part["total"], part["sure"], overlapping)
    beside = part["largest"] > part["total"]
    low = np.where(beside, np.minimum(part["total"], part["largest_sure"]), low)
    # of a reporter that counts beside its totals, left-overs prove nothing
    return np.where(part["is_beside"], np.minimum(low, part["largest_sure"]), low).astype("int64")


def _high(part: dict[str, Integers]) -> Integers:
    most = np.where(part["unknown_possible"] > 0, part["sessions"], part["possible"])
    high = np.where(
        part["explained"] <= part["total"], part["possible"], np.minimum(part["total"], most)
    )
    beside = (part["largest"] > part["total"]) | part["is_beside"].astype("bool")
    return np.where(beside, np.minimum(part["sessions"], most), high).astype("int64")


def _summed(
    blocks: pd.DataFrame,
    details: pd.DataFrame,
    parts: Sequence[str],
    widths: Sequence[int],
    bounded: tuple[Integers, ...],
) -> pd.DataFrame:
    """Add up the bounds of all policy results of one day, and name the parts."""
    block, part, low, high = (values[bounded[3] > 0] for values in bounded)
    width = int(np.prod(widths, dtype="int64"))
    day = blocks["day_key"].to_numpy("int64")[block] * 2 + blocks["is_enforced"].to_numpy()[block]
    ids, keys = pd.factorize(day * width + part, sort=True)
    first = first_rows(np.asarray(ids, dtype="int64"), len(keys))
    frame = blocks[[*MODE_DAY, "day_key"]].take(block[first]).reset_index(drop=True)
    code = keys % width if len(keys) else np.zeros(0, "int64")
    for name, its_width in reversed(list(zip(parts, widths, strict=True))):
        frame[name] = pd.Categorical.from_codes(
            code % its_width - 1,
            dtype=details[name].dtype,  # type: ignore[call-overload]
        )
        code = code // its_width
    bounds = {
        name: np.bincount(ids, values, len(keys)).astype("int64")
        for name, values in zip(BOUNDS, (low, high), strict=True)
    }
    return frame[[*MODE_DAY, "day_key", *parts]].assign(**bounds)
