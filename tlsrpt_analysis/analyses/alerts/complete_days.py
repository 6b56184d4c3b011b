"""Days that are not complete: nothing is said about them before they are."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from tlsrpt_analysis.analyses.numbering import day_number, day_numbers
from tlsrpt_analysis.arrays import Booleans
from tlsrpt_analysis.tables import ReportTables

USUAL_PART = 0.9
"""A reporter's last day is complete when its reports cover so much of the time that they usually do."""

FEWEST_DAYS = 3


def complete_days(tables: ReportTables, today: dt.date, partial: Mapping[str, int]) -> ReportTables:
    """Return the reports of complete days: those before today, and of each reporter's last day all or none.

    Parameters
    ----------
    tables : ReportTables
        The reports.
    today : datetime.date
        The day of the check, in UTC.
    partial : mapping of str to int
        The last day of reporters whose reports do not cover it yet, as `partial_days` finds it.
    """
    frames = (tables.policies, tables.failures)
    is_kept = [_is_complete(frame, partial, today) for frame in frames]
    return replace(
        tables,
        policies=tables.policies[is_kept[0]].reset_index(drop=True),
        failures=tables.failures[is_kept[1]].reset_index(drop=True),
    )


def partial_days(covered: pd.DataFrame) -> dict[str, int]:
    """Return the last day of each reporter whose reports do not yet cover it as usual.

    Parameters
    ----------
    covered : DataFrame
        ``reporter``, ``day`` (its number), and ``begin`` and ``end`` of its reports, in any unit;
        a day may have several rows.

    Notes
    -----
    Some reporters write a report for each hour. Their last day is left out until its reports cover
    as much of it as on their other days.
    """
    ends = {"begin": "min", "end": "max"}
    days = covered.groupby(["reporter", "day"], observed=True).agg(ends).reset_index()
    partial: dict[str, int] = {}
    for reporter, own in days.groupby("reporter", observed=True):
        spans = (own["end"] - own["begin"]).to_numpy("float64")
        if len(spans) > FEWEST_DAYS and spans[-1] < USUAL_PART * np.median(spans[:-1]):
            partial[str(reporter)] = int(own["day"].iloc[-1])
    return partial


def _is_complete(frame: pd.DataFrame, partial: Mapping[str, int], today: dt.date) -> Booleans:
    days = day_numbers(frame["day"])
    last = frame["reporter"].astype("str").map(partial).fillna(-1).to_numpy("int64")
    return np.asarray((days < day_number(today)) & (days != last))
