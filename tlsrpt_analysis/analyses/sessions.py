"""How many sessions there were, each counted once.

A reporter may list the same session under several policies of one domain: Microsoft does so for
``sts`` and ``tlsa`` (RFC 8460 §4).
A session without a policy (``no-policy-found``) stands under no other.
So a reporter's sessions of a domain and day are those without a policy and the larger of the others.
"""

from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from tlsrpt_analysis.analyses.ledger import NO_POLICY, ledger
from tlsrpt_analysis.analyses.numbering import (
    day_numbers,
    days_numbered,
    group_numbers,
    numbered,
    summed,
    text_numbers,
)
from tlsrpt_analysis.arrays import Integers
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
    number, first = group_days(policies)
    size = len(first)
    named = policies[DOMAIN_DAY].take(first).reset_index(drop=True)
    sums = {name: summed(number, counted[name], size) for name in SESSIONS}
    failed = _failed_once(policies, number, size)
    return named.assign(
        policy_mode=_modes(policies, number, size), **sums, failed_session_count=failed
    )


def group_days(policies: pd.DataFrame) -> tuple[Integers, Integers]:
    """Assign a number to each day of each reporter about each domain, as `group_numbers` does."""
    pair, _ = group_numbers(policies, DOMAIN_DAY[:2])
    return days_numbered(pair, day_numbers(policies["day"]))


def _failed_once(policies: pd.DataFrame, number: Integers, size: int) -> Integers:
    """Return the failed sessions of each day, none under two policies, as `count_once` does."""
    kind, kinds = text_numbers(policies["policy_type"])
    counts = policies["total_failure_session_count"]
    by_kind = summed(number * kinds + kind, counts, size * kinds).reshape(size, kinds)
    is_without = policies["policy_type"].eq(NO_POLICY).to_numpy("bool", na_value=False)
    without = np.zeros(kinds, "bool")
    without[kind[is_without]] = True
    applied = np.where(without, 0, by_kind).max(axis=1, initial=0)
    return np.asarray(by_kind[:, without].sum(axis=1) + applied)


def _modes(policies: pd.DataFrame, number: Integers, size: int) -> "pd.Categorical[str]":
    """Return the mode that most sessions of each day were under."""
    column = policies["policy_mode"]
    modes = column.cat.categories
    is_stated = column.notna().to_numpy("bool")
    code, sessions = column.cat.codes.to_numpy("int64"), session_counts(policies)
    key, first = numbered(number[is_stated] * max(1, len(modes)) + code[is_stated])
    seen = summed(key, sessions.to_numpy("int64")[is_stated], len(first))
    day, mode = number[is_stated][first], code[is_stated][first]
    texts = [str(text) for text in modes]  # whatever a reporter wrote there
    ranks = {text: rank for rank, text in enumerate(BY_STRICTNESS)}
    strictness = np.array([ranks.get(text, -1) for text in texts], "int64")
    alphabet = np.argsort(np.argsort(np.array(texts, object), kind="stable"))
    order = np.lexsort((alphabet[mode], strictness[mode], seen, day))
    found = np.full(size, -1, "int64")
    found[day[order]] = mode[order]
    return pd.Categorical.from_codes(found, categories=modes)


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
