"""Sessions and failures by policy text and cause, as numbers that many comparisons share.

A *series* is one reporter of one domain and policy type; its *strata* are the policy texts that it
saw.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from tlsrpt_analysis.analyses.numbering import (
    changes,
    day_numbers,
    group_numbers,
    result_positions,
    starts,
    table_by_days,
)
from tlsrpt_analysis.analyses.selective.like_with_like import policy_text_numbers
from tlsrpt_analysis.analyses.sessions import session_counts
from tlsrpt_analysis.arrays import Floats, Integers
from tlsrpt_analysis.tables import ReportTables

SERIES = ["policy_domain", "policy_type", "reporter"]

UNTYPED = 0
"""The cause of failures without a detail that says their type."""

LARGEST_TABLE = 4_000_000
"""Cells of days held at a time: 32 MB for each kind of count."""

ANY_HOST = -1
"""All bits: failures that name no MX host may be at any."""

_MARKS = 62


@dataclass(frozen=True, slots=True)
class Details:
    """The failure details of domains with failures: of which series, day and cause each is."""

    series: Integers
    day: Integers
    cause: Integers
    rows: pd.DataFrame


@dataclass(frozen=True, slots=True)
class Strata:
    """The counts of some series: rows of days on one calendar.

    Attributes
    ----------
    group : array of int
        The domain and policy type of each series; sorted.
    first : int
        The number of the first series here, among all.
    stratum_series, stratum_text : array of int
        Of which series here and policy text each stratum is; sorted.
    sessions : array of float, strata by days
        The sessions.
    cause_stratum, cause : array of int
        Of which stratum and cause each row of `failures` is; sorted.
    failures : array of float, rows by days
        The failed sessions.
    hosts : array of int
        For each row of `failures` the marks, as bits, of the MX hosts that it names.
    """

    group: Integers
    first: int
    stratum_series: Integers
    stratum_text: Integers
    sessions: Floats
    cause_stratum: Integers
    cause: Integers
    failures: Floats
    hosts: Integers


@dataclass(frozen=True, slots=True)
class DomainCounts:
    """What the reports count about domains with failures, row by row.

    Attributes
    ----------
    calendar : array of datetime64
        The days.
    names : DataFrame
        The domain, policy type and reporter of each series.
    causes : list of str or None
        The result type of each cause; `None` for `UNTYPED`, and for the last, all causes together.
    group, series, text, day, sessions : array
        One value a policy result, sorted by series and text.
    failed_row, failed_cause, failed_count, failed_hosts : array
        One value a policy result and cause.
    details : Details
        The failure details behind them.
    """

    calendar: npt.NDArray[np.datetime64]
    names: pd.DataFrame
    causes: list[str | None]
    group: Integers
    series: Integers
    text: Integers
    day: Integers
    sessions: Floats
    failed_row: Integers
    failed_cause: Integers
    failed_count: Floats
    failed_hosts: Integers
    details: Details

    def strata(self) -> Iterator[Strata]:
        """Yield the counts by days, some domains at a time."""
        days = len(self.calendar)
        sizes = np.bincount(self.group)
        # Each result makes at most one stratum and its causes; few make one of their own.
        largest = max(1, LARGEST_TABLE // days)
        weights = np.bincount(self.group, changes(self.series, self.text), len(sizes))
        weights += np.bincount(self.group[self.failed_row], self._first_failed(), len(sizes))
        chunk = (np.cumsum(weights) // largest).astype("int64")
        ends = np.cumsum(sizes)
        for number in np.unique(chunk):
            groups = np.flatnonzero(chunk == number)
            yield self._strata(int(ends[groups[0]] - sizes[groups[0]]), int(ends[groups[-1]]))

    def _first_failed(self) -> Floats:
        """Mark the first result of each stratum and cause."""
        stratum = np.cumsum(changes(self.series, self.text))
        key = stratum[self.failed_row] * len(self.causes) + self.failed_cause
        marks = np.zeros(len(key))
        marks[np.unique(key, return_index=True)[1]] = 1.0
        return marks

    def _strata(self, low: int, high: int) -> Strata:
        rows = slice(low, high)
        series, text, day = self.series[rows], self.text[rows], self.day[rows]
        is_first = changes(series, text)
        stratum = np.cumsum(is_first) - 1
        firsts = np.flatnonzero(is_first)
        shape = (len(firsts), len(self.calendar))
        failed = slice(*np.searchsorted(self.failed_row, [low, high]))
        row = self.failed_row[failed] - low
        key = stratum[row] * len(self.causes) + self.failed_cause[failed]
        known, place = np.unique(key, return_inverse=True)
        hosts = np.zeros(len(known), "int64")
        np.bitwise_or.at(hosts, place, self.failed_hosts[failed])
        first_series = int(series[0])
        return Strata(
            group=self.group[rows][firsts][changes(series[firsts])],
            first=first_series,
            stratum_series=series[firsts] - first_series,
            stratum_text=text[firsts],
            sessions=table_by_days(stratum, day, self.sessions[rows], shape),
            cause_stratum=known // len(self.causes),
            cause=known % len(self.causes),
            failures=table_by_days(
                place, day[row], self.failed_count[failed], (len(known), shape[1])
            ),
            hosts=hosts,
        )


def domain_counts(tables: ReportTables) -> DomainCounts | None:
    """Count the sessions and failures of the domains with a failure; `None` if there are none."""
    policies, group, series = _failing(tables.policies)
    if policies.empty:
        return None
    numbers, day = np.unique(day_numbers(policies["day"]), return_inverse=True)
    text = policy_text_numbers(policies, group, day)
    order = np.lexsort((text, series))
    policies = policies.take(order)
    group, series, text, day = group[order], series[order], text[order], day[order]
    firsts = starts(series)
    causes, failed, details = _failures(tables.failures, policies)
    row = details.pop("row").to_numpy("int64")
    cause = details.pop("cause").to_numpy("int64")
    return DomainCounts(
        calendar=numbers.astype("datetime64[D]"),
        names=policies.iloc[firsts][SERIES].reset_index(drop=True),
        causes=causes,
        group=group,
        series=series,
        text=text,
        day=day,
        sessions=np.asarray(session_counts(policies), dtype="float64"),
        failed_row=failed["row"].to_numpy("int64"),
        failed_cause=failed["cause"].to_numpy("int64"),
        failed_count=failed["count"].to_numpy("float64"),
        failed_hosts=failed["hosts"].to_numpy("int64"),
        details=Details(series[row], day[row], cause, details),
    )


def _failing(policies: pd.DataFrame) -> tuple[pd.DataFrame, Integers, Integers]:
    """Return the rows of domains and policy types with failures, their numbers and the series'."""
    group = group_numbers(policies, SERIES[:2])[0]
    failed = policies["total_failure_session_count"].to_numpy("float64")
    is_failing = np.bincount(group, failed)[group] > 0 if len(group) else np.zeros(0, "bool")
    rows = policies[is_failing]
    return rows, group_numbers(rows, SERIES[:2])[0], group_numbers(rows, SERIES)[0]


