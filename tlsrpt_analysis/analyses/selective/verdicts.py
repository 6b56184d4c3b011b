"""The verdict on each fault by all its comparisons: who is clean, and whether it is selective."""

import itertools
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from tlsrpt_analysis.analyses.numbering import group_numbers, numbered, starts
from tlsrpt_analysis.analyses.selective.counts import SERIES, DomainCounts
from tlsrpt_analysis.analyses.selective.explanations import Other
from tlsrpt_analysis.analyses.selective.host_causes import is_at_host, type_cause
from tlsrpt_analysis.analyses.selective.reporter_faults import ReporterFaults
from tlsrpt_analysis.analyses.statistics.exact_test import q_values
from tlsrpt_analysis.arrays import Booleans, Floats, Integers, Objects

SELECTIVE, NOT_SELECTIVE, TOO_LITTLE = "selective", "not selective", "too little data"

ADDED = ("sessions", "failures", "expected")

OTHER = ("sessions", "failures", "days", "expected", "family_share", "effect")
"""What a sentence says of another reporter."""


@dataclass(frozen=True)
class JudgedFaults:
    """Faults with their verdicts: one row a fault in every frame and array.

    Attributes
    ----------
    counts : DomainCounts
        What the reports count.
    faults : ReporterFaults
        The faults.
    verdict : array of str
        The verdict on each.
    clean : dict of int to tuple of str
        The clean reporters of the faults that have some.
    compared : DataFrame
        The counts of the clean ones, or of all others where none is: `ADDED` and ``effect``.
    best : DataFrame
        ``p_value`` and ``q_value`` of the comparison with the smallest.
    alike, likeliest : dict of int to Other
        The reporter with the most sessions of those that fail as well, and the other one with the
        most evidence.
    has_other_texts : array of bool
        Whether others were seen under other policy texts only.
    is_shown : array of bool
        Whether the fault has a row of its own.
    is_shared : array of bool
        Whether a reporter with traffic enough meets the fault too, by the same name.
    """

    counts: DomainCounts
    faults: ReporterFaults
    verdict: Objects
    clean: dict[int, tuple[str, ...]]
    compared: pd.DataFrame
    best: pd.DataFrame
    alike: dict[int, Other]
    likeliest: dict[int, Other]
    has_other_texts: Booleans
    is_shown: Booleans
    is_shared: Booleans

    @cached_property
    def names(self) -> pd.DataFrame:
        """Return the domain, policy type and reporter of each fault."""
        return self.counts.names.iloc[self.faults.series].astype("str").reset_index(drop=True)

    @cached_property
    def result_types(self) -> list[str | None]:
        """Return the result type of each fault, `None` without one or for all types together."""
        return [self.counts.causes[cause] for cause in self.faults.cause]

    @cached_property
    def is_every_type(self) -> Booleans:
        """Mark the faults that are all result types of a reporter together."""
        return np.asarray(self.faults.cause == len(self.counts.causes) - 1)

    @cached_property
    def is_at_host(self) -> Booleans:
        """Mark the faults of one type at one MX host."""
        return is_at_host(self.faults.cause, self.counts.causes)

    @cached_property
    def type_counts(self) -> Integers:
        """Return by how many result types the reporter of each fault fails."""
        number, _ = group_numbers(self.names, SERIES)
        is_type = ~self.is_every_type & ~self.is_at_host
        return np.bincount(number[is_type], minlength=len(number))[number]

    @cached_property
    def fault_of_detail(self) -> Integers:
        """Return the fault of each failure detail, -1 outside of the days of any.

        Where its type is shown by host, that is the one at its host.
        """
        details, causes = self.counts.details, len(self.counts.causes)
        of_type, of_host = (
            self.faults.of_details(details, cause, causes)
            for cause in (details.cause, details.host_cause)
        )
        is_by_host = np.append(self.is_at_host & self.is_shown, False)[of_host]
        return np.where(is_by_host, of_host, of_type)

    def days(self, positions: Integers, *, later: int = 0) -> "pd.Series[pd.Timestamp]":
        """Return the days at positions of the calendar, or days later; missing for -1."""
        days = pd.Series(self.counts.calendar[positions] + later)
        return days.where(positions >= 0)


