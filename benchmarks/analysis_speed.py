"""Measure how long each analysis takes on a year of reports with a million failure details.

``python -m benchmarks.analysis_speed`` writes ``ANALYSIS_SPEED.md``; with ``--store`` the tables are
those of a store, such as that of a million reports.
The peer is a plain pandas ``groupby.sum`` of the failed sessions by the columns that the analyses
tell apart, over the same rows in the same run, so that a slow machine slows both.
"""

import argparse
import datetime as dt
import os
import platform
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

import tlsrpt_analysis as tlsrpt
from benchmarks.failure_year import failure_year
from benchmarks.result_files import write_sections
from tlsrpt_analysis.analyses.impact.impact import EnforceImpact
from tlsrpt_analysis.tables import ReportTables

HERE = Path(__file__).parent
PREFACE = """# How long the analyses take

Written by `python -m benchmarks.analysis_speed` in about half a minute, for a year of reports with a million failure details, some of which overlap, are missing or have no count.
Each analysis starts from the tables; `diagnose` also computes the selective failures.
The peer, a plain pandas sum of the failed sessions by the same columns, runs in turn with the analyses, so the last column can be compared between machines; seconds cannot, if a machine is busy.
The analyses run in one process; their processor seconds are about what they take on an idle machine."""

GOAL_SECONDS = 5.0
MOVE_SECONDS = 0.3
COLUMNS = [
    *("policy_domain", "reporter", "day", "policy_type", "receiving_mx_hostname"),
    *("result_type", "failure_reason_code"),
]
PEER = "pandas `groupby.sum` of the details"


@dataclass(frozen=True, slots=True)
class Timing:
    """The median wall time and processor time of an analysis."""

    name: str
    seconds: float
    processor_seconds: float


def analyses(tables: ReportTables) -> dict[str, Callable[[], object]]:
    """Return every analysis by name; each one reads the tables anew."""
    halves = _halves(tables)
    return {
        "`coverage`": lambda: tlsrpt.coverage(tables),
        "`daily_sessions`": lambda: tlsrpt.daily_sessions(tables),
        "`failure_share_by_mx`": lambda: tlsrpt.failure_share_by_mx(tables),
        "`failure_share_by_mx`, by cause": lambda: tlsrpt.failure_share_by_mx(tables, "cause"),
        "`failure_share_by_mx`, by reporter": lambda: tlsrpt.failure_share_by_mx(
            tables, "reporter"
        ),
        "`selective_failures`": lambda: tlsrpt.selective_failures(tables),
        "`enforce_impact`, by domain, reporter, MX and cause": lambda: tlsrpt.enforce_impact(
            tables
        ),
        "`enforce_impact(...).fixes`, beyond the impact and the causes": _fixes_of(
            tlsrpt.enforce_impact(tables)
        ),
        "`diagnose`": lambda: tlsrpt.diagnose(tables),
        "`compare`": lambda: tlsrpt.compare(tables, **halves),
    }


