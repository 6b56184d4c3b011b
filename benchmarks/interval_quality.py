"""Measure how often intervals of shares by days hold the truth of simulated months of many kinds.

Run ``python -m benchmarks.interval_quality``; it writes ``INTERVAL_QUALITY.md`` in about a minute.
"""

import argparse
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt

from benchmarks.daily_series import KINDS, PARTS, Counts, Months
from benchmarks.interval_methods import METHODS
from tlsrpt_analysis.analyses.statistics.clean_days import few_failures_limits
from tlsrpt_analysis.analyses.statistics.intervals import FEWEST_DAYS, part_intervals

TUNING_SEED, SEED, MONTHS = 1, 20261127, 6000
SHARES = {"below 1 %": (0.0, 0.01), "1 to 5 %": (0.01, 0.05), "5 to 80 %": (0.05, 1.0)}
DAYS = {"8 to 27": (FEWEST_DAYS, 28), "28 to 90": (28, 91)}
FEWEST_MONTHS = 100
ROUNDED = 1e-12
CHANCE = 0.025
CLEAN_DAYS, CLEAN_SESSIONS = (14, 28, 60, 90), 100.0
RUN_LENGTHS, SEVERITY = (2, 4, 8), 0.8
CORRELATIONS = (0.15, 0.4, 0.6)
STEPS = 40

Flags = npt.NDArray[np.bool_]

PREFACE = f"""# How good the intervals are

Written by `python -m benchmarks.interval_quality` (seed {{seed}}, {{size:,}} months of each kind).
The constants were chosen on other months (seed {TUNING_SEED}); this table uses months that they have not seen.

A month has 8 to 90 days (14 to 90 with a change, weekends or two hosts), 3 to 1,000,000 sessions a day, and a share of 0.2 to 80 % in the long run; days, sessions and shares are spread evenly on a logarithmic scale, so that half of the months have fewer than 28 days.
The truth is the share that the process has in the long run; where the process changes in the month, its mean over the month.
So a month that was spared is not covered by an interval around what happened in it: no interval from these days alone can be, unless it assumes how bad the days are that were not seen.
Months without any failure are therefore counted apart; *too low* and *too high* are parts of the months with a failure whose interval ends below the truth, or begins above it.
The simulation's standard error is 0.6 points for 1,000 months.
"""

KINDS_NOTE = """## Shares of sessions

*Width* is the mean width of the intervals of months with a failure.
"""

METHODS_NOTE = """## Beside other methods

Coverage of the months with a failure, and the mean width of their intervals, all shares and all numbers of days.
"""

PARTS_NOTE = """## Shares of failures by MX host

Failures at the first of two hosts, as part of the failures at both; where one host never failed in the month, the data cannot say that it will.
The other methods on the same months:
"""

LIMITS_NOTE = f"""## What a month without a failure leaves possible

{CLEAN_SESSIONS:.0f} sessions a day, none of which failed. *Ours* assumes a correlation of {CORRELATIONS[0]} within a day.
The other columns are the upper limits that would hold, at the same confidence, if days were as named: what a clean month would have to say to be right about them.
Runs: bad days on which {100 * SEVERITY:.0f} % fail come in runs of that mean length.
"""


