"""Mails built as reporters build them, read at once; anything else is left to the judge.

The judge is `tlsrpt_analysis.intake.documents`, which takes mails apart by the `email` package.
What is read here is a multipart of texts and one report in base64, or such a report alone, whose
header fields have one plain meaning; whatever is odd gives None and is read there.
"""

import binascii
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from tlsrpt_analysis.intake.documents import MboxReading
from tlsrpt_analysis.intake.limits import DEFAULT_LIMITS, Limits
from tlsrpt_analysis.intake.mail import HEAD_BYTES, LONGEST_CONTENT_FIELD, check_costs, split_mbox
from tlsrpt_analysis.intake.mail_header import LONGEST_HEADER, received_datetime
from tlsrpt_analysis.intake.mail_remarks import (
    NO_REPORT_TYPE,
    NOT_MULTIPART,
    media_type_remark,
    submitter_remark,
)
from tlsrpt_analysis.intake.outcomes import Outcome
from tlsrpt_analysis.intake.plain_files import LARGEST_FILE, PlainRead, inflated
from tlsrpt_analysis.intake.streams import Stream, Unreadable, member_name
from tlsrpt_analysis.standards.canonical_report import Decoded, decode_canonical

_FEW_BYTES = LONGEST_CONTENT_FIELD - 100
_FEW_EQUALS = DEFAULT_LIMITS.mail_multiparts - 2  # base64 has two more at its end
_FEW_LINES = DEFAULT_LIMITS.mail_parts
_KNOWN_FIELDS = (b"\nfrom:", b"\nreceived:", b"\nsubject:", b"\ndate:", b"\nto:")
_VALUE = rb'(?:"[^"\\;<>\r\n]*"|[^\s"\\;<>(),]+)'
_PARAMETERS = rb"((?:[ \t]*;(?:[ \t]|\r?\n[ \t])*[a-z-]+=" + _VALUE + rb")*+)[ \t]*\r?"
_HEADER = re.compile(
    rb"(?:\n(?:content-type:[ \t]*([a-z]+/[a-z0-9.+-]+)" + _PARAMETERS + rb"|content-disposition:"
    rb"[ \t]*[a-z]+" + _PARAMETERS + rb"|content-transfer-encoding:[ \t]*([a-z0-9-]+)\r?"
    rb"|(?!content-(?:type|disposition|transfer-encoding):)"
    rb"[!-9;-~]{1,200}:[^\n]*+(?:\n[ \t][^\n]*+)*+))++\n"
)
_PARAMETER = re.compile(rb"([A-Za-z-]+)=(" + _VALUE + rb")")
_TEXT_ENCODINGS = frozenset({b"7bit", b"8bit", b"quoted-printable"})
_PLAIN_TEXT = re.compile(rb"[ \t\r\n]*+([!-Z\\^-z|}~\xc3-\xee]|\Z)")  # and no JSON, nothing packed
_NESTED = (b"message/", b"multipart/")
_PACKED_TYPE, _JSON_TYPE = b"application/tlsrpt+gzip", b"application/tlsrpt+json"
_MOST_PARTS = 20
_SUBMITTER = b"\ntls-report-submitter:"
_RECEIVED = re.compile(rb"\nreceived:([^\n]*(?:\n[ \t][^\n]*)*)")
_LONGEST_RECEIVED = 4_000  # of which the judge looks
_DATE = re.compile(
    rb"(?:[a-z]{3}, +)?([0-3]?\d) +([a-z]{3}) +([12]\d{3}) +(\d\d):(\d\d):(\d\d)"
    rb" +([+-])([01]\d)([0-5]\d)(?: +\([a-z]+\))?"
)
_MONTHS = {
    name: number
    for number, name in enumerate(b"jan feb mar apr may jun jul aug sep oct nov dec".split(), 1)
}


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


