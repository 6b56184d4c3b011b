"""Reporters' failure shares compared, where the sessions of one day are not independent.

Fisher's exact test on counts divided by their design effect, days as clusters (Rao-Scott), on the
days of the fault and the policy texts that both reporters saw.

References
----------
Rao, J. N. K., and Scott, A. J. (1992). A simple method for the analysis of clustered binary data.
*Biometrics* 48 (2), 577-585.
"""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from functools import cached_property

import numpy as np
import pandas as pd

from tlsrpt_analysis.analyses.selective.clean_reporters import Compared
from tlsrpt_analysis.analyses.selective.counts import Strata
from tlsrpt_analysis.analyses.selective.effective_counts import Sides, design_effects_of
from tlsrpt_analysis.analyses.selective.failures_by_cause import ANY_HOST, UNTYPED
from tlsrpt_analysis.analyses.selective.host_causes import is_at_host, same_host, type_cause
from tlsrpt_analysis.analyses.selective.like_with_like import CATCH_ALL, may_be_same
from tlsrpt_analysis.analyses.selective.reporter_faults import ReporterFaults
from tlsrpt_analysis.analyses.selective.strata_sums import RunningSums, StrataSums
from tlsrpt_analysis.analyses.statistics.day_clusters import borrowed_design_effects
from tlsrpt_analysis.arrays import Floats, Integers
from tlsrpt_analysis.standards.result_types import ResultType

FEWEST_OTHER_DAYS = 3

FEWEST_EXPECTED = 5.0
"""The other reporter must have had traffic for five failures at the failing one's share."""

MOST_PAIRS = 200_000
"""Pairs compared at a time."""


@dataclass(frozen=True, slots=True)
class _Rows:
    """Pairs text by text: the strata of both reporters, the cause, and the days of the fault."""

    pair: Integers
    own_stratum: Integers
    other_stratum: Integers
    cause: Integers
    first: Integers
    last: Integers

    def of(self, sums: RunningSums, row: Integers) -> Floats:
        """Add up the days of the fault."""
        return sums.between(row, self.first, self.last)


