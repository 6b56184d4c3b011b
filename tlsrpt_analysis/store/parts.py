"""Parquet files of one frame and month, sorted by domain so that one domain can be read alone."""

import datetime as dt
import io
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from tlsrpt_analysis.arrays import Integers
from tlsrpt_analysis.loading.frames import LARGE, release_memory
from tlsrpt_analysis.loading.joining import together
from tlsrpt_analysis.store.columns import read_columns, with_columns
from tlsrpt_analysis.store.commits import DataFile, file_digest, is_plain_file, lost, write_whole
from tlsrpt_analysis.store.filters import Filter, Range

ROW_GROUP = 16_384
"""Rows that are read or skipped together: a few domains of a month."""

_LENGTH_AND_MARK = 8  # the last bytes of a Parquet file

_DELTA = {"report_key", "policy_key"}
_PLAIN = {"content", "report_id", "source", "name"}  # values that do not repeat


def write_part(  # noqa: PLR0913 - a file and its name
    directory: Path, frame: str, month: str, generation: int, table: pa.Table, *, number: int = 0
) -> DataFile:
    """Write a table as one file; `number` distinguishes files of one generation."""
    place = f"-{number}" if number else ""
    name = f"{frame}-{month or 'all'}-{generation:08}{place}.parquet"
    sink = pa.BufferOutputStream()
    repeating = [column for column in table.column_names if column not in _DELTA | _PLAIN]
    pq.write_table(
        table,
        sink,
        row_group_size=ROW_GROUP,
        compression="zstd",
        compression_level=3,
        use_dictionary=repeating,
        column_encoding={
            column: "DELTA_BINARY_PACKED" for column in table.column_names if column in _DELTA
        },
        write_page_checksum=True,
    )
    content = memoryview(sink.getvalue())
    write_whole(directory / name, content)
    digests = file_digest(content), file_digest(_footer_of(pa.BufferReader(content), len(content)))
    return DataFile(frame, month, name, len(table), len(content), *digests)


def read_parts(
    directory: Path,
    files: Iterable[DataFile],
    columns: list[str] | None = None,
    rows: Filter | None = None,
) -> pa.Table | None:
    """Read files of one frame as one table, in the order of the files; None when there is none.

    By default it has every column that one of the files has.
    """
    tables, held, frame = [], 0, ""
    for file in files:
        frame = file.frame
        tables.append(read_part(directory, file, columns, rows))
        held += tables[-1].nbytes
        if held >= LARGE:
            release_memory()  # which decoding took beside the table
            held = 0
    names = dict.fromkeys(name for table in tables for name in table.column_names)
    tables = [with_columns(table, frame, names) for table in tables]
    return together(tables) if tables else None


def read_part(
    directory: Path, part: DataFile, columns: list[str] | None, rows: Filter | None
) -> pa.Table:
    """Read a file as it is, each column in several pieces."""
    with _opened(directory, part) as file:
        if rows is None:
            return read_columns(file, part.frame, columns)
        kept = {}
        for group in range(file.metadata.num_row_groups):
            if rows.may_be_in(_range_in(file, group)):
                is_kept = rows.kept(read_columns(file, part.frame, sorted(rows.columns()), [group]))
                if is_kept.any():
                    kept[group] = is_kept
        table = read_columns(file, part.frame, columns, kept)
        return table.filter(pa.array(np.concatenate([np.empty(0, bool), *kept.values()])))


def read_batches(directory: Path, files: Iterable[DataFile]) -> Iterator[pa.RecordBatch]:
    """Yield the rows of files in pieces, in their order."""
    for file in files:
        with _opened(directory, file) as opened:
            yield from opened.iter_batches()


@contextmanager
def _opened(directory: Path, file: DataFile) -> Iterator[pq.ParquetFile]:
    """Open a file, from which nothing is read that is not as it was written.

    The footer is compared with the commit, and each page that is read has a checksum.
    A file of the first version has neither, so it is compared whole.
    """
    path = directory / file.name
    try:
        with pq.ParquetFile(_as_written(path, file), page_checksum_verification=True) as opened:
            yield opened
    except FileNotFoundError:
        raise  # a writer that compacted the store may have removed it
    except (pa.ArrowException, OSError) as error:
        reason = str(error).partition("\n")[0]
        raise lost(path, f"cannot be read ({reason})") from error


