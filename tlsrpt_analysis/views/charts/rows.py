"""Frames laid out for charts: not too many rows, days as text, a word for missing values.

Charts get plain rows and never a frame, so they stay below altair's limit of 5,000 rows, and the
text of a report is only data.
"""

import datetime as dt
import math
from collections.abc import Callable, Hashable, Mapping
from typing import Any

import pandas as pd

from tlsrpt_analysis.analyses.percentages import percent
from tlsrpt_analysis.shown_texts import without_controls
from tlsrpt_analysis.views.charts.periods import FREQUENCIES, ends, period_names, starts
from tlsrpt_analysis.views.style import missing_as

MOST_ROWS = 4_000
"""The most rows of one chart: about 1 MB in a page, and drawn in a moment."""

MOST_DOMAINS = 12
"""The most domains of one chart: nobody reads more."""

MOST_LINES = 12
"""The most reporters or hosts of one domain in a chart."""

MOST_SHOWN = 36
"""The most rows of all domains together: a page and a half of a screen."""

LINE = ["policy_domain", "reporter"]
COUNTS = ["session_count", "failed_session_count"]

RATES = ("none", "up to 1 %", "1 to 5 %", "5 to 25 %", "25 to 50 %", "over 50 %")
RATE_BOUNDS = (0.0, 0.01, 0.05, 0.25, 0.5, 1.0)


def bounded_sessions(sessions: pd.DataFrame, *, most_rows: int = MOST_ROWS) -> pd.DataFrame:
    """Return daily sessions in at most `most_rows` rows, summed by week, month or year if needed.

    Parameters
    ----------
    sessions : DataFrame
        The result of `tlsrpt_analysis.daily_sessions`.
    most_rows : int
        The most rows to return; at least 400.

    Returns
    -------
    DataFrame
        ``policy_domain`` and ``reporter`` (the largest by name, the rest as "others"),
        ``start`` and ``end`` (dates as text, the end excluded), ``period`` (as text) and the two
        counts, with the same sums as `sessions`.

    Examples
    --------
    >>> days = pd.date_range("2026-01-01", periods=3000).date
    >>> long = pd.DataFrame({"policy_domain": "example.com", "reporter": "Google", "day": days,
    ...     "session_count": 2, "failed_session_count": 1})
    >>> weekly = bounded_sessions(long, most_rows=1000)
    >>> len(weekly), int(weekly["session_count"].sum()), weekly["period"].iloc[1]
    (429, 6000, 'week of 5 Jan 2026')
    """
    frame = _daily(sessions)
    for noun in FREQUENCIES:
        start = starts(frame["day"], noun).rename("start")
        summed = frame.groupby([*LINE, start])[COUNTS].sum().reset_index()
        if len(summed) <= most_rows:
            break
    summed["end"] = ends(summed["start"], noun).dt.strftime("%Y-%m-%d")
    summed["period"] = period_names(summed["start"], noun)
    summed["start"] = summed["start"].dt.strftime("%Y-%m-%d")
    return summed.nlargest(most_rows, "session_count").sort_index(ignore_index=True)


def _daily(sessions: pd.DataFrame) -> pd.DataFrame:
    """Return the counts of each day, of the largest domains and reporters by name."""
    named = pd.DataFrame(
        {
            "policy_domain": largest(sessions, "policy_domain", count=MOST_DOMAINS),
            "reporter": largest(sessions, "reporter", count=MOST_LINES),
        }
    ).astype("category")
    counts = sessions[COUNTS].astype("int64")
    daily = named.assign(day=sessions["day"].astype("datetime64[s]"), **counts)
    summed = daily.groupby([*LINE, "day"], observed=True)[COUNTS].sum().reset_index()
    return summed.astype(dict.fromkeys(LINE, "object"))


def largest(frame: pd.DataFrame, column: str, *, count: int) -> pd.Series:
    """Return a column in which the values with few sessions are replaced by their number.

    Parameters
    ----------
    frame : DataFrame
        With `column` and ``session_count``.
    column : str
        ``"policy_domain"`` or ``"reporter"``.
    count : int
        How many values there are at most.

    Returns
    -------
    Series
        The column as text, with "30 others" for the rare values.
    """
    named = missing_as(frame[column])
    totals = frame["session_count"].groupby(named).sum().sort_values(ascending=False, kind="stable")
    if len(totals) <= count:
        return named
    rare = f"{len(totals) - count + 1} others"
    return named.where(named.isin(totals.index[: count - 1]), rare)


