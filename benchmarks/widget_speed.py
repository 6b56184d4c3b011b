"""Measure one move of the widgets, and how large charts grow: ``python -m benchmarks.widget_speed``.

The reports are of a year and 50 domains; the charts are of a million failures as well.
A move is timed from the changed selector to the new state of everything that is shown; the drawing
in the browser comes on top. It writes ``WIDGET_SPEED.md``; with ``--store`` the tables are those of a
store, such as that of a million reports.
"""

import argparse
import datetime as dt
import json
import os
import statistics
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from benchmarks.result_files import write_sections
from benchmarks.year_of_reports import year_of_reports
from tlsrpt_analysis import (
    coverage,
    daily_sessions,
    failure_share_by_mx,
    open_store,
    selective_failures,
)
from tlsrpt_analysis.tables import ReportTables
from tlsrpt_analysis.views import Explorer, ImpactExplorer, charts
from tlsrpt_analysis.views.style import VEGA_LITE_MIME

Move = tuple[str, Callable[[int], None]]
"""What it is, and how it is done at each turn."""

HERE = Path(__file__).parent
REPEATS = 3
MILLION = 1_000_000
PREFACE = f"""# How fast the widgets react

Written by `python -m benchmarks.widget_speed`: medians of {REPEATS} changes, each to a state that the widget has not shown before; drawing in the browser comes on top.
The goal is 300 ms per change, and less than 1 MB for each specification."""


def explorer_moves(explorer: Explorer) -> Iterator[Move]:
    """Yield the moves of the explorer, each to a place where it has not been."""
    first_day = explorer.since.value

    def brush(turn: int) -> None:
        days = first_day + dt.timedelta(60 + turn), first_day + dt.timedelta(120 + turn)
        ends = [dt.datetime.combine(day, dt.time(), dt.UTC).timestamp() * 1000 for day in days]
        report = {"drawing": explorer.overview.drawing, "ends": ends}
        explorer.overview._handle_custom_msg(report, [])  # noqa: SLF001 - what the front end sends

    def month(turn: int) -> None:
        explorer.since.value = first_day + dt.timedelta(30 * turn)

    yield "brush two months of all domains", brush
    yield "pick another first day of all domains", month
    yield "choose a reporter", lambda turn: _choose(explorer.reporter, 1 + turn)
    yield "choose a domain", lambda turn: _choose(explorer.policy_domain, 1 + turn)
    yield "choose one of its MX hosts", lambda turn: _choose(explorer.mx_hostname, 2 - turn % 2)


def impact_moves(explorer: ImpactExplorer) -> Iterator[Move]:
    """Yield the moves of the explorer of enforce mode."""

    def tick(turn: int) -> None:
        explorer.fixes[turn].value = not explorer.fixes[turn].value

    def honour(turn: int) -> None:
        explorer.honouring_share.value = (20 + turn, 60)

    def retry(turn: int) -> None:
        explorer.sessions_per_message.value = (1, 10 + turn)

    yield "tick a fix", tick
    yield "count all inbound mail", lambda turn: _set(explorer.counts_all_mail, is_on=turn % 2 == 0)
    yield "set who honours", honour
    yield "set sessions per message", retry
    yield "choose a domain", lambda turn: _choose(explorer.policy_domain, 3 + turn)


def _choose(selector: Any, place: int) -> None:
    selector.value = selector.options[place][1]


def _set(box: Any, *, is_on: bool) -> None:
    box.value = is_on


def measured(moves: Iterator[Move], shown: Any) -> Iterator[str]:
    """Time each move a few times, and weigh the largest chart that is shown after it."""
    for name, move in moves:
        seconds, busy = [], []
        for turn in range(REPEATS):
            start, worked = time.perf_counter(), time.process_time()
            move(turn)
            seconds.append(time.perf_counter() - start)
            busy.append(time.process_time() - worked)
        data = [view.outputs[0]["data"] for view in shown.views]
        largest = max(len(json.dumps(each.get(VEGA_LITE_MIME, ""))) for each in data)
        yield (
            f"| {name} | {1000 * statistics.median(busy):.0f} ms"
            f" | {1000 * statistics.median(seconds):.0f} ms | {largest / 1000:,.0f} kB |"
        )


def chart_sizes() -> Iterator[str]:
    """Weigh the specification of each chart at a million failures."""
    tables = year_of_reports(failures=MILLION)
    sessions = daily_sessions(tables)
    one = tables.select(policy_domains=["d1.example"])
    drawn = {
        "sessions_over_time": charts.sessions_over_time(sessions),
        "daily_sessions": charts.daily_sessions(sessions),
        "coverage, as a calendar": charts.coverage(coverage(tables), sessions),
        "failure_share_by_mx": charts.failure_share_by_mx(failure_share_by_mx(tables)),
        "selective_failures": charts.selective_failures(selective_failures(one)),
    }
    for name, chart in drawn.items():
        yield f"| `{name}` | {len(json.dumps(chart.to_dict())) / 1000:,.0f} kB |"


def main() -> None:
    """Measure, print and write the tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.widget_speed", description=__doc__)
    parser.add_argument("--store", type=Path, help="the tables of this store instead")
    parser.add_argument("-o", "--output", type=Path, default=HERE / "WIDGET_SPEED.md")
    chosen = parser.parse_args()
    tables = year_of_reports() if chosen.store is None else open_store(chosen.store)
    lines = [_about(tables), "", *_table("change in `Explorer`", explorer_moves, Explorer(tables))]
    lines += ["", *_table("change in `ImpactExplorer`", impact_moves, ImpactExplorer(tables))]
    whose = "generated tables" if chosen.store is None else "reports from a store"
    sections = {f"{len(tables.failures):,} failure details, {whose}": "\n".join(lines)}
    if chosen.store is None:
        head = "| chart of a million failures | specification |\n|---|---|"
        sections["A million failures"] = "\n".join([head, *chart_sizes()])
    print("\n\n".join(sections.values()))
    write_sections(chosen.output, PREFACE, sections)


def _about(tables: ReportTables) -> str:
    policies = tables.policies
    return (
        f"{len(policies):,} policy results of {policies['day'].nunique()} days,"
        f" {policies['policy_domain'].nunique()} domains and {policies['reporter'].nunique()}"
        f" reporters; the load average of the machine was {os.getloadavg()[0]:.1f}."
    )


def _table(title: str, moves: Callable[[Any], Iterator[Move]], shown: Any) -> list[str]:
    head = [f"| {title} | processor | clock | largest chart |", "|---|---|---|---|"]
    return [*head, *measured(moves(shown), shown)]


if __name__ == "__main__":
    main()
