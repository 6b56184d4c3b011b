"""Tested and refused sessions by week, and by cause."""

import numpy as np
import pandas as pd

from tlsrpt_analysis.analyses.numbering import day_numbers, table_by_days
from tlsrpt_analysis.analyses.refusals import BOUNDS, Refusals
from tlsrpt_analysis.analyses.sessions import grouped
from tlsrpt_analysis.analyses.statistics.intervals import clustered_intervals
from tlsrpt_analysis.tables import DAY

CAUSE = ["result_type", "failure_reason_code"]
WEEK = ["policy_domain", "week"]
SHARES = ["would_block_share", "would_block_share_low", "would_block_share_high"]


def week_of(days: pd.Series) -> pd.Series:
    """Return the Monday of each day's week (ISO 8601).

    Examples
    --------
    >>> week_of(pd.Series(pd.to_datetime(["2026-11-29"]))).dt.date.item()
    datetime.date(2026, 11, 23)
    """
    mondays: pd.Series = (days - pd.to_timedelta(days.dt.day_of_week, unit="D")).astype(DAY)
    return mondays


def sums_by_week(days: pd.DataFrame) -> pd.DataFrame:
    """Add up the days of each domain and week, with the interval of the refused share.

    Parameters
    ----------
    days : DataFrame
        ``policy_domain day tested_session_count untested_session_count would_block_low
        would_block_high``.

    Returns
    -------
    DataFrame
        `WEEK`, the counts, and `SHARES` of the tested sessions, with 95 % and days as clusters;
        missing where none was tested.
    """
    rows = days.assign(week=week_of(days["day"])).astype({"policy_domain": "str"})
    counts = ["tested_session_count", "untested_session_count", *BOUNDS]
    sums = rows.groupby(WEEK)[counts].sum().reset_index()
    number = rows[WEEK].merge(sums[WEEK].assign(number=range(len(sums))), on=WEEK, how="left")
    weekday = day_numbers(rows["day"]) - day_numbers(rows["week"])
    shape = (len(sums), 7)
    tested, low, high = (
        table_by_days(number["number"].to_numpy("int64"), weekday, rows[name], shape)
        for name in ("tested_session_count", *BOUNDS)
    )
    whole = np.where(tested.sum(axis=1) > 0, tested.sum(axis=1), np.nan)
    is_known = ~np.isnan(whole)
    ends = [clustered_intervals(tested, part)[:, at] for at, part in ((0, low), (1, high))]
    columns = (high.sum(axis=1) / whole, *(np.where(is_known, end, np.nan) for end in ends))
    return sums.assign(**dict(zip(SHARES, columns, strict=True)))


def causes_by_week(refused: Refusals, weeks: pd.DataFrame) -> pd.DataFrame:
    """Return what was refused in each week by result type and reason code, the most first.

    Returns
    -------
    DataFrame
        `WEEK`, `CAUSE`, the bounds, and ``would_block_share`` of the tested sessions of the week.
    """
    rows = refused.by_day(CAUSE)
    keys = [*WEEK, *CAUSE]
    named = rows.assign(week=week_of(rows["day"])).astype(
        dict.fromkeys(["policy_domain", *CAUSE], "str")
    )
    sums = grouped(named, keys)[BOUNDS].sum().reset_index()
    tested = sums.merge(weeks[[*WEEK, "tested_session_count"]], on=WEEK, how="left")
    share = sums[BOUNDS[1]] / tested["tested_session_count"].to_numpy("float64")
    sums = sums.assign(would_block_share=np.minimum(1.0, share))
    order = [*WEEK, BOUNDS[1], *CAUSE]
    return sums.sort_values(order, ascending=[True, True, False, True, True], ignore_index=True)
