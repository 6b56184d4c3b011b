"""Does one thing with a store and prints what it took; `store_speed` starts it in a fresh process.

Arguments: what, archive, store, number of processes (0: as the package chooses).
"""

import json
import sys
import time
from pathlib import Path

import tlsrpt_analysis as tlsrpt

MONTH = {"since": "2026-01-01", "until": "2026-01-31"}
DOMAIN = {"policy_domains": ["customer-07.example"]}


def main() -> None:
    """Do it and print the time, without that of the imports."""
    what, archive, directory = sys.argv[1:4]
    workers = int(sys.argv[4]) or None
    store, read = tlsrpt.Store(directory), tlsrpt.load_reports  # the libraries are loaded here
    tables = None
    began, cpu_began = time.perf_counter(), time.process_time()
    if what in {"import", "again"}:
        count = store.add(archive, progress=False, workers=workers).balance.reports
    elif what == "load":
        tables = read(archive, progress=False, workers=workers)
        count = tables.balance.reports
    elif what == "compact":
        store.compact()
        count = 0
    else:
        wanted = {"open": {}, "summary": {}, "month": MONTH, "domain": DOMAIN}[what]
        tables = store.open(**wanted)
        count = len(tables.reports)
    if what == "summary":
        began, cpu_began = time.perf_counter(), time.process_time()
        tlsrpt.enforce_impact(tables)
    seconds, cpu_seconds = time.perf_counter() - began, time.process_time() - cpu_began
    size = sum(path.stat().st_size for path in Path(directory).glob("*.parquet"))
    frames = 0 if tables is None else _frame_bytes(tables)
    measured = {
        "seconds": seconds,
        "cpu_seconds": cpu_seconds,
        "reports": count,
        "store_bytes": size,
    }
    print(json.dumps(measured | {"frame_bytes": frames}))


def _frame_bytes(tables: tlsrpt.ReportTables) -> int:
    frames = (tables.reports, tables.policies, tables.failures, tables.problems)
    return sum(int(frame.memory_usage(deep=True).sum()) for frame in frames)


if __name__ == "__main__":
    main()
