"""Which refused sessions could not have been saved by another MX host, as reports show it.

A sender that is refused by one host goes on to the next (RFC 8461 §5.1), which reports of testing
mode never show.
That no host would do is sure only when the policy names every host it allows, without ``*``, and
each of them was at fault for this reporter on a day on which nothing succeeded.
"""

import numpy as np
import pandas as pd

from tlsrpt_analysis.analyses.blocked import sts_policies
from tlsrpt_analysis.analyses.policy_text import mx_patterns
from tlsrpt_analysis.analyses.sessions import DOMAIN_DAY, grouped
from tlsrpt_analysis.tables import ReportTables

Key = tuple[object, ...]


def daily_lost_low(
    tables: ReportTables, *, blocked: pd.DataFrame, at_hosts: pd.DataFrame
) -> pd.DataFrame:
    """Count the sessions that every allowed MX host would have refused for sure.

    Parameters
    ----------
    tables : ReportTables
        The reports.
    blocked, at_hosts : DataFrame
        `daily_blocked` of them, in whole and by ``receiving_mx_hostname``.

    Returns
    -------
    DataFrame
        ``policy_domain``, ``reporter``, ``day`` and ``lost_low`` in sessions, where it is not 0.
    """
    hopeless = _days_without_success(tables, blocked)
    allowed, faulty = _allowed_hosts(tables, hopeless), _faulty_hosts(at_hosts)
    keys = list(hopeless[DOMAIN_DAY].itertuples(index=False, name=None))
    is_lost = [bool(allowed[key]) and faulty.get(key, set()) >= allowed[key] for key in keys]
    lost = hopeless[np.array(is_lost, dtype="bool")]
    return lost.rename(columns={"would_block_low": "lost_low"})[[*DOMAIN_DAY, "lost_low"]]


def _days_without_success(tables: ReportTables, blocked: pd.DataFrame) -> pd.DataFrame:
    successes = grouped(sts_policies(tables), DOMAIN_DAY)["total_successful_session_count"].sum()
    none = successes[successes == 0].reset_index()[DOMAIN_DAY].dropna()
    return none.merge(blocked[blocked["would_block_low"] > 0], on=DOMAIN_DAY)


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
