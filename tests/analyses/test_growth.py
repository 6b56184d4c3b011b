"""What one report may cost: twice as much of anything takes at most 2.5 times as long."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support.growth import MOST_GROWTH
from support.large_reports import LISTS, OLD_POLICY, load_large

from tlsrpt_analysis import (
    causes_by_host,
    compare,
    coverage,
    diagnose,
    enforce_impact,
    failure_share_by_mx,
    readiness,
    replay,
    selective_failures,
    suggest_policy,
)
from tlsrpt_analysis.tables import ReportTables

SIZE = 475
FIXED_SECONDS = 0.3
"""What an analysis costs for a report of any size."""

MOST_SECONDS = 8
"""On a machine that does much else; at most 2 on an idle one."""

DOMAIN = "example.com"


class Analyses:
    """Each analysis of some reports, of which later ones reuse what earlier ones found."""

    def __init__(self, tables: ReportTables) -> None:
        self.tables = tables
        self.seconds: dict[str, float] = {}
        self.impact = self._timed("enforce_impact", lambda: enforce_impact(tables))
        causes = self._timed("diagnose", lambda: diagnose(tables))
        self._timed("causes_by_host", lambda: causes_by_host(causes))
        for name, analyse in ANALYSES.items():
            self._timed(name, lambda analyse=analyse: analyse(self))

    def _timed(self, name: str, analyse: Callable[[], Any]) -> Any:
        began = time.process_time()
        found = analyse()
        self.seconds[name] = time.process_time() - began
        return found


def _suggested(of: Analyses) -> object:
    hosts = of.tables.failures["receiving_mx_hostname"].dropna().unique().tolist()
    return suggest_policy(hosts or ["mx.example.com"])


ANALYSES: dict[str, Callable[[Analyses], object]] = {
    "headline": lambda of: of.impact.by_domain["headline"].tolist(),
    "fixes": lambda of: of.impact.fixes,
    "plan": lambda of: of.impact.plan(start="2026-07-15", policy_domain=DOMAIN),
    "failure_share_by_mx": lambda of: failure_share_by_mx(of.tables),
    "selective_failures": lambda of: selective_failures(of.tables),
    "readiness": lambda of: readiness(of.tables),
    "replay": lambda of: replay(of.tables, OLD_POLICY, policy_domain=DOMAIN),
    "compare": lambda of: compare(of.tables, "2026-07-06"),
    "coverage": lambda of: coverage(of.tables),
    "suggest_policy": _suggested,
    "summary of the tables": lambda of: of.tables._repr_html_(),
}


@pytest.mark.parametrize("what", LISTS)
def test_analyses_take_time_in_proportion_to_each_list(tmp_path: Path, what: str) -> None:
    """A report of 70 kB that named 500 hosts took a minute and a half."""
    small, large = (
        load_large(tmp_path / str(size), LISTS[what](size)) for size in (SIZE, 2 * SIZE)
    )
    slow = _slow(small, large)
    if slow:  # another process may have slowed one of the two
        slow = {name: slow[name] for name in slow.keys() & _slow(small, large).keys()}
    assert slow == {}


def _slow(small: ReportTables, large: ReportTables) -> dict[str, tuple[float, float]]:
    """Return the analyses that take more than 2.5 times as long, and their seconds."""
    before, after = Analyses(small).seconds, Analyses(large).seconds
    return {
        name: (before[name], seconds)
        for name, seconds in after.items()
        if seconds > min(MOST_GROWTH * max(before[name], FIXED_SECONDS), MOST_SECONDS)
    }
