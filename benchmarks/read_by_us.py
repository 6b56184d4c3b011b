"""Reads an archive to `ReportTables`.

Arguments: container, path, number of processes.
"""

import inspect
import json
import os
import sys
import time

import tlsrpt_analysis as tlsrpt


def main() -> None:
    """Read and print the time that it took."""
    path, workers = sys.argv[2], int(sys.argv[3])
    can_choose = "workers" in inspect.signature(tlsrpt.load_reports).parameters
    options = {"workers": workers} if can_choose else {}
    began, cpu = time.perf_counter(), sum(os.times()[:4])
    tables = tlsrpt.load_reports(path, progress=False, **options)
    seconds, cpu = time.perf_counter() - began, sum(os.times()[:4]) - cpu
    rows = len(tables.policies) + len(tables.failures)
    print(
        json.dumps(
            {"seconds": seconds, "cpu": cpu, "reports": tables.balance.reports, "rows": rows}
        )
    )


if __name__ == "__main__":
    main()
