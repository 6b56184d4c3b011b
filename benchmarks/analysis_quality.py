"""Measure the analyses on simulated months: ``python -m benchmarks.analysis_quality``.

It writes ``ANALYSIS_QUALITY.md``, with ``--only`` one of its two parts: months session by session,
with senders that have the habits of real ones, and months of daily counts. Beside each figure
stands that of the naive method.
"""

import argparse
import datetime as dt
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import fisher_exact

from benchmarks.message_quality import (
    SECTION,
    compare_table,
    months_of_families,
    preface,
    selective_table,
)
from benchmarks.result_files import write_sections
from benchmarks.simulated_months import (
    FEWEST_DAYS,
    FIRST_DAY,
    KINDS,
    OTHER_FAULT,
    REPORTERS,
    Month,
    months_of_runs,
    selective_months,
    steady_months,
    tables_of_months,
)
from tlsrpt_analysis import enforce_impact, selective_failures
from tlsrpt_analysis.analyses.statistics.intervals import wilson_interval

CORRELATIONS = (0.0, 0.2, 0.4, 0.6)
ALPHA = 0.05
TRUE_SHARE = 0.2
ONSET_SHARE = 0.9
NEAR_DAYS = 2
MEASURES = {
    "false": ("false selective verdicts in comparisons without a fault", "at most 2 %"),
    "false: single burst": ("the same, months with only a single reporter's burst", "at most 2 %"),
    "false: two names": ("the same, one shared fault under two result types", "at most 2 %"),
    "false: old text": ("the same, a fault of only the old policy text", "at most 2 %"),
    "false: two causes": ("the same, a shared fault beside one reporter's own", "at most 2 %"),
    "found": ("selective pairs found, 20 % or more on 30 or more days", "at least 95 %"),
    "found: two causes": ("the same, beside another, shared fault", "at least 95 %"),
    "found: new text": ("the same, across a change of the policy text", "at least 95 %"),
    "found: fixed": ("the same, fixed 14 days or more before the end", "at least 95 %"),
    "rows": ("selective reporters found in the same months", ""),
    "over": ("fixed faults reported as over, within 2 days", ""),
    "onset": ("onset within 2 days, 0 to 90 %", "at least 90 %"),
    "covered": ("would-block share within its 95 % interval, shares of 1 to 80 %", "93 to 97 %"),
    "covered small": ("the same, shares of 0.2 to 1 %", "93 to 97 %"),
    "covered runs": ("the same, shares of 5 to 80 %, bad days in runs", "93 to 97 %"),
    "covered small runs": ("the same, shares of 1 to 5 %, bad days in runs", "93 to 97 %"),
}
SMALL, LARGE = (0.002, 0.01), (0.01, 0.8)
RUNS = {"covered runs": (0.05, 0.8), "covered small runs": (0.01, 0.05)}
RUNS_LABEL = "runs"

SESSIONS, DAYS = PARTS = ("sessions", "days")
DAYS_TITLE = "Months of daily counts"
TITLE = "# How good the analyses are\n\nWritten by `python -m benchmarks.analysis_quality`."
ABOUT_VERDICTS = """A comparison is false if a reporter is called clean of a fault that it meets at least a fifth as often, or if what is over after less than three weeks is called selective; the goal is 0.5 % of the comparisons, and 2 % of the domains with one or more.
A fault is strong if a sender meets it in 20 % of its sessions or more, ten times and on five days at least, and another, which reports successes, is spared it in sessions enough for 20 failures on five days; the goal is 98 %.
The onset is right within two days of the middle of `since_low` and `since_high` (goal 95 %), and inverted if they are in the wrong order. `points_to` counts where the reports can show the cause (goal 95 %).
References, for the same pairs: Fisher's exact test of the pooled sessions at 0.05, and the same of counts divided by their design effect, days as clusters (Rao and Scott).
"""
ABOUT_CHANGES = """By `would_block_verdict` of the days before and after a change, or of both halves of months in which nothing changes: not the shares of any sender, though some become ten times as loud, fall silent or report in another way. The goal is 5 % of false changes.
The references compare the failed sessions of all senders, as for selective failures.
"""

Hits = dict[tuple[str, float | str], list[tuple[bool, bool]]]


