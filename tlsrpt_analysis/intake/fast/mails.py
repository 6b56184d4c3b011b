"""Mails built as reporters build them, read fast.

These are a multipart of texts and one report in base64, or such a report alone, whose header fields
are unambiguous. Any other mail is left to `tlsrpt_analysis.intake.tolerant.reader`, which parses it
with the `email` package.
"""

import binascii
import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import lru_cache

from tlsrpt_analysis.intake.fast.files import LARGEST_FILE, FastRead, NotExact, inflated
from tlsrpt_analysis.intake.fast.mail_fields import (
    ContentFields,
    ExactHeader,
    content_fields,
    exact_header,
    exact_received,
)
from tlsrpt_analysis.intake.limits import DEFAULT_LIMITS, Limits
from tlsrpt_analysis.intake.outcomes import Outcome
from tlsrpt_analysis.intake.tolerant.bounced_reports import SIGNS
from tlsrpt_analysis.intake.tolerant.reader import MemberReader
from tlsrpt_analysis.intake.wrappings.base64_texts import is_base64
from tlsrpt_analysis.intake.wrappings.mail import HEAD_BYTES, LONGEST_CONTENT_FIELD, check_costs
from tlsrpt_analysis.intake.wrappings.mail_header import (
    LONGEST_HEADER,
    NO_REPORT_TYPE,
    NOT_MULTIPART,
    media_type_remark,
    received_datetime,
    submitter_remark,
)
from tlsrpt_analysis.intake.wrappings.mbox import split_mbox
from tlsrpt_analysis.intake.wrappings.streams import Stream, Unreadable, member_name
from tlsrpt_analysis.standards.strict_reader import Decoded, decode_report

_FEW_BYTES = LONGEST_CONTENT_FIELD - 100
_FEW_EQUALS = DEFAULT_LIMITS.mail_multiparts - 2  # base64 has one more at its end
_FEW_LINES = DEFAULT_LIMITS.mail_parts
_TEXT_ENCODINGS = frozenset({b"7bit", b"8bit", b"quoted-printable"})
_PLAIN_TEXT = re.compile(rb"[ \t\r\n]*+([!-Z\\^-z|}~\xc3-\xee]|\Z)")  # no JSON, and nothing packed
_NESTED = (b"message/", b"multipart/")
_PACKED_TYPE, _JSON_TYPE = b"application/tlsrpt+gzip", b"application/tlsrpt+json"
_MOST_PARTS = 20
_LONGEST_KNOWN_TEXT = 2_000
_EMPTY_END = len(b"--\r\n\r\n")
_SUBMITTER = b"\ntls-report-submitter:"


def exact_mail(name: str, raw: bytes) -> FastRead | None:
    r"""Return the report in a mail that holds one and nothing unusual; else None.

    Parameters
    ----------
    name : str
        Its name.
    raw : bytes
        The mail, without the quoting of an mbox.

    Examples
    --------
    >>> exact_mail("a.eml", b"Subject: lunch\n\nShall we?\n") is None
    True
    """
    if not raw[:1].isalpha() or len(raw) >= LARGEST_FILE:
        return None
    if b"tlsrpt" not in raw and b"TLS-Report" not in raw:  # most likely an ordinary mail
        return None
    try:
        return _read(name, raw)
    except NotExact:
        return None


def read_mbox(name: str, stream: Stream, limits: Limits) -> Iterator[FastRead | Outcome]:
    """Read an mbox; the tolerant reader reads the mails that are not exact."""
    return read_mails(name, split_mbox(stream, limits), MemberReader(limits), 1)


def read_mails(
    name: str, raws: Iterable[bytes], reader: MemberReader, first_number: int
) -> Iterator[FastRead | Outcome]:
    """Read consecutive mails of the mbox of this name; the first has this number."""
    budget = reader.budget
    for number, raw in enumerate(raws, first_number):
        if budget.is_spent:
            return
        inner = f"{name}!mail {number}"
        read = exact_mail(inner, raw)
        if read is None or not budget.has_room_for(read.unpacked_bytes):
            yield from reader.mail(inner, raw)
        else:
            budget.unpack(read.unpacked_bytes)
            yield read


def _line_break(raw: bytes) -> bytes:
    has_returns = b"\r" in raw
    if has_returns or len(raw) > _FEW_LINES:
        lines = raw.count(b"\n")
        is_mixed = has_returns and not lines == raw.count(b"\r") == raw.count(b"\r\n")
        if lines > _FEW_LINES or is_mixed:
            raise NotExact
    return b"\r\n" if has_returns else b"\n"


def _read(name: str, raw: bytes) -> FastRead:
    line_break = _line_break(raw)
    header = exact_header(raw, line_break)
    if header is None or len(header.as_sent) > LONGEST_HEADER:
        raise NotExact
    if any(sign in header.lower for sign in SIGNS):  # a bounce may hold one's own report
        raise NotExact
    number, report, content, remarks = _report_part(raw, header, line_break)
    _check_costs(raw, header, len(content))
    packed = _from_base64(report, content)
    document = packed if packed.startswith(b"{") else inflated(packed)
    decoded = None if document is None else decode_report(document)
    if document is None or decoded is None:
        raise NotExact
    is_packed = document is not packed
    if report.outline.media_type != (_PACKED_TYPE if is_packed else _JSON_TYPE):
        remarks += (media_type_remark(report.outline.media_type.decode()),)
    remark = _submitter_remark(header, decoded)
    return FastRead(
        member_name(name, report.file_name.decode().strip() or f"part {number}"),
        decoded,
        _received(header) if b"\nreceived:" in header.lower else None,
        remarks if remark is None else (*remarks, remark),
        len(document) if is_packed else 0,
    )


