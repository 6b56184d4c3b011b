"""Zips and tars of plain reports read at once; the judge reads on where anything is odd.

The judge is `tlsrpt_analysis.intake.documents`. It gives the same outcomes whenever it reads the
same file, so it begins anew and what was given already is left out of what it gives.
"""

import io
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from itertools import islice
from struct import Struct
from typing import BinaryIO, Self, cast

import deflate

from tlsrpt_analysis.intake import archives, json_documents, mail, packings, parsedmarc_output
from tlsrpt_analysis.intake.documents import read_content
from tlsrpt_analysis.intake.limits import Limits
from tlsrpt_analysis.intake.outcomes import Outcome
from tlsrpt_analysis.intake.plain_files import LARGEST_FILE, PlainRead, inflated
from tlsrpt_analysis.intake.plain_mails import plain_mail, read_mbox
from tlsrpt_analysis.intake.readable_files import Source
from tlsrpt_analysis.intake.streams import Stream, Used, member_name
from tlsrpt_analysis.standards.canonical_report import decode_canonical

PlainOutcome = PlainRead | Outcome

_READ_BYTES = 262_144
_PACKED_BYTES = 16_384  # as `packings` takes them, so that ratios are told at the same places
_GZIP = b"\x1f\x8b\x08"
_BLOCK = 512
_NUMBERS = re.compile(rb"(?:[0-7]{7}\0){3}([0-7]{11})\0[0-7]{11}\0([0-7]{6})\0 ")
_DEVICES = frozenset({bytes(16), b"0000000\0" * 2})
_LOCAL_HEADER = Struct("<4s22xHH")
_FARTHEST = 1 << 62  # where a file can be sought
_HARMLESS_FLAGS = 0x80E  # how hard it was packed, sizes behind the data, names in UTF-8


class Odd(Exception):  # noqa: N818 - nothing is wrong; the judge has to look at it
    """Something that is left to the judge."""


def read_archive(
    source: Source,
    limits: Limits,
    judged: Callable[[], Iterator[Outcome]],
    *,
    on_read: Callable[[int], object] | None = None,
    takes_mails: bool = True,
) -> Iterator[PlainOutcome]:
    """Read a file, which may be an archive of plain reports, and give what the judge gives.

    Parameters
    ----------
    source : Source
        A file on this disk.
    limits : Limits
        What it may cost.
    judged : callable
        Has the judge read it from its start.
    on_read : callable, optional
        Told how many bytes each reading takes from the disk.
    takes_mails : bool
        Whether mails are read here too; their signatures only the judge looks at.
    """
    given = 0
    try:
        for outcome in _plainly(source, Cost(limits, takes_mails=takes_mails), on_read):
            given += 1
            yield outcome
    except (Odd, OSError):
        pass
    else:
        if given:
            return
    yield from islice(judged(), given, None)


def _plainly(
    source: Source, cost: "Cost", on_read: Callable[[int], object] | None
) -> Iterator[PlainOutcome]:
    with io.BufferedReader(source.open(on_read=on_read), _READ_BYTES) as file:
        head = file.peek(mail.HEAD_BYTES)[: mail.HEAD_BYTES]
        if archives.is_zip(head) and not is_document(head):
            opened = cast("BinaryIO", file)
            with zip_members(opened, cost.limits) as archive:
                yield from unzipped(source.name, opened, archive.infolist(), cost)
            return
        if mail.is_mbox(head) and cost.takes_mails:
            yield from read_mbox(source.name, Stream(file.read), cost.limits)
            return
        is_packed = head.startswith(_GZIP)
        chunks = (
            _inflated(file, cost.limits) if is_packed else iter(lambda: file.read(_READ_BYTES), b"")
        )
        blocks = _Blocks(chunks)
        if not is_document(head) and _is_tar(blocks.peek()):
            yield from _untarred(source.name, blocks, cost)


def is_document(head: bytes) -> bool:
    """Tell whether bytes start as JSON, or as what parsedmarc wrote."""
    return parsedmarc_output.is_output(head) or json_documents.is_json(head)


