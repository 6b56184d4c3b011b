"""Packed data inflated while it is read: gzip, bzip2, xz and Zstandard, detected by their first bytes."""

import bz2
import lzma
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from tlsrpt_analysis.intake.wrappings.streams import ASK_AGAIN, Budget, Stream, Unreadable
from tlsrpt_analysis.intake.wrappings.zstandard import ZstandardReader, is_zstandard

_BZIP2_BLOCKS = (b"1AY&SY", b"\x17\x72\x45\x38\x50\x90")  # a block or, if it is empty, the end
_DAMAGE = (zlib.error, lzma.LZMAError, EOFError, OSError, ValueError)
_INPUT_BYTES = 16_384
MOST_EMPTY_MEMBERS = 1_000
"""Members of packed data, one after another, that unpack to nothing; nobody packs that."""


def is_packed(head: bytes) -> bool:
    """Whether bytes start as gzip, bzip2, xz or Zstandard data."""
    return _packing(head) is not None or is_zstandard(head)


def unpacked(stream: Stream, budget: Budget) -> Stream:
    """Return the unpacked bytes of all members of packed data, inflated while read.

    Zeros after the last member are padding; anything else there is ignored, as gzip does, and is
    a leniency of the stream.
    """
    if is_zstandard(stream.peek(16)):
        return Stream(ZstandardReader(stream, budget).read, leniencies=stream.leniencies)
    packing = _packing(stream.peek(16))
    if packing is None:
        raise ValueError("only data for which is_packed is true can be unpacked")
    inflating = _Inflating(stream, packing, budget)
    return Stream(inflating.read, leniencies=stream.leniencies)


class _Packing(Protocol):
    """A decompressor as in `bz2` and `lzma`."""

    @property
    def eof(self) -> bool: ...

    @property
    def needs_input(self) -> bool: ...

    @property
    def unused_data(self) -> bytes: ...

    def decompress(self, data: bytes, max_length: int = -1) -> bytes: ...


class _Gunzip:
    """A decompressor for one gzip member with the interface of `bz2` and `lzma`."""

    def __init__(self) -> None:
        self._inflate = zlib.decompressobj(wbits=31)  # gzip with its checksum

    @property
    def eof(self) -> bool:
        return self._inflate.eof

    @property
    def needs_input(self) -> bool:
        return not self._inflate.unconsumed_tail

    @property
    def unused_data(self) -> bytes:
        return self._inflate.unused_data

    def decompress(self, data: bytes, max_length: int) -> bytes:
        return self._inflate.decompress(self._inflate.unconsumed_tail + data, max_length)


@dataclass(frozen=True, slots=True)
class _Format:
    name: str
    magic: bytes
    make: Callable[[int], "_Packing | _Gunzip"]


_FORMATS = (
    _Format("gzip", b"\x1f\x8b\x08", lambda _: _Gunzip()),
    _Format("bzip2", b"BZh", lambda _: bz2.BZ2Decompressor()),
    _Format("xz", b"\xfd7zXZ\x00", lambda memory: lzma.LZMADecompressor(lzma.FORMAT_XZ, memory)),
)


def _packing(head: bytes) -> _Format | None:
    for packing in _FORMATS:
        if head.startswith(packing.magic):
            is_text = packing.name == "bzip2" and head[4:10] not in _BZIP2_BLOCKS
            return None if is_text else packing
    return None


class _Inflating:
    """Reads the members of packed data one after another."""

    def __init__(self, packed: Stream, packing: _Format, budget: Budget) -> None:
        self._packed = packed
        self._packing = packing
        self._budget = budget
        self._waiting = b""
        self._packed_bytes = self._unpacked_bytes = self._empty_members = 0
        self._member = self._new_member()
        self._has_ended = False

    def read(self, size: int) -> bytes:
        while not self._has_ended:
            if self._member.eof and not self._has_next_member():
                self._has_ended = True
            elif chunk := self._inflated(size):
                self._budget.unpack(len(chunk))
                self._unpacked_bytes += len(chunk)
                self._empty_members = 0
                self._budget.check_ratio(self._packed_bytes, self._unpacked_bytes)
                return chunk
        return b""

    def _inflated(self, size: int) -> bytes:
        data, self._waiting = self._waiting, b""
        has_ended = False
        if not data and self._member.needs_input:
            data = self._packed.read(_INPUT_BYTES)
            self._packed_bytes += len(data)
            has_ended = not data
        try:
            chunk = self._member.decompress(data, size)
        except _DAMAGE as error:
            raise Unreadable(
                "archive", f"the {self._packing.name} data is damaged ({error}): {ASK_AGAIN}"
            ) from error
        if has_ended and not chunk and not self._member.eof:
            raise Unreadable("archive", f"the {self._packing.name} data is cut off: {ASK_AGAIN}")
        return chunk

    def _has_next_member(self) -> bool:
        rest = self._member.unused_data.lstrip(b"\0")  # padding, as tapes and some mailers leave it
        while len(rest) < len(self._packing.magic) and (more := self._packed.read(_INPUT_BYTES)):
            self._packed_bytes += len(more)
            rest = (rest + more).lstrip(b"\0")
        if not rest.startswith(self._packing.magic):
            if rest:  # virus scanners and mailing lists add text
                self._packed.leniencies.append(f"something follows the {self._packing.name} data")
            return False
        self._member, self._waiting = self._new_member(), rest
        self._empty_members += 1  # until something comes out of it
        if self._empty_members > MOST_EMPTY_MEMBERS:
            raise self._budget.refusal(
                f"it has more than {MOST_EMPTY_MEMBERS:,} empty {self._packing.name} members in a"
                " row, as a bomb has; the rest was not read"
            )
        return True

    def _new_member(self) -> "_Packing | _Gunzip":
        return self._packing.make(self._budget.limits.xz_memory_bytes)
