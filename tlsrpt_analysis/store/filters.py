"""Which rows to read: a row group is passed over when its least and greatest values tell enough.

Arrow's data sets would filter as well, but pass over no row group by a dictionary-encoded column,
which makes one domain of fifty six times slower.
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
"""Gives the least and the greatest value of a column in a row group; None when it is not told."""

_FEW = 1_000  # more values lie in nearly every range


class Filter(Protocol):
    """What rows are wanted."""

    def columns(self) -> set[str]:
        """Return the columns that it looks at."""
        ...

    def may_be_in(self, range_of: Range) -> bool:
        """Whether a row group may have such a row."""
        ...

    def kept(self, table: pa.Table) -> Booleans:
        """Mark the wanted rows."""
        ...


@dataclass(frozen=True, slots=True)
class OneOf:
    """Rows with one of some values in a column; no value is one as well."""

    column: str
    values: pa.Array

    def columns(self) -> set[str]:
        """Return the column."""
        return {self.column}

    def may_be_in(self, range_of: Range) -> bool:
        """Whether one of the values lies in the range."""
        found = range_of(self.column)
        if found is None or len(self.values) > _FEW or self.values.null_count:
            return True
        ordered = sorted(self.values.to_pylist())
        place = bisect_left(ordered, found[0])
        return place < len(ordered) and bool(ordered[place] <= found[1])

    def kept(self, table: pa.Table) -> Booleans:
        """Mark the rows with such a value."""
        return np.concatenate(
            [np.empty(0, bool), *(self._marks(chunk) for chunk in table[self.column].chunks)]
        )

    def _marks(self, chunk: pa.Array) -> Booleans:
        if not pa.types.is_dictionary(chunk.type):
            marks: Booleans = pc.is_in(chunk, self.values).to_numpy(zero_copy_only=False)
            return marks
        is_wanted = pc.is_in(chunk.dictionary, self.values).to_numpy(zero_copy_only=False)
        codes = chunk.indices.fill_null(-1).to_numpy(zero_copy_only=False)
        dictionary_marks: Booleans = np.append(is_wanted, self.values.null_count > 0)[codes]
        return dictionary_marks


@dataclass(frozen=True, slots=True)
class Between:
    """Rows whose column lies between two values, both included; None is no end."""

    column: str
    first: Any
    last: Any

    def columns(self) -> set[str]:
        """Return the column."""
        return {self.column}

    def may_be_in(self, range_of: Range) -> bool:
        """Whether the two ranges meet."""
        found = range_of(self.column)
        return found is None or (
            (self.first is None or self.first <= found[1])
            and (self.last is None or found[0] <= self.last)
        )

    def kept(self, table: pa.Table) -> Booleans:
        """Mark the rows between."""
        column = table[self.column]
        marks = np.ones(len(column), bool)
        for end, compare in ((self.first, pc.greater_equal), (self.last, pc.less_equal)):
            if end is not None:
                marks &= compare(column, pa.scalar(end, column.type)).to_numpy()
        return marks


@dataclass(frozen=True, slots=True)
class AllOf:
    """Rows that every one of some filters wants."""

    filters: Collection[Filter]

    def columns(self) -> set[str]:
        """Return the columns of all."""
        return {column for one in self.filters for column in one.columns()}

    def may_be_in(self, range_of: Range) -> bool:
        """Whether all of them may have a row."""
        return all(one.may_be_in(range_of) for one in self.filters)

    def kept(self, table: pa.Table) -> Booleans:
        """Mark the rows that all want."""
        marks: Booleans = np.logical_and.reduce([one.kept(table) for one in self.filters])
        return marks


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Rows that at least one of some filters wants."""

    filters: Collection[Filter]

    def columns(self) -> set[str]:
        """Return the columns of all."""
        return {column for one in self.filters for column in one.columns()}

    def may_be_in(self, range_of: Range) -> bool:
        """Whether one of them may have a row."""
        return any(one.may_be_in(range_of) for one in self.filters)

    def kept(self, table: pa.Table) -> Booleans:
        """Mark the rows that one wants."""
        marks: Booleans = np.logical_or.reduce([one.kept(table) for one in self.filters])
        return marks
