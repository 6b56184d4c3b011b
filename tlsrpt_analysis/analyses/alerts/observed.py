"""What reports count, by pair of a domain and a reporter, and by day: all that alerts are found in."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from tlsrpt_analysis.analyses.alerts.known import POLICY
from tlsrpt_analysis.analyses.impact.question import daily_policy_unavailable, untested_days
from tlsrpt_analysis.analyses.impact.set_apart import out_of_proportion, without_days
from tlsrpt_analysis.analyses.ledger import ledger
from tlsrpt_analysis.analyses.numbering import day_numbers, numbered, summed
from tlsrpt_analysis.analyses.policy.availability import POLICY_MISSING
from tlsrpt_analysis.analyses.policy.reported import latest_modes
from tlsrpt_analysis.analyses.refusals import BOUNDS, refusals
from tlsrpt_analysis.analyses.sessions import DOMAIN_DAY, grouped, sessions_by_day
from tlsrpt_analysis.arrays import Booleans, Integers
from tlsrpt_analysis.tables import ReportTables

DAY_WIDTH = 2**22
"""More days than there are: a pair and a day make one key."""


@dataclass(frozen=True, slots=True)
class Days:
    """A row for each pair and day with a report.

    ``tested`` are its tested sessions, ``missing`` those that found no policy or could not fetch it,
    and ``asked`` the sessions that are either.
    """

    pair: Integers
    day: Integers
    tested: Integers
    missing: Integers
    asked: Integers

    def where(self, mask: Booleans) -> "Days":
        """Return the rows of a mask."""
        columns = (self.pair, self.day, self.tested, self.missing, self.asked)
        return Days(*(column[mask] for column in columns))


@dataclass(frozen=True, slots=True)
class Failures:
    """Refused sessions by pair, day, kind and host: numbers of `kinds` and `hosts`."""

    pair: Integers
    day: Integers
    kind: Integers
    host: Integers
    count: Integers

    def where(self, mask: Booleans) -> "Failures":
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
        The result types, `POLICY` among them, and the MX hosts; "" where it is not given.
    days : Days
        What was counted by pair and day.
    failures : Failures
        What was refused, or found no policy, by kind and host.
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
    rows = _with_missing(sessions[~is_apart], tables, counted)
    domains, reporters = (rows[name].astype("str").fillna("") for name in DOMAIN_DAY[:2])
    index = pd.MultiIndex.from_arrays([domains, reporters])
    pairs = index.unique().sort_values()
    names, domain_of = np.unique(pairs.get_level_values(0).to_numpy("str"), return_inverse=True)
    counts = ("tested_session_count", "missing", "asked")
    columns = (rows[name].to_numpy("int64") for name in counts)
    days = Days(pairs.get_indexer(index).astype("int64"), day_numbers(rows["day"]), *columns)
    refused = without_days(refusals(tables, counted), sessions[is_apart])
    kinds, hosts, failures = _failures(refused.by_day(_PARTS), pairs, days)
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


_PARTS = ("result_type", "receiving_mx_hostname")


def _with_missing(
    sessions: pd.DataFrame, tables: ReportTables, counted: pd.DataFrame
) -> pd.DataFrame:
    """Add the sessions of each day that found no policy, or could not fetch it."""
    untested = untested_days(tables, counted)
    untested = untested[untested["untested_reason"].isin(list(POLICY_MISSING)).to_numpy("bool")]
    without = grouped(untested, DOMAIN_DAY)["untested_session_count"].sum().reset_index()
    rows = sessions.merge(without.rename(columns={"untested_session_count": "without"}), "left")
    rows = rows.merge(daily_policy_unavailable(tables), "left")
    counts = rows[["without", "policy_unavailable_count"]].fillna(0).astype("int64")
    missing = counts.max(axis=1)  # a failed fetch beside a cached policy is of a tested session
    asked = rows["tested_session_count"] + counts["without"]
    return rows.assign(missing=missing, asked=np.maximum(asked, missing))


def _failures(
    refused: pd.DataFrame, pairs: pd.MultiIndex, days: Days
) -> tuple[tuple[str, ...], tuple[str, ...], Failures]:
    index = pd.MultiIndex.from_arrays(
        [refused[name].astype("str").fillna("") for name in DOMAIN_DAY[:2]]
    )
    pair = pairs.get_indexer(index).astype("int64")
    rows = refused[pair >= 0]
    texts = [rows[part].astype("str").fillna("").to_numpy("str") for part in _PARTS]
    (kinds, kind), (hosts, host) = (np.unique(values, return_inverse=True) for values in texts)
    key = (pair[pair >= 0] * DAY_WIDTH + day_numbers(rows["day"])) * len(kinds) + kind
    number, first = numbered(key * len(hosts) + host if len(rows) else key)
    count = summed(number, rows[BOUNDS[1]], len(first))
    is_missing = days.missing > 0
    none = np.full(int(is_missing.sum()), len(kinds), "int64")
    found = Failures(
        np.concatenate([pair[pair >= 0][first], days.pair[is_missing]]),
        np.concatenate([day_numbers(rows["day"])[first], days.day[is_missing]]),
        np.concatenate([kind[first], none]),
        np.concatenate([host[first], np.full(len(none), len(hosts))]),
        np.concatenate([count, days.missing[is_missing]]),
    )
    return (*kinds.tolist(), POLICY), (*hosts.tolist(), ""), found
