"""A store sorted into groups of whole domains, each small enough to analyse at once."""

import zlib
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.feather

from tlsrpt_analysis.arrays import Booleans, Integers
from tlsrpt_analysis.fleets.asked import Asked
from tlsrpt_analysis.loading.frames import (
    columns_of,
    frame_of_columns,
    lean_memory,
    release_memory,
)
from tlsrpt_analysis.loading.joining import together
from tlsrpt_analysis.store.parts import key_order
from tlsrpt_analysis.tables import SCHEMAS, Balance, ReportTables, frame_of

ROWS_AT_ONCE = 100_000
"""Policy results that a group should have: about 300 MB while they are analysed."""

HELD_BYTES = 150_000_000
"""Rows that wait in memory until they are written to the files of their groups."""

FRAMES = ("policies", "failures")
"""What the analyses read; the frame of reports says nothing about a domain that these do not."""


@dataclass(frozen=True, slots=True)
class Group:
    """Files with the rows of some domains."""

    number: int
    folder: str

    def tables(self) -> ReportTables:
        """Return the rows as tables, in the order in which the reports were read."""
        frames = {}
        with lean_memory():
            for name in FRAMES:
                paths = sorted(Path(self.folder).glob(f"{name}-{self.number:06}-*.feather"))
                parts = [pa.feather.read_table(path, memory_map=False) for path in paths]
                frames[name] = _frame(name, parts)
        empty = {name: frame_of(name, {}) for name in ("reports", "problems")}
        return ReportTables(**frames, **empty, balance=Balance())


@dataclass(slots=True)
class _Held:
    """Rows by group that are not on disk yet."""

    folder: Path
    byte_count: int = 0
    flush_count: int = 0
    tables: dict[tuple[str, int], list[pa.Table]] = field(default_factory=dict)

    def add(self, frame: str, number: int, table: pa.Table) -> None:
        self.tables.setdefault((frame, number), []).append(table)
        self.byte_count += table.nbytes
        if self.byte_count > HELD_BYTES:
            self.flush()

    def flush(self) -> None:
        for (frame, number), tables in self.tables.items():
            path = self.folder / f"{frame}-{number:06}-{self.flush_count:06}.feather"
            pa.feather.write_feather(together(tables), path, compression="lz4")
        self.tables.clear()
        self.flush_count += 1
        self.byte_count = 0
        release_memory()


@lean_memory()
def sorted_into_groups(
    asked: Asked, folder: Path, *, domains: Collection[str] | None, row_count: int
) -> list[Group]:
    """Write the wanted rows to files by group; a group has all rows of its domains.

    Parameters
    ----------
    asked : Asked
        The store and the days.
    folder : Path
        Where the files of the groups go.
    domains : collection of str, optional
        The domains to keep; all of them by default.
    row_count : int
        How many policy results they have, about.
    """
    count = max(1, -(-row_count // ROWS_AT_ONCE))
    chosen = None if domains is None else pa.array(sorted(domains), pa.string())
    held = _Held(folder)
    for frame in FRAMES:
        for file in asked.files(frame):
            table = asked.rows(file, list(SCHEMAS[frame]))
            if table is None:
                continue
            for number, part in _split(table, count, chosen):
                held.add(frame, number, part)
        held.flush()
    return [Group(number, str(folder)) for number in range(count)]


def _split(table: pa.Table, count: int, chosen: pa.Array | None) -> Iterator[tuple[int, pa.Table]]:
    numbers = np.full(len(table), -1, np.int64)
    place = 0
    for chunk in table["policy_domain"].chunks:
        numbers[place : place + len(chunk)] = _numbers(chunk, count, chosen)
        place += len(chunk)
    order = np.argsort(numbers, kind="stable")
    firsts = np.searchsorted(numbers[order], np.arange(count + 1))
    for number, (first, last) in enumerate(pairwise(firsts)):
        if first < last:
            yield number, table.take(pa.array(order[first:last]))


def _numbers(chunk: pa.DictionaryArray, count: int, chosen: pa.Array | None) -> Integers:
    """Return the group of each row, and -1 for rows of no wanted domain."""
    names = chunk.dictionary
    of_names = np.array([zlib.crc32(name.encode()) % count for name in names.to_pylist()] + [-1])
    if chosen is not None:
        is_wanted: Booleans = pa.compute.is_in(names, chosen).to_numpy(zero_copy_only=False)
        of_names[:-1][~is_wanted] = -1
    numbers: Integers = of_names[chunk.indices.fill_null(-1).to_numpy(zero_copy_only=False)]
    return numbers


def _frame(name: str, parts: Iterable[pa.Table]) -> pd.DataFrame:
    tables = list(parts)
    if not tables:
        return frame_of(name, {})
    table = together(tables)
    columns = columns_of(table)
    order = key_order(table["policy_key"])
    del table
    return frame_of_columns(name, columns.pop, order)
