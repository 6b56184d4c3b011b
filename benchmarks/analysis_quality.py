"""Measures the analyses on simulated months: ``python -m benchmarks.analysis_quality``.

It writes ``ANALYSIS_QUALITY.md``; beside each figure stands that of the naive method.
"""

import argparse
import datetime as dt
from collections import defaultdict
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import fisher_exact

from benchmarks.simulated_months import (
    FEWEST_DAYS,
    FIRST_DAY,
    KINDS,
    REPORTERS,
    Month,
    selective_months,
    steady_months,
    tables_of_months,
)
from tlsrpt_analysis import enforce_impact, selective_failures
from tlsrpt_analysis.analyses.proportions import wilson_interval

CORRELATIONS = (0.0, 0.2, 0.4, 0.6)
ALPHA = 0.05
TRUE_SHARE = 0.2
ONSET_SHARE = 0.9
MEASURES = {
    "false": ("false selective verdicts, of faultless comparisons", "at most 2 %"),
    "burst": ("the same, months with a single reporter's burst only", "at most 2 %"),
    "found": ("selective pairs found, 20 % or more on 30 or more days", "at least 95 %"),
    "rows": ("selective reporters found, of the same", ""),
    "onset": ("onset within 2 days, 0 to 90 %", "at least 90 %"),
    "covered": ("would-block share within its interval of 95 %", "93 to 97 %"),
}

Hits = dict[tuple[str, float], list[tuple[bool, bool]]]


def main() -> None:
    """Simulate, judge, print and write the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.analysis_quality")
    parser.add_argument("--repeats", type=int, default=60, help="domains of each kind")
    parser.add_argument("--seed", type=int, default=8460)
    parser.add_argument(
        "--output", type=Path, default=Path(__file__).parent / "ANALYSIS_QUALITY.md"
    )
    chosen = parser.parse_args()
    hits: Hits = defaultdict(list)
    for correlation in CORRELATIONS:
        generator = np.random.default_rng([chosen.seed, int(100 * correlation)])
        months = selective_months(generator, correlation, chosen.repeats)
        _judge_selective(months, correlation, hits)
        _judge_coverage(
            steady_months(generator, correlation, 8 * chosen.repeats), correlation, hits
        )
    told = _told(hits, chosen.seed, chosen.repeats)
    print(told)
    chosen.output.write_text(told)


def _judge_selective(months: list[Month], correlation: float, hits: Hits) -> None:
    rows = selective_failures(tables_of_months(months))
    by_case = {
        (row["policy_domain"], row["failing_reporter"]): row for row in rows.to_dict("records")
    }
    for month in months:
        for failing, name in enumerate(REPORTERS):
            row = by_case.get((month.policy_domain, name))
            if row is None:
                continue
            clean = set(str(row["clean_reporters"]).split(", "))
            is_told = row["verdict"] == "selective"
            pairs = [
                (is_told and other in clean, _is_naively_selective(month, failing, index))
                for index, other in enumerate(REPORTERS)
                if index != failing and month.sessions[month.onset :, index].any()
            ]
            if month.failing is None:
                hits["false", correlation] += pairs
                if month.kind == "single burst":
                    hits["burst", correlation] += pairs
            elif _counts(month):
                hits["found", correlation] += pairs
                hits["rows", correlation].append((is_told, any(naive for _, naive in pairs)))
                if month.onset and month.true_share == ONSET_SHARE:
                    hits["onset", correlation].append(_onset_hit(month, row["since_low"], row))


def _counts(month: Month) -> bool:
    """Tell whether the goal speaks of this month: enough days, and enough failures on them."""
    sessions = month.sessions[month.onset :, month.failing]
    failures = month.failures[month.onset :, month.failing]
    return (
        np.count_nonzero(sessions) >= FEWEST_DAYS and failures.sum() >= TRUE_SHARE * sessions.sum()
    )


def _is_naively_selective(month: Month, failing: int, other: int) -> bool:
    """Compare the pooled sessions by Fisher's test, as if they were independent."""
    sessions, failures = month.sessions.sum(axis=0), month.failures.sum(axis=0)
    table = [[failures[one], sessions[one] - failures[one]] for one in (failing, other)]
    return bool(fisher_exact(table, alternative="greater").pvalue < ALPHA)


def _onset_hit(month: Month, low: dt.date, row: dict[str, object]) -> tuple[bool, bool]:
    """Tell whether the true day is at most 2 days from the interval's middle, and from naive."""
    truth = FIRST_DAY + dt.timedelta(month.onset)
    naive = FIRST_DAY + dt.timedelta(int(np.argmax(month.failures[:, month.failing] > 0)))
    near_naive = abs((naive - truth).days) <= 2
    if pd.isna(low):
        return False, near_naive
    middle = (pd.Timestamp(low).toordinal() + pd.Timestamp(row["since_high"]).toordinal()) / 2
    return abs(middle - truth.toordinal()) <= 2, near_naive


def _judge_coverage(months: list[Month], correlation: float, hits: Hits) -> None:
    by_domain = enforce_impact(tables_of_months(months)).by_domain.set_index("policy_domain")
    for month in months:
        row = by_domain.loc[month.policy_domain]
        low, high = row["would_block_share_low"], row["would_block_share_high"]
        naive_low, naive_high = wilson_interval(
            float(month.failures.sum()), float(month.sessions.sum())
        )
        covered = low <= month.true_share <= high
        hits["covered", correlation].append(
            (bool(covered), naive_low <= month.true_share <= naive_high)
        )


def _told(hits: Hits, seed: int, repeats: int) -> str:
    lines = [
        "# How good the analyses are",
        "",
        (
            "Written by `python -m benchmarks.analysis_quality`"
            f" (seed {seed}, {repeats} domains of each of {len(KINDS)} kinds at each correlation)."
        ),
        (
            "Simulated months of 45 to 120 days: 4 reporters of 1 to 1,000 sessions a day, the sessions"
            " of a day correlated; no fault, shared faults, shared onsets, shared bursts, flakes,"
            " bursts of 5 to 15 days of a single reporter that are over for 7 days or more (and so"
            " count as faultless), selective faults and selective onsets."
        ),
        "In brackets the cases, and after ± the simulation's own standard error.",
        "Naive: pooled Fisher at 0.05, the first failing day, Wilson on raw counts.",
        "",
        "| measure | goal | correlation | ours | naive |",
        "|---|---|--:|--:|--:|",
    ]
    for measure, (what, goal) in MEASURES.items():
        pooled = [hit for correlation in CORRELATIONS for hit in hits[measure, correlation]]
        for label, cases in [
            *((f"{one}", hits[measure, one]) for one in CORRELATIONS),
            ("all", pooled),
        ]:
            ours, naive = (_share([case[index] for case in cases]) for index in (0, 1))
            lines.append(f"| {what} | {goal} | {label} | {ours} ({len(cases)}) | {naive} |")
    return "\n".join(lines) + "\n"


def _share(values: list[bool]) -> str:
    if not values:
        return "none"
    share = sum(values) / len(values)
    return f"{100 * share:.1f} % ± {100 * (share * (1 - share) / len(values)) ** 0.5:.1f}"


if __name__ == "__main__":
    main()
