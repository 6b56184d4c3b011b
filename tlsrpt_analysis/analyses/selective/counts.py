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
    numbered,
    starts,
    table_by_days,
    text_numbers,
)
from tlsrpt_analysis.analyses.selective.compared import (
    AT_HOST,
    AT_POLICY_HOST,
    UNDER_DANE,
    ComparedResults,
    compared_results,
)
from tlsrpt_analysis.analyses.selective.failures_by_cause import failures_by_cause
from tlsrpt_analysis.analyses.selective.host_causes import causes_of_types, details_at_hosts
from tlsrpt_analysis.analyses.selective.like_with_like import lists_one_host, policy_text_numbers
from tlsrpt_analysis.arrays import Booleans, Floats, Integers
from tlsrpt_analysis.tables import ReportTables

SERIES = ["policy_domain", "policy_type", "reporter"]
"""The keys of a series, beside its aspect."""

ASPECTS = (AT_HOST, AT_POLICY_HOST, UNDER_DANE)

NAMES_TYPES = ("Microsoft",)
"""Reporters that have a name for each of their result types: 5.7.321 is missing STARTTLS."""

LARGEST_TABLE = 4_000_000
"""Cells of days held at a time: 32 MB for each kind of count."""


@dataclass(frozen=True, slots=True)
class Details:
    """The failure details of domains with failures: of which series, day and cause each is.

    ``host_cause`` is the cause at the host that it names, where the domain is looked at by host,
    or else ``cause``.
    """

    series: Integers
    day: Integers
    cause: Integers
    host_cause: Integers
    rows: pd.DataFrame


@dataclass(frozen=True, slots=True)
class Strata:
    """The counts of some series: rows of days on one calendar.

    Attributes
    ----------
    group : array of int
        The domain, policy type and aspect of each series; sorted.
    aspect : array of int
        What is compared of each series.
    is_single_host : array of bool
        Whether each series has one MX host only, as far as policies and details show.
    names_types : array of bool
        Whether each series is of a reporter that never calls missing STARTTLS a validation-failure.
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
    listed_twice : array of float
        For each row of `failures` those that the reporter may list under another cause as well.
    hosts : array of int
        For each row of `failures` the marks, as bits, of the MX hosts that it names.
    """

    group: Integers
    aspect: Integers
    is_single_host: Booleans
    names_types: Booleans
    first: int
    stratum_series: Integers
    stratum_text: Integers
    sessions: Floats
    cause_stratum: Integers
    cause: Integers
    failures: Floats
    listed_twice: Floats
    hosts: Integers


