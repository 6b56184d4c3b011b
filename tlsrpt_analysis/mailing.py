"""Mails that commands send: built so that no text becomes a header, sent by sendmail or by SMTP."""

import re
import smtplib
import socket
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from pathlib import Path

from tlsrpt_analysis.errors import TlsrptError, UsageError
from tlsrpt_analysis.shown_texts import on_one_line, shown

SENDMAIL = ("/usr/sbin/sendmail", "-t", "-i")
"""The mailer of the system: recipients from the headers, and a lone dot ends nothing."""

SECONDS = 60
SMTP_PORT = 25

LARGEST_ATTACHMENT = 15 * 1024 * 1024
"""Many servers refuse mails over 20 or 25 MB, and base64 adds a third."""

LONGEST_SUBJECT = 200

_ADDRESS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+@[A-Za-z0-9.-]+|[A-Za-z0-9._-]+")
"""An address, or the name of a local user; no quoted ones, lists or words beside them."""


@dataclass(frozen=True, slots=True)
class Mailer:
    """Where mails go: `to`, from whom, and through which server; sendmail where that is empty."""

    to: tuple[str, ...]
    sender: str = ""
    smtp: str = ""

    def __post_init__(self) -> None:
        for address in (*self.to, *filter(None, [self.sender])):
            if not _ADDRESS.fullmatch(address):
                raise UsageError(f"{shown(address)} is not a mail address: write it as a@b.example")


def mail(mailer: Mailer, subject: str, text: str, attachments: Sequence[Path] = ()) -> EmailMessage:
    """Return a mail; line ends in the subject become spaces.

    Parameters
    ----------
    mailer : Mailer
        The addresses.
    subject, text : str
        What it says.
    attachments : sequence of Path, default ()
        HTML files; one that is too large is named in the text instead.
    """
    message = EmailMessage()
    message["Subject"] = shown(on_one_line(subject), LONGEST_SUBJECT)
    message["To"] = ", ".join(mailer.to)
    if mailer.sender or mailer.smtp:  # sendmail knows the user
        message["From"] = mailer.sender or f"tlsrpt-analysis@{socket.getfqdn()}"
    message["Date"] = formatdate(localtime=False)
    message["Message-ID"] = make_msgid(domain=socket.getfqdn())
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834 §5: no vacation reply
    pages = {path: path.read_bytes() for path in attachments}
    large = [path.name for path, page in pages.items() if len(page) > LARGEST_ATTACHMENT]
    message.set_content(text + "".join(f"\n{name} is too large for a mail.\n" for name in large))
    for path, page in pages.items():
        if path.name not in large:
            message.add_attachment(
                page, "text", "html", filename=path.name, params={"charset": "utf-8"}
            )
    return message


def send(message: EmailMessage, mailer: Mailer) -> None:
    """Send a mail.

    Raises
    ------
    TlsrptError
        When it was not accepted.
    """
    try:
        if mailer.smtp:
            _send_by_smtp(message, mailer)
        else:
            _send_by_sendmail(message)
    except (OSError, smtplib.SMTPException, subprocess.SubprocessError) as error:
        raise TlsrptError(
            f"the mail to {', '.join(mailer.to)} was not sent ({_reason(error)}): check"
            f" {mailer.smtp or SENDMAIL[0]}, or name a server with --smtp"
        ) from error


def _send_by_sendmail(message: EmailMessage) -> None:
    subprocess.run(  # noqa: S603 - a constant; no text is among the arguments
        SENDMAIL, input=message.as_bytes(), check=True, timeout=SECONDS, capture_output=True
    )


def _send_by_smtp(message: EmailMessage, mailer: Mailer) -> None:
    host, port = host_and_port(mailer.smtp)
    with smtplib.SMTP(host, port, timeout=SECONDS) as server:
        server.send_message(message, to_addrs=list(mailer.to))


def host_and_port(text: str) -> tuple[str, int]:
    """Return the host and the port of a server.

    Examples
    --------
    >>> host_and_port("mail.example:587"), host_and_port("[2001:db8::1]:25"), host_and_port("::1")
    (('mail.example', 587), ('2001:db8::1', 25), ('::1', 25))
    """
    if text.startswith("["):
        host, _, rest = text[1:].partition("]")
        port = rest.removeprefix(":")
    elif text.count(":") == 1:
        host, _, port = text.partition(":")
    else:
        host, port = text, ""
    if not host or not (port or str(SMTP_PORT)).isdecimal():
        raise UsageError(f"{shown(text)} is not a server: write it as mail.example:25")
    return host, int(port or SMTP_PORT)


def _reason(error: Exception) -> str:
    if isinstance(error, subprocess.CalledProcessError):
        said = (error.stderr or b"").decode(errors="replace").strip()
        return shown(on_one_line(said) or f"exit code {error.returncode}")
    return shown(on_one_line(str(error)))
