"""Which rows to read: a row group is skipped when its statistics show that no row is wanted.

Arrow's data sets filter as well, but skip no row group by a dictionary-encoded column, which makes
opening one domain of fifty six times slower.
"""

from bisect import bisect_left
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tlsrpt_analysis.arrays import Booleans

Range = Callable[[str], tuple[Any, Any] | None]
"""Returns the least and the greatest value of a column in a row group, or None if unknown."""

MOST_COMPARED = 1_000
"""With more values than this, nearly every row group has one of them, so all are read."""


class Filter(Protocol):
    """A rule for which rows are wanted."""

    def columns(self) -> set[str]:
        """Return the columns that the filter reads."""
        ...

    def may_be_in(self, range_of: Range) -> bool:
        """Whether a row group may contain a wanted row."""
        ...

    def kept(self, table: pa.Table) -> Booleans:
        """Compute which rows are wanted."""
        ...


@dataclass(frozen=True, slots=True)
class OneOf:
    """Rows with one of the values in a column; null may be one of them."""

    column: str
    values: pa.Array

    def columns(self) -> set[str]:
        """Return the column."""
        return {self.column}

    def may_be_in(self, range_of: Range) -> bool:
        """Whether one of the values is within the range."""
        found = range_of(self.column)
        if found is None or len(self.values) > MOST_COMPARED or self.values.null_count:
            return True
        ordered = sorted(self.values.to_pylist())
        place = bisect_left(ordered, found[0])
        return place < len(ordered) and bool(ordered[place] <= found[1])

    def kept(self, table: pa.Table) -> Booleans:
        """Compute which rows have one of the values."""
        return np.concatenate(
            [np.empty(0, bool), *(self._kept(chunk) for chunk in table[self.column].chunks)]
        )

    def _kept(self, chunk: pa.Array) -> Booleans:
        if not pa.types.is_dictionary(chunk.type):
            is_kept: Booleans = pc.is_in(chunk, self.values).to_numpy(zero_copy_only=False)
            return is_kept
        is_wanted = pc.is_in(chunk.dictionary, self.values).to_numpy(zero_copy_only=False)
        numbers = chunk.indices.fill_null(-1).to_numpy(zero_copy_only=False)
        is_row_kept: Booleans = np.append(is_wanted, self.values.null_count > 0)[numbers]
        return is_row_kept


@dataclass(frozen=True, slots=True)
class Between:
    """Rows whose column is between two values, both included; None means no bound."""

    column: str
    first: Any
    last: Any

    def columns(self) -> set[str]:
        """Return the column."""
        return {self.column}

    def may_be_in(self, range_of: Range) -> bool:
        """Whether the two ranges overlap."""
        found = range_of(self.column)
        return found is None or (
            (self.first is None or self.first <= found[1])
            and (self.last is None or found[0] <= self.last)
        )

    def kept(self, table: pa.Table) -> Booleans:
        """Compute which rows are between the bounds."""
        column = table[self.column]
        is_kept = np.ones(len(column), bool)
        for end, compare in ((self.first, pc.greater_equal), (self.last, pc.less_equal)):
            if end is not None:
                is_kept &= compare(column, pa.scalar(end, column.type)).to_numpy()
        return is_kept


@dataclass(frozen=True, slots=True)
class AllOf:
    """Rows that every filter keeps."""

    filters: Collection[Filter]

    def columns(self) -> set[str]:
        """Return the columns that any of the filters reads."""
        return {column for part in self.filters for column in part.columns()}

    def may_be_in(self, range_of: Range) -> bool:
        """Whether every filter may keep a row."""
        return all(part.may_be_in(range_of) for part in self.filters)

    def kept(self, table: pa.Table) -> Booleans:
        """Compute which rows all filters keep."""
        is_kept: Booleans = np.logical_and.reduce([part.kept(table) for part in self.filters])
        return is_kept


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Rows that at least one filter keeps."""

    filters: Collection[Filter]

    def columns(self) -> set[str]:
        """Return the columns that any of the filters reads."""
        return {column for part in self.filters for column in part.columns()}

    def may_be_in(self, range_of: Range) -> bool:
        """Whether any filter may keep a row."""
        return any(part.may_be_in(range_of) for part in self.filters)

    def kept(self, table: pa.Table) -> Booleans:
        """Compute which rows any filter keeps."""
        is_kept: Booleans = np.logical_or.reduce([part.kept(table) for part in self.filters])
        return is_kept
