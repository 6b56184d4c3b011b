"""Outlook's ``.msg``: a mail taken apart into properties, put together again for the mail reader.

Property numbers are those of MS-OXPROPS; each is a stream in an OLE file (MS-OXMSG 2.1.3).
"""

import io
import re
from collections.abc import Iterator
from email.message import Message
from email.mime.application import MIMEApplication
from email.mime.message import MIMEMessage
from email.mime.multipart import MIMEMultipart
from email.parser import HeaderParser
from email.policy import SMTP
from typing import TYPE_CHECKING

from tlsrpt_analysis.errors import MissingExtraError
from tlsrpt_analysis.extras import needed_extra
from tlsrpt_analysis.intake.limits import Limits
from tlsrpt_analysis.intake.wrappings.streams import ASK_AGAIN, Stream, Unreadable

if TYPE_CHECKING:
    from olefile import OleFileIO

MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
LENIENCY = "an Outlook message: the mail as it was sent is lost, and with it its signature"
MOST_ATTACHMENTS = 1_000
DEEPEST = 10
"""Messages attached to messages; a report that was forwarded has a few."""

_PROPERTIES = "__properties_version1.0"
_HEADERS, _CONTENT, _MESSAGE = "007D", "37010102", "3701000D"
_MEDIA_TYPE = "370E"
_SUBTYPE = re.compile(r"application/([\w.+-]{1,100})", re.ASCII)
_FILE_NAMES = ("3707", "3704")  # long, then short
_KEPT = ("From", "Subject", "Date", "Received", "TLS-Report-Domain", "TLS-Report-Submitter")


def is_ole(head: bytes) -> bool:
    """Whether bytes start as an OLE file, which an Outlook message is."""
    return head.startswith(MAGIC)


def may_be_message(content: bytes) -> bool:
    """Whether an OLE file may be a message, and not a document, by a quick search."""
    return _PROPERTIES.encode("utf-16-le") in content


def mail_within(stream: Stream, limits: Limits) -> bytes | None:
    """Return the mail of an Outlook message; None where it is another OLE file.

    Raises
    ------
    Unreadable
        When it is damaged, or the package that reads OLE files is missing.
    """
    content = stream.read_all(limits.mail_bytes, stage="mail")
    try:
        with needed_extra("mailbox", "Reading an Outlook message (.msg)"):
            import olefile  # noqa: PLC0415 - an extra
    except MissingExtraError as error:
        advice = f"{error}, or save the mail as .eml and load that"
        raise Unreadable("mail", advice) from error
    try:
        with olefile.OleFileIO(io.BytesIO(content)) as ole:
            return None if not ole.exists(_PROPERTIES) else _mail(ole, [], 0).as_bytes(policy=SMTP)
    except Unreadable:
        raise
    except Exception as error:  # olefile raises whatever the damage leads to
        message = f"the Outlook message is damaged ({type(error).__name__}): {ASK_AGAIN}"
        raise Unreadable("mail", message) from error


def _mail(ole: "OleFileIO", place: list[str], depth: int) -> MIMEMultipart:
    if depth > DEEPEST:
        raise Unreadable("mail", f"its messages are nested more than {DEEPEST} levels deep")
    header = HeaderParser().parsestr(_text(ole, place, _HEADERS))
    mail = _without_parts(header)
    for number, attachment in enumerate(_attachments(ole, place), start=1):
        if number > MOST_ATTACHMENTS:
            raise Unreadable("mail", f"it has more than {MOST_ATTACHMENTS:,} attachments")
        if ole.exists([*attachment, f"__substg1.0_{_MESSAGE}", _PROPERTIES]):
            inner = _mail(ole, [*attachment, f"__substg1.0_{_MESSAGE}"], depth + 1)
            mail.attach(MIMEMessage(inner))
        elif ole.exists(path := [*attachment, f"__substg1.0_{_CONTENT}"]):
            subtype = _SUBTYPE.fullmatch(_text(ole, attachment, _MEDIA_TYPE))
            part = MIMEApplication(
                ole.openstream(path).read(), subtype[1] if subtype else "octet-stream"
            )
            name = _file_name(ole, attachment, number)
            part.add_header("Content-Disposition", "attachment", filename=name)
            mail.attach(part)
    return mail


def _without_parts(header: Message) -> MIMEMultipart:
    """Return a mail with the fields that matter to a report, and nothing in it yet."""
    is_report = header.get_param("report-type") == "tlsrpt"
    mail = MIMEMultipart("report" if is_report else "mixed")
    if is_report:
        mail.set_param("report-type", "tlsrpt")
    for name in _KEPT:
        for value in header.get_all(name, []):
            mail[name] = " ".join(str(value).split())
    return mail


def _attachments(ole: "OleFileIO", place: list[str]) -> Iterator[list[str]]:
    names = {path[len(place)] for path in ole.listdir() if path[: len(place)] == place}
    for name in sorted(names):
        if name.startswith("__attach_version1.0_"):
            yield [*place, name]


def _file_name(ole: "OleFileIO", attachment: list[str], number: int) -> str:
    names = (_text(ole, attachment, each) for each in _FILE_NAMES)
    found = next(filter(None, names), "")
    printable = "".join(letter for letter in found if letter.isprintable())
    return printable.encode("utf-8", "replace").decode() or f"attachment {number}"


def _text(ole: "OleFileIO", place: list[str], number: str) -> str:
    """Return a property that is a text, in UTF-16 or in an older encoding."""
    for kind, encoding in (("001F", "utf-16-le"), ("001E", "cp1252")):
        path = [*place, f"__substg1.0_{number}{kind}"]
        if ole.exists(path):
            text: str = ole.openstream(path).read().decode(encoding, "replace")
            return text.rstrip("\0")
    return ""
