"""Repeats every speed measurement, one after the other: ``python -m benchmarks``.

Each also runs alone, as ``python -m benchmarks.load_speed`` and so on, and writes its own file
beside this one. Reading takes some minutes for 10,000 reports and half an hour for 100,000 with
all peers; the store up to a million reports takes some 15 minutes, 5 GB of disk and 2 GB of memory;
analyses and widgets take two minutes, and as much again on the million; a provider's 100,000
domains take an hour and 1 GB of disk.
"""

import argparse
import subprocess
import sys
from pathlib import Path

QUICK_SIZES = ["1000", "10000"]
MILLION = 1_000_000


def main() -> int:
    """Run every benchmark, and print which failed."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--archives", help="a folder that keeps the archives for the next run")
    parser.add_argument(
        "--parsedmarc-python",
        help="a Python that has parsedmarc and pandas; without it parsedmarc is not measured",
    )
    parser.add_argument(
        "--quick", action="store_true", help="at most 10,000 reports, each once; about 2 minutes"
    )
    parser.add_argument("--into", help="a folder for the results instead of this one")
    chosen = parser.parse_args()
    failed = [" ".join(words) for words in _commands(chosen) if not _is_run(words)]
    print("\n".join(f"failed: {words}" for words in failed) or "all ran")
    return 1 if failed else 0


def _commands(chosen: argparse.Namespace) -> list[list[str]]:
    kept = ["--archives", chosen.archives] if chosen.archives else []
    peer = ["--parsedmarc-python", chosen.parsedmarc_python] if chosen.parsedmarc_python else []
    once = ["--repeats", "1"] if chosen.quick else []
    sizes = ["--sizes", *QUICK_SIZES] if chosen.quick else []
    commands = [
        ["load_speed", *kept, *peer, *once, *(["--sizes", "10000"] if chosen.quick else [])],
        ["store_speed", *kept, *once, *sizes],
        ["analysis_speed", *once],
        ["widget_speed"],
        ["report_speed", *once],
        ["fleet_speed", *(["--sizes", "1000"] if chosen.quick else [])],
    ]
    if chosen.archives and not chosen.quick:
        store = ["--store", str(Path(chosen.archives) / f"{MILLION}.store")]
        commands += [["analysis_speed", *store], ["widget_speed", *store]]
    return [[*words, *_output(chosen.into, words[0])] for words in commands]


def _output(folder: str | None, name: str) -> list[str]:
    if folder is None:
        return []
    Path(folder).mkdir(parents=True, exist_ok=True)
    plots = {"store_speed": "store-cost.svg", "fleet_speed": "fleet-cost.svg"}
    plot = ["--plot", str(Path(folder) / plots[name])] if name in plots else []
    return ["-o", str(Path(folder) / f"{name}.md"), *plot]


def _is_run(words: list[str]) -> bool:
    print(f"python -m benchmarks.{' '.join(words)}", flush=True)
    name, *options = words
    return (
        subprocess.run(
            [sys.executable, "-m", f"benchmarks.{name}", *options], check=False
        ).returncode
        == 0
    )


if __name__ == "__main__":
    sys.exit(main())
