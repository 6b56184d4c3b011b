"""What is reported under DANE (RFC 7672), which has no testing mode: its sessions, and those that failed."""

from dataclasses import replace

import numpy as np
import pandas as pd

from tlsrpt_analysis.analyses.mx_hosts.daily_failures import HOST, daily_failures_by_mx
from tlsrpt_analysis.analyses.sessions import DOMAIN_DAY, grouped, session_counts
from tlsrpt_analysis.standards.result_types import DANE_ONLY
from tlsrpt_analysis.tables import ReportTables

PARTS = (HOST, "result_type")
COUNT = "failed_session_count"


def dane_sessions(tables: ReportTables) -> pd.DataFrame:
    """Count the sessions to which DANE was applied, by domain, reporter and day.

    They are those listed under ``tlsa``. A reporter that names failures of DANE beside other
    policies only, as ``dane-required``, applies it to all of its sessions.

    Returns
    -------
    DataFrame
        ``policy_domain``, ``reporter``, ``day`` and ``under_dane``.
    """
    policies = tables.policies
    is_tlsa = policies["policy_type"].eq("tlsa").to_numpy("bool", na_value=False)
    pairs = policies[DOMAIN_DAY[:2]].astype("str")
    by_pair = pd.MultiIndex.from_frame(pairs)
    beside = tables.failures[_is_beside(tables)][DOMAIN_DAY[:2]].astype("str")
    is_listed = by_pair.isin(by_pair[is_tlsa])
    is_counted = is_tlsa | (by_pair.isin(pd.MultiIndex.from_frame(beside)) & ~is_listed)
    rows = policies.loc[is_counted, DOMAIN_DAY].assign(
        under_dane=session_counts(policies)[is_counted]
    )
    return grouped(rows, DOMAIN_DAY)["under_dane"].sum().reset_index()


def dane_failures(tables: ReportTables) -> pd.DataFrame:
    """Count the sessions that failed under DANE.

    Returns
    -------
    DataFrame
        ``policy_domain``, ``reporter``, ``day``, ``receiving_mx_hostname``, ``result_type`` and
        ``failed_session_count``: what is listed under ``tlsa``, and what only DANE can mean
        (RFC 8460 §4.3.2.1) beside other policies.
    """
    policies, failures = tables.policies, tables.failures
    is_tlsa = policies["policy_type"].eq("tlsa").to_numpy("bool", na_value=False)
    listed = daily_failures_by_mx(replace(tables, policies=policies[is_tlsa]), PARTS)
    rows = failures[_is_beside(tables)]
    columns = [*DOMAIN_DAY, *PARTS]
    counts = rows[COUNT].fillna(0).astype("int64")
    beside = grouped(rows[columns].assign(**{COUNT: counts}), columns)[COUNT].sum().reset_index()
    texts = dict.fromkeys([*DOMAIN_DAY[:2], *PARTS], "str")
    both = [each[[*columns, COUNT]].astype(texts) for each in (listed, beside)]
    return pd.concat(both, ignore_index=True)


def _is_beside(tables: ReportTables) -> "np.typing.NDArray[np.bool_]":
    """Return which failure details name a failure of DANE beside another policy."""
    failures = tables.failures
    is_tlsa = failures["policy_type"].eq("tlsa").to_numpy("bool", na_value=False)
    return np.asarray(failures["result_type"].isin(list(DANE_ONLY)).to_numpy("bool") & ~is_tlsa)
