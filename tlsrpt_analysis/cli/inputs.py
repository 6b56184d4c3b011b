"""The arguments that say which reports to read, and the reading."""

import argparse
import datetime as dt
import warnings
from typing import TYPE_CHECKING

from tlsrpt_analysis import remarks
from tlsrpt_analysis.cli import authentication, mailboxes
from tlsrpt_analysis.errors import TlsrptError, UnknownNameWarning, UsageError
from tlsrpt_analysis.shown_texts import shown

if TYPE_CHECKING:
    import pandas as pd

    from tlsrpt_analysis.tables import ReportTables

NOTHING_CHOSEN = "no report is about the chosen domains, reporters and days: choose others"


def add_input(command: argparse.ArgumentParser) -> None:
    """Declare the paths or the store, the domains, the days, and how mails are authenticated."""
    command.add_argument("paths", nargs="*", help="files, folders, globs or addresses of reports")
    command.add_argument("--store", help="a store to open instead of paths")
    command.add_argument(
        "--domain", action="append", dest="domains", help="only this policy domain (repeatable)"
    )
    command.add_argument(
        "--reporter", action="append", dest="reporters", help="only this reporter (repeatable)"
    )
    for option, which in (("--since", "first"), ("--until", "last")):
        command.add_argument(option, type=day, help=f"the {which} day, for example 2026-08-31")
    authentication.add_options(command)
    mailboxes.add_options(command)
    command.set_defaults(alternatives=("store", "paths"))


def day(text: str) -> str:
    """Return a day as it is written in arguments."""
    try:
        return dt.date.fromisoformat(text).isoformat()
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a day: write it as 2026-08-31") from None


def check_input(chosen: argparse.Namespace) -> None:
    """Refuse arguments that say nothing about what to read, or too much."""
    if bool(chosen.paths) == bool(chosen.store):
        raise UsageError("give either the paths of reports, or a store with --store")
    if chosen.store and (ignored := authentication.typed_options(chosen)):
        raise UsageError(
            f"{', '.join(ignored)}: the reports in a store were authenticated when they were read:"
            " pass this to `tlsrpt-analysis import`"
        )
    if chosen.since and chosen.until and chosen.since > chosen.until:
        raise UsageError(f"--since {chosen.since} is after --until {chosen.until}: exchange them")


def read_tables(chosen: argparse.Namespace) -> "ReportTables":
    """Return the reports, of all domains and days where they are read from paths."""
    from tlsrpt_analysis.loading.load import load_reports  # noqa: PLC0415 - --help is quick

    if not chosen.store:
        reading = authentication.reading_arguments(chosen)
        reading["token_command"] = chosen.token_command
        with remarks.timed(chosen, f"reading {', '.join(chosen.paths)}"):
            return load_reports(*chosen.paths, progress=remarks.progress(chosen), **reading)
    with remarks.timed(chosen, f"opening {chosen.store}"):
        return _opened(chosen)


def _opened(chosen: argparse.Namespace) -> "ReportTables":
    from tlsrpt_analysis.store import open_store  # noqa: PLC0415 - --help is quick

    choice = {"policy_domains": chosen.domains, "reporters": chosen.reporters}
    tables = open_store(chosen.store, **choice, since=chosen.since, until=chosen.until)
    is_whole = not (chosen.domains or chosen.reporters)
    return tables if is_whole or len(tables.policies) else open_store(chosen.store)


def chosen_tables(tables: "ReportTables", chosen: argparse.Namespace) -> "ReportTables":
    """Return the reports of the chosen domains and days, and refuse to go on without any."""
    if not tables.balance.reports:
        raise TlsrptError(_no_report_message(tables.problems))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", UnknownNameWarning)
        tables = tables.select(
            policy_domains=chosen.domains,
            reporters=chosen.reporters,
            since=chosen.since,
            until=chosen.until,
        )
    unknown = [str(each.message) for each in caught]
    if tables.policies.empty:
        raise TlsrptError("; ".join(unknown) or NOTHING_CHOSEN)
    for message in unknown:
        remarks.remark(chosen, message)
    return tables if chosen.domains or not chosen.own_domains else _own_tables(tables, chosen)


def _own_tables(tables: "ReportTables", chosen: argparse.Namespace) -> "ReportTables":
    """Return the reports about the user's own domains, and say how many others are left out."""
    from tlsrpt_analysis.intake.red_flags import expectations  # noqa: PLC0415 - --help is quick

    expected = expectations(chosen.own_domains, None)
    domains = tables.policies["policy_domain"].dropna().unique()
    own = [domain for domain in domains if expected.covers(domain)]
    if not own:
        raise TlsrptError("no report is about your own domains: check --own-domain")
    if others := tables.policies["policy_domain"].nunique(dropna=False) - len(own):
        are = "domain that is not yours is" if others == 1 else "domains that are not yours are"
        remarks.remark(chosen, f"{others:,} {are} left out")
    return tables.select(policy_domains=own)


def _no_report_message(problems: "pd.DataFrame") -> str:
    if problems.empty:
        return "the store is empty: import reports into it"
    count = f"{len(problems)} input{'' if len(problems) == 1 else 's'}"
    first = problems.iloc[0]
    return (
        f"no TLS report in {count}; the first, {shown(first['source'])}: {shown(first['message'])}."
        " Give the folder, mailbox or archive that holds them."
    )
