"""Streams of bytes that are read once, forward, and within limits."""

import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

from tlsrpt_analysis.intake.limits import Limits

CHUNK_BYTES = 65_536
"""Bytes requested at a time: enough for nearly every report, and little memory."""

ASK_AGAIN = "ask for it again, or copy it again from where it came"
"""What to do about damaged data, at the end of a message."""

LONGEST_NAME = 200
"""Characters of a member's name that are kept; names are untrusted text."""


class Unreadable(Exception):  # noqa: N818 - it names a state of the input and never leaves the intake
    """Bytes that cannot be read; the reader turns it into an outcome of the stage it names."""

    def __init__(self, stage: str, message: str) -> None:
        super().__init__(message)
        self.stage = stage


@dataclass(frozen=True, slots=True)
class Used:
    """What reading has cost so far: bytes unpacked, and members of archives."""

    unpacked_bytes: int = 0
    members: int = 0

    def and_then(self, more: Self) -> "Used":
        """Return the cost of both together."""
        return Used(self.unpacked_bytes + more.unpacked_bytes, self.members + more.members)

    def is_within(self, limits: Limits, source_bytes: int | None = None) -> bool:
        """Whether no limit was exceeded."""
        return self.unpacked_bytes <= limits.most_unpacked_bytes(
            source_bytes
        ) and self.members <= limits.most_members(source_bytes)


class Budget:
    """Counts what one source costs, over all wrappings within it, and refuses what is too much.

    How much that is grows with the size of the source, if that is known.
    """

    def __init__(
        self, limits: Limits, used: Used = Used(), *, source_bytes: int | None = None
    ) -> None:
        self.limits = limits
        self._most_unpacked_bytes = limits.most_unpacked_bytes(source_bytes)
        self._most_members = limits.most_members(source_bytes)
        self.is_spent = False
        self._unpacked_bytes, self._members = used.unpacked_bytes, used.members

    @property
    def used(self) -> Used:
        """What it has cost so far."""
        return Used(self._unpacked_bytes, self._members)

    @used.setter
    def used(self, used: Used) -> None:
        self._unpacked_bytes, self._members = used.unpacked_bytes, used.members

    def has_room_for(self, count: int) -> bool:
        """Whether so many more bytes may come out of a packing."""
        return self._unpacked_bytes + count <= self._most_unpacked_bytes

    def unpack(self, count: int) -> None:
        """Count bytes that came out of a packing."""
        self._unpacked_bytes += count
        if self._unpacked_bytes > self._most_unpacked_bytes:
            raise self._spent(f"it unpacks to more than {self._most_unpacked_bytes:,} bytes")

    def check_ratio(self, packed_bytes: int, unpacked_bytes: int) -> None:
        """Refuse data that unpacks to so many times its size as no report does."""
        most = max(self.limits.ratio_free_bytes, self.limits.inflation_ratio * packed_bytes)
        if unpacked_bytes > most:
            raise self.refusal(
                f"it unpacks to more than {self.limits.inflation_ratio} times its size, as a bomb"
                " does; the rest was not read: load it with larger limits if you trust it"
            )

    def meet_members(self, count: int) -> None:
        """Count members of an archive."""
        self.check_members(count)
        self._members += count

    def check_members(self, count: int) -> None:
        """Refuse an archive that claims more members than may be read."""
        if self._members + count > self._most_members:
            raise self._spent(f"it has more than {self._most_members:,} members")

    def refusal(self, message: str) -> Exception:
        """Return what is raised where something costs too much."""
        return Unreadable("archive", message)

    def _spent(self, reason: str) -> Exception:
        self.is_spent = True
        return self.refusal(
            f"{reason}; the rest was not read: split it, or load it with larger limits if you trust it"
        )


class Stream:
    """Bytes that are read once, forward; the next ones can be peeked at.

    Parameters
    ----------
    read : callable
        Returns up to as many of the next bytes as asked for, and ``b""`` at the end.
    file : BinaryIO, optional
        The same bytes as a seekable file, if there is one.
    leniencies : list of str, optional
        What was forgiven while unwrapping these bytes; grows while they are read.
    """

    def __init__(
        self,
        read: Callable[[int], bytes],
        *,
        file: io.RawIOBase | None = None,
        leniencies: list[str] | None = None,
    ) -> None:
        self._read = read
        self._head = b""
        self.file = file
        self.leniencies = [] if leniencies is None else leniencies
        self.has_failed = False

    @classmethod
    def of(cls, content: bytes) -> Self:
        """Return a stream of bytes in memory."""
        return cls(io.BytesIO(content).read)

    def peek(self, size: int) -> bytes:
        """Return up to `size` of the next bytes without consuming them."""
        while len(self._head) < size and (chunk := self._pull(CHUNK_BYTES)):
            self._head += chunk
        return self._head[:size]

    def read(self, size: int) -> bytes:
        """Return the next `size` bytes, or fewer only at the end."""
        first, self._head = self._head[:size], self._head[size:]
        chunks, missing = [first], size - len(first)
        while missing and (chunk := self._pull(min(missing, CHUNK_BYTES))):
            chunks.append(chunk)
            missing -= len(chunk)
        return b"".join(chunks)

    def read_all(self, limit: int, *, stage: str) -> bytes:
        """Return all remaining bytes, unless there are more than `limit`."""
        content = self.read(limit + 1)
        if len(content) > limit:
            raise Unreadable(
                stage,
                f"it has more than {limit:,} bytes: load it with larger limits if you trust it",
            )
        return content

    def skip(self, size: int) -> int:
        """Skip the next `size` bytes and return how many there were."""
        passed = 0
        while passed < size and (chunk := self.read(min(size - passed, CHUNK_BYTES))):
            passed += len(chunk)
        return passed

    def _pull(self, size: int) -> bytes:
        self.has_failed = True  # stays so when reading raises
        chunk = self._read(size)
        self.has_failed = False
        return chunk


def readable_name(name: str) -> str:
    """Return an untrusted name on one bounded line that can be printed safely.

    Examples
    --------
    >>> readable_name("google.com!example.com.json")
    'google.com!example.com.json'
    """
    if name.isascii() and name.isprintable() and len(name) <= LONGEST_NAME:
        return name
    shown = name.encode(errors="replace").decode()
    if not shown.isprintable():
        shown = "".join(
            letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in shown
        )
    return shown if len(shown) <= LONGEST_NAME else f"{shown[: LONGEST_NAME - 1]}…"


def member_name(outer: str, inner: str) -> str:
    """Return the path to a member, for example ``archive.zip!mail.eml!report.json.gz``."""
    return f"{outer}!{readable_name(inner)}"
