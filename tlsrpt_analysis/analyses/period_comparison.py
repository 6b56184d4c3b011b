"""Two periods side by side, as before and after a fix or the move to enforce mode."""

import datetime as dt
from collections.abc import Hashable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from tlsrpt_analysis.analyses.blocked import daily_blocked
from tlsrpt_analysis.analyses.proportions import (
    FEWEST_DAYS,
    Counts,
    daily_share_interval,
    difference_interval,
)
from tlsrpt_analysis.analyses.sessions import DOMAIN_DAY, daily_sessions, rows_by
from tlsrpt_analysis.tables import ReportTables, as_day

Period = tuple[dt.date | str, dt.date | str]

UNSEEN_CHANGE = 0.1
"""An interval that holds 0 and reaches farther cannot tell ten points of change from none."""

MEASURES = {"failed": "failed_session_count", "would_block": "would_block_high"}
SIDES = ("before", "after")
KEYS = ["policy_domain", "reporter"]

COLUMNS = [
    *(f"session_count_{side}" for side in SIDES),
    *(f"reported_days_{side}" for side in SIDES),
    *(
        column
        for measure, count in MEASURES.items()
        for column in (
            *(f"{count}_{side}" for side in SIDES),
            *(f"{measure}_share_{side}{end}" for side in SIDES for end in ("", "_low", "_high")),
            *(f"{measure}_difference{end}" for end in ("", "_low", "_high")),
            f"{measure}_verdict",
        )
    ),
]


@dataclass(frozen=True, slots=True)
class PeriodComparison:
    """Two periods side by side; the columns are those that `compare` describes."""

    by_domain: pd.DataFrame
    by_reporter: pd.DataFrame


@dataclass(frozen=True, slots=True)
class _Side:
    """One period of one domain, or of one reporter about it: its days with sessions."""

    days: pd.DataFrame

    def counts(self, column: str) -> Counts:
        """Give the counts of each day, all its reporters together."""
        by_day = self.days.groupby("day")[["session_count", *MEASURES.values()]].sum()
        return by_day.loc[by_day["session_count"] > 0, column].to_numpy("float64")

    def of(self, reporters: set[str]) -> "_Side":
        """Give the days of some reporters."""
        return _Side(self.days[self.days["reporter"].isin(reporters).to_numpy("bool")])

    @property
    def reporters(self) -> set[str]:
        """Those with a session."""
        return set(self.days.loc[self.days["session_count"] > 0, "reporter"])


def compare(tables: ReportTables, *, before: Period, after: Period) -> PeriodComparison:
    """Put two periods side by side, and tell whether it became better or worse.

    Parameters
    ----------
    tables : ReportTables
        The reports of both periods.
    before, after : pair of datetime.date or str
        The first and the last day of each, both included; a text is a day such as ``2026-08-31``.
        The periods may have different lengths and must not overlap; days outside do not count.

    Returns
    -------
    PeriodComparison
        ``by_domain`` has one row per ``policy_domain``, ``by_reporter`` one per ``policy_domain``
        and ``reporter``; each column below ends in ``_before`` or ``_after`` where it says "each":

        - ``session_count`` each: sessions reported, each once;
        - ``reported_days`` each: days with a session;
        - ``failed_session_count`` each: failed sessions by the summaries; ``failed_share`` each:
          of ``session_count``, with ``_low`` and ``_high``, the ends of an interval of 95 % (days
          as clusters; missing with fewer than 8 days);
        - ``failed_difference``: the share after less that before, so negative is better, with
          ``_low`` and ``_high``, an interval of 95 %;
        - ``failed_verdict``: ``better`` or ``worse`` where that interval is all on one side of 0;
          ``no clear change`` where it holds 0 and reaches no farther than 10 points from it;
          ``too little data`` otherwise;
        - ``would_block_high`` each, ``would_block_share`` each, ``would_block_difference``,
          ``would_block_verdict``: the same for the sessions that enforce mode would refuse at
          most, also of ``session_count``;
        - ``vanished_reporters``, ``appeared_reporters`` (``by_domain``): those with sessions in
          one of the periods only, joined by ", "; missing where there are none;
        - ``presence`` (``by_reporter``): ``both``, ``vanished`` or ``appeared``.

    Raises
    ------
    ValueError
        A period ends before it begins, or the two overlap.

    Notes
    -----
    The difference and the verdict of a domain are of the reporters of both periods: a failing
    reporter that falls silent makes nothing better. No report is not zero traffic.
    Under enforce mode a failed session may be a retry of the one before (RFC 8461 §5), so that
    failed shares of testing and of enforce mode are not of the same messages.
    Each verdict errs in about 5 of 100 cases without a change, so some of many rows do by chance.

    Examples
    --------
    >>> from tlsrpt_analysis.tables import empty_tables
    >>> july, august = ("2026-07-01", "2026-07-31"), ("2026-08-01", "2026-08-31")
    >>> len(compare(empty_tables(), before=july, after=august).by_domain)
    0
    """
    periods = _checked(before, after)
    days = _days(tables)
    sides = [days[days["day"].between(*period).to_numpy("bool")] for period in periods]
    return PeriodComparison(
        by_domain=_frame(sides, KEYS[:1], ["vanished_reporters", "appeared_reporters"]),
        by_reporter=_frame(sides, KEYS, ["presence"]),
    )


