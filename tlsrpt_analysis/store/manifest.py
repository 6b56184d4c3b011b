"""The manifest: every source that was read, so that the next run reads only what is new.

Of a folder of mails it says how far it was read: its position.
"""

import os
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tlsrpt_analysis.arrays import Booleans, Integers
from tlsrpt_analysis.intake.sources.files import MailFolder, scheme_of
from tlsrpt_analysis.intake.sources.walk import Source
from tlsrpt_analysis.loading.reading import FoundSource
from tlsrpt_analysis.store.commits import Commit
from tlsrpt_analysis.store.parts import read_batches

NO_FILE = -1
"""The size of a source that is not a file, for example an empty folder or a broken link."""

_DIGEST = "\0"  # no path contains it

UNKNOWN = (NO_FILE, NO_FILE)
"""The state of a file that could not be read; the next run tries it again."""


@dataclass(frozen=True, slots=True)
class Sorted:
    """Found sources: those to read, with their states, and how many are known.

    A state is a row of size and modification time.
    `changed` names the sources of which the store holds something already that is read again,
    `resumed` the folders of mails that are read from where the last run ended.
    """

    to_read: list[FoundSource]
    states: Integers
    changed: set[str]
    resumed: set[str]
    known_count: int


def sort_sources(directory: Path, commit: Commit, found: list[FoundSource]) -> Sorted:
    """Sort sources into those to read, new or changed, and those that the store has read."""
    states = np.fromiter(
        (number for source in found for number in _state_of(source)), np.int64, 2 * len(found)
    ).reshape(-1, 2)
    names = pa.array([name_of(source) for source in found], pa.string())
    before, is_noted = _noted(directory, commit, names)
    is_known = (before == states).all(axis=1) & (states != UNKNOWN).any(axis=1)
    changed = names.filter(pa.array(is_noted & ~is_known)).to_pylist()
    to_read = [found[number] for number in np.flatnonzero(~is_known)]
    to_read, resumed = _started(directory, commit, to_read)
    return Sorted(
        to_read,
        states[~is_known],
        {shown_of(name) for name in (*changed, *commit.unfinished)} - resumed,
        resumed,
        len(found) - len(to_read),
    )


def sources_table(names: list[str], states: Integers, positions: list[str | None]) -> pa.Table:
    """Return sources, their states and the positions of folders of mails as rows of the manifest."""
    columns = {
        "name": pa.array(names, pa.string()),
        "size": states[:, 0],
        "mtime_ns": states[:, 1],
    }
    if any(positions):
        columns["position"] = pa.array(positions, pa.string())
    return pa.table(columns)


def latest_sources(table: pa.Table) -> pa.Table:
    """Return the last row of each name; a source that changed has several."""
    backwards = table.take(pa.array(np.arange(len(table))[::-1]))
    names = backwards["name"].combine_chunks()
    if isinstance(names, pa.ChunkedArray):
        names = names.chunk(0) if names.num_chunks else pa.array([], pa.string())
    encoded = names.dictionary_encode()
    _, firsts = np.unique(encoded.indices.to_numpy(), return_index=True)
    return backwards.take(pa.array(np.sort(firsts)[::-1]))


def name_of(source: FoundSource) -> str:
    """Return the name of a source in the manifest; no two files have the same one.

    Where a path cannot be shown as it is, for example for bytes that are not UTF-8, its digest
    follows the name that is shown.
    """
    if not isinstance(source, Source):
        return source.problem.source
    if source.name == source.path or scheme_of(source.path) is not None:
        return source.name
    return f"{source.name}{_DIGEST}{blake2b(os.fsencode(source.path), digest_size=8).hexdigest()}"


def shown_of(name: str) -> str:
    """Return the name that the reports of a source have, from its name in the manifest."""
    return name.partition(_DIGEST)[0]


def _started(
    directory: Path, commit: Commit, to_read: list[FoundSource]
) -> tuple[list[FoundSource], set[str]]:
    """Return the sources, each folder of mails with its start, and which of them are resumed."""
    folders = {source.name: source for source in to_read if isinstance(source, MailFolder)}
    if not folders:
        return to_read, set()
    starts = dict.fromkeys(folders, "")
    for batch in read_batches(directory, commit.of("sources")):
        if "position" in batch.schema.names:
            is_wanted = pc.is_in(batch["name"], pa.array(folders, pa.string()))
            rows = batch.filter(is_wanted)
            pairs = zip(rows["name"].to_pylist(), rows["position"].to_pylist(), strict=True)
            starts.update((name, position or "") for name, position in pairs)
    for name, folder in folders.items():
        if name in commit.unfinished or not folder.continues(starts[name]):
            starts[name] = ""
    started = [
        msgspec.structs.replace(source, start=starts[source.name])
        if isinstance(source, MailFolder)
        else source
        for source in to_read
    ]
    return started, {name for name, start in starts.items() if start}


def _noted(directory: Path, commit: Commit, names: pa.Array) -> tuple[Integers, Booleans]:
    """Return the states that the manifest has for some names, and whether it has each name.

    The manifest is read in pieces, as it may be much larger than the list of names; of a source
    that has several rows, the last one counts.
    """
    states = np.full((len(names), 2), NO_FILE, np.int64)
    is_noted = np.zeros(len(names), bool)
    for batch in read_batches(directory, commit.of("sources")):
        place = pc.index_in(batch["name"], names).fill_null(-1).to_numpy()
        is_wanted = place >= 0
        for number, column in enumerate(("size", "mtime_ns")):
            states[place[is_wanted], number] = batch[column].to_numpy()[is_wanted]
        is_noted[place[is_wanted]] = True
    first = pc.index_in(names, names).to_numpy()  # two sources may have one name
    return states[first], is_noted[first]


def _state_of(source: FoundSource) -> tuple[int, int]:
    """Return the size and modification time of a source, by which it is known to have changed.

    What is not a file has its message in place of the time.
    """
    if not isinstance(source, Source):
        message = blake2b(source.problem.message.encode(), digest_size=7).digest()
        return NO_FILE, int.from_bytes(message, "big")
    try:
        return source.state()
    except OSError:
        return UNKNOWN
