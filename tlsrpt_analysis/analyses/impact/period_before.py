"""What was refused in the period before today's, which is as long: whether it became better or worse."""

import numpy as np
import pandas as pd

from tlsrpt_analysis.analyses.impact.evidence import Days, texts
from tlsrpt_analysis.analyses.numbering import day_numbers, day_of, group_numbers, summed
from tlsrpt_analysis.analyses.statistics.differences import difference_intervals
from tlsrpt_analysis.analyses.statistics.intervals import FEWEST_DAYS
from tlsrpt_analysis.arrays import Booleans, Floats, Integers
from tlsrpt_analysis.tables import DAY

_COUNTS = {"tested_session_count": "tested_session_count", "refused_count": "would_block_high"}


def sums_before(days: Days) -> pd.DataFrame:
    """Return the sums of the days before today's, as many as today has.

    Returns
    -------
    DataFrame
        A row per domain: ``policy_domain since tested_session_count would_block_high tested
        refused change_low change_high``; the last four are weighted by mail, and the last two are
        the 95 % interval of today's share less that before, with days as clusters.
    """
    rows, todays = days.tested, days.todays
    number, first = group_numbers(rows, ["policy_domain"])
    place = {name: at for at, name in enumerate(texts(todays["policy_domain"]))}
    at = np.array([place[name] for name in texts(rows["policy_domain"].iloc[first])], "int64")
    begin, end = (todays[name].to_numpy("int64") for name in ("since", "until"))
    since = 2 * begin - end - 1
    day, of_row = day_numbers(rows["day"]), at[number]
    is_before = (day >= since[of_row]) & (day < begin[of_row])
    counts = {
        name: summed(of_row[is_before], rows[column].to_numpy("int64")[is_before], len(todays))
        for column, name in _COUNTS.items()
    }
    width = _width(end - begin + 1)
    before = _by_day(rows, of_row, day - since[of_row], is_before, len(todays), width)
    is_today = (day >= begin[of_row]) & (day <= end[of_row])
    today = _by_day(rows, of_row, day - begin[of_row], is_today, len(todays), width)
    change = _change(before, today)
    return todays[["policy_domain"]].assign(
        since=since,
        **counts,
        tested=before[0].sum(axis=1),
        refused=before[1].sum(axis=1),
        change_low=change[:, 0],
        change_high=change[:, 1],
    )


def with_change(before: pd.DataFrame, most: float, today: pd.DataFrame) -> pd.DataFrame:
    """Return the columns of `EnforceImpact.before_today`.

    Parameters
    ----------
    before : DataFrame
        The `sums_before`.
    most : float
        The largest part of all mail that comes from the senders.
    today : DataFrame
        ``policy_domain today_would_block_share``.
    """
    tested = before["tested"].where(before["tested_session_count"] > 0)
    found = pd.DataFrame(
        {
            "policy_domain": before["policy_domain"],
            "before_since": pd.Series(map(day_of, before["since"]), dtype=DAY),
            "before_tested_session_count": before["tested_session_count"],
            "before_would_block_high": before["would_block_high"],
            "before_would_block_share": most * before["refused"] / tested,
            "would_block_change_low": most * before["change_low"],
            "would_block_change_high": most * before["change_high"],
        }
    ).merge(today, on="policy_domain", how="left")
    change = found.pop("today_would_block_share") - found["before_would_block_share"]
    found.insert(5, "would_block_change", change)
    return found


def _width(days: Integers) -> int:
    """Return a number of days for all; whole eights add up alike, however many domains there are."""
    return -(-int(days.max(initial=1)) // 8) * 8


def _by_day(  # noqa: PLR0917, PLR0913 - rows, where each belongs, and the shape
    rows: pd.DataFrame, of_row: Integers, day: Integers, is_in: Booleans, domains: int, width: int
) -> tuple[Floats, Floats]:
    """Return the tested and the refused sessions of each domain, by day."""
    cell = of_row[is_in] * width + day[is_in]
    tested, refused = (
        np.bincount(cell, rows[name].to_numpy("float64")[is_in], domains * width).astype("float64")
        for name in ("tested", "refused")
    )
    return tested.reshape(domains, width), refused.reshape(domains, width)


def _change(before: tuple[Floats, Floats], today: tuple[Floats, Floats]) -> Floats:
    """Return the interval of today's share less that before; missing with too few days of either."""
    ends = difference_intervals(before, today)
    is_short = [np.count_nonzero(part[0], axis=1) < FEWEST_DAYS for part in (before, today)]
    ends[is_short[0] | is_short[1]] = np.nan
    return ends
