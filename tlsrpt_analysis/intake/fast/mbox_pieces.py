"""A large mbox cut between mails into pieces that can be read independently."""

import io
from collections.abc import Iterator
from dataclasses import dataclass

from tlsrpt_analysis.intake.fast.files import FastRead
from tlsrpt_analysis.intake.fast.mails import read_mails
from tlsrpt_analysis.intake.limits import Limits
from tlsrpt_analysis.intake.outcomes import Outcome, unopened
from tlsrpt_analysis.intake.sources.files import Source
from tlsrpt_analysis.intake.tolerant.reader import MemberReader
from tlsrpt_analysis.intake.wrappings.kinds import kind_of
from tlsrpt_analysis.intake.wrappings.mail import HEAD_BYTES
from tlsrpt_analysis.intake.wrappings.mbox import (
    LONGEST_SEPARATOR,
    mbox_start,
    separators,
    split_mails,
)
from tlsrpt_analysis.intake.wrappings.streams import Stream

PIECE_BYTES = 4_000_000
"""About the size of a piece: some thousand reports, and little memory."""

_READ_BYTES = 1_048_576


@dataclass(frozen=True, slots=True)
class MboxPiece:
    """Some mails of an mbox: its bytes from `start` to `stop`, and the number of the first mail.

    The last piece has no `stop`: it goes to the end, whatever has been added since.
    """

    source: Source
    start: int
    stop: int | None
    first_number: int

    @property
    def is_first(self) -> bool:
        """Whether it is the first piece."""
        return self.first_number == 1

    @property
    def is_last(self) -> bool:
        """Whether it is the last piece."""
        return self.stop is None

    @property
    def size(self) -> int:
        """Its size in bytes; 0 for the last, whose size is not needed."""
        return 0 if self.stop is None else self.stop - self.start


def mbox_pieces(source: Source) -> Iterator[MboxPiece] | None:
    """Cut an mbox where its mails begin; None for anything else and for unreadable files."""
    try:
        with io.FileIO(source.path) as file:
            head = file.read(HEAD_BYTES)
    except OSError:
        return None
    return _cut(source, mbox_start(head)) if kind_of(head) == "mbox" else None


def _cut(source: Source, start: int) -> Iterator[MboxPiece]:
    base, number, first_number = start, 1, 1
    buffer = b""
    try:
        with io.FileIO(source.path) as file:
            file.seek(start)
            while chunk := file.read(_READ_BYTES):
                buffer += chunk
                done = 0
                for end, done in separators(buffer):
                    number += 1
                    if base + done - start >= PIECE_BYTES:
                        yield MboxPiece(source, start, base + end + 1, first_number)
                        start, first_number = base + done, number
                done = max(done, len(buffer) - LONGEST_SEPARATOR)
                buffer, base = buffer[done:], base + done
    except OSError:
        pass  # reading the rest will report it
    yield MboxPiece(source, start, None, first_number)


def read_piece(
    piece: MboxPiece, limits: Limits, reader: MemberReader
) -> Iterator[FastRead | Outcome]:
    """Read the mails of a piece as they are read in the whole mbox."""
    try:
        with io.FileIO(piece.source.path) as file:
            file.seek(piece.start)

            def read(size: int) -> bytes:
                left = size if piece.stop is None else min(size, piece.stop - file.tell())
                return file.read(left)

            raws = split_mails(Stream(read), limits, is_end=piece.stop is None)
            yield from read_mails(piece.source.name, raws, reader, piece.first_number)
    except OSError as error:
        yield unopened(piece.source.name, error)
