"""A commit read back into frames: only the months, domains and reporters that were asked for."""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from tlsrpt_analysis.store.commits import Commit
from tlsrpt_analysis.store.parts import by_key, read_parts
from tlsrpt_analysis.tables import (
    SCHEMAS,
    ReportTables,
    as_day,
    empty_tables,
    frame_from_arrow,
    selected_values,
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to read; None is all of it."""

    since: dt.date | str | None = None
    until: dt.date | str | None = None
    policy_domains: Collection[str] | None = None
    reporters: Collection[str] | None = None

    def months(self) -> tuple[str, str]:
        """Give the first and the last month."""
        first = "" if self.since is None else as_day(self.since).isoformat()[:7]
        last = "9999-99" if self.until is None else as_day(self.until).isoformat()[:7]
        return first, last

    def days(self) -> pc.Expression | None:
        """Give the filter by day."""
        day = pc.field("day")
        kept = []
        if self.since is not None:
            kept.append(day >= pa.scalar(as_day(self.since), pa.date32()))
        if self.until is not None:
            kept.append(day <= pa.scalar(as_day(self.until), pa.date32()))
        return _all(kept)

    def rows(self) -> pc.Expression | None:
        """Give the filter of policies and failures."""
        days = self.days()
        kept = [] if days is None else [days]
        wanted = {"policy_domain": self.policy_domains, "reporter": self.reporters}
        for column, values in wanted.items():
            if values is not None:
                texts = pa.array(selected_values(column, values), pa.string())
                kept.append(pc.field(column).isin(texts))
        return _all(kept)


def open_commit(directory: Path, commit: Commit, wanted: Wanted) -> ReportTables:
    """Read what is wanted; the same as selecting it from the whole."""
    months = wanted.months()
    rows = wanted.rows()
    frames = {}
    for frame in ("policies", "failures"):
        table = read_parts(directory, commit.of(frame, months=months), list(SCHEMAS[frame]), rows)
        frames[frame] = _frame(frame, table, "policy_key")
    is_all = len(frames["policies"]) == commit.rows("policies")
    filter_reports = wanted.days()
    if not is_all:
        keys = pa.array(frames["policies"]["report_key"].unique())
        filter_reports = pc.field("report_key").isin(keys)
    reports = read_parts(
        directory, commit.of("reports", months=months), list(SCHEMAS["reports"]), filter_reports
    )
    problems = read_parts(directory, commit.of("problems"))
    frames["reports"] = _frame("reports", reports, "report_key")
    frames["problems"] = _frame("problems", problems, None)
    return ReportTables(**frames, balance=commit.balance)


def _frame(name: str, table: pa.Table | None, key: str | None) -> pd.DataFrame:
    if table is None:
        frame: pd.DataFrame = getattr(empty_tables(), name)
        return frame
    return frame_from_arrow(name, table if key is None else by_key(table, key))


def _all(filters: list[pc.Expression]) -> pc.Expression | None:
    if not filters:
        return None
    whole = filters[0]
    for one in filters[1:]:
        whole &= one
    return whole
