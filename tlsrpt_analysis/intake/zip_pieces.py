"""A large zip of plain reports cut into ranges of its members, which can be read apart."""

import io
from collections.abc import Iterator
from dataclasses import dataclass

from tlsrpt_analysis.intake import archives, mail
from tlsrpt_analysis.intake.limits import Limits
from tlsrpt_analysis.intake.plain_archives import is_zip
from tlsrpt_analysis.intake.plain_members import Cost, Odd, PlainOutcome
from tlsrpt_analysis.intake.plain_zips import unzipped
from tlsrpt_analysis.intake.readable_files import Source
from tlsrpt_analysis.intake.zip_directory import ZipEntry, zip_entries

PIECE_MEMBERS = 1_000
"""How many members are a piece: as many as a batch has reports."""


@dataclass(frozen=True, slots=True)
class ZipPiece:
    """Some members of a zip: a range of those in its directory."""

    source: Source
    start: int
    stop: int
    is_last: bool

    @property
    def is_first(self) -> bool:
        """Tell whether none comes before it."""
        return self.start == 0


def is_zip_file(source: Source) -> bool:
    """Tell whether a file starts as a zip."""
    try:
        with io.FileIO(source.path) as file:
            return archives.is_zip(file.read(mail.HEAD_BYTES))
    except OSError:
        return False


def zip_directory(source: Source, limits: Limits) -> list[ZipEntry]:
    """Give the members of a zip, or none where it is no zip or an odd one."""
    try:
        with io.BufferedReader(source.open()) as file:
            head = file.peek(mail.HEAD_BYTES)[: mail.HEAD_BYTES]
            return zip_entries(file, limits) if is_zip(head) else []
    except (Odd, OSError):
        return []


def zip_pieces(source: Source, directory: list[ZipEntry]) -> Iterator[ZipPiece]:
    """Cut a zip into pieces."""
    count = len(directory)
    for start in range(0, count, PIECE_MEMBERS):
        stop = min(start + PIECE_MEMBERS, count)
        yield ZipPiece(source, start, stop, stop == count)


def read_zip_piece(
    piece: ZipPiece, directory: list[ZipEntry], cost: Cost
) -> Iterator[PlainOutcome]:
    """Read the members of a piece.

    Raises
    ------
    Odd, OSError
        At the first member that only the judge can read, who has to begin with the whole zip.
    """
    with io.BufferedReader(piece.source.open()) as file:
        entries = directory[piece.start : piece.stop]
        yield from unzipped(piece.source.name, file, entries, cost)
