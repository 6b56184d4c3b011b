"""Compares how fast reports are read: ``python -m benchmarks.load_speed`` writes `RESULTS.md`.

Each figure is the median of runs in fresh processes, interleaved with those of the peers, so that
a busy moment of the machine meets all of them.
"""

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections import defaultdict
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from benchmarks.report_archives import CONTAINERS, write_archive
from benchmarks.result_files import write_sections

HERE = Path(__file__).parent
OURS, TWO = "this package", "this package, two processes"
PARSEDMARC, PARSEDMARC_TWO = "parsedmarc", "parsedmarc, two processes"
NAIVE, NATIVE = "a short script", "native: inflate and parse only"


@dataclass(frozen=True, slots=True)
class Run:
    """One reading: what the reader printed, and the peak memory of its largest process.

    The CPU time is that of the reader and of the processes that it has ended.
    """

    seconds: float
    cpu_seconds: float
    reports: int
    peak_bytes: int


@dataclass(frozen=True, slots=True)
class Goal:
    """How many times faster than a peer a reading should be; below 1 for the native floor."""

    container: str
    reader: str
    peer: str
    ratio: float


GOALS = (
    Goal("folder", OURS, PARSEDMARC, 4.5),
    Goal("folder", TWO, PARSEDMARC, 7),
    Goal("mbox", OURS, PARSEDMARC, 50),
    Goal("mbox", TWO, PARSEDMARC, 80),
    Goal("Maildir", OURS, PARSEDMARC, 50),
    Goal("Maildir", TWO, PARSEDMARC, 80),
    Goal("zip", OURS, NAIVE, 5),
    Goal("tar.gz", OURS, NAIVE, 5),
    Goal("folder", OURS, NATIVE, 0.5),
)


PREFACE = f"""# How fast reports are read

Written by `python -m benchmarks.load_speed`; every reader turns all reports into DataFrames, except the native program, which only inflates and parses them.
Runs are interleaved, each in a fresh process, and imports are not counted; memory is the peak of the largest process as measured by the operating system.
The machine is shared and noisy, so only ratios are meaningful: those of the minimum CPU time are shown beside those of elapsed time.

Python {platform.python_version()}, pandas {version("pandas")}, pyarrow {version("pyarrow")}, {os.cpu_count()} cores."""


def main() -> None:
    """Measure, print and write the table."""
    chosen = _arguments()
    with tempfile.TemporaryDirectory() as made:
        folder = Path(chosen.archives or made)
        folder.mkdir(parents=True, exist_ok=True)
        floor = _native_floor(folder)
        sections = {}
        for size in chosen.sizes:
            runs = _measured(size, folder, floor, chosen)
            sections[f"{size:,} reports"] = _section(size, runs, chosen)
            print(sections[f"{size:,} reports"], flush=True)
            write_sections(chosen.output, PREFACE, sections)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.load_speed", description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--containers", nargs="+", default=CONTAINERS, choices=CONTAINERS)
    parser.add_argument("--archives", help="a folder that keeps the archives for the next time")
    parser.add_argument(
        "--parsedmarc-python", help="a Python that has parsedmarc and pandas; left out without"
    )
    parser.add_argument("--slow-peer-repeats", type=int, default=1)
    parser.add_argument("-o", "--output", type=Path, default=HERE / "RESULTS.md")
    return parser.parse_args()


def _native_floor(folder: Path) -> Path | None:
    compiler = shutil.which("g++")
    target = folder / "native-floor"
    if compiler is None:
        return None
    source = HERE / "native/floor.cpp"
    command = [compiler, "-O3", "-std=c++17", "-o", target, source, "-lsimdjson", "-ldeflate"]
    built = subprocess.run(command, capture_output=True, check=False)
    return target if built.returncode == 0 else None


