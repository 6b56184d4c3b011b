"""The command that makes a report ready to be shown to others: redact."""

import argparse
from pathlib import Path

from tlsrpt_analysis.whole_files import write_whole_file


def add_redact(command: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``redact``."""
    command.add_argument("file", help="a report, or a mail or archive with reports")
    command.add_argument("-o", "--output", help="the file to write (default: print it)")
    command.set_defaults(run=_redact)


def _redact(chosen: argparse.Namespace) -> int:
    from tlsrpt_analysis.intake.redacted import redacted_reports  # noqa: PLC0415 - --help is quick

    text = "\n".join(redacted_reports(chosen.file))
    if not chosen.output:
        print(text)
        return 0
    write_whole_file(Path(chosen.output), f"{text}\n".encode(errors="surrogateescape"))
    print(f"Wrote {chosen.output}: read it before you send it")
    return 0
