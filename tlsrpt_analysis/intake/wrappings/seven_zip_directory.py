"""The directory of a 7z archive: which files lie in which packed stream, and how it was packed.

The format is that of ``DOC/7zFormat.txt`` in the LZMA SDK.
"""

from collections.abc import Callable
from dataclasses import dataclass

from tlsrpt_analysis.intake.wrappings.seven_zip_numbers import DirectoryError, Reader

HEADER_BYTES = 32

_END, _HEADER, _ARCHIVE_PROPERTIES, _ADDITIONAL, _MAIN_STREAMS, _FILES = range(6)
_PACK_INFO, _UNPACK_INFO, _SUBSTREAMS_INFO, _SIZES, _DIGESTS, _FOLDERS = range(6, 12)
_UNPACKED_SIZES, _STREAM_COUNTS, _EMPTY_STREAMS, _EMPTY_FILES = range(12, 16)
_NAMES, _ENCODED_HEADER = 0x11, 0x17
_MOST_STREAMS = 32
"""Streams between the coders of one folder; 7-Zip writes at most seven."""


@dataclass(frozen=True, slots=True)
class Coder:
    """One step of packing: its method and its properties."""

    method: bytes
    properties: bytes
    is_simple: bool


@dataclass(frozen=True, slots=True)
class Folder:
    """One packed stream: where it lies, how it was packed, and how long it is unpacked."""

    offset: int
    packed_bytes: int
    coders: tuple[Coder, ...]
    unpacked_bytes: int
    is_chain: bool


@dataclass(frozen=True, slots=True)
class Entry:
    """A file: its name, its size, and its checksum if there is one; a folder has no size."""

    name: str
    size: int | None
    checksum: int | None


@dataclass(frozen=True, slots=True)
class Directory:
    """The files of each packed stream, in their order there; the last has those that are empty."""

    folders: tuple[tuple[Folder, tuple[Entry, ...]], ...]
    empty: tuple[Entry, ...]


def packed_directory(content: bytes, check_count: Callable[[int], object]) -> Folder | None:
    """Return the packed stream that holds the directory itself, if it is packed."""
    reader = Reader(content)
    if reader.byte() != _ENCODED_HEADER:
        return None
    streams = _streams(reader, check_count)
    if len(streams.folders) != 1:
        raise DirectoryError("its directory is packed in an odd way")
    return streams.folders[0]


def read_directory(content: bytes, check_count: Callable[[int], object]) -> Directory:
    """Read a directory that is not packed; ``check_count`` refuses too many files or folders.

    Raises
    ------
    DirectoryError
        When it is damaged.
    """
    reader = Reader(content)
    if reader.byte() != _HEADER:
        raise DirectoryError("its directory is damaged")
    streams, files = _Streams((), (), ()), _Files((), frozenset(), frozenset())
    while (kind := reader.number()) != _END:
        if kind == _MAIN_STREAMS:
            streams = _streams(reader, check_count)
        elif kind == _FILES:
            files = _files(reader, check_count)
        else:  # properties of the archive, and streams that nobody writes
            raise DirectoryError(f"its directory has a part of an unknown kind ({kind})")
    return _joined(streams, files)


@dataclass(frozen=True, slots=True)
class _Streams:
    folders: tuple[Folder, ...]
    sizes: tuple[tuple[int, ...], ...]
    checksums: tuple[int | None, ...]


@dataclass(frozen=True, slots=True)
class _Files:
    names: tuple[str, ...]
    without_stream: frozenset[int]
    empty: frozenset[int]


def _streams(reader: Reader, check_count: Callable[[int], object]) -> _Streams:
    offset = HEADER_BYTES
    packed: list[int] = []
    folders: list[Folder] = []
    sizes: list[tuple[int, ...]] | None = None
    checksums: list[int | None] = []
    while (kind := reader.number()) != _END:
        if kind == _PACK_INFO:
            offset, packed = _packed_sizes(reader)
        elif kind == _UNPACK_INFO:
            folders, checksums = _folders(reader, offset, packed, check_count)
        elif kind == _SUBSTREAMS_INFO:
            sizes, checksums = _substreams(reader, folders, checksums)
        else:
            raise DirectoryError(f"its directory has a part of an unknown kind ({kind})")
    alone = [(each.unpacked_bytes,) for each in folders]
    return _Streams(tuple(folders), tuple(alone if sizes is None else sizes), tuple(checksums))


def _packed_sizes(reader: Reader) -> tuple[int, list[int]]:
    offset, count = HEADER_BYTES + reader.number(), reader.count()
    sizes: list[int] = []
    while (kind := reader.number()) != _END:
        if kind == _SIZES:
            sizes = [reader.number() for _ in range(count)]
        elif kind == _DIGESTS:
            reader.digests(count)
        else:
            raise DirectoryError("its sizes are damaged")
    return offset, sizes


def _folders(
    reader: Reader, offset: int, packed: list[int], check_count: Callable[[int], object]
) -> tuple[list[Folder], list[int | None]]:
    if reader.number() != _FOLDERS:
        raise DirectoryError("its streams are damaged")
    check_count(count := reader.count())
    if reader.byte():
        raise DirectoryError("its streams are described elsewhere, which is not read")
    drafts = [_draft(reader) for _ in range(count)]
    if reader.number() != _UNPACKED_SIZES:
        raise DirectoryError("its streams have no sizes")
    folders: list[Folder] = []
    used = 0
    for draft in drafts:
        sizes = [reader.number() for _ in range(draft.outputs)]
        main = sizes[draft.main_output]
        size = sum(packed[used : used + draft.inputs])
        folders.append(Folder(offset, size, draft.coders, main, draft.is_chain))
        offset, used = offset + size, used + draft.inputs
    if used > len(packed):
        raise DirectoryError("its streams are more than its sizes")
    checksums: list[int | None] = [None] * count
    while (kind := reader.number()) != _END:
        if kind != _DIGESTS:
            raise DirectoryError("its streams are damaged")
        checksums = reader.digests(count)
    return folders, checksums


