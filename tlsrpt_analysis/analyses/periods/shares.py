"""Shares of two periods and their difference, for many domains or reporters at once."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from tlsrpt_analysis.analyses.numbering import day_numbers, table_by_days
from tlsrpt_analysis.analyses.statistics.differences import difference_intervals
from tlsrpt_analysis.analyses.statistics.intervals import (
    FEWEST_DAYS,
    daily_share_intervals,
)
from tlsrpt_analysis.arrays import Floats, Integers

UNSEEN_CHANGE = 0.1
"""An interval that holds 0 and reaches farther does not rule out a change of ten points."""

MEASURES = {
    "failed": ("failed_session_count", "policy_session_count"),
    "would_block": ("would_block_high", "tested_session_count"),
}
"""What is compared: the numerator and the denominator of each share."""

SIDES = ("before", "after")

SESSIONS = ("session_count", "policy_session_count", "tested_session_count")

SIDE_DAYS = (
    *("policy_domain", "reporter", "day"),
    *SESSIONS,
    *(count for count, _ in MEASURES.values()),
)
"""What a row of one reporter's day about a domain holds beside ``number`` and ``side``: the number
of the pair of periods, and 0 before or 1 after."""

LARGEST_TABLE = 2_000_000
"""Cells of groups by days held at a time: 16 MB for each kind of count."""


def share_columns(
    rows: pd.DataFrame, place: Integers, size: int, *, reporter: Integers
) -> pd.DataFrame:
    """Return the counts, shares and differences of each group, as `compare` describes them.

    Parameters
    ----------
    rows : DataFrame
        `SIDE_DAYS`, ``number`` and ``side``.
    place : array of int
        The group of each row.
    size : int
        How many groups there are.
    reporter : array of int
        The reporter of each row, of its domain and pair of periods.
    """
    rows = rows.reset_index(drop=True)
    weights = {
        name: reporter_weights(rows[whole], rows["side"].to_numpy("int64"), reporter)
        for name, (_, whole) in MEASURES.items()
    }
    days = day_numbers(rows["day"])
    days -= days.min() if len(days) else 0
    calendar = int(days.max(initial=0)) + 1
    step = max(1, LARGEST_TABLE // calendar)
    order = np.argsort(place, kind="stable")
    parts = []
    for first in range(0, max(size, 1), step):
        low, high = np.searchsorted(place[order], [first, first + step])
        rows_here = order[low:high]
        shape = (min(step, size - first), calendar)
        tables = _Tables(rows.iloc[rows_here], place[rows_here] - first, days[rows_here], shape)
        here = {name: of_measure[rows_here] for name, of_measure in weights.items()}
        parts.append(_columns(tables, here))
    frame = pd.concat(parts, ignore_index=True)
    return frame.astype({f"{measure}_verdict": "str" for measure in MEASURES})


def reporter_weights(sessions: pd.Series, side: Integers, reporter: Integers) -> Floats:
    """Weigh each row so that every reporter has the same part of both periods.

    A reporter counts in a period by its part of the sessions in the other one, as Mantel and
    Haenszel weigh strata: nothing where it is silent, and less where it is louder.

    References
    ----------
    Mantel, N., and Haenszel, W. (1959). Statistical aspects of the analysis of data from
    retrospective studies of disease. *Journal of the National Cancer Institute* 22 (4), 719-748.

    Examples
    --------
    >>> sessions = pd.Series([10, 30, 5])
    >>> reporter_weights(sessions, np.array([0, 1, 0]), np.array([0, 0, 1])).tolist()
    [0.75, 0.25, 0.0]
    """
    size = int(reporter.max(initial=-1)) + 1
    counts = sessions.to_numpy("float64")
    by_side = np.stack(
        [np.bincount(reporter, np.where(side == number, counts, 0.0), size) for number in (0, 1)]
    )
    other = by_side[1 - side, reporter]
    return np.asarray(other / np.maximum(by_side.sum(axis=0)[reporter], 1.0))


class _Tables:
    """Counts of some rows, groups by days."""

    def __init__(
        self, rows: pd.DataFrame, place: Integers, days: Integers, shape: tuple[int, int]
    ) -> None:
        self._rows, self._days, self.shape = place, days, shape
        self._side = rows["side"].to_numpy("int64")
        names = (*SESSIONS, *(count for count, _ in MEASURES.values()))
        self._counts = {name: rows[name].to_numpy("float64") for name in names}

    def of(self, name: str, side: int, weights: Floats | None = None) -> Floats:
        """Add up a count of one side, weighted or as it is."""
        counts = self._counts[name] if weights is None else self._counts[name] * weights
        mask = self._side == side
        return table_by_days(self._rows[mask], self._days[mask], counts[mask], self.shape)

    def weighted(self, measure: str, side: int, weights: Floats) -> tuple[Floats, Floats]:
        """Return the sessions and failures of one side, weighted, as so many are worth.

        Sessions of different weights are worth fewer of one weight.

        References
        ----------
        Kish, L. (1965). *Survey Sampling*, section 11.7.
        """
        count, whole = MEASURES[measure]
        sessions = self.of(whole, side, weights)
        squares = self.of(whole, side, weights**2).sum(axis=1)
        worth = sessions.sum(axis=1) / np.where(squares > 0, squares, 1.0)
        return sessions * worth[:, None], self.of(count, side, weights) * worth[:, None]


def _columns(tables: _Tables, weights: Mapping[str, Floats]) -> pd.DataFrame:
    columns: dict[str, npt.NDArray[np.generic]] = {}
    for count in SESSIONS:
        for number, name in enumerate(SIDES):
            columns[f"{count}_{name}"] = tables.of(count, number).sum(axis=1).astype("int64")
    for number, name in enumerate(SIDES):
        days = np.count_nonzero(tables.of("session_count", number), axis=1)
        columns[f"reported_days_{name}"] = days.astype("int64")
    for measure, (count, whole) in MEASURES.items():
        counts, wholes = ([tables.of(name, side) for side in (0, 1)] for name in (count, whole))
        for name, part in zip(SIDES, counts, strict=True):
            columns[f"{count}_{name}"] = part.sum(axis=1).astype("int64")
        for name, part, sessions in zip(SIDES, counts, wholes, strict=True):
            ends = daily_share_intervals(sessions, part)
            columns[f"{measure}_share_{name}"] = _share(part, sessions)
            columns[f"{measure}_share_{name}_low"] = ends[:, 0]
            columns[f"{measure}_share_{name}_high"] = ends[:, 1]
        sides = [tables.weighted(measure, side, weights[measure]) for side in (0, 1)]
        columns |= _difference(measure, *sides)
    return pd.DataFrame(columns)


def _difference(
    measure: str, before: tuple[Floats, Floats], after: tuple[Floats, Floats]
) -> dict[str, npt.NDArray[np.generic]]:
    old, new = (_share(part, whole) for whole, part in (before, after))
    ends = difference_intervals(before, after)
    days = np.minimum(*(np.count_nonzero(whole, axis=1) for whole, _ in (before, after)))
    ends[days < FEWEST_DAYS] = np.nan
    low, high = ends.T
    is_narrow = (low >= -UNSEEN_CHANGE) & (high <= UNSEEN_CHANGE)
    verdict = np.select(
        [high < 0, low > 0, is_narrow], ["better", "worse", "no clear change"], "too little data"
    )
    return {
        f"{measure}_difference": new - old,
        f"{measure}_difference_low": low,
        f"{measure}_difference_high": high,
        f"{measure}_verdict": verdict.astype(object),
    }


def _share(counts: Floats, sessions: Floats) -> Floats:
    total = sessions.sum(axis=1)
    return np.where(total > 0, counts.sum(axis=1) / np.where(total > 0, total, 1.0), np.nan)
