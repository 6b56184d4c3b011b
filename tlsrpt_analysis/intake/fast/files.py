"""Files read at once where they are exactly what reporters send; anything else is left to the judge.

The judge is `tlsrpt_analysis.intake.tolerant.reader`: whatever is odd here gives None and is read there.
"""

import os
from datetime import datetime
from struct import Struct

import deflate
import msgspec

from tlsrpt_analysis.standards.strict_reader import Decoded, decode_report

LARGEST_FILE = 1_000_000
"""Bytes of a file that is read at once, and of what it unpacks to; real reports have kilobytes."""

_GZIP = b"\x1f\x8b\x08"
_TRAILER = Struct("<II")
_FLAGS = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0)


class NotExact(Exception):  # noqa: N818 - nothing is wrong; the tolerant reader has to look at it
    """Something that only the tolerant reader can read."""


class FastRead(msgspec.Struct, frozen=True, gc=False):
    """A member that was read at once.

    Of a report that came by mail, `received_datetime` says when, `remarks` what was forgiven in
    the mail, and `unpacked_bytes` what came out of its packing.
    """

    source: str
    decoded: Decoded
    received_datetime: datetime | None = None
    remarks: tuple[str, ...] = ()
    unpacked_bytes: int = 0


def small_file(path: str, size: int) -> bytes | None:
    """Read a small file whole, which had this size when it was found."""
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
    """Read a report that needs no leniency, as JSON or as one gzip member of it.

    Examples
    --------
    >>> exact_report(b'{"some": "thing"}') is None
    True
    """
    if content.startswith(b"{"):
        return decode_report(content)
    unpacked = inflated(content)
    return None if unpacked is None else decode_report(unpacked)


def inflated(content: bytes) -> bytearray | None:
    """Unpack one gzip member with nothing after it.

    libdeflate is twice as fast as zlib, but takes a second member, and what follows the last, for
    nothing. It has seen the checksum and the size of what came out right behind the first member;
    where they stand at the very end and nowhere before, the first member ends at the very end.
    """
    size = int.from_bytes(content[-4:], "little")
    if not content.startswith(_GZIP) or not 0 < size < LARGEST_FILE:
        return None
    try:
        unpacked = deflate.gzip_decompress(content)
    except (deflate.DeflateError, ValueError):
        return None
    trailer = _TRAILER.pack(deflate.crc32(unpacked), len(unpacked))
    return unpacked if content.find(trailer) == len(content) - len(trailer) else None
