"""Since when nobody can fetch the policy any more, while some still apply a cached one.

A sender whose fetch fails goes on with its cached policy until that expires (RFC 8461 §3.3, §5.1),
and reports the failed fetches beside the sessions that it tested.
"""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from tlsrpt_analysis.analyses.ledger import Untested
from tlsrpt_analysis.analyses.numbering import day_numbers, group_numbers
from tlsrpt_analysis.analyses.policy.availability import FEWEST_DAYS, Availability
from tlsrpt_analysis.analyses.sessions import DOMAIN_DAY, grouped

NOT_FETCHED = (Untested.NOT_FETCHED, Untested.INVALID, Untested.POLICY_HOST)

FAILING_SHARE = 0.05
"""On a failing day the fetch failed in so many of a reporter's sessions; fewer are a moment's fault."""

NEARLY_ALL = 0.9
"""A reporter cannot fetch the policy when so many of its sessions are of failing days."""

FEWEST_SESSIONS = 20
"""With fewer sessions a reporter may be shown no failed fetch by chance."""


def with_failing_fetches(
    known: Mapping[str, Availability], days: pd.DataFrame, unavailable: pd.DataFrame
) -> dict[str, Availability]:
    """Add since when nobody can fetch the policy, where some apply a cached one.

    Parameters
    ----------
    known : mapping of str to Availability
        By policy domain.
    days : DataFrame
        The ledger by day and reason, as of `availabilities`.
    unavailable : DataFrame
        ``policy_domain reporter day policy_unavailable_count``: the sessions with a failed fetch.
    """
    rows = _reporter_days(days, unavailable)
    found = dict(known)
    for domain, of_domain in rows.groupby("policy_domain", observed=True):
        since = _failing_since(of_domain)
        name = str(domain)
        if since >= 0 and name in found and found[name].missing_since < 0:
            is_cached = (of_domain["tested"] > 0) & (of_domain["number"] >= since)
            reporters = tuple(sorted(of_domain.loc[is_cached, "reporter"].astype("str").unique()))
            found[name] = replace(found[name], unfetched_since=since, cached_by=reporters)
    return found


def _reporter_days(days: pd.DataFrame, unavailable: pd.DataFrame) -> pd.DataFrame:
    """Return the days of reporters that applied a policy, in domains with a cached one."""
    is_missing = days["untested_reason"].isin(list(NOT_FETCHED)).to_numpy("bool")
    counts = days[DOMAIN_DAY].assign(
        tested=days["tested_session_count"].to_numpy("int64"),
        missing=np.where(is_missing, days["untested_session_count"].to_numpy("int64"), 0),
    )
    rows = grouped(counts, DOMAIN_DAY)[["tested", "missing"]].sum().reset_index()
    rows = rows.merge(unavailable, on=DOMAIN_DAY, how="left").fillna(
        {"policy_unavailable_count": 0}
    )
    rows = rows[rows["policy_domain"].notna().to_numpy("bool")]
    sessions = rows["tested"] + rows["missing"]
    failed = np.maximum(rows["policy_unavailable_count"], rows["missing"])
    rows = rows.assign(
        sessions=sessions,
        number=day_numbers(rows["day"]),
        is_failing=(failed > 0) & (failed >= FAILING_SHARE * sessions),
    )[(sessions > 0).to_numpy("bool")]
    pair, first = group_numbers(rows, ["policy_domain", "reporter"])
    has_applied = np.bincount(pair, rows["tested"], len(first))[pair] > 0
    is_cached = rows["is_failing"] & (rows["tested"] > 0)
    domains = rows.loc[is_cached, "policy_domain"].unique()
    return rows[has_applied & rows["policy_domain"].isin(domains).to_numpy("bool")]


def _failing_since(rows: pd.DataFrame) -> int:
    """Return the first day from which no reporter of a domain fetches the policy, or -1."""
    reporter, first = group_numbers(rows, ["reporter"])
    day, sessions = rows["number"].to_numpy("int64"), rows["sessions"].to_numpy("int64")
    is_failing = rows["is_failing"].to_numpy("bool")
    last_good = np.full(len(first), -1, "int64")
    np.maximum.at(last_good, reporter[~is_failing], day[~is_failing])
    for begin in np.unique(last_good):
        is_later = day > begin
        failing = day[is_later & is_failing]
        counts = np.bincount(reporter[is_later], sessions[is_later], len(first))
        failed = np.bincount(reporter[is_later], (sessions * is_failing)[is_later], len(first))
        is_known = counts >= FEWEST_SESSIONS
        is_all = is_known.any() and bool((failed >= NEARLY_ALL * counts)[is_known].all())
        if is_all and len(np.unique(failing)) >= FEWEST_DAYS:
            return int(failing.min())
    return -1
