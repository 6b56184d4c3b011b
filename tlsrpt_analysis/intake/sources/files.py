"""An input to read: where it is, how that is shown, and its bytes."""

import io
import os
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from urllib.parse import urlsplit

import msgspec

from tlsrpt_analysis.intake.limits import Limits
from tlsrpt_analysis.intake.outcomes import Rejected, Skipped
from tlsrpt_analysis.intake.wrappings.streams import readable_name

_ADDRESS = re.compile(r"([A-Za-z][A-Za-z0-9+.-]{1,20})://")


def scheme_of(text: str) -> str | None:
    """Return the scheme of an address, in lower case; None for a path on the disk.

    Examples
    --------
    >>> scheme_of("S3://bucket/reports")
    's3'
    """
    found = _ADDRESS.match(text)
    return found[1].lower() if found else None


def shown_address(address: str) -> str:
    """Return an address without what may be secret in it: user, password and query.

    Examples
    --------
    >>> shown_address("https://me:secret@example.com/a.json?signature=secret")
    'https://example.com/a.json?…'
    """
    try:
        parts = urlsplit(address)
        host = parts.netloc.rpartition("@")[2]
    except ValueError:
        return f"{scheme_of(address)}://…"
    query = "?…" if parts.query else ""
    return readable_name(f"{parts.scheme}://{host}{parts.path}{query}")


def change_number(attributes: Sequence[str]) -> int:
    """Return a number that changes with the attributes of a file on a server; 0 without any.

    Examples
    --------
    >>> change_number(["etag=1"]) == change_number(["etag=2"]), change_number([])
    (False, 0)
    """
    digest = blake2b("\n".join(attributes).encode(), digest_size=7).digest()
    return int.from_bytes(digest, "big") if attributes else 0


class Source(msgspec.Struct, frozen=True, gc=False):
    """A file to read: its display name, its path, and its size in bytes when it was found."""

    name: str
    path: str
    size: int

    def __repr__(self) -> str:
        """Leave out the path, as the address of a remote file may hold a secret."""
        return f"{type(self).__name__}(name={self.name!r}, size={self.size})"

    def state(self) -> tuple[int, int]:
        """Return its current size and modification time, to see whether it has changed.

        Raises
        ------
        OSError
            When it no longer exists.
        """
        found = os.stat(self.path)  # noqa: PTH116 - a Path would double the cost
        return found.st_size, found.st_mtime_ns

    def open(self, *, on_read: Callable[[int], object] | None = None) -> io.RawIOBase:
        """Open the file; `on_read` is called with the number of bytes of each read."""
        return io.FileIO(self.path) if on_read is None else _Watched(self.path, on_read)


@dataclass(frozen=True, slots=True)
class FetchedMail:
    """A mail and its name; of one beyond the limit, one byte more than the limit."""

    name: str
    raw: bytes


@dataclass(frozen=True, slots=True)
class MailEnd:
    """The end of a mail: its name on the server, and from where reading continues after it."""

    mail: str
    position: str


MailRead = FetchedMail | Rejected | Skipped | MailEnd


class MailFolder(Source, frozen=True, gc=True, kw_only=True):
    """A folder whose mails are fetched one by one, for example from a server.

    With a `start`, a position, only the mails after it are read, and the end of each is yielded; an
    empty one is the beginning of the folder.
    """

    start: str | None = None

    def mails(self, limits: Limits) -> Iterator[MailRead]:
        """Yield each mail of the folder, or why it was not fetched."""
        raise NotImplementedError

    def continues(self, position: str) -> bool:
        """Whether a position that was reached before still means the same in this folder."""
        raise NotImplementedError

    def tried_again(self) -> tuple[str, ...]:
        """Return the names of mails at which the server failed before; they are read first."""
        return ()

    def move(self, mails: Sequence[str], target: str) -> None:
        """Move mails, named as in `MailEnd`, to another folder of the same account.

        Raises
        ------
        SourceError
            When that fails.
        """
        raise NotImplementedError


class _Watched(io.FileIO):
    """A file that reports how many bytes each read takes."""

    def __init__(self, path: str, on_read: Callable[[int], object]) -> None:
        super().__init__(path)
        self._on_read = on_read

    def read(self, size: int | None = -1, /) -> bytes:
        content = super().read(size)
        self._on_read(len(content))
        return content

    def readinto(self, buffer: object, /) -> int:
        count = super().readinto(buffer)  # type: ignore[arg-type]
        self._on_read(count)
        return count
