"""Whether `compare` sees a change in simulated months where there is one, and only there."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import fisher_exact

from benchmarks.message_months import Floats, Month
from benchmarks.sender_reports import FIRST_DAY, reported_rows
from benchmarks.simulated_domains import tables_of_rows
from tlsrpt_analysis import compare
from tlsrpt_analysis.analyses.statistics.day_clusters import design_effect

ALPHA = 0.05
CHANGES = ("better", "worse")


@dataclass(slots=True)
class Seen:
    """The verdict on a month, and whether Fisher's test and that of Rao and Scott see a change."""

    month: Month
    verdict: str
    is_changed: bool
    fisher: bool
    rao_scott: bool

    @property
    def says_change(self) -> bool:
        """Whether the verdict is that something changed."""
        return self.verdict in CHANGES


def seen(month: Month) -> Seen | None:
    """Compare the days before and after a change; of a month without one, its halves."""
    if not month.is_changed and any(_varies(fault.expected) for fault in month.faults):
        return None
    day = month.change_day or month.days // 2
    tables = tables_of_rows(reported_rows(month))
    rows = compare(tables, pd.Timestamp(FIRST_DAY) + pd.Timedelta(day, "D")).by_domain
    if rows.empty:
        return None
    references = _references(month, day)
    return Seen(month, str(rows["would_block_verdict"].iloc[0]), month.is_changed, *references)


def _varies(expected: Floats) -> bool:
    return bool((expected != expected[0]).any())


def _references(month: Month, day: int) -> tuple[bool, bool]:
    """Compare the sums of both sides, as they are and divided by their design effects."""
    at_hosts = [number for number, fault in enumerate(month.faults) if fault.host is not None]
    failed = (month.failed[at_hosts].sum(axis=0) * month.reported).sum(axis=1).astype("float64")
    sessions = (month.sessions * month.reported).sum(axis=1).astype("float64")
    sides = [(failed[:day], sessions[:day]), (failed[day:], sessions[day:])]
    effects = [design_effect(whole, part) for part, whole in sides]
    is_seen = []
    for divisors in ([1.0, 1.0], effects):
        table = []
        for (part, whole), by in zip(sides, divisors, strict=True):
            count = round(part.sum() / by)
            table.append([count, max(0, round(whole.sum() / by) - count)])
        is_seen.append(bool(fisher_exact(table).pvalue < ALPHA) if np.array(table).any() else False)
    return is_seen[0], is_seen[1]
