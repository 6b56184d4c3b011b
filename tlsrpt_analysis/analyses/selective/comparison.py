"""Reporters' failure shares compared, where the sessions of one day are not independent.

Fisher's exact test on counts divided by their design effect, days as clusters (Rao-Scott), on the
days of the fault and the policy texts that both reporters saw.
"""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from functools import cached_property

import numpy as np
import pandas as pd

from tlsrpt_analysis.analyses.numbering import starts
from tlsrpt_analysis.analyses.selective.cases import Cases
from tlsrpt_analysis.analyses.selective.counts import UNTYPED, Strata
from tlsrpt_analysis.analyses.selective.like_with_like import CATCH_ALL, may_be_same
from tlsrpt_analysis.analyses.statistics.exact_test import fisher_p_values
from tlsrpt_analysis.analyses.statistics.intervals import borrowed_design_effects
from tlsrpt_analysis.arrays import Floats, Integers
from tlsrpt_analysis.standards.result_types import ResultType

FEWEST_OTHER_DAYS = 3

FEWEST_EXPECTED = 5.0
"""The other reporter must have had traffic for five failures at the failing one's share."""

CLEAN_RATIO = 0.1
"""A clean reporter fails at most a tenth as often as the failing one."""

OWN_PART = 0.5
"""The failing one's surplus of all that may be the same fault is half of its share or more."""

MOST_PAIRS = 200_000
"""Pairs compared at a time."""

COLUMNS = {
    **dict.fromkeys(("case", "other"), "int64"),
    **dict.fromkeys(("sessions", "failures", "days", "expected", "effect", "p_value"), "float64"),
    **dict.fromkeys(("is_tellable", "is_cleaner"), "bool"),
}


def no_pairs() -> pd.DataFrame:
    """Give the frame of comparisons, without any."""
    return pd.DataFrame(columns=list(COLUMNS)).astype(COLUMNS)


@dataclass(frozen=True, slots=True)
class _Window:
    """Rows of days as running sums, so that any stretch of days is a difference."""

    sums: Floats

    @classmethod
    def of(cls, rows: Floats) -> "_Window":
        """Add up rows of days, with a row of nothing at the end."""
        sums = np.zeros((len(rows) + 1, rows.shape[1] + 1))
        np.cumsum(rows, axis=1, out=sums[:-1, 1:])
        return cls(sums)

    def between(self, row: Integers, first: Integers, last: Integers) -> Floats:
        """Add up the days of each row from the first to the last."""
        return np.asarray(self.sums[row, last + 1] - self.sums[row, first])


@dataclass(frozen=True, slots=True)
class _Rows:
    """Pairs text by text: the strata of both reporters, the cause, and the days of the fault."""

    pair: Integers
    its: Integers
    theirs: Integers
    cause: Integers
    first: Integers
    last: Integers

    def of(self, sums: _Window, row: Integers) -> Floats:
        """Add up the days of the fault."""
        return sums.between(row, self.first, self.last)


