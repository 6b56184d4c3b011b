"""Sources read by several processes, or by the workers of a Dask cluster, in the order of one."""

import os
import signal
import sys
import warnings
from collections import deque
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from typing import TYPE_CHECKING, Protocol

from tlsrpt_analysis.intake.sources import Source
from tlsrpt_analysis.reading import Found, Gathered, How, gathered

if TYPE_CHECKING:
    from distributed import Client

FEWEST_SOURCES = 50_000
"""Below so many files, and below `FEWEST_BYTES`, a second process costs as much as it saves."""

FEWEST_BYTES = 200_000_000

CHUNK_SOURCES = 2_000
CHUNK_BYTES = 20_000_000
"""What one worker reads at a time, unless a single file is larger."""

Read = Callable[[Found, int], object]


class Pending(Protocol):
    """A chunk that is being read elsewhere."""

    def result(self) -> list[Gathered]:
        """Wait for what it gives."""
        ...


def worker_count(workers: int | None, sources: list[Found]) -> int:
    """Give the number of processes: as asked, or all cores where the input pays for them."""
    if workers is not None:
        return max(1, workers)
    size = sum(source.size for source in sources if isinstance(source, Source))
    is_large = len(sources) >= FEWEST_SOURCES or (size >= FEWEST_BYTES and len(sources) > 1)
    # elsewhere a new process runs the user's script again, unless the script is made for it
    return len(os.sched_getaffinity(0)) if is_large and sys.platform == "linux" else 1


def in_processes(
    sources: list[Found], how: How, workers: int, *, on_read: Read
) -> Generator[Gathered, None, None]:
    """Read chunks of sources in processes; what a process that dies had in hand is read here."""
    context = get_context("fork" if sys.platform == "linux" else "spawn")
    pool = ProcessPoolExecutor(workers, mp_context=context, initializer=_leave_ctrl_c_to_parent)

    def submit(chunk: list[Found]) -> Pending:
        with warnings.catch_warnings():  # from 3.12 on a fork beside threads is warned of
            warnings.simplefilter("ignore", DeprecationWarning)
            try:
                return pool.submit(read_chunk, chunk, how)
            except BrokenProcessPool:
                return _Here(chunk, how)

    try:
        yield from _in_order(sources, how, submit, 2 * workers, on_read)
    finally:
        pool.shutdown(cancel_futures=True)


def in_cluster(
    sources: list[Found], how: How, client: "Client", *, on_read: Read
) -> Iterator[Gathered]:
    """Read chunks of sources on a Dask cluster; a lost worker's chunks are read by another."""

    def submit(chunk: list[Found]) -> Pending:
        future: Pending = client.submit(read_chunk, chunk, how, pure=False, retries=3)
        return future

    window = 2 * max(1, sum(client.nthreads().values()))  # type: ignore[no-untyped-call]
    yield from _in_order(sources, how, submit, window, on_read)


def read_chunk(sources: list[Found], how: How) -> list[Gathered]:
    """Read some sources; this is what runs elsewhere."""
    return list(gathered(sources, how, on_read=lambda _source, _count: None))


def _in_order(
    sources: list[Found],
    how: How,
    submit: Callable[[list[Found]], Pending],
    window: int,
    on_read: Read,
) -> Iterator[Gathered]:
    """Give the chunks in their order, with no more of them in flight than the window holds."""
    waiting: deque[tuple[list[Found], Pending]] = deque()
    chunks = _chunks(sources)
    is_told = False
    while True:
        while len(waiting) < window and (chunk := next(chunks, None)):
            waiting.append((chunk, submit(chunk)))
        if not waiting:
            return
        chunk, pending = waiting.popleft()
        try:
            parts = pending.result()
        except BrokenProcessPool:
            if not is_told:
                warnings.warn(
                    "a process that read reports was killed, perhaps for its memory;"
                    " what it had in hand, and all that follows, is read by this process alone",
                    stacklevel=2,
                )
            is_told = True
            parts = read_chunk(chunk, how)
        yield from parts
        for source in chunk:
            on_read(source, 0)


class _Here:
    """A chunk for which no process is left."""

    def __init__(self, chunk: list[Found], how: How) -> None:
        self._chunk = chunk
        self._how = how

    def result(self) -> list[Gathered]:
        return read_chunk(self._chunk, self._how)


def _chunks(sources: list[Found]) -> Iterator[list[Found]]:
    chunk: list[Found] = []
    size = 0
    for source in sources:
        chunk.append(source)
        size += source.size if isinstance(source, Source) else 0
        if len(chunk) >= CHUNK_SOURCES or size >= CHUNK_BYTES:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk


def _leave_ctrl_c_to_parent() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
