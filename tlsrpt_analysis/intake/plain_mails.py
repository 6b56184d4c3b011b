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
_FEW_EQUALS = DEFAULT_LIMITS.mail_multiparts - 2
_FEW_LINES = DEFAULT_LIMITS.mail_parts
_FIELDS = re.compile(rb"\n(?:[!-9;-~]{1,200}:[^\n]*\n|[ \t][^\n]*\n)+")
_KNOWN_FIELDS = (b"\nfrom:", b"\nreceived:", b"\nsubject:", b"\ndate:", b"\nto:")
_VALUE = rb'(?:"[^"\\;<>\r\n]*"|[^\s"\\;<>(),]+)'
_PARAMETERS = rb"((?:[ \t]*;(?:[ \t]|\r?\n[ \t])*[a-z-]+=" + _VALUE + rb")*)[ \t]*\r?\n(?![ \t])"
_MEDIA_TYPE = re.compile(rb"\ncontent-type:[ \t]*([a-z]+/[a-z0-9.+-]+)" + _PARAMETERS)
_DISPOSITION = re.compile(rb"\ncontent-disposition:[ \t]*[a-z]+" + _PARAMETERS)
_PARAMETER = re.compile(rb"([a-z-]+)=(" + _VALUE + rb")")
_ENCODING = re.compile(rb"\ncontent-transfer-encoding:[ \t]*([a-z0-9-]+)\r?\n(?![ \t])")
_TEXT_ENCODINGS = frozenset({b"7bit", b"8bit", b"quoted-printable"})
_PLAIN_TEXT = re.compile(rb"[ \t\r\n]*+([!-Z\\^-z|}~\xc3-\xee]|\Z)")  # and no JSON, nothing packed
_NESTED = ("message/", "multipart/")
_MOST_PARTS = 20
_SUBMITTER = re.compile(rb"\ntls-report-submitter:([^\n]*)\n(?![ \t])")
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
        lines, returns = raw.count(b"\n"), raw.count(b"\r")
        if lines > _FEW_LINES or b"\ncontenttype" in self.lower:
            raise _Odd
        if returns and not returns == lines == raw.count(b"\r\n"):
            raise _Odd
        self.line_break = b"\r\n" if returns else b"\n"


class _Part:
    """Where the header of a part is, with the line break before it, and its content as sent."""

    __slots__ = ("content", "encoding", "media_type", "parameters", "start", "stop")

    def __init__(self, mail: _Mail, start: int, end: int) -> None:
        line_break = mail.line_break
        stop = mail.bytes.find(line_break + line_break, start, end) + len(line_break)
        header = mail.bytes[start:stop]
        if stop < len(line_break) or not header.isascii() or not _FIELDS.fullmatch(header):
            raise _Odd
        found = _only(_MEDIA_TYPE, b"\ncontent-type:", mail, start, stop)
        encoding = _only(_ENCODING, b"\ncontent-transfer-encoding:", mail, start, stop)
        if found is None:
            raise _Odd
        self.media_type = found[1].decode()
        self.parameters = found.span(2)
        self.encoding = b"7bit" if encoding is None else encoding[1]
        self.start = start
        self.stop = stop
        self.content = mail.bytes[stop + len(line_break) : end]


def _only(
    pattern: re.Pattern[bytes], name: bytes, mail: _Mail, start: int, stop: int
) -> re.Match[bytes] | None:
    """Match a field that stands in a header once, or give None where it does not."""
    place = mail.lower.find(name, start, stop)
    if place < 0:
        return None
    found = pattern.match(mail.lower, place, stop)
    if found is None or mail.lower.find(name, found.end() - 1, stop) >= 0:
        raise _Odd
    return found


def _parameter(mail: _Mail, span: tuple[int, int], name: bytes) -> bytes | None:
    """Give the value of a parameter as it is written, without quotes."""
    values = [
        mail.bytes[slice(*found.span(2))]
        for found in _PARAMETER.finditer(mail.lower, *span)
        if found[1] == name
    ]
    if len(values) > 1:
        raise _Odd
    return values[0].strip(b'"') if values else None


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
    if mail.bytes.count(b"=") > _FEW_EQUALS or len(raw) - len(report.content) > _FEW_BYTES:
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
    if not root.media_type.startswith("multipart/"):
        return [root], (NOT_MULTIPART,)
    boundary = _parameter(mail, root.parameters, b"boundary")
    if not boundary or boundary != boundary.strip():
        raise _Odd
    kind = _parameter(mail, root.parameters, b"report-type")
    is_said = kind is not None and kind.lower() == b"tlsrpt"
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
    if not part.media_type.startswith("text/"):
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
    found = _only(_DISPOSITION, b"\ncontent-disposition:", mail, part.start, part.stop)
    if found is not None:
        name = _parameter(mail, found.span(1), b"filename")
    if name is None:
        name = _parameter(mail, part.parameters, b"name")
    return "" if name is None else name.decode().strip()


def _remarks(
    mail: _Mail, root: _Part, report: _Part, decoded: Decoded, *, is_packed: bool
) -> Iterator[str]:
    if report.media_type != ("application/tlsrpt+gzip" if is_packed else "application/tlsrpt+json"):
        yield media_type_remark(report.media_type)
    submitter = _only(_SUBMITTER, b"\ntls-report-submitter:", mail, root.start, root.stop)
    if submitter is not None:
        value = mail.bytes[slice(*submitter.span(1))].decode().strip()
        if remark := submitter_remark(decoded.report.contact_info, value):
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