@dataclass(frozen=True)
class Comparer:
    """The counts of some domains, ready for the comparison of any two reporters."""

    strata: Strata
    causes: list[str | None]

    def pairs(self, cases: Cases) -> Iterator[pd.DataFrame]:
        """Compare each case with every other reporter of its domain and policy type.

        Returns
        -------
        iterator of DataFrame
            One row per ``case`` and ``other`` (series) with sessions on the days of the fault:
            ``sessions`` (but those that failed otherwise) and ``failures`` of the other under the
            texts that the failing one saw,
            ``days`` of these, ``expected`` failures at the failing one's share, ``effect`` (the
            other's design effect), ``p_value`` (one-sided), ``is_tellable``, ``is_cleaner``; with
            0 sessions where they saw no text in common.
        """
        series = cases.series - self.strata.first
        low = np.searchsorted(self.strata.group, self.strata.group[series], "left")
        counts = np.searchsorted(self.strata.group, self.strata.group[series], "right") - low - 1
        chunk = np.cumsum(counts) // MOST_PAIRS
        for number in np.unique(chunk):
            its = np.flatnonzero(chunk == number)
            case = np.repeat(its, counts[its])
            before = np.cumsum(counts[its]) - counts[its]
            other = low[case] + np.arange(len(case)) - np.repeat(before, counts[its])
            other += other >= series[case]
            if len(case):
                yield self._compared(cases, case, other)

    def _compared(self, cases: Cases, case: Integers, other: Integers) -> pd.DataFrame:
        first, last = cases.first[case], cases.last[case]
        all_sessions = self._series_sessions.between(other, first, last)
        some = all_sessions > 0
        case, other = case[some], other[some]
        parts = self._parts(cases, case, other)
        pair = parts.pop("pair").astype("int64")
        size = len(case)
        added: dict[str, Floats] = {
            name: np.bincount(pair, parts[name], size).astype("float64")
            for name in (
                *("sessions", "squares", "days", "failures", "failure_squares", "products"),
                *("expected", "family", "expected_family"),
            )
        }
        shared = np.where(added["sessions"] > 0, added["sessions"], np.inf)  # or all shares are 0
        weight = parts["sessions"] / shared[pair]
        its_sessions = 1 / np.maximum(
            np.bincount(pair, weight**2 / parts["its_sessions"], size), 1e-300
        )
        effect = np.maximum(
            borrowed_design_effects(
                cases.effect[case], cases.day_size[case], added["squares"] / shared
            ),
            _effects(added),
        )
        share, family_share = added["expected"] / shared, added["expected_family"] / shared
        own = _Sides(its_sessions / cases.effect[case], added["sessions"] / effect)
        p_value = own.p_values(share, added["failures"] / shared)
        is_wider = added["family"] > added["failures"]
        wider = own.p_values(family_share, np.where(is_wider, added["family"] / shared, 0.0))
        p_value = np.where(is_wider, np.maximum(p_value, wider), p_value)
        surplus = family_share - added["family"] / shared
        return pd.DataFrame(
            {
                "case": case,
                "other": other + self.strata.first,
                "sessions": added["sessions"],
                "failures": added["failures"],
                "days": added["days"],
                "expected": added["expected"],
                "effect": effect,
                "p_value": p_value,
                "is_tellable": (added["expected"] / effect >= FEWEST_EXPECTED)
                & (added["days"] >= FEWEST_OTHER_DAYS),
                "is_cleaner": (added["failures"] / shared <= CLEAN_RATIO * share)
                & (surplus >= OWN_PART * share),
            }
        )

    def _parts(self, cases: Cases, case: Integers, other: Integers) -> dict[str, Floats]:
        """Count both reporters of each pair under each text that they have in common."""
        rows = self._rows(cases, case, other)
        nothing = len(self.strata.failures)
        own = self._find_failures(rows.its, rows.cause)
        named = self._find_failures(rows.theirs, rows.cause)
        apart = (cases.hosts[case][rows.pair] & self._hosts[named]) == 0
        named = np.where(apart, nothing, named)  # the same at other MX hosts only
        untyped = self._find_failures(rows.theirs, np.full(len(rows.pair), UNTYPED))
        untyped[np.isin(rows.cause, [UNTYPED, len(self.causes) - 1])] = nothing
        its_sessions, sessions = (
            rows.of(self._sessions, strata) for strata in (rows.its, rows.theirs)
        )
        every = self._find_failures(rows.theirs, np.full(len(rows.pair), len(self.causes) - 1))
        failed = rows.of(self._failures, named) + rows.of(self._failures, untyped)
        otherwise = np.maximum(0.0, rows.of(self._failures, every) - failed)
        its_family, family = (
            np.minimum(self._family(rows, strata, met), its)
            for strata, met, its in (
                (rows.its, own, its_sessions),
                (rows.theirs, named, sessions),
            )
        )
        sessions = np.maximum(0.0, sessions - otherwise)  # what failed otherwise is not clean
        rate = sessions / its_sessions
        both = {
            name: rows.of(sums, named) + rows.of(sums, untyped)
            for name, sums in (
                ("failure_squares", self._failure_squares),
                ("products", self._products),
            )
        }
        return both | {
            "failures": np.minimum(failed, sessions),
            "pair": rows.pair.astype("float64"),
            "its_sessions": its_sessions,
            "sessions": sessions,
            "squares": rows.of(self._session_squares, rows.theirs),
            "days": rows.of(self._active, rows.theirs),
            "expected": rows.of(self._failures, own) * rate,
            "family": family,
            "expected_family": its_family * rate,
        }

    def _rows(self, cases: Cases, case: Integers, other: Integers) -> _Rows:
        """Join the strata of both reporters of each pair by their text."""
        strata, series = self.strata, cases.series[case] - self.strata.first
        low = np.searchsorted(strata.stratum_series, series, "left")
        texts = np.searchsorted(strata.stratum_series, series, "right") - low
        pair = np.repeat(np.arange(len(case)), texts)
        its = low[pair] + np.arange(len(pair)) - np.repeat(np.cumsum(texts) - texts, texts)
        theirs = self._find_stratum(other[pair], strata.stratum_text[its])
        of_case = case[pair]
        rows = _Rows(
            pair, its, theirs, cases.cause[of_case], cases.first[of_case], cases.last[of_case]
        )
        both = (rows.of(self._sessions, its) > 0) & (rows.of(self._sessions, theirs) > 0)
        return _Rows(*(getattr(rows, field.name)[both] for field in fields(_Rows)))

    def _family(self, rows: _Rows, strata: Integers, met: Integers) -> Floats:
        """Add up the failures of some strata that may be the same fault by another name."""
        total = rows.of(self._failures, met)
        every = len(self.causes) - 1
        registered = np.zeros(len(total))
        for number in self._registered:
            row = self._find_failures(strata, np.full(len(strata), number))
            failures = rows.of(self._failures, row)
            registered += failures
            fits = [
                one not in {number, every} and may_be_same(cause, self.causes[number])
                for one, cause in enumerate(self.causes)
            ]
            total += np.where(np.array(fits)[rows.cause], failures, 0.0)
        if len(self._registered) == every:
            return total
        # A type outside the registry may be whatever has no name, too.
        unnamed = np.isin(rows.cause, [UNTYPED, *self._numbers(CATCH_ALL)])
        row = self._find_failures(strata, np.full(len(strata), every))
        others = np.maximum(0.0, rows.of(self._failures, row) - registered)
        return total + np.where(unnamed, others, 0.0)

    def _numbers(self, *names: str) -> list[int]:
        return [number for number, name in enumerate(self.causes) if name in names]

    def _find_stratum(self, series: Integers, text: Integers) -> Integers:
        strata = self.strata
        texts = int(strata.stratum_text.max()) + 1
        return _find(strata.stratum_series * texts + strata.stratum_text, series * texts + text)

    def _find_failures(self, stratum: Integers, cause: Integers) -> Integers:
        causes, strata = len(self.causes), self.strata
        return _find(strata.cause_stratum * causes + strata.cause, stratum * causes + cause)

    @cached_property
    def _registered(self) -> list[int]:
        return [UNTYPED, *self._numbers(*map(str, ResultType))]

    @cached_property
    def _hosts(self) -> Integers:
        return np.append(self.strata.hosts, 0)

    @cached_property
    def _series_sessions(self) -> _Window:
        firsts = starts(self.strata.stratum_series)
        return _Window.of(np.add.reduceat(self.strata.sessions, firsts, axis=0))

    @cached_property
    def _sessions(self) -> _Window:
        return _Window.of(self.strata.sessions)

    @cached_property
    def _session_squares(self) -> _Window:
        return _Window.of(self.strata.sessions**2)

    @cached_property
    def _active(self) -> _Window:
        return _Window.of((self.strata.sessions > 0).astype("float64"))

    @cached_property
    def _failures(self) -> _Window:
        return _Window.of(self.strata.failures)

    @cached_property
    def _failure_squares(self) -> _Window:
        return _Window.of(self.strata.failures**2)

    @cached_property
    def _products(self) -> _Window:
        return _Window.of(self.strata.failures * self.strata.sessions[self.strata.cause_stratum])


