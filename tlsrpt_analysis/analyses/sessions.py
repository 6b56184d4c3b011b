"""How many sessions there were, each counted once.

A reporter may list the same session under several policies of one domain: Microsoft does so for
``sts`` and ``tlsa`` (RFC 8460 §4).
A session without a policy (``no-policy-found``) stands under no other.
So a reporter's sessions of a domain and day are those without a policy and the larger of the others.
"""

from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING, Literal

import pandas as pd

from tlsrpt_analysis.analyses.ledger import NO_POLICY, ledger
from tlsrpt_analysis.tables import ReportTables

if TYPE_CHECKING:
    from pandas.core.groupby import DataFrameGroupBy

DOMAIN_DAY = ["policy_domain", "reporter", "day"]
"""The keys of one day of one reporter about one domain."""

SESSIONS = ["session_count", "tested_session_count", "untested_session_count"]

BY_STRICTNESS = ("none", "testing", "enforce")
"""The modes of MTA-STS (RFC 8461 §3.2): of two seen in as many sessions, the stricter counts."""


def daily_sessions(tables: ReportTables) -> pd.DataFrame:
    """Count the sessions of each domain, reporter and day, and those of them that failed.

    Parameters
    ----------
    tables : ReportTables
        The reports.

    Returns
    -------
    DataFrame
        One row per ``policy_domain``, ``reporter`` and ``day`` with a report:
        ``policy_mode`` (of the MTA-STS policy that most sessions of the day were under, the
        stricter one where two have as many; missing when no policy was reported),
        ``session_count`` (each session once), ``tested_session_count`` and
        ``untested_session_count`` (those to which an MTA-STS policy in ``testing`` or ``enforce``
        mode was applied, and all others; see ``docs/ledger.md``) and ``failed_session_count`` (of
        all sessions; with ``session_count`` as its denominator it is the failure rate).
        A day without a row has no report, which is not a day without sessions.

    Notes
    -----
    The counts are the summaries of the reports (RFC 8460 §4.2), never sums of failure details.

    Examples
    --------
    >>> import tlsrpt_analysis as tlsrpt
    >>> tables = tlsrpt.load_reports("sample_reports/mail-ru")
    >>> sessions = tlsrpt.daily_sessions(tables)
    >>> sessions[["policy_domain", "day", "session_count", "failed_session_count"]].head(3)
        policy_domain        day  session_count  failed_session_count
    0  backup.example 2026-07-01              4                     0
    1  backup.example 2026-07-02              3                     0
    2  backup.example 2026-07-03              3                     0
    """
    return sessions_by_day(tables.policies, ledger(tables))


def sessions_by_day(policies: pd.DataFrame, counted: pd.DataFrame) -> pd.DataFrame:
    """Count as `daily_sessions` does, from the ``policies`` of tables and the `ledger` of them."""
    failed = policies[[*DOMAIN_DAY, "policy_type"]].assign(
        failed_session_count=policies["total_failure_session_count"]
    )
    once = count_once(failed, DOMAIN_DAY)
    by_day = grouped(policies[DOMAIN_DAY].join(counted[SESSIONS]), DOMAIN_DAY)
    once = once.join(by_day[SESSIONS].sum(), on=DOMAIN_DAY)
    once = once.join(_daily_modes(policies), on=DOMAIN_DAY)
    columns = [*DOMAIN_DAY, "policy_mode", *SESSIONS, "failed_session_count"]
    return once[columns].sort_values(DOMAIN_DAY, ignore_index=True)


def _daily_modes(policies: pd.DataFrame) -> "pd.Series[str]":
    """Return the mode that most sessions of each reporter's day about a domain were under."""
    stated = policies[policies["policy_mode"].notna()]
    seen = stated[[*DOMAIN_DAY, "policy_mode"]].assign(seen=session_counts(stated))
    counts = grouped(seen, [*DOMAIN_DAY, "policy_mode"])["seen"].sum().reset_index()
    mode = counts["policy_mode"].astype("str")  # whatever a reporter wrote there
    strictness = mode.map({name: rank for rank, name in enumerate(BY_STRICTNESS)}).fillna(-1)
    ranked = counts.assign(strictness=strictness, mode=mode)
    ranked = ranked.sort_values(["seen", "strictness", "mode"])
    return grouped(ranked, DOMAIN_DAY)["policy_mode"].last()


def count_once(counted: pd.DataFrame, keys: Sequence[str]) -> pd.DataFrame:
    """Add up counts of sessions so that none counts under two policies.

    Parameters
    ----------
    counted : DataFrame
        Columns `keys`, ``policy_type`` and any columns of counts.
    keys : sequence of str
        What to count by; with reporter and day among them the counts are those of one day.

    Returns
    -------
    DataFrame
        One row per `keys`, with the columns of counts: without a policy, plus the largest sum of
        any one other policy type.

    Examples
    --------
    >>> listed_twice = pd.DataFrame(
    ...     {"reporter": "Microsoft", "policy_type": ["sts", "tlsa"], "session_count": [7, 7]})
    >>> count_once(listed_twice, ["reporter"])["session_count"].tolist()
    [7]
    """
    counts = [column for column in counted.columns if column not in {*keys, "policy_type"}]
    by_type = grouped(counted, [*keys, "policy_type"])[counts].sum().reset_index()
    is_without = by_type["policy_type"] == NO_POLICY
    without = grouped(by_type[is_without], keys)[counts].sum()
    applied = grouped(by_type[~is_without], keys)[counts].max()
    both = pd.concat([without.reset_index(), applied.reset_index()], ignore_index=True)
    return grouped(both, keys)[counts].sum().reset_index()


def session_counts(policies: pd.DataFrame) -> "pd.Series[int]":
    """Return the sessions of each policy result: those that succeeded and those that failed."""
    return policies["total_successful_session_count"] + policies["total_failure_session_count"]


def rows_by(frame: pd.DataFrame, keys: Sequence[str]) -> dict[tuple[str | None, ...], pd.DataFrame]:
    """Return the rows of each combination of text keys, in order; a missing key is `None`."""
    return {
        tuple(value if isinstance(value, str) else None for value in key): rows
        for key, rows in grouped(frame, keys)
    }


def grouped(
    frame: pd.DataFrame, keys: Sequence[str]
) -> "DataFrameGroupBy[tuple[Hashable, ...], Literal[True]]":
    """Group a frame so that rows with a missing key are kept and only values that occur appear."""
    return frame.groupby(list(keys), observed=True, dropna=False)
