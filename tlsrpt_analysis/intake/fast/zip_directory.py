"""The directory of a zip, read in one go where it is plain, and by `zipfile` where it is not."""

import io
import re
import zipfile
from collections.abc import Sequence
from contextlib import closing
from itertools import starmap
from struct import Struct
from typing import BinaryIO, cast

import msgspec
import numpy as np
import numpy.typing as npt

from tlsrpt_analysis.intake.fast.files import LARGEST_FILE
from tlsrpt_analysis.intake.fast.members import Odd
from tlsrpt_analysis.intake.limits import Limits
from tlsrpt_analysis.intake.wrappings import archives
from tlsrpt_analysis.intake.wrappings.streams import LONGEST_NAME

ODD = -1
"""In the place of the method of packing: a member that only the judge can read."""

_END = Struct("<4s4H2LH")
_LOCATOR = Struct("<4sLQL")
_LARGE_END = Struct("<4sQ2H2L4Q")
_HARMLESS_FLAGS = 0x80E  # how hard it was packed, sizes behind the data, names in UTF-8
_HARMLESS_EXTRA = re.compile(  # times and owners, of Info-ZIP and Go, and of 7-Zip
    rb"(?:UT\x05\0.{5})?(?:ux\x0b\0.{11})?|\x0a\0\x20\0.{32}", re.DOTALL
)
_PLAIN_NAMES = re.compile(rb"[ -\[\]-~]+")  # ASCII that can be shown, without the backslash
_NEWEST_VERSION = 45  # of the format: with zip64
_ENTRY = b"PK\x01\x02"
_FIELDS = np.dtype(
    [
        ("system", "<u2"),
        ("version", "<u2"),
        ("flags", "<u2"),
        ("method", "<u2"),
        ("changed", "<u4"),
        ("crc", "<u4"),
        ("packed_size", "<u4"),
        ("size", "<u4"),
        ("name_size", "<u2"),
        ("extra_size", "<u2"),
        ("comment_size", "<u2"),
        ("disk", "<u2"),
        ("attributes", "<u2"),
        ("mode", "<u4"),
        ("start", "<u4"),
    ]
)

Integers = npt.NDArray[np.int64]


