"""A large zip of reports cut into runs of members that can be read independently."""

import io
from collections.abc import Iterator
from dataclasses import dataclass

import msgspec

from tlsrpt_analysis.intake.fast.archives import is_zip
from tlsrpt_analysis.intake.fast.files import NotExact
from tlsrpt_analysis.intake.fast.members import FastOutcome, FastReader
from tlsrpt_analysis.intake.fast.zip_directory import ZipEntry, zip_entries
from tlsrpt_analysis.intake.fast.zips import unzipped
from tlsrpt_analysis.intake.limits import Limits
from tlsrpt_analysis.intake.sources.files import Source
from tlsrpt_analysis.intake.wrappings import mail

PIECE_MEMBERS = 1_000
"""Members of a piece: a few batches of reports."""

_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(list[ZipEntry])


@dataclass(frozen=True, slots=True)
class ZipPiece:
    """Some members of a zip, with their part of its directory as bytes, which are cheap to send."""

    source: Source
    directory: bytes
    is_first: bool
    is_last: bool


def is_zip_file(source: Source) -> bool:
    """Whether a file starts as a zip."""
    try:
        with io.FileIO(source.path) as file:
            return is_zip(file.read(mail.HEAD_BYTES))
    except OSError:
        return False


def zip_pieces(source: Source, limits: Limits) -> Iterator[ZipPiece] | None:
    """Cut a zip into pieces; None if it is not a zip or its directory cannot be read here."""
    try:
        with io.BufferedReader(source.open()) as file:
            head = file.peek(mail.HEAD_BYTES)[: mail.HEAD_BYTES]
            entries = zip_entries(file, limits) if is_zip(head) else []
    except (NotExact, OSError):
        return None
    return _cut(source, entries) if entries else None


def _cut(source: Source, entries: list[ZipEntry]) -> Iterator[ZipPiece]:
    for start in range(0, len(entries), PIECE_MEMBERS):
        stop = start + PIECE_MEMBERS
        directory = _ENCODER.encode(entries[start:stop])
        yield ZipPiece(source, directory, is_first=start == 0, is_last=stop >= len(entries))


def read_zip_piece(piece: ZipPiece, reader: FastReader) -> Iterator[FastOutcome]:
    """Read the members of a piece.

    Raises
    ------
    NotExact, OSError
        At the first member that only the tolerant reader can read, which must start over.
    """
    with io.BufferedReader(piece.source.open()) as file:
        yield from unzipped(piece.source.name, file, _DECODER.decode(piece.directory), reader)
