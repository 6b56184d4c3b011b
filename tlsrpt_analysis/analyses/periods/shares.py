"""Shares of two periods and their difference, for many domains or reporters at once."""

import numpy as np
import numpy.typing as npt
import pandas as pd

from tlsrpt_analysis.analyses.numbering import day_numbers, table_by_days
from tlsrpt_analysis.analyses.statistics.intervals import (
    FEWEST_DAYS,
    daily_share_intervals,
    difference_intervals,
)
from tlsrpt_analysis.arrays import Booleans, Floats, Integers

UNSEEN_CHANGE = 0.1
"""An interval that holds 0 and reaches farther does not rule out a change of ten points."""

MEASURES = {"failed": "failed_session_count", "would_block": "would_block_high"}
SIDES = ("before", "after")

SIDE_DAYS = ("policy_domain", "reporter", "day", "session_count", *MEASURES.values())
"""What a row of one reporter's day about a domain holds beside ``number`` and ``side``: the number
of the pair of periods, and 0 before or 1 after."""

LARGEST_TABLE = 2_000_000
"""Cells of groups by days held at a time: 16 MB for each kind of count."""


def share_columns(
    rows: pd.DataFrame, place: Integers, size: int, *, is_common: Booleans
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
    is_common : array of bool
        The rows of reporters of both periods, of which the difference is.
    """
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
        parts.append(_columns(tables, is_common[rows_here]))
    frame = pd.concat(parts, ignore_index=True)
    return frame.astype({f"{measure}_verdict": "str" for measure in MEASURES})


class _Tables:
    """Counts of some rows, groups by days."""

    def __init__(
        self, rows: pd.DataFrame, place: Integers, days: Integers, shape: tuple[int, int]
    ) -> None:
        self._rows, self._days, self.shape = place, days, shape
        self._side = rows["side"].to_numpy("int64")
        names = ("session_count", *MEASURES.values())
        self._counts = {name: rows[name].to_numpy("float64") for name in names}

    def of(self, name: str, side: int, chosen: Booleans | None = None) -> Floats:
        """Add up a count of one side, of some rows."""
        mask = self._side == side
        if chosen is not None:
            mask &= chosen
        rows, days, counts = (of[mask] for of in (self._rows, self._days, self._counts[name]))
        return table_by_days(rows, days, counts, self.shape)


def _columns(tables: _Tables, is_common: Booleans) -> pd.DataFrame:
    sessions = [tables.of("session_count", side) for side in (0, 1)]
    shared = [tables.of("session_count", side, is_common) for side in (0, 1)]
    columns: dict[str, npt.NDArray[np.generic]] = {}
    for name, side in zip(SIDES, sessions, strict=True):
        columns[f"session_count_{name}"] = side.sum(axis=1).astype("int64")
    for name, side in zip(SIDES, sessions, strict=True):
        columns[f"reported_days_{name}"] = np.count_nonzero(side, axis=1).astype("int64")
    for measure, count in MEASURES.items():
        counts = [tables.of(count, side) for side in (0, 1)]
        for name, side in zip(SIDES, counts, strict=True):
            columns[f"{count}_{name}"] = side.sum(axis=1).astype("int64")
        for name, part, whole in zip(SIDES, counts, sessions, strict=True):
            ends = daily_share_intervals(whole, part)
            columns[f"{measure}_share_{name}"] = _share(part, whole)
            columns[f"{measure}_share_{name}_low"] = ends[:, 0]
            columns[f"{measure}_share_{name}_high"] = ends[:, 1]
        common = [tables.of(count, side, is_common) for side in (0, 1)]
        columns |= _difference(measure, shared, common)
    return pd.DataFrame(columns)


def _difference(
    measure: str, sessions: list[Floats], failures: list[Floats]
) -> dict[str, npt.NDArray[np.generic]]:
    old, new = (_share(part, whole) for part, whole in zip(failures, sessions, strict=True))
    ends = difference_intervals((sessions[0], failures[0]), (sessions[1], failures[1]))
    days = np.minimum(*(np.count_nonzero(whole, axis=1) for whole in sessions))
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