@dataclass(frozen=True)
class Comparer:
    """The counts of some domains, ready for the comparison of any two reporters."""

    sums: StrataSums
    causes: list[str | None]

    @classmethod
    def of(cls, strata: Strata, causes: list[str | None]) -> "Comparer":
        """Prepare the counts of some domains."""
        return cls(StrataSums(strata, len(causes)), causes)

    def pairs(self, faults: ReporterFaults) -> Iterator[pd.DataFrame]:
        """Compare each fault with every other reporter of its domain and policy type.

        Returns
        -------
        iterator of DataFrame
            One row per ``fault`` and ``other`` (series) with sessions on the days of the fault:
            ``sessions`` (without those that failed otherwise) and ``failures`` of the other under
            the texts that the failing one saw, ``days`` of these, ``expected`` failures at the
            failing one's share, ``family_share`` (its failures that may be the same fault by
            another name too), ``effect`` (the other's design effect), ``p_value`` (one-sided),
            ``is_comparable`` (the other has days and traffic enough), ``is_cleaner``, ``is_met``
            (the other meets it by the same name); with 0 sessions where they saw no text in common.
        """
        series = faults.series - self.sums.strata.first
        low = np.searchsorted(self.sums.strata.group, self.sums.strata.group[series], "left")
        counts = (
            np.searchsorted(self.sums.strata.group, self.sums.strata.group[series], "right")
            - low
            - 1
        )
        chunk = np.cumsum(counts) // MOST_PAIRS
        for number in np.unique(chunk):
            chosen = np.flatnonzero(chunk == number)
            fault = np.repeat(chosen, counts[chosen])
            before = np.cumsum(counts[chosen]) - counts[chosen]
            other = low[fault] + np.arange(len(fault)) - np.repeat(before, counts[chosen])
            other += other >= series[fault]
            if len(fault):
                yield self._compared(faults, fault, other)

    def _compared(self, faults: ReporterFaults, fault: Integers, other: Integers) -> pd.DataFrame:
        first, last = faults.first[fault], faults.last[fault]
        all_sessions = self.sums.series_sessions.between(other, first, last)
        is_active = all_sessions > 0
        fault, other = fault[is_active], other[is_active]
        parts = self._parts(faults, fault, other)
        pair = parts.pop("pair").astype("int64")
        size = len(fault)
        added: dict[str, Floats] = {
            name: np.bincount(pair, parts[name], size).astype("float64")
            for name in (
                *("sessions", "squares", "days", "failures", "failure_squares", "products"),
                *("expected", "family", "family_sessions", "expected_family"),
            )
        }
        shared = np.where(added["sessions"] > 0, added["sessions"], np.inf)  # or all shares are 0
        weight = parts["sessions"] / shared[pair]
        own_sessions = 1 / np.maximum(
            np.bincount(pair, weight**2 / parts["own_sessions"], size), 1e-300
        )
        effect = np.maximum(
            borrowed_design_effects(
                faults.effect[fault], faults.day_size[fault], added["squares"] / shared
            ),
            design_effects_of(added),
        )
        # What has no type may be the same as what has one, and so may what is listed twice at a host.
        cause, is_twice = faults.cause[fault], faults.is_listed_twice[fault]
        has_type = cause != UNTYPED
        compared = Compared(
            share=added["expected"] / shared,
            other_share=added["failures"] / shared,
            family_share=added["expected_family"] / shared,
            other_family_share=added["family"] / shared,
            is_one_host=self.sums.strata.is_single_host[other],
            is_own_name=has_type & ~is_twice,
            has_beside=has_type & ~(is_twice & is_at_host(cause, self.causes)),
        )
        sides = Sides(own_sessions / faults.effect[fault], added["sessions"] / effect)
        p_value = sides.p_values(compared.share, compared.other_share)
        is_wider = added["family"] > added["failures"]
        wider = sides.p_values(
            compared.family_share, np.where(is_wider, compared.other_family_share, 0.0)
        )
        p_value = np.where(is_wider, np.maximum(p_value, wider), p_value)
        return pd.DataFrame(
            {
                "fault": fault,
                "other": other + self.sums.strata.first,
                "sessions": added["sessions"],
                "failures": added["failures"],
                "days": added["days"],
                "expected": added["expected"],
                "family_share": added["family"] / np.maximum(added["family_sessions"], 1.0),
                "effect": effect,
                "p_value": p_value,
                "is_comparable": (added["expected"] / effect >= FEWEST_EXPECTED)
                & (added["days"] >= FEWEST_OTHER_DAYS),
                "is_cleaner": compared.is_cleaner,
                "is_met": compared.is_met,
            }
        )

    def _parts(self, faults: ReporterFaults, fault: Integers, other: Integers) -> dict[str, Floats]:
        """Count both reporters of each pair under each text that they have in common."""
        rows = self._rows(faults, fault, other)
        nothing = self.sums.nothing
        own = self.sums.find_failures(rows.own_stratum, rows.cause)
        named = self.sums.find_failures(rows.other_stratum, rows.cause)
        apart = (faults.hosts[fault][rows.pair] & self.sums.hosts[named]) == 0
        named = np.where(apart, nothing, named)  # the same at other MX hosts only
        untyped = self.sums.find_failures(rows.other_stratum, UNTYPED)
        untyped[np.isin(rows.cause, [UNTYPED, len(self.causes) - 1])] = nothing
        own_sessions, all_sessions = (
            rows.of(self.sums.sessions, strata) for strata in (rows.own_stratum, rows.other_stratum)
        )
        every = self.sums.find_failures(rows.other_stratum, len(self.causes) - 1)
        failed = rows.of(self.sums.failures, named) + rows.of(self.sums.failures, untyped)
        every_failed = rows.of(self.sums.failures, every)
        own_family, family = (
            self._family(rows, faults, fault, strata)
            for strata in (rows.own_stratum, rows.other_stratum)
        )
        family = np.maximum(family, failed)
        # What failed otherwise is not clean.
        sessions = np.maximum(0.0, all_sessions - np.maximum(0.0, every_failed - failed))
        rate = sessions / own_sessions
        both = {
            name: rows.of(sums, named) + rows.of(sums, untyped)
            for name, sums in (
                ("failure_squares", self.sums.failure_squares),
                ("products", self.sums.products),
            )
        }
        return both | {
            "failures": np.minimum(failed, sessions),
            "pair": rows.pair.astype("float64"),
            "own_sessions": own_sessions,
            "sessions": sessions,
            "squares": rows.of(self.sums.session_squares, rows.other_stratum),
            "days": rows.of(self.sums.active_days, rows.other_stratum),
            "expected": rows.of(self.sums.failures, own) * rate,
            "family": family,
            "family_sessions": np.maximum(
                0.0, all_sessions - np.maximum(0.0, every_failed - family)
            ),
            "expected_family": own_family * rate,
        }

    def _rows(self, faults: ReporterFaults, fault: Integers, other: Integers) -> _Rows:
        """Join the strata of both reporters of each pair by their text."""
        strata, series = self.sums.strata, faults.series[fault] - self.sums.strata.first
        low = np.searchsorted(strata.stratum_series, series, "left")
        texts = np.searchsorted(strata.stratum_series, series, "right") - low
        pair = np.repeat(np.arange(len(fault)), texts)
        own_stratum = low[pair] + np.arange(len(pair)) - np.repeat(np.cumsum(texts) - texts, texts)
        other_stratum = self.sums.find_stratum(other[pair], strata.stratum_text[own_stratum])
        of_fault = fault[pair]
        rows = _Rows(
            pair,
            own_stratum,
            other_stratum,
            *(of[of_fault] for of in (faults.cause, faults.first, faults.last)),
        )
        own, others = (
            rows.of(self.sums.sessions, strata) for strata in (own_stratum, other_stratum)
        )
        both = (own > 0) & (others > 0)
        return _Rows(*(getattr(rows, field.name)[both] for field in fields(_Rows)))

    def _family(
        self, rows: _Rows, faults: ReporterFaults, fault: Integers, strata: Integers
    ) -> Floats:
        """Add up the failures of some strata that may be the same fault by another name.

        They are no more than all failures of the summary. Where a reporter lists a session under
        two result types, as Mail.ru does, all its failures at the host may be the same.
        """
        is_twice = faults.is_listed_twice[fault][rows.pair]
        hosts = faults.hosts[fault][rows.pair]
        # At a host that it names, a validation-failure of Microsoft is no missing STARTTLS.
        names = self.sums.strata.names_types[faults.series[fault] - self.sums.strata.first]
        cause = type_cause(rows.cause, self.causes)
        is_named = names[rows.pair] & np.isin(cause, self._numbers(CATCH_ALL)) & (hosts != ANY_HOST)
        every = len(self.causes) - 1
        total = np.zeros(len(hosts))
        registered = np.zeros(len(hosts))
        for number in self._registered:
            row = self.sums.find_failures(strata, same_host(rows.cause, number, self.causes))
            failures = rows.of(self.sums.failures, row)
            registered += failures
            fits = np.array([may_be_same(cause, self.causes[number]) for cause in self.causes])
            is_here = (hosts & self.sums.hosts[row]) != 0
            if self.causes[number] == ResultType.STARTTLS_NOT_SUPPORTED:
                is_here &= ~is_named
            total += np.where((fits[rows.cause] | is_twice) & is_here, failures, 0.0)
        all_failures = rows.of(self.sums.failures, self.sums.find_failures(strata, every))
        total += self._unregistered(rows, hosts, strata, all_failures - registered)
        is_all = (rows.cause == every) | (is_twice & ~is_at_host(rows.cause, self.causes))
        return np.minimum(np.where(is_all, all_failures, total), all_failures)

    def _unregistered(
        self, rows: _Rows, hosts: Integers, strata: Integers, others: Floats
    ) -> Floats:
        """Add up the failures with types outside the registry: the same one, or those without a name."""
        row = self.sums.find_failures(strata, rows.cause)
        is_here = (hosts & self.sums.hosts[row]) != 0
        same = np.where(is_here, rows.of(self.sums.failures, row), 0.0)
        cause = type_cause(rows.cause, self.causes)
        unnamed = np.isin(cause, [UNTYPED, *self._numbers(CATCH_ALL)])
        is_registered = np.isin(cause, self._registered)
        return np.where(unnamed, np.maximum(0.0, others), np.where(is_registered, 0.0, same))

    def _numbers(self, *names: str) -> list[int]:
        everywhere = ~is_at_host(np.arange(len(self.causes)), self.causes)
        return [
            number
            for number, name in enumerate(self.causes)
            if name in names and everywhere[number]
        ]

    @cached_property
    def _registered(self) -> list[int]:
        return [UNTYPED, *self._numbers(*map(str, ResultType))]
