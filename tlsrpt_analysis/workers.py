"""Sources read by several processes, or by the workers of a Dask cluster, in the order of one."""

import os
import signal
import sys
import warnings
from collections import deque
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, replace
from multiprocessing import get_context
from typing import TYPE_CHECKING, Protocol, cast

from tlsrpt_analysis.batches import Batch
from tlsrpt_analysis.intake.limits import DEFAULT_LIMITS
from tlsrpt_analysis.intake.mbox_pieces import PIECE_BYTES, MboxPiece, mbox_pieces
from tlsrpt_analysis.intake.sources import Source
from tlsrpt_analysis.intake.streams import Used
from tlsrpt_analysis.reading import Found, Gathered, How, PieceRead, gathered, read_mbox_piece

if TYPE_CHECKING:
    from distributed import Client

FEWEST_SOURCES = 10_000
"""Below so many files, and below `FEWEST_BYTES`, a second process costs as much as it saves."""

FEWEST_BYTES = 20_000_000

CHUNK_SOURCES = 1_000
CHUNK_BYTES = 20_000_000
"""What one worker reads at a time, unless a single file is larger and no mbox."""

LARGE_MBOX = 2 * PIECE_BYTES
"""From here on an mbox is cut into pieces."""

Read = Callable[[Found, int], object]
ChunkRead = list[Gathered] | PieceRead


@dataclass(frozen=True, slots=True)
class SourceRange:
    """Sources that one worker reads: from one place in all of them to another."""

    start: int
    stop: int


Chunk = SourceRange | MboxPiece


@dataclass(frozen=True, slots=True)
class Work:
    """All that is to be read, and how."""

    sources: list[Found]
    how: How

    def chunks(self) -> Iterator[Chunk]:
        """Part it into what one worker reads at a time, in order."""
        start = size = 0
        for place, source in enumerate(self.sources):
            if (pieces := self._pieces(source)) is not None:
                if place > start:
                    yield SourceRange(start, place)
                yield from pieces
                start, size = place + 1, 0
                continue
            size += source.size if isinstance(source, Source) else 0
            if place + 1 - start >= CHUNK_SOURCES or size >= CHUNK_BYTES:
                yield SourceRange(start, place + 1)
                start, size = place + 1, 0
        if start < len(self.sources):
            yield SourceRange(start, len(self.sources))

    def _pieces(self, source: Found) -> Iterator[MboxPiece] | None:
        can_be_cut = (
            type(source) is Source
            and source.size >= LARGE_MBOX
            and self.how.limits == DEFAULT_LIMITS
            and self.how.reading.authentication is None
        )
        return mbox_pieces(source) if can_be_cut and isinstance(source, Source) else None

    def those(self, chunk: SourceRange) -> list[Found]:
        """Give the sources of a chunk."""
        return self.sources[chunk.start : chunk.stop]

    def read(self, chunk: Chunk) -> ChunkRead:
        """Read a chunk here."""
        if isinstance(chunk, MboxPiece):
            return read_mbox_piece(chunk, self.how, Used())
        return read_chunk(self.those(chunk), self.how)


class Pending(Protocol):
    """A chunk that is being read elsewhere."""

    def result(self) -> ChunkRead:
        """Wait for what it gives."""
        ...


def worker_count(workers: int | None, sources: list[Found]) -> int:
    """Give the number of processes: as asked, or all cores where the input pays for them."""
    if workers is not None:
        return max(1, workers)
    files = [source for source in sources if isinstance(source, Source)]
    is_large = (
        len(files) >= FEWEST_SOURCES or sum(source.size for source in files) >= FEWEST_BYTES
    ) and (len(files) > 1 or mbox_pieces(files[0]) is not None)
    # elsewhere a new process runs the user's script again, unless the script is made for it
    return len(os.sched_getaffinity(0)) if is_large and sys.platform == "linux" else 1


def in_processes(
    sources: list[Found], how: How, workers: int, *, on_read: Read
) -> Generator[Gathered, None, None]:
    """Read chunks of sources in processes; what a process that dies had in hand is read here."""
    work = Work(sources, how)
    context = get_context("fork" if sys.platform == "linux" else "spawn")
    pool = ProcessPoolExecutor(workers, context, initializer=_begin, initargs=(work,))

    def submit(chunk: Chunk) -> Pending:
        with warnings.catch_warnings():  # from 3.12 on a fork beside threads is warned of
            warnings.simplefilter("ignore", DeprecationWarning)
            try:
                return _InProcess(chunk, work, pool.submit(_read_in_process, chunk))
            except BrokenProcessPool:
                return _Here(chunk, work)

    try:
        yield from _in_order(work, submit, 2 * workers, on_read)
    finally:
        pool.shutdown(cancel_futures=True)


