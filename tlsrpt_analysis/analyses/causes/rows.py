"""Rows of reports as numbers, with the texts they stand for, so that small questions are quick.

A million failure details raise some ten thousand questions about a few rows each; numbers answer
them in microseconds, a frame in milliseconds.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tlsrpt_analysis.analyses.cause_catalogue.reasons import folded
from tlsrpt_analysis.analyses.numbering import distinct, distinct_array
from tlsrpt_analysis.arrays import Booleans, Integers
from tlsrpt_analysis.shown_texts import listed

if TYPE_CHECKING:
    import pandas as pd


class Texts:
    """The texts of a column, numbered; 0 is the missing one."""

    __slots__ = ("_matching", "_numbers", "texts")

    def __init__(self) -> None:
        self.texts = [""]
        self._numbers = {"": 0}
        self._matching: dict[str, Booleans] = {}

    def number(self, text: str) -> int:
        """Return the number of a text; an unknown text has a number that no row has."""
        return self._numbers.get(text, -1)

    def numbered(self, column: "pd.Series[str]") -> Integers:
        """Return the numbers of a categorical column, and keep its texts."""
        texts = column.cat.categories.astype("str")
        numbers = [self._add(text) for text in texts]
        return np.array([*numbers, 0], "int64")[column.cat.codes.to_numpy()]  # -1 is the last

    def matching(self, pattern: str) -> Booleans:
        """Return for each text whether a regular expression matches somewhere in it, folded."""
        found = self._matching.get(pattern)
        if found is None or len(found) != len(self.texts):
            search = re.compile(pattern).search
            found = np.array([search(folded(text)) is not None for text in self.texts])
            self._matching[pattern] = found
        return found

    def _add(self, text: str) -> int:
        if text not in self._numbers:
            self._numbers[text] = len(self.texts)
            self.texts.append(text)
        return self._numbers[text]


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """A selection of rows: all columns of the domain as numbers, and the index of the selected rows."""

    texts_of: Mapping[str, Texts]
    columns: Mapping[str, Integers]
    index: Integers

    def __len__(self) -> int:
        return len(self.index)

    def __getitem__(self, column: str) -> Integers:
        return self.columns[column][self.index]

    def where(self, mask: Booleans) -> "Rows":
        """Return the rows of a mask."""
        return Rows(self.texts_of, self.columns, self.index[mask])

    def without(self, *others: "Rows") -> "Rows":
        """Return the rows that none of the others has."""
        kept = np.ones(len(next(iter(self.columns.values()))), bool)
        for other in others:
            kept[other.index] = False
        return self.where(kept[self.index])

    def empty(self) -> "Rows":
        """Return no row, with the same columns."""
        return Rows(self.texts_of, self.columns, self.index[:0])

    def is_any(self, column: str, *texts: str) -> Booleans:
        """Return for each row whether a column has one of the texts."""
        numbers = self[column]
        found: Booleans = numbers == self.texts_of[column].number(texts[0])
        for text in texts[1:]:
            found |= numbers == self.texts_of[column].number(text)
        return found

    def matching(self, pattern: str, column: str = "failure_reason_code") -> Booleans:
        """Return for each row whether a regular expression matches somewhere in a column."""
        return self.texts_of[column].matching(pattern)[self[column]]

    def texts(self, column: str) -> list[str]:
        """Return the distinct texts of a column, sorted, without the missing one."""
        texts = self.texts_of[column].texts
        return sorted(texts[number] for number in distinct(self[column]) if number)

    def listed(self, column: str) -> str:
        """Return the distinct texts of a column for a sentence."""
        return listed(self.texts(column))

    def split(self, column: str) -> Iterator[tuple[str, "Rows"]]:
        """Yield each text of a column with its rows, sorted by text, the missing one last."""
        numbers, texts = self[column], self.texts_of[column].texts
        for number in sorted(distinct(numbers), key=lambda number: (number == 0, texts[number])):
            yield texts[number], self.where(numbers == number)

    def total(self, column: str = "count") -> int:
        """Return the sum of a column of counts."""
        return int(self[column].sum())

    def days(self) -> Integers:
        """Return the distinct days, in order."""
        return distinct_array(self["day"])


def by_domain(
    texts_of: Mapping[str, Texts], columns: Mapping[str, Integers], domains: Integers
) -> Iterator[tuple[int, Rows]]:
    """Yield the number of each domain with its rows."""
    order = np.argsort(domains, kind="stable")
    sorted_columns = {name: column[order] for name, column in columns.items()}
    ordered = domains[order]
    ends = np.flatnonzero(np.diff(ordered, append=-1)) + 1
    begin = 0
    for end in ends.tolist():
        parts = {name: column[begin:end] for name, column in sorted_columns.items()}
        yield int(ordered[begin]), Rows(texts_of, parts, np.arange(end - begin))
        begin = end
