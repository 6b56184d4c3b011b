"""The command ``probe``: query a domain's own servers and compare them with the reports."""

import argparse
import contextlib
import ipaddress
import sys
import warnings
from collections.abc import Callable, Hashable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from tlsrpt_analysis import remarks
from tlsrpt_analysis.errors import TlsrptError, UnknownNameWarning, UsageError
from tlsrpt_analysis.shown_texts import shown

if TYPE_CHECKING:
    import pandas as pd

    from tlsrpt_analysis.probes import Findings, ProbeOptions, Progress
    from tlsrpt_analysis.tables import ReportTables

PASSED, FAILED, NOT_MEASURED = 0, 1, 3
"""Exit codes; a failed check takes precedence over one that could not be measured."""

MOST_ROWS = 50
"""MX hosts and causes that are printed."""

LONGEST_CAUSE = 1_000
"""Letters of a cause and its evidence that are printed on its line."""

MOST_SECONDS = 86_400
CLEAR = "\r\x1b[K"
"""Moves the cursor to the start of the line and clears it."""


def add_arguments(probe: argparse.ArgumentParser) -> None:
    """Declare the arguments of the command."""
    probe.add_argument("domain", help="the policy domain")
    probe.add_argument("--save", metavar="FILE", help="save the findings as JSON")
    probe.add_argument(
        "--reports",
        nargs="+",
        metavar="PATH",
        help="reports to compare with: the policies they saw, and the causes they suggest",
    )
    probe.add_argument("--store", metavar="DIR", help="a store of reports to compare with instead")
    probe.add_argument("--helo", default="", help="the name to send in EHLO; set your own")
    probe.add_argument(
        "--nameserver",
        action="append",
        dest="nameservers",
        type=_address,
        help="the address of a resolver (repeatable)",
    )
    probe.add_argument(
        "--nameserver-port", type=_port, default=53, help="the port of the resolvers (53)"
    )
    probe.add_argument(
        "--timeout", type=_seconds, default=180.0, help="the longest time in seconds (180)"
    )
    probe.add_argument(
        "--roots", metavar="FILE", help="PEM file of trusted roots (default: certifi)"
    )
    probe.add_argument(
        "--allow-private", action="store_true", help="also connect to private addresses"
    )
    probe.add_argument(
        "--connect-to",
        action="append",
        default=[],
        type=_detour,
        metavar="ADDRESS:PORT=TARGET:PORT",
        help="connect to another address, for a lab (repeatable)",
    )
    probe.set_defaults(alternatives=("store", "reports"))


def probe(
    chosen: argparse.Namespace,
    say: Callable[[str], None],
    written: "Callable[[Findings, pd.DataFrame | None], str] | None" = None,
) -> int:
    """Print the findings, the MX hosts, the causes and the policy to serve; return the exit code.

    ``written`` returns all of this in another form.
    """
    from tlsrpt_analysis import probes  # noqa: PLC0415 - --help is quick
    from tlsrpt_analysis.analyses.causes.diagnose import diagnose  # noqa: PLC0415

    if chosen.reports and chosen.store:
        raise UsageError("give either --reports or --store")
    options = _options(chosen)
    tables = _reported(chosen)
    with _progress_on(sys.stderr, is_quiet=chosen.quiet) as watcher:
        findings = probes.probe_domain(chosen.domain, options, reported=tables, progress=watcher)
    causes = None if tables is None else diagnose(tables, findings)
    if written:
        say(written(findings, causes))
    else:
        _print_findings(findings, causes, say)
    if chosen.save:
        saved = findings.save(chosen.save)
        if not written:
            say(f"Wrote {saved}")
    if findings.evidence.is_interrupted:
        raise KeyboardInterrupt("stopped; what was not reached is not measured")
    if findings.is_failed:
        return FAILED
    return PASSED if findings.is_measured else NOT_MEASURED


