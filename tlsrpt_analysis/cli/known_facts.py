"""The arguments for what is known besides the reports: a probe, MX records, mail counts."""

import argparse
from typing import TYPE_CHECKING, Any

from tlsrpt_analysis.errors import TlsrptError, UsageError

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

TRAFFIC_COLUMNS = ("policy_domain", "mx_hostname", "session_count")


def add_options(command: argparse.ArgumentParser) -> None:
    """Declare the files that confirm causes and narrow the range of what is lost."""
    group = command.add_argument_group("what is known besides the reports")
    group.add_argument(
        "--findings",
        action="append",
        default=[],
        metavar="FILE",
        help="findings that `tlsrpt-analysis probe DOMAIN --save FILE` wrote (repeatable)",
    )
    add_mx_records(group)
    group.add_argument(
        "--inbound-share",
        action="append",
        default=[],
        metavar="FILE",
        help="mail counts by sender: a CSV, a mail log or an export (repeatable)",
    )
    group.add_argument(
        "--mx-traffic",
        action="append",
        default=[],
        metavar="[HOST=]FILE",
        help="what each MX takes: HOST=LOG for each host, or a CSV of policy_domain, mx_hostname"
        " and session_count (repeatable)",
    )


def add_mx_records(command: "argparse.ArgumentParser | argparse._ArgumentGroup") -> None:
    """Declare the MX records alone."""
    command.add_argument(
        "--mx-records", metavar="FILE", help="the MX records: a zone file, or the output of dig"
    )


def mx_records(chosen: argparse.Namespace) -> "pd.DataFrame | None":
    """Return the MX records, if they were given."""
    from tlsrpt_analysis.mail_logs.mx_records import read_mx_records  # noqa: PLC0415 - --help is quick

    return read_mx_records(chosen.mx_records) if chosen.mx_records else None


def findings(chosen: argparse.Namespace) -> "pd.DataFrame | None":
    """Return the checks of all findings, if any were given."""
    if not chosen.findings:
        return None
    import pandas as pd  # noqa: PLC0415 - --help is quick

    from tlsrpt_analysis.probes.findings import load_findings  # noqa: PLC0415

    return pd.concat([load_findings(path).checks() for path in chosen.findings], ignore_index=True)


def impact_arguments(chosen: argparse.Namespace) -> dict[str, Any]:
    """Return what `enforce_impact` takes besides the reports."""
    from tlsrpt_analysis.mail_logs.inbound_share import read_inbound_share  # noqa: PLC0415 - as above

    shares = read_inbound_share(*chosen.inbound_share) if chosen.inbound_share else None
    return {
        "findings": findings(chosen),
        "mx_preferences": mx_records(chosen),
        "inbound_share": shares,
        "mx_traffic": _mx_traffic(chosen.mx_traffic),
    }


def _mx_traffic(given: list[str]) -> "pd.DataFrame | None":
    """Return the sessions of each MX host, from CSV files or from the logs of the hosts."""
    from tlsrpt_analysis.mail_logs.mx_traffic import read_mx_traffic  # noqa: PLC0415 - as above

    if not given:
        return None
    pairs = [text.partition("=") for text in given if "=" in text]
    logs: dict[str, str | Path | list[str | Path]] = {
        host: [path for name, _, path in pairs if name == host] for host, _, _ in pairs
    }
    if logs and len(pairs) < len(given):
        raise UsageError("--mx-traffic: give either HOST=LOG for each MX host, or CSV files")
    return read_mx_traffic(logs) if logs else _read_csv_files(given)


def _read_csv_files(paths: list[str]) -> "pd.DataFrame":
    import pandas as pd  # noqa: PLC0415 - --help is quick

    frames = []
    for path in paths:
        try:
            frame = pd.read_csv(path)
        except (OSError, ValueError) as error:
            raise TlsrptError(f"{path}: cannot be read as CSV: {error}") from error
        if missing := [name for name in TRAFFIC_COLUMNS if name not in frame]:
            raise TlsrptError(f"{path}: the header lacks {', '.join(missing)}")
        frames.append(frame[list(TRAFFIC_COLUMNS)])
    return pd.concat(frames, ignore_index=True)
