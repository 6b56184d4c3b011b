"""Header fields of a mail that are unambiguous; anything else is None.

The mails of a reporter have the same Content fields except for quoted values, so without those
values, as an outline, they are parsed once.
"""

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache

import msgspec

from tlsrpt_analysis.intake.wrappings.mail import HEAD_BYTES

LONGEST_FIELDS = 4_000
"""Bytes of Content fields that are read here; those of reports have a few hundred."""

_KNOWN_FIELDS = (b"\nfrom:", b"\nreceived:", b"\nsubject:", b"\ndate:", b"\nto:")
_VALUE = rb'(?:"[^"\\;<>\r\n]*"|[^\s"\\;<>(),]+)'
_PARAMETERS = rb"((?:[ \t]*;(?:[ \t]|\r?\n[ \t])*[a-z-]+=" + _VALUE + rb")*+)[ \t]*\r?"
_FOLDED = rb"[^\n]*+(?:\n[ \t][^\n]*+)*+"
_FIELD = rb"[!-9;-~]{1,200}+:" + _FOLDED
_HEADER = re.compile(_FIELD + rb"(?:\n" + _FIELD + rb")*+")
_OTHER_FIELD = rb"[!-9;-BD-bd-~][!-9;-~]{0,199}+:" + _FOLDED
_USUAL_HEADER = re.compile(  # no field but Content-Type starts with a C
    _OTHER_FIELD + rb"(?:\n" + _OTHER_FIELD + rb")*+"
    rb"(\n(?i:content-type):" + _FOLDED + rb")(?:\n" + _OTHER_FIELD + rb")*+"
)
_CONTENT_FIELD = re.compile(rb"\ncontent-(?:type|disposition|transfer-encoding):" + _FOLDED)
_OUTLINE = re.compile(
    rb"(?:\n(?:content-type:[ \t]*([a-z]+/[a-z0-9.+-]+)" + _PARAMETERS + rb"|content-disposition:"
    rb"[ \t]*[a-z]+" + _PARAMETERS + rb"|content-transfer-encoding:[ \t]*([a-z0-9-]+)\r?"
    rb"|(?!content-(?:type|disposition|transfer-encoding):)(?![^:\n]*\")" + _FIELD + rb"))++"
)
_PARAMETER = re.compile(rb"(?<![A-Za-z-])([A-Za-z-]+)=(" + _VALUE + rb")")
_NEVER_QUOTED = b"\\;<>\r\n"
_ONCE = (b"\ncontent-type:", b"\ncontent-disposition:", b"\ncontent-transfer-encoding:")
_LONGEST_RECEIVED = 4_000  # as the tolerant reader reads
_RECEIVED = re.compile(rb"\nreceived:([^\n]*+(?:\n[ \t][^\n]*+)*+)")
_DATE = re.compile(
    rb"(?:[a-z]{3}, +)?([0-3]?\d +[a-z]{3} +[12]\d{3}) +([01]\d|2[0-3]):([0-5]\d):([0-5]\d)"
    rb" +([+-][01]\d[0-5]\d)(?: +\([a-z]+\))?"
)
_MONTHS = {
    name: number
    for number, name in enumerate(b"jan feb mar apr may jun jul aug sep oct nov dec".split(), 1)
}


class Outline(msgspec.Struct, frozen=True, gc=False):
    """Content fields without their quoted values, which are referred to by position.

    Attributes
    ----------
    media_type, encoding : bytes
        In lower case; the default encoding is ``7bit``.
    boundary, report_type, file_name : int or bytes
        The position of the value, or the value if it is not quoted.
    """

    media_type: bytes
    encoding: bytes
    boundary: int | bytes
    report_type: int | bytes
    file_name: int | bytes


class ContentFields(msgspec.Struct, frozen=True, gc=False):
    """The Content fields of a mail or of a part."""

    outline: Outline
    values: list[bytes]

    @property
    def boundary(self) -> bytes:
        """The boundary of a multipart, or empty."""
        return self._value(self.outline.boundary)

    @property
    def report_type(self) -> bytes:
        """The report type of a multipart/report, or empty."""
        return self._value(self.outline.report_type)

    @property
    def file_name(self) -> bytes:
        """The file name, or empty."""
        return self._value(self.outline.file_name)

    def _value(self, place: int | bytes) -> bytes:
        return self.values[place] if isinstance(place, int) else place