def _failures(
    failures: pd.DataFrame, policies: pd.DataFrame
) -> tuple[list[str | None], pd.DataFrame, pd.DataFrame]:
    """Divide each result's failures among causes, and find the result of each detail.

    Details may overlap, or say less than the total (RFC 8460 §4.4): none counts more than the
    total, and what no detail explains has no type.
    """
    row = result_positions(policies, failures)
    details = failures[row >= 0]
    row = row[row >= 0]
    types = details["result_type"].cat
    causes: list[str | None] = [None, *types.categories.astype("str"), None]
    cause = types.codes.to_numpy("int64") + 1
    total = policies["total_failure_session_count"].to_numpy("float64")
    key, place = np.unique(row * len(causes) + cause, return_inverse=True)
    stated = details["failed_session_count"]
    is_unknown = np.bincount(place, stated.isna().to_numpy("float64"), len(key)) > 0
    count = np.bincount(place, stated.fillna(0).to_numpy("float64"), len(key))
    row_of_count = key // len(causes)
    rest = np.maximum(0.0, total - np.bincount(row_of_count, count, len(total)))
    count = np.minimum(count + np.where(is_unknown, rest[row_of_count], 0.0), total[row_of_count])
    rest[row_of_count[is_unknown]] = 0.0
    hosts = np.zeros(len(key), "int64")
    np.bitwise_or.at(hosts, place, _host_marks(details["receiving_mx_hostname"]))
    parts = [pd.DataFrame({"row": row_of_count, "cause": key % len(causes), "count": count})]
    parts[0]["hosts"] = hosts
    for number, counts in ((UNTYPED, rest), (len(causes) - 1, total)):
        at = np.flatnonzero(counts)
        part = {"row": at, "cause": number, "count": counts[at], "hosts": ANY_HOST}
        parts.append(pd.DataFrame(part))
    failed = pd.concat(parts, ignore_index=True).sort_values("row", kind="stable")
    return causes, failed[failed["count"] > 0], details.assign(row=row, cause=cause)


def _host_marks(hosts: pd.Series) -> Integers:
    """Return a bit for each host; hosts that share one count as the same, which claims less."""
    codes = hosts.cat.codes.to_numpy("int64")
    return np.where(codes < 0, ANY_HOST, np.int64(1) << (codes % _MARKS))
