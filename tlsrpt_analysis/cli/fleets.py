"""The command for a provider: every domain of a store, and the faults behind many of them."""

import argparse
import io
from pathlib import Path
from typing import TYPE_CHECKING

from tlsrpt_analysis.cli import inputs
from tlsrpt_analysis.errors import UsageError
from tlsrpt_analysis.shown_texts import shown
from tlsrpt_analysis.whole_files import write_whole_file

if TYPE_CHECKING:
    import pandas as pd

    from tlsrpt_analysis.fleets.fleet import Fleet

MOST_LINES = 10
"""Domains, hosts and causes that are printed; the files have all."""

FORMATS = (".csv", ".json", ".parquet")


def add_fleet(command: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``fleet``."""
    command.add_argument("--store", required=True, help="the folder of the store")
    for option, which in (("--since", "first"), ("--until", "last")):
        command.add_argument(
            option, type=inputs.day, help=f"the {which} day, for example 2026-08-31"
        )
    command.add_argument("--workers", type=int, help="processes (default: one for each core)")
    command.add_argument(
        "--anew", action="store_true", help="analyse all domains, also those without new reports"
    )
    command.add_argument(
        "-o",
        "--output",
        metavar="FILE",
        help="write one row for each domain to this file: .csv, .json (lines) or .parquet",
    )
    command.set_defaults(run=_fleet)


def _fleet(chosen: argparse.Namespace) -> int:
    from tlsrpt_analysis.fleets.fleet import fleet  # noqa: PLC0415 - --help is quick

    ending = Path(chosen.output).suffix.lower() if chosen.output else FORMATS[0]
    if ending not in FORMATS:
        raise UsageError(f"{chosen.output}: name a file that ends in {', '.join(FORMATS)}")
    found = fleet(
        chosen.store,
        since=chosen.since,
        until=chosen.until,
        workers=chosen.workers,
        keep=not chosen.anew,
    )
    _print_fleet(found)
    if chosen.output:
        write_whole_file(Path(chosen.output), _content(found.by_domain, ending))
        print(f"\nWrote {chosen.output}")
    return 0


def _print_fleet(found: "Fleet") -> None:
    counts = found.by_domain["verdict"].value_counts()
    size = len(found.by_domain)
    print(f"{size:,} {_domains(size)}: ", end="")
    print(", ".join(f"{count:,} {verdict}" for verdict, count in counts.items()) or "none")
    print(f"{found.analysed_domain_count:,} of them analysed now, the others have no new reports")
    hosts = found.by_host
    hosts = hosts[hosts["not_ready_domain_count"] > 0]
    if len(hosts):
        print("\nWhat would make most domains ready:")
    for row in hosts.head(MOST_LINES).to_dict("records"):
        host = row["receiving_mx_hostname"]
        where = "at hosts that are not named" if not isinstance(host, str) else f"at {shown(host)}"
        count = int(row["healed_domain_count"]) or int(row["not_ready_domain_count"])
        print(f"  {count:,} {_domains(count)}: {row['title']}, {where}")
    _print_domains(found.by_domain)


def _print_domains(rows: "pd.DataFrame") -> None:
    worst = rows[rows["verdict"].isin(["enforced, refusing mail", "not ready"])]
    if len(worst):
        print("\nThe worst domains:")
    for row in worst.head(MOST_LINES).to_dict("records"):
        share = f"{row['today_would_block_share']:.1%}".replace("%", " %")
        fix = f"; {shown(row['first_fix'])}" if isinstance(row["first_fix"], str) else ""
        print(f"  {shown(row['policy_domain'])}: [{row['verdict']}] {share} refused today{fix}")
    if len(worst) > MOST_LINES:
        print(f"  and {len(worst) - MOST_LINES:,} more: --output FILE writes all")


def _domains(count: int) -> str:
    return "domain" if count == 1 else "domains"


def _content(rows: "pd.DataFrame", ending: str) -> bytes:
    if ending == ".parquet":
        content = io.BytesIO()
        rows.to_parquet(content, index=False)
        return content.getvalue()
    if ending == ".json":
        text: str = rows.to_json(orient="records", lines=True, date_format="iso", force_ascii=False)
        return text.encode(errors="backslashreplace")
    from tlsrpt_analysis.views.csv_files import csv_text  # noqa: PLC0415 - only for CSV

    return csv_text(rows).encode("utf-8", "backslashreplace")