class _Mail:
    """The bytes of a mail after an added line break: as they are, and in lower case."""

    __slots__ = ("bytes", "line_break", "lower")

    def __init__(self, raw: bytes) -> None:
        self.bytes = b"\n" + raw
        self.lower = self.bytes.lower()
        self.line_break = _line_break(raw)
        if b"\ncontenttype" in self.lower:
            raise _Odd


def _line_break(raw: bytes) -> bytes:
    has_returns = b"\r" in raw
    if has_returns or len(raw) > _FEW_LINES:
        lines = raw.count(b"\n")
        is_mixed = has_returns and not lines == raw.count(b"\r") == raw.count(b"\r\n")
        if lines > _FEW_LINES or is_mixed:
            raise _Odd
    return b"\r\n" if has_returns else b"\n"


class _Part:
    """What the header of a part says of its content, and that as it was sent.

    Parameters
    ----------
    mail : _Mail
        The mail.
    start : int
        Where the line break before its header is.
    end : int
        Where the part ends.
    """

    __slots__ = ("content", "disposition", "encoding", "end", "media_type", "parameters", "stop")

    def __init__(self, mail: _Mail, start: int, end: int) -> None:
        line_break, lower = mail.line_break, mail.lower
        stop = mail.bytes.find(line_break + line_break, start, end) + len(line_break)
        found = _HEADER.fullmatch(lower, start, stop)
        if (
            found is None
            or found[1] is None
            or not lower[start:stop].isascii()
            or lower.count(b"\ncontent-type:", start, stop) > 1
            or lower.count(b"\ncontent-transfer-encoding:", start, stop) > 1
            or lower.count(b"\ncontent-disposition:", start, stop) > 1
        ):
            raise _Odd
        self.media_type = found[1]
        self.parameters = found.span(2)
        self.disposition = found.span(3)
        self.encoding = found[4] or b"7bit"
        self.stop = stop
        self.end = end
        self.content = mail.bytes[stop + len(line_break) : end]


def _parameters(mail: _Mail, span: tuple[int, int]) -> dict[bytes, bytes]:
    """Give the values of parameters as they are written, without quotes."""
    found = _PARAMETER.findall(mail.bytes, *span)
    values = {name.lower(): value.strip(b'"') for name, value in found}
    if len(values) < len(found):
        raise _Odd
    return values


def _read(name: str, raw: bytes) -> PlainRead:
    mail = _Mail(raw)
    root = _Part(mail, 0, len(mail.bytes))
    if root.stop > LONGEST_HEADER or not _is_known(mail, root):
        raise _Odd
    parts, remarks = _leaves(mail, root)
    places = [place for place, part in enumerate(parts) if not _is_text(part)]
    if len(places) != 1:
        raise _Odd
    report = parts[places[0]]
    equals = mail.bytes.count(b"=", 0, report.stop) + mail.bytes.count(b"=", report.end)
    if equals > _FEW_EQUALS or len(raw) - len(report.content) > _FEW_BYTES:
        _check_costs(raw)
    content = _from_base64(report)
    document = content if content.startswith(b"{") else inflated(content)
    decoded = None if document is None else decode_canonical(document)
    if document is None or decoded is None:
        raise _Odd
    return PlainRead(
        member_name(name, _file_name(mail, report) or f"part {places[0] + 1}"),
        decoded,
        _received(mail, root.stop),
        (*remarks, *_remarks(mail, root, report, decoded, is_packed=document is not content)),
        0 if document is content else len(document),
    )


def _is_known(mail: _Mail, root: _Part) -> bool:
    head = min(root.stop, HEAD_BYTES)
    return any(mail.lower.find(name, 0, head) >= 0 for name in _KNOWN_FIELDS)


def _leaves(mail: _Mail, root: _Part) -> tuple[list[_Part], tuple[str, ...]]:
    if not root.media_type.startswith(b"multipart/"):
        return [root], (NOT_MULTIPART,)
    parameters = _parameters(mail, root.parameters)
    boundary = parameters.get(b"boundary", b"")
    if not boundary or boundary != boundary.strip():
        raise _Odd
    is_said = parameters.get(b"report-type", b"").lower() == b"tlsrpt"
    parts = _between(mail, root.stop, b"\n--" + boundary)
    return parts, () if is_said else (NO_REPORT_TYPE,)


