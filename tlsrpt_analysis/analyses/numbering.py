"""Whole numbers for texts and days, so that a sum is array arithmetic and not a walk over groups."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from tlsrpt_analysis.analyses.arrays import Integers

LARGEST_KEY = 2**62


def day_numbers(days: pd.Series) -> Integers:
    """Give days as days since 1970, and -1 where one is missing.

    Examples
    --------
    >>> from tlsrpt_analysis.tables import DAY
    >>> import datetime as dt
    >>> day_numbers(pd.Series([dt.date(1970, 1, 3)], dtype=DAY)).tolist()
    [2]
    """
    numbers = pa.array(days, pa.date32(), from_pandas=True).cast(pa.int32()).fill_null(-1)
    return np.asarray(numbers.to_numpy(zero_copy_only=False), dtype="int64")


def text_codes(texts: pd.Series) -> tuple[Integers, int]:
    """Give texts as numbers in the order of the texts, a missing one last, and how many there are.

    Examples
    --------
    >>> text_codes(pd.Series(["b", None, "a", "b"], dtype="str"))
    (array([1, 2, 0, 1]), 3)
    """
    categorical = texts.array if isinstance(texts.array, pd.Categorical) else pd.Categorical(texts)
    size = len(categorical.categories)
    codes = np.asarray(categorical.codes, dtype="int64")
    return np.where(codes < 0, size, codes), size + 1


def group_numbers(frame: pd.DataFrame, keys: Sequence[str]) -> tuple[Integers, Integers]:
    """Give each combination of text keys a number, in their order, a missing key last.

    Returns
    -------
    tuple of array of int
        The number of each row's combination, and the first row of each combination.

    Examples
    --------
    >>> numbers, first = group_numbers(pd.DataFrame({"host": ["b", "a", "b"]}), ["host"])
    >>> numbers.tolist(), first.tolist()
    ([1, 0, 1], [1, 0])
    """
    key, width = np.zeros(len(frame), "int64"), 1
    for name in keys:
        codes, size = text_codes(frame[name])
        if width * size > LARGEST_KEY:  # then only the combinations that are met are numbered
            key, first = numbered(key)
            width = len(first)
        key, width = key * size + codes, width * size
    return numbered(key)


def numbered(key: Integers) -> tuple[Integers, Integers]:
    """Give each key a number, in their order, and the first row of each number."""
    numbers, distinct = pd.factorize(key, sort=True)
    numbers = np.asarray(numbers, dtype="int64")
    return numbers, first_rows(numbers, len(distinct))


def first_rows(numbers: Integers, size: int) -> Integers:
    """Give the first row of each group."""
    first = np.zeros(size, "int64")
    first[numbers[::-1]] = np.arange(len(numbers) - 1, -1, -1)
    return first


def summed(numbers: Integers, counts: npt.ArrayLike, size: int) -> Integers:
    """Add up whole counts by group; they stay exact below 2^53."""
    return np.bincount(numbers, np.asarray(counts, dtype="float64"), size).astype("int64")
