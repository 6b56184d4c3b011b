"""The options about mailboxes on servers: how a token comes, and where read mails go."""

import argparse
import sys
from typing import TYPE_CHECKING

from tlsrpt_analysis.errors import UsageError
from tlsrpt_analysis.intake.sources.files import scheme_of
from tlsrpt_analysis.shown_texts import shown

if TYPE_CHECKING:
    from tlsrpt_analysis.store import Added


MAILBOXES = frozenset({"graph", "imap", "imaps"})
"""The schemes of mailboxes on servers."""


def add_options(command: argparse.ArgumentParser) -> None:
    """Declare the options of a command that reads reports."""
    command.add_argument(
        "--token-command",
        default="",
        metavar="COMMAND",
        help="a command that prints the OAuth 2 token of a mailbox (imaps:// or graph://)",
    )


def add_move(command: argparse.ArgumentParser) -> None:
    """Declare where mails go."""
    command.add_argument(
        "--move-to",
        default="",
        metavar="FOLDER",
        help="move mails to this folder of their mailbox once their reports are in the store",
    )


def check_move(chosen: argparse.Namespace) -> None:
    """Refuse to move mails where no mailbox is read.

    Raises
    ------
    UsageError
        When that was typed.
    """
    if "move_to" in chosen.typed and not any(scheme_of(path) in MAILBOXES for path in chosen.paths):
        raise UsageError("--move-to moves mails of imaps:// and graph://, and none is read here")


def report_moves(added: "Added") -> bool:
    """Print how many mails were moved; return whether all that should be were."""
    if added.moved_mails:
        print(f"{added.moved_mails:,} mails moved")
    for failure in added.failed_moves:
        message = f"the reports are in the store, but their mails were not moved: {failure}"
        print(f"tlsrpt-analysis: {shown(message)}", file=sys.stderr)
    return not added.failed_moves
