"""The commands about the way to enforce mode: plan and replay."""

import argparse
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from tlsrpt_analysis.cli import formats, inputs, known_facts
from tlsrpt_analysis.errors import TlsrptError, UsageError
from tlsrpt_analysis.shown_texts import on_one_line
from tlsrpt_analysis.whole_files import write_whole_file

if TYPE_CHECKING:
    import pandas as pd

    from tlsrpt_analysis.analyses.impact.plan.change_plan import ChangePlan
    from tlsrpt_analysis.analyses.replay.replay import Replay
    from tlsrpt_analysis.tables import ReportTables

PLAN_FORMATS = {".txt": "text", ".md": "markdown", ".csv": "csv", ".json": "json", ".ics": "ics"}
REPLAY_FORMATS = {".txt": "text", ".md": "markdown", ".csv": "csv", ".json": "json"}

PLAN_VERSION = 1
"""The version of what `plan --format json` prints; `docs/schemas/plan.json` describes it."""

REPLAY_VERSION = 1
"""The version of what `replay --format json` prints; `docs/schemas/replay.json` describes it."""

_UNKNOWN = "Not known from reports:"

LARGEST_POLICY_BYTES = 64 * 1024
"""RFC 8461 §3.3 suggests that much as the limit of a policy file."""


def add_plan(command: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``plan``."""
    inputs.add_input(command)
    command.add_argument(
        "--start", type=inputs.day, help="the first day (default: the day after the last report)"
    )
    known_facts.add_options(command)
    _add_output(command, PLAN_FORMATS)
    command.set_defaults(run=_plan)


def add_replay(command: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``replay``."""
    inputs.add_input(command)
    command.add_argument(
        "--policy", metavar="FILE", help="the policy, - for standard input (default: the reported)"
    )
    for option, what in (("--add-mx", "add to"), ("--remove-mx", "remove from")):
        command.add_argument(
            option, action="append", default=[], metavar="HOST", help=f"an mx line to {what} it"
        )
    known_facts.add_mx_records(command)
    _add_output(command, REPLAY_FORMATS)
    command.set_defaults(run=_replay)


def _add_output(command: argparse.ArgumentParser, formats: dict[str, str]) -> None:
    command.add_argument(
        "--format", choices=list(formats.values()), help="default: as the output file is named"
    )
    command.add_argument("-o", "--output", metavar="FILE", help="the file to write")


def _plan(chosen: argparse.Namespace) -> int:
    from tlsrpt_analysis.analyses.impact.enforce_impact import enforce_impact  # noqa: PLC0415 - --help is quick

    inputs.check_input(chosen)
    tables = inputs.chosen_tables(inputs.read_tables(chosen), chosen)
    plan = enforce_impact(tables, **known_facts.impact_arguments(chosen)).plan(chosen.start)
    return _write(chosen, _PLAN_WRITERS[_format(chosen, PLAN_FORMATS)](plan))


def _replay(chosen: argparse.Namespace) -> int:
    from tlsrpt_analysis.analyses.replay.replay import replay  # noqa: PLC0415 - --help is quick

    inputs.check_input(chosen)
    domain, text = _only_domain(chosen), _policy_text(chosen.policy)
    found = replay(
        _all_days(chosen),
        text,
        policy_domain=domain,
        add_mx=chosen.add_mx,
        remove_mx=chosen.remove_mx,
        since=chosen.since,
        until=chosen.until,
        mx_preferences=known_facts.mx_records(chosen),
    )
    return _write(chosen, _REPLAY_WRITERS[_format(chosen, REPLAY_FORMATS)](found))


def _all_days(chosen: argparse.Namespace) -> "ReportTables":
    """Return the chosen reports of all days, whose last ones show the reported policy."""
    whole = argparse.Namespace(**vars(chosen) | {"since": None, "until": None})
    return inputs.chosen_tables(inputs.read_tables(whole), whole)


def _only_domain(chosen: argparse.Namespace) -> str | None:
    if len(chosen.domains or []) > 1:
        raise UsageError("a policy belongs to one domain: give --domain once")
    return chosen.domains[0] if chosen.domains else None


def _policy_text(path: str | None) -> str | None:
    if path is None:
        return None
    if path == "-":
        content = sys.stdin.buffer.read(LARGEST_POLICY_BYTES + 1)
    else:
        with Path(path).open("rb") as file:
            content = file.read(LARGEST_POLICY_BYTES + 1)
    if len(content) > LARGEST_POLICY_BYTES:
        raise TlsrptError(f"{path} is no policy: it has more than {LARGEST_POLICY_BYTES:,} bytes")
    return content.decode("utf-8", "backslashreplace")


def _format(chosen: argparse.Namespace, formats: dict[str, str]) -> str:
    if chosen.format:
        return str(chosen.format)
    ending = Path(chosen.output or "").suffix.lower()
    if ending and ending not in formats:
        raise UsageError(
            f"{chosen.output}: name a file that ends in {', '.join(formats)}, or give --format"
        )
    return formats.get(ending, "text")


def _write(chosen: argparse.Namespace, text: str) -> int:
    if not chosen.output:
        print(text, end="" if text.endswith("\n") else "\n")
        return 0
    write_whole_file(Path(chosen.output), text.encode("utf-8", "backslashreplace"))
    print(f"Wrote {chosen.output}")
    return 0


def _plan_text(plan: "ChangePlan") -> str:
    return "\n".join(map(on_one_line, _plan_lines(plan)))


def _plan_lines(plan: "ChangePlan") -> Iterator[str]:
    from tlsrpt_analysis.analyses.impact.plan.markdown import expectation  # noqa: PLC0415 - as above

    for each in plan.domains:
        yield f"{each.situation.domain} [{each.situation.verdict}] {each.summary}"
        for step in each.steps:
            yield f"  {step.date}  {step.title} ({step.responsible})"
            for line in (expectation(step), step.instructions):
                if line:
                    yield f"              {line}"
            if step.policy:
                yield from (f"                  {line}" for line in str(step.policy).splitlines())
        yield ""
    yield "tlsrpt-analysis plan --format markdown prints when to go on and when to roll back."


def _replay_frames(found: "Replay") -> "list[pd.DataFrame]":
    counts = ["tested_session_count", "would_block_low", "would_block_high"]
    months = found.by_month.assign(month=found.by_month["month"].dt.strftime("%Y-%m"))
    frames = (
        months[["month", *counts]],
        found.by_reporter[["reporter", *counts]],
        found.by_mx[["receiving_mx_hostname", "in_policy", *counts[1:]]],
    )
    return [frame for frame in frames if len(frame)]


def _replay_text(found: "Replay") -> str:
    parts = [on_one_line(found.headline)]
    frames = (each.map(formats.one_line) for each in _replay_frames(found))
    parts += [each.to_string(index=False, na_rep="(not given)") for each in frames]
    if found.unknown:
        lines = (f"- {on_one_line(each)}" for each in found.unknown)
        parts.append("\n".join([_UNKNOWN, *lines]))
    return "\n\n".join(parts)


def _replay_markdown(found: "Replay") -> str:
    parts = [formats.markdown_line(found.headline)]
    parts += map(formats.markdown_text, _replay_frames(found))
    if found.unknown:
        lines = [f"- {formats.markdown_line(each)}" for each in found.unknown]
        parts.append("\n".join([_UNKNOWN, "", *lines]))
    return "\n\n".join(parts)


_PLAN_WRITERS: "dict[str, Callable[[ChangePlan], str]]" = {
    "text": _plan_text,
    "markdown": lambda plan: plan.to_markdown(),
    "csv": lambda plan: formats.csv_text(plan.steps),
    "json": lambda plan: formats.json_text(
        {"schema_version": PLAN_VERSION, "domains": plan.by_domain, "steps": plan.steps}
    ),
    "ics": lambda plan: plan.to_ics(),
}

_REPLAY_WRITERS: "dict[str, Callable[[Replay], str]]" = {
    "text": _replay_text,
    "markdown": _replay_markdown,
    "csv": lambda found: formats.csv_text(found.by_day),
    "json": lambda found: formats.json_text(
        {
            "schema_version": REPLAY_VERSION,
            "headline": found.headline,
            "by_month": found.by_month,
            "by_reporter": found.by_reporter,
            "by_mx": found.by_mx,
            "unknown": list(found.unknown),
        }
    ),
}
