"""Rows of reports as numbers, with the texts that they stand for, so that small questions are quick.

A million failure details raise some ten thousand questions about a few rows each, which numbers
answer in microseconds and a frame in milliseconds.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tlsrpt_analysis.analyses.arrays import Booleans, Integers
from tlsrpt_analysis.analyses.numbering import distinct, distinct_array

if TYPE_CHECKING:
    import pandas as pd


class Words:
    """The texts of a column, numbered; 0 is the missing one."""

    __slots__ = ("_codes", "_said", "texts")

    def __init__(self) -> None:
        self.texts = [""]
        self._codes = {"": 0}
        self._said: dict[str, Booleans] = {}

    def code(self, text: str) -> int:
        """Give the number of a text; one that is not here has a number that no row has."""
        return self._codes.get(text, -1)

    def numbered(self, column: "pd.Series[str]", *, folded: bool = False) -> Integers:
        """Give the numbers of a categorical column, and keep its texts."""
        texts = column.cat.categories.astype("str")
        numbers = [self._add(text.lower() if folded else text) for text in texts]
        return np.array([*numbers, 0], "int64")[column.cat.codes.to_numpy()]  # -1 is the last

    def say(self, pattern: str) -> Booleans:
        """Tell which texts a regular expression finds something in."""
        found = self._said.get(pattern)
        if found is None or len(found) != len(self.texts):
            find = re.compile(pattern).search
            found = self._said[pattern] = np.array([find(text) is not None for text in self.texts])
        return found

    def _add(self, text: str) -> int:
        if text not in self._codes:
            self._codes[text] = len(self.texts)
            self.texts.append(text)
        return self._codes[text]


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Some rows: the numbers of every column of the domain, and which rows of them are meant."""

    words: Mapping[str, Words]
    columns: Mapping[str, Integers]
    index: Integers

    def __len__(self) -> int:
        return len(self.index)

    def __getitem__(self, column: str) -> Integers:
        return self.columns[column][self.index]

    def where(self, mask: Booleans) -> "Rows":
        """Give some of the rows."""
        return Rows(self.words, self.columns, self.index[mask])

    def without(self, *others: "Rows") -> "Rows":
        """Give the rows that others do not have."""
        kept = np.ones(len(next(iter(self.columns.values()))), bool)
        for other in others:
            kept[other.index] = False
        return self.where(kept[self.index])

    def none(self) -> "Rows":
        """Give no row."""
        return Rows(self.words, self.columns, self.index[:0])

    def is_any(self, column: str, *texts: str) -> Booleans:
        """Tell which rows have one of some texts."""
        codes = self[column]
        found: Booleans = codes == self.words[column].code(texts[0])
        for text in texts[1:]:
            found |= codes == self.words[column].code(text)
        return found

    def say(self, pattern: str, column: str = "failure_reason_code") -> Booleans:
        """Tell in which rows a regular expression finds something."""
        return self.words[column].say(pattern)[self[column]]

    def texts(self, column: str) -> list[str]:
        """Give the different texts of a column, sorted, but not the missing one."""
        texts = self.words[column].texts
        return sorted(texts[code] for code in distinct(self[column]) if code)

    def split(self, column: str) -> Iterator[tuple[str, "Rows"]]:
        """Give the rows of each text, in its order, those of the missing one last."""
        codes, texts = self[column], self.words[column].texts
        for code in sorted(distinct(codes), key=lambda code: (code == 0, texts[code])):
            yield texts[code], self.where(codes == code)

    def total(self, column: str = "count") -> int:
        """Add up a column of counts."""
        return int(self[column].sum())

    def days(self) -> Integers:
        """Give the different days, in order."""
        return distinct_array(self["day"])


def by_domain(
    words: Mapping[str, Words], columns: Mapping[str, Integers], domains: Integers
) -> Iterator[tuple[int, Rows]]:
    """Give the rows of each domain, by its number."""
    order = np.argsort(domains, kind="stable")
    sorted_columns = {name: column[order] for name, column in columns.items()}
    ordered = domains[order]
    ends = np.flatnonzero(np.diff(ordered, append=-1)) + 1
    begin = 0
    for end in ends.tolist():
        its = {name: column[begin:end] for name, column in sorted_columns.items()}
        yield int(ordered[begin]), Rows(words, its, np.arange(end - begin))
        begin = end
