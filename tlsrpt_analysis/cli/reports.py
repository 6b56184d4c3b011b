"""The commands that answer from reports or a store: summary and report."""

import argparse
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from tlsrpt_analysis.cli import authentication, inputs
from tlsrpt_analysis.errors import TlsrptError
from tlsrpt_analysis.shown_texts import shown

if TYPE_CHECKING:
    import pandas as pd

    from tlsrpt_analysis.tables import ReportTables

OUTPUT = "enforce-impact.html"


def add_summary(command: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``summary``."""
    inputs.add_input(command)
    command.set_defaults(run=_summary)


def add_report(command: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``report``."""
    inputs.add_input(command)
    command.add_argument("-o", "--output", default=OUTPUT, help=f"the page to write ({OUTPUT})")
    command.add_argument(
        "--pdf", metavar="FILE", help="also print the page to this PDF, with an installed Chromium"
    )
    command.add_argument(
        "--charts", metavar="FOLDER", help="also write each chart to this folder, as PNG and as SVG"
    )
    command.add_argument(
        "--per-domain",
        metavar="FOLDER",
        help="write one page per domain to this folder, with nothing about the others, and an index",
    )
    command.set_defaults(run=_report)


def _summary(chosen: argparse.Namespace) -> int:
    inputs.check_input(chosen)
    _print_headlines(inputs.read_tables(chosen), chosen)
    return 0


def _report(chosen: argparse.Namespace) -> int:
    """Print the headlines and write the pages after reading the reports once."""
    from tlsrpt_analysis.store import Store  # noqa: PLC0415 - --help is quick

    inputs.check_input(chosen)
    if chosen.per_domain and (chosen.pdf or chosen.charts):
        raise TlsrptError("--per-domain writes pages only: leave out --pdf and --charts")
    with tempfile.TemporaryDirectory(prefix="tlsrpt-analysis-") as folder:
        store = chosen.store
        if not store:  # read once: for the headlines, and for the kernel of the notebook
            store = str(Path(folder, "store"))
            try:
                Store(store).add(*chosen.paths, **authentication.reading_arguments(chosen))
            except KeyboardInterrupt:
                raise KeyboardInterrupt from None  # the message is about a store, this one is temporary
        by_domain = _print_headlines(Store(store).open(), chosen)
        print("\nWriting the page …", flush=True)
        for path in _write_pages(chosen, store, by_domain):
            print(f"Wrote {path}")
    return 0


def _print_headlines(tables: "ReportTables", chosen: argparse.Namespace) -> "pd.DataFrame":
    from tlsrpt_analysis.analyses.impact.enforce_impact import enforce_impact  # noqa: PLC0415 - --help is quick

    print(tables.balance)
    authenticity = tables.summary().get("Authenticity", "no report was authenticated")
    print(f"Authenticity: {authenticity}")
    by_domain = enforce_impact(inputs.chosen_tables(tables, chosen)).by_domain
    for row in by_domain.to_dict("records"):
        print(f"\n[{row['verdict']}] {shown(row['headline'])}")
    return by_domain


def _write_pages(
    chosen: argparse.Namespace, store: str, by_domain: "pd.DataFrame"
) -> Iterator[Path]:
    from tlsrpt_analysis import views  # noqa: PLC0415 - loads jupyter

    shown = {
        "paths": chosen.paths,
        "store": chosen.store,
        "policy_domains": chosen.domains,
        "since": chosen.since,
        "until": chosen.until,
        "authentication": authentication.plain_values(chosen),
        "own_domains": chosen.own_domains or [],
    }
    parameters = {**shown, "store": str(Path(store).absolute())}
    notebook = views.find_notebook("stakeholder-report")
    if chosen.per_domain:
        # only the period is shown: a file name or --own-domain may name another customer
        period = {name: shown[name] for name in ("since", "until")}
        yield from views.export_domain_pages(
            notebook, by_domain, chosen.per_domain, parameters=parameters, shown_parameters=period
        )
        return
    page = views.export_notebook(
        notebook,
        chosen.output,
        parameters=parameters,
        shown_parameters=shown,
        charts=chosen.charts,
    )
    yield page
    if chosen.charts:
        yield Path(chosen.charts)
    if chosen.pdf:
        yield views.print_page(page, chosen.pdf)