def in_cluster(
    sources: list[Found], how: How, client: "Client", *, on_read: Read
) -> Iterator[Gathered]:
    """Read chunks of sources on a Dask cluster; a lost worker's chunks are read by another."""
    work = Work(sources, how)

    def submit(chunk: Chunk) -> Pending:
        future: Pending
        if isinstance(chunk, MboxPiece):
            future = client.submit(read_mbox_piece, chunk, how, Used(), pure=False, retries=3)
        else:
            future = client.submit(read_chunk, work.those(chunk), how, pure=False, retries=3)
        return future

    window = 2 * max(1, sum(client.nthreads().values()))  # type: ignore[no-untyped-call]
    yield from _in_order(work, submit, window, on_read)


def read_chunk(sources: list[Found], how: How) -> list[Gathered]:
    """Read some sources; this is what runs elsewhere."""
    return list(gathered(sources, how, on_read=lambda _source, _count: None))


def _in_order(
    work: Work, submit: Callable[[Chunk], Pending], window: int, on_read: Read
) -> Iterator[Gathered]:
    """Give the chunks in their order, with no more of them in flight than the window holds."""
    waiting: deque[tuple[Chunk, Pending]] = deque()
    chunks = work.chunks()
    mboxes = _Mboxes(work.how)
    is_told = False
    while True:
        while len(waiting) < window and (chunk := next(chunks, None)):
            waiting.append((chunk, submit(chunk)))
        if not waiting:
            return
        chunk, pending = waiting.popleft()
        try:
            read = pending.result()
        except BrokenProcessPool:
            if not is_told:
                warnings.warn(
                    "a process that read reports was killed, perhaps for its memory;"
                    " what it had in hand, and all that follows, is read by this process alone",
                    stacklevel=2,
                )
            is_told = True
            read = work.read(chunk)
        if isinstance(chunk, MboxPiece):
            yield from mboxes.parts(chunk, cast("PieceRead", read))
            on_read(chunk.source, 0 if chunk.stop is None else chunk.stop - chunk.start)
        else:
            yield from cast("list[Gathered]", read)
            for source in work.those(chunk):
                on_read(source, 0)


class _Mboxes:
    """Gives what the pieces of an mbox gave until, together, they cost more than the limits allow.

    A piece is read as if it was alone. The one with which the limit is met is read again, with
    what those before have cost, and nothing that comes after it counts.
    """

    def __init__(self, how: How) -> None:
        self._how = how
        self._used = Used()
        self._is_over = False

    def parts(self, piece: MboxPiece, read: PieceRead) -> list[Gathered]:
        """Give what counts of a piece; pieces come in order."""
        if piece.first_number == 1:
            self._used, self._is_over = Used(), False
        if self._is_over:
            return []
        before, self._used = self._used, self._used.and_then(read.used)
        if self._used.is_within(self._how.limits):
            return read.parts
        self._is_over = True
        *parts, last = read_mbox_piece(piece, self._how, before).parts
        return [*parts, replace(last, finished=(piece.source,))]


class _Here:
    """A chunk for which no process is left."""

    def __init__(self, chunk: Chunk, work: Work) -> None:
        self._chunk = chunk
        self._work = work

    def result(self) -> ChunkRead:
        return self._work.read(self._chunk)


Sent = list[tuple[Batch, int, int]] | PieceRead
"""Batches with the number of sources that they begin and finish; the sources stay where they are,
as to send them costs a tenth of reading them."""


class _InProcess:
    """A chunk that another process reads."""

    def __init__(self, chunk: Chunk, work: Work, future: "Future[Sent]") -> None:
        self._chunk = chunk
        self._work = work
        self._future = future

    def result(self) -> ChunkRead:
        sent = self._future.result()
        if isinstance(sent, PieceRead):
            return sent
        sources = self._work.those(cast("SourceRange", self._chunk))
        parts, place = [], 0
        for batch, begun, finished in sent:
            names = tuple(sources[place : place + begun])
            parts.append(Gathered(batch, names, tuple(sources[place : place + finished])))
            place += finished
        return parts


_work = Work([], How())


def _begin(work: Work) -> None:
    global _work  # noqa: PLW0603 - where processes are forked, it goes to them at no cost
    _work = work
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's matter


def _read_in_process(chunk: Chunk) -> Sent:
    read = _work.read(chunk)
    if isinstance(read, PieceRead):
        return read
    return [(part.batch, len(part.begun), len(part.finished)) for part in read]
