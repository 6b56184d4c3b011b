"""The command line: arguments in, lines out; all work is done by the package."""

import argparse
import datetime as dt
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tlsrpt_analysis import probe_command
from tlsrpt_analysis.errors import TlsrptError
from tlsrpt_analysis.shown_texts import without_controls

if TYPE_CHECKING:
    import pandas as pd

    from tlsrpt_analysis.tables import ReportTables

FAILED = 1
"""The exit code when nothing could be answered, or a probed check failed; wrong arguments give 2."""

BROKEN_PIPE = 141
"""The exit code of a command whose reader has left: that of a tool ended by SIGPIPE."""

OUTPUT = "enforce-impact.html"


KEEPING = {
    "verify": "read every file of a store, and tell what is not as it was written",
    "compact": "join the files that many imports left in a store, so that it opens faster",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run ``tlsrpt-analysis``; see ``tlsrpt-analysis --help``.

    Parameters
    ----------
    arguments : sequence of str, optional
        The words after the command; those of the process by default.

    Returns
    -------
    int
        0 when every question was answered, 1 when nothing could be read or written.

    Examples
    --------
    >>> main(["summary", "no-such-folder"])
    1
    """
    try:
        try:
            return _answered(arguments)
        finally:
            sys.stdout.flush()
    except BrokenPipeError:  # the reader of a pipe has seen enough, as `| head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return BROKEN_PIPE


def _answered(arguments: Sequence[str] | None) -> int:
    chosen = _parser().parse_args(arguments)
    try:
        return _run(chosen)
    except TlsrptError as error:
        print(f"tlsrpt-analysis: {without_controls(str(error))}", file=sys.stderr)
        return FAILED
    except KeyboardInterrupt as error:
        told = str(error) or "stopped; the reports are as they were"
        print(f"tlsrpt-analysis: {without_controls(told)}", file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="tlsrpt-analysis",
        description="Read SMTP TLS reports (RFC 8460) and say what MTA-STS enforce mode would cost.",
    )
    commands = parser.add_subparsers(dest="command", required=True)
    summary = commands.add_parser("summary", help="print the headline of each domain")
    report = commands.add_parser(
        "report",
        help="print the headlines and write one HTML page to share, which needs no network",
    )
    importing = commands.add_parser("import", help="read what is new into a store")
    importing.add_argument("paths", nargs="+", help="files, folders or globs that hold reports")
    importing.add_argument("--store", required=True, help="the folder of the store; made if new")
    _add_trust(importing)
    for name, what in KEEPING.items():
        commands.add_parser(name, help=what).add_argument("store", help="the folder of the store")
    for command in (summary, report):
        command.add_argument(
            "paths", nargs="*", help="files, folders, globs or addresses that hold reports"
        )
        command.add_argument("--store", help="a store to open instead of paths")
        command.add_argument(
            "--domain", action="append", dest="domains", help="only this policy domain (repeatable)"
        )
        for option, what in (("--since", "first"), ("--until", "last")):
            command.add_argument(option, type=_day, help=f"the {what} day, as 2026-08-31")
        _add_trust(command)
    report.add_argument("-o", "--output", default=OUTPUT, help=f"the page to write ({OUTPUT})")
    probe_command.add_arguments(
        commands.add_parser("probe", help="ask a domain's own DNS, policy and MX hosts")
    )
    report.add_argument(
        "--pdf", metavar="FILE", help="also print the page to this PDF, with an installed Chromium"
    )
    report.add_argument(
        "--charts", metavar="FOLDER", help="also write each chart there, as PNG and as SVG"
    )
    report.add_argument(
        "--per-domain",
        metavar="FOLDER",
        help="write a page for each domain there, which holds nothing about the others, and a list",
    )
    lab = commands.add_parser(
        "lab", help="copy the notebooks beside your reports, overwriting none, and open JupyterLab"
    )
    lab.add_argument("folder", nargs="?", default=".", help="where (here)")
    lab.add_argument(
        "--reports",
        action="append",
        default=[],
        metavar="PATH",
        help="what the notebooks shall read (repeatable); what is in the folder by default",
    )
    return parser


def _add_trust(command: argparse.ArgumentParser) -> None:
    trust = command.add_argument_group("whom to believe")
    trust.add_argument(
        "--own-domain",
        action="append",
        dest="own_domains",
        metavar="DOMAIN",
        help="a domain of yours; reports about others are noted (repeatable)",
    )
    trust.add_argument(
        "--authenticate",
        action="store_true",
        help="verify the DKIM signatures of reports that came by mail, which asks DNS",
    )
    trust.add_argument(
        "--dkim-keys", metavar="FILE", help="verify them, and keep the keys in this file"
    )
    trust.add_argument(
        "--trust-server",
        action="append",
        dest="trusted_servers",
        metavar="NAME",
        help="believe the Authentication-Results of this server of yours (repeatable)",
    )
    trust.add_argument(
        "--include-failed",
        action="store_true",
        help="also count reports that fail, or have no signature",
    )


def _trust_options(chosen: argparse.Namespace) -> list[str]:
    """Give the options of `_add_trust` that were named."""
    named = {
        "--own-domain": chosen.own_domains,
        "--authenticate": chosen.authenticate,
        "--dkim-keys": chosen.dkim_keys,
        "--trust-server": chosen.trusted_servers,
        "--include-failed": chosen.include_failed,
    }
    return [option for option, value in named.items() if value]


def _authentication(chosen: argparse.Namespace) -> dict[str, Any]:
    return {
        "dkim": chosen.authenticate,
        "key_file": chosen.dkim_keys,
        "trusted_servers": chosen.trusted_servers or [],
        "include_failed": chosen.include_failed,
    }


def _trust(chosen: argparse.Namespace) -> dict[str, Any]:
    from tlsrpt_analysis.intake.authenticity.dkim_keys import choose_authentication  # noqa: PLC0415 - --help is quick

    how = choose_authentication(**_authentication(chosen))
    return {"authentication": how, "own_domains": chosen.own_domains or []}


def _day(text: str) -> str:
    try:
        return dt.date.fromisoformat(text).isoformat()
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no day: write it as 2026-08-31") from None


def _run(chosen: argparse.Namespace) -> int:
    if chosen.command == "probe":
        return probe_command.probe(chosen, lambda text: print(without_controls(text)))
    if chosen.command == "import":
        _import(chosen)
        return 0
    if chosen.command in KEEPING:
        return _keep(chosen)
    if chosen.command == "lab":
        return _open_lab(chosen)
    if bool(chosen.paths) == bool(chosen.store):
        raise TlsrptError("name either the paths that hold reports, or a store with --store")
    if chosen.store and (ignored := _trust_options(chosen)):
        raise TlsrptError(
            f"{', '.join(ignored)}: the reports in a store were judged when they were read:"
            " give this to `tlsrpt-analysis import`"
        )
    if chosen.command == "summary":
        _print_headlines(_tables(chosen), chosen)
    else:
        _report(chosen)
    return 0


def _report(chosen: argparse.Namespace) -> None:
    """Print the headlines and write the page, or the pages, from one reading of the reports."""
    from tlsrpt_analysis.store import Store  # noqa: PLC0415 - --help is quick

    if chosen.per_domain and (chosen.pdf or chosen.charts):
        raise TlsrptError("--per-domain writes pages only: leave out --pdf and --charts")
    with tempfile.TemporaryDirectory(prefix="tlsrpt-analysis-") as folder:
        store = chosen.store
        if not store:  # read once: for the headlines, and for the kernel of the notebook
            store = str(Path(folder, "store"))
            try:
                Store(store).add(*chosen.paths, **_trust(chosen))
            except KeyboardInterrupt:
                raise KeyboardInterrupt from None  # this store goes away: it says nothing of it
        by_domain = _print_headlines(Store(store).open(), chosen)
        print("\nWriting the page …", flush=True)
        for written in _write_pages(chosen, store, by_domain):
            print(f"Wrote {written}")


def _import(chosen: argparse.Namespace) -> None:
    from tlsrpt_analysis.store import Store  # noqa: PLC0415 - --help is quick

    if chosen.authenticate and not chosen.dkim_keys:  # the store keeps the keys as well
        Path(chosen.store).mkdir(parents=True, exist_ok=True)
        chosen.dkim_keys = str(Path(chosen.store, "dkim-keys.json"))
    added = Store(chosen.store).add(*chosen.paths, **_trust(chosen))
    print(f"{added.read_sources:,} files read, {added.known_sources:,} known before")
    print(added.balance)


def _keep(chosen: argparse.Namespace) -> int:
    """Verify or compact a store; 1 when something is wrong with it."""
    from tlsrpt_analysis.store import Store  # noqa: PLC0415 - --help is quick

    store = Store(chosen.store)
    if chosen.command == "compact":
        store.compact()
        return 0
    faults = store.verify()
    for fault in faults:
        print(without_controls(fault))
    print(
        "The store is not whole: restore these files, or import anew" if faults else "All is well"
    )
    return FAILED if faults else 0


def _tables(chosen: argparse.Namespace) -> "ReportTables":
    from tlsrpt_analysis.loading.load import load_reports  # noqa: PLC0415 - --help is quick
    from tlsrpt_analysis.store import open_store  # noqa: PLC0415

    if not chosen.store:
        return load_reports(*chosen.paths, **_trust(chosen))
    return open_store(
        chosen.store, policy_domains=chosen.domains, since=chosen.since, until=chosen.until
    )


def _print_headlines(tables: "ReportTables", chosen: argparse.Namespace) -> "pd.DataFrame":
    from tlsrpt_analysis.analyses.impact.enforce_impact import enforce_impact  # noqa: PLC0415 - --help is quick

    print(tables.balance)
    if told := tables.summary().get("Authenticity"):
        print(f"Authenticity: {told}")
    if not tables.balance.reports:
        raise TlsrptError(_nothing_found(tables.problems))
    tables = tables.select(policy_domains=chosen.domains, since=chosen.since, until=chosen.until)
    if tables.policies.empty:
        raise TlsrptError("none of the reports is about the chosen domains and days: choose others")
    by_domain = enforce_impact(tables).by_domain
    for row in by_domain.to_dict("records"):
        print(f"\n[{row['verdict']}] {without_controls(row['headline'])}")
    return by_domain


def _nothing_found(problems: "pd.DataFrame") -> str:
    if problems.empty:
        return "the store is empty: import reports into it"
    count = f"{len(problems)} input{'' if len(problems) == 1 else 's'}"
    first = problems.iloc[0]
    return (
        f"no TLS report in {count}; the first, {first['source']}: {first['message']}."
        " Give the folder, mailbox or archive that holds them."
    )


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
        "authentication": _authentication(chosen),
        "own_domains": chosen.own_domains or [],
    }
    parameters = {**shown, "store": str(Path(store).absolute())}
    notebook = views.find_notebook("stakeholder-report")
    if chosen.per_domain:  # a file's name or --own-domain may name another customer
        its = {name: shown[name] for name in ("since", "until")}
        yield from views.export_domain_pages(
            notebook, by_domain, chosen.per_domain, parameters=parameters, shown_parameters=its
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


def _open_lab(chosen: argparse.Namespace) -> int:
    from tlsrpt_analysis.views import copy_notebooks, open_laboratory  # noqa: PLC0415 - loads jupyter

    for notebook in copy_notebooks(chosen.folder, chosen.reports):
        print(f"Copied {notebook}")
    return open_laboratory(chosen.folder)


if __name__ == "__main__":
    sys.exit(main())