@dataclass(frozen=True, slots=True)
class _Sides:
    """The effective sessions of the failing reporter and of the other, of each pair."""

    its_sessions: Floats
    sessions: Floats

    def p_values(self, share: Floats, other_share: Floats) -> Floats:
        """Tell how likely so many more failures of the failing one are, if both failed alike."""
        failed, other_failed = (
            np.round(part * whole)
            for part, whole in ((share, self.its_sessions), (other_share, self.sessions))
        )
        its, others = (
            np.maximum(np.round(whole), part)
            for whole, part in ((self.its_sessions, failed), (self.sessions, other_failed))
        )
        return fisher_p_values(failed, its, other_failed, others)


def _effects(added: dict[str, Floats]) -> Floats:
    """Give the design effect of the others, from sums of squares."""
    sessions, days = np.maximum(added["sessions"], 1e-300), added["days"]
    share = added["failures"] / sessions
    squares = added["failure_squares"] - 2 * share * added["products"] + share**2 * added["squares"]
    is_known = (share > 0) & (share < 1) & (days >= 2)
    within = np.where(is_known, share * (1 - share) * sessions, 1.0)
    between = days / np.maximum(days - 1, 1) * squares
    return np.where(is_known, np.maximum(1.0, between / within), 1.0)


def _find(keys: Integers, wanted: Integers) -> Integers:
    """Give the place of each wanted key among sorted keys; the place after the last if none."""
    place = np.searchsorted(keys, wanted)
    is_met = keys[np.minimum(place, len(keys) - 1)] == wanted
    return np.where(is_met, place, len(keys)).astype("int64")
