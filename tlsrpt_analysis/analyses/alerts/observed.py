"""What reports count, by pair of a domain and a reporter, and by day: all that alerts are found in."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from tlsrpt_analysis.analyses.alerts.dane import COUNT, dane_failures, dane_sessions
from tlsrpt_analysis.analyses.alerts.known import DANE, POLICY, Fault, is_dane
from tlsrpt_analysis.analyses.impact.question import daily_policy_unavailable, untested_days
from tlsrpt_analysis.analyses.impact.set_apart import out_of_proportion, without_days
from tlsrpt_analysis.analyses.ledger import ledger
from tlsrpt_analysis.analyses.mx_hosts.daily_failures import HOST
from tlsrpt_analysis.analyses.numbering import day_numbers, numbered, summed
from tlsrpt_analysis.analyses.policy.availability import POLICY_MISSING
from tlsrpt_analysis.analyses.policy.reported import latest_modes
from tlsrpt_analysis.analyses.refusals import BOUNDS, refusals
from tlsrpt_analysis.analyses.sessions import DOMAIN_DAY, grouped, sessions_by_day
from tlsrpt_analysis.arrays import Booleans, Integers
from tlsrpt_analysis.tables import ReportTables

DAY_WIDTH = 2**22
"""More days than there are: a pair and a day make one key."""


TESTED, ASKED, UNDER_DANE = range(3)
"""The sessions that a kind of failure is a share of: the columns of `Days` by that name."""


def measure_of(kind: str) -> int:
    """Return which sessions a kind of failure is a share of."""
    if kind == POLICY:
        return ASKED
    return UNDER_DANE if is_dane(kind) else TESTED


@dataclass(frozen=True, slots=True)
class Days:
    """A row for each pair and day with a report, by pair.

    ``tested`` are its tested sessions, ``missing`` those that found no policy or could not fetch it,
    ``asked`` the sessions that are either, and ``under_dane`` those to which DANE was applied.
    """

    pair: Integers
    day: Integers
    tested: Integers
    missing: Integers
    asked: Integers
    under_dane: Integers

    @property
    def counts(self) -> tuple[Integers, Integers, Integers, Integers]:
        """The columns beside pair and day."""
        return self.tested, self.missing, self.asked, self.under_dane

    @property
    def measures(self) -> tuple[Integers, Integers, Integers]:
        """The sessions that failures are a share of, by `TESTED`, `ASKED` and `UNDER_DANE`."""
        return self.tested, self.asked, self.under_dane

    def where(self, mask: "Booleans | Integers | slice") -> "Days":
        """Return the rows of a mask."""
        return Days(*(column[mask] for column in (self.pair, self.day, *self.counts)))


@dataclass(frozen=True, slots=True)
class Failures:
    """Failed sessions by pair, day, kind and host: numbers of `kinds` and `hosts`; by pair."""

    pair: Integers
    day: Integers
    kind: Integers
    host: Integers
    count: Integers

    def where(self, mask: "Booleans | Integers | slice") -> "Failures":
        """Return the rows of a mask."""
        columns = (self.pair, self.day, self.kind, self.host, self.count)
        return Failures(*(column[mask] for column in columns))


@dataclass(frozen=True, slots=True)
class Observed:
    """The counts of reports.

    Attributes
    ----------
    domains, reporters : tuple of str
        The domain and the reporter of each pair.
    domain_of : array of int
        The number of each pair's domain, in the order of `names`.
    names : tuple of str
        The domains.
    kinds, hosts : tuple of str
        The result types, those under DANE and `POLICY`, and the MX hosts; "" where it is not given.
    days : Days
        What was counted by pair and day.
    failures : Failures
        What was refused, failed under DANE, or found no policy, by kind and host.
    modes : dict of str to str
        The latest policy mode of each domain, where it is known.
    """

    domains: tuple[str, ...]
    reporters: tuple[str, ...]
    domain_of: Integers
    names: tuple[str, ...]
    kinds: tuple[str, ...]
    hosts: tuple[str, ...]
    days: Days
    failures: Failures
    modes: dict[str, str]

    @property
    def newest(self) -> int:
        """The last day with a report; -1 without one."""
        return int(self.days.day.max(initial=-1))

    @property
    def measure_of(self) -> Integers:
        """Which sessions each kind of failure is a share of."""
        return np.array([measure_of(kind) for kind in self.kinds], "int64")

    def of_domain(self, domain: str) -> tuple[int, int]:
        """Return the first pair of a domain, and the one after its last."""
        return bisect_left(self.domains, domain), bisect_right(self.domains, domain)

    def of_fault(self, fault: Fault) -> "tuple[Days, Failures]":
        """Return the days and failures of the reporters of a fault."""
        first, end = self.of_domain(fault.policy_domain)
        own = np.array([name in fault.reporters for name in self.reporters[first:end]], "bool")
        pairs = (first, end)
        days = self.days.where(slice(*np.searchsorted(self.days.pair, pairs)))
        failures = self.failures.where(slice(*np.searchsorted(self.failures.pair, pairs)))
        return days.where(own[days.pair - first]), failures.where(own[failures.pair - first])

    def between(self, first: int, last: int) -> "Observed":
        """Return the same of some days only."""
        days, failures = self.days, self.failures
        return replace(
            self,
            days=days.where((days.day >= first) & (days.day <= last)),
            failures=failures.where((failures.day >= first) & (failures.day <= last)),
        )


def observed(tables: ReportTables) -> Observed:
    """Count what is in reports, leaving out days of reporters that are out of proportion."""
    counted = ledger(tables)
    sessions = sessions_by_day(tables.policies, counted)
    sessions = sessions[sessions["policy_domain"].notna().to_numpy("bool")].reset_index(drop=True)
    is_apart = out_of_proportion(sessions)
    rows = _with_sessions(sessions[~is_apart], tables, counted)
    domains, reporters = (rows[name].astype("str").fillna("") for name in DOMAIN_DAY[:2])
    index = pd.MultiIndex.from_arrays([domains, reporters])
    pairs = index.unique().sort_values()
    names, domain_of = np.unique(pairs.get_level_values(0).to_numpy("str"), return_inverse=True)
    counts = ("tested_session_count", "missing", "asked", "under_dane")
    columns = (rows[name].to_numpy("int64") for name in counts)
    days = Days(pairs.get_indexer(index).astype("int64"), day_numbers(rows["day"]), *columns)
    days = days.where(np.lexsort((days.day, days.pair)))
    refused = without_days(refusals(tables, counted), sessions[is_apart])
    refused_days = refused.by_day(("result_type", HOST)).rename(columns={"result_type": "kind"})
    dane = dane_failures(tables)
    dane = dane.assign(kind=DANE + dane["result_type"].fillna(""))
    frames = [(refused_days, BOUNDS[1]), (dane, COUNT)]
    kinds, hosts, failures = _failures(frames, pairs, days)
    modes = {str(name): str(mode) for name, mode in latest_modes(tables).items() if mode == mode}  # noqa: PLR0124 - NaN
    return Observed(
        tuple(pairs.get_level_values(0)),
        tuple(pairs.get_level_values(1)),
        domain_of.astype("int64"),
        tuple(names.tolist()),
        kinds,
        hosts,
        days,
        failures,
        modes,
    )


def _with_sessions(
    sessions: pd.DataFrame, tables: ReportTables, counted: pd.DataFrame
) -> pd.DataFrame:
    """Add the sessions of each day under DANE, and those that had no policy."""
    untested = untested_days(tables, counted)
    untested = untested[untested["untested_reason"].isin(list(POLICY_MISSING)).to_numpy("bool")]
    without = grouped(untested, DOMAIN_DAY)["untested_session_count"].sum().reset_index()
    rows = sessions.merge(without.rename(columns={"untested_session_count": "without"}), "left")
    rows = rows.merge(daily_policy_unavailable(tables), "left")
    dane = _texts(rows).merge(_texts(dane_sessions(tables)), "left")["under_dane"]
    counts = rows[["without", "policy_unavailable_count"]].fillna(0).astype("int64")
    missing = counts.max(axis=1)  # a failed fetch beside a cached policy is of a tested session
    asked = rows["tested_session_count"] + counts["without"]
    return rows.assign(
        missing=missing,
        asked=np.maximum(asked, missing),
        under_dane=dane.fillna(0).to_numpy("int64"),
    )


def _texts(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.astype(dict.fromkeys(DOMAIN_DAY[:2], "str"))


def _failures(
    frames: Iterable[tuple[pd.DataFrame, str]], pairs: pd.MultiIndex, days: Days
) -> tuple[tuple[str, ...], tuple[str, ...], Failures]:
    """Return the failures of some frames, and those without the policy, by kind and host.

    Each frame has a column of counts, which is named beside it, and its kinds in ``kind``.
    """
    columns = ["kind", HOST]
    parts = [
        frame[[*DOMAIN_DAY, *columns]].assign(count=frame[count].astype("int64"))
        for frame, count in frames
    ]
    rows = pd.concat(parts, ignore_index=True)
    names = [rows[name].astype("str").fillna("") for name in DOMAIN_DAY[:2]]
    pair = pairs.get_indexer(pd.MultiIndex.from_arrays(names)).astype("int64")
    is_in = pair >= 0
    rows, is_missing = rows[is_in], days.missing > 0
    none = np.full(int(is_missing.sum()), -1, "int64")
    (kinds, kind), (hosts, host) = (_named(rows[name]) for name in columns)
    whole = (
        np.concatenate([pair[is_in], days.pair[is_missing]]),
        np.concatenate([day_numbers(rows["day"]), days.day[is_missing]]),
        np.concatenate([kind, none + len(kinds)]),
        np.concatenate([host, none + len(hosts)]),
    )
    key = (whole[0] * DAY_WIDTH + whole[1]) * len(kinds) + whole[2]
    number, first = numbered(key * len(hosts) + whole[3])
    count = np.concatenate([rows["count"].to_numpy("int64"), days.missing[is_missing]])
    pair, day, kind, host = (column[first] for column in whole)
    found = Failures(pair, day, kind, host, summed(number, count, len(first)))
    return kinds, hosts, found


def _named(texts: pd.Series) -> tuple[tuple[str, ...], Integers]:
    """Return the different texts, with the one for sessions without the policy last, by number."""
    number, names = pd.factorize(texts.astype("str").fillna(""), sort=True)
    last = POLICY if texts.name == "kind" else ""
    return (*map(str, names), last), number.astype("int64")
