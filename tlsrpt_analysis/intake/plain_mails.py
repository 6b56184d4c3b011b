"""Mails built as reporters build them, read at once; anything else is left to the judge.

The judge is `tlsrpt_analysis.intake.documents`, which takes mails apart by the `email` package.
What is read here is a multipart of texts and one report in base64, or such a report alone, whose
header fields have one plain meaning; whatever is odd gives None and is read there.
"""

import binascii
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from tlsrpt_analysis.intake.documents import MboxReading
from tlsrpt_analysis.intake.limits import DEFAULT_LIMITS, Limits
from tlsrpt_analysis.intake.mail import LONGEST_CONTENT_FIELD, check_costs, split_mbox
from tlsrpt_analysis.intake.mail_header import LONGEST_HEADER, received_datetime
from tlsrpt_analysis.intake.mail_remarks import (
    NO_REPORT_TYPE,
    NOT_MULTIPART,
    media_type_remark,
    submitter_remark,
)
from tlsrpt_analysis.intake.outcomes import Outcome
from tlsrpt_analysis.intake.plain_fields import (
    ContentFields,
    content_fields,
    mail_fields,
    plain_received,
)
from tlsrpt_analysis.intake.plain_files import LARGEST_FILE, PlainRead, inflated
from tlsrpt_analysis.intake.streams import Stream, Unreadable, member_name
from tlsrpt_analysis.standards.canonical_report import Decoded, decode_canonical

_FEW_BYTES = LONGEST_CONTENT_FIELD - 100
_FEW_EQUALS = DEFAULT_LIMITS.mail_multiparts
_FEW_LINES = DEFAULT_LIMITS.mail_parts
_TEXT_ENCODINGS = frozenset({b"7bit", b"8bit", b"quoted-printable"})
_PLAIN_TEXT = re.compile(rb"[ \t\r\n]*+([!-Z\\^-z|}~\xc3-\xee]|\Z)")  # and no JSON, nothing packed
_NESTED = (b"message/", b"multipart/")
_PACKED_TYPE, _JSON_TYPE = b"application/tlsrpt+gzip", b"application/tlsrpt+json"
_MOST_PARTS = 20
_LONGEST_KNOWN_TEXT = 2_000
_EMPTY_END = len(b"--\r\n\r\n")
_SUBMITTER = b"\ntls-report-submitter:"


class _Odd(Exception):  # noqa: N818 - nothing is wrong; the judge has to look at it
    """Something that is left to the judge."""


def plain_mail(name: str, raw: bytes) -> PlainRead | None:
    r"""Read a mail that holds one report and nothing odd.

    Parameters
    ----------
    name : str
        The way to it.
    raw : bytes
        The mail, without any quoting of a mailbox.

    Examples
    --------
    >>> plain_mail("a.eml", b"Subject: lunch\n\nShall we?\n") is None
    True
    """
    if not raw[:1].isalpha() or len(raw) >= LARGEST_FILE:
        return None
    if b"tlsrpt" not in raw and b"TLS-Report" not in raw:  # most likely an ordinary mail
        return None
    try:
        return _read(name, raw)
    except _Odd:
        return None


def read_mbox(name: str, stream: Stream, limits: Limits) -> Iterator[PlainRead | Outcome]:
    """Read an mbox; the judge reads those of its mails that are odd."""
    return read_mails(name, split_mbox(stream, limits), MboxReading(limits), 1)


def read_mails(
    name: str, raws: Iterable[bytes], judge: MboxReading, first_number: int
) -> Iterator[PlainRead | Outcome]:
    """Read mails of the mbox of this name, in order; the first has this number."""
    budget = judge.budget
    for number, raw in enumerate(raws, first_number):
        if budget.is_spent:
            return
        inner = f"{name}!mail {number}"
        read = plain_mail(inner, raw)
        if read is None or not budget.has_room_for(read.unpacked_bytes):
            yield from judge.judged(inner, raw)
        else:
            budget.unpack(read.unpacked_bytes)
            yield read


def _line_break(raw: bytes) -> bytes:
    has_returns = b"\r" in raw
    if has_returns or len(raw) > _FEW_LINES:
        lines = raw.count(b"\n")
        is_mixed = has_returns and not lines == raw.count(b"\r") == raw.count(b"\r\n")
        if lines > _FEW_LINES or is_mixed:
            raise _Odd
    return b"\r\n" if has_returns else b"\n"


def _read(name: str, raw: bytes) -> PlainRead:
    line_break = _line_break(raw)
    end = raw.find(line_break * 2)
    if not 0 < end <= LONGEST_HEADER - len(line_break) * 2:
        raise _Odd
    header = b"\n" + raw[:end]
    lower = header.lower()
    root = mail_fields(header, lower)
    if root is None:
        raise _Odd
    body = raw[end + len(line_break) :]
    if root.media_type.startswith(b"multipart/"):
        is_said = root.report_type.lower() == b"tlsrpt"
        remarks = () if is_said else (NO_REPORT_TYPE,)
        number, report, content = _report_part(_parts(body, root.boundary, line_break), line_break)
    else:
        remarks = (NOT_MULTIPART,)
        number, report, content = 1, root, body[len(line_break) :]
    if raw.count(b"=") > _FEW_EQUALS or len(raw) - len(content) > _FEW_BYTES:
        _check_costs(raw)
    packed = _from_base64(report, content, line_break)
    document = packed if packed.startswith(b"{") else inflated(packed)
    decoded = None if document is None else decode_canonical(document)
    if document is None or decoded is None:
        raise _Odd
    is_packed = document is not packed
    if report.media_type != (_PACKED_TYPE if is_packed else _JSON_TYPE):
        remarks += (media_type_remark(report.media_type.decode()),)
    if lower.find(_SUBMITTER) >= 0:
        remarks += _submitter_remarks(header, lower, decoded)
    received = None
    if lower.find(b"\nreceived:") >= 0:
        received = plain_received(lower) or received_datetime(raw[: end + 2 * len(line_break)])
    return PlainRead(
        member_name(name, report.file_name.decode().strip() or f"part {number}"),
        decoded,
        received,
        remarks,
        len(document) if is_packed else 0,
    )


