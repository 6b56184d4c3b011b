"""Days that are not complete: nothing is said about them before they are."""

import datetime as dt
from dataclasses import replace

import numpy as np
import pandas as pd

from tlsrpt_analysis.analyses.numbering import day_number, day_numbers, group_numbers
from tlsrpt_analysis.arrays import Booleans
from tlsrpt_analysis.tables import ReportTables

USUAL_PART = 0.9
"""A reporter's last day is complete when its reports cover so much of the time that they usually do."""

FEWEST_DAYS = 3


def complete_days(tables: ReportTables, today: dt.date) -> ReportTables:
    """Return the reports of complete days: those before today, and of each reporter's last day all or none.

    Parameters
    ----------
    tables : ReportTables
        The reports.
    today : datetime.date
        The day of the check, in UTC.

    Notes
    -----
    Some reporters write a report for each hour. Their last day is left out until its reports cover
    as much of it as on their other days.
    """
    partial = _partial_days(tables.reports)
    frames = (tables.policies, tables.failures)
    is_kept = [_is_complete(frame, partial, today) for frame in frames]
    return replace(
        tables,
        policies=tables.policies[is_kept[0]].reset_index(drop=True),
        failures=tables.failures[is_kept[1]].reset_index(drop=True),
    )


def _partial_days(reports: pd.DataFrame) -> dict[str, int]:
    """Return the last day of each reporter whose reports do not yet cover it as usual."""
    rows = reports[~reports["is_duplicate"].to_numpy("bool")]
    number, first = group_numbers(rows, ["reporter", "day"])
    starts, ends = (rows[f"{end}_datetime"].astype("int64").to_numpy() for end in ("start", "end"))
    begin, end = np.full(len(first), np.iinfo("int64").max), np.zeros(len(first), "int64")
    np.minimum.at(begin, number, starts)
    np.maximum.at(end, number, ends)
    days = pd.DataFrame(
        {
            "reporter": rows["reporter"].astype("str").iloc[first].to_numpy(),
            "day": day_numbers(rows["day"].iloc[first]),
            "span": end - begin,
        }
    ).sort_values(["reporter", "day"])
    partial: dict[str, int] = {}
    for reporter, own in days.groupby("reporter"):
        spans = own["span"].to_numpy("float64")
        if len(spans) > FEWEST_DAYS and spans[-1] < USUAL_PART * np.median(spans[:-1]):
            partial[str(reporter)] = int(own["day"].iloc[-1])
    return partial


def _is_complete(frame: pd.DataFrame, partial: dict[str, int], today: dt.date) -> Booleans:
    days = day_numbers(frame["day"])
    last = frame["reporter"].astype("str").map(partial).fillna(-1).to_numpy("int64")
    return np.asarray((days < day_number(today)) & (days != last))