def _halves(tables: ReportTables) -> dict[str, tuple[dt.date, dt.date]]:
    """Return the first and the second half of the days."""
    days = sorted(tables.policies["day"].unique())
    middle = days[len(days) // 2]
    return {
        "before": (days[0], middle - dt.timedelta(1)),
        "after": (middle, days[-1]),
    }


def moves(impact: EnforceImpact) -> dict[str, Callable[[], object]]:
    """Return what a widget asks of an impact when something in it is moved."""
    fix = impact.fixes.iloc[0]
    name, domain = fix["fix"], fix["policy_domain"]
    return {
        "`after` a fix in one domain": lambda: impact.after(name, policy_domain=domain),
        "`with_options(honouring_share=...)`": lambda: impact.with_options(honouring_share=0.4),
        "`with_options(sessions_per_message=...)`": lambda: impact.with_options(
            sessions_per_message=(2, 10)
        ),
    }


def peer(tables: ReportTables) -> object:
    """Add up the failed sessions by all that the analyses tell apart."""
    grouped = tables.failures.groupby(COLUMNS, observed=True, dropna=False)
    return grouped["failed_session_count"].sum()


def measured(asked: dict[str, Callable[[], object]], repeats: int) -> list[Timing]:
    """Time each of them in turn, so that a busy moment of the machine meets all of them."""
    runs: dict[str, list[tuple[float, float]]] = {name: [] for name in asked}
    for _ in range(repeats):
        for name, ask in asked.items():
            wall, processor = time.perf_counter(), time.process_time()
            ask()
            runs[name].append((time.perf_counter() - wall, time.process_time() - processor))
    return [
        Timing(name, *(statistics.median(times) for times in zip(*timings, strict=True)))
        for name, timings in runs.items()
    ]


def report(timings: list[Timing], asked: list[Timing], tables: ReportTables) -> str:
    """Return the table of the timings, the peer first."""
    first, *others = timings
    size = len(tables.failures)
    policies = tables.policies
    about = f"{policies['day'].nunique()} days, {policies['policy_domain'].nunique()} domains"
    machine = f"Python {platform.python_version()}, pandas {pd.__version__}"
    lines = [
        f"{size:,} failure details in {len(policies):,} policy results.",
        f"{about}, {policies['reporter'].nunique()} reporters.",
        f"{machine}, {os.cpu_count()} processors; medians.",
        "",
        "| analysis | seconds | processor seconds | details per second | times the peer |",
        "|---|--:|--:|--:|--:|",
    ]
    whole = Timing(
        "**all analyses**",
        sum(one.seconds for one in others),
        sum(one.processor_seconds for one in others),
    )
    lines += [
        f"| {one.name} | {one.seconds:.2f} | {one.processor_seconds:.2f} |"
        f" {size / one.seconds:,.0f} | {one.seconds / first.seconds:.2f} |"
        for one in (first, *others, whole)
    ]
    a_million = whole.seconds / max(size / 1e6, 1)
    met = "met" if a_million <= GOAL_SECONDS else "missed"
    busy = f"load average of the machine {os.getloadavg()[0]:.1f}"
    goal = f"Goal: {GOAL_SECONDS:.0f} s for all of a million details: {a_million:.1f} s"
    lines += ["", f"{goal}, {met} ({busy}).", ""]
    lines += ["| change in a widget | seconds | processor seconds |", "|---|--:|--:|"]
    lines += [f"| {one.name} | {one.seconds:.3f} | {one.processor_seconds:.3f} |" for one in asked]
    met = "met" if max(one.seconds for one in asked) <= MOVE_SECONDS else "missed"
    return "\n".join([*lines, "", f"Goal: {MOVE_SECONDS:.1f} s each: {met}."])


def _fixes_of(impact: EnforceImpact) -> Callable[[], object]:
    """Compute the ladder again; the causes, which `diagnose` measures, are found the first time."""
    return lambda: impact.with_options().fixes


def main() -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--details", type=int, default=1_000_000)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--store", type=Path, help="the tables of this store instead")
    parser.add_argument("-o", "--output", type=Path, default=HERE / "ANALYSIS_SPEED.md")
    chosen = parser.parse_args()
    tables = (
        failure_year(chosen.details) if chosen.store is None else tlsrpt.open_store(chosen.store)
    )
    asked = analyses(tables)
    tlsrpt.selective_failures(failure_year(1000))
    timings = measured({PEER: lambda: peer(tables)} | asked, chosen.repeats)
    impact = tlsrpt.enforce_impact(tables)
    text = report(timings, measured(moves(impact), chosen.repeats), tables)
    print(text)
    whose = "generated tables" if chosen.store is None else "reports from a store"
    write_sections(chosen.output, PREFACE, {f"{len(tables.failures):,} details, {whose}": text})


if __name__ == "__main__":
    main()