def with_verdicts(
    counts: DomainCounts, faults: ReporterFaults, pairs: pd.DataFrame, alpha: float
) -> JudgedFaults:
    """Correct the comparisons for their number, and judge each fault by its own.

    Parameters
    ----------
    counts, faults
        What the reports count, and the faults in it.
    pairs : DataFrame
        The comparisons, with the columns of `PAIRS`.
    alpha : float
        The share of false alarms among the clean reporters that is accepted.
    """
    size = len(faults.series)
    has_other_texts = _is_any(pairs["fault"][pairs["sessions"] == 0], size)
    pairs = pairs[pairs["sessions"] > 0].reset_index(drop=True)
    pairs["q_value"] = _q_values(counts, faults, pairs)
    is_clean = (pairs["q_value"] < alpha) & pairs["is_comparable"] & pairs["is_cleaner"]
    is_alike = (pairs["is_comparable"] & ~pairs["is_cleaner"]).to_numpy("bool")
    has_clean = _is_any(pairs["fault"][is_clean], size)
    verdict = _verdicts(faults, has_clean, _is_any(pairs["fault"][is_alike], size))
    others = pairs[is_clean | ~has_clean[pairs["fault"]]].groupby("fault")
    sums = others[list(ADDED)].sum().assign(effect=others["effect"].max())
    best = pairs.sort_values(["fault", "p_value"], kind="stable").drop_duplicates("fault")
    is_shared = _is_any(pairs["fault"][pairs["is_comparable"] & pairs["is_met"]], size)
    evidence = (pairs["expected"] / pairs["effect"]).to_numpy("float64")
    return JudgedFaults(
        counts=counts,
        faults=faults,
        verdict=verdict,
        clean=_clean_reporters(counts, pairs[is_clean]),
        compared=sums.reindex(range(size)),
        best=best.set_index("fault")[["p_value", "q_value"]].reindex(range(size)),
        alike=_others(counts, pairs[is_alike], pairs["sessions"].to_numpy("float64")[is_alike]),
        likeliest=_others(counts, pairs, evidence),
        has_other_texts=has_other_texts,
        is_shown=_is_shown(counts, faults, verdict == SELECTIVE, is_shared),
        is_shared=is_shared,
    )


def _is_any(faults: "pd.Series[int]", size: int) -> Booleans:
    return np.bincount(faults, minlength=size) > 0


def _q_values(counts: DomainCounts, faults: ReporterFaults, pairs: pd.DataFrame) -> Floats:
    """Correct for the number of comparisons in the same domain, whatever else is loaded."""
    domain = group_numbers(counts.names, ["policy_domain"])[0][faults.series][pairs["fault"]]
    order = np.argsort(domain, kind="stable")
    p_values = pairs["p_value"].to_numpy("float64")[order]
    values = np.empty(len(pairs))
    bounds = [*starts(domain[order]).tolist(), len(pairs)]
    for begin, end in itertools.pairwise(bounds):
        values[order[begin:end]] = q_values(p_values[begin:end])
    return values


def _verdicts(faults: ReporterFaults, has_clean: Booleans, has_alike: Booleans) -> Objects:
    is_unknown = faults.is_brief | faults.reports_failures_only
    is_burst = faults.is_over & ~faults.is_lasting
    is_fault = has_clean & faults.is_steady & ~is_burst
    is_no_fault = has_alike | ~faults.is_steady | (has_clean & is_burst)
    verdicts = [TOO_LITTLE, SELECTIVE, NOT_SELECTIVE]
    return np.select([is_unknown, is_fault, is_no_fault], verdicts, TOO_LITTLE)


def _is_shown(
    counts: DomainCounts, faults: ReporterFaults, is_selective: Booleans, is_shared: Booleans
) -> Booleans:
    """Show all causes together only where no single one is selective and they are.

    One host is shown beside its type where it is selective, and the type as a whole is not, or is
    met by others who fail at other hosts.
    """
    size = len(counts.causes)
    is_every = faults.cause == size - 1
    by_cause = np.bincount(faults.series[is_selective & ~is_every], minlength=len(counts.names))
    at_host = is_at_host(faults.cause, counts.causes)
    kind, _ = numbered(faults.series * size + type_cause(faults.cause, counts.causes))
    as_whole, as_own = (
        np.bincount(kind[chosen & ~at_host], minlength=len(kind))[kind] > 0
        for chosen in (is_selective, is_selective & ~is_shared)
    )
    is_own_host = is_selective & ~as_own & ~(as_whole & is_shared)
    is_wanted = np.where(at_host, is_own_host, ~is_every)
    return np.asarray(is_wanted | (is_every & is_selective & (by_cause[faults.series] == 0)))


def _clean_reporters(counts: DomainCounts, clean: pd.DataFrame) -> dict[int, tuple[str, ...]]:
    reporters = counts.names["reporter"].astype("str").to_numpy()[clean["other"]]
    names: dict[int, list[str]] = {}
    for fault, reporter in zip(clean["fault"], reporters, strict=True):
        names.setdefault(int(fault), []).append(str(reporter))
    return {fault: tuple(sorted(of_fault)) for fault, of_fault in names.items()}


def _others(counts: DomainCounts, pairs: pd.DataFrame, by: Floats) -> dict[int, Other]:
    """Return each fault's other reporter with the largest value; by name where two have it."""
    fault, other = pairs["fault"].to_numpy(), pairs["other"].to_numpy()
    order = np.lexsort((other, -by, fault))
    chosen = pairs.iloc[order[starts(fault[order])]]
    names = counts.names["reporter"].astype("str").to_numpy()[chosen["other"]]
    columns = (chosen[name].tolist() for name in OTHER)
    rows = zip(chosen["fault"].tolist(), names, *columns, strict=True)
    return {fault: Other(str(name), *values) for fault, name, *values in rows}
