"""What one report may cost where results are shown: the page and both widgets."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from support.growth import MOST_GROWTH
from support.large_reports import LISTS, load_large

from tlsrpt_analysis import ReportTables
from tlsrpt_analysis.views import Explorer, ImpactExplorer, write_html_report

SIZE = 180
"""Half of what one report may name, with all kinds of lists in it."""

FIXED_SECONDS = 2.0
"""What showing any reports costs."""


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> list[ReportTables]:
    """Return reports of which one is large, and the same with twice as much of everything."""
    folder = tmp_path_factory.mktemp("large")
    return [
        load_large(folder / str(size), [each for make in LISTS.values() for each in make(size)])
        for size in (SIZE, 2 * SIZE)
    ]


SHOWN: dict[str, Callable[[ReportTables, Path], object]] = {
    "page": lambda tables, folder: write_html_report(tables, folder / "page.html"),
    "explorer": lambda tables, _: Explorer(tables),
    "impact explorer": lambda tables, _: ImpactExplorer(tables),
}


@pytest.mark.parametrize("what", SHOWN)
def test_showing_takes_time_in_proportion(
    what: str, reports: list[ReportTables], tmp_path: Path
) -> None:
    """A page of a report that named 500 hosts took a minute and a half."""
    for attempt in range(2):
        before, after = (_seconds(SHOWN[what], tables, tmp_path) for tables in reports)
        if after <= MOST_GROWTH * max(before, FIXED_SECONDS):
            return
        assert attempt == 0, f"{before:.1f} s, and {after:.1f} s for twice as much"


def _seconds(show: Callable[[ReportTables, Path], object], *given: object) -> float:
    began = time.process_time()
    show(*given)
    return time.process_time() - began
