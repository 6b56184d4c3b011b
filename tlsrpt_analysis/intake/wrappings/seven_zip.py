"""7z archives unpacked in memory by the decompressors of the standard library."""

import bz2
import lzma
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO, Protocol

from tlsrpt_analysis.intake.outcomes import Problem, Rejected
from tlsrpt_analysis.intake.wrappings.archives import Member, seekable
from tlsrpt_analysis.intake.wrappings.seven_zip_directory import (
    HEADER_BYTES,
    Coder,
    Directory,
    Entry,
    Folder,
    packed_directory,
    read_directory,
)
from tlsrpt_analysis.intake.wrappings.seven_zip_numbers import DirectoryError, whole
from tlsrpt_analysis.intake.wrappings.streams import (
    ASK_AGAIN,
    Budget,
    Stream,
    Unreadable,
    member_name,
)

MAGIC = b"7z\xbc\xaf\x27\x1c"
_INPUT_BYTES = 16_384
_DAMAGE = (lzma.LZMAError, zlib.error, OSError, ValueError, EOFError, OverflowError)
_WAY_OUT = "unpack it with `7z x` and load the folder"
_ENCRYPTED = b"\x06\xf1\x07\x01"
_COPY, _DEFLATE, _BZIP2 = b"\0", b"\x04\x01\x08", b"\x04\x02\x02"
_LZMA, _LZMA2, _DELTA = b"\x03\x01\x01", b"\x21", b"\x03"
_BRANCHES = {
    b"\x03\x03\x01\x03": lzma.FILTER_X86,
    b"\x04": lzma.FILTER_X86,
    b"\x07": lzma.FILTER_ARM,
    b"\x08": lzma.FILTER_ARMTHUMB,
}
_MOST_DICTIONARY_CODE = 40


class _Decompressor(Protocol):
    """A decompressor as in `bz2` and `lzma`."""

    @property
    def needs_input(self) -> bool: ...

    def decompress(self, data: bytes, max_length: int = -1) -> bytes: ...


