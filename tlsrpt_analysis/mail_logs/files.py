"""Lines of text files, plain or packed, in the encodings that exports come in."""

import bz2
import gzip
import io
import lzma
import zlib
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from tlsrpt_analysis.errors import SourceError

LONGEST_LINE = 1_000_000
"""Characters of a line; the rest of a longer one is read as further lines."""

_OPENERS: dict[bytes, Callable[[Path], BinaryIO]] = {
    b"\x1f\x8b": lambda path: io.BufferedReader(gzip.open(path)),  # noqa: SIM115 - closed by who reads
    b"\xfd7zXZ": lambda path: io.BufferedReader(lzma.open(path)),  # noqa: SIM115 - closed by who reads
    b"BZh": lambda path: io.BufferedReader(bz2.open(path)),  # noqa: SIM115 - closed by who reads
}
_DAMAGE = (OSError, EOFError, zlib.error, lzma.LZMAError)


def lines_of(path: str | Path) -> Iterator[str]:
    """Yield the lines of a file, which may be packed by gzip, xz or bzip2, and in UTF-16.

    Raises
    ------
    SourceError
        When it cannot be read to its end.
    """
    where = Path(path)
    try:
        with where.open("rb") as file:
            head = file.read(8)
        with _opened(where, head) as file:
            start = file.peek(3)[:3] if isinstance(file, io.BufferedReader) else b""
            text = io.TextIOWrapper(file, encoding=_encoding(start), errors="replace", newline=None)
            while line := text.readline(LONGEST_LINE):
                yield line
    except _DAMAGE as error:
        raise SourceError(
            f"{path} cannot be read ({error}): name a file that exists and is complete"
        ) from error


def _opened(path: Path, head: bytes) -> BinaryIO:
    for magic, opened in _OPENERS.items():
        if head.startswith(magic):
            return opened(path)
    return path.open("rb")


def _encoding(start: bytes) -> str:
    if start.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):  # as PowerShell and Exchange Online write
        return "utf-16"
    return "utf-8-sig" if start.startswith(BOM_UTF8) else "utf-8"
