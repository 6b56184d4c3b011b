"""A store in parts of whole domains, of which a check holds one at a time."""

import datetime as dt
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from tlsrpt_analysis.analyses.alerts.complete_days import complete_days, partial_days
from tlsrpt_analysis.intake.red_flags import expectations
from tlsrpt_analysis.loading.frames import lean_memory
from tlsrpt_analysis.store.asked import Asked
from tlsrpt_analysis.store.commits import Commit
from tlsrpt_analysis.store.opening import Wanted, open_results, read_newest
from tlsrpt_analysis.tables import ReportTables

ROWS_AT_ONCE = 100_000
"""Policy results that a part should have: about 200 MB while it is looked at."""


@dataclass(frozen=True, slots=True)
class Parts:
    """The complete days of a store, some domains at a time, in the order of their names.

    `partial` has the last day of reporters whose reports do not cover it yet; `rejected` is how
    many inputs of the store could not be read.
    """

    directory: Path
    since: dt.date
    day: dt.date
    groups: tuple[tuple[str, ...], ...]
    partial: dict[str, int]
    rejected: int

    def __iter__(self) -> Iterator[ReportTables]:
        """Yield each part; one without a complete day is left out."""
        for names in self.groups:
            wanted = Wanted(self.since, self.day, names)
            tables = read_newest(
                self.directory,
                lambda commit, wanted=wanted: open_results(self.directory, commit, wanted),  # type: ignore[misc]
            )
            found = complete_days(tables, self.day, self.partial)
            if not found.policies.empty:
                yield found


def parts_of(
    directory: Path, since: dt.date, day: dt.date, own_domains: str | Collection[str]
) -> Parts:
    """Return the parts of a store until a day, of the domains that are one's own, or of all.

    Raises
    ------
    StoreError
        When the store cannot be read.
    """

    def read(commit: Commit) -> Parts:
        asked = Asked(directory, commit, Wanted(since, day))
        groups = _groups(_row_counts(asked), own_domains)
        return Parts(directory, since, day, groups, _partial_days(asked), commit.balance.rejected)

    return read_newest(directory, read)


def _groups(rows: pd.Series, own_domains: str | Collection[str]) -> tuple[tuple[str, ...], ...]:
    """Return the domains of each part: neighbours in the order in which a store keeps them."""
    if own_domains:
        expected = expectations(own_domains, None)
        rows = rows[[expected.covers(name) for name in rows.index]]
    number = (rows.cumsum() - rows).to_numpy("int64") // ROWS_AT_ONCE
    names = rows.index.to_numpy("str")
    return tuple(tuple(names[number == at].tolist()) for at in np.unique(number))


@lean_memory()
def _row_counts(asked: Asked) -> pd.Series:
    """Return the policy results of each domain, by name."""
    counts: dict[str, int] = {}
    for file in asked.files("policies"):
        table = asked.rows(file, ["policy_domain", "day"])
        if table is not None:
            found = pc.value_counts(table["policy_domain"].cast(pa.string()).drop_null())
            for row in found.to_pylist():
                counts[row["values"]] = counts.get(row["values"], 0) + row["counts"]
    return pd.Series({name: counts[name] for name in sorted(counts)}, dtype="int64")


@lean_memory()
def _partial_days(asked: Asked) -> dict[str, int]:
    names = ["reporter", "day", "start_datetime", "end_datetime", "is_duplicate"]
    found = []
    for file in asked.files("reports"):
        table = asked.rows(file, names)
        if table is None:
            continue
        table = table.filter(pc.invert(table["is_duplicate"]))
        columns = [table["reporter"].cast(pa.string()), table["day"].cast(pa.int32())]
        times = [table[name].cast(pa.int64()) for name in names[2:4]]
        rows = pa.table([*columns, *times], ["reporter", "day", "begin", "end"])
        ends = rows.group_by(["reporter", "day"]).aggregate([("begin", "min"), ("end", "max")])
        found.append(ends.rename_columns(["reporter", "day", "begin", "end"]).to_pandas())
    return partial_days(pd.concat(found)) if found else {}
