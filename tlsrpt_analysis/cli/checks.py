"""The command for cron: check."""

import argparse
import datetime as dt
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tlsrpt_analysis.cli import formats, inputs, mails
from tlsrpt_analysis.cli.outputs import try_file
from tlsrpt_analysis.errors import TlsrptError
from tlsrpt_analysis.shown_texts import counted, shown

if TYPE_CHECKING:
    from tlsrpt_analysis.analyses.alerts.alert import Alert
    from tlsrpt_analysis.checks.check import Check, Checked

CHECK_VERSION = 1
"""The version of what `check --format json` prints; `docs/schemas/check.json` describes it."""

NEW, NOT_RUN = 1, 2
"""The exit codes of ``check`` when something is new, and when it could not run."""

SEVERITIES = ("notice", "warning", "critical")
"""In rising order: to fail on one is to fail on those after it."""

KINDS = (
    "fault-began",
    "fault-grew",
    "fault-ended",
    "policy-vanished",
    "reporter-silent",
    "reports-stopped",
    "verdict-changed",
    "renewal-due",
)
"""The kinds of alerts, which a test compares with `tlsrpt_analysis.analyses.alerts.alert.Kind`."""

LONGEST_MESSAGE = 1_000


def add_check(command: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``check``."""
    command.add_argument("--store", required=True, help="the folder of the store")
    command.add_argument(
        "--own-domain",
        action="append",
        dest="own_domains",
        metavar="DOMAIN",
        help="only this domain and those below it (repeatable); give the same ones each time",
    )
    command.add_argument(
        "--fail-on",
        action="append",
        choices=[*SEVERITIES, *KINDS],
        metavar="WHAT",
        help="exit with 1 only for this kind, or this severity and above (repeatable):"
        f" {', '.join((*SEVERITIES, *KINDS))}",
    )
    command.add_argument(
        "--cooldown",
        type=_days,
        default=7,
        metavar="DAYS",
        help="say the same about the same subject once in so many days (7)",
    )
    command.add_argument("--today", type=inputs.day, help="check as on this day (default: now)")
    command.add_argument(
        "--format",
        choices=("text", "json"),
        default="text",
        help="json for scripts (docs/alerts.md)",
    )
    command.add_argument(
        "--prometheus", metavar="FILE", help="write metrics for the textfile collector to this file"
    )
    mails.add_options(command)
    command.set_defaults(run=_check)


def _days(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of days")
    return int(text)


def _check(chosen: argparse.Namespace) -> int:
    try:
        return _checked(chosen)
    except (TlsrptError, OSError) as error:
        if isinstance(error, BrokenPipeError):
            raise
        print(f"tlsrpt-analysis: {shown(_reason(error), LONGEST_MESSAGE)}", file=sys.stderr)
        return NOT_RUN


def _reason(error: Exception) -> str:
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename}: {error.strerror}"
    return str(error)


def _checked(chosen: argparse.Namespace) -> int:
    """Check, say what is new everywhere it is wanted, and only then keep the state."""
    from tlsrpt_analysis.checks.check import check_without_keeping  # noqa: PLC0415 - --help is quick
    from tlsrpt_analysis.checks.state_file import one_check  # noqa: PLC0415
    from tlsrpt_analysis.store.commits import read_commit  # noqa: PLC0415

    directory = Path(chosen.store)
    mailer = mails.mailer(chosen)
    if chosen.prometheus:
        try_file(Path(chosen.prometheus))
    read_commit(directory)  # or a misspelt name would become a folder
    with one_check(directory):
        checked = check_without_keeping(
            directory,
            today=chosen.today,
            own_domains=chosen.own_domains or (),
            cooldown=chosen.cooldown,
        )
        found = checked.check
        if chosen.prometheus:
            _write_metrics(checked, Path(chosen.prometheus))
        text = _json(found) if chosen.format == "json" else _text(found)
        if text:
            print(text, flush=True)
        if mailer and found.alerts:
            mails.send_text(mailer, _subject(found), _text(found))
        checked.keep()
    return NEW if any(_is_failing(each, chosen.fail_on) for each in found.alerts) else 0


def _is_failing(alert: "Alert", wanted: list[str] | None) -> bool:
    if not wanted:
        return True
    rank = SEVERITIES.index(alert.severity.value)
    return alert.kind.value in wanted or bool({*SEVERITIES[: rank + 1]} & {*wanted})


def _text(found: "Check") -> str:
    if found.is_first:
        domains = counted(found.domain_count, "domain")
        faults = counted(sum(found.open_fault_counts.values()), "lasting fault")
        return f"First check: {domains} and {faults} are the base; later checks say what is new."
    return "\n".join(_line(each) for each in found.alerts)


def _line(alert: "Alert") -> str:
    about = f"{shown(alert.policy_domain)}: " if alert.policy_domain else ""
    return f"[{alert.severity}] {about}{shown(alert.message, LONGEST_MESSAGE)}"


def _subject(found: "Check") -> str:
    domains = sorted({each.policy_domain for each in found.alerts if each.policy_domain})
    about = f" about {shown(domains[0])}" if len(domains) == 1 else ""
    return f"TLS reports: {counted(len(found.alerts), 'alert')}{about}"


def _json(found: "Check") -> str:
    alerts = [
        {
            "kind": each.kind.value,
            "severity": each.severity.value,
            "policy_domain": each.policy_domain,
            "since": each.since.isoformat(),
            "message": each.message,
            "reporters": list(each.reporters),
            "mx_hostnames": list(each.mx_hostnames),
            "result_types": list(each.result_types),
        }
        for each in found.alerts
    ]
    content: dict[str, object] = {
        "schema_version": CHECK_VERSION,
        "day": found.day.isoformat(),
        "last_day": found.last_day.isoformat(),
        "is_first": found.is_first,
        "open_fault_counts": found.open_fault_counts,
        "alerts": alerts,
    }
    return formats.json_text(content).rstrip("\n")


def _write_metrics(checked: "Checked", target: Path) -> None:
    import pandas as pd  # noqa: PLC0415 - as above

    from tlsrpt_analysis.checks.metrics import domain_rows, metrics_text  # noqa: PLC0415
    from tlsrpt_analysis.whole_files import write_whole_file  # noqa: PLC0415

    size = sum(each.stat().st_size for each in checked.directory.iterdir() if each.is_file())
    text = metrics_text(
        checked.check,
        pd.concat([domain_rows(tables) for tables in checked.parts], ignore_index=True),
        rejected=checked.parts.rejected,
        store_bytes=size,
        now=dt.datetime.now(dt.UTC),
    )
    write_whole_file(target, text.encode())
