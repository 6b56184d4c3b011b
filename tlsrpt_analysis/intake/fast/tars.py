"""Members of an ordinary tar, packed with gzip or not, read as a stream."""

import re
import zlib
from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING

from tlsrpt_analysis.intake.fast.files import LARGEST_FILE, NotExact
from tlsrpt_analysis.intake.fast.inflating import adler32
from tlsrpt_analysis.intake.fast.members import FastBudget, FastOutcome, FastReader
from tlsrpt_analysis.intake.limits import Limits
from tlsrpt_analysis.intake.wrappings.streams import Budget

if TYPE_CHECKING:
    import io

BLOCK = 512
"""Bytes of a header; content is padded to a multiple of it."""

_READ_BYTES = 262_144
_PACKED_BYTES = 16_384  # as in `packings`, so ratios are checked at the same places
_FIELDS = re.compile(
    rb"(?=([ -~]{1,99})\0).{100}(?:[0-7]{7}\0){3}([0-7]{11})\0[0-7]{11}\0([0-7]{6}\0 )([05x])"
    rb".{172}(?:\0{16}|0000000\x000000000\0)\0",  # no devices, and no prefix of a long name
    re.DOTALL,
)
_FIELDS_END = 346
_FILE, _FOLDER = b"0", b"5"
_TIME = re.compile(rb"([0-9]{2}) [acm]time=[0-9]{1,12}(?:\.[0-9]{1,20})?\n")

TIMES = b"x"
"""The type flag of an extended header for the next member: here, with times."""


def untarred(name: str, chunks: Iterator[bytes], reader: FastReader) -> Iterator[FastOutcome]:
    """Read members of a tar whose bytes come in chunks of any size."""
    for inner, content in _members(chunks, reader.budget):
        member = f"{name}!{inner}"
        yield from reader.read(member, content)


def _members(chunks: Iterator[bytes], budget: Budget) -> Iterator[tuple[str, bytes]]:
    buffer, place, has_times = b"", 0, False
    while True:
        if len(buffer) < place + BLOCK:
            buffer, place = _filled(buffer[place:], chunks, BLOCK), 0
        block = buffer[place : place + BLOCK]
        if not any(block) and not has_times:
            return
        name, size, type_flag = _header(block)
        place += BLOCK
        filled_size = -(-size // BLOCK) * BLOCK
        if len(buffer) < place + filled_size and size < LARGEST_FILE:
            buffer, place = _filled(buffer[place:], chunks, filled_size), 0
        content = buffer[place : place + size]
        place += filled_size
        has_times = type_flag == TIMES and not has_times and size <= BLOCK and _are_times(content)
        if has_times:
            continue
        budget.meet_members(1)
        if type_flag == _FILE and 0 < size < LARGEST_FILE:
            yield name, content
        elif type_flag != _FOLDER or size:
            raise NotExact


def _are_times(content: bytes) -> bool:
    """Whether an extended header contains only times, as Python writes it."""
    records = list(_TIME.finditer(content))
    sizes = [len(record[0]) for record in records]
    return sum(sizes) == len(content) > 0 and sizes == [int(record[1]) for record in records]


def _filled(buffer: bytes, chunks: Iterator[bytes], size: int) -> bytes:
    """Add chunks until there are at least `size` bytes."""
    parts, missing = [buffer], size - len(buffer)
    while missing > 0:
        chunk = next(chunks, None)
        if chunk is None:
            raise NotExact
        parts.append(chunk)
        missing -= len(chunk)
    return b"".join(parts)


def _header(block: bytes) -> tuple[str, int, bytes]:
    """Return name, size and type flag of an ordinary header of a file or folder with a short name."""
    fields = _FIELDS.fullmatch(block, 0, _FIELDS_END)
    if fields is None:
        raise NotExact
    name, size, checksum, type_flag = fields.groups()
    # Adler-32 sums modulo 65,521, which 512 bytes below 128 do not reach
    total = (adler32(block) & 0xFFFF) - 1 if block.isascii() else sum(block)
    if total != _promised_sum(checksum):
        raise NotExact
    return name.decode(), int(size, 8), type_flag


@lru_cache(maxsize=16_384)
def _promised_sum(checksum: bytes) -> int:
    """Return the sum of a header with this checksum, which is made with spaces in its place."""
    return int(checksum[:6], 8) - len(checksum) * ord(" ") + sum(checksum)


def file_chunks(file: "io.BufferedReader[io.RawIOBase]") -> Iterator[bytes]:
    """Yield the bytes of a file."""
    return iter(lambda: file.read(_READ_BYTES), b"")


def inflated_chunks(file: "io.BufferedReader[io.RawIOBase]", limits: Limits) -> Iterator[bytes]:
    """Inflate one gzip member; a chunk is yielded once the next has been inflated.

    So nothing is yielded so close to damage that the tolerant reader, which reads other amounts,
    might lose it.
    """
    inflate = zlib.decompressobj(wbits=31)  # gzip with its checksum
    budget = FastBudget(limits)
    budget.unpack(limits.unpacked_bytes // 2)
    packed_bytes = unpacked_bytes = 0
    ahead = b""
    while packed := file.read(_PACKED_BYTES):
        try:
            chunk = inflate.decompress(packed)
        except zlib.error as error:
            raise NotExact from error
        packed_bytes += len(packed)
        unpacked_bytes += len(chunk)
        budget.unpack(len(chunk))
        budget.check_ratio(packed_bytes, unpacked_bytes)
        if inflate.unused_data:
            raise NotExact
        yield ahead
        ahead = chunk
    if not inflate.eof:
        raise NotExact
    yield ahead
