"""The ledger: each reported session exactly once, by what it says about enforce mode.

A session can tell what enforce mode would do only if its sender *applied* an MTA-STS policy of
mode ``testing`` or ``enforce`` to it (RFC 8461 §5). Such sessions are tested, and end as

- passed: the policy held;
- would block: enforce mode would refuse the MX host, between two bounds;
- failed otherwise: a failure that refuses nothing, such as a fetch that failed while a cached
  policy was applied (RFC 8461 §3.3).

All others are untested, and neither clean nor refused: no policy was found; it could not be
fetched, was invalid, or its host had a bad certificate (RFC 8461 §3.3), with no policy text in the
result that shows a cached one; its mode was ``none``; or only DANE results were reported.

A reporter may list one session under several policies of a domain, as Microsoft does for ``sts``
and ``tlsa`` (RFC 8460 §4): it counts under ``sts``, and only what ``tlsa`` has beyond that is DANE
only. A session without a policy stands under no other.
"""

from enum import StrEnum

import numpy as np
import pandas as pd

from tlsrpt_analysis.analyses.numbering import (
    day_numbers,
    days_numbered,
    first_rows,
    group_numbers,
    summed,
)
from tlsrpt_analysis.arrays import Booleans, Integers
from tlsrpt_analysis.errors import PolicyError
from tlsrpt_analysis.standards.mta_sts import parse_policy
from tlsrpt_analysis.standards.result_types import POLICY_UNAVAILABLE, ResultType
from tlsrpt_analysis.tables import ReportTables

NO_POLICY = "no-policy-found"  # RFC 8460 §4.4
STS = "sts"
APPLIED_MODES = ("testing", "enforce")


class Untested(StrEnum):
    """Why a session says nothing about enforce mode."""

    NO_POLICY = "no policy found"
    NOT_FETCHED = "policy not fetched"
    INVALID = "policy invalid"
    POLICY_HOST = "policy host's certificate invalid"
    MODE_NONE = "mode none"
    DANE_ONLY = "DANE only"
    UNKNOWN_TYPE = "unknown policy type"


REASON_OF_TYPE = {
    ResultType.STS_POLICY_FETCH_ERROR: Untested.NOT_FETCHED,
    ResultType.STS_POLICY_INVALID: Untested.INVALID,
    ResultType.STS_WEBPKI_INVALID: Untested.POLICY_HOST,
}

COUNTS = [
    "session_count",
    "tested_session_count",
    "untested_session_count",
    "passed_session_count",
    "failed_session_count",
]
"""All sessions; those tested and those not; of the tested, those that passed and those that failed."""

_REASONS = list(Untested)


def ledger(tables: ReportTables) -> pd.DataFrame:
    """Count each reported session once, by whether it was tested and why not.

    Parameters
    ----------
    tables : ReportTables
        The reports.

    Returns
    -------
    DataFrame
        A row for each row of ``tables.policies``, in their order and with their index:
        ``session_count`` (sessions that no earlier row of the reporter's day about the domain
        counts), ``tested_session_count`` and ``untested_session_count`` (they add up to it),
        ``passed_session_count`` and ``failed_session_count`` (they add up to the tested ones), and
        ``untested_reason`` (missing where all are tested).

    Notes
    -----
    Where a result without a policy text lists fetch failures beside others, only the fetch
    failures are untested; where it lists nothing else, none of its sessions was tested.

    Examples
    --------
    >>> from tlsrpt_analysis.tables import empty_tables
    >>> list(ledger(empty_tables()).columns)[:2]
    ['session_count', 'tested_session_count']
    """
    policies = tables.policies
    failed = policies["total_failure_session_count"].to_numpy("int64")
    sessions = policies["total_successful_session_count"].to_numpy("int64") + failed
    is_sts = _is(policies["policy_type"], STS)
    unavailable, is_all, reason = _unavailable(tables, failed, is_sts & ~_is_applied(tables))
    is_none = is_sts & _is(policies["policy_mode"], "none")
    untested = np.where(~is_sts | is_none | is_all, sessions, unavailable)
    reason = np.where(is_none, _REASONS.index(Untested.MODE_NONE), reason)
    for kind, why in ((NO_POLICY, Untested.NO_POLICY), ("tlsa", Untested.DANE_ONLY)):
        reason = np.where(_is(policies["policy_type"], kind), _REASONS.index(why), reason)
    is_other = ~is_sts & (reason < 0)
    reason = np.where(is_other, _REASONS.index(Untested.UNKNOWN_TYPE), reason)
    once = sessions - _counted_before(policies, sessions, is_sts)
    tested = np.where(is_sts, sessions - untested, 0)
    failures = np.where(is_sts & ~is_none & ~is_all, failed - unavailable, 0)
    named = pd.CategoricalDtype([why.value for why in _REASONS])
    reasons = pd.Categorical.from_codes(np.where(once > tested, reason, -1), dtype=named)
    columns = (once, tested, once - tested, tested - failures, failures)
    counts = dict(zip(COUNTS, columns, strict=True))
    return pd.DataFrame(counts, index=policies.index).assign(untested_reason=reasons)


