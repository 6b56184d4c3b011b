"""Measure how long the page takes, beside nbconvert: ``python -m benchmarks.report_speed``.

The reports are the samples, and 18,000 reports about 120 domains. The peer executes the stakeholder
notebook on the samples with ``jupyter nbconvert``, in turn with the page, so that a slow machine
slows both. It writes ``REPORT_SPEED.md``.
"""

import argparse
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.report_archives import WRITERS, made_reports
from benchmarks.result_files import write_sections
from tlsrpt_analysis.shown_texts import counted

HERE = Path(__file__).parent
ROOT = HERE.parent
SAMPLES = ROOT / "sample_reports"
NOTEBOOKS = ROOT / "notebooks"
COMPILED = Path(tempfile.gettempdir()) / "tlsrpt-analysis-compiled"
"""Modules are compiled once, as an installed package is."""

REPEATS = 3
REPORTS, DOMAINS = 18_000, 120
PREFACE = """# How long the page takes

Written by `python -m benchmarks.report_speed` in some minutes: medians of the runs of each command, one after the other in turn, each in a new process.
Processor seconds are those of the command and all its processes; on an idle machine with two cores the wall time is about as long or shorter.
The peer executes the stakeholder notebook on the samples and exports it, as `jupyter nbconvert --execute --to html` does."""


@dataclass(frozen=True, slots=True)
class Run:
    """What one run took."""

    seconds: float
    processor_seconds: float
    megabytes: float
    output_bytes: int


def commands(folder: Path, archive: Path) -> dict[str, tuple[list[str], Path]]:
    """Return each command with the file or folder that it writes."""
    report = [sys.executable, "-m", "tlsrpt_analysis", "report"]
    samples, large, pages = (folder / name for name in ("samples.html", "large.html", "pages"))
    peer = [sys.executable, "-m", "nbconvert", "--execute", "--to", "html", "--output-dir"]
    return {
        "`report`, the samples": ([*report, str(SAMPLES), "-o", str(samples)], samples),
        "`jupyter nbconvert --execute`, the samples": (
            [*peer, str(folder), str(NOTEBOOKS / "stakeholder-report.ipynb")],
            folder / "stakeholder-report.html",
        ),
        f"`report`, {REPORTS:,} reports of {DOMAINS} domains": (
            [*report, str(archive), "-o", str(large)],
            large,
        ),
        f"`report --per-domain`, {DOMAINS} pages of these": (
            [*report, str(archive), "--per-domain", str(pages)],
            pages,
        ),
    }


def run(words: Sequence[str], output: Path) -> Run:
    """Run a command to its end."""
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONPYCACHEPREFIX": str(COMPILED)}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    before, begin = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    process = subprocess.Popen(
        words, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    peak = 0.0
    while process.poll() is None:
        peak = max(peak, _megabytes(process.pid))
        time.sleep(0.02)
    seconds = time.perf_counter() - begin
    if process.returncode:
        sys.exit(f"failed: {' '.join(words)}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Run(seconds, used, peak, _size(output))


def _megabytes(root: int) -> float:
    """Return the memory of a process and of its children, as far as they are still there."""
    parents, sizes = {}, {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            parents[int(entry.name)] = int(fields[1])
            sizes[int(entry.name)] = int(fields[21]) * resource.getpagesize()
    family = {root}
    for _ in range(4):
        family |= {child for child, parent in parents.items() if parent in family}
    return sum(sizes.get(member, 0) for member in family) / 1e6


def _size(output: Path) -> int:
    if output.is_dir():
        return sum(path.stat().st_size for path in output.iterdir())
    return output.stat().st_size


def measured(folder: Path, repeats: int) -> str:
    """Return the table of all commands."""
    archive = folder / "reports.zip"
    _write_archive(archive)
    chosen = commands(folder, archive)
    runs: dict[str, list[Run]] = {name: [] for name in chosen}
    for words, output in list(chosen.values())[:2]:
        run(words, output)  # compiles the modules
    for _ in range(repeats):
        for name, (words, output) in chosen.items():
            runs[name].append(run(words, output))
            print(name, runs[name][-1], flush=True)
    lines = ["| command | seconds | processor seconds | memory | size |", "|---|---|---|---|---|"]
    lines += [_row(name, each) for name, each in runs.items()]
    return "\n".join(lines)


def _write_archive(path: Path) -> None:
    write: Callable[..., None] = WRITERS["zip"]
    write(path, made_reports(REPORTS, DOMAINS))


def _row(name: str, runs: Sequence[Run]) -> str:
    seconds, processor, megabytes, size = (
        statistics.median(values)
        for values in zip(
            *(
                (one.seconds, one.processor_seconds, one.megabytes, one.output_bytes)
                for one in runs
            ),
            strict=True,
        )
    )
    return (
        f"| {name} | {seconds:.1f} | {processor:.1f} | {megabytes:,.0f} MB | {size / 1e6:.2f} MB |"
    )


def main() -> None:
    """Measure, and write the file."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.report_speed", description=__doc__)
    parser.add_argument("--repeats", type=int, default=REPEATS)
    parser.add_argument("-o", "--output", type=Path, default=HERE / "REPORT_SPEED.md")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        table = measured(Path(folder), chosen.repeats)
    machine = (
        f"{counted(chosen.repeats, 'run')} of each; {os.cpu_count()} cores, Python {platform.python_version()}; load when it began:"
        f" {LOAD[0]:.1f}"
    )
    write_sections(chosen.output, PREFACE, {"The page": f"{table}\n\n{machine}"})


LOAD = os.getloadavg()

if __name__ == "__main__":
    main()