def _parts(body: bytes, boundary: bytes, line_break: bytes) -> list[bytes]:
    """Give the parts between boundaries, of which the last must be there."""
    if not boundary or boundary != boundary.strip():
        raise _Odd
    # the line break before a boundary is its own
    preamble, *parts = body.split(line_break + b"--" + boundary, _MOST_PARTS + 2)
    if len(preamble) > len(line_break) and b"\ncontenttype" in preamble.lower():
        raise _Odd
    end = parts.pop() if parts else b""
    if (end != b"--" and not end.startswith(b"--" + line_break)) or len(parts) > _MOST_PARTS:
        raise _Odd
    if len(end) > _EMPTY_END and b"\ncontenttype" in end.lower():
        raise _Odd
    return parts


def _report_part(parts: list[bytes], line_break: bytes) -> tuple[int, ContentFields, bytes]:
    """Give the number, the fields and the content of the only part that is no text."""
    found: tuple[int, ContentFields, bytes] | None = None
    for number, part in enumerate(parts, 1):
        # the same text comes with thousands of reports, and no report comes so
        is_known = len(part) <= _LONGEST_KNOWN_TEXT and b"base64" not in part
        if is_known and _is_text_part(part, line_break):
            continue
        fields, content = _fields_and_content(part, line_break)
        if _is_text(fields, content, line_break):
            continue
        if found is not None:
            raise _Odd
        found = number, fields, content
    if found is None:
        raise _Odd
    return found


@lru_cache(maxsize=512)
def _is_text_part(part: bytes, line_break: bytes) -> bool:
    try:
        return _is_text(*_fields_and_content(part, line_break), line_break)
    except _Odd:
        return False


def _fields_and_content(part: bytes, line_break: bytes) -> tuple[ContentFields, bytes]:
    if not part.startswith(line_break):
        raise _Odd
    header, blank_line, content = part.partition(line_break * 2)
    fields = content_fields(header[len(line_break) - 1 :]) if blank_line else None
    if fields is None:
        raise _Odd
    return fields, content


def _is_text(fields: ContentFields, content: bytes, line_break: bytes) -> bool:
    """Tell a text that holds no report from what may be one."""
    if not fields.media_type.startswith(b"text/"):
        return False
    if fields.encoding == b"base64":
        content = _from_base64(fields, content, line_break)
    elif fields.encoding not in _TEXT_ENCODINGS or b"\ncontenttype" in b"\n" + content.lower():
        raise _Odd
    start = _PLAIN_TEXT.match(content)
    if start is None or (start[1] == b"=" and fields.encoding == b"quoted-printable"):
        raise _Odd
    if content.startswith(b"BZ"):
        raise _Odd
    return True


def _from_base64(fields: ContentFields, content: bytes, line_break: bytes) -> bytes:
    if fields.encoding != b"base64" or fields.media_type.startswith(_NESTED):
        raise _Odd
    decoded = decoded_base64(content, line_break)
    if decoded is None:
        raise _Odd
    return decoded


def decoded_base64(content: bytes, line_break: bytes) -> bytes | None:
    r"""Decode base64 in which nothing but line breaks stands between the letters.

    `binascii` passes over all other bytes, which then are missing in the length of what comes out:
    that is three for each four bytes, less one for each of up to two equals signs at the end, only
    when all the rest are letters.

    Examples
    --------
    >>> decoded_base64(b"YWJj\nZGU=\n", b"\n"), decoded_base64(b"YWJj ZGU=", b"\n")
    (b'abcde', None)
    """
    size = len(content) - content.count(b"\n") * len(line_break)
    end = content.rstrip(b"\r\n")[-2:]
    padding = 2 if end == b"==" else end[-1:] == b"="
    try:
        decoded = binascii.a2b_base64(content)
    except binascii.Error:
        return None
    return decoded if size % 4 == 0 and len(decoded) == size // 4 * 3 - padding else None


def _check_costs(raw: bytes) -> None:
    try:
        check_costs(raw, DEFAULT_LIMITS)
    except Unreadable as error:
        raise _Odd from error


def _submitter_remarks(header: bytes, lower: bytes, decoded: Decoded) -> tuple[str, ...]:
    place = lower.find(_SUBMITTER) + len(_SUBMITTER)
    end = header.find(b"\n", place)
    if end >= 0 and header[end + 1 : end + 2] in {b" ", b"\t"}:  # it is folded
        raise _Odd
    submitter = header[place : end if end >= 0 else None].decode().strip()
    remark = submitter_remark(decoded.report.contact_info, submitter)
    return () if remark is None else (remark,)