def _is(column: pd.Series, value: str) -> Booleans:
    return column.eq(value).to_numpy("bool", na_value=False)


def _is_applied(tables: ReportTables) -> Booleans:
    """Whether each result shows a policy that senders apply, be it a cached one.

    Beside ``sts-policy-invalid`` the text may be the invalid one, errors and all (RFC 8460 §4.5).
    """
    policies, failures = tables.policies, tables.failures
    text = policies["policy_string"]
    has_mode = policies["policy_mode"].isin(APPLIED_MODES) & text.notna()
    is_called = failures["result_type"].eq(ResultType.STS_POLICY_INVALID).to_numpy("bool")
    called = policies["policy_key"].isin(failures.loc[is_called, "policy_key"])
    invalid = [one for one in text[called & has_mode].unique() if not _is_valid(one)]
    return np.asarray(has_mode & ~(called & text.isin(invalid)), dtype="bool")


def _is_valid(policy_string: str) -> bool:
    try:
        parse_policy(policy_string)
    except PolicyError:
        return False
    return True


def _unavailable(
    tables: ReportTables, failed: Integers, is_wanted: Booleans
) -> tuple[Integers, Booleans, Integers]:
    """Count the failed sessions of each result that had no policy to apply.

    Returns
    -------
    tuple of array
        The sessions; whether no other failure is reported, so that no session of the result had a
        policy; and the position of the reason in `Untested`, -1 without one.
    """
    failures, size = tables.failures, len(tables.policies)
    row = pd.Index(tables.policies["policy_key"]).get_indexer(pd.Index(failures["policy_key"]))
    is_kept = (row >= 0) & np.append(is_wanted, False)[row]
    kept, row = failures[is_kept], row[is_kept].astype("int64")
    types = kept["result_type"].astype("str").to_numpy(dtype=object)
    is_unavailable = np.isin(types, list(POLICY_UNAVAILABLE))
    count = kept["failed_session_count"]
    known = count.to_numpy("int64", na_value=0)
    sums = [
        summed(row, values, size)
        for values in (
            np.where(is_unavailable, known, 0),
            is_unavailable & count.isna().to_numpy("bool"),
            ~is_unavailable,
        )
    ]
    counted, unknown, others = sums
    rest = np.maximum(failed - counted, 0)
    guessed = np.where(others == 0, np.where(unknown > 0, rest, 0), np.minimum(unknown, rest))
    unavailable = np.minimum(failed, counted + guessed)
    is_some = (counted > 0) | (unknown > 0)
    reason = np.full(size, -1, "int64")
    for kind, why in reversed(REASON_OF_TYPE.items()):
        reason[row[types == kind]] = _REASONS.index(why)
    return unavailable, is_some & (others == 0), reason


def _counted_before(policies: pd.DataFrame, sessions: Integers, is_sts: Booleans) -> Integers:
    """Count the sessions of each row that the reporter's day lists under another policy as well.

    Sessions under ``sts`` count first, then those that another policy type has beyond them.
    """
    is_without = _is(policies["policy_type"], NO_POLICY)
    is_beyond = ~is_sts & ~is_without
    before = np.zeros(len(policies), "int64")
    if not is_beyond.any():
        return before
    pair, _ = group_numbers(policies, ["policy_domain", "reporter"])
    day, first = days_numbered(pair, day_numbers(policies["day"]))
    seen = summed(day, np.where(is_sts, sessions, 0), len(first))
    types = policies["policy_type"].cat.codes.to_numpy("int64")
    for kind in np.unique(types[is_beyond]):
        rows = np.flatnonzero(is_beyond & (types == kind))
        rows = rows[np.argsort(day[rows], kind="stable")]
        before[rows] = np.clip(seen[day[rows]] - _sums_before(day[rows], sessions[rows]), 0, None)
        before[rows] = np.minimum(before[rows], sessions[rows])
        seen = np.maximum(seen, summed(day[rows], sessions[rows], len(first)))
    return before


def _sums_before(group: Integers, values: Integers) -> Integers:
    """Sum the values of each group's earlier rows; rows of a group are together."""
    running = np.cumsum(values) - values
    _, number = np.unique(group, return_inverse=True)
    first = first_rows(number.astype("int64"), int(number.max(initial=-1)) + 1)
    return np.asarray(running - running[first][number])
