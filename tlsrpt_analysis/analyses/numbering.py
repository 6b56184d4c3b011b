"""Whole numbers for texts and days, so that a sum is array arithmetic and not a walk over groups."""

import datetime as dt
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from tlsrpt_analysis.arrays import Booleans, Floats, Integers

LARGEST_KEY = 2**62

_EPOCH = dt.date(1970, 1, 1).toordinal()


def day_numbers(days: pd.Series) -> Integers:
    """Return days as days since 1970, and -1 where one is missing.

    Examples
    --------
    >>> from tlsrpt_analysis.tables import DAY
    >>> import datetime as dt
    >>> day_numbers(pd.Series([dt.date(1970, 1, 3)], dtype=DAY)).tolist()
    [2]
    """
    dates = days.to_numpy().astype("datetime64[D]")
    return np.where(np.isnat(dates), -1, dates.astype("int64"))


def day_number(day: dt.date) -> int:
    """Return the number of a day, which is the number of days since 1970.

    Examples
    --------
    >>> day_number(dt.date(1970, 1, 3))
    2
    """
    return day.toordinal() - _EPOCH


def day_of(number: "int | np.int64") -> dt.date:
    """Return the day of a number.

    Examples
    --------
    >>> day_of(0)
    datetime.date(1970, 1, 1)
    """
    return dt.date.fromordinal(_EPOCH + int(number))


def text_numbers(texts: pd.Series) -> tuple[Integers, int]:
    """Return texts as numbers in the order of the texts, a missing one last, and how many there are.

    Examples
    --------
    >>> text_numbers(pd.Series(["b", None, "a", "b"], dtype="str"))
    (array([1, 2, 0, 1]), 3)
    """
    categorical = texts.array if isinstance(texts.array, pd.Categorical) else pd.Categorical(texts)
    size = len(categorical.categories)
    numbers = np.asarray(categorical.codes, dtype="int64")
    return np.where(numbers < 0, size, numbers), size + 1


def group_numbers(frame: pd.DataFrame, keys: Sequence[str]) -> tuple[Integers, Integers]:
    """Assign a number to each combination of text keys, in their order, a missing key last.

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
        numbers, size = text_numbers(frame[name])
        if width * size > LARGEST_KEY:  # then only the combinations that occur are numbered
            key, first = numbered(key)
            width = len(first)
        key, width = key * size + numbers, width * size
    return numbered(key)


def numbered(key: Integers) -> tuple[Integers, Integers]:
    """Return the number of each row's key, in the order of the keys, and the first row of each."""
    if len(key) and _is_dense(key):
        place = key - key.min()
        is_used = np.zeros(int(place.max()) + 1, "bool")
        is_used[place] = True
        numbers = (np.cumsum(is_used) - 1)[place]
        return numbers, first_rows(numbers, int(np.count_nonzero(is_used)))
    numbers, different = pd.factorize(key, sort=True)
    numbers = np.asarray(numbers, dtype="int64")
    return numbers, first_rows(numbers, len(different))


def _is_dense(numbers: Integers) -> bool:
    """Whether a table of all numbers in between is hardly larger than the numbers."""
    return int(numbers.max()) - int(numbers.min()) < 4 * len(numbers) + 256


def days_numbered(group: Integers, day: Integers) -> tuple[Integers, Integers]:
    """Assign a number to each day of each group, in their order, as `numbered` does.

    Examples
    --------
    >>> numbers, first = days_numbered(np.array([1, 0, 1]), np.array([20_001, 20_002, 20_001]))
    >>> numbers.tolist(), first.tolist()
    ([1, 0, 1], [1, 0])
    """
    if not len(day):
        return numbered(group)
    earliest = day.min()
    return numbered(group * (int(day.max()) - int(earliest) + 1) + day - earliest)


def first_rows(numbers: Integers, size: int) -> Integers:
    """Return the first row of each group."""
    first = np.zeros(size, "int64")
    first[numbers[::-1]] = np.arange(len(numbers) - 1, -1, -1)
    return first


def changes(*keys: Integers) -> Booleans:
    """Mark the first row of each run of equal keys.

    Examples
    --------
    >>> changes(np.array([4, 4, 7, 7])).tolist()
    [True, False, True, False]
    """
    is_first = np.zeros(len(keys[0]), "bool")
    is_first[:1] = True
    for key in keys:
        is_first[1:] |= key[1:] != key[:-1]
    return is_first


def starts(*keys: Integers) -> Integers:
    """Return the first row of each run of equal keys.

    Examples
    --------
    >>> starts(np.array([4, 4, 7, 7])).tolist()
    [0, 2]
    """
    return np.flatnonzero(changes(*keys))


def distinct(numbers: Integers) -> list[int]:
    """Return the different numbers, in order, as a list."""
    return [int(number) for number in distinct_array(numbers).tolist()]


def distinct_array(numbers: Integers) -> Integers:
    """Return the different numbers, in order, quickly where they are close to each other.

    Examples
    --------
    >>> distinct_array(np.array([9, 7, 9])).tolist()
    [7, 9]
    """
    if len(numbers) < 2:
        return numbers
    low = int(numbers.min())
    if int(numbers.max()) == low:
        return numbers[:1]
    if _is_dense(numbers):
        return np.flatnonzero(np.bincount(numbers - low)) + low
    return np.unique(numbers)


def summed(numbers: Integers, counts: npt.ArrayLike, size: int) -> Integers:
    """Add up whole counts by group; they stay exact below 2^53."""
    return np.bincount(numbers, np.asarray(counts, dtype="float64"), size).astype("int64")


def table_by_days(
    rows: Integers, days: Integers, counts: npt.ArrayLike, shape: tuple[int, int]
) -> Floats:
    """Add up counts by row and day in a table whose columns are days.

    Examples
    --------
    >>> table_by_days(np.array([0, 1, 1]), np.array([1, 0, 0]), [5, 2, 3], (2, 2)).tolist()
    [[0.0, 5.0], [5.0, 0.0]]
    """
    cells = rows * shape[1] + days
    values = np.asarray(counts, dtype="float64")
    return np.bincount(cells, values, shape[0] * shape[1]).astype("float64").reshape(shape)


def result_positions(policies: pd.DataFrame, failures: pd.DataFrame) -> Integers:
    """Return the position of each failure detail's policy result among rows of ``policies``.

    It is -1 where the policy result is not among these rows.

    Examples
    --------
    >>> results = pd.DataFrame({"policy_key": [7, 9]})
    >>> result_positions(results, pd.DataFrame({"policy_key": [9, 8]})).tolist()
    [1, -1]
    """
    positions = pd.Index(policies["policy_key"]).get_indexer(pd.Index(failures["policy_key"]))
    return np.asarray(positions, dtype="int64")