def first_domains(
    frame: pd.DataFrame, *, by: str, lines: int = MOST_LINES, most: int = MOST_SHOWN
) -> pd.DataFrame:
    """Return the first lines of the domains with the largest sum of a quantity.

    Parameters
    ----------
    frame : DataFrame
        With ``policy_domain`` and `by`; the order within a domain stays.
    by : str
        The quantity to rank the domains by.
    lines : int
        The most rows of one domain.
    most : int
        The most rows of all.

    Returns
    -------
    DataFrame
        The rows with ``domain_order`` and ``line_order``, by which they are sorted; a missing domain
        has a name.
    """
    frame = frame.assign(policy_domain=missing_as(frame["policy_domain"]))
    totals = frame[by].astype("Float64").fillna(0).groupby(frame["policy_domain"]).sum()
    ranked = totals.sort_values(ascending=False, kind="stable").index[:MOST_DOMAINS]
    frame = frame[frame["policy_domain"].isin(ranked)]
    order = {domain: place for place, domain in enumerate(ranked)}
    frame = frame.assign(
        domain_order=frame["policy_domain"].map(order).astype("int64"),
        line_order=frame.groupby("policy_domain").cumcount(),
    )
    shown = frame[frame["line_order"] < lines]
    return shown.sort_values(["domain_order", "line_order"], ignore_index=True).head(most)


def left_out(frame: pd.DataFrame, kept: pd.DataFrame, noun: str) -> str:
    """Return a sentence on how much a chart leaves out and where it is, or ""."""
    count = len(frame) - len(kept)
    return f" And {count:,} more {noun}, in the table." if count else ""


def with_headings(rows: pd.DataFrame) -> pd.DataFrame:
    """Return rows with their place in the chart, below the name of their domain if there are several.

    Parameters
    ----------
    rows : DataFrame
        As `first_domains` returns them.

    Returns
    -------
    DataFrame
        With ``row``, and ``layer`` for rows that have none: ``whole``, or ``heading`` for the names.

    Examples
    --------
    >>> rows = pd.DataFrame({"policy_domain": ["a", "b"], "domain_order": [0, 1], "name": ["x", "y"]})
    >>> with_headings(rows)["name"].tolist()
    ['a', 'x', 'b', 'y']
    """
    rows = rows.assign(layer="whole")
    domains = rows.drop_duplicates("policy_domain")[["policy_domain", "domain_order"]]
    if len(domains) > 1:
        names = domains.assign(name=domains["policy_domain"], layer="heading")
        both = pd.concat([names, rows], ignore_index=True)
        rows = both.sort_values("domain_order", kind="stable", ignore_index=True)
    return rows.assign(row=range(len(rows)))


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows as plain JSON values, with days as text and missing values as None.

    Parameters
    ----------
    frame : DataFrame
        Any frame.

    Returns
    -------
    list of dict
        One per row.

    Examples
    --------
    >>> records(pd.DataFrame({"share": [0.5, None], "day": [dt.date(2026, 8, 1)] * 2}))[1]
    {'share': None, 'day': '2026-08-01'}
    """
    columns = [_json_values(frame[column]) for column in frame.columns]
    names = [str(column) for column in frame.columns]
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


def _json_values(values: pd.Series) -> list[Any]:
    if values.dtype in ("int64", "bool"):
        return values.to_numpy().tolist()
    if values.dtype == "float64":
        return [each if math.isfinite(each) else None for each in values.to_numpy().tolist()]
    return [_json_value(value) for value in values.astype("object").to_numpy()]


def _json_value(value: Any) -> Any:
    if isinstance(value, list | tuple | set | frozenset):
        return without_controls(", ".join(map(str, value)))
    if value is None or value is pd.NA or value is pd.NaT:
        return None
    if isinstance(value, str):
        return without_controls(value)
    if isinstance(value, dt.date):
        return value.isoformat()[:10]
    value = value.item() if hasattr(value, "item") else value
    return None if isinstance(value, float) and not math.isfinite(value) else value


def rate_bands(failed: pd.Series, counted: pd.Series) -> pd.Series:
    """Return the step of the colour scale for each share of failed sessions."""
    share = failed / counted.clip(lower=1)
    steps = pd.cut(share, [-1.0, *RATE_BOUNDS], labels=list(RATES))
    return steps.astype("object")


def percent_range(low: Any, high: Any) -> str:
    """Return an interval of shares as text.

    Examples
    --------
    >>> percent_range(0, 0.3), percent_range(0.2, 0.2), percent_range(None, None)
    ('0 % to 30.0 %', '20.0 %', 'too few days for an interval')
    """
    if pd.isna(low) or pd.isna(high):
        return "too few days for an interval"
    ends = percent(low), percent(high)
    return ends[0] if ends[0] == ends[1] else f"{ends[0]} to {ends[1]}"


def row_texts(frame: pd.DataFrame, text: Callable[[Mapping[Hashable, Any]], str]) -> list[str]:
    """Return one text per row."""
    return [text(row) for row in frame.to_dict("records")]
