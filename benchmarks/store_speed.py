"""Measures the store and the start: ``python -m benchmarks.store_speed`` writes `STORE.md`.

Each step runs in a fresh process, interleaved with re-reading the same files without a store.
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
import time
from collections import defaultdict
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from benchmarks.cost_plot import draw_costs
from benchmarks.report_archives import DOMAINS, write_archive
from benchmarks.result_files import write_sections

HERE = Path(__file__).parent
PLOT = HERE.parent / "docs/images/store-cost.svg"

STEPS = {
    "load": "read the files without a store, to frames",
    "import": "import them into a new store",
    "again": "import again: all files known",
    "open": "open all as frames",
    "month": "open one month",
    "domain": f"open one domain of {DOMAINS}",
    "summary": "`enforce_impact` of all that was opened",
}

STARTS = {
    "`python -c 'import pandas'` (the peer)": ["-c", "import pandas"],
    "`import tlsrpt_analysis`": ["-c", "import tlsrpt_analysis"],
    "`tlsrpt-analysis --help`": ["-m", "tlsrpt_analysis.cli", "--help"],
    "the samples loaded, with all imports": [
        "-c",
        "import tlsrpt_analysis; tlsrpt_analysis.load_reports('sample_reports', progress=False)",
    ],
}


@dataclass(frozen=True, slots=True)
class Run:
    """One step: its time, and the peak memory of its process by the operating system's count.

    The frames that it gives, if any, have `frame_bytes` of that.
    """

    seconds: float
    cpu_seconds: float
    reports: int
    store_bytes: int
    frame_bytes: int
    peak_bytes: int


Runs = dict[tuple[str, int], list[Run]]


def main() -> None:
    """Measure, print, and write the table and the plot."""
    chosen = _arguments()
    with tempfile.TemporaryDirectory() as made:
        folder = Path(chosen.archives or made)
        folder.mkdir(parents=True, exist_ok=True)
        starts = _started(chosen.repeats)
        runs = _measured(folder, chosen)
    sections = {
        "The start": _start_table(starts),
        "The store": _store_table(runs),
        "The goals": _goal_table(runs, starts),
    }
    print("\n".join(sections.values()))
    write_sections(chosen.output, _preface(chosen), sections)
    _draw(runs, chosen.plot)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.store_speed", description=__doc__)
    sizes = [1_000, 10_000, 100_000, 1_000_000]
    parser.add_argument("--sizes", type=int, nargs="+", default=sizes)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--large-repeats", type=int, default=1, help="import and load of a million")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--archives", help="a folder that keeps the archives for the next time")
    parser.add_argument("-o", "--output", type=Path, default=HERE / "STORE.md")
    parser.add_argument("--plot", type=Path, default=PLOT)
    return parser.parse_args()


def _started(repeats: int) -> dict[str, tuple[float, float]]:
    times: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for _ in range(repeats):
        for name, words in STARTS.items():
            began = time.perf_counter()
            process = subprocess.Popen(
                [sys.executable, *words], cwd=HERE.parent, stdout=subprocess.DEVNULL
            )
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            cpu_seconds = usage.ru_utime + usage.ru_stime
            times[name].append((time.perf_counter() - began, cpu_seconds))
    return {
        name: (statistics.median(s for s, _ in timings), statistics.median(c for _, c in timings))
        for name, timings in times.items()
    }


def _measured(folder: Path, chosen: argparse.Namespace) -> Runs:
    runs: Runs = defaultdict(list)
    for size in chosen.sizes:
        archive = write_archive("folder", size, folder)
        is_large = size >= 1_000_000
        for repeat in range(chosen.repeats):
            store = folder / f"{size}.store"
            for step in STEPS:
                if repeat >= chosen.large_repeats and is_large and step in {"load", "import"}:
                    continue
                if step == "import":
                    shutil.rmtree(store, ignore_errors=True)
                runs[step, size].append(_run(step, archive, store, chosen.workers))
                print(size, step, runs[step, size][-1], flush=True)
    return runs


def _run(step: str, archive: Path, store: Path, workers: int) -> Run:
    command = [sys.executable, HERE / "use_store.py", step, archive, store, str(workers)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE)
    measured = json.loads(process.stdout.read()) if process.stdout else {}
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return Run(**measured, peak_bytes=usage.ru_maxrss * 1024)


def _preface(chosen: argparse.Namespace) -> str:
    return (
        "# What the store and the start cost\n\n"
        "Written by `python -m benchmarks.store_speed`: reports of 1.6 KB JSON, each a `.json.gz` in"
        f" a folder, one year, {DOMAINS} domains.\n"
        f"Medians of {chosen.repeats} runs in fresh processes (reading or importing a million:"
        f" {chosen.large_repeats}), interleaved, without the imports, with"
        f" {chosen.workers} process{'' if chosen.workers == 1 else 'es'} that read"
        f"{'s' if chosen.workers == 1 else ''}; memory is the peak measured by the"
        " operating system.\n"
        "The machine is shared and noisy, so only ratios are meaningful.\n\n"
        f"Python {platform.python_version()}, pandas {version('pandas')},"
        f" pyarrow {version('pyarrow')}, {os.cpu_count()} cores.\n"
    )


def _start_table(starts: dict[str, tuple[float, float]]) -> str:
    rows = [f"| {name} | {wall:.2f} | {cpu:.2f} |" for name, (wall, cpu) in starts.items()]
    titles = ["| | seconds | CPU seconds |", "|---|--:|--:|"]
    return "\n".join([*titles, *rows]) + "\n"


def _store_table(runs: Runs) -> str:
    sizes = sorted({size for _, size in runs})
    titles = [f"{size:,}" for size in sizes]
    lines = [
        "Seconds (CPU seconds), and the peak in MB:\n",
        f"| | {' | '.join(titles)} |",
        f"|---|{'--:|' * len(sizes)}",
    ]
    for step, what in STEPS.items():
        cells = [
            f"{_seconds(runs, step, size):.2f} ({_cpu(runs, step, size):.2f}),"
            f" {_peak(runs, step, size):,.0f} MB"
            for size in sizes
        ]
        lines.append(f"| {what} | {' | '.join(cells)} |")
    disk = [f"{runs['import', size][-1].store_bytes / size:.0f} bytes per report" for size in sizes]
    lines.append(f"| the store on disk | {' | '.join(disk)} |")
    frames = [f"{runs['load', size][-1].frame_bytes / 1e6:,.0f} MB" for size in sizes]
    lines.append(f"| all frames, part of the first peak | {' | '.join(frames)} |")
    return "\n".join(lines) + "\n\n![How cost grows](../docs/images/store-cost.svg)\n"


def _goal_table(runs: Runs, starts: dict[str, tuple[float, float]]) -> str:
    times = [seconds for seconds, _ in starts.values()]
    rows = [
        ("`import tlsrpt_analysis`", f"{times[1]:.2f} s", "0.6 s", times[1] < 0.6),
        ("`tlsrpt-analysis --help`", f"{times[2]:.2f} s", "0.3 s", times[2] < 0.3),
        ("the samples, with all imports", f"{times[3]:.2f} s", "2 s", times[3] < 2),
    ]
    sizes = {size for _, size in runs}
    if 100_000 in sizes:
        again = _seconds(runs, "again", 100_000)
        rows.append(("100,000 known files", f"{again:.2f} s", "2 s", again < 2))
    if 1_000_000 in sizes:
        opened, load, month, domain = (
            _seconds(runs, step, 1_000_000) for step in ("open", "load", "month", "domain")
        )
        peak = _peak(runs, "import", 1_000_000)
        frames = runs["load", 1_000_000][-1].frame_bytes / 1e6
        beyond = _peak(runs, "load", 1_000_000) - frames
        rows += [
            ("a million opened", f"{opened:.2f} s", "5 s", opened < 5),
            (
                "faster than reading the files",
                f"{load / opened:.1f} times",
                "10",
                load > 10 * opened,
            ),
            ("one month of a million", f"{month:.2f} s", "1 s", month < 1),
            ("one domain of a million", f"{domain:.2f} s", "1 s", domain < 1),
            ("peak of the import of a million", f"{peak:,.0f} MB", "300 MB", peak < 300),
            (
                f"peak of the load of a million, beyond {frames:,.0f} MB of frames",
                f"{beyond:,.0f} MB",
                "300 MB",
                beyond < 300,
            ),
        ]
    lines = ["| | measured | goal | |", "|---|--:|--:|---|"]
    lines += [
        f"| {what} | {value} | {goal} | {'met' if is_met else 'missed'} |"
        for what, value, goal, is_met in rows
    ]
    return "\n".join(lines) + "\n"


def _seconds(runs: Runs, step: str, size: int) -> float:
    return statistics.median(run.seconds for run in runs[step, size])


def _cpu(runs: Runs, step: str, size: int) -> float:
    return statistics.median(run.cpu_seconds for run in runs[step, size])


def _peak(runs: Runs, step: str, size: int) -> float:
    return statistics.median(run.peak_bytes for run in runs[step, size]) / 1e6


def _draw(runs: Runs, path: Path) -> None:
    names = {step: what.replace("`", "") for step, what in STEPS.items()}
    rows: list[dict[str, object]] = [
        {"reports": size, "seconds": _seconds(runs, step, size), "step": names[step]}
        for step, size in runs
    ]
    steps = [*names.values()]
    draw_costs(rows, path, size="reports", seconds="seconds, median", steps=steps)


if __name__ == "__main__":
    main()
