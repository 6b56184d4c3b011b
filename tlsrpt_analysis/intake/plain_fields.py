"""Header fields of a mail that have one plain meaning; whatever is odd gives None.

The mails of a reporter have the same Content fields but for the quoted values in them, so that
without those they are read once: what is left is their outline.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from tlsrpt_analysis.intake.mail import HEAD_BYTES

LONGEST_FIELDS = 4_000
"""Of Content fields that are read here; those of reports have some hundred bytes."""

_KNOWN_FIELDS = (b"\nfrom:", b"\nreceived:", b"\nsubject:", b"\ndate:", b"\nto:")
_VALUE = rb'(?:"[^"\\;<>\r\n]*"|[^\s"\\;<>(),]+)'
_PARAMETERS = rb"((?:[ \t]*;(?:[ \t]|\r?\n[ \t])*[a-z-]+=" + _VALUE + rb")*+)[ \t]*\r?"
_FIELD = rb"[!-9;-~]{1,200}+:[^\n]*+(?:\n[ \t][^\n]*+)*+"
_FIELDS = re.compile(rb"(?:\n" + _FIELD + rb")++")
_CONTENT_FIELD = re.compile(
    rb"\ncontent-(?:type|disposition|transfer-encoding):[^\n]*+(?:\n[ \t][^\n]*+)*+"
)
_OUTLINE = re.compile(
    rb"(?:\n(?:content-type:[ \t]*([a-z]+/[a-z0-9.+-]+)" + _PARAMETERS + rb"|content-disposition:"
    rb"[ \t]*[a-z]+" + _PARAMETERS + rb"|content-transfer-encoding:[ \t]*([a-z0-9-]+)\r?"
    rb"|(?!content-(?:type|disposition|transfer-encoding):)(?![^:\n]*\")" + _FIELD + rb"))++"
)
_PARAMETER = re.compile(rb"([A-Za-z-]+)=(" + _VALUE + rb")")
_NEVER_QUOTED = b"\\;<>\r\n"
_ONCE = (b"\ncontent-type:", b"\ncontent-disposition:", b"\ncontent-transfer-encoding:")
_LONGEST_RECEIVED = 4_000  # of which the judge looks
_RECEIVED = re.compile(rb"\nreceived:([^\n]*+(?:\n[ \t][^\n]*+)*+)")
_DATE = re.compile(
    rb"(?:[a-z]{3}, +)?([0-3]?\d +[a-z]{3} +[12]\d{3}) +([01]\d|2[0-3]):([0-5]\d):([0-5]\d)"
    rb" +([+-][01]\d[0-5]\d)(?: +\([a-z]+\))?"
)
_MONTHS = {
    name: number
    for number, name in enumerate(b"jan feb mar apr may jun jul aug sep oct nov dec".split(), 1)
}


@dataclass(frozen=True, slots=True)
class Outline:
    """Content fields without their quoted values, which are told by their place among them.

    Attributes
    ----------
    media_type, encoding : bytes
        In lower case; without an encoding it is ``7bit``.
    boundary, report_type, file_name : int or bytes
        The place of the value, or the value if it is not quoted.
    """

    media_type: bytes
    encoding: bytes
    boundary: int | bytes
    report_type: int | bytes
    file_name: int | bytes


class ContentFields:
    """What the Content fields of a mail or of a part say."""

    __slots__ = ("_outline", "_values", "encoding", "media_type")

    def __init__(self, outline: Outline, values: list[bytes]) -> None:
        self._outline = outline
        self._values = values
        self.media_type = outline.media_type
        self.encoding = outline.encoding

    @property
    def boundary(self) -> bytes:
        """The boundary of a multipart, or nothing."""
        place = self._outline.boundary
        return self._values[place] if isinstance(place, int) else place

    @property
    def report_type(self) -> bytes:
        """Of which type a multipart/report is, or nothing."""
        place = self._outline.report_type
        return self._values[place] if isinstance(place, int) else place

    @property
    def file_name(self) -> bytes:
        """The name of the file, or nothing."""
        place = self._outline.file_name
        return self._values[place] if isinstance(place, int) else place


def content_fields(header: bytes) -> ContentFields | None:
    r"""Read the Content fields of a header, each with a line break before it.

    What holds of the outline holds of the header, as the values that it lacks have no letter
    that ends a value, a field or a line.

    Examples
    --------
    >>> fields = content_fields(b'\nContent-Type: multipart/report; boundary="x"')
    >>> fields.media_type, fields.boundary
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
    """Give the values of parameters, or their places; none may come twice."""
    values: dict[bytes, int | bytes] = {}
    for found in _PARAMETER.finditer(header, max(0, span[0]), max(0, span[1])):
        name = found[1].lower()
        if name in values:
            return None
        is_quoted = found[2] == b'""'
        values[name] = header.count(b'"', 0, found.start(2)) // 2 if is_quoted else found[2]
    return values


def mail_fields(header: bytes, lower: bytes) -> ContentFields | None:
    """Read the Content fields of a mail's own header, which is given in lower case as well."""
    if (
        not lower.isascii()
        or _FIELDS.fullmatch(lower) is None
        or b"\ncontenttype" in lower
        or not _has_known_field(lower)
    ):
        return None
    spans = [found.span() for found in _CONTENT_FIELD.finditer(lower)]
    return content_fields(b"".join([header[start:end] for start, end in spans]))


def _has_known_field(lower: bytes) -> bool:
    if lower.find(b"\nfrom:", 0, HEAD_BYTES) >= 0:
        return True
    return any(lower.find(name, 0, HEAD_BYTES) >= 0 for name in _KNOWN_FIELDS)


def plain_received(lower: bytes) -> datetime | None:
    r"""Give the date of the topmost ``Received`` field of a header in lower case, if it is plain.

    Examples
    --------
    >>> plain_received(b"\nreceived: from a by b; thu, 2 jul 2026 04:00:00 +0200")
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
