"""What was rejected while reports were read, on standard error and in a file."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from tlsrpt_analysis import remarks
from tlsrpt_analysis.cli import formats
from tlsrpt_analysis.shown_texts import shown
from tlsrpt_analysis.whole_files import write_whole_file

if TYPE_CHECKING:
    from tlsrpt_analysis.tables import ReportTables

MOST_NAMED = 5
"""Rejected inputs that are named; `--problems` writes all."""


def add_option(command: argparse.ArgumentParser) -> None:
    """Declare the file that takes all problems."""
    command.add_argument(
        "--problems",
        metavar="FILE",
        help="write every input that was rejected, skipped or forgiven to this CSV, and why",
    )


def report_problems(tables: "ReportTables", chosen: argparse.Namespace) -> None:
    """Name the first rejected inputs and count the others; write all problems if that was asked."""
    rejected = tables.problems[tables.problems["severity"] == "rejected"]
    if chosen.problems:
        write_whole_file(Path(chosen.problems), formats.csv_text(tables.problems).encode())
    for row in rejected.head(MOST_NAMED).to_dict("records"):
        remarks.remark(chosen, f"rejected: {shown(row['source'])}: {shown(row['message'])}")
    if len(rejected) > MOST_NAMED:
        count = len(rejected) - MOST_NAMED
        where = f": see {chosen.problems}" if chosen.problems else ": --problems FILE names them"
        remarks.remark(chosen, f"rejected: {count:,} more{where}")
