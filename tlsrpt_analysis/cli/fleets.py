"""The command for a provider: every domain of a store, and the faults behind many of them."""

import argparse
import io
import os
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from tlsrpt_analysis.cli import formats, inputs
from tlsrpt_analysis.errors import UsageError
from tlsrpt_analysis.shown_texts import shown
from tlsrpt_analysis.whole_files import write_whole_file

if TYPE_CHECKING:
    import pandas as pd

    from tlsrpt_analysis.fleets.fleet import Fleet

MOST_LINES = 10
"""Domains, hosts and causes that are printed; the files have all."""

FORMATS = (".html", ".csv", ".json", ".parquet")


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
        help="write all domains to this file: .html (a page), .csv, .json (lines) or .parquet",
    )
    command.add_argument(
        "--per-domain",
        metavar="FOLDER",
        help="write a page for each domain that is not ready to this folder, and a list of them",
    )
    command.add_argument("--title", default="", help="what stands above the answer of a page")
    command.add_argument("--author", default="", help="who signs the pages")
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
        print(f"\nWrote {_written(found, chosen, ending)}")
    if chosen.per_domain:
        _write_pages(found, chosen)
    return 0


def _written(found: "Fleet", chosen: argparse.Namespace, ending: str) -> Path:
    output = Path(chosen.output)
    if ending == ".html":
        from tlsrpt_analysis.views.page.fleet_page import write_fleet_report  # noqa: PLC0415 - only for a page

        return write_fleet_report(
            found,
            output,
            addresses=_addresses(found, output.parent, chosen.per_domain),
            title=chosen.title,
            author=chosen.author,
        )
    write_whole_file(output, _content(found.by_domain, ending))
    return output


def _addresses(found: "Fleet", folder: Path, pages: str | None) -> dict[str, str]:
    """Return where the page of each domain is, as seen from a folder."""
    if not pages:
        return {}
    from tlsrpt_analysis.fleets.domain_pages import domains_with_pages  # noqa: PLC0415 - only for pages
    from tlsrpt_analysis.views.page.file_names import page_name  # noqa: PLC0415 - only for pages

    way = Path(os.path.relpath(pages, folder)).as_posix()
    return {name: quote(f"{way}/{page_name(name)}") for name in domains_with_pages(found)}


def _write_pages(found: "Fleet", chosen: argparse.Namespace) -> None:
    from tlsrpt_analysis.fleets.domain_pages import write_domain_pages  # noqa: PLC0415 - only for pages

    choices = {
        name: getattr(chosen, name) for name in ("since", "until", "workers", "title", "author")
    }
    *pages, index = write_domain_pages(found, chosen.store, chosen.per_domain, **choices)
    print(f"\nWrote {len(pages):,} pages and their list, {index}")


def _print_fleet(found: "Fleet") -> None:
    counts = found.domains["verdict"].value_counts()
    size = len(found.domains)
    print(f"{size:,} {_domains(size)}: ", end="")
    print(", ".join(f"{count:,} {verdict}" for verdict, count in counts.items()) or "none")
    others = len(found.other_names)
    if others:
        names = "name is" if others == 1 else "names are"
        print(f"{others:,} other {names} of MX hosts with DANE results, or missing")
    print(f"{found.analysed_domain_count:,} analysed now, the others have no new reports")
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
        text: str = rows.to_json(orient="records", lines=True, date_format="iso")
        return text.encode(errors="backslashreplace")
    return formats.csv_text(rows).encode("utf-8", "backslashreplace")
