"""Zip and tar archives unpacked in memory; types are detected from content, not from names."""

import io
import lzma
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, cast

from tlsrpt_analysis.intake.outcomes import Problem, Rejected, Skipped
from tlsrpt_analysis.intake.wrappings.streams import (
    ASK_AGAIN,
    Budget,
    Stream,
    Unreadable,
    member_name,
)

_ZIP = (b"PK\x03\x04", b"PK\x05\x06")  # a member, or the directory of an empty zip
_TAR_BLOCK = 512
_TarEnd: type[tarfile.TarError] = tarfile.EOFHeaderError  # type: ignore[attr-defined]
_TarWithoutEnd: type[tarfile.TarError] = tarfile.EmptyHeaderError  # type: ignore[attr-defined]
_TAR_DAMAGE = (tarfile.TarError, ValueError, LookupError, ArithmeticError, RecursionError)
"""What tarfile raises at odd headers: its own errors, and those of numbers that are none."""

_DAMAGE = (
    zipfile.BadZipFile,
    NotImplementedError,  # a compression method that zipfile does not support
    RuntimeError,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    OSError,
    ValueError,
)


@dataclass(frozen=True, slots=True)
class Member:
    """A file in an archive: the path to it, and its bytes while they unpack."""

    name: str
    stream: Stream


def is_zip(head: bytes) -> bool:
    """Whether bytes start as a zip archive."""
    return head.startswith(_ZIP)


def is_tar(head: bytes) -> bool:
    """Whether bytes start with the header of a tar archive, whose checksum must be right."""
    block = head[:_TAR_BLOCK]
    try:
        tarfile.TarInfo.frombuf(block, "utf-8", "surrogateescape")
    except _TarEnd:  # an empty tar is blocks of zeros
        return len(head) >= 2 * _TAR_BLOCK and not any(head[: 2 * _TAR_BLOCK])
    except tarfile.HeaderError:
        return False
    return True


def unzipped(name: str, stream: Stream, budget: Budget) -> Iterator[Member | Rejected]:
    """Yield each file in a zip, in the order of its directory."""
    with seekable(stream, budget) as file:
        frugal = cast("BinaryIO", Frugal(file, budget.limits.header_bytes))
        try:
            archive = zipfile.ZipFile(frugal)
        except _DAMAGE as error:
            message = f"the zip is damaged or cut off ({error}): {ASK_AGAIN}"
            raise Unreadable("archive", message) from error
        _check_overlap(archive, file)
        for info in archive.infolist():
            if budget.is_spent:
                return
            budget.meet_members(1)
            if not info.filename.endswith("/"):  # is_dir fails on an empty name
                yield _zip_member(archive, info, member_name(name, info.filename), budget)


def _check_overlap(archive: zipfile.ZipFile, file: BinaryIO) -> None:
    packed_bytes = sum(max(0, info.compress_size) for info in archive.infolist())
    size = file.seek(0, io.SEEK_END)
    if packed_bytes > size:
        raise Unreadable(
            "archive",
            f"its members claim {packed_bytes:,} bytes of its {size:,}: they overlap, as a bomb's do",
        )


def untarred(name: str, stream: Stream, budget: Budget) -> Iterator[Member | Skipped]:
    """Yield each file in a tar; anything but a regular file is skipped and never followed."""
    file = _Forward(stream, budget.limits.tar_header_bytes)
    try:
        archive = tarfile.TarFile(fileobj=cast("BinaryIO", file))
    except _TAR_DAMAGE as error:
        raise _tar_fault(error) from error
    info = archive.next()
    while info is not None and not budget.is_spent:
        budget.meet_members(1)
        if not info.isdir():
            yield _tar_member(file, info, member_name(name, info.name))
        if stream.has_failed:  # the member that met the damage has reported it
            return
        file.seek(archive.offset)
        info = _next_header(archive)


def seekable(stream: Stream, budget: Budget) -> BinaryIO:
    """Return a file of a stream, held in memory if it is not one already."""
    if stream.file is not None:
        return io.BufferedReader(stream.file)
    return io.BytesIO(stream.read_all(budget.limits.nested_zip_bytes, stage="archive"))


