"""Sources read by several processes, or by the workers of a Dask cluster, in the order of one."""

import gc
import os
import signal
import sys
import warnings
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace
from multiprocessing import get_context
from typing import TYPE_CHECKING, Protocol, TypeGuard, cast

from tlsrpt_analysis.intake.fast.mbox_pieces import PIECE_BYTES, MboxPiece, mbox_pieces
from tlsrpt_analysis.intake.fast.tar_pieces import TarPiece, is_tar_file, tar_pieces
from tlsrpt_analysis.intake.fast.zip_pieces import ZipPiece, is_zip_file, zip_pieces
from tlsrpt_analysis.intake.limits import DEFAULT_LIMITS
from tlsrpt_analysis.intake.sources.walk import Source
from tlsrpt_analysis.intake.wrappings.streams import Used
from tlsrpt_analysis.loading.batches import Batch
from tlsrpt_analysis.loading.reading import (
    FoundSource,
    Gathered,
    PieceRead,
    Reached,
    ReadingOptions,
    gathered,
    read_mbox_piece,
    read_piece_of_archive,
    read_rest,
)
from tlsrpt_analysis.loading.sources_ahead import SourcesAhead

if TYPE_CHECKING:
    from distributed import Client

FEWEST_SOURCES = 10_000
"""With fewer files than this, and fewer than `FEWEST_BYTES`, a second process saves nothing."""

FEWEST_BYTES = 20_000_000

CHUNK_SOURCES = 1_000
CHUNK_BYTES = 20_000_000
"""What one worker reads at a time, unless one file is larger and cannot be split."""

LOOK_SOURCES = 100
"""How many more sources are found before the next check whether a chunk has been read."""

LARGE_FILE = 2 * PIECE_BYTES
"""An mbox, zip or tar of at least this many bytes is split into pieces."""

Read = Callable[[int], object]
ChunkRead = list[Gathered] | PieceRead


class SourceChunk:
    """Sources that one worker reads; they are pickled as lists of texts, at a tenth of the cost."""

    __slots__ = ("sources",)

    def __init__(self, sources: list[FoundSource]) -> None:
        self.sources = sources

    def __reduce__(self) -> tuple[Callable[..., object], tuple[object, ...]]:
        """Pickle the fields of all sources as lists rather than each source."""
        plain = [source for source in self.sources if type(source) is Source]
        if len(plain) < len(self.sources):
            return SourceChunk, (self.sources,)
        names, paths = [source.name for source in plain], [source.path for source in plain]
        sizes = [source.size for source in plain]
        return _chunk_of_files, (None if names == paths else names, paths, sizes)


def _chunk_of_files(names: list[str] | None, paths: list[str], sizes: list[int]) -> SourceChunk:
    return SourceChunk(list(map(Source, paths if names is None else names, paths, sizes)))


Piece = MboxPiece | ZipPiece | TarPiece
Chunk = SourceChunk | Piece


class Work:
    """The chunks that are read, for which large files are split into pieces."""

    def __init__(self, options: ReadingOptions) -> None:
        self.options = options

    def chunks(self, sources: Iterable[FoundSource]) -> Iterator[Chunk]:
        """Split the sources into chunks that one worker reads at a time, in order."""
        group: list[FoundSource] = []
        size = 0
        for source in sources:
            pieces = self._pieces(source) if self._can_be_cut(source) else None
            if pieces is None:
                group.append(source)
                size += source.size if isinstance(source, Source) else 0
            if group and (pieces or len(group) >= CHUNK_SOURCES or size >= CHUNK_BYTES):
                yield SourceChunk(group)
                group, size = [], 0
            if pieces is not None:
                yield from pieces
        if group:
            yield SourceChunk(group)

    def _can_be_cut(self, source: FoundSource) -> TypeGuard[Source]:
        return (
            type(source) is Source
            and source.size >= LARGE_FILE
            and self.options.limits == DEFAULT_LIMITS
            and self.options.rules.authentication is None
        )

    def _pieces(self, source: Source) -> Iterator[Piece] | None:
        limits = self.options.limits
        return mbox_pieces(source) or zip_pieces(source, limits) or tar_pieces(source, limits)

    def read(self, chunk: Chunk) -> ChunkRead:
        """Read a chunk in this process."""
        if isinstance(chunk, MboxPiece):
            return read_mbox_piece(chunk, self.options, Used())
        if isinstance(chunk, ZipPiece | TarPiece):
            return read_piece_of_archive(chunk, self.options)
        return read_chunk(chunk.sources, self.options)


