"""What a program pipes into the command: one mail, report or archive."""

import errno
import io
import sys
from collections.abc import Callable
from hashlib import blake2b

from tlsrpt_analysis.errors import SourceError
from tlsrpt_analysis.intake.sources.files import Source

STANDARD_INPUT = "-"
"""How standard input is named among paths."""

MOST_BYTES = 256 * 1_048_576
"""Bytes held in memory; a larger archive is better read from a file."""


class StandardInput(Source, frozen=True, gc=False):
    """The bytes of standard input; named after them, so that each mail is a source of its own."""

    content: bytes

    def state(self) -> tuple[int, int]:
        """Say that nothing shows whether it was read before.

        Raises
        ------
        OSError
            Always.
        """
        raise OSError(errno.ENODATA, "it can be read only once")

    def open(self, *, on_read: Callable[[int], object] | None = None) -> io.RawIOBase:
        """Return the bytes as a file; `on_read` is called with their number."""
        if on_read is not None:
            on_read(len(self.content))
        return _Seekable(self.content)


class _Seekable(io.RawIOBase):
    """Bytes in memory as an unbuffered file."""

    def __init__(self, content: bytes) -> None:
        self._file = io.BytesIO(content)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, place: int, whence: int = io.SEEK_SET, /) -> int:
        return self._file.seek(place, whence)

    def tell(self) -> int:
        return self._file.tell()

    def readinto(self, buffer: object, /) -> int:
        return self._file.readinto(buffer)  # type: ignore[arg-type]


def read_standard_input() -> StandardInput:
    """Read standard input to its end.

    Raises
    ------
    SourceError
        When it is a terminal, closed, or more than fits into memory.
    """
    if sys.stdin is None or sys.stdin.isatty():
        raise SourceError("nothing is piped into the command: write  … < FILE")
    content = sys.stdin.buffer.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise SourceError(f"more than {MOST_BYTES:,} bytes: save it to a file and pass that")
    digest = blake2b(content, digest_size=8).hexdigest()
    return StandardInput(f"standard input {digest}", STANDARD_INPUT, len(content), content)