def _between(mail: _Mail, start: int, boundary: bytes) -> list[_Part]:
    """Give the parts between boundaries, of which the last must be there."""
    line_break = mail.line_break
    parts: list[_Part] = []
    place = mail.bytes.find(boundary, start)
    while place >= 0:
        after = place + len(boundary)
        place = mail.bytes.find(boundary, after)
        if place < 0:
            rest = mail.bytes[after : after + 2 + len(line_break)]
            if rest == b"--" or rest == b"--" + line_break:
                return parts
        elif mail.bytes.startswith(line_break, after) and len(parts) < _MOST_PARTS:
            # the line break before a boundary is its own
            parts.append(_Part(mail, after + len(line_break) - 1, place - len(line_break) + 1))
        else:
            break
    raise _Odd


def _is_text(part: _Part) -> bool:
    """Tell a text that holds no report from what may be one."""
    if not part.media_type.startswith(b"text/"):
        return False
    content = part.content
    if part.encoding == b"base64":
        content = _from_base64(part)
    elif part.encoding not in _TEXT_ENCODINGS:
        raise _Odd
    start = _PLAIN_TEXT.match(content)
    if start is None or (start[1] == b"=" and part.encoding == b"quoted-printable"):
        raise _Odd
    if content.startswith(b"BZ"):
        raise _Odd
    return True


def _from_base64(part: _Part) -> bytes:
    letters = part.content.translate(None, b"\r\n")
    if part.encoding != b"base64" or len(letters) % 4 or part.media_type.startswith(_NESTED):
        raise _Odd
    try:
        return binascii.a2b_base64(letters, strict_mode=True)
    except binascii.Error as error:
        raise _Odd from error


def _check_costs(raw: bytes) -> None:
    try:
        check_costs(raw, DEFAULT_LIMITS)
    except Unreadable as error:
        raise _Odd from error


def _file_name(mail: _Mail, part: _Part) -> str:
    name = None
    if part.disposition[0] >= 0:
        name = _parameters(mail, part.disposition).get(b"filename")
    if name is None:
        name = _parameters(mail, part.parameters).get(b"name", b"")
    return name.decode().strip()


def _remarks(
    mail: _Mail, root: _Part, report: _Part, decoded: Decoded, *, is_packed: bool
) -> Iterator[str]:
    if report.media_type != (_PACKED_TYPE if is_packed else _JSON_TYPE):
        yield media_type_remark(report.media_type.decode())
    place = mail.lower.find(_SUBMITTER, 0, root.stop)
    if place < 0:
        return
    end = mail.bytes.find(b"\n", place + 1)
    if mail.bytes[end + 1 : end + 2] in {b" ", b"\t"}:  # it is folded
        raise _Odd
    submitter = mail.bytes[place + len(_SUBMITTER) : end].decode().strip()
    if remark := submitter_remark(decoded.report.contact_info, submitter):
        yield remark


def _received(mail: _Mail, stop: int) -> datetime | None:
    """Give what `received_datetime` gives, without it where the date is written as usual."""
    field = _RECEIVED.search(mail.lower, 0, stop)
    if field is None:
        return None
    if 0 < len(field[1]) <= _LONGEST_RECEIVED:
        date = _DATE.fullmatch(field[1].rpartition(b";")[2].strip())
        if date is not None and date[2] in _MONTHS:
            day, year, hour, minute, second = (int(date[group]) for group in (1, 3, 4, 5, 6))
            offset = timedelta(hours=int(date[8]), minutes=int(date[9]))
            with suppress(ValueError, OverflowError):
                moment = datetime(year, _MONTHS[date[2]], day, hour, minute, second, tzinfo=UTC)
                return moment + offset if date[7] == b"-" else moment - offset
    return received_datetime(mail.bytes[1 : stop + 4])
