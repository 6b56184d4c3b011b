"""Measures a check of a store of a year: ``python -m benchmarks.check_speed`` writes `CHECK_SPEED.md`.

Each check runs in a fresh process; memory is its largest by the operating system's count, Python
and the libraries included. ``--stores`` keeps the stores for the next time.
"""

import argparse
import datetime as dt
import json
import platform
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

from benchmarks.provider_store import FIRST_DAY, write_provider_store
from benchmarks.result_files import write_sections
from tlsrpt_analysis.store.commits import read_commit

HERE = Path(__file__).parent
DAYS = 365

CODE = """
import datetime as dt, json, resource, sys, time
import tlsrpt_analysis as tlsrpt
tlsrpt.check  # its imports
began = time.process_time()
tlsrpt.check(sys.argv[1], today=sys.argv[2])
print(json.dumps({
    "seconds": time.process_time() - began,
    "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
}))
"""


def main() -> None:
    """Measure, print, and write the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.check_speed", description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[50, 300, 600])
    parser.add_argument("--stores", help="a folder that keeps the stores for the next time")
    parser.add_argument("-o", "--output", type=Path, default=HERE / "CHECK_SPEED.md")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        folder = Path(chosen.stores or made)
        lines = [_line(folder, size) for size in chosen.sizes]
    head = (
        "| domains | reports of a year | first check | next check | peak |\n|--:|--:|--:|--:|--:|\n"
    )
    write_sections(chosen.output, _preface(), {"Time and memory": head + "\n".join(lines)})
    print(chosen.output.read_text())


def _line(folder: Path, size: int) -> str:
    folder.mkdir(parents=True, exist_ok=True)
    store = folder / f"{size}.year"
    if not store.exists():
        write_provider_store(store, size, days=DAYS)
    (store / "checks.json").unlink(missing_ok=True)
    first, later = (_checked(store, DAYS - 1 + number) for number in range(2))
    reports = read_commit(store).rows("reports")
    peak = max(first["peak"], later["peak"]) / 1e6
    times = f"{first['seconds']:.1f} s | {later['seconds']:.1f} s"
    return f"| {size:,} | {reports:,} | {times} | {peak:,.0f} MB |"


def _checked(store: Path, number: int) -> dict[str, float]:
    """Check in a process of its own."""
    today = (FIRST_DAY + dt.timedelta(number)).isoformat()
    command = [sys.executable, "-B", "-c", CODE, str(store), today]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True, cwd=HERE.parent)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def _preface() -> str:
    return f"""# What a check costs

Written by `python -m benchmarks.check_speed`: a made-up provider with {DAYS} days of reports by five senders.
A check reads the last eight months, some domains at a time.
Each runs in a fresh process: seconds of the processor, without the imports, and its largest memory, with them.

Python {platform.python_version()}, pandas {version("pandas")}, pyarrow {version("pyarrow")}."""


if __name__ == "__main__":
    main()
