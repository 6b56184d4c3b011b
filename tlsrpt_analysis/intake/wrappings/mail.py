"""Mails: from bytes to the parts that can hold a report (RFC 8460 §5.3)."""

import binascii
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email import policy
from email.errors import (
    CloseBoundaryNotFoundDefect,
    InvalidBase64CharactersDefect,
    InvalidBase64PaddingDefect,
)
from email.message import Message
from email.parser import BytesParser

from tlsrpt_analysis.intake.limits import Limits
from tlsrpt_analysis.intake.wrappings.mail_header import NO_REPORT_TYPE, NOT_MULTIPART
from tlsrpt_analysis.intake.wrappings.streams import Unreadable

HEAD_BYTES = 4_096
"""How many bytes are read to detect the kind of a file or member."""

LONGEST_CONTENT_FIELD = 8_192
"""Bytes of a Content field; reading its parameters takes quadratic time."""

NEVER_ENCODED = "a part that is declared base64, and is not"
"""The leniency for mailers that write the field and forget to encode."""


@dataclass(frozen=True, slots=True)
class Part:
    """A leaf of a mail: its file name or number, media type, decoded bytes and leniencies."""

    name: str
    media_type: str
    content: bytes
    leniencies: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail: what it says about its report, and its parts at any depth.

    Attributes
    ----------
    tls_report_domain, tls_report_submitter : str or None
        The header fields that a report mail must have (RFC 8460 §5.3).
    parts : tuple of Part
        The leaves, including those of attached mails.
    leniencies : tuple of str
        What was forgiven to parse it.
    """

    tls_report_domain: str | None
    tls_report_submitter: str | None
    parts: tuple[Part, ...]
    leniencies: tuple[str, ...] = ()


FIELD_NAME = rb"[!-9;-~]{1,200}[ \t]*:"  # RFC 5322 §3.6.8; the space is obsolete and allowed
_HEADER_LINE = re.compile(rb"(?:" + FIELD_NAME + rb"|[ \t])")
_KNOWN_FIELD = re.compile(
    rb"^(?:from|to|subject|date|received|return-path|delivered-to|message-id|mime-version"
    rb"|content-type|dkim-signature|tls-report-domain)[ \t]*:",
    re.IGNORECASE | re.MULTILINE,
)
# The texts below are in lower case: searching lowered bytes for one after another is ten times as
# fast as an expression that ignores case.
_DECLARES_REPORT = re.compile(
    rb"^tls-report-domain:|report-type\s*=\s*\"?tlsrpt|application/tlsrpt", re.MULTILINE
)
_OF_REPORTS = (
    *(
        b"base64",
        b"tlsrpt",
        b"tls-report",
        b"application/",
        b"message/",
        b"uuencode",
        b"=7b",
        b"h4si",
    ),
    *(b"\x1f\x8b", b"pk\x03\x04"),
)
_OBJECT = re.compile(rb"\n[ \t]*\{")
_MISSPELT = re.compile(rb"^ContentType([ \t]*:)", re.IGNORECASE | re.MULTILINE)
_DEFECTS = (  # what the email package forgives, and how it is reported
    (CloseBoundaryNotFoundDefect, "the last MIME boundary is missing"),  # Mail.ru
    (InvalidBase64CharactersDefect, "base64 with invalid characters"),
    (InvalidBase64PaddingDefect, "base64 without its padding"),
)
_MULTIPART = re.compile(rb"boundary[^=\n]{0,20}=")
_LONG_FIELD = re.compile(rb"\ncontent-[a-z-]{1,40}:(?:[^\n]|\n[ \t]){%d}" % LONGEST_CONTENT_FIELD)


def is_mail(head: bytes) -> bool:
    """Whether bytes start with the header of a mail: field lines only, one of them known."""
    lines = head[:HEAD_BYTES].lstrip(b"\r\n").split(b"\n")
    header: list[bytes] = []
    for number, line in enumerate(lines):
        if not line.rstrip(b"\r"):
            break
        if not _HEADER_LINE.match(line) and (number < len(lines) - 1 or not header):
            return False  # the last line may be cut by the length of the head
        header.append(line)
    return _KNOWN_FIELD.search(b"\n".join(header)) is not None


def declares_report(raw: bytes) -> bool:
    """Whether a mail declares that it carries a TLS report (RFC 8460 §5.3)."""
    lower = raw.lower()
    if b"tlsrpt" not in lower and b"tls-report-domain:" not in lower:
        return False
    return _DECLARES_REPORT.search(lower) is not None


def may_hold_report(raw: bytes) -> bool:
    """Whether any part of a mail can be a report, by a quick search."""
    lower = raw.lower()
    return (
        any(text in lower for text in _OF_REPORTS)
        or raw.lstrip(b" \t").startswith(b"{")
        or _OBJECT.search(raw) is not None
    )


def check_costs(raw: bytes, limits: Limits) -> None:
    """Refuse a mail that is built so that parsing it costs more than the limits allow.

    Raises
    ------
    Unreadable
        With what the mail has too much of.
    """
    lower = raw.lower()
    multiparts = sum(1 for _ in _MULTIPART.finditer(lower))
    if multiparts > limits.mail_multiparts:
        raise Unreadable("mail", f"it has {multiparts:,} multiparts, which no report needs")
    if (multiparts + 1) * raw.count(b"\n") > limits.mail_line_checks:
        raise Unreadable("mail", f"it has too many lines for its {multiparts:,} multiparts")
    if raw.count(b"\n--") > limits.mail_parts:
        raise Unreadable("mail", f"it may have more than {limits.mail_parts:,} parts")
    if _LONG_FIELD.search(b"\n" + lower):
        raise Unreadable("mail", f"it has a Content field of over {LONGEST_CONTENT_FIELD:,} bytes")


def parse_mail(raw: bytes, limits: Limits) -> Mail:
    """Parse a mail.

    Raises
    ------
    Unreadable
        When parsing it would cost more than the limits allow.
    """
    check_costs(raw, limits)
    sent = raw.lstrip(b"\r\n")
    corrected = sent
    if b"contenttype" in sent.lower():
        corrected = _MISSPELT.sub(rb"Content-Type\1", sent)
    message = _parsed(corrected)
    if _depth(message) > limits.mail_depth:
        raise Unreadable("mail", f"its parts are nested more than {limits.mail_depth} levels deep")
    return Mail(
        _field(message, "TLS-Report-Domain"),
        _field(message, "TLS-Report-Submitter"),
        tuple(_parts(message)),
        tuple(_leniencies(message, is_misspelt=len(corrected) != len(sent))),
    )


def _parsed(corrected: bytes) -> Message:
    try:
        return _PARSER.parsebytes(corrected)
    except TypeError as error:  # the email package sorts a None among pieces of a boundary
        raise Unreadable(
            "mail", "the pieces of a MIME boundary are numbered inconsistently"
        ) from error
    except RecursionError as error:  # it calls itself for each mail within a mail
        raise Unreadable("mail", "its parts are nested hundreds of levels deep") from error


def _depth(message: Message) -> int:
    """Return how many levels of parts a mail has below it, without recursion."""
    depth = 0
    level = [message]
    while level := [part for each in level if each.is_multipart() for part in _below(each)]:
        depth += 1
    return depth


def _below(message: Message) -> list[Message]:
    return [part for part in message.get_payload() if isinstance(part, Message)]


_PARSER = BytesParser(policy=policy.compat32)  # policy.default is seven times slower


def _parts(message: Message) -> Iterator[Part]:
    number = 0
    for part in message.walk():
        as_sent = _never_encoded(part)
        content = _content(part) if as_sent is None else as_sent
        if content is not None:
            number += 1
            name = _parameter(part, Message.get_filename) or f"part {number}"
            leniencies = _forgiven_defects(part) if as_sent is None else [NEVER_ENCODED]
            yield Part(name, part.get_content_type(), content, tuple(leniencies))


def _never_encoded(part: Message) -> bytes | None:
    """Return the JSON in a part that is declared base64; no base64 text starts with a bracket."""
    if part.is_multipart() or not _is_base64(part):
        return None
    text = part.get_payload()
    if not isinstance(text, str) or not text.lstrip().startswith(("{", "[")):
        return None
    return text.encode("utf-8", "surrogateescape")


def _leniencies(message: Message, *, is_misspelt: bool) -> Iterator[str]:
    if is_misspelt:
        yield "ContentType instead of Content-Type"
    parts = list(message.walk())
    multiparts = [part for part in parts if part.is_multipart()]
    types = [_parameter(part, _report_type).lower() for part in multiparts]
    if not multiparts:
        yield NOT_MULTIPART
    elif "tlsrpt" not in types:
        yield NO_REPORT_TYPE
    for part in multiparts:
        yield from _forgiven_defects(part)


def _report_type(part: Message) -> object:
    return part.get_param("report-type")


def _parameter(part: Message, read: Callable[[Message], object]) -> str:
    try:
        return str(read(part) or "")
    except (TypeError, ValueError, LookupError):  # RFC 2231 §3: its pieces are unordered
        return ""


def _forgiven_defects(part: Message) -> Iterator[str]:
    for defect_type, leniency in _DEFECTS:
        if any(isinstance(defect, defect_type) for defect in part.defects):
            yield leniency


def _content(part: Message) -> bytes | None:
    if not part.is_multipart():
        content = part.get_payload(decode=True)
        return content if isinstance(content, bytes) else None
    if part.get_content_maintype() == "message" and _is_base64(part):
        # against RFC 2046 §5.2.1, some forwarders encode the attached mail as a whole
        inner = part.get_payload(0)
        try:
            return binascii.a2b_base64(inner.as_bytes() if isinstance(inner, Message) else b"")
        except (binascii.Error, UnicodeError):
            return None
    return None


def _is_base64(part: Message) -> bool:
    return str(part.get("Content-Transfer-Encoding", "")).strip().lower() == "base64"


def _field(message: Message, name: str) -> str | None:
    value = message.get(name)
    return None if value is None else str(value).strip()