def content_fields(header: bytes) -> ContentFields | None:
    r"""Return the Content fields of a header, each with a line break before it; None if ambiguous.

    What is true of the outline is true of the header, as the values it lacks contain no character
    that ends a value, a field or a line.

    Examples
    --------
    >>> fields = content_fields(b'\nContent-Type: multipart/report; boundary="x"')
    >>> fields.outline.media_type, fields.boundary
    (b'multipart/report', b'x')
    """
    pieces = header.split(b'"')
    values = pieces[1::2]
    quoted = b"".join(values)
    if (
        len(pieces) % 2 == 0
        or len(header) > LONGEST_FIELDS
        or not header.isascii()
        or quoted.translate(None, _NEVER_QUOTED) != quoted
    ):
        return None
    outline = _outline(b'""'.join(pieces[::2]))
    return None if outline is None else ContentFields(outline, values)


@lru_cache(maxsize=512)
def _outline(header: bytes) -> Outline | None:
    lower = header.lower()
    found = _OUTLINE.fullmatch(lower)
    if (
        found is None
        or found[1] is None
        or b"\ncontenttype" in lower
        or any(lower.count(name) > 1 for name in _ONCE)
    ):
        return None
    of_type, of_disposition = (_parameters(header, found.span(group)) for group in (2, 3))
    if of_type is None or of_disposition is None:
        return None
    return Outline(
        found[1],
        found[4] or b"7bit",
        of_type.get(b"boundary", b""),
        of_type.get(b"report-type", b""),
        of_disposition.get(b"filename", of_type.get(b"name", b"")),
    )


def _parameters(header: bytes, span: tuple[int, int]) -> dict[bytes, int | bytes] | None:
    """Return the values of parameters, or their positions; None if a name comes twice."""
    values: dict[bytes, int | bytes] = {}
    for found in _PARAMETER.finditer(header, max(0, span[0]), max(0, span[1])):
        name = found[1].lower()
        if name in values:
            return None
        is_quoted = found[2] == b'""'
        values[name] = header.count(b'"', 0, found.start(2)) // 2 if is_quoted else found[2]
    return values


class ExactHeader(msgspec.Struct, frozen=True, gc=False):
    """The header of a mail, with a line break before it and the one after its last field.

    Attributes
    ----------
    as_sent, lower : bytes
        As sent, and in lower case.
    content : ContentFields
        Its Content fields.
    """

    as_sent: bytes
    lower: bytes
    content: ContentFields


def exact_header(raw: bytes, line_break: bytes) -> ExactHeader | None:
    r"""Return the header of a mail; None if it is not exact.

    Examples
    --------
    >>> header = exact_header(b"To: b@example.com\nContent-Type: text/plain\n\nHello", b"\n")
    >>> header.content.outline.media_type
    b'text/plain'
    """
    found = _USUAL_HEADER.match(raw)
    stop = 0 if found is None else found.end() + 1
    if found is not None and raw.startswith(line_break * 2, stop - len(line_break)):
        header = b"\n" + raw[:stop]
        lower = header.lower()
        content = content_fields(found[1])
    else:
        found = _HEADER.match(raw)
        stop = 0 if found is None else found.end() + 1
        if not stop or not raw.startswith(line_break * 2, stop - len(line_break)):
            return None
        header = b"\n" + raw[:stop]
        lower = header.lower()
        if b"\ncontenttype" in lower:
            return None
        spans = [field.span() for field in _CONTENT_FIELD.finditer(lower)]
        content = content_fields(b"".join([header[start:end] for start, end in spans]))
    if content is None or not header.isascii() or not _has_known_field(lower):
        return None
    return ExactHeader(header, lower, content)


def _has_known_field(lower: bytes) -> bool:
    if lower.find(b"\nfrom:", 0, HEAD_BYTES) >= 0:
        return True
    return any(lower.find(name, 0, HEAD_BYTES) >= 0 for name in _KNOWN_FIELDS)


def exact_received(lower: bytes) -> datetime | None:
    r"""Return the date of the topmost ``Received`` field of a lower-case header, if it is exact.

    Examples
    --------
    >>> exact_received(b"\nreceived: from a by b; thu, 2 jul 2026 04:00:00 +0200")
    datetime.datetime(2026, 7, 2, 2, 0, tzinfo=datetime.timezone.utc)
    """
    field = _RECEIVED.search(lower)
    if field is None or not 0 < len(field[1]) <= _LONGEST_RECEIVED:
        return None
    date = _DATE.fullmatch(field[1].rpartition(b";")[2].strip())
    start = None if date is None else _start_of_day(date[1], date[5])
    if date is None or start is None:
        return None
    return start + timedelta(0, int(date[2]) * 3_600 + int(date[3]) * 60 + int(date[4]))


@lru_cache(maxsize=1_024)
def _start_of_day(day: bytes, zone: bytes) -> datetime | None:
    number, month, year = day.split()
    offset = timedelta(hours=int(zone[1:3]), minutes=int(zone[3:]))
    if month not in _MONTHS:
        return None
    try:
        start = datetime(int(year), _MONTHS[month], int(number), tzinfo=UTC)
    except ValueError:
        return None
    return start + offset if zone.startswith(b"-") else start - offset
