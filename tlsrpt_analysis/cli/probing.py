"""The command that queries a domain's own servers, and the forms of its answer: probe."""

import argparse
from typing import TYPE_CHECKING

from tlsrpt_analysis import probe_command
from tlsrpt_analysis.cli import formats
from tlsrpt_analysis.shown_texts import without_controls

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    from tlsrpt_analysis.probes import Findings

PROBE_VERSION = 1
"""The version of `probe --format json`; `docs/schemas/probe.json` describes it."""


def add_probe(command: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``probe``."""
    probe_command.add_arguments(command)
    formats.add_option(command, _WRITERS)
    command.set_defaults(run=_probe)


def _probe(chosen: argparse.Namespace) -> int:
    written = _WRITERS.get(chosen.format)
    shown = (lambda text: print(text, end="")) if written else _print_text
    return probe_command.probe(chosen, shown, written)


def _print_text(text: str) -> None:
    print(without_controls(text))


def _json(findings: "Findings", causes: "pd.DataFrame | None") -> str:
    policy = findings.policy_to_serve
    served = (
        {"policy": policy.text, "record": policy.record, "is_unchanged": policy.is_unchanged}
        if policy
        else None
    )
    return formats.json_text(
        {
            "schema_version": PROBE_VERSION,
            "policy_domain": findings.domain,
            "collected_datetime": findings.evidence.collected_datetime.isoformat(),
            "is_failed": findings.is_failed,
            "is_measured": findings.is_measured,
            "is_interrupted": findings.evidence.is_interrupted,
            "checks": findings.checks(),
            "hosts": findings.by_mx(),
            "causes": causes,
            "policy_to_serve": served,
        }
    )


_MARKDOWN_COLUMNS = ["mx_hostname", "ip_address", "check", "outcome", "message"]

_WRITERS: "dict[str, Callable[[Findings, pd.DataFrame | None], str]]" = {
    "json": _json,
    "csv": lambda findings, _causes: formats.csv_text(findings.checks()),
    "markdown": lambda findings, _causes: (
        formats.markdown_text(findings.checks()[_MARKDOWN_COLUMNS]) + "\n"
    ),
}
