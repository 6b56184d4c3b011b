"""A large tar of reports, packed with gzip or not, cut where members begin.

A gzip can only be inflated from its start, so the process that cuts it inflates it, and others read
the members, which is most of the work.
"""

import io
from collections.abc import Iterator
from dataclasses import dataclass

from tlsrpt_analysis.intake.fast.archives import tar_chunks
from tlsrpt_analysis.intake.fast.files import NotExact
from tlsrpt_analysis.intake.fast.members import FastOutcome, FastReader
from tlsrpt_analysis.intake.fast.tars import BLOCK, TIMES, untarred
from tlsrpt_analysis.intake.limits import Limits
from tlsrpt_analysis.intake.sources.files import Source

PIECE_BYTES = 2_000_000
"""The size of a piece, up to the end of a member: about a thousand members."""

_READ_BYTES = 262_144
_SIZE, _TYPE_FLAG = slice(124, 135), 156  # in a header


@dataclass(frozen=True, slots=True)
class TarPiece:
    """Some whole members of a tar with their headers; None for what only the tolerant reader can read.

    `size` is the number of bytes read from the file for it.
    """

    source: Source
    blocks: bytes | None
    size: int
    is_first: bool
    is_last: bool


def is_tar_file(source: Source, limits: Limits) -> bool:
    """Whether a file starts as a tar, packed with gzip or not."""
    try:
        with io.BufferedReader(source.open()) as file:
            return tar_chunks(file, limits) is not None
    except (NotExact, OSError):
        return False


def tar_pieces(source: Source, limits: Limits) -> Iterator[TarPiece] | None:
    """Cut a tar into pieces while it is read; None if it is not a tar."""
    return _pieces(source, limits) if is_tar_file(source, limits) else None


def _pieces(source: Source, limits: Limits) -> Iterator[TarPiece]:
    is_first = True
    place = 0
    try:
        with io.BufferedReader(source.open(), _READ_BYTES) as file:
            for blocks, is_last in _cut(tar_chunks(file, limits) or iter(())):
                start, place = place, file.tell()
                yield TarPiece(source, blocks, place - start, is_first, is_last)
                is_first = False
    except (NotExact, OSError):
        yield TarPiece(source, None, 0, is_first, is_last=True)


def _cut(chunks: Iterator[bytes]) -> Iterator[tuple[bytes, bool]]:
    """Yield runs of whole members, each with whether the end of the tar follows."""
    rest = b""
    while True:
        buffer = _filled(rest, chunks)
        place = _end_of_members(buffer)
        following = buffer[place : place + BLOCK]
        is_end = len(following) == BLOCK and not any(following)
        if place or is_end:
            yield buffer[:place], is_end
        if is_end:
            return
        if not place or len(buffer) < PIECE_BYTES:  # an unusual header, or it is cut off
            raise NotExact
        rest = buffer[place:]


def _filled(buffer: bytes, chunks: Iterator[bytes]) -> bytes:
    parts, size = [buffer], len(buffer)
    while size < PIECE_BYTES and (chunk := next(chunks, None)) is not None:
        parts.append(chunk)
        size += len(chunk)
    return b"".join(parts)


def _end_of_members(buffer: bytes) -> int:
    """Return the position after some whole members; their headers are checked when they are read."""
    end = place = 0
    last_header = min(PIECE_BYTES, len(buffer) - BLOCK)
    while place <= last_header and buffer[place]:
        try:
            size = int(buffer[place + _SIZE.start : place + _SIZE.stop], 8)
        except ValueError:
            return end
        following = place + BLOCK + -(-size // BLOCK) * BLOCK
        if size < 0 or following > len(buffer):
            return end
        if buffer[place + _TYPE_FLAG] != TIMES[0]:
            end = following
        place = following
    return end


def read_tar_piece(piece: TarPiece, reader: FastReader) -> Iterator[FastOutcome]:
    """Read the members of a piece.

    Raises
    ------
    NotExact
        At the first member that only the tolerant reader can read, which must start over.
    """
    if piece.blocks is None:
        raise NotExact
    end_mark = bytes(BLOCK)
    yield from untarred(piece.source.name, iter((piece.blocks, end_mark)), reader)
    reader.budget.unpack(
        reader.budget.used.unpacked_bytes
    )  # half of the limit is for the tar itself
