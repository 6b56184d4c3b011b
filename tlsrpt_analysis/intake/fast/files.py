"""Files that are exactly what reporters send, read fast.

Anything else is None here and is left to `tlsrpt_analysis.intake.tolerant.reader`.
"""

import os
from datetime import datetime
from struct import Struct

import msgspec

from tlsrpt_analysis.intake.fast.inflating import NotInflated, crc32, inflated_gzip
from tlsrpt_analysis.standards.strict_reader import Decoded, decode_report

LARGEST_FILE = 1_000_000
"""Bytes of a file that is read fast, packed or unpacked; real reports have kilobytes."""

_GZIP = b"\x1f\x8b\x08"
_TRAILER = Struct("<II")
_FLAGS = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0)


class NotExact(Exception):  # noqa: N818 - nothing is wrong; the tolerant reader has to look at it
    """Something that only the tolerant reader can read."""


class FastRead(msgspec.Struct, frozen=True, gc=False):
    """A report that was read fast.

    For a report that came by mail, `received_datetime` is when it arrived, `remarks` what was
    forgiven in the mail, and `unpacked_bytes` the size of its unpacked data.
    """

    source: str
    decoded: Decoded
    received_datetime: datetime | None = None
    remarks: tuple[str, ...] = ()
    unpacked_bytes: int = 0


def small_file(path: str, size: int) -> bytes | None:
    """Return the content of a small file, which had this size when it was found; None if it fails."""
    try:
        number = os.open(path, _FLAGS)
    except OSError:
        return None
    try:
        content = os.read(number, size + 1)
        if len(content) != size:  # it has changed, or comes in pieces
            while len(content) < LARGEST_FILE and (more := os.read(number, LARGEST_FILE)):
                content += more
    except OSError:
        return None
    finally:
        os.close(number)
    return content if len(content) < LARGEST_FILE else None


def exact_report(content: bytes) -> Decoded | None:
    """Return a report that needs no leniency, from JSON or one gzip member of it; else None.

    Examples
    --------
    >>> exact_report(b'{"some": "thing"}') is None
    True
    """
    if content.startswith(b"{"):
        return decode_report(content)
    unpacked = inflated(content)
    return None if unpacked is None else decode_report(unpacked)


def inflated(content: bytes) -> bytes | bytearray | None:
    """Return the content of one gzip member with nothing after it; else None.

    A second member and anything after the last are ignored by what inflates it, which
    has checked the checksum and size right behind the first member: if they stand at the very
    end and nowhere before, the first member ends there.
    """
    size = int.from_bytes(content[-4:], "little")
    if not content.startswith(_GZIP) or not 0 < size < LARGEST_FILE:
        return None
    try:
        unpacked = inflated_gzip(content, size)
    except NotInflated:
        return None
    trailer = _TRAILER.pack(crc32(unpacked), len(unpacked))
    return unpacked if content.find(trailer) == len(content) - len(trailer) else None