def main() -> None:
    """Simulate months, compare verdicts with the truth, and print and write the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.analysis_quality")
    parser.add_argument("--repeats", type=int, default=60, help="domains of each kind")
    parser.add_argument("--seed", type=int, default=8460)
    parser.add_argument(
        "--output", type=Path, default=Path(__file__).parent / "ANALYSIS_QUALITY.md"
    )
    parser.add_argument("--only", choices=PARTS, help="one part of the file")
    parser.add_argument("--months", type=int, default=12, help="months of each family of sessions")
    chosen = parser.parse_args()
    measured: dict[str, str] = {}
    if chosen.only != DAYS:
        measured |= _of_sessions(chosen.seed, chosen.months)
    if chosen.only != SESSIONS:
        measured[DAYS_TITLE] = _of_days(chosen.seed, chosen.repeats)
    write_sections(chosen.output, TITLE, measured)
    print(chosen.output.read_text())


def _of_sessions(seed: int, repeats: int) -> dict[str, str]:
    """Judge the analyses on months that are simulated session by session."""
    groups = months_of_families(seed, repeats)
    about = f"{preface(groups)}{ABOUT_VERDICTS}Seed {seed}.\n"
    return {
        f"Selective failures, {SECTION}": f"{about}\n{selective_table(groups)}",
        f"Comparisons of periods, {SECTION}": f"{ABOUT_CHANGES}\n{compare_table(groups)}",
    }


def _of_days(seed: int, repeats: int) -> str:
    """Judge the analyses on months of daily counts."""
    hits: Hits = defaultdict(list)
    for correlation in CORRELATIONS:
        generator = np.random.default_rng([seed, int(100 * correlation)])
        months = selective_months(generator, correlation, repeats)
        _judge_selective(months, correlation, hits)
        for measure, shares in (("covered", LARGE), ("covered small", SMALL)):
            months = steady_months(generator, correlation, 8 * repeats, shares=shares)
            _judge_coverage(months, (measure, correlation), hits)
    for measure, shares in RUNS.items():
        generator = np.random.default_rng([seed, len(measure)])
        months = months_of_runs(generator, 16 * repeats, shares=shares)
        _judge_coverage(months, (measure, RUNS_LABEL), hits)
    return _table(hits, seed, repeats)


def _judge_selective(months: list[Month], correlation: float, hits: Hits) -> None:
    rows = selective_failures(tables_of_months(months))
    by_month = {
        str(name): group.to_dict("records") for name, group in rows.groupby("policy_domain")
    }
    for month in months:
        month_rows = by_month.get(month.policy_domain, [])
        for row in month_rows:
            failing = REPORTERS.index(row["failing_reporter"])
            is_own = month.failing == failing and row["result_type"] != OTHER_FAULT
            if not is_own:
                pairs = _pairs(month, row, failing)
                hits["false", correlation] += pairs
                hits[f"false: {month.kind}", correlation] += pairs
        if month.failing is not None and _counts(month):
            _judge_fault(month, month_rows, correlation, hits)


def _judge_fault(month: Month, rows: list[dict[str, Any]], correlation: float, hits: Hits) -> None:
    own = (REPORTERS[month.failing or 0], month.types[month.failing or 0])
    row = next(row for row in rows if (row["failing_reporter"], row["result_type"]) == own)
    pairs = _pairs(month, row, month.failing or 0)
    hits["found", correlation] += pairs
    hits[f"found: {month.kind}", correlation] += pairs
    is_selective = row["verdict"] == "selective"
    hits["rows", correlation].append((is_selective, any(naive for _, naive in pairs)))
    if month.end is not None:
        hits["over", correlation].append((_is_over_hit(month, row), False))
    elif month.onset and month.true_share == ONSET_SHARE:
        hits["onset", correlation].append(_onset_hit(month, row["since_low"], row))


def _pairs(month: Month, row: dict[str, Any], failing: int) -> list[tuple[bool, bool]]:
    clean = set(str(row["clean_reporters"]).split(", ")) if row["verdict"] == "selective" else set()
    failures = month.failures if row["result_type"] != OTHER_FAULT else month.other_failures
    fault_days = slice(month.onset if month.failing == failing else 0, month.end)
    return [
        (other in clean, _is_naively_selective(month, failures, failing, index))
        for index, other in enumerate(REPORTERS)
        if index != failing and month.sessions[fault_days, index].any()
    ]


def _is_over_hit(month: Month, row: dict[str, Any]) -> bool:
    """Whether the last failing day is reported; on its last days a fault may hit nobody by chance."""
    failed = np.flatnonzero(month.failures[:, month.failing or 0])
    truth = pd.Timestamp(FIRST_DAY) + dt.timedelta(int(failed[-1]) + 1)
    return pd.notna(row["over_since"]) and abs((row["over_since"] - truth).days) <= NEAR_DAYS


def _counts(month: Month) -> bool:
    """Whether the goal speaks of this month: enough days, and enough failures on them."""
    sessions = month.sessions[month.onset : month.end, month.failing]
    failures = month.failures[month.onset : month.end, month.failing]
    return (
        np.count_nonzero(sessions) >= FEWEST_DAYS and failures.sum() >= TRUE_SHARE * sessions.sum()
    )


def _is_naively_selective(month: Month, failed: Any, failing: int, other: int) -> bool:
    """Compare the pooled sessions by Fisher's test, as if they were independent."""
    sessions, failures = month.sessions.sum(axis=0), failed.sum(axis=0)
    table = [[failures[one], sessions[one] - failures[one]] for one in (failing, other)]
    return bool(fisher_exact(table, alternative="greater").pvalue < ALPHA)