class _Inflate:
    """A decompressor for bare deflate data, or for data that was not packed."""

    def __init__(self, inflate: Any) -> None:
        self._inflate = inflate
        self._waiting = b""

    @property
    def needs_input(self) -> bool:
        return not self._waiting

    def decompress(self, data: bytes, max_length: int = -1) -> bytes:
        data = self._waiting + data
        if self._inflate is None:
            self._waiting = data[max_length:]
            return data[:max_length]
        chunk: bytes = self._inflate.decompress(data, max_length)
        self._waiting = self._inflate.unconsumed_tail
        return chunk


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the directory lies."""

    offset: int
    size: int
    checksum: int


def is_seven_zip(head: bytes) -> bool:
    """Whether bytes start as a 7z archive."""
    return head.startswith(MAGIC)


def members(name: str, stream: Stream, budget: Budget) -> Iterator[Member | Rejected]:
    """Yield each file in a 7z archive, in the order in which they were packed."""
    with seekable(stream, budget) as file:
        try:
            directory = _directory(file, budget)
        except (DirectoryError, *_DAMAGE) as error:
            message = f"the 7z is damaged or cut off ({error}): {ASK_AGAIN}"
            raise Unreadable("archive", message) from error
        budget.meet_members(sum(len(each) for _, each in directory.folders) + len(directory.empty))
        for folder, entries in directory.folders:
            if budget.is_spent:
                return
            yield from _of_folder(name, file, folder, entries, budget)
        for entry in directory.empty:
            yield Member(member_name(name, entry.name), Stream.of(b""))


def _place_of(start: bytes) -> _Place:
    """Return where the directory lies, by the first `HEADER_BYTES` of an archive."""
    if len(start) < HEADER_BYTES or zlib.crc32(start[12:32]) != whole(start[8:12]):
        raise DirectoryError("its start is damaged")
    return _Place(HEADER_BYTES + whole(start[12:20]), whole(start[20:28]), whole(start[28:32]))


def _directory(file: BinaryIO, budget: Budget) -> Directory:
    file.seek(0)
    place = _place_of(file.read(HEADER_BYTES))
    if not place.size:
        return Directory((), ())
    _check_size(place.size, budget)
    file.seek(place.offset)
    content = file.read(place.size)
    if zlib.crc32(content) != place.checksum:
        raise DirectoryError("its directory is damaged")
    while (folder := packed_directory(content, budget.check_members)) is not None:
        _check_size(folder.unpacked_bytes, budget)
        if message := _refusal(folder, budget):
            raise Unreadable("archive", f"its directory {message}")
        content = _Unpacking(file, folder, budget).read(folder.unpacked_bytes)
    return read_directory(content, budget.check_members)


def _check_size(size: int, budget: Budget) -> None:
    if size > budget.limits.header_bytes:
        raise Unreadable("archive", f"its directory claims {size:,} bytes: it is damaged or a trap")


def _of_folder(
    name: str, file: BinaryIO, folder: Folder, entries: tuple[Entry, ...], budget: Budget
) -> Iterator[Member | Rejected]:
    message = _refusal(folder, budget)
    unpacking = None if message else _Unpacking(file, folder, budget)
    for entry in entries:
        path = member_name(name, entry.name)
        if unpacking is None:
            yield Rejected(Problem(path, "archive", "rejected", f"it {message}"))
            continue
        yield Member(path, unpacking.file_of(entry))
        if budget.is_spent or entry is entries[-1]:
            return
        if not unpacking.has_passed():
            unpacking, message = None, f"lies behind damaged data in the same 7z: {ASK_AGAIN}"


def _refusal(folder: Folder, budget: Budget) -> str | None:
    """Return why a packed stream is not unpacked, as the end of a sentence."""
    if any(coder.method == _ENCRYPTED for coder in folder.coders):
        return "is encrypted: unpack it with its password and load what comes out"
    try:
        _decompressor(folder, budget)
    except DirectoryError as error:
        return f"{error}: {_WAY_OUT}"
    except _DAMAGE as error:
        return f"was packed in an odd way ({error}): {_WAY_OUT}"
    return None


class _Unpacking:
    """Unpacks one packed stream, forward; the files in it lie one after another."""

    def __init__(self, file: BinaryIO, folder: Folder, budget: Budget) -> None:
        self._file, self._folder, self._budget = file, folder, budget
        self._decompressor = _decompressor(folder, budget)
        self._packed_bytes = self._unpacked_bytes = 0
        self._ended_at = 0
        self._has_failed = False

    def read(self, size: int) -> bytes:
        """Return the next bytes, as many as were asked for."""
        chunks = []
        while size:
            chunk = self._chunk(size)
            chunks.append(chunk)
            size -= len(chunk)
        return b"".join(chunks)

    def file_of(self, entry: Entry) -> Stream:
        """Return the next file; what of it was not read must be finished before the one after it."""
        self._ended_at = self._unpacked_bytes + (entry.size or 0)
        checksum = 0

        def read(wanted: int) -> bytes:
            nonlocal checksum
            left = self._ended_at - self._unpacked_bytes
            if not left:
                return b""
            chunk = self._chunk(min(wanted, left))
            checksum = zlib.crc32(chunk, checksum)
            if len(chunk) == left and entry.checksum not in {None, checksum}:
                raise Unreadable("archive", f"this member of the 7z is damaged: {ASK_AGAIN}")
            return chunk

        return Stream(read)

    def has_passed(self) -> bool:
        """Pass over what of a file was not read; whether the one after it can be reached."""
        if self._has_failed:
            return False
        try:
            while left := self._ended_at - self._unpacked_bytes:
                self._chunk(min(left, _INPUT_BYTES))
        except Unreadable:
            return False
        return True

    def _chunk(self, wanted: int) -> bytes:
        """Return one to so many bytes."""
        self._has_failed = True  # stays so when reading raises
        chunk = b""
        while not chunk:
            is_hungry = self._decompressor.needs_input
            try:
                packed = self._packed() if is_hungry else b""
                chunk = self._decompressor.decompress(packed, wanted)
            except _DAMAGE as error:
                message = f"the 7z is damaged ({error}): {ASK_AGAIN}"
                raise Unreadable("archive", message) from error
            if is_hungry and not packed and not chunk:
                raise Unreadable("archive", f"the 7z is cut off: {ASK_AGAIN}")
        self._unpacked_bytes += len(chunk)
        self._budget.unpack(len(chunk))
        self._budget.check_ratio(self._packed_bytes, self._unpacked_bytes)
        self._has_failed = False
        return chunk

    def _packed(self) -> bytes:
        self._file.seek(self._folder.offset + self._packed_bytes)  # others read the same file
        packed = self._file.read(min(_INPUT_BYTES, self._folder.packed_bytes - self._packed_bytes))
        self._packed_bytes += len(packed)
        return packed


def _decompressor(folder: Folder, budget: Budget) -> _Decompressor:
    """Return what unpacks a folder.

    Raises
    ------
    DirectoryError
        When it was packed by a method that the standard library does not have.
    """
    if not folder.is_chain:
        raise DirectoryError("was packed by several methods at once, which is not read")
    methods = [coder.method for coder in folder.coders]
    if methods == [_COPY]:
        return _Inflate(None)
    if methods == [_DEFLATE]:
        return _Inflate(zlib.decompressobj(-zlib.MAX_WBITS))
    if methods == [_BZIP2]:
        return bz2.BZ2Decompressor()
    filters = [_filter(coder, folder.unpacked_bytes) for coder in folder.coders]
    if max(each.get("dict_size", 0) for each in filters) > budget.limits.xz_memory_bytes:
        raise DirectoryError("needs much memory")
    return lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=filters)


def _filter(coder: Coder, unpacked_bytes: int) -> dict[str, int]:
    """Return a coder as a filter of `lzma`, whose dictionary is no larger than what it unpacks."""
    given = coder.properties
    most = max(4_096, unpacked_bytes)
    if coder.method == _LZMA and len(given) == 5:
        rest, lc = divmod(given[0], 9)
        pb, lp = divmod(rest, 5)
        size = min(whole(given[1:]), most)
        return {"id": lzma.FILTER_LZMA1, "dict_size": size, "lc": lc, "lp": lp, "pb": pb}
    if coder.method == _LZMA2 and len(given) == 1 and given[0] <= _MOST_DICTIONARY_CODE:
        size = (2 | given[0] & 1) << given[0] // 2 + 11
        return {"id": lzma.FILTER_LZMA2, "dict_size": min(size, most)}
    if coder.method == _DELTA and len(given) == 1:
        return {"id": lzma.FILTER_DELTA, "dist": given[0] + 1}
    if coder.method in _BRANCHES and not given:
        return {"id": _BRANCHES[coder.method]}
    raise DirectoryError(f"was packed by the method {coder.method.hex()}, which is not read")
