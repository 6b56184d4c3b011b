"""Which MTA-STS policy the reporters saw for a domain."""

from collections.abc import Mapping
from functools import lru_cache

import numpy as np
import pandas as pd

from tlsrpt_analysis.analyses.numbering import day_numbers, group_numbers
from tlsrpt_analysis.analyses.policy.newest import are_newest
from tlsrpt_analysis.analyses.policy.witnesses import are_believed, policy_numbers
from tlsrpt_analysis.analyses.sessions import session_counts
from tlsrpt_analysis.arrays import Booleans
from tlsrpt_analysis.standards.mta_sts import (
    MtaStsPolicy,
    covers,
    read_max_age,
    read_mx_patterns,
)
from tlsrpt_analysis.standards.policy_to_serve import WEEK
from tlsrpt_analysis.tables import ReportTables

POLICIES_KNOWN = 1024
"""Policies that are read only once: many domains of a provider serve the same one."""


def latest_mx_patterns(tables: ReportTables) -> Mapping[str, tuple[str, ...]]:
    """Return the ``mx`` patterns of the latest MTA-STS policy reported for each domain.

    Parameters
    ----------
    tables : ReportTables
        The reports.

    Returns
    -------
    mapping of str to tuple of str
        The patterns by policy domain; a domain for which no policy text was reported is not in it.

    Examples
    --------
    >>> from tlsrpt_analysis.tables import empty_tables
    >>> latest_mx_patterns(empty_tables())
    {}
    """
    return {domain: policy.mx for domain, policy in latest_policies(tables).items()}


def latest_policies(tables: ReportTables) -> Mapping[str, MtaStsPolicy]:
    """Return the latest MTA-STS policy reported for each domain, by policy domain.

    Where the reports do not say, the mode is ``testing`` and the ``max_age`` a week.
    """
    is_known = tables.policies["policy_string"].notna() | tables.policies["mx_host"].notna()
    latest = _latest(tables.policies[is_known])
    columns = ("policy_domain", "policy_mode", "policy_string", "mx_host")
    return {
        domain: reported_policy(mode, text, mx_patterns(text, mx_host))
        for domain, mode, text, mx_host in zip(*(latest[name] for name in columns), strict=True)
    }


@lru_cache(POLICIES_KNOWN)
def reported_policy(mode: object, text: object, patterns: tuple[str, ...]) -> MtaStsPolicy:
    r"""Return a policy as its senders reported it, with the usual values for what is missing.

    Examples
    --------
    >>> reported_policy("enforce", "mode: enforce\nmax_age: 86400", ("mx1.example.com",))
    MtaStsPolicy(mode='enforce', max_age=86400, mx=('mx1.example.com',))
    """
    max_age = read_max_age(text) if isinstance(text, str) else None
    return MtaStsPolicy(
        mode if isinstance(mode, str) and mode else "testing",
        WEEK if max_age is None else max_age,
        patterns,
    )


@lru_cache(POLICIES_KNOWN)
def mx_patterns(policy_string: object, mx_host: object) -> tuple[str, ...]:
    r"""Return the patterns of one row of ``policies``: of its policy text, or else of ``mx_host``.

    Examples
    --------
    >>> mx_patterns("mode: testing\nmx: mx1.example.com", None)
    ('mx1.example.com',)
    """
    patterns = (
        read_mx_patterns(policy_string.splitlines()) if isinstance(policy_string, str) else ()
    )
    if patterns:
        return patterns
    return tuple(mx_host.split("\n")) if isinstance(mx_host, str) else ()


def is_covered(
    patterns: Mapping[str, tuple[str, ...]], policy_domain: object, mx_hostname: object
) -> bool | None:
    """Whether a domain's patterns cover an MX name; none where either is unknown.

    Examples
    --------
    >>> is_covered({"example.com": ("mx1.example.com",)}, "example.com", "mx2.example.com")
    False
    """
    if not isinstance(policy_domain, str) or not isinstance(mx_hostname, str):
        return None
    return covers(patterns[policy_domain], mx_hostname) if policy_domain in patterns else None


def in_policy(hosts: pd.DataFrame, patterns: Mapping[str, tuple[str, ...]]) -> "pd.Series[bool]":
    """Return for each row of domain and MX host whether the policy covers the host."""
    pairs = zip(hosts["policy_domain"], hosts["receiving_mx_hostname"], strict=True)
    known = [is_covered(patterns, domain, host) for domain, host in pairs]
    return pd.Series(known, index=hosts.index, dtype="boolean")


def latest_modes(tables: ReportTables) -> "pd.Series[str]":
    """Return the latest reported mode of each domain's MTA-STS policy, by policy domain."""
    last = _latest(tables.policies[tables.policies["policy_mode"].notna()])
    return last.set_index("policy_domain")["policy_mode"].astype("str")


def _latest(policies: pd.DataFrame) -> pd.DataFrame:
    """Return the last row of each domain: of the last day of its newest policy."""
    sts = _believed(policies)
    return _by_day(sts[are_latest(sts)])


def are_latest(policies: pd.DataFrame) -> Booleans:
    """Return which rows show the latest ``mx`` lines of their domain, on the last day of these.

    Parameters
    ----------
    policies : DataFrame
        Rows of ``policies`` that are believed, of ``sts`` and with a domain.
    """
    if not len(policies):
        return np.zeros(0, "bool")
    domain, _ = group_numbers(policies, ["policy_domain"])
    reporter, _ = group_numbers(policies, ["policy_domain", "reporter"])
    return are_newest(
        domain,
        policy_numbers(policies, domain, with_mode=False),
        reporter,
        day_numbers(policies["day"]),
        np.asarray(session_counts(policies), dtype="int64"),
    )


def _believed(policies: pd.DataFrame) -> pd.DataFrame:
    """Return the rows about MTA-STS policies that enough reporters saw."""
    sts = policies[(policies["policy_type"] == "sts") & policies["policy_domain"].notna()]
    is_believed = are_believed(sts)
    return sts if is_believed.all() else sts[is_believed]


def policies_by_day(policies: pd.DataFrame) -> pd.DataFrame:
    """Return the MTA-STS policy that was seen in the most sessions of each domain and day.

    Ties are broken by the text, so that the order of files does not matter.

    Returns
    -------
    DataFrame
        ``policy_domain day policy_mode policy_string mx_host``, in the order of the first two.
    """
    return _by_day(_believed(policies))


def _by_day(sts: pd.DataFrame) -> pd.DataFrame:
    texts = ["policy_domain", "policy_mode", "policy_string", "mx_host"]
    rows = sts[texts].astype("str").fillna("")
    rows = rows.assign(day=sts["day"], seen=session_counts(sts))
    summed = rows.groupby([*texts, "day"])["seen"].sum().reset_index()
    ordered = summed.sort_values(["seen", *texts])
    chosen = ordered.drop_duplicates(["policy_domain", "day"], keep="last")
    chosen = chosen.sort_values(["policy_domain", "day"], ignore_index=True)
    named = chosen[["policy_domain", "day", *texts[1:]]]
    return named.assign(**{name: named[name].replace("", None) for name in texts[1:]})