class Frugal:
    """A file of which no more than so much is held at a time, whatever its headers ask for."""

    def __init__(self, file: BinaryIO, limit: int) -> None:
        self._file = file
        self._limit = limit
        self.seek, self.tell = file.seek, file.tell

    def seekable(self) -> bool:
        """Return True: `zipfile` may seek anywhere."""
        return True

    def read(self, size: int = -1) -> bytes:
        """Read so many bytes, or as many as may be held."""
        if size > self._limit:
            raise Unreadable(
                "archive", f"its directory claims {size:,} bytes: it is damaged or a trap"
            )
        return self._file.read(size if size >= 0 else self._limit)


class _Forward:
    """A stream as `tarfile` needs it: it knows its place and seeks only forward."""

    def __init__(self, stream: Stream, limit: int) -> None:
        self._stream = stream
        self._limit = limit
        self._place = 0

    def tell(self) -> int:
        return self._place

    def read(self, size: int) -> bytes:
        if not 0 <= size <= self._limit:
            raise Unreadable(
                "archive", f"a tar header claims {size:,} bytes: it is damaged or a trap"
            )
        content = self._stream.read(size)
        self._place += len(content)
        return content

    def seek(self, place: int) -> int:
        if place < self._place:
            raise Unreadable("archive", "a tar header points backwards: it is damaged or a trap")
        self._place += self._stream.skip(place - self._place)
        if self._place < place:
            raise Unreadable(
                "archive", f"the tar is cut off; what came before was read: {ASK_AGAIN}"
            )
        return place

    def file_of(self, size: int) -> Stream:
        """Return the next `size` bytes as a stream, which must be read before anything after it."""
        end = self._place + size

        def read(wanted: int) -> bytes:
            wanted = min(wanted, end - self._place)
            content = self.read(wanted)
            if len(content) < wanted:
                self._stream.has_failed = True
                raise Unreadable("archive", f"the tar is cut off within this file: {ASK_AGAIN}")
            return content

        return Stream(read)


def _zip_member(
    archive: zipfile.ZipFile, info: zipfile.ZipInfo, name: str, budget: Budget
) -> Member | Rejected:
    if info.flag_bits & 0x1:
        advice = "it is encrypted: unpack it with its password and load what comes out"
        return Rejected(Problem(name, "archive", "rejected", advice))
    try:
        file = archive.open(info)
    except _DAMAGE as error:
        message = f"this member of the zip cannot be opened ({error}): {ASK_AGAIN}"
        return Rejected(Problem(name, "archive", "rejected", message))

    unpacked_bytes = 0

    def read(size: int) -> bytes:
        nonlocal unpacked_bytes
        try:
            content = file.read(size)
        except _DAMAGE as error:
            raise Unreadable(
                "archive", f"this member of the zip is damaged ({error}): {ASK_AGAIN}"
            ) from error
        budget.unpack(len(content))
        unpacked_bytes += len(content)
        budget.check_ratio(info.compress_size, unpacked_bytes)
        return content

    return Member(name, Stream(read))


def _tar_member(file: _Forward, info: tarfile.TarInfo, name: str) -> Member | Skipped:
    if not info.isreg() or info.issparse():
        message = "a link, a device or something similar in a tar, which is not followed"
        return Skipped(Problem(name, "archive", "skipped", message))
    return Member(name, file.file_of(info.size))


def _next_header(archive: tarfile.TarFile) -> tarfile.TarInfo | None:
    try:
        return tarfile.TarInfo.fromtarfile(archive)
    except _TarEnd:
        return None
    except _TarWithoutEnd:
        raise Unreadable(
            "archive",
            f"the tar has no end mark, so it may be cut off; what came before was read: {ASK_AGAIN}",
        ) from None
    except _TAR_DAMAGE as error:
        raise _tar_fault(error) from error


def _tar_fault(error: Exception) -> Unreadable:
    if isinstance(error, RecursionError):
        return Unreadable(
            "archive", "its headers are a chain that leads to no file; what came before was read"
        )
    why = error if isinstance(error, tarfile.TarError) else "a header that is none"
    return Unreadable(
        "archive", f"the tar is damaged or cut off ({why}); what came before was read: {ASK_AGAIN}"
    )
