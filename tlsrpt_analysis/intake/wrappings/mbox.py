"""Mboxes: where their mails begin, and the mails one by one."""

import re
from collections.abc import Iterator

from tlsrpt_analysis.intake.limits import Limits
from tlsrpt_analysis.intake.wrappings.mail import FIELD_NAME, HEAD_BYTES
from tlsrpt_analysis.intake.wrappings.streams import Stream

_MBOX_START = re.compile(rb"From [^\n]{0,998}\n(?=(?:" + FIELD_NAME + rb"|>From ))")
_SEPARATOR = re.compile(rb"\nFrom [^\n]{0,998}\n(?=" + FIELD_NAME + rb"|>From )")
_DATE = re.compile(rb"\d:\d\d")
_QUOTED = re.compile(rb"\n>")  # the search for a line break is several times as fast as any other
LONGEST_SEPARATOR = 2_048
_READ_BYTES = 1_048_576
_LAST_EMPTY_LINE = re.compile(rb"(?<=\n)\r?\n\Z")
_QUOTED_FROM = re.compile(rb"^>(>*From )", re.MULTILINE)


def is_mbox(head: bytes) -> bool:
    """Whether bytes start as an mbox: a ``From `` line and then the header of a mail."""
    return _MBOX_START.match(head) is not None


def split_mbox(stream: Stream, limits: Limits) -> Iterator[bytes]:
    """Yield the mails of an mbox, with ``>From `` lines unquoted (mboxrd).

    A ``From `` line starts a mail if a header line follows and it either comes after an empty
    line or ends in a date, as programs that join mails omit the empty line.
    A mail beyond the limit is cut to one byte more than the limit.
    """
    stream.skip(mbox_start(stream.peek(HEAD_BYTES)))
    yield from split_mails(stream, limits)


def mbox_start(head: bytes) -> int:
    """Return the length of the ``From `` line that starts an mbox, or 0."""
    first = _MBOX_START.match(head)
    return first.end() if first else 0


def split_mails(stream: Stream, limits: Limits, *, is_end: bool = True) -> Iterator[bytes]:
    """Yield the mails of a piece of an mbox that starts within its first mail.

    Parameters
    ----------
    stream : Stream
        The piece, without the ``From `` line before its first mail and after its last.
    limits : Limits
        How large a mail may be.
    is_end : bool
        Whether the mbox ends with it: then an empty line at its end belongs to no mail.
    """
    buffer, scanned = b"", 0
    large: bytes | None = None
    while chunk := stream.read(_READ_BYTES):
        buffer += chunk
        start = 0
        for end, next_start in separators(buffer, scanned):
            yield large or _unquoted(buffer[start : end + 1])
            start, large = next_start, None
        buffer = buffer[start:]
        if len(buffer) > limits.mail_bytes + LONGEST_SEPARATOR:
            large = large or buffer[: limits.mail_bytes + 1]
            buffer = buffer[-LONGEST_SEPARATOR:]
        scanned = max(0, len(buffer) - LONGEST_SEPARATOR)
    yield large or _unquoted(_LAST_EMPTY_LINE.sub(b"", buffer, count=1) if is_end else buffer)


def separators(content: bytes, place: int = 0) -> Iterator[tuple[int, int]]:
    """Yield the start and end of each ``From `` line that starts a mail.

    It begins with the line break before it, or before the empty line that comes before it.
    """
    for found in _SEPARATOR.finditer(content, place):
        line, end = found.span()
        if content.endswith(b"\n", place, line):  # an empty line comes before it
            yield line - 1, end
        elif content.endswith(b"\n\r", place, line):
            yield line - 2, end
        elif _DATE.search(found[0]):
            yield line, end  # any other is a line of text that starts with From


def _unquoted(raw: bytes) -> bytes:
    is_quoted = raw.startswith(b">") or _QUOTED.search(raw) is not None
    return _QUOTED_FROM.sub(rb"\1", raw) if is_quoted and b">From " in raw else raw
