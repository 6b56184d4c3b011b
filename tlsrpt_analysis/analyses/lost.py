"""Which refused sessions could not have been saved by another MX host, as reports show it.

A sender that is refused by one host goes on to the next (RFC 8461 §5.1), which reports of testing
mode never show.
That no host would do is sure only when all hosts that the policy allows are known (it names them
without ``*``, or the MX records are given) and each of them was at fault for this reporter on a
day on which nothing succeeded; or when the host at fault is the only one that is left.

A lone failed session proves little, as the sender tries again for days (RFC 5321 §4.5.4.1): such
days count only in a row of at least `FEWEST_SURE` sessions without a success between.
"""

import numpy as np
import pandas as pd

from tlsrpt_analysis.analyses.blocked import sts_policies
from tlsrpt_analysis.analyses.policy_text import mx_patterns
from tlsrpt_analysis.analyses.sessions import DOMAIN_DAY, grouped
from tlsrpt_analysis.tables import ReportTables

Key = tuple[object, ...]

FEWEST_SURE = 2
"""So many refused sessions in a row, by one reporter, are taken for a loss that is sure."""


def hopeless_days(
    tables: ReportTables,
    *,
    blocked: pd.DataFrame,
    at_hosts: pd.DataFrame,
    hosts: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Give the days of a reporter on which every allowed MX host would have refused for sure.

    Parameters
    ----------
    tables : ReportTables
        The reports.
    blocked, at_hosts : DataFrame
        `blocked_by_day` of them, in whole and by ``receiving_mx_hostname``.
    hosts : DataFrame, optional
        The MX hosts that senders may use, where the MX records of a domain are known.

    Returns
    -------
    DataFrame
        ``policy_domain``, ``reporter`` and ``day``.
    """
    days = _days_without_success(tables, blocked)
    allowed, faulty = _allowed_hosts(tables, days), _faulty_hosts(at_hosts)
    known: dict[object, frozenset[str]] = {}
    if hosts is not None:
        by_domain = hosts.groupby("policy_domain")["mx_hostname"]
        known = {domain: frozenset(names) for domain, names in by_domain}
    keys = list(days[DOMAIN_DAY].itertuples(index=False, name=None))
    is_lost = []
    for key in keys:
        its = known.get(key[0], allowed.get(key, frozenset()))
        is_lost.append(bool(its) and faulty.get(key, set()) >= its)
    return days.loc[np.array(is_lost, dtype="bool"), DOMAIN_DAY]


def _days_without_success(tables: ReportTables, blocked: pd.DataFrame) -> pd.DataFrame:
    """Give days in a row without any success, of at least `FEWEST_SURE` refused sessions."""
    successes = grouped(sts_policies(tables), DOMAIN_DAY)["total_successful_session_count"].sum()
    days = successes.reset_index().dropna(subset=DOMAIN_DAY).sort_values(DOMAIN_DAY)
    sure = grouped(blocked, DOMAIN_DAY)["would_block_low"].sum().reset_index()
    days = days.merge(sure, on=DOMAIN_DAY, how="left").fillna({"would_block_low": 0})
    is_bad = (days["total_successful_session_count"] == 0) & (days["would_block_low"] > 0)
    other = days[DOMAIN_DAY[:2]].ne(days[DOMAIN_DAY[:2]].shift()).any(axis=1)
    row = (other | ~is_bad | ~is_bad.shift(fill_value=False)).cumsum()
    together = days["would_block_low"].where(is_bad, 0).groupby(row).transform("sum")
    return days[(is_bad & (together >= FEWEST_SURE)).to_numpy("bool")]


def _allowed_hosts(tables: ReportTables, days: pd.DataFrame) -> dict[Key, frozenset[str]]:
    """Give the hosts that the policies of each day name; none at all where they may allow more."""
    texts = sts_policies(tables).merge(days[DOMAIN_DAY], on=DOMAIN_DAY)
    allowed: dict[Key, frozenset[str]] = {}
    is_open: set[Key] = set()
    rows = texts[[*DOMAIN_DAY, "policy_string", "mx_host"]].itertuples(index=False, name=None)
    for *day, text, mx_host in rows:
        key = tuple(day)
        named = frozenset(pattern.lower() for pattern in mx_patterns(text, mx_host))
        allowed[key] = allowed.get(key, frozenset()) | named
        if not named or any("*" in pattern for pattern in named):
            is_open.add(key)
    return allowed | dict.fromkeys(is_open, frozenset())


def _faulty_hosts(at_hosts: pd.DataFrame) -> dict[Key, set[str]]:
    named = at_hosts[at_hosts["receiving_mx_hostname"].notna() & (at_hosts["would_block_low"] > 0)]
    faulty: dict[Key, set[str]] = {}
    columns = named[[*DOMAIN_DAY, "receiving_mx_hostname"]]
    for *day, host in columns.itertuples(index=False, name=None):
        faulty.setdefault(tuple(day), set()).add(host)
    return faulty