def _onset_hit(month: Month, low: pd.Timestamp, row: dict[str, object]) -> tuple[bool, bool]:
    """Whether the true day is at most 2 days from the interval's middle, and from naive."""
    truth = FIRST_DAY + dt.timedelta(month.onset)
    naive = FIRST_DAY + dt.timedelta(int(np.argmax(month.failures[:, month.failing] > 0)))
    near_naive = abs((naive - truth).days) <= NEAR_DAYS
    if pd.isna(low):
        return False, near_naive
    middle = (low.toordinal() + row["since_high"].toordinal()) / 2
    return abs(middle - truth.toordinal()) <= NEAR_DAYS, near_naive


def _judge_coverage(months: list[Month], measure: tuple[str, float | str], hits: Hits) -> None:
    by_domain = enforce_impact(tables_of_months(months)).by_domain.set_index("policy_domain")
    for month in months:
        row = by_domain.loc[month.policy_domain]
        low, high = row["would_block_share_low"], row["would_block_share_high"]
        naive_low, naive_high = wilson_interval(
            float(month.failures.sum()), float(month.sessions.sum())
        )
        covered = low <= month.true_share <= high
        hits[measure].append((bool(covered), naive_low <= month.true_share <= naive_high))


def _table(hits: Hits, seed: int, repeats: int) -> str:
    lines = [
        (
            f"Written by `python -m benchmarks.analysis_quality --only days` (seed {seed}, {repeats} domains of each of {len(KINDS)} kinds at each correlation)."
        ),
        (
            "Months of 45 to 120 days are simulated, with 4 reporters of 1 to 1,000 sessions a day,"
            " where the sessions of a day are correlated. The kinds are: no fault; shared faults,"
            " onsets and bursts; flakes; bursts of 5 to 15 days of a single reporter that have been"
            " over for 7 days or more (and so count as no fault); selective faults and onsets; a"
            " shared fault that two reporters report under another result type; a fault under the"
            " old policy text, which one reporter keeps and the others saw for 2 to 9 days; and"
            " selective faults across a change of the policy, beside another, shared fault, and fixed"
            " after 30 days or more."
        ),
        (
            "Bad days in runs: a Markov chain with runs of bad days of 2 to 8 days on average, the"
            " same for all reporters."
        ),
        (
            "A month without a failure cannot show how bad the days are that it was spared;"
            " `INTERVAL_QUALITY.md` counts these months apart."
        ),
        "The number of cases is in brackets; the standard error of the simulation follows ±.",
        (
            "Naive: pooled Fisher at 0.05 for one result type, the first failing day, Wilson on raw"
            " counts."
        ),
        "",
        "| measure | goal | correlation | ours | naive |",
        "|---|---|--:|--:|--:|",
    ]
    for measure, (what, goal) in MEASURES.items():
        parts = {at: hits[measure, at] for at in (*CORRELATIONS, RUNS_LABEL)}
        parts = {str(at): cases for at, cases in parts.items() if cases}
        pooled = [case for cases in parts.values() for case in cases]
        shown = {} if ": " in measure or len(parts) == 1 else parts
        for label, cases in (shown | {"all": pooled}).items():
            ours, naive = (_share([case[index] for case in cases]) for index in (0, 1))
            naive = "" if measure == "over" else naive  # it knows of no end
            lines.append(f"| {what} | {goal} | {label} | {ours} ({len(cases)}) | {naive} |")
    return "\n".join(lines)


def _share(values: list[bool]) -> str:
    if not values:
        return "none"
    share = sum(values) / len(values)
    return f"{100 * share:.1f} % ± {100 * (share * (1 - share) / len(values)) ** 0.5:.1f}"


if __name__ == "__main__":
    main()
