"""A store sorted into groups of whole domains, each small enough to analyse at once."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.feather

from tlsrpt_analysis.analyses.numbering import starts
from tlsrpt_analysis.arrays import Integers
from tlsrpt_analysis.loading.frames import (
    columns_of,
    frame_of_columns,
    lean_memory,
    release_memory,
)
from tlsrpt_analysis.loading.joining import together
from tlsrpt_analysis.store.asked import Asked
from tlsrpt_analysis.store.parts import key_order
from tlsrpt_analysis.tables import SCHEMAS, Balance, ReportTables, frame_of

ROWS_AT_ONCE = 300_000
"""The most policy results of a group, but for those of its last domain: about 500 MB at work."""

WORTHWHILE_ROWS = 100_000
"""Smaller groups cost more for each domain, as half a second goes to each group."""

FEWEST_GROUPS = 8
"""So many groups keep two or four processes equally busy to the end."""

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
            pa.feather.write_feather(_encoded(pa.concat_tables(tables)), path, compression="lz4")
        self.tables.clear()
        self.flush_count += 1
        self.byte_count = 0
        release_memory()


@lean_memory()
def sorted_into_groups(asked: Asked, folder: Path, rows: pd.DataFrame) -> list[Group]:
    """Write the wanted rows to files by group; a group has all rows of its domains.

    Parameters
    ----------
    asked : Asked
        The store and the days.
    folder : Path
        Where the files of the groups go.
    rows : DataFrame
        ``policy_domain row_count``: the domains to keep, by name, and how many policy results
        each has. Neighbours stand in one group, as they stand together in the files of a store.
    """
    before = (rows["row_count"].cumsum() - rows["row_count"]).to_numpy("int64")
    size = _rows_at_once(int(rows["row_count"].sum()))
    places, numbers = np.unique(before // size, return_inverse=True)
    number_of = dict(zip(rows["policy_domain"], numbers.tolist(), strict=True))
    held = _Held(folder)
    for frame in FRAMES:
        for file in asked.files(frame):
            table = asked.rows(file, list(SCHEMAS[frame]))
            if table is None:
                continue
            for number, part in _split(table, number_of):
                held.add(frame, number, part)
        held.flush()
    return [Group(number, str(folder)) for number in range(len(places))]


def _rows_at_once(total: int) -> int:
    """Return how many policy results a group should have."""
    return min(ROWS_AT_ONCE, max(WORTHWHILE_ROWS, -(-total // FEWEST_GROUPS)))


def _split(table: pa.Table, number_of: Mapping[str, int]) -> Iterator[tuple[int, pa.Table]]:
    """Yield the rows of each group; those of a file are in the order of the groups already."""
    numbers = _numbers(table["policy_domain"].unify_dictionaries(), number_of)
    # Each part would keep a dictionary of all domains, so texts stand as themselves until written.
    ordered = _decoded(table)
    if (numbers[1:] < numbers[:-1]).any():
        order = np.argsort(numbers, kind="stable")
        ordered, numbers = ordered.take(pa.array(order)), numbers[order]
    firsts = np.append(starts(numbers), len(numbers)).tolist()
    for first, last in pairwise(firsts):
        if numbers[first] >= 0:
            yield int(numbers[first]), ordered.slice(first, last - first)


def _decoded(table: pa.Table) -> pa.Table:
    """Return a table without dictionaries."""
    columns = {}
    for name, column in zip(table.column_names, table.columns, strict=True):
        is_encoded = pa.types.is_dictionary(column.type)
        columns[name] = column.cast(column.type.value_type) if is_encoded else column
    return pa.table(columns)


def _encoded(table: pa.Table) -> pa.Table:
    """Return a table with a dictionary of the texts of each column."""
    columns = {}
    for name, column in zip(table.column_names, table.columns, strict=True):
        is_text = pa.types.is_string(column.type)
        columns[name] = column.combine_chunks().dictionary_encode() if is_text else column
    return pa.table(columns)


def _numbers(domains: pa.ChunkedArray, number_of: Mapping[str, int]) -> Integers:
    """Return the group of each row, and -1 for rows of no wanted domain."""
    names = domains.chunk(0).dictionary.to_pylist()
    of_names = np.array([number_of.get(name, -1) for name in names] + [-1], "int64")
    indices = [chunk.indices.fill_null(-1).to_numpy() for chunk in domains.chunks]
    numbers: Integers = of_names[np.concatenate(indices)]
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
