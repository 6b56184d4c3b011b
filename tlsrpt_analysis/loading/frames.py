"""Arrow columns into the four frames, with Arrow's memory released as soon as possible."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from tlsrpt_analysis.tables import DAY, SCHEMAS

LARGE = 4_000_000
"""From this many bytes on, releasing memory is worth its time."""


@contextmanager
def lean_memory() -> Iterator[None]:
    """Let Arrow allocate from the system, which gets freed memory back at once.

    Arrow's own allocators are no faster here, and keep much of what is freed.

    Examples
    --------
    >>> with lean_memory():
    ...     pa.default_memory_pool().backend_name
    'system'
    """
    before = pa.default_memory_pool()
    pa.set_memory_pool(pa.system_memory_pool())
    try:
        yield
    finally:
        pa.set_memory_pool(before)


def release_memory(size: int = LARGE) -> None:
    """Release what the allocator keeps after so many bytes were freed, if they are many."""
    if size >= LARGE:
        pa.default_memory_pool().release_unused()


def columns_of(table: pa.Table) -> dict[str, pa.ChunkedArray]:
    """Return the columns of a table by name."""
    return dict(zip(table.column_names, table.columns, strict=True))


def frame_of_columns(
    name: str, column_of: Callable[[str], pa.ChunkedArray], order: pa.Array | None = None
) -> pd.DataFrame:
    """Build one of the four frames from its columns, with its rows in some order.

    Columns are requested one at a time, so that few are in memory twice, and the last ones first:
    of the failures, those are in memory already and are freed early.

    Examples
    --------
    >>> problems = columns_of(pa.table({name: ["b", "a"] for name in SCHEMAS["problems"]}))
    >>> frame_of_columns("problems", problems.pop, pa.array([1, 0]))["source"].tolist()
    ['a', 'b']
    """
    series = {}
    for column, dtype in reversed(list(SCHEMAS[name].items())):
        values = column_of(column)
        size = values.nbytes
        if order is not None and values.num_chunks > 1:
            values = pa.chunked_array([values.combine_chunks()])  # or Arrow would hold three copies
            release_memory(size)
        series[column] = _from_arrow(values if order is None else values.take(order), dtype)
        del values
        release_memory(size)
    return pd.DataFrame({column: series[column] for column in SCHEMAS[name]}, copy=False)


def _from_arrow(column: pa.ChunkedArray, dtype: object) -> pd.Series:
    if dtype == "category":
        return pd.Series(_categorical(column))
    if dtype == "Int64":
        numbers = column.fill_null(0).to_numpy()
        return pd.Series(pd.arrays.IntegerArray(numbers, column.is_null().to_numpy()))
    if dtype == DAY:
        column = column.cast(pa.timestamp("s"))  # a date becomes objects
    return pd.Series(column.to_pandas(), dtype=dtype)  # type: ignore[call-overload,no-any-return]


def _categorical(column: pa.ChunkedArray) -> pd.Categorical:
    """Return a column as a categorical, whose categories are sorted and all in use."""
    if not pa.types.is_dictionary(column.type):
        column = column.dictionary_encode()
    encoded = column.combine_chunks() if column.num_chunks != 1 else column.chunk(0)
    if isinstance(encoded, pa.ChunkedArray):
        encoded = encoded.unify_dictionaries().combine_chunks()
    numbers = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    dictionary = encoded.dictionary
    is_used = np.zeros(len(dictionary) + 1, bool)
    is_used[numbers] = True
    order = pc.array_sort_indices(dictionary).to_numpy()
    order = order[is_used[:-1][order]]
    new_numbers = np.full(len(dictionary) + 1, -1, np.int32)
    new_numbers[order] = np.arange(len(order), dtype=np.int32)
    categories = pd.Index(dictionary.take(pa.array(order)).to_pandas(), dtype="str")
    return pd.Categorical.from_codes(new_numbers[numbers], categories=categories)