def _print_findings(
    findings: "Findings", causes: "pd.DataFrame | None", say: Callable[[str], None]
) -> None:
    say(str(findings))
    table = findings.by_mx().drop(columns="why")
    if not table.empty:
        say(f"\n{table.head(MOST_ROWS).to_string(index=False)}")
    if len(table) > MOST_ROWS:
        say(f"and {len(table) - MOST_ROWS:,} more MX hosts: --save writes all of them")
    if causes is not None:
        say(_cause_text(causes))
    if findings.policy_to_serve:
        is_unchanged = findings.policy_to_serve.is_unchanged
        head = (
            "The policy to serve is "
            if is_unchanged
            else "The policy to serve, and then its record:\n"
        )
        say(f"\n{head}{findings.policy_to_serve}")


def _options(chosen: argparse.Namespace) -> "ProbeOptions":
    from tlsrpt_analysis.probes import ProbeOptions  # noqa: PLC0415 - --help is quick

    return ProbeOptions(
        helo=chosen.helo,
        nameservers=tuple(chosen.nameservers or ()),
        nameserver_port=chosen.nameserver_port,
        total_seconds=chosen.timeout,
        allow_private=chosen.allow_private,
        connect_to=dict(chosen.connect_to),
        roots=_read_roots(chosen.roots),
    )


def _reported(chosen: argparse.Namespace) -> "ReportTables | None":
    from tlsrpt_analysis.loading.load import load_reports  # noqa: PLC0415 - --help is quick
    from tlsrpt_analysis.store import open_store  # noqa: PLC0415

    if not (chosen.reports or chosen.store):
        return None
    tables = open_store(chosen.store) if chosen.store else load_reports(*chosen.reports)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", UnknownNameWarning)
        of_domain = tables.select(policy_domains=[chosen.domain])
    if of_domain.policies.empty:
        unknown = "; ".join(str(each.message) for each in caught)
        message = unknown or f"no report is about {chosen.domain}"
        if not {"store", "reports"} & chosen.typed:  # it stands in the settings, for all domains
            remarks.remark(chosen, message)
            return None
        raise TlsrptError(message)
    return of_domain


def _cause_text(causes: "pd.DataFrame") -> str:
    rows = causes.to_dict("records")
    if not rows:
        return "\nThe reports suggest no cause of failures."
    lines = [line for row in rows[:MOST_ROWS] for line in _cause_lines(row)]
    if len(rows) > MOST_ROWS:
        lines.append(f"and {len(rows) - MOST_ROWS:,} more: `diagnose` returns all of them")
    return "\nCauses that the reports suggest:\n" + "\n".join(lines)


def _cause_lines(row: dict[Hashable, Any]) -> Iterator[str]:
    """Yield a cause with its evidence, and its cure below it."""
    yield shown(f"[{row['status']}] {row['title']}: {row['evidence']}", most=LONGEST_CAUSE)
    if row["status"] != "refuted":
        yield from (f"    {shown(line, LONGEST_CAUSE)}" for line in str(row["cure"]).splitlines())


@contextlib.contextmanager
def _progress_on(
    stream: TextIO, *, is_quiet: bool = False
) -> "Iterator[Callable[[Progress], None]]":
    """Rewrite one line on a terminal; write nothing to files and pipes."""
    if is_quiet or not stream.isatty():
        yield lambda _: None
        return
    yield lambda progress: print(f"{CLEAR}{progress}", end="", file=stream, flush=True)
    print(CLEAR, end="", file=stream, flush=True)


def _read_roots(path: str | None) -> bytes:
    try:
        return Path(path).read_bytes() if path else b""
    except OSError as error:
        raise TlsrptError(f"{path}: cannot be read: {error.strerror}") from error


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < MOST_SECONDS:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds")
    return seconds


def _address(text: str) -> str:
    try:
        return str(ipaddress.ip_address(text))
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not an IP address") from error


def _port(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 6 and 0 < int(text) < 65_536):
        raise argparse.ArgumentTypeError(f"{text!r} is not a port, 1 to 65535")
    return int(text)


def _end(address: str, port: int) -> str:
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def _detour(text: str) -> tuple[str, str]:
    ends = text.split("=")
    if len(ends) != 2:
        raise argparse.ArgumentTypeError(f"{text!r} is not ADDRESS:PORT=TARGET:PORT")
    parts = [end.rpartition(":") for end in ends]
    source, target = (_end(_address(host.strip("[]")), _port(port)) for host, _, port in parts)
    return source, target
