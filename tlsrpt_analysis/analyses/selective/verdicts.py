"""The verdict on each fault by all its comparisons: who is clean, and whether it is selective."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from tlsrpt_analysis.analyses.numbering import starts
from tlsrpt_analysis.analyses.selective.counts import DomainCounts
from tlsrpt_analysis.analyses.selective.explanations import Other
from tlsrpt_analysis.analyses.selective.reporter_faults import ReporterFaults
from tlsrpt_analysis.analyses.statistics.exact_test import q_values
from tlsrpt_analysis.arrays import Booleans, Floats, Integers, Objects

SELECTIVE, NOT_SELECTIVE, TOO_LITTLE = "selective", "not selective", "too little data"

ADDED = ("sessions", "failures", "expected")


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
    largest, likeliest : dict of int to Other
        The other reporter with the most sessions, and with the most evidence.
    has_other_texts : array of bool
        Whether others were seen under other policy texts only.
    is_shown : array of bool
        Whether the fault has a row of its own.
    """

    counts: DomainCounts
    faults: ReporterFaults
    verdict: Objects
    clean: dict[int, tuple[str, ...]]
    compared: pd.DataFrame
    best: pd.DataFrame
    largest: dict[int, Other]
    likeliest: dict[int, Other]
    has_other_texts: Booleans
    is_shown: Booleans

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
    def type_counts(self) -> Integers:
        """Return by how many result types the reporter of each fault fails."""
        series = self.faults.series
        return np.bincount(series[~self.is_every_type])[series]

    @cached_property
    def fault_of_detail(self) -> Integers:
        """Return the fault of each failure detail, -1 outside of the days of any."""
        return self.faults.of_details(self.counts.details, len(self.counts.causes))

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
    pairs["q_value"] = q_values(pairs["p_value"].to_numpy("float64"))
    is_clean = (pairs["q_value"] < alpha) & pairs["is_comparable"] & pairs["is_cleaner"]
    has_clean = _is_any(pairs["fault"][is_clean], size)
    is_comparable = _is_any(pairs["fault"][pairs["is_comparable"]], size)
    verdict = _verdicts(faults, has_clean, is_comparable)
    others = pairs[is_clean | ~has_clean[pairs["fault"]]].groupby("fault")
    sums = others[list(ADDED)].sum().assign(effect=others["effect"].max())
    best = pairs.sort_values(["fault", "p_value"], kind="stable").drop_duplicates("fault")
    evidence = (pairs["expected"] / pairs["effect"]).to_numpy("float64")
    return JudgedFaults(
        counts=counts,
        faults=faults,
        verdict=verdict,
        clean=_clean_reporters(counts, pairs[is_clean]),
        compared=sums.reindex(range(size)),
        best=best.set_index("fault")[["p_value", "q_value"]].reindex(range(size)),
        largest=_others(counts, pairs, pairs["sessions"].to_numpy("float64")),
        likeliest=_others(counts, pairs, evidence),
        has_other_texts=has_other_texts,
        is_shown=_is_shown(counts, faults, verdict == SELECTIVE),
    )


def _is_any(faults: "pd.Series[int]", size: int) -> Booleans:
    return np.bincount(faults, minlength=size) > 0


def _verdicts(faults: ReporterFaults, has_clean: Booleans, is_comparable: Booleans) -> Objects:
    is_unknown = faults.is_brief | faults.reports_failures_only
    is_fault = has_clean & faults.is_consistent & (faults.is_lasting | ~faults.is_over)
    is_no_fault = is_comparable | ~faults.is_steady
    verdicts = [TOO_LITTLE, SELECTIVE, NOT_SELECTIVE]
    return np.select([is_unknown, is_fault, is_no_fault], verdicts, TOO_LITTLE)


def _is_shown(counts: DomainCounts, faults: ReporterFaults, is_selective: Booleans) -> Booleans:
    """Show all causes together only where no single one is selective and they are."""
    is_every = faults.cause == len(counts.causes) - 1
    by_cause = np.bincount(faults.series[is_selective & ~is_every], minlength=len(counts.names))
    return np.asarray(~is_every | (is_selective & (by_cause[faults.series] == 0)))


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
    columns = (chosen[name].tolist() for name in ("sessions", "failures", "days", "effect"))
    rows = zip(chosen["fault"].tolist(), names, *columns, strict=True)
    return {fault: Other(str(name), *values) for fault, name, *values in rows}