def main() -> None:
    """Simulate months, count what is covered, and print and write the tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.interval_quality")
    parser.add_argument("--months", type=int, default=MONTHS, help="months of each kind")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument(
        "--output", type=Path, default=Path(__file__).parent / "INTERVAL_QUALITY.md"
    )
    chosen = parser.parse_args()
    months, parts = (_simulated(kinds, chosen.seed, chosen.months) for kinds in (KINDS, PARTS))
    sections = [
        PREFACE.format(seed=chosen.seed, size=chosen.months),
        KINDS_NOTE,
        _by_kind(months),
        METHODS_NOTE,
        _by_method(months, dict(METHODS)),
        PARTS_NOTE,
        _by_method(parts, METHODS | {"ours": _parts}),
        LIMITS_NOTE,
        _clean_months(),
    ]
    text = "\n".join(sections)
    print(text)
    chosen.output.write_text(text)


def _simulated(
    kinds: dict[str, Callable[[np.random.Generator, int], Months]], seed: int, size: int
) -> dict[str, Months]:
    """Return months of each kind; those of the parts have seeds of their own."""
    shift = len(KINDS) if kinds is PARTS else 0
    return {
        kind: simulate(np.random.default_rng([seed, shift + index]), size)
        for index, (kind, simulate) in enumerate(kinds.items())
    }


def _parts(totals: Counts, parts: Counts) -> Counts:
    return part_intervals(totals, parts)


def _by_kind(months: dict[str, Months]) -> str:
    lines = [
        "| kind | share | days | months | without a failure | covered | covered of the others | too low | too high | width |",
        "|---|---|---|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for kind, one in months.items():
        ends = METHODS["ours"](one.sessions, one.failures)
        days = np.count_nonzero(one.sessions, axis=1)
        for share, (least, most) in SHARES.items():
            for span, (first, last) in DAYS.items():
                is_in = (one.shares >= least) & (one.shares < most)
                is_in &= (days >= first) & (days < last)
                if np.count_nonzero(is_in) >= FEWEST_MONTHS:
                    cells = _cells(one, ends, is_in)
                    lines.append(f"| {kind} | {share} | {span} | {cells} |")
    return "\n".join(lines) + "\n"


def _cells(months: Months, ends: Counts, is_in: Flags) -> str:
    has_failure = months.failures.sum(axis=1) > 0
    too_low, too_high = _misses(months, ends)
    covered, others = ~too_low & ~too_high, is_in & has_failure
    width = float((ends[:, 1] - ends[:, 0])[others].mean())
    parts = [
        _percent(~has_failure, is_in),
        *(_percent(covered, chosen) for chosen in (is_in, others)),
        *(_percent(miss, others) for miss in (too_low, too_high)),
    ]
    return " | ".join([f"{np.count_nonzero(is_in):,}", *parts, f"{width:.3f}"])


def _misses(months: Months, ends: Counts) -> tuple[Flags, Flags]:
    return ends[:, 1] < months.shares - ROUNDED, ends[:, 0] > months.shares + ROUNDED


def _percent(flags: Flags, of: Flags) -> str:
    return f"{100 * float(flags[of].mean()):.1f} %"


def _by_method(
    months: dict[str, Months], methods: dict[str, Callable[[Counts, Counts], Counts]]
) -> str:
    lines = [
        f"| kind | {' | '.join(methods)} |",
        f"|---|{'--:|' * len(methods)}",
    ]
    for kind, one in months.items():
        failed, total = one.failures.sum(axis=1), one.sessions.sum(axis=1)
        chosen = (np.count_nonzero(one.sessions, axis=1) >= FEWEST_DAYS) & (failed > 0)
        if kind in PARTS:
            chosen &= failed < total
        kept = Months(one.sessions[chosen], one.failures[chosen], one.shares[chosen])
        cells = []
        for method in methods.values():
            ends = method(kept.sessions, kept.failures)
            low, high = _misses(kept, ends)
            width = float((ends[:, 1] - ends[:, 0]).mean())
            cells.append(f"{100 * float((~low & ~high).mean()):.1f} %, {width:.3f}")
        lines.append(f"| {kind} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _clean_months() -> str:
    names = [f"correlation {correlation}" for correlation in CORRELATIONS[1:]]
    names += ["all or nothing", *(f"runs of {length} days" for length in RUN_LENGTHS)]
    lines = [
        f"| clean days | ours | {' | '.join(names)} |",
        f"|--:|{'--:|' * (len(names) + 1)}",
    ]
    for days in CLEAN_DAYS:
        sessions = np.full((len(CORRELATIONS), days), CLEAN_SESSIONS)
        none = np.zeros(len(CORRELATIONS), "int64")
        limits = few_failures_limits(sessions, none, np.array(CORRELATIONS)).tolist()
        limits += [1 - CHANCE ** (1 / days), *(_limit_of_runs(days, one) for one in RUN_LENGTHS)]
        lines.append(f"| {days} | {' | '.join(f'{100 * limit:.1f} %' for limit in limits)} |")
    return "\n".join(lines) + "\n"


def _limit_of_runs(days: int, length: float) -> float:
    """Return the share at which a Markov chain of bad days spares so many days in 2.5 %."""
    low, high = 0.0, 1.0
    for _ in range(STEPS):
        begins = (low + high) / 2
        bad = begins / (begins + 1 / length)
        is_possible = (1 - bad) * (1 - begins) ** (days - 1) > CHANCE
        low, high = (begins, high) if is_possible else (low, begins)
    return SEVERITY * high / (high + 1 / length)


if __name__ == "__main__":
    main()
