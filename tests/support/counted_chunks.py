"""Reading chunks of sources as a cluster's workers do, with a note of which process read which."""

import os
import uuid
from collections import defaultdict
from pathlib import Path

from tlsrpt_analysis.loading import workers
from tlsrpt_analysis.loading.reading import FoundSource, Gathered, ReadingOptions
from tlsrpt_analysis.store.manifest import name_of

read_chunk = workers.read_chunk


def read_and_note(
    notes: Path, sources: list[FoundSource], options: ReadingOptions
) -> list[Gathered]:
    """Read a chunk and write a file that says so."""
    parts = read_chunk(sources, options)
    first = Path(name_of(sources[0])).name
    (notes / f"{first}+{os.getpid()}+{uuid.uuid4()}").touch()
    return parts


def readers_of_chunks(notes: Path) -> dict[str, list[int]]:
    """Return the processes that read each chunk."""
    readers = defaultdict(list)
    for path in notes.iterdir():
        chunk, process, _ = path.name.split("+")
        readers[chunk].append(int(process))
    return dict(readers)