class Pending(Protocol):
    """A chunk that another process is reading."""

    def done(self) -> bool:
        """Whether it has been read."""
        ...

    def result(self) -> ChunkRead:
        """Wait for it and return what was read."""
        ...


def worker_count(workers: int | None, sources: SourcesAhead) -> int:
    """Return the number of processes: as requested, or one per core if the input is large."""
    first = sources.peek(2 if workers else FEWEST_SOURCES)
    files = [source for source in first if isinstance(source, Source)]
    if len(first) == 1 and files and not _is_cut(files[0]):
        return 1  # a second process would have nothing to read
    if workers is not None:
        return max(1, workers)
    is_large = len(files) >= FEWEST_SOURCES or sum(file.size for file in files) >= FEWEST_BYTES
    # on other systems a new process runs the user's script again, unless it is guarded
    return len(os.sched_getaffinity(0)) if is_large and sys.platform == "linux" else 1


def _is_cut(source: Source) -> bool:
    if type(source) is not Source or source.size < LARGE_FILE:
        return False
    return (
        mbox_pieces(source) is not None
        or is_zip_file(source)
        or is_tar_file(source, DEFAULT_LIMITS)
    )


def in_processes(
    sources: SourcesAhead, options: ReadingOptions, workers: int, *, on_read: Read
) -> Generator[Gathered, None, None]:
    """Read chunks of sources in processes; chunks of a killed process are read in this one.

    While they read the first sources, this process looks for more.
    """
    work = Work(options)
    context = get_context("fork" if sys.platform == "linux" else "spawn")
    pool = ProcessPoolExecutor(workers, context, initializer=_begin, initargs=(work,))

    def submit(chunk: Chunk) -> Pending:
        with warnings.catch_warnings():  # from 3.12 on Python warns of a fork beside threads
            warnings.simplefilter("ignore", DeprecationWarning)
            try:
                return _InProcess(chunk, pool.submit(_read_in_process, chunk))
            except BrokenProcessPool:
                return _Here(chunk, work)

    try:
        yield from _in_order(work, sources, submit, 2 * workers, on_read)
    finally:
        pool.shutdown(cancel_futures=True)


def in_cluster(
    sources: SourcesAhead, options: ReadingOptions, client: "Client", *, on_read: Read
) -> Generator[Gathered, None, None]:
    """Read chunks of sources on a Dask cluster; the chunks of a lost worker are read by another."""
    work = Work(options)

    def submit(chunk: Chunk) -> Pending:
        future: Pending
        if isinstance(chunk, MboxPiece):
            future = client.submit(read_mbox_piece, chunk, options, Used(), pure=False, retries=3)
        elif isinstance(chunk, SourceChunk):
            future = client.submit(read_chunk, chunk.sources, options, pure=False, retries=3)
        else:
            future = client.submit(read_piece_of_archive, chunk, options, pure=False, retries=3)
        return future

    window = 2 * max(1, sum(client.nthreads().values()))  # type: ignore[no-untyped-call]
    yield from _in_order(work, sources, submit, window, on_read)


def read_chunk(sources: list[FoundSource], options: ReadingOptions) -> list[Gathered]:
    """Read sources; this runs in the other processes."""
    return list(gathered(sources, options, on_read=lambda _count: None))


