"""The options that say to whom a result is mailed, and the mailing."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tlsrpt_analysis.mailing import Mailer


def add_options(command: argparse.ArgumentParser) -> None:
    """Declare the recipients, the sender and the server of a mail."""
    command.add_argument(
        "--mail-to",
        action="append",
        default=[],
        metavar="ADDRESS",
        help="mail the result to this address as well, through /usr/sbin/sendmail (repeatable)",
    )
    command.add_argument(
        "--mail-from", default="", metavar="ADDRESS", help="the sender of the mail"
    )
    command.add_argument(
        "--smtp",
        default="",
        metavar="HOST[:PORT]",
        help="send the mail through this server instead",
    )


def mailer(chosen: argparse.Namespace) -> "Mailer | None":
    """Return where mails go, or nothing if none was asked for; refuse what is no address."""
    if not chosen.mail_to:
        return None
    from tlsrpt_analysis.mailing import Mailer, host_and_port  # noqa: PLC0415 - --help is quick

    if chosen.smtp:
        host_and_port(chosen.smtp)
    return Mailer(tuple(chosen.mail_to), chosen.mail_from, chosen.smtp)


def send_text(mailer: "Mailer", subject: str, text: str, page: Path | None = None) -> None:
    """Send a text, with a page where there is one."""
    from tlsrpt_analysis.mailing import mail, send  # noqa: PLC0415 - --help is quick

    send(mail(mailer, subject, f"{text}\n", [page] if page else []), mailer)