def _checked(before: Period, after: Period) -> tuple[tuple[dt.date, dt.date], ...]:
    periods = tuple((as_day(first), as_day(last)) for first, last in (before, after))
    for first, last in periods:
        if last < first:
            raise ValueError(f"the period from {first} ends before it begins, on {last}")
    if max(first for first, _ in periods) <= min(last for _, last in periods):
        raise ValueError("the two periods overlap; give periods without a common day")
    return periods


def _days(tables: ReportTables) -> pd.DataFrame:
    sessions = daily_sessions(tables).astype(dict.fromkeys(KEYS, "str"))
    blocked = daily_blocked(tables).astype(dict.fromkeys(KEYS, "str"))
    days = sessions.merge(blocked, on=DOMAIN_DAY, how="left")
    most = days["would_block_high"].fillna(0).astype("int64")
    # What a reporter counts beside its totals has no sessions of its own to be a share of.
    return days.assign(would_block_high=np.minimum(most, days["session_count"]))


def _frame(sides: list[pd.DataFrame], keys: list[str], told: list[str]) -> pd.DataFrame:
    rows = []
    parts = [rows_by(side, keys) for side in sides]
    nothing = sides[0].iloc[:0]
    both = pd.concat(sides)[keys].drop_duplicates().sort_values(keys)
    for key in rows_by(both, keys):
        before, after = (_Side(part.get(key, nothing)) for part in parts)
        rows.append(dict(zip(keys, key, strict=True)) | _row(before, after))
    frame = pd.DataFrame(rows, columns=[*keys, *COLUMNS, *told])
    return frame.astype({column: _type_of(str(column)) for column in frame.columns})


def _type_of(column: str) -> str:
    if "_share_" in column or "_difference" in column:
        return "float64"
    is_count = column.endswith(SIDES)
    return "int64" if is_count else "str"


def _row(before: _Side, after: _Side) -> dict[Hashable, object]:
    vanished, appeared = (
        before.reporters - after.reporters,
        after.reporters - before.reporters,
    )
    row: dict[Hashable, object] = {
        "vanished_reporters": ", ".join(sorted(vanished)) or None,
        "appeared_reporters": ", ".join(sorted(appeared)) or None,
        "presence": "vanished" if vanished else "appeared" if appeared else "both",
    }
    for name, side in zip(SIDES, (before, after), strict=True):
        sessions = side.counts("session_count")
        row |= {
            f"session_count_{name}": int(sessions.sum()),
            f"reported_days_{name}": len(sessions),
        }
        for measure, column in MEASURES.items():
            counts = side.counts(column)
            low, high = daily_share_interval(sessions, counts)
            share = counts.sum() / sessions.sum() if len(sessions) else float("nan")
            row |= {f"{column}_{name}": int(counts.sum()), f"{measure}_share_{name}": share}
            row |= {f"{measure}_share_{name}_low": low, f"{measure}_share_{name}_high": high}
    common = before.reporters & after.reporters
    for measure, column in MEASURES.items():
        row |= _difference(before.of(common), after.of(common), measure, column)
    return row


def _difference(before: _Side, after: _Side, measure: str, column: str) -> dict[Hashable, object]:
    (old, old_failed), (new, new_failed) = (
        (side.counts("session_count"), side.counts(column)) for side in (before, after)
    )
    difference = low = high = float("nan")
    if len(old) and len(new):
        difference = new_failed.sum() / new.sum() - old_failed.sum() / old.sum()
    if min(len(old), len(new)) >= FEWEST_DAYS:
        low, high = difference_interval((old, old_failed), (new, new_failed))
    return {
        f"{measure}_difference": difference,
        f"{measure}_difference_low": low,
        f"{measure}_difference_high": high,
        f"{measure}_verdict": _verdict(low, high),
    }


def _verdict(low: float, high: float) -> str:
    if high < 0:
        return "better"
    if low > 0:
        return "worse"
    is_told = low >= -UNSEEN_CHANGE and high <= UNSEEN_CHANGE
    return "no clear change" if is_told else "too little data"
