"""A large tar of plain reports, packed with gzip or not, cut where members begin.

A gzip can only be inflated from its start. So whoever cuts it inflates it, and the members, which
take most of the work, are read by others.
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
"""So much of a tar is a piece, up to the end of a member: some thousand of them."""

_READ_BYTES = 262_144
_SIZE, _KIND = slice(124, 135), 156  # in a header


@dataclass(frozen=True, slots=True)
class TarPiece:
    """Some whole members of a tar, headers and all; None in place of what only the judge can read.

    `size` is how much of the file on the disk was read for it.
    """

    source: Source
    blocks: bytes | None
    size: int
    is_first: bool
    is_last: bool


def is_tar_file(source: Source, limits: Limits) -> bool:
    """Tell whether a file starts as a tar, packed with gzip or not."""
    try:
        with io.BufferedReader(source.open()) as file:
            return tar_chunks(file, limits) is not None
    except (NotExact, OSError):
        return False


def tar_pieces(source: Source, limits: Limits) -> Iterator[TarPiece] | None:
    """Cut a tar into pieces, one after the other as it is read; None where it is no tar."""
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
    """Give runs of whole members, and of each whether the end of the tar follows."""
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
        if not place or len(buffer) < PIECE_BYTES:  # an odd header, or it is cut off
            raise NotExact
        rest = buffer[place:]


def _filled(buffer: bytes, chunks: Iterator[bytes]) -> bytes:
    parts, size = [buffer], len(buffer)
    while size < PIECE_BYTES and (chunk := next(chunks, None)) is not None:
        parts.append(chunk)
        size += len(chunk)
    return b"".join(parts)


def _end_of_members(buffer: bytes) -> int:
    """Give the place after some whole members; who reads them looks closely at their headers."""
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
        if buffer[place + _KIND] != TIMES[0]:
            end = following
        place = following
    return end


def read_tar_piece(piece: TarPiece, reader: FastReader) -> Iterator[FastOutcome]:
    """Read the members of a piece.

    Raises
    ------
    NotExact
        At the first member that only the judge can read, who has to begin with the whole tar.
    """
    if piece.blocks is None:
        raise NotExact
    end_mark = bytes(BLOCK)
    yield from untarred(piece.source.name, iter((piece.blocks, end_mark)), reader)
    reader.budget.unpack(
        reader.budget.used.unpacked_bytes
    )  # half of the limit is for the tar itself
