"""The manifest: every source that was read, so that a second run reads only what is new."""

from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

import pyarrow as pa

from tlsrpt_analysis.intake.sources import Source
from tlsrpt_analysis.reading import Found
from tlsrpt_analysis.store.commits import Commit
from tlsrpt_analysis.store.parts import read_parts

NO_FILE = -1
"""The size of what is no file: an empty folder, a broken link and the like."""

State = tuple[int, int]

UNKNOWN: State = (NO_FILE, NO_FILE)
"""The state of a file that could not be read; it is tried again."""


@dataclass(frozen=True, slots=True)
class Sorted:
    """Found sources: those to read, with their states before that, and how many are known.

    `changed` names those of which the store holds something already.
    """

    to_read: list[Found]
    states: dict[str, State]
    changed: set[str]
    known_count: int


class Manifest:
    """The sources in a store, by name, each with its size and time of change."""

    def __init__(self, states: dict[str, State]) -> None:
        self._states = states

    @classmethod
    def of(cls, directory: Path, commit: Commit) -> "Manifest":
        """Read the manifest of a commit."""
        table = read_parts(directory, commit.of("sources"))
        if table is None:
            return cls({})
        names, sizes, times = (table[column].to_pylist() for column in ("name", "size", "mtime_ns"))
        return cls(dict(zip(names, zip(sizes, times, strict=True), strict=True)))

    def sort(self, found: list[Found], unfinished: tuple[str, ...]) -> Sorted:
        """Tell which sources are new or have changed."""
        to_read: list[Found] = []
        states: dict[str, State] = {}
        changed = set(unfinished)
        for source in found:
            name, state = named_state(source)
            before = self._states.get(name)
            if before == state != UNKNOWN:
                continue
            to_read.append(source)
            states[name] = state
            if before is not None:
                changed.add(name)
        return Sorted(to_read, states, changed, len(found) - len(to_read))

    def add(self, states: dict[str, State]) -> None:
        """Note sources that are read to their end."""
        self._states |= states

    def table(self) -> pa.Table:
        """Give the manifest as it is written."""
        states = self._states.values()
        return pa.table(
            {
                "name": pa.array(list(self._states), pa.string()),
                "size": pa.array([size for size, _ in states], pa.int64()),
                "mtime_ns": pa.array([time for _, time in states], pa.int64()),
            }
        )


def named_state(source: Found) -> tuple[str, State]:
    """Give the name of a source and the state that tells whether it has changed.

    What is no file is the same as long as the same is said of it.
    """
    if not isinstance(source, Source):
        problem = source.problem
        message = blake2b(problem.message.encode(), digest_size=7).digest()
        return problem.source, (NO_FILE, int.from_bytes(message, "big"))
    try:
        return source.name, source.state()
    except OSError:
        return source.name, UNKNOWN
