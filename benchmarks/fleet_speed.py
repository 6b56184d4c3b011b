"""Measures `fleet` on a made-up provider: ``python -m benchmarks.fleet_speed`` writes `FLEET_SPEED.md`.

Each step runs in a fresh process: all domains with one process and with two, then again after one
more day of reports, and once on a running Dask cluster of two workers. Memory is the largest of any of its
processes by the operating system's count. At 100,000 domains it takes an hour; ``--stores`` keeps
the stores for the next time.
"""

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path

from benchmarks.cost_plot import draw_costs
from benchmarks.provider_store import write_new_day, write_provider_store
from benchmarks.result_files import write_sections

HERE = Path(__file__).parent
PLOT = HERE.parent / "docs/images/fleet-cost.svg"
DAYS = 30
PAGES = 100

STEPS = {
    "one": "all domains, one process",
    "two": "all domains, two processes",
    "dask": "all domains, Dask with two workers",
    "import": "import one more day",
    "next": "again after that day, two processes",
    "pages": f"{PAGES} pages of domains that are not ready, two processes",
}


@dataclass(frozen=True, slots=True)
class Run:
    """One step of one size: its time, that of the processor, and its memory."""

    step: str
    domains: int
    seconds: float
    own_cpu_seconds: float
    workers_cpu_seconds: float
    peak_bytes: int
    reports: int
    store_bytes: int

    @property
    def cpu_seconds(self) -> float:
        """The time of the processor, of all processes."""
        return self.own_cpu_seconds + self.workers_cpu_seconds

    @property
    def idle_seconds(self) -> float:
        """What it would take if two cores did nothing else: half of what two workers took."""
        return self.own_cpu_seconds + self.workers_cpu_seconds / 2


def main() -> None:
    """Measure, print, and write the table and the plot."""
    chosen = _arguments()
    runs = [Run(**line) for line in map(json.loads, _lines(chosen.results))]
    with tempfile.TemporaryDirectory() as made:
        folder = Path(chosen.stores or made)
        for size in chosen.sizes:
            runs += _measured(folder, size, chosen)
    latest = {(run.step, run.domains): run for run in runs}
    sections = {"Time and memory": _table(latest), "The goals": _goals(latest)}
    print("\n".join(sections.values()))
    write_sections(chosen.output, _preface(), sections)
    _draw(latest, chosen.plot)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fleet_speed", description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="*", default=[1_000, 10_000, 100_000])
    parser.add_argument("--steps", nargs="+", choices=[*STEPS], default=[*STEPS])
    parser.add_argument("--stores", help="a folder that keeps the stores for the next time")
    parser.add_argument("--results", type=Path, help="a file that keeps each run, to add others")
    parser.add_argument("-o", "--output", type=Path, default=HERE / "FLEET_SPEED.md")
    parser.add_argument("--plot", type=Path, default=PLOT)
    return parser.parse_args()


def _lines(path: Path | None) -> list[str]:
    return path.read_text().splitlines() if path and path.exists() else []


def _measured(folder: Path, size: int, chosen: argparse.Namespace) -> list[Run]:
    folder.mkdir(parents=True, exist_ok=True)
    kept, store = folder / f"{size}.store", folder / f"{size}.measured"
    if not kept.exists():
        write_provider_store(kept, size, days=DAYS - 1)
    day = folder / f"{size}.day"
    if not day.exists():
        write_new_day(day, size, DAYS - 1)
    shutil.rmtree(store, ignore_errors=True)
    shutil.copytree(kept, store)
    runs = []
    for step in chosen.steps:
        run = _run(step, size, store, day)
        runs.append(run)
        print(run, flush=True)
        if chosen.results:
            with chosen.results.open("a") as file:
                file.write(json.dumps(asdict(run)) + "\n")
    shutil.rmtree(store)
    return runs


def _run(step: str, size: int, store: Path, day: Path) -> Run:
    command = [sys.executable, "-B", "-m", "benchmarks.use_fleet", step, store, day, str(PAGES)]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True, cwd=HERE.parent)
    return Run(step, size, **json.loads(done.stdout))


