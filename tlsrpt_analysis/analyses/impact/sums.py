"""Rows of the impact: counts added up over days, and shares with their intervals.

The sums of a row do not depend on the scale on which they are read, so that changing the scale
costs next to nothing.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
import numpy.typing as npt
import pandas as pd

from tlsrpt_analysis.analyses.impact.fates import FATES
from tlsrpt_analysis.analyses.impact.retries import (
    MODES,
    messages_per_session,
)
from tlsrpt_analysis.analyses.impact.wholes import Wholes, added, texts_of
from tlsrpt_analysis.analyses.numbering import day_numbers, group_numbers, summed, table_by_days
from tlsrpt_analysis.analyses.refusals import BOUNDS
from tlsrpt_analysis.analyses.sessions import SESSIONS
from tlsrpt_analysis.analyses.statistics.intervals import daily_share_intervals
from tlsrpt_analysis.arrays import Floats, Integers

COUNTS = [*SESSIONS, *BOUNDS]
SHARES = ["would_block_share", "would_block_share_low", "would_block_share_high"]
LOST = ["lost_share_low", "lost_share_high"]
LOST_INTERVAL = ["lost_interval_low", "lost_interval_high"]
ROW = [*COUNTS, *FATES, *SHARES, *LOST, *LOST_INTERVAL]

SAMPLED = {"would_block_low": 0, "would_block_high": 1, "lost_low": 0, "lost_high": 1}
"""The counts with an interval, and which end of it matters."""

CELLS = 2_000_000
"""This many days of rows are computed at once, because each takes a few numbers of memory."""


@dataclass(frozen=True, slots=True)
class Scale:
    """How sessions become a share of mail.

    `honouring` are the bounds of the part of the whole that reporting senders stand for;
    `per_message` those of the sessions that one refused message may take under enforce mode, and
    `per_message_in_testing` those in testing mode.
    """

    honouring: tuple[float, float] = (1.0, 1.0)
    per_message: tuple[float, float] = (1.0, 1.0)
    per_message_in_testing: tuple[float, float] = (1.0, 1.0)

    def of_mode(self, mode: str) -> tuple[float, float]:
        """Return the sessions that one refused message may take in a mode of `MODES`."""
        return self.per_message if mode == "enforced" else self.per_message_in_testing


@dataclass(frozen=True, slots=True)
class Sums:
    """The sums by domain, by domain and reporter, by MX host and by cause."""

    by_domain: pd.DataFrame
    by_reporter: pd.DataFrame
    by_mx: pd.DataFrame
    by_cause: pd.DataFrame


def part_sums(
    refused: pd.DataFrame, wholes: Wholes, *, keys: Sequence[str], has_intervals: bool = True
) -> pd.DataFrame:
    """Return a row of sums for every combination of `keys` that was refused.

    Parameters
    ----------
    refused : DataFrame
        Refused sessions by day with their fates, ``is_enforced`` and the ``weight`` of a
        session of this reporter.
    wholes : Wholes
        What the shares of a row are of, by some of `keys`.
    keys : sequence of str
        What a row is about.
    has_intervals : bool
        Whether to compute the ends of the intervals, which take most of the time.
    """
    number, first = group_numbers(refused, keys)
    rows = texts_of(refused, keys, first)
    numbers = np.arange(len(wholes.rows))
    named = wholes.rows.assign(whole=numbers)
    of_row = rows.merge(named, on=list(wholes.rows), how="left")["whole"].to_numpy("int64")
    return _sums(rows, refused, number, wholes, of_row, has_intervals=has_intervals)


def whole_sums(
    refused: pd.DataFrame, wholes: Wholes, *, has_intervals: bool = True
) -> pd.DataFrame:
    """Return a row of sums for each whole, refused or not."""
    rows = wholes.rows
    keys = [str(name) for name in rows]
    part, first_refused = group_numbers(refused, keys)
    named = texts_of(refused, keys, first_refused)
    numbers = np.arange(len(rows))
    joined = named.merge(rows.assign(whole=numbers), on=keys, how="left")
    number = joined["whole"].to_numpy("int64")[part]
    return _sums(rows, refused, number, wholes, numbers, has_intervals=has_intervals)


def scaled(sums: pd.DataFrame, scale: Scale) -> pd.DataFrame:
    """Return the rows of sums as counts and shares on a scale."""
    least, most = scale.honouring
    whole = np.maximum(sums["whole"].to_numpy("float64"), 1e-12)
    lost = {name: _message_shares(sums, name, scale) for name in FATES[4:]}
    sure, possible = lost["lost_low"].min(axis=0), lost["lost_high"].max(axis=0).clip(max=1.0)
    raw = {
        name: (sums[f"{name}_once"] + sums[f"{name}_retried"]).to_numpy("float64") / whole
        for name in lost
    }
    end = {name: sums[f"{name}_end"].to_numpy("float64") for name in SAMPLED}
    shares = {
        "would_block_share": most * sums["high"].to_numpy("float64") / whole,
        "would_block_share_low": least * end["would_block_low"],
        "would_block_share_high": most * end["would_block_high"],
        "lost_share_low": least * sure,
        "lost_share_high": most * possible,
        "lost_interval_low": least * end["lost_low"] * _ratio(sure, raw["lost_low"]),
        "lost_interval_high": most
        * np.minimum(1.0, end["lost_high"] * _ratio(possible, raw["lost_high"])),
    }
    return sums[COUNTS + FATES].assign(**shares)


def _sums(  # noqa: PLR0913 - rows, what is added up, and what they are shares of
    rows: pd.DataFrame,
    refused: pd.DataFrame,
    number: Integers,
    wholes: Wholes,
    of_row: Integers,
    *,
    has_intervals: bool,
) -> pd.DataFrame:
    """Add up the refused sessions of each row; `of_row` is the number of the whole of each row."""
    size = len(rows)
    weight = refused["weight"].to_numpy("float64")
    once = ~refused["is_enforced"].to_numpy("bool")
    columns: dict[str, npt.NDArray[np.number]] = {
        name: counts[of_row] for name, counts in wholes.counts.items()
    }
    for name in BOUNDS:
        columns[name] = summed(number, refused[name], size)
    for name in FATES:
        columns[name] = _rounded(name, added(number, refused[name].to_numpy("float64"), size))
    for name in FATES[4:]:
        values = refused[name].to_numpy("float64") * weight
        columns[f"{name}_once"] = added(number, values * once, size)
        columns[f"{name}_retried"] = added(number, values * ~once, size)
    columns["high"] = added(number, refused[BOUNDS[1]].to_numpy("float64") * weight, size)
    columns["whole"] = added(wholes.number, wholes.weighted, wholes.size)[of_row]
    columns |= {name: values[of_row] for name, values in wholes.retries.items()}
    ends = (
        _ends(refused, number, wholes, of_row) if has_intervals else dict.fromkeys(SAMPLED, np.nan)
    )
    return rows.assign(**columns, **{f"{name}_end": ends[name] for name in SAMPLED})


def _ends(
    refused: pd.DataFrame, number: Integers, wholes: Wholes, of_row: Integers
) -> dict[str, Floats]:
    """Return the ends of the 95 % intervals, days as clusters, a few rows at a time."""
    days = len(wholes.calendar)
    day = np.searchsorted(wholes.calendar, day_numbers(refused["day"]))
    weight = refused["weight"].to_numpy("float64")
    ends = {name: np.full(len(of_row), np.nan) for name in SAMPLED}
    for begin, end in _slices(len(of_row), max(1, CELLS // max(1, days))):
        is_in = (number >= begin) & (number < end)
        sessions = wholes.days_of(of_row[begin:end])
        part, place = np.unique(number[is_in] - begin, return_inverse=True)
        untouched = np.setdiff1d(np.arange(end - begin), part)
        of_nothing = daily_share_intervals(sessions[untouched], np.zeros((len(untouched), days)))
        for name, which in SAMPLED.items():
            values = refused[name].to_numpy("float64")[is_in] * weight[is_in]
            table = table_by_days(place, day[is_in], values, (len(part), days))
            ends[name][begin + untouched] = of_nothing[:, which]
            ends[name][begin + part] = daily_share_intervals(sessions[part], table)[:, which]
    return ends


def _slices(size: int, step: int) -> Iterator[tuple[int, int]]:
    for begin in range(0, size, step):
        yield begin, min(size, begin + step)


def _rounded(name: str, values: Floats) -> Integers:
    """Round a lower bound down and an upper bound up."""
    rounded = np.floor(values + 1e-6) if name.endswith("_low") else np.ceil(values - 1e-6)
    return rounded.astype("int64")


def _message_shares(sums: pd.DataFrame, name: str, scale: Scale) -> Floats:
    """Return a share of messages at both ends of what a failed session stands for, in each mode.

    With x messages per failed session, c such sessions of n stand for c x messages of
    n - f + f x, where f are the failed sessions of the mode; the share is monotonic in x of either
    mode, so that its ends are among those of the bounds.
    """
    once, retried = (sums[f"{name}_{part}"].to_numpy("float64") for part in ("once", "retried"))
    whole = sums["whole"].to_numpy("float64")
    failed = {mode: sums[f"{mode}_failed"].to_numpy("float64") for mode in MODES}
    ends = [messages_per_session(sums, mode, scale.of_mode(mode)) for mode in MODES]
    shares = []
    for testing, enforced in product(*ends):
        saved = failed["testing"] * (1 - testing) + failed["enforced"] * (1 - enforced)
        messages = np.maximum(whole - saved, 1e-12)
        shares.append((once * testing + retried * enforced) / messages)
    return np.array(shares)


def retries(sums: pd.DataFrame, scale: Scale) -> pd.DataFrame:
    """Return the sessions that a refused message takes, at least and at most, in each row and mode.

    Returns
    -------
    DataFrame
        ``testing_retries_low`` to ``enforced_retries_high``.
    """
    columns = {}
    for mode in MODES:
        low, high = messages_per_session(sums, mode, scale.of_mode(mode))
        columns[f"{mode}_retries_low"] = 1 / np.maximum(high, 1e-12)
        columns[f"{mode}_retries_high"] = 1 / np.maximum(low, 1e-12)
    return pd.DataFrame(columns, index=sums.index)


def _ratio(corrected: Floats, raw: Floats) -> Floats:
    return np.divide(corrected, raw, out=np.ones_like(raw), where=raw != 0)
