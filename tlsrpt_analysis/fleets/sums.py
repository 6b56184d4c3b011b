"""Faults behind many domains: by host, by cause, by reporter, and what holds over a whole fleet."""

import numpy as np
import pandas as pd

from tlsrpt_analysis.analyses.statistics.exact_test import q_values
from tlsrpt_analysis.fleets.answers import Answers

NOT_READY = ("not ready", "enforced, refusing mail")


def are_other_names(by_domain: pd.DataFrame, found: Answers) -> pd.Series:
    """Whether each row is about no domain, or about an MX host under whose name DANE is reported.

    Such a host has no tested session, and some cause is at it, now or before.
    """
    is_host = by_domain["policy_domain"].isin(found.causes["receiving_mx_hostname"].dropna())
    return by_domain["policy_domain"].isna() | (is_host & (by_domain["tested_session_count"] == 0))


def by_host(found: Answers) -> pd.DataFrame:
    """Return one row for each host and cause, ordered by the domains that its repair would heal.

    Returns
    -------
    DataFrame
        ``receiving_mx_hostname cause title responsible domain_count not_ready_domain_count
        healed_domain_count failed_session_count examples``. Healed are domains that are not ready
        and whose main cause is this one. Causes that are over do not count.
    """
    return _causes_by(found, ["receiving_mx_hostname", "cause"])


def by_cause(found: Answers) -> pd.DataFrame:
    """Return one row for each cause, with the columns of `by_host` except for the host."""
    return _causes_by(found, ["cause"])


def by_reporter(found: Answers) -> pd.DataFrame:
    """Return one row for each reporter.

    Returns
    -------
    DataFrame
        ``reporter domain_count session_count tested_session_count untested_session_count
        today_tested_session_count today_would_block_low today_would_block_high
        today_would_block_share_low today_would_block_share_high``; the shares are of the tested
        sessions of the days that each domain's answer for today rests on.
    """
    rows = found.reporters
    sums = rows.groupby("reporter", sort=False, observed=True).agg(
        domain_count=("policy_domain", "nunique"),
        **{name: (name, "sum") for name in rows.columns[2:]},
    )
    tested = sums["today_tested_session_count"].replace(0, np.nan)
    for end in ("low", "high"):
        sums[f"today_would_block_share_{end}"] = sums[f"today_would_block_{end}"] / tested
    order = ["session_count", "reporter"]
    return sums.reset_index().sort_values(order, ascending=[False, True], ignore_index=True)


def selective_over_fleet(found: Answers, alpha: float = 0.05) -> pd.DataFrame:
    """Return the selective failures, with ``fleet_q_value`` (Benjamini-Hochberg over all domains).

    A row whose verdict is ``selective`` for its domain and whose `fleet_q_value` is above `alpha`
    is ``too little data``: among so many domains, chance finds some.
    """
    rows = found.selective.copy()
    is_tested = rows["p_value"].notna().to_numpy()
    values = np.full(len(rows), np.nan)
    values[is_tested] = q_values(rows["p_value"].to_numpy("float64")[is_tested])
    rows["fleet_q_value"] = values
    is_chance = (rows["verdict"] == "selective") & ~(rows["fleet_q_value"] <= alpha)
    rows["verdict"] = rows["verdict"].astype("str").mask(is_chance, "too little data")
    return rows


def _causes_by(found: Answers, keys: list[str]) -> pd.DataFrame:
    rows = found.causes[~found.causes["is_over"]]
    domains = found.domains.set_index("policy_domain").reindex(rows["policy_domain"])
    hosts, top = (
        rows["receiving_mx_hostname"].to_numpy(object),
        domains["top_host"].to_numpy(object),
    )
    is_host = (hosts == top) | (pd.isna(hosts) & pd.isna(top))
    is_top = is_host & (domains["top_cause"].to_numpy(object) == rows["cause"].to_numpy(object))
    is_bad = domains["verdict"].isin(NOT_READY).to_numpy()
    rows = rows.assign(
        bad=rows["policy_domain"].where(is_bad),
        healed=rows["policy_domain"].where(is_bad & is_top),
    )
    groups = rows.groupby(keys, sort=False, observed=True, dropna=False)
    sums = groups.agg(
        title=("title", "first"),
        responsible=("responsible", "first"),
        domain_count=("policy_domain", "nunique"),
        not_ready_domain_count=("bad", "nunique"),
        healed_domain_count=("healed", "nunique"),
        failed_session_count=("failed_session_count", "sum"),
        examples=("policy_domain", _examples),
    )
    order = ["healed_domain_count", "not_ready_domain_count", "failed_session_count"]
    return sums.reset_index().sort_values(order, ascending=False, kind="stable", ignore_index=True)


def _examples(domains: pd.Series) -> str:
    names = domains.unique()
    return ", ".join(map(str, names[:3])) + (
        f" and {len(names) - 3:,} more" if len(names) > 3 else ""
    )