def _in_order(
    work: Work,
    sources: SourcesAhead,
    submit: Callable[[Chunk], Pending],
    window: int,
    on_read: Read,
) -> Iterator[Gathered]:
    """Yield the batches of chunks in order, with at most `window` chunks in flight."""
    waiting: deque[tuple[Chunk, Pending]] = deque()
    chunks = work.chunks(sources)
    pieces = _Pieces(work.options)
    has_warned = False
    while True:
        while len(waiting) < window and (chunk := next(chunks, None)):
            waiting.append((chunk, submit(chunk)))
        if not waiting:
            return
        chunk, pending = waiting.popleft()
        try:
            read = _waited_for(pending, sources)
        except BrokenProcessPool:
            if not has_warned:
                warnings.warn(
                    "a process that was reading reports was killed, perhaps because memory ran out;"
                    " its part, and all that follows, is read by this process alone",
                    stacklevel=2,
                )
            has_warned = True
            read = work.read(chunk)
        if isinstance(chunk, SourceChunk):
            yield from cast("list[Gathered]", read)
        else:
            yield from pieces.parts(chunk, cast("PieceRead", read))
            if not chunk.is_last and not isinstance(chunk, ZipPiece):
                on_read(chunk.size)


def _waited_for(pending: Pending, sources: SourcesAhead) -> ChunkRead:
    """Return what another process reads, and look for more sources while waiting."""
    while not pending.done() and sources.look(LOOK_SOURCES):
        pass
    return pending.result()


class _Pieces:
    """Yields the batches of the pieces of a file, as long as reading the whole file gives the same.

    A piece is read as if it were alone. Where a limit is reached, or an archive needs the tolerant
    reader, that piece and those after it do not count: it is read again, continuing from the pieces
    before it. An archive without any member needs the tolerant reader as well.
    """

    def __init__(self, options: ReadingOptions) -> None:
        self._options = options
        self._used = Used()
        self._given = 0
        self._is_over = False

    def parts(self, piece: Piece, read: PieceRead) -> Iterator[Gathered]:
        """Yield the batches of a piece that count; pieces come in order."""
        if piece.is_first:
            self._used, self._given, self._is_over = Used(), 0, False
        if self._is_over:
            return
        before, self._used = self._used, self._used.and_then(read.used)
        given = self._given + read.count
        is_empty = piece.is_last and not given and not isinstance(piece, MboxPiece)
        if (
            self._used.is_within(self._options.limits, piece.source.size)
            and not read.is_odd
            and not is_empty
        ):
            self._given = given
            yield from read.parts
            return
        self._is_over = True
        if not isinstance(piece, MboxPiece):
            yield from read_rest(piece.source, self._options, self._given)
            return
        *parts, last = read_mbox_piece(piece, self._options, before).parts
        yield from parts
        yield replace(last, finished=(piece.source,))


class _Here:
    """A chunk that is read in this process, as no other is left."""

    def __init__(self, chunk: Chunk, work: Work) -> None:
        self._chunk = chunk
        self._work = work

    def done(self) -> bool:
        return True

    def result(self) -> ChunkRead:
        return self._work.read(self._chunk)


Sent = list[tuple[Batch, int, int, tuple[Reached, ...]]] | PieceRead
"""Batches with the number of sources that they begin and finish, and how far folders of mails were
read; the sources are not sent back,
as that would cost a tenth of reading them."""


class _InProcess:
    """A chunk that another process reads."""

    def __init__(self, chunk: Chunk, future: "Future[Sent]") -> None:
        self._chunk = chunk
        self._future = future

    def done(self) -> bool:
        return self._future.done()

    def result(self) -> ChunkRead:
        sent = self._future.result()
        if isinstance(sent, PieceRead):
            return sent
        sources = cast("SourceChunk", self._chunk).sources
        parts, place = [], 0
        for batch, begun, finished, reached in sent:
            names = tuple(sources[place : place + begun])
            ended = tuple(sources[place : place + finished])
            parts.append(Gathered(batch, names, ended, reached))
            place += finished
        return parts


_work = Work(ReadingOptions())


def _begin(work: Work) -> None:
    global _work  # noqa: PLW0603 - forked processes inherit it at no cost
    _work = work
    gc.freeze()  # or collecting garbage would copy all the memory of the parent
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent handles Ctrl-C
    signal.signal(signal.SIGTERM, signal.SIG_DFL)  # and cleans up; here is nothing to clean


def _read_in_process(chunk: Chunk) -> Sent:
    read = _work.read(chunk)
    if isinstance(read, PieceRead):
        return read
    return [(part.batch, len(part.begun), len(part.finished), part.reached) for part in read]