class ZipEntry(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """A member as the directory tells it; a folder has no size, whatever it claims.

    `end` is where the next member or the directory starts.
    """

    name: bytes
    method: int
    crc: int
    packed_size: int
    size: int
    start: int
    end: int


def zip_entries(file: "io.BufferedReader[io.RawIOBase]", limits: Limits) -> list[ZipEntry]:
    """Give the members of a zip in the order of its directory.

    Raises
    ------
    Odd, OSError
        When it cannot be opened: the judge tells what is wrong with it.
    """
    found = _plain_entries(file, limits)
    return _any_entries(file, limits) if found is None else found


def _plain_entries(
    file: "io.BufferedReader[io.RawIOBase]", limits: Limits
) -> list[ZipEntry] | None:
    place = _directory_place(file)
    if place is None:
        return None
    start, size, count = place
    if not 0 < size <= limits.header_bytes:
        return None
    file.seek(start)
    content = file.read(size)
    first, *parts = content.split(_ENTRY)
    fixed = b"".join([part[: _FIELDS.itemsize] for part in parts])
    if first or len(content) < size or len(parts) != count:
        return None
    if len(fixed) != count * _FIELDS.itemsize:
        return None
    fields = np.frombuffer(fixed, _FIELDS)
    names = _plain_names(parts, fields)
    if names is None:
        return None
    columns = [fields[name].astype(np.int64) for name in _COLUMNS]
    return _entries(names, columns, start)


_COLUMNS = ("flags", "method", "crc", "packed_size", "size", "start")


def _directory_place(file: "io.BufferedReader[io.RawIOBase]") -> tuple[int, int, int] | None:
    """Give start and size of the directory, and the number of members, if all is as usual."""
    length = file.seek(0, io.SEEK_END)
    tail_size = _LARGE_END.size + _LOCATOR.size + _END.size
    file.seek(max(0, length - tail_size))
    tail = file.read(tail_size).rjust(tail_size, b"\0")
    magic, *disks, count, size, start, comment_size = _END.unpack(tail[-_END.size :])
    end = length - _END.size
    if magic != b"PK\x05\x06" or disks != [0, 0, count] or comment_size:
        return None
    if tail.startswith(b"PK\x06\x07", _LARGE_END.size):
        end -= _LARGE_END.size + _LOCATOR.size
        _, disk, place, disk_count = _LOCATOR.unpack_from(tail, _LARGE_END.size)
        magic, own_size, _, _, *disks, count, size, start = _LARGE_END.unpack_from(tail)
        is_usual = magic == b"PK\x06\x06" and own_size == _LARGE_END.size - 12
        if not is_usual or (disk, disk_count, place) != (0, 1, end) or disks != [0, 0, count]:
            return None
    return (start, size, count) if start + size == end else None


def _plain_names(
    parts: list[bytes], fields: "np.ndarray[tuple[int], np.dtype[np.void]]"
) -> list[bytes] | None:
    """Give the names, unless anything in the directory may have a second meaning."""
    name_sizes, extra_sizes = fields["name_size"], fields["extra_size"]
    sizes = _FIELDS.itemsize + name_sizes.astype(np.int64) + extra_sizes
    if (
        fields["comment_size"].any()
        or fields["disk"].any()
        or (fields["version"] > _NEWEST_VERSION).any()
        or not name_sizes.all()
        or (name_sizes > LONGEST_NAME).any()
        or (np.fromiter(map(len, parts), np.int64, len(parts)) != sizes).any()
    ):
        return None
    names = [part[_FIELDS.itemsize :] for part in parts]
    if extra_sizes.any():
        pairs = list(zip(names, name_sizes.tolist(), strict=True))
        if not all(_HARMLESS_EXTRA.fullmatch(name, size) for name, size in pairs):
            return None
        names = [name[:size] for name, size in pairs]
    return names if _PLAIN_NAMES.fullmatch(b"".join(names)) else None


def _any_entries(file: "io.BufferedReader[io.RawIOBase]", limits: Limits) -> list[ZipEntry]:
    frugal = cast("BinaryIO", archives.Frugal(cast("BinaryIO", file), limits.header_bytes))
    try:
        archive = zipfile.ZipFile(frugal)
    except Exception as error:  # the judge tells what is wrong with it
        raise Odd from error
    with closing(archive):
        infos = archive.infolist()
        names = [info.filename.encode(errors="replace") for info in infos]
        numbers = [
            (
                info.flag_bits if _is_plain(name, info) else ODD,
                info.compress_type,
                info.CRC,
                info.compress_size,
                info.file_size,
                info.header_offset,
            )
            for name, info in zip(names, infos, strict=True)
        ]
        try:
            columns = np.array(numbers, np.int64).reshape(-1, len(_COLUMNS)).T
        except OverflowError as error:  # places of 64 bits
            raise Odd from error
        return _entries(names, list(columns), archive.start_dir)


def _is_plain(name: bytes, info: zipfile.ZipInfo) -> bool:
    """Tell whether a name is shown as it stands in the zip."""
    is_shown = len(name) <= LONGEST_NAME and _PLAIN_NAMES.fullmatch(name) is not None
    return is_shown and info.filename == info.orig_filename


def _entries(
    names: list[bytes], columns: Sequence[Integers], directory_start: int
) -> list[ZipEntry]:
    flags, methods, crcs, packed_sizes, sizes, starts = columns
    if b"/\n" in b"\n".join([*names, b""]):
        sizes = np.where([name.endswith(b"/") for name in names], 0, sizes)
    is_odd = (
        (flags & ~_HARMLESS_FLAGS != 0)
        | ~np.isin(methods, (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED))
        | ((methods == zipfile.ZIP_STORED) & (packed_sizes != sizes))
        | (np.minimum(packed_sizes, sizes) <= 0)
        | (np.maximum(packed_sizes, sizes) >= LARGEST_FILE)
        | (starts < 0)
    )
    order = np.argsort(starts, kind="stable")
    ends = np.empty_like(starts)
    ends[order] = np.append(starts[order][1:], directory_start)
    numbers = (
        np.where(is_odd, ODD, methods),
        crcs,
        packed_sizes,
        sizes,
        starts,
        ends,
    )
    lists = [column.tolist() for column in numbers]
    return list(starmap(ZipEntry, zip(names, *lists, strict=True)))