def _is_tar(head: bytes) -> bool:
    """Look in the order of the judge."""
    return not (
        is_document(head)
        or packings.is_packed(head)
        or archives.is_zip(head)
        or mail.is_mbox(head)
        or mail.is_mail(head)
    ) and archives.is_tar(head)


class Cost:
    """What a source may still cost; who comes near the limits is left to the judge."""

    def __init__(self, limits: Limits, *, takes_mails: bool = False) -> None:
        self._bytes = limits.unpacked_bytes
        self._members = limits.archive_members
        self.limits = limits
        self.takes_mails = takes_mails

    @property
    def used(self) -> Used:
        """What it has cost so far."""
        limits = self.limits
        return Used(limits.unpacked_bytes - self._bytes, limits.archive_members - self._members)

    def unpack(self, count: int) -> None:
        """Count bytes that came out of a packing."""
        self._bytes -= count
        if self._bytes < 0:
            raise Odd

    def meet_member(self) -> None:
        """Count a member of an archive."""
        self._members -= 1
        if self._members < 0:
            raise Odd

    def read(self, name: str, content: bytes) -> Iterator[PlainOutcome]:
        """Read a member that is a JSON document, one gzip member of it, or a mail with one."""
        if self.takes_mails and (read := plain_mail(name, content)) is not None:
            self.unpack(read.unpacked_bytes)
            yield read
            return
        document = content if content.startswith(b"{") else inflated(content)
        if document is None:
            raise Odd
        if document is not content:
            self.unpack(len(document))
        if (report := decode_canonical(document)) is not None:
            yield PlainRead(name, report)
        elif json_documents.is_json(bytes(document[: mail.HEAD_BYTES])):
            yield from read_content(name, content, self.limits)
        else:
            raise Odd


@contextmanager
def zip_members(file: BinaryIO, limits: Limits) -> Iterator[zipfile.ZipFile]:
    """Open a zip to look at its directory; one that cannot be opened is odd."""
    try:
        archive = zipfile.ZipFile(cast("BinaryIO", archives.Frugal(file, limits.header_bytes)))
    except Exception as error:  # the judge tells what is wrong with it
        raise Odd from error
    with closing(archive):
        yield archive


def unzipped(
    name: str, file: BinaryIO, infos: list[zipfile.ZipInfo], cost: Cost
) -> Iterator[PlainOutcome]:
    """Read members of a zip."""
    for info in infos:
        cost.meet_member()
        if not info.filename.endswith("/"):
            content = _zip_member(file, info)
            cost.unpack(len(content))
            yield from cost.read(member_name(name, info.filename), content)


def _zip_member(file: BinaryIO, info: zipfile.ZipInfo) -> bytes:
    size, packed_size, name = info.file_size, info.compress_size, info.orig_filename
    if (
        info.flag_bits & ~_HARMLESS_FLAGS
        or not (0 < size < LARGEST_FILE and 0 < packed_size < LARGEST_FILE)
        or not 0 <= info.header_offset < _FARTHEST
        or not name.isascii()
    ):
        raise Odd
    file.seek(info.header_offset)
    header = file.read(_LOCAL_HEADER.size)
    if len(header) < _LOCAL_HEADER.size:
        raise Odd
    magic, name_size, extra_size = _LOCAL_HEADER.unpack(header)
    rest = file.read(name_size + extra_size + packed_size)
    packed = rest[name_size + extra_size :]
    if magic != b"PK\x03\x04" or rest[:name_size] != name.encode() or len(packed) < packed_size:
        raise Odd
    end = getattr(info, "_end_offset", None)  # newer releases of Python refuse what overlaps
    if end is not None and info.header_offset + len(header) + len(rest) > end:
        raise Odd
    content = _unpacked(packed, info.compress_type, size)
    if len(content) != size or deflate.crc32(content) != info.CRC:
        raise Odd
    return content