def _received(header: ExactHeader) -> datetime | None:
    return exact_received(header.lower) or received_datetime(header.as_sent[1:])


def _report_part(
    raw: bytes, header: ExactHeader, line_break: bytes
) -> tuple[int, ContentFields, bytes, tuple[str, ...]]:
    """Return the part with the report: its number, fields and content, and the remarks on the mail."""
    root = header.content
    start = len(header.as_sent) - 1
    if not root.outline.media_type.startswith(b"multipart/"):
        return 1, root, raw[start + len(line_break) :], (NOT_MULTIPART,)
    parts = _parts(raw[start:], root.boundary, line_break)
    is_declared = root.report_type.lower() == b"tlsrpt"
    return *_report_among(parts, line_break), () if is_declared else (NO_REPORT_TYPE,)


def _parts(body: bytes, boundary: bytes, line_break: bytes) -> list[bytes]:
    """Return the parts between boundaries, of which the last must be there."""
    if not boundary or boundary != boundary.strip():
        raise NotExact
    # the line break before a boundary belongs to it
    parts = body.split(line_break + b"--" + boundary, _MOST_PARTS + 2)
    end = parts.pop()
    if not end.startswith(b"--") or len(parts) > _MOST_PARTS:
        raise NotExact
    if len(end) > _EMPTY_END and b"\ncontenttype" in end.lower():
        raise NotExact
    if end != b"--" and not end.startswith(line_break, 2):
        raise NotExact
    preamble = parts.pop(0) if parts else b""
    if len(preamble) > len(line_break) and b"\ncontenttype" in preamble.lower():
        raise NotExact
    return parts


def _report_among(parts: list[bytes], line_break: bytes) -> tuple[int, ContentFields, bytes]:
    """Return the number, fields and content of the only part that is not text."""
    found: tuple[int, ContentFields, bytes] | None = None
    for number, part in enumerate(parts, 1):
        # the same text comes with thousands of reports, and is never a report itself
        is_known = len(part) <= _LONGEST_KNOWN_TEXT and b"base64" not in part
        if is_known and _is_text_part(part, line_break):
            continue
        fields, content = _fields_and_content(part, line_break)
        if _is_text(fields, content):
            continue
        if found is not None:
            raise NotExact
        found = number, fields, content
    if found is None:
        raise NotExact
    return found


@lru_cache(maxsize=512)
def _is_text_part(part: bytes, line_break: bytes) -> bool:
    try:
        return _is_text(*_fields_and_content(part, line_break))
    except NotExact:
        return False


def _fields_and_content(part: bytes, line_break: bytes) -> tuple[ContentFields, bytes]:
    if not part.startswith(line_break):
        raise NotExact
    header, blank_line, content = part.partition(line_break * 2)
    fields = content_fields(header[len(line_break) - 1 :]) if blank_line else None
    if fields is None:
        raise NotExact
    return fields, content


def _is_text(fields: ContentFields, content: bytes) -> bool:
    """Whether a part is a text without a report; raise where it may hold one."""
    if not fields.outline.media_type.startswith(b"text/"):
        return False
    if fields.outline.encoding == b"base64":
        content = _from_base64(fields, content)
    elif (
        fields.outline.encoding not in _TEXT_ENCODINGS
        or b"\ncontenttype" in b"\n" + content.lower()
    ):
        raise NotExact
    start = _PLAIN_TEXT.match(content)
    if start is None or (start[1] == b"=" and fields.outline.encoding == b"quoted-printable"):
        raise NotExact
    if content.startswith(b"BZ") or is_base64(content[:HEAD_BYTES]):
        raise NotExact
    return True


def _from_base64(fields: ContentFields, content: bytes) -> bytes:
    outline = fields.outline
    letters = content.translate(None, b"\r\n")
    if outline.encoding != b"base64" or len(letters) % 4 or outline.media_type.startswith(_NESTED):
        raise NotExact
    try:
        return binascii.a2b_base64(letters, strict_mode=True)
    except binascii.Error as error:
        raise NotExact from error


def _check_costs(raw: bytes, header: ExactHeader, content_bytes: int) -> None:
    """Check the costs where they may be too high; base64 data costs nothing."""
    others = len(raw) - content_bytes
    equals = header.lower.count(b"=") + (others - len(header.lower)) // len(b"boundary=")
    if equals > _FEW_EQUALS or others > _FEW_BYTES:
        try:
            check_costs(raw, DEFAULT_LIMITS)
        except Unreadable as error:
            raise NotExact from error


def _submitter_remark(header: ExactHeader, decoded: Decoded) -> str | None:
    place = header.lower.find(_SUBMITTER)
    if place < 0:
        return None
    end = header.as_sent.find(b"\n", place + 1)
    if header.as_sent.startswith((b" ", b"\t"), end + 1):  # it is folded
        raise NotExact
    submitter = header.as_sent[place + len(_SUBMITTER) : end].decode().strip()
    return submitter_remark(decoded.report.contact_info, submitter)
