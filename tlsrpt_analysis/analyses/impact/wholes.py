"""What the rows of an impact are shares of: the sessions of a domain, or of one of its reporters."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from tlsrpt_analysis.analyses.impact.retries import MODES, RETRY_COLUMNS
from tlsrpt_analysis.analyses.numbering import day_numbers, group_numbers, summed, table_by_days
from tlsrpt_analysis.analyses.sessions import SESSIONS
from tlsrpt_analysis.arrays import Floats, Integers


@dataclass(frozen=True, slots=True)
class Wholes:
    """Tested sessions by whole and day, as a table in which days are columns; ``rows`` has their keys."""

    rows: pd.DataFrame
    calendar: Integers
    number: Integers
    day: Integers
    weighted: Floats
    counts: dict[str, Integers]
    retries: dict[str, Floats]
    size: int

    def days_of(self, wholes: Integers) -> Floats:
        """Return the weighted tested sessions of some wholes by day."""
        place = np.full(self.size, -1, "int64")
        distinct, inverse = np.unique(wholes, return_inverse=True)
        place[distinct] = np.arange(len(distinct))
        is_in = place[self.number] >= 0
        table = table_by_days(
            place[self.number[is_in]], self.day[is_in], self.weighted[is_in],
            (len(distinct), len(self.calendar)),
        )  # fmt: skip
        return table[inverse]


def wholes_of(sessions: pd.DataFrame, keys: Sequence[str]) -> Wholes:
    """Return the wholes of all sessions by day.

    Parameters
    ----------
    sessions : DataFrame
        `SESSIONS`, ``weight`` and what `with_retries` adds, by day.
    keys : sequence of str
        What a whole is about.
    """
    number, first = group_numbers(sessions, keys)
    size = len(first)
    numbers = day_numbers(sessions["day"])
    # A day that follows one without a report has no day before it, whatever others reported.
    calendar = np.unique(np.concatenate([numbers, numbers + 1]))
    weight = sessions["weight"].to_numpy("float64")
    tested = sessions["tested_session_count"].to_numpy("float64")
    retries = [f"{mode}_{name}" for mode in MODES for name in RETRY_COLUMNS]
    return Wholes(
        texts_of(sessions, keys, first),
        calendar,
        number,
        np.searchsorted(calendar, numbers),
        tested * weight,
        {name: summed(number, sessions[name], size) for name in SESSIONS},
        {
            name: added(number, sessions[name].to_numpy("float64") * weight, size)
            for name in retries
        },
        size,
    )


def added(number: Integers, values: Floats, size: int) -> Floats:
    """Add up values by group."""
    return np.bincount(number, values, size).astype("float64")


def texts_of(frame: pd.DataFrame, keys: Sequence[str], first: Integers) -> pd.DataFrame:
    """Return the keys of some rows of a frame as texts."""
    named = frame[list(keys)].take(first).reset_index(drop=True)
    return named.astype(dict.fromkeys(keys, "str"))
