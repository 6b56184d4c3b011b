"""A commit opened as frames: only the months, domains and reporters that are wanted."""

import datetime as dt
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import pandas as pd
import pyarrow as pa

from tlsrpt_analysis.errors import StoreError
from tlsrpt_analysis.loading.frames import columns_of, frame_of_columns, lean_memory, release_memory
from tlsrpt_analysis.selections import as_day, selected_values
from tlsrpt_analysis.store.commits import Commit, DataFile, read_commit
from tlsrpt_analysis.store.filters import AllOf, Between, Filter, OneOf
from tlsrpt_analysis.store.parts import key_order, read_parts
from tlsrpt_analysis.tables import SCHEMAS, ReportTables, frame_of

Read = TypeVar("Read")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to read; None means everything."""

    since: dt.date | str | None = None
    until: dt.date | str | None = None
    policy_domains: Collection[str] | None = None
    reporters: Collection[str] | None = None

    def months(self) -> tuple[str, str]:
        """Return the first and the last wanted month."""
        first = "" if self.since is None else as_day(self.since).isoformat()[:7]
        last = "9999-99" if self.until is None else as_day(self.until).isoformat()[:7]
        return first, last

    def days(self) -> Filter | None:
        """Return the filter of reports, by day."""
        if self.since is None and self.until is None:
            return None
        first, last = (None if day is None else as_day(day) for day in (self.since, self.until))
        return Between("day", first, last)

    def rows(self) -> Filter | None:
        """Return the filter of policies and failures."""
        days = self.days()
        kept: list[Filter] = [] if days is None else [days]
        wanted = {"policy_domain": self.policy_domains, "reporter": self.reporters}
        for column, values in wanted.items():
            if values is not None:
                kept.append(OneOf(column, pa.array(selected_values(column, values), pa.string())))
        return AllOf(kept) if kept else None


def read_newest(directory: Path, read: Callable[[Commit], Read]) -> Read:
    """Return what is read of one commit, of a newer one if its files are compacted meanwhile."""
    commit = read_commit(directory)
    while True:
        try:
            return read(commit)
        except FileNotFoundError as error:
            missing = error
        before, commit = commit, read_commit(directory)
        if commit == before:
            raise StoreError(
                f"{directory} lacks a file ({missing}): run `verify`, restore it,"
                " or import the reports again"
            )


@lean_memory()
def open_commit(directory: Path, commit: Commit, wanted: Wanted) -> ReportTables:
    """Read what is wanted; the result equals selecting it from the whole store."""
    months = wanted.months()
    frames = _results(directory, commit, wanted)
    is_all = len(frames["policies"]) == commit.rows("policies")
    of_reports = wanted.days()
    if not is_all:
        of_reports = OneOf("report_key", pa.array(frames["policies"]["report_key"].unique()))
    files = commit.of("reports", months=months)
    frames["reports"] = _frame(directory, "reports", files, of_reports, key="report_key")
    frames["problems"] = _frame(directory, "problems", commit.of("problems"))
    return ReportTables(**frames, balance=commit.balance)


@lean_memory()
def open_results(directory: Path, commit: Commit, wanted: Wanted) -> ReportTables:
    """Read policy results and their failures only; reports and problems stay empty."""
    empty = {name: frame_of(name, {}) for name in ("reports", "problems")}
    return ReportTables(**_results(directory, commit, wanted), **empty, balance=commit.balance)


def _results(directory: Path, commit: Commit, wanted: Wanted) -> dict[str, pd.DataFrame]:
    rows, frames = wanted.rows(), {}
    for frame in ("failures", "policies"):  # the largest first
        files = commit.of(frame, months=wanted.months())
        frames[frame] = _frame(directory, frame, files, rows, key="policy_key")
    return frames


def _frame(
    directory: Path,
    name: str,
    files: Iterable[DataFile],
    rows: Filter | None = None,
    *,
    key: str | None = None,
) -> pd.DataFrame:
    """Read a frame; Arrow frees its memory at each step, as it may be much."""
    table = read_parts(directory, files, list(SCHEMAS[name]), rows)
    if table is None:
        return frame_of(name, {})
    order = None if key is None else key_order(table[key])
    columns = columns_of(table)
    del table
    release_memory()
    return frame_of_columns(name, columns.pop, order)