@dataclass(frozen=True, slots=True)
class _Draft:
    """The coders of a folder, and how many streams come out of them and go in."""

    coders: tuple[Coder, ...]
    outputs: int
    main_output: int
    inputs: int
    is_chain: bool


def _draft(reader: Reader) -> _Draft:
    coders, outputs, inputs = [], 0, 0
    count = reader.count()
    if not 0 < count <= _MOST_STREAMS:
        raise _odd()
    for _ in range(count):
        flags = reader.byte()
        method = reader.take(flags & 0x0F)
        streams = (reader.count(), reader.count()) if flags & 0x10 else (1, 1)
        properties = reader.take(reader.count()) if flags & 0x20 else b""
        coders.append(Coder(method, properties, streams == (1, 1)))
        inputs, outputs = inputs + streams[0], outputs + streams[1]
    if max(inputs, outputs) > _MOST_STREAMS:
        raise _odd()
    bound = [(reader.number(), reader.number()) for _ in range(outputs - 1)]
    packed = inputs - len(bound)
    if packed < 1:
        raise _odd()
    for _ in range(packed if packed > 1 else 0):
        reader.number()
    outer = set(range(outputs)).difference(output for _, output in bound)
    if len(outer) != 1:
        raise _odd()
    order = _order(outer.pop(), dict(bound), count)
    is_chain = len(order) == count and all(each.is_simple for each in coders)
    ordered = [coders[place] for place in order] if is_chain else coders
    return _Draft(tuple(ordered), outputs, order[0], packed, is_chain)


def _odd() -> DirectoryError:
    return DirectoryError("it was packed in an odd way")


def _order(outermost: int, bound: dict[int, int], count: int) -> list[int]:
    """Return the coders, each of one stream, in the order in which they packed."""
    order = [outermost]
    while len(order) < count and order[-1] in bound:
        order.append(bound[order[-1]])
    return order


def _substreams(
    reader: Reader, folders: list[Folder], of_folders: list[int | None]
) -> tuple[list[tuple[int, ...]], list[int | None]]:
    counts = [1] * len(folders)
    kind = reader.number()
    if kind == _STREAM_COUNTS:
        counts = [reader.count() for _ in folders]
        kind = reader.number()
    has_sizes = kind == _SIZES
    sizes = []
    for folder, count in zip(folders, counts, strict=True):
        first = [reader.number() for _ in range(count - 1)] if has_sizes else []
        if count and (len(first) != count - 1 or sum(first) > folder.unpacked_bytes):
            raise DirectoryError("its sizes are damaged")
        sizes.append((*first, folder.unpacked_bytes - sum(first)) if count else ())
    kind = reader.number() if has_sizes else kind
    known = [
        of_folders[place] if count == 1 else None
        for place, count in enumerate(counts)
        for _ in range(count)
    ]
    while kind != _END:
        if kind != _DIGESTS:
            raise DirectoryError("its sizes are damaged")
        missing = [place for place, each in enumerate(known) if each is None]
        for place, digest in zip(missing, reader.digests(len(missing)), strict=True):
            known[place] = digest
        kind = reader.number()
    return sizes, known


def _files(reader: Reader, check_count: Callable[[int], object]) -> _Files:
    check_count(count := reader.count())
    names: tuple[str, ...] = ()
    without, empty = [False] * count, [False] * count
    while (kind := reader.number()) != _END:
        part = Reader(reader.take(reader.number()))
        if kind == _EMPTY_STREAMS:
            without = part.bits(count)
        elif kind == _EMPTY_FILES:
            places = [place for place, is_without in enumerate(without) if is_without]
            for place, is_empty in zip(places, part.bits(len(places)), strict=True):
                empty[place] = is_empty
        elif kind == _NAMES:
            names = _names(part, count)
    if len(names) != count:
        raise DirectoryError("its files have no names")
    return _Files(names, _places(without), _places(empty))


def _places(values: list[bool]) -> frozenset[int]:
    return frozenset(place for place, value in enumerate(values) if value)


def _names(part: Reader, count: int) -> tuple[str, ...]:
    if part.byte():
        raise DirectoryError("its names lie elsewhere, which is not read")
    letters = part.rest().decode("utf-16-le", "replace").split("\0")
    return tuple(letters[:-1]) if len(letters) == count + 1 else ()


def _joined(streams: _Streams, files: _Files) -> Directory:
    sizes = [size for each in streams.sizes for size in each]
    places = [place for place in range(len(files.names)) if place not in files.without_stream]
    if len(places) != len(sizes) or len(streams.checksums) != len(sizes):
        raise DirectoryError("its files and its streams do not fit")
    rows = iter(zip(places, sizes, streams.checksums, strict=True))
    folders = []
    for folder, each in zip(streams.folders, streams.sizes, strict=True):
        entries = [next(rows) for _ in each]
        named = tuple(Entry(files.names[place], size, crc) for place, size, crc in entries)
        folders.append((folder, named))
    empty = (Entry(files.names[place], 0, None) for place in sorted(files.empty))
    return Directory(tuple(folders), tuple(empty))