def _as_written(path: Path, file: DataFile) -> Path | pa.BufferReader:
    """Return what to read a file from, once its footer, or all of it, is found as it was written."""
    if not is_plain_file(path):
        raise lost(path, "is a link, a pipe or a device")
    with path.open("rb", buffering=0) as opened:
        is_whole = os.fstat(opened.fileno()).st_size == file.size
        if is_whole and file.footer:
            is_whole = file_digest(_footer_of(opened, file.size)) == file.footer
            source = path
        elif is_whole:
            content = opened.readall()
            is_whole = file_digest(content) == file.digest
            source = pa.BufferReader(content)
    if not is_whole:
        raise lost(path, "is not as it was written")
    return source


def _footer_of(opened: io.RawIOBase | pa.BufferReader, size: int) -> bytes:
    """Return the end of a Parquet file: the footer, its length, and ``PAR1``."""
    opened.seek(size - _LENGTH_AND_MARK)
    length = int.from_bytes(opened.read(4), "little")
    opened.seek(max(0, size - _LENGTH_AND_MARK - length))
    footer: bytes = opened.read()
    return footer


def _range_in(file: pq.ParquetFile, group: int) -> Range:
    """Return a function that looks up the range of a column in one row group of a file."""

    def range_of(column: str) -> tuple[object, object] | None:
        place = file.schema_arrow.get_field_index(column)
        if place < 0:  # a later column, which this file lacks
            return None
        statistics = file.metadata.row_group(group).column(place).statistics
        is_known = statistics is not None and statistics.has_min_max
        return (statistics.min, statistics.max) if is_known else None

    return range_of


def range_of_days(directory: Path, part: DataFile) -> tuple[dt.date, dt.date]:
    """Return the first and the last day of a file; the widest range where it does not say."""
    with _opened(directory, part) as file:
        groups = range(file.metadata.num_row_groups)
        ranges = [_range_in(file, group)("day") for group in groups]
    known = [(first, last) for first, last in filter(None, ranges)]
    if not known or len(known) < len(ranges):
        return dt.date.min, dt.date.max
    return min(first for first, _ in known), max(last for _, last in known)


def by_key(table: pa.Table, key: str) -> pa.Table:
    """Return the rows in the order in which they were read from their sources."""
    order = key_order(table[key])
    return table if order is None else table.take(order)


def key_order(column: pa.ChunkedArray) -> pa.Array | None:
    """Return the order of rows by a key; None when they are in that order."""
    keys = column.to_numpy()
    if (keys[1:] >= keys[:-1]).all():
        return None
    return pa.array(np.argsort(keys, kind="stable"))


def months_of(days: pa.ChunkedArray) -> npt.NDArray[np.str_]:
    """Return the month of each day, as 2026-07."""
    numbers = days.cast(pa.int32()).to_numpy()
    unique, places = np.unique(numbers, return_inverse=True)
    epoch = dt.date(1970, 1, 1).toordinal()
    names = [dt.date.fromordinal(epoch + int(number)).isoformat()[:7] for number in unique]
    return np.array(names or [""], dtype=np.str_)[places]


def split_by_month(table: pa.Table, order: Integers) -> Iterator[tuple[str, pa.Table]]:
    """Yield each month with its rows, in the given order."""
    months = months_of(table["day"])[order]
    for month in np.unique(months):
        yield str(month), table.take(pa.array(order[months == month]))


def domain_order(domains: pa.ChunkedArray, keys: pa.ChunkedArray) -> Integers:
    """Return the order by domain, then by key."""
    return np.lexsort((keys.to_numpy(), ranks(domains)))


def ranks(texts: pa.ChunkedArray) -> Integers:
    """Return the rank of each text of a dictionary-encoded column, and -1 where one is missing."""
    encoded = texts.combine_chunks()
    if isinstance(encoded, pa.ChunkedArray):
        encoded = encoded.chunk(0) if encoded.num_chunks else pa.array([], texts.type)
    order = pc.array_sort_indices(encoded.dictionary).to_numpy()
    place = np.full(len(order) + 1, -1, np.int64)
    place[order] = np.arange(len(order))
    numbers: Integers = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    return place[numbers]
