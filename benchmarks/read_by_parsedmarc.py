"""Reads an archive to DataFrames by parsedmarc; run by the Python that has parsedmarc.

Arguments: container, path, number of processes.
"""

import json
import os
import sys
import time
from pathlib import Path

import pandas as pd
import parsedmarc


def reports_in(container: str, path: Path, processes: int) -> list[dict]:
    """Return the reports as parsedmarc parses them."""
    if container == "mbox":
        found = parsedmarc.get_dmarc_reports_from_mbox(str(path), offline=True, n_procs=processes)
        return found["smtp_tls_reports"]
    files = sorted(file for file in path.rglob("*") if file.is_file())
    return [parsedmarc.parse_report_file(str(file), offline=True)["report"] for file in files]


def main() -> None:
    """Read and print the time that it took."""
    container, path, processes = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
    began, cpu = time.perf_counter(), sum(os.times()[:4])
    reports = reports_in(container, path, processes)
    rows = pd.DataFrame(parsedmarc.parsed_smtp_tls_reports_to_csv_rows(reports))
    seconds, cpu = time.perf_counter() - began, sum(os.times()[:4]) - cpu
    print(json.dumps({"seconds": seconds, "cpu": cpu, "reports": len(reports), "rows": len(rows)}))


if __name__ == "__main__":
    main()
