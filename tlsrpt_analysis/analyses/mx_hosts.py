"""Which MX host carries which share of a domain's failures."""

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
HOST_DAY = [*DOMAIN_DAY, "receiving_mx_hostname"]


def failure_share_by_mx(tables: ReportTables) -> pd.DataFrame:
    """Give each MX host's share of the failed sessions of its domain.

    Parameters
    ----------
    tables : ReportTables
        The reports.

    Returns
    -------
    DataFrame
        One row per ``policy_domain`` and ``receiving_mx_hostname``, most failures first; the host
        is missing for failures whose host was not given:

        - ``failed_session_count``: failed sessions, each once for a reporter and day;
        - ``share_of_failures``: of all failed sessions of the domain; they sum to 1;
        - ``share_of_failures_low``, ``share_of_failures_high``: interval of 95 % (days drawn anew
          2,000 times, fixed seed); missing where fewer than 8 days have failures;
        - ``failed_per_session``: failed sessions at this host per session of the domain, at
          whatever host;
        - ``in_policy``: whether the latest reported policy covers the host; missing when unknown;
        - ``first_day``, ``last_day``: the first and the last day with a failure there.

    Notes
    -----
    Successes are reported per policy, not per MX (RFC 8460 §4.2), so a rate of failures per MX
    cannot be known from reports, and none is given.
    Failures that a summary counts and no detail explains have no host.
    Details that overlap (RFC 8460 §4) count at one host no more sessions than failed.

    Examples
    --------
    >>> from tlsrpt_analysis.tables import empty_tables
    >>> len(failure_share_by_mx(empty_tables()))
    0
    """
    daily = daily_failures_by_mx(tables)
    keys = ["policy_domain", "receiving_mx_hostname"]
    rows = grouped(daily, keys).agg(
        failed_session_count=("failed_session_count", "sum"),
        first_day=("day", "min"),
        last_day=("day", "max"),
    )
    rows = rows.reset_index().astype({"first_day": DAY, "last_day": DAY})
    totals = grouped(rows, ["policy_domain"])["failed_session_count"].transform("sum")
    rows["share_of_failures"] = rows["failed_session_count"] / totals
    rows = rows.merge(_intervals(daily), on=keys, how="left")
    sessions = grouped(daily_sessions(tables), ["policy_domain"])["session_count"].sum()
    rows = rows.merge(sessions.reset_index(), on="policy_domain", how="left")
    rows["failed_per_session"] = rows["failed_session_count"] / rows["session_count"].clip(lower=1)
    rows["in_policy"] = in_policy(rows, latest_mx_patterns(tables))
    order = {"policy_domain": True, "failed_session_count": False, "receiving_mx_hostname": True}
    rows = rows.sort_values(list(order), ascending=list(order.values()), ignore_index=True)
    told = [
        "share_of_failures",
        *SHARE_ENDS,
        "failed_per_session",
        "in_policy",
        "first_day",
        "last_day",
    ]
    return rows[[*keys, "failed_session_count", *told]]


def daily_failures_by_mx(tables: ReportTables) -> pd.DataFrame:
    """Count failed sessions of each domain, reporter, day and MX host, each once.

    Parameters
    ----------
    tables : ReportTables
        The reports.

    Returns
    -------
    DataFrame
        ``policy_domain``, ``reporter``, ``day``, ``receiving_mx_hostname`` (missing where it was
        not given) and ``failed_session_count``; no rows without failures.
    """
    total_column = "total_failure_session_count"
    block_keys = ["policy_key", *DOMAIN_DAY, "policy_type"]
    known = grouped(tables.failures, [*block_keys, "receiving_mx_hostname"])
    at_host = known["failed_session_count"].agg(["sum", "max"]).reset_index()
    blocks = tables.policies[[*block_keys, total_column]]
    at_host = at_host.merge(blocks[["policy_key", total_column]], on="policy_key")
    counts = at_host["sum"].to_numpy("int64", na_value=0)
    total = at_host[total_column].to_numpy()
    overlaps = at_host["max"].to_numpy("int64", na_value=0) <= total
    at_host["failed_session_count"] = np.where(overlaps, np.minimum(counts, total), counts)
    explained = at_host.groupby("policy_key")["failed_session_count"].sum()
    rest = blocks[total_column] - blocks["policy_key"].map(explained).fillna(0).astype("int64")
    unexplained = blocks[block_keys].assign(failed_session_count=rest, receiving_mx_hostname=None)
    columns = [*HOST_DAY, "policy_type", "failed_session_count"]
    text = {"receiving_mx_hostname": "str"}
    both = pd.concat([at_host[columns].astype(text), unexplained[columns].astype(text)])
    return count_once(both[both["failed_session_count"] > 0], HOST_DAY)


def _intervals(daily: pd.DataFrame) -> pd.DataFrame:
    columns = ["policy_domain", "receiving_mx_hostname", *SHARE_ENDS]
    parts = [pd.DataFrame({column: pd.Series(dtype="str") for column in columns[:2]})]
    for (domain,), rows in rows_by(daily, ["policy_domain"]).items():
        table = rows.assign(host=rows["receiving_mx_hostname"].fillna("")).pivot_table(
            "failed_session_count", index="day", columns="host", aggfunc="sum", fill_value=0
        )
        part = pd.DataFrame(part_intervals(table.to_numpy("float64")), columns=SHARE_ENDS)
        part["receiving_mx_hostname"] = [host or None for host in table.columns]
        part["policy_domain"] = domain
        parts.append(part)
    return pd.concat(parts, ignore_index=True).reindex(columns=columns)