def _preface() -> str:
    return (
        "# What answering for all domains of a provider costs\n\n"
        "Written by `python -m benchmarks.fleet_speed`: a made-up provider with"
        f" {DAYS - 1} days of reports, and one more day, by five senders; one domain in eight is"
        " not ready.\n"
        "Each step runs once in a fresh process, without its imports; memory is the peak of the"
        " largest process.\n"
        "Dask's cluster runs before the clock starts; its scheduler is part of the first process,"
        " and its workers import the package within the time, like other processes.\n"
        "The seconds on two idle cores are estimated from the time of the processor, that of the"
        " first process and half of that of its two workers; those by the clock depend on what else"
        " runs.\n\n"
        f"Python {platform.python_version()}, pandas {version('pandas')},"
        f" pyarrow {version('pyarrow')}, {os.cpu_count()} cores.\n"
    )


def _table(runs: dict[tuple[str, int], Run]) -> str:
    sizes = sorted({size for _, size in runs})
    lines = [
        "Seconds on two idle cores (of the processor in all; by the clock), and the peak in MB:\n",
        f"| | {' | '.join(f'{size:,} domains' for size in sizes)} |",
        f"|---|{'--:|' * len(sizes)}",
    ]
    for step, what in STEPS.items():
        cells = [_cell(runs.get((step, size))) for size in sizes]
        lines.append(f"| {what} | {' | '.join(cells)} |")
    first = [next(run for key, run in runs.items() if key[1] == size) for size in sizes]
    lines.append(f"| reports in the store | {' | '.join(f'{run.reports:,}' for run in first)} |")
    disk = " | ".join(f"{run.store_bytes / 1e6:,.0f} MB" for run in first)
    lines.append(f"| the store on disk | {disk} |")
    return "\n".join(lines) + "\n\n![How cost grows](../docs/images/fleet-cost.svg)\n"


def _cell(run: Run | None) -> str:
    if run is None:
        return "not measured"
    times = f"{run.idle_seconds:,.1f} ({run.cpu_seconds:,.1f}; {run.seconds:,.1f})"
    return f"{times}, {run.peak_bytes / 1e6:,.0f} MB"


def _goals(runs: dict[tuple[str, int], Run]) -> str:
    """Return the goals at the largest size, by the seconds on idle cores."""
    size = max(size for _, size in runs)
    found = {step: run for (step, domains), run in runs.items() if domains == size}
    rows = []
    if "two" in found:
        two = found["two"]
        rows += [
            (
                "all domains, two processes",
                f"{two.idle_seconds:,.0f} s",
                "480 s",
                two.idle_seconds < 480,
            ),
            _megabytes("its peak", two, 1_500),
        ]
    if "next" in found:
        seconds = found["next"].idle_seconds
        rows.append(("again after one day", f"{seconds:,.0f} s", "120 s", seconds < 120))
    if {"one", "two"} <= found.keys():
        gain = found["one"].idle_seconds / found["two"].idle_seconds
        rows.append(("gain of the second process", f"{gain:.2f} times", "1.7", gain >= 1.7))
    if {"dask", "two"} <= found.keys():
        part = found["dask"].idle_seconds / found["two"].idle_seconds
        rows.append(("Dask, of two processes", f"{part:.2f} times", "1.15", part <= 1.15))
    if "import" in found:
        rows.append(_megabytes("peak of the import of a day", found["import"], 400))
    if "pages" in found:
        seconds = found["pages"].idle_seconds
        rows.append((f"{PAGES} pages", f"{seconds:,.1f} s", "20 s", seconds < 20))
    lines = [f"At {size:,} domains:\n", "| | measured | goal | |", "|---|--:|--:|---|"]
    lines += [
        f"| {what} | {value} | {goal} | {'met' if is_met else 'missed'} |"
        for what, value, goal, is_met in rows
    ]
    return "\n".join(lines) + "\n"


def _megabytes(what: str, run: Run, most: int) -> tuple[str, str, str, bool]:
    size = run.peak_bytes / 1e6
    return what, f"{size:,.0f} MB", f"{most:,} MB", size < most


def _draw(runs: dict[tuple[str, int], Run], path: Path) -> None:
    rows: list[dict[str, object]] = [
        {"domains": size, "seconds": run.idle_seconds, "step": STEPS[step]}
        for (step, size), run in runs.items()
        if step != "pages"
    ]
    seconds, steps = "seconds on two idle cores", [*STEPS.values()]
    draw_costs(rows, path, size="domains", seconds=seconds, steps=steps)


if __name__ == "__main__":
    main()
