"""Members of a zip, read where its directory says and compared with it."""

import zipfile
from collections.abc import Iterator, Sequence
from struct import Struct
from typing import TYPE_CHECKING

from tlsrpt_analysis.intake.fast.files import NotExact
from tlsrpt_analysis.intake.fast.inflating import NotInflated, crc32, inflated_raw
from tlsrpt_analysis.intake.fast.members import FastOutcome, FastReader
from tlsrpt_analysis.intake.fast.zip_directory import TOLERANT_ONLY, ZipEntry

if TYPE_CHECKING:
    import io

_READ_BYTES = 262_144
_LOCAL_HEADER = Struct("<4s22xHH")
_LONGEST_HEADER = _LOCAL_HEADER.size + 2 * 65_535


def unzipped(
    name: str,
    file: "io.BufferedReader[io.RawIOBase]",
    entries: Sequence[ZipEntry],
    reader: FastReader,
) -> Iterator[FastOutcome]:
    """Read members of a zip; their cost is counted first."""
    reader.budget.meet_members(len(entries))
    reader.budget.unpack(sum([entry.size for entry in entries]))
    block, start, stop = b"", 0, 0
    for entry in entries:
        if not entry.size:
            if entry.name.endswith(b"/"):
                continue
            raise NotExact
        if entry.method == TOLERANT_ONLY:
            raise NotExact
        if not start <= entry.start <= entry.end <= stop:
            block = _block(file, entry)
            start, stop = entry.start, entry.start + len(block)
        content = _content(block, entry.start - start, entry)
        member = f"{name}!{entry.name.decode()}"
        yield from reader.read(member, content)


def _block(file: "io.BufferedReader[io.RawIOBase]", entry: ZipEntry) -> bytes:
    """Read a member and many after it."""
    size = min(entry.end - entry.start, _LONGEST_HEADER + entry.packed_size)
    file.seek(entry.start)
    return file.read(max(size, _READ_BYTES))


def _content(block: bytes, place: int, entry: ZipEntry) -> bytes:
    name_start = place + _LOCAL_HEADER.size
    if len(block) < name_start:
        raise NotExact
    magic, name_size, extra_size = _LOCAL_HEADER.unpack_from(block, place)
    start = name_start + name_size + extra_size
    end = start + entry.packed_size
    if (
        magic != b"PK\x03\x04"
        or name_size != len(entry.name)
        or not block.startswith(entry.name, name_start)
        or end > len(block)
        or end - place
        > entry.end - entry.start  # newer releases of Python refuse members that overlap
    ):
        raise NotExact
    content = block[start:end]
    if entry.method == zipfile.ZIP_DEFLATED:
        content = _inflated(content, entry.size)
    if len(content) != entry.size or crc32(content) != entry.crc:
        raise NotExact
    return content


def _inflated(packed: bytes, size: int) -> bytes:
    try:
        return inflated_raw(packed, size)
    except NotInflated as error:
        raise NotExact from error