def _unpacked(packed: bytes, method: int, size: int) -> bytes:
    if method == zipfile.ZIP_STORED:
        return packed
    if method != zipfile.ZIP_DEFLATED:
        raise Odd
    try:
        return bytes(deflate.deflate_decompress(packed, size))
    except (deflate.DeflateError, ValueError) as error:
        raise Odd from error


def _inflated(file: BinaryIO | io.BufferedReader, limits: Limits) -> Iterator[bytes]:
    """Inflate one gzip member; a chunk is given when the next has come out well.

    So nothing is given that is so near to damage that the judge, which reads other amounts, may
    lose it.
    """
    inflate = zlib.decompressobj(wbits=31)  # gzip with its checksum
    cost = Cost(limits)
    cost.unpack(limits.unpacked_bytes // 2)
    packed_bytes = unpacked_bytes = 0
    ahead = b""
    while packed := file.read(_PACKED_BYTES):
        try:
            chunk = inflate.decompress(packed)
        except zlib.error as error:
            raise Odd from error
        packed_bytes += len(packed)
        unpacked_bytes += len(chunk)
        cost.unpack(len(chunk))
        most = max(limits.ratio_free_bytes, limits.inflation_ratio * packed_bytes)
        if inflate.unused_data or unpacked_bytes > most:
            raise Odd
        yield ahead
        ahead = chunk
    if not inflate.eof:
        raise Odd
    yield ahead


class _Blocks:
    """Bytes that come in chunks, to be taken in other amounts."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._buffer = b""
        self._place = 0

    def _fill(self, size: int) -> None:
        parts = [self._buffer[self._place :]]
        missing = size - len(parts[0])
        while missing > 0 and (chunk := next(self._chunks, None)) is not None:
            parts.append(chunk)
            missing -= len(chunk)
        self._buffer, self._place = b"".join(parts), 0

    def peek(self) -> bytes:
        """Look at as many bytes as the judge does to tell what it is."""
        self._fill(mail.HEAD_BYTES)
        return self._buffer[: mail.HEAD_BYTES]

    def read(self, size: int) -> bytes:
        """Take so many bytes; fewer are odd."""
        if len(self._buffer) - self._place < size:
            self._fill(size)
        start = self._place
        content = self._buffer[start : start + size]
        if len(content) < size:
            raise Odd
        self._place = start + size
        return content


class _TarHeader:
    """A header of tar as every writer makes it for a file or a folder with a short name."""

    __slots__ = ("is_folder", "name", "size")

    def __init__(self, name: str, size: int, *, is_folder: bool) -> None:
        self.name = name
        self.size = size
        self.is_folder = is_folder

    @classmethod
    def of(cls, block: bytes) -> Self:
        """Read a block of 512 bytes."""
        numbers = _NUMBERS.fullmatch(block, 100, 156)
        kind = block[156:157]
        if (
            numbers is None
            or kind not in (b"0", b"5")
            or block[345]  # the folder of a long name stands there
            or block[329:345] not in _DEVICES
            or 256 + sum(block) - sum(block[148:156]) != int(numbers[2], 8)
        ):
            raise Odd
        name, size = block[:100].rstrip(b"\0"), int(numbers[1], 8)
        is_folder = kind == b"5"
        if not name or b"\0" in name or not name.isascii() or (is_folder and size):
            raise Odd
        return cls(name.decode(), size, is_folder=is_folder)


def _untarred(name: str, blocks: _Blocks, cost: Cost) -> Iterator[PlainOutcome]:
    cost.unpack(cost.limits.unpacked_bytes // 2)  # the other half is for the tar itself
    while any(block := blocks.read(_BLOCK)):
        header = _TarHeader.of(block)
        cost.meet_member()
        if header.is_folder:
            continue
        if not 0 < header.size < LARGEST_FILE:
            raise Odd
        content = blocks.read(-(-header.size // _BLOCK) * _BLOCK)[: header.size]
        yield from cost.read(member_name(name, header.name), content)
