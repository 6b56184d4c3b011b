"""Rows of the impact: counts added up over days, and shares with their intervals."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from tlsrpt_analysis.analyses.blocked import BOUNDS
from tlsrpt_analysis.analyses.outcomes import OUTCOMES
from tlsrpt_analysis.analyses.proportions import daily_share_interval
from tlsrpt_analysis.analyses.sessions import grouped

COUNTS = ["session_count", *BOUNDS]
SHARES = ["would_block_share", "would_block_share_low", "would_block_share_high"]
LOST = ["lost_share_low", "lost_share_high"]
LOST_INTERVAL = ["lost_interval_low", "lost_interval_high"]
VALUES = [*BOUNDS, *OUTCOMES]
ROW = [*COUNTS, *OUTCOMES, *SHARES, *LOST, *LOST_INTERVAL]

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Scale:
    """How sessions become a share of mail.

    `honouring` are the bounds of the part of the whole that reporting senders stand for;
    `per_message` those of the sessions that one message may take under enforce mode.
    """

    honouring: tuple[float, float] = (1.0, 1.0)
    per_message: tuple[float, float] = (1.0, 26.0)


@dataclass(frozen=True, slots=True)
class _Whole:
    """One value a day: all sessions, weighted, and those that failed under enforce mode."""

    session_count: int
    sessions: Floats
    failed_enforced: float
    days: npt.NDArray[np.int64]


def impact_rows(
    refused: pd.DataFrame,
    sessions: pd.DataFrame,
    *,
    keys: Sequence[str],
    of: Sequence[str],
    scale: Scale,
) -> pd.DataFrame:
    """Give a row of counts and shares for every combination of `keys` that was refused.

    Parameters
    ----------
    refused : DataFrame
        Refused sessions by day with their outcomes, ``is_enforced`` and the ``weight`` of a
        session of this reporter.
    sessions : DataFrame
        All sessions by day: ``session_count``, ``failed_enforced_count``, ``weight``.
    keys, of : sequence of str
        What a row is about, and what its shares are of.
    scale : Scale
        How sessions become a share of mail.
    """
    calendar = pd.Index(sorted(sessions["day"].unique()))
    wholes = {key: _whole(rows, calendar) for key, rows in _parts(sessions, of)}
    rows = []
    for key, its in _parts(refused, keys):
        whole = wholes[tuple(key[keys.index(name)] for name in of)]
        rows.append({**dict(zip(keys, key, strict=True)), **_row(its, whole, calendar, scale)})
    return pd.DataFrame(rows, columns=[*keys, *ROW])


def whole_rows(
    refused: pd.DataFrame, sessions: pd.DataFrame, *, keys: Sequence[str], scale: Scale
) -> pd.DataFrame:
    """Give a row for every combination of `keys` with sessions, refused or not."""
    calendar = pd.Index(sorted(sessions["day"].unique()))
    its = dict(_parts(refused, keys))
    rows = [
        {
            **dict(zip(keys, key, strict=True)),
            **_row(its.get(key, refused.iloc[:0]), _whole(days, calendar), calendar, scale),
        }
        for key, days in _parts(sessions, keys)
    ]
    return pd.DataFrame(rows, columns=[*keys, *ROW])


def _parts(
    frame: pd.DataFrame, keys: Sequence[str]
) -> Iterator[tuple[tuple[str | None, ...], pd.DataFrame]]:
    for key, rows in grouped(frame, keys):
        yield tuple(value if isinstance(value, str) else None for value in key), rows


def _whole(rows: pd.DataFrame, calendar: pd.Index) -> _Whole:
    day = calendar.get_indexer(pd.Index(rows["day"]))
    weight = rows["weight"].to_numpy("float64")
    count = rows["session_count"].to_numpy("float64")
    present = np.unique(day)
    return _Whole(
        int(count.sum()),
        np.bincount(day, count * weight, len(calendar))[present].astype("float64"),
        float((rows["failed_enforced_count"].to_numpy("float64") * weight).sum()),
        present,
    )


def _row(
    refused: pd.DataFrame, whole: _Whole, calendar: pd.Index, scale: Scale
) -> dict[str, object]:
    day = calendar.get_indexer(pd.Index(refused["day"]))
    weight = refused["weight"].to_numpy("float64")
    is_enforced = refused["is_enforced"].to_numpy("bool")
    weighted = {name: refused[name].to_numpy("float64") * weight for name in VALUES}
    low, high, lost_low, lost_high = (
        np.bincount(day, weighted[name], len(calendar))[whole.days].astype("float64")
        for name in (*BOUNDS, "lost_low", "lost_high")
    )
    all_sessions = max(float(whole.sessions.sum()), 1e-12)
    least, most = scale.honouring
    sure = _message_share(weighted["lost_low"], is_enforced, whole, scale.per_message)[0]
    possible = _message_share(weighted["lost_high"], is_enforced, whole, scale.per_message)[1]
    sampled_low = daily_share_interval(whole.sessions, lost_low)[0]
    sampled_high = daily_share_interval(whole.sessions, lost_high)[1]
    return {
        "session_count": whole.session_count,
        **{name: int(refused[name].sum()) for name in VALUES},
        "would_block_share": most * high.sum() / all_sessions,
        "would_block_share_low": least * daily_share_interval(whole.sessions, low)[0],
        "would_block_share_high": most * daily_share_interval(whole.sessions, high)[1],
        "lost_share_low": least * sure,
        "lost_share_high": most * possible,
        "lost_interval_low": least * sampled_low * _ratio(sure, lost_low.sum() / all_sessions),
        "lost_interval_high": most
        * min(1.0, sampled_high * _ratio(possible, lost_high.sum() / all_sessions)),
    }


def _message_share(
    counts: Floats,
    is_enforced: npt.NDArray[np.bool_],
    whole: _Whole,
    per_message: tuple[float, float],
) -> tuple[float, float]:
    """Bound a share of messages, where the failed sessions under enforce mode are retries.

    With k sessions per refused message, c such sessions of n stand for c/k messages of
    n - f + f/k, where f are the failed sessions under enforce mode; the share moves one way with
    k, so that its ends are those of the bounds of k.
    """
    retried, once = counts[is_enforced].sum(), counts[~is_enforced].sum()
    sessions = float(whole.sessions.sum())
    failed = min(whole.failed_enforced, sessions)
    shares = [
        (once + retried / k) / max(sessions - failed + failed / k, 1e-12) for k in per_message
    ]
    return min(shares), min(1.0, max(shares))


def _ratio(corrected: float, raw: float) -> float:
    return corrected / raw if raw else 1.0