@dataclass(frozen=True, slots=True)
class DomainCounts:
    """What the reports count about domains with failures, row by row.

    Attributes
    ----------
    calendar : array of datetime64
        The days with reports, and the day after each.
    names : DataFrame
        The domain, policy type, reporter and ``aspect`` of each series, and ``is_single_host``.
    causes : list of str or None
        The result type of each cause, in the order of `causes_of_types`; `None` for `UNTYPED`, and
        for the last, all causes together.
    group, series, text, day, sessions : array
        One value a policy result, sorted by series and text.
    failed_row, failed_cause, failed_count, failed_twice, failed_hosts : array
        One value a policy result and cause; `failed_twice` of the count may be sessions that the
        reporter lists under another cause as well.
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
    failed_twice: Floats
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
            aspect=self.names["aspect"].to_numpy("int64")[np.unique(series)],
            is_single_host=self.names["is_single_host"].to_numpy("bool")[np.unique(series)],
            names_types=self.names["reporter"]
            .isin(NAMES_TYPES)
            .to_numpy("bool")[np.unique(series)],
            first=first_series,
            stratum_series=series[firsts] - first_series,
            stratum_text=text[firsts],
            sessions=table_by_days(stratum, day, self.sessions[rows], shape),
            cause_stratum=known // len(self.causes),
            cause=known % len(self.causes),
            failures=table_by_days(
                place, day[row], self.failed_count[failed], (len(known), shape[1])
            ),
            listed_twice=np.bincount(place, self.failed_twice[failed], len(known)).astype(
                "float64"
            ),
            hosts=hosts,
        )


def domain_counts(tables: ReportTables) -> DomainCounts | None:
    """Count the sessions and failures of the domains with a failure; `None` if there are none."""
    results, details = _failing(compared_results(tables))
    if results.empty:
        return None
    group, series = _group_and_series(results)
    numbers = day_numbers(results["day"])
    # With the day after each, days are neighbours in the calendar only if they are in fact.
    calendar = np.union1d(numbers, numbers + 1)
    day = np.searchsorted(calendar, numbers)
    text = policy_text_numbers(results, group_numbers(results, SERIES[:2])[0], day)
    order = np.lexsort((text, series))
    place = np.empty(len(order), "int64")
    place[order] = np.arange(len(order))
    details = details.assign(row=place[details["row"].to_numpy("int64")])
    results = results.take(order)
    group, series, text, day = group[order], series[order], text[order], day[order]
    firsts = starts(series)
    row = details["row"].to_numpy("int64")
    causes = causes_of_types(details["result_type"].cat.categories.astype("str").tolist())
    sessions = results["sessions"].to_numpy("float64")
    at_hosts = details_at_hosts(group, series, sessions, details, causes)
    failed, cause = failures_by_cause(results, details, len(causes), at_hosts)
    host_cause = cause.copy()
    host_cause[at_hosts.detail[at_hosts.is_named]] = at_hosts.cause[at_hosts.is_named]
    return DomainCounts(
        calendar=calendar.astype("datetime64[D]"),
        names=results.iloc[firsts][[*SERIES, "aspect"]]
        .assign(is_single_host=_single_hosts(results, group, details)[firsts])
        .reset_index(drop=True),
        causes=causes,
        group=group,
        series=series,
        text=text,
        day=day,
        sessions=sessions,
        failed_row=failed["row"].to_numpy("int64"),
        failed_cause=failed["cause"].to_numpy("int64"),
        failed_count=failed["count"].to_numpy("float64"),
        failed_twice=failed["twice"].to_numpy("float64"),
        failed_hosts=failed["hosts"].to_numpy("int64"),
        details=Details(series[row], day[row], cause, host_cause, details),
    )


def _single_hosts(results: pd.DataFrame, group: Integers, details: pd.DataFrame) -> Booleans:
    """Whether each result is of a domain with one MX host, as far as policies and details show."""
    several = np.zeros(int(group.max(initial=-1)) + 1, "bool")
    several[group[~lists_one_host(results)]] = True
    codes = details["receiving_mx_hostname"].cat.codes.to_numpy("int64")
    named = group[details["row"].to_numpy("int64")][codes >= 0]
    _, first = numbered(named * (int(codes.max(initial=0)) + 1) + codes[codes >= 0])
    several |= np.bincount(named[first], minlength=len(several)) > 1
    return ~several[group]


def _failing(compared: ComparedResults) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Keep the results of domains, policy types and aspects with failures, and their details."""
    results, details = compared.results, compared.details
    group, _ = _group_and_series(results)
    total = results["total"].to_numpy("float64")
    is_failing = np.bincount(group, total)[group] > 0 if len(group) else np.zeros(0, "bool")
    row = details["row"].to_numpy("int64")
    place = np.cumsum(is_failing) - 1
    kept = is_failing[row]
    return results[is_failing].reset_index(drop=True), details[kept].assign(row=place[row[kept]])


def _group_and_series(results: pd.DataFrame) -> tuple[Integers, Integers]:
    """Assign a number to what is compared of each domain and policy type, and to its reporters."""
    group, _ = group_numbers(results, SERIES[:2])
    group = numbered(group * len(ASPECTS) + results["aspect"].to_numpy("int64"))[0]
    reporter, size = text_numbers(results["reporter"])
    return group, numbered(group * size + reporter)[0]