def _measured(
    size: int, folder: Path, floor: Path | None, chosen: argparse.Namespace
) -> dict[tuple[str, str], list[Run]]:
    runs: dict[tuple[str, str], list[Run]] = defaultdict(list)
    for container in chosen.containers:
        archive = write_archive(container, size, folder)
        commands = _commands(container, archive, floor, chosen.parsedmarc_python)
        for repeat in range(chosen.repeats):
            for reader, command in commands.items():
                is_slow = reader.startswith(PARSEDMARC) and container != "folder"
                if repeat < (chosen.slow_peer_repeats if is_slow else chosen.repeats):
                    runs[container, reader].append(_run(command, size))
    return runs


def _commands(
    container: str, archive: Path, floor: Path | None, parsedmarc: str | None
) -> dict[str, list[str]]:
    ours = [sys.executable, str(HERE / "read_by_us.py"), container, str(archive)]
    commands = {
        OURS: [*ours, "1"],
        TWO: [*ours, "2"],
        NAIVE: [sys.executable, str(HERE / "read_naively.py"), container, str(archive)],
    }
    if parsedmarc and container in {"folder", "mbox", "Maildir"}:
        reader = [parsedmarc, str(HERE / "read_by_parsedmarc.py"), container, str(archive)]
        commands[PARSEDMARC] = [*reader, "1"]
        if container == "mbox":  # the only container that it reads with several processes
            commands[PARSEDMARC_TWO] = [*reader, "2"]
    if floor and container == "folder":
        commands[NATIVE] = [str(floor), str(archive)]
    return commands


def _run(command: list[str], expected: int) -> Run:
    process = subprocess.Popen(command, stdout=subprocess.PIPE)
    result = json.loads(process.stdout.read()) if process.stdout else {}
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if result.get("reports") != expected:
        raise SystemExit(f"{command} read {result.get('reports')} of {expected} reports")
    return Run(result["seconds"], result["cpu"], result["reports"], usage.ru_maxrss * 1024)


def _section(size: int, runs: dict[tuple[str, str], list[Run]], chosen: argparse.Namespace) -> str:
    seconds = {
        key: statistics.median(run.seconds for run in timings) for key, timings in runs.items()
    }
    cpu = {key: min(run.cpu_seconds for run in timings) for key, timings in runs.items()}
    lines = [
        _how_run(chosen),
        "| container | reader | reports/s | spread | minimum CPU µs per report | peak MB |",
        "|---|---|--:|--:|--:|--:|",
    ]
    for (container, reader), timings in runs.items():
        rates = [run.reports / run.seconds for run in timings]
        spread = f"{min(rates):,.0f} to {max(rates):,.0f}"
        peak = statistics.median(run.peak_bytes for run in timings) / 1e6
        rate = size / seconds[container, reader]
        lines.append(
            f"| {container} | {reader} | {rate:,.0f} | {spread} | {cpu[container, reader] / size * 1e6:,.1f} | {peak:,.0f} |"
        )
    return "\n".join([*lines, *_goals(seconds, cpu)])


def _how_run(chosen: argparse.Namespace) -> str:
    return (
        f"Medians of {chosen.repeats} runs (parsedmarc on mails: {chosen.slow_peer_repeats});"
        f" the load average of the machine was {os.getloadavg()[0]:.1f} at the end.\n"
    )


def _goals(seconds: dict[tuple[str, str], float], cpu: dict[tuple[str, str], float]) -> list[str]:
    lines = [
        "",
        "| container | ratio | measured | by CPU time | goal | |",
        "|---|---|--:|--:|--:|---|",
    ]
    for goal in GOALS:
        ours, peer = (goal.container, goal.reader), (goal.container, goal.peer)
        if ours in seconds and peer in seconds:
            ratio = seconds[peer] / seconds[ours]
            by_cpu = f"{cpu[peer] / cpu[ours]:.2f}" if goal.reader == OURS else ""
            met = "met" if ratio >= goal.ratio else "missed"
            lines.append(
                f"| {goal.container} | {goal.reader} to {goal.peer} | {ratio:.2f} | {by_cpu} |"
                f" {goal.ratio} | {met} |"
            )
    return lines


if __name__ == "__main__":
    main()
