"""Inflating in one step: by libdeflate, which is twice as fast, or by zlib where it is not installed."""

import zlib
from importlib import import_module
from types import ModuleType


def _libdeflate() -> ModuleType | None:
    try:
        return import_module("deflate")
    except ModuleNotFoundError:  # for example where no wheel of it exists
        return None


deflate = _libdeflate()


class NotInflated(Exception):  # noqa: N818 - a state of the input, never seen outside of the fast reader
    """Bytes are not what they should be when inflated."""


def inflated_gzip(packed: bytes, size: int) -> bytes | bytearray:
    """Return the content of the first member of gzip data, which should have `size` bytes.

    Examples
    --------
    >>> import gzip
    >>> bytes(inflated_gzip(gzip.compress(b"a report"), 8))
    b'a report'
    """
    if deflate is None:
        return _by_zlib(packed, size, 31)
    try:
        unpacked: bytearray = deflate.gzip_decompress(packed)
    except (deflate.DeflateError, ValueError) as error:
        raise NotInflated from error
    return unpacked


def inflated_raw(packed: bytes, size: int) -> bytes:
    """Return inflated data without a header, as in a zip, which should have `size` bytes."""
    if deflate is None:
        return _by_zlib(packed, size, -15)
    try:
        return bytes(deflate.deflate_decompress(packed, size))
    except (deflate.DeflateError, ValueError) as error:
        raise NotInflated from error


def crc32(content: bytes | bytearray) -> int:
    """Return the checksum that gzip and zip store."""
    return zlib.crc32(content) if deflate is None else int(deflate.crc32(content))


def adler32(content: bytes) -> int:
    """Return the checksum of RFC 1950, whose lower half is a sum of bytes."""
    return zlib.adler32(content) if deflate is None else int(deflate.adler32(content))


def _by_zlib(packed: bytes, size: int, wbits: int) -> bytes:
    inflating = zlib.decompressobj(wbits)
    try:
        content = inflating.decompress(packed, size + 1)
    except zlib.error as error:
        raise NotInflated from error
    if not inflating.eof or len(content) != size:
        raise NotInflated
    return content
