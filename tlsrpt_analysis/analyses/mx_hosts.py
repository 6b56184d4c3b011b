"""Which MX host carries which share of a domain's failures."""

from collections.abc import Sequence
from typing import Literal

import numpy as np
import pandas as pd

from tlsrpt_analysis.analyses.policy_text import in_policy, latest_mx_patterns
from tlsrpt_analysis.analyses.proportions import part_intervals
from tlsrpt_analysis.analyses.sessions import (
    DOMAIN_DAY,
    count_once,
    daily_sessions,
    grouped,
    rows_by,
)
from tlsrpt_analysis.tables import DAY, ReportTables

SHARE_ENDS = ["share_of_failures_low", "share_of_failures_high"]
HOST = ["policy_domain", "receiving_mx_hostname"]
HOST_DAY = [*DOMAIN_DAY, "receiving_mx_hostname"]

PARTS: dict[str | None, list[str]] = {
    None: [],
    "cause": ["result_type", "failure_reason_code"],
    "reporter": ["reporter"],
}
"""The columns that tell the parts of a host's failures apart."""


def failure_share_by_mx(
    tables: ReportTables, by: Literal["cause", "reporter"] | None = None
) -> pd.DataFrame:
    """Give each MX host's share of the failed sessions of its domain.

    Parameters
    ----------
    tables : ReportTables
        The reports.
    by : {"cause", "reporter"}, optional
        What to part the failures of a host by: result type and failure reason code, or reporter.

    Returns
    -------
    DataFrame
        One row per ``policy_domain`` and ``receiving_mx_hostname``, most failures first; the host
        is missing for failures whose host was not given:

        - ``result_type`` and ``failure_reason_code``, or ``reporter``: with `by`, a row for each;
          missing where no detail says it;
        - ``failed_session_count``: failed sessions, each once for a reporter and day;
        - ``share_of_failures``: of all failed sessions of the domain; they sum to 1;
        - ``share_of_failures_low``, ``share_of_failures_high``: interval of 95 % (days drawn anew
          2,000 times, fixed seed); missing where fewer than 8 days have failures;
        - ``share_within``: with `by`, of the failed sessions of the domain with this cause or of
          this reporter;
        - ``failed_per_session``: failed sessions at this host per session of the domain, at
          whatever host;
        - ``in_policy``: whether the latest reported policy covers the host; missing when unknown;
        - ``first_day``, ``last_day``: the first and the last day with a failure there.

    Notes
    -----
    Successes are reported per policy, not per MX (RFC 8460 §4.2), so a rate of failures per MX
    cannot be known from reports, and none is given.
    Failures that a summary counts and no detail explains have no host.
    Details that overlap (RFC 8460 §4) count at one host no more sessions than failed; parted by
    cause, a session with two causes counts under both, and in both in the domain's total.

    Raises
    ------
    ValueError
        `by` is something else.

    Examples
    --------
    >>> from tlsrpt_analysis.tables import empty_tables
    >>> len(failure_share_by_mx(empty_tables()))
    0
    """
    if by not in PARTS:
        raise ValueError(f"failures can be parted by cause or by reporter, not by {by!r}")
    parts = PARTS[by]
    keys = [*HOST, *parts]
    daily = daily_failures_by_mx(tables, parts).astype(dict.fromkeys(keys, "str"))
    rows = grouped(daily, keys).agg(
        failed_session_count=("failed_session_count", "sum"),
        first_day=("day", "min"),
        last_day=("day", "max"),
    )
    rows = rows.reset_index().astype({"first_day": DAY, "last_day": DAY})
    rows["share_of_failures"] = _share_of(rows, ["policy_domain"])
    rows["share_within"] = _share_of(rows, ["policy_domain", *parts])
    rows = rows.merge(_intervals(daily, keys), on=keys, how="left")
    sessions = grouped(daily_sessions(tables), ["policy_domain"])["session_count"].sum()
    rows = rows.merge(sessions.reset_index(), on="policy_domain", how="left")
    rows["failed_per_session"] = rows["failed_session_count"] / rows["session_count"].clip(lower=1)
    rows["in_policy"] = in_policy(rows, latest_mx_patterns(tables))
    order = ["policy_domain", "failed_session_count", *keys[1:]]
    ascending = [column != "failed_session_count" for column in order]
    rows = rows.sort_values(order, ascending=ascending, ignore_index=True)
    within = ["share_within"] if parts else []
    told = ["failed_per_session", "in_policy", "first_day", "last_day"]
    shares = ["share_of_failures", *SHARE_ENDS, *within]
    return rows[[*keys, "failed_session_count", *shares, *told]]


def daily_failures_by_mx(tables: ReportTables, parts: Sequence[str] = ()) -> pd.DataFrame:
    """Count failed sessions of each domain, reporter, day and MX host, each once.

    Parameters
    ----------
    tables : ReportTables
        The reports.
    parts : sequence of str, default ()
        Columns of ``failures`` to tell apart as well.

    Returns
    -------
    DataFrame
        ``policy_domain``, ``reporter``, ``day``, ``receiving_mx_hostname`` (missing where it was
        not given), `parts` and ``failed_session_count``; no rows without failures.
    """
    total_column = "total_failure_session_count"
    block_keys = ["policy_key", *DOMAIN_DAY, "policy_type"]
    told = ["receiving_mx_hostname", *(part for part in parts if part not in DOMAIN_DAY)]
    known = grouped(tables.failures, [*block_keys, *told])
    at_host = known["failed_session_count"].agg(["sum", "max"]).reset_index()
    blocks = tables.policies[[*block_keys, total_column]]
    at_host = at_host.merge(blocks[["policy_key", total_column]], on="policy_key")
    counts = at_host["sum"].to_numpy("int64", na_value=0)
    total = at_host[total_column].to_numpy()
    overlaps = at_host["max"].to_numpy("int64", na_value=0) <= total
    at_host["failed_session_count"] = np.where(overlaps, np.minimum(counts, total), counts)
    explained = at_host.groupby("policy_key")["failed_session_count"].sum()
    rest = blocks[total_column] - blocks["policy_key"].map(explained).fillna(0).astype("int64")
    unexplained = blocks[block_keys].assign(failed_session_count=rest, **dict.fromkeys(told))
    columns = [*DOMAIN_DAY, *told, "policy_type", "failed_session_count"]
    text = dict.fromkeys(told, "str")
    both = pd.concat([at_host[columns].astype(text), unexplained[columns].astype(text)])
    return count_once(both[both["failed_session_count"] > 0], [*DOMAIN_DAY, *told])


def _share_of(rows: pd.DataFrame, keys: list[str]) -> "pd.Series[float]":
    counts = rows["failed_session_count"]
    return counts / grouped(rows, keys)["failed_session_count"].transform("sum")


def _intervals(daily: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    columns = [*keys, *SHARE_ENDS]
    found = [pd.DataFrame({key: pd.Series(dtype="str") for key in keys})]
    for rows in rows_by(daily, ["policy_domain"]).values():
        its = grouped(rows, keys)
        part = rows.assign(part=its.ngroup())
        table = part.pivot_table(
            "failed_session_count", index="day", columns="part", aggfunc="sum", fill_value=0
        )
        ends = pd.DataFrame(part_intervals(table.to_numpy("float64")), columns=SHARE_ENDS)
        named = part.drop_duplicates("part").sort_values("part", ignore_index=True)
        found.append(named[keys].join(ends))
    return pd.concat(found, ignore_index=True).reindex(columns=columns)
