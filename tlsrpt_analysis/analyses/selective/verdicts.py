"""The table of selective failures: who is clean by all comparisons, the verdict, the sentence."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from tlsrpt_analysis.analyses.numbering import starts
from tlsrpt_analysis.analyses.selective.cases import Cases
from tlsrpt_analysis.analyses.selective.counts import Counted
from tlsrpt_analysis.analyses.selective.explanations import Other, Told, explanation
from tlsrpt_analysis.analyses.statistics.exact_test import q_values
from tlsrpt_analysis.analyses.statistics.intervals import CONFIDENCE_Z, wilson_intervals
from tlsrpt_analysis.arrays import Booleans, Floats, Integers

SELECTIVE, NOT_SELECTIVE, TOO_LITTLE = "selective", "not selective", "too little data"

ADDED = ("sessions", "failures", "expected")
FLAGS = ("is_over", "is_steady", "is_consistent", "is_brief", "reports_failures_only")


@dataclass(frozen=True, slots=True)
class Judged:
    """The comparisons of each case: one row a case in every frame and array.

    Attributes
    ----------
    verdict : array of str
        What they say.
    clean : dict of int to tuple of str
        The clean reporters of the cases that have some.
    shown : DataFrame
        The counts of the clean ones, or of all others where none is: `ADDED` and ``effect``.
    best : DataFrame
        ``p_value`` and ``q_value`` of the comparison with the smallest.
    largest, likeliest : dict of int to Other
        The other reporter with the most sessions, and with the most to tell.
    has_other_texts : array of bool
        Whether others were seen under other policy texts only.
    is_shown : array of bool
        Whether the case has a row of its own.
    """

    verdict: Floats
    clean: dict[int, tuple[str, ...]]
    shown: pd.DataFrame
    best: pd.DataFrame
    largest: dict[int, Other]
    likeliest: dict[int, Other]
    has_other_texts: Booleans
    is_shown: Booleans


def judged(data: Counted, cases: Cases, pairs: pd.DataFrame, alpha: float) -> Judged:
    """Correct the comparisons for their number, and judge each case by its own."""
    size = len(cases.series)
    has_other_texts = np.bincount(pairs["case"][pairs["sessions"] == 0], minlength=size) > 0
    pairs = pairs[pairs["sessions"] > 0].reset_index(drop=True)
    pairs["q_value"] = q_values(pairs["p_value"].to_numpy("float64"))
    is_clean = (pairs["q_value"] < alpha) & pairs["is_tellable"] & pairs["is_cleaner"]
    has_clean = np.bincount(pairs["case"][is_clean], minlength=size) > 0
    is_tellable = np.bincount(pairs["case"][pairs["is_tellable"]], minlength=size) > 0
    verdict = _verdicts(cases, has_clean, is_tellable)
    shown = pairs[is_clean | ~has_clean[pairs["case"]]].groupby("case")
    sums = shown[list(ADDED)].sum().assign(effect=shown["effect"].max())
    best = pairs.sort_values(["case", "p_value"], kind="stable").drop_duplicates("case")
    return Judged(
        verdict=verdict,
        clean=_names(data, pairs[is_clean]),
        shown=sums.reindex(range(size)),
        best=best.set_index("case")[["p_value", "q_value"]].reindex(range(size)),
        largest=_others(data, pairs, pairs["sessions"].to_numpy("float64")),
        likeliest=_others(data, pairs, (pairs["expected"] / pairs["effect"]).to_numpy("float64")),
        has_other_texts=has_other_texts,
        is_shown=_is_shown(data, cases, verdict == SELECTIVE),
    )


def table_rows(data: Counted, cases: Cases, judged: Judged) -> pd.DataFrame:
    """Give the row of each case, but for what needs the failure details."""
    names = data.names.iloc[cases.series].astype("str").reset_index(drop=True)
    shown, best = judged.shown, judged.best
    counts = shown["sessions"].to_numpy("float64"), shown["failures"].to_numpy("float64")
    effect = shown["effect"].to_numpy("float64")
    quantiles = np.full(len(effect), CONFIDENCE_Z)
    ends = wilson_intervals(counts[1] / effect, counts[0] / effect, quantiles)
    ends[np.isnan(effect)] = np.nan
    rows = pd.DataFrame(
        {
            "policy_domain": names["policy_domain"],
            "policy_type": names["policy_type"],
            "failing_reporter": names["reporter"],
            "result_type": [data.causes[cause] for cause in cases.cause],
            "verdict": judged.verdict,
            "failing_share": cases.failures / cases.sessions,
            "failing_share_low": cases.low,
            "failing_share_high": cases.high,
            "clean_share": counts[1] / counts[0],
            "clean_share_low": ends[:, 0],
            "clean_share_high": ends[:, 1],
            "expected_in_clean": shown["expected"],
            "observed_in_clean": shown["failures"],
            "failing_days": cases.failing_days,
            "active_days": cases.active_days,
            "since_low": _days(data, cases.since_low, later=1),
            "since_high": _days(data, cases.since_high),
            "p_value": best["p_value"],
            "q_value": best["q_value"],
            "over_since": _days(data, np.where(cases.is_over, cases.last_failing, -1), later=1),
        }
    )
    rows["clean_reporters"] = [
        ", ".join(judged.clean.get(case, ())) or None for case in range(len(rows))
    ]
    rows["explanation"] = [
        explanation(told, str(verdict))
        for told, verdict in zip(_told(data, cases, judged, rows), judged.verdict, strict=True)
    ]
    return rows


def most_named_hosts(data: Counted, cases: Cases) -> "pd.Series[str]":
    """Give the MX host that most failures of each case name, on the days of the fault."""
    details = data.details
    case = cases.of_details(details, len(data.causes))
    hosts = details.rows["receiving_mx_hostname"].cat
    counts = details.rows["failed_session_count"].fillna(1).to_numpy("int64")
    within = case >= 0
    rows = pd.DataFrame(
        {"case": case[within], "host": hosts.codes.to_numpy()[within], "count": counts[within]}
    )
    rows = rows[rows["host"] >= 0].groupby(["case", "host"])["count"].sum().reset_index()
    rows["name"] = hosts.categories.astype("str").to_numpy()[rows["host"]]
    most = rows.sort_values(["case", "count", "name"], ascending=[True, False, True])
    return most.drop_duplicates("case").set_index("case")["name"].reindex(range(len(cases.series)))


def _verdicts(cases: Cases, has_clean: Booleans, is_tellable: Booleans) -> Floats:
    is_unknown = cases.is_brief | cases.reports_failures_only
    is_fault = has_clean & cases.is_consistent & (cases.is_lasting | ~cases.is_over)
    is_no_fault = is_tellable | ~cases.is_steady
    verdicts = [TOO_LITTLE, SELECTIVE, NOT_SELECTIVE]
    return np.select([is_unknown, is_fault, is_no_fault], verdicts, TOO_LITTLE)


def _is_shown(data: Counted, cases: Cases, is_selective: Booleans) -> Booleans:
    """Show all causes together only where no single one is selective and they are."""
    is_every = cases.cause == len(data.causes) - 1
    by_cause = np.bincount(cases.series[is_selective & ~is_every], minlength=len(data.names))
    return np.asarray(~is_every | (is_selective & (by_cause[cases.series] == 0)))


def _names(data: Counted, clean: pd.DataFrame) -> dict[int, tuple[str, ...]]:
    reporters = data.names["reporter"].astype("str").to_numpy()[clean["other"]]
    names: dict[int, list[str]] = {}
    for case, reporter in zip(clean["case"], reporters, strict=True):
        names.setdefault(int(case), []).append(str(reporter))
    return {case: tuple(sorted(its)) for case, its in names.items()}


def _others(data: Counted, pairs: pd.DataFrame, by: Floats) -> dict[int, Other]:
    """Give of each case the other reporter with the largest value; by name where two have it."""
    case, other = pairs["case"].to_numpy(), pairs["other"].to_numpy()
    order = np.lexsort((other, -by, case))
    firsts = starts(case[order])
    chosen = pairs.iloc[order[firsts]]
    names = data.names["reporter"].astype("str").to_numpy()[chosen["other"]]
    columns = (chosen[name].tolist() for name in ("sessions", "failures", "days", "effect"))
    told = zip(chosen["case"].tolist(), names, *columns, strict=True)
    return {case: Other(str(name), *counts) for case, name, *counts in told}


def _days(data: Counted, positions: Integers, *, later: int = 0) -> "pd.Series[pd.Timestamp]":
    """Give the days at positions of the calendar; missing for -1."""
    days = pd.Series(data.calendar[positions] + later)
    return days.where(positions >= 0)


def _told(data: Counted, cases: Cases, judged: Judged, rows: pd.DataFrame) -> Iterator[Told]:
    kinds = np.bincount(cases.series[cases.cause < len(data.causes) - 1])[cases.series]
    days = {
        name: data.calendar[getattr(cases, name)].tolist()
        for name in ("first_failing", "last_failing", "last_active", "since_high")
    }
    since_low = (data.calendar[cases.since_low] + 1).tolist()
    counts = {
        name: getattr(cases, name).astype("int64").tolist()
        for name in ("failing_days", "active_days")
    }
    flags = {name: getattr(cases, name).tolist() for name in FLAGS}
    has_onset = (cases.since_high >= 0).tolist()
    columns = ("failing_reporter", "result_type", "failing_share")
    texts = zip(*(rows[name] for name in columns), kinds, strict=True)
    shown = {name: judged.shown[name].tolist() for name in ("expected", "failures")}
    for case, (reporter, kind, share, its_kinds) in enumerate(texts):
        yield Told(
            reporter=str(reporter),
            with_type=f" with {kind}" if kind and its_kinds > 1 else "",
            share=float(share),
            clean=judged.clean.get(case, ()),
            expected=shown["expected"][case],
            observed=shown["failures"][case],
            largest=judged.largest.get(case),
            likeliest=judged.likeliest.get(case),
            since=(since_low[case], days["since_high"][case]) if has_onset[case] else None,
            has_other_texts=bool(judged.has_other_texts[case]),
            **{name: values[case] for name, values in (counts | flags).items()},
            **{name: days[name][case] for name in ("first_failing", "last_failing", "last_active")},
        )
