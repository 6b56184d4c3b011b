"""Columns of a store's file, with those that a file of an earlier version of the package lacks."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.parquet as pq

from tlsrpt_analysis.tables import DAY, INSTANT, SCHEMAS


@dataclass(frozen=True, slots=True)
class Derivation:
    """How a column is computed from others that stand in every file of its frame."""

    sources: tuple[str, ...]
    values: Callable[[pa.Table], pa.Array | pa.ChunkedArray]


DERIVATIONS: Mapping[str, Mapping[str, Derivation]] = {
    "sources": {"position": Derivation(("name",), lambda table: pa.nulls(len(table), pa.string()))},
}
"""For each frame, the columns added later that can be computed for older files; all others are null."""

_ARROW_TYPES: Mapping[object, pa.DataType] = {
    "category": pa.dictionary(pa.int32(), pa.string()),
    "str": pa.string(),
    "Int64": pa.int64(),
    DAY: pa.date32(),
    INSTANT: pa.timestamp("us", "UTC"),
}
"""The types whose columns may be null."""


def read_columns(
    file: pq.ParquetFile,
    frame: str,
    columns: Iterable[str] | None = None,
    groups: Iterable[int] | None = None,
) -> pa.Table:
    """Return columns of a file in the given order, all of them and from all row groups by default."""
    present = file.schema_arrow.names
    wanted = present if columns is None else list(columns)
    later = [column for column in wanted if column not in present]
    needed = {source for column in later for source in _sources(frame, column)}
    to_read = [column for column in present if column in needed or column in wanted]
    table = file.read(to_read) if groups is None else file.read_row_groups(list(groups), to_read)
    return with_columns(table, frame, later).select(wanted)


def with_columns(table: pa.Table, frame: str, columns: Iterable[str]) -> pa.Table:
    """Append the named columns that a table lacks, computed from others or as nulls."""
    for column in columns:
        if column not in table.column_names:
            table = table.append_column(column, _values(table, frame, column))
    return table


def _sources(frame: str, column: str) -> tuple[str, ...]:
    derivation = DERIVATIONS.get(frame, {}).get(column)
    return () if derivation is None else derivation.sources


def _values(table: pa.Table, frame: str, column: str) -> pa.Array | pa.ChunkedArray:
    derivation = DERIVATIONS.get(frame, {}).get(column)
    return (
        pa.nulls(len(table), _type(frame, column))
        if derivation is None
        else derivation.values(table)
    )


def _type(frame: str, column: str) -> pa.DataType:
    dtype = SCHEMAS.get(frame, {}).get(column)
    if dtype not in _ARROW_TYPES:
        raise TypeError(
            f"a file of {frame} lacks {column}, which cannot be null:"
            " say in DERIVATIONS how to compute it from other columns"
        )
    return _ARROW_TYPES[dtype]
