"""How many sessions failed at which MX host on which day, each of them once."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from tlsrpt_analysis.analyses.detail_counts import counted_beside, detail_counts
from tlsrpt_analysis.analyses.ledger import NO_POLICY, ledger
from tlsrpt_analysis.analyses.numbering import (
    day_numbers,
    group_numbers,
    numbered,
    result_positions,
    summed,
    text_numbers,
)
from tlsrpt_analysis.analyses.sessions import DOMAIN_DAY, count_once, session_counts
from tlsrpt_analysis.arrays import Integers
from tlsrpt_analysis.standards.result_types import POLICY_UNAVAILABLE
from tlsrpt_analysis.tables import ReportTables

HOST = "receiving_mx_hostname"
TOTAL = "total_failure_session_count"

DAILY_FAILURES = (*DOMAIN_DAY, HOST, "failed_session_count")
"""The columns of failures by day and MX host, beside the parts that are asked for."""


def daily_failures_by_mx(tables: ReportTables, parts: Sequence[str] = ()) -> pd.DataFrame:
    """Count failed sessions of each domain, reporter, day and MX host, each once.

    Parameters
    ----------
    tables : ReportTables
        The reports.
    parts : sequence of str, default ()
        More columns of ``failures`` to count by.

    Returns
    -------
    DataFrame
        ``policy_domain``, ``reporter``, ``day``, ``receiving_mx_hostname`` (missing where it was
        not given), `parts` and ``failed_session_count``; no rows without failures.

    Notes
    -----
    Details that overlap (RFC 8460 §4) count at one host no more sessions than failed, unless the
    reporter counts details beside its totals; a detail without a count that stands alone stands
    for all failed sessions of its policy result. What no detail explains has no host and no parts.
    """
    policies = tables.policies
    columns = [HOST, *(part for part in parts if part not in DAILY_FAILURES)]
    block, number, count, names = _in_blocks(tables, columns)
    total = policies[TOTAL].to_numpy("int64")
    rest = total - summed(block, count, len(total))
    unexplained = np.flatnonzero(rest > 0)
    block = np.concatenate([block, unexplained])
    number = np.concatenate([number, np.full(len(unexplained), len(names) - 1)])
    count = np.concatenate([count, rest[unexplained]])
    is_any = count > 0
    day, day_block = _days(policies)
    key = day[block[is_any]] * len(names) + number[is_any]
    distinct, counts = _once(key, block[is_any], count[is_any], policies["policy_type"])
    days = policies[DOMAIN_DAY].take(day_block[distinct // len(names)]).reset_index(drop=True)
    parted = names.take(distinct % len(names)).reset_index(drop=True)
    return pd.concat([days, parted], axis=1).assign(failed_session_count=counts)


def tested_results(tables: ReportTables) -> tuple[ReportTables, "pd.Series[int]"]:
    """Return the results of sessions that could fail at an MX host, and how many each domain has.

    They are the tested ones (see ``docs/ledger.md``) and those under DANE.
    """
    policies, failures, counted = tables.policies, tables.failures, ledger(tables)
    is_dane = policies["policy_type"].eq("tlsa").to_numpy("bool", na_value=False)
    tested, untested = (
        counted[f"{name}_session_count"].to_numpy("int64") for name in ("tested", "untested")
    )
    sessions = np.where(is_dane, session_counts(policies), tested)
    listed = policies[[*DOMAIN_DAY, "policy_type"]].assign(count=sessions)
    partly = policies.loc[(untested > 0) & ~is_dane, "policy_key"]
    is_unavailable = failures["result_type"].isin(list(POLICY_UNAVAILABLE))
    failed = np.where(is_dane, policies[TOTAL], counted["failed_session_count"])
    kept = (tested > 0) | is_dane
    results = replace(
        tables,
        policies=policies.assign(**{TOTAL: failed})[kept],
        failures=failures[~(is_unavailable & failures["policy_key"].isin(partly))],
    )
    once = count_once(listed[kept], DOMAIN_DAY).astype({"policy_domain": "str"})
    return results, once.groupby("policy_domain")["count"].sum()


def _in_blocks(
    tables: ReportTables, columns: list[str]
) -> tuple[Integers, Integers, Integers, pd.DataFrame]:
    """Count the failures of each policy result by the columns that describe them.

    Returns the position of the policy result, the number of the description, the count, and a frame
    of the descriptions by number; in the last one everything is missing.
    """
    failures, policies = tables.failures, tables.policies
    position = result_positions(policies, failures)
    named = [*columns, "failed_session_count", "failure_reason_code"]
    known = failures.loc[position >= 0, list(dict.fromkeys(named))]
    number, first = group_numbers(known, columns)
    nothing = pd.DataFrame({name: pd.Series([None], dtype=known[name].dtype) for name in columns})
    names = known[columns].take(first).reset_index(drop=True)
    if not len(names) or names.iloc[-1].notna().any():
        names = pd.concat([names, nothing], ignore_index=True)
    block = position[position >= 0]
    total = policies[TOTAL].to_numpy("int64")
    counts, _ = detail_counts(known["failed_session_count"], block, total)
    is_beside = counted_beside(policies, (block, counts), known["failure_reason_code"], total)
    group, at = numbered(block * len(names) + number)
    count = summed(group, counts, len(at))
    once = np.where(is_beside[block[at]], count, np.minimum(count, total[block[at]]))
    return block[at], number[at], once, names


def _days(policies: pd.DataFrame) -> tuple[Integers, Integers]:
    """Return the number of each result's day of a reporter and domain, and the first result of each."""
    reporter, _ = group_numbers(policies, DOMAIN_DAY[:2])
    days = day_numbers(policies["day"])
    span = int(days.max(initial=0)) + 2
    return numbered(reporter * span + np.where(days < 0, span - 1, days))


def _once(
    key: Integers, block: Integers, count: Integers, policy_types: pd.Series
) -> tuple[Integers, Integers]:
    """Add up counts by key so that none counts under two policies, as `count_once` does."""
    kind, size = text_numbers(policy_types)
    is_without = policy_types.eq(NO_POLICY).to_numpy("bool")
    group, at = numbered(key * size + kind[block])
    by_type = summed(group, count, len(at))
    day_key, alone = key[at], is_without[block[at]]
    number, first = numbered(day_key)
    most = np.zeros(len(first), "int64")
    np.maximum.at(most, number[~alone], by_type[~alone])
    return day_key[first], most + summed(number, by_type * alone, len(first))
