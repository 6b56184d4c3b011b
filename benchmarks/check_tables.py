"""The tables of false alarms, and of the days until a fault is found."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.check_families import FAULTS
from benchmarks.check_years import BEFORE, NAMES, YEAR, Year
from tlsrpt_analysis.analyses.alerts.onsets import FEWEST_FAILING_DAYS
from tlsrpt_analysis.arrays import Integers

if TYPE_CHECKING:
    from tlsrpt_analysis.analyses.alerts.alert import Alert

FOUND_DAYS = 2

SILENT = "reporter silent"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was said about a domain: each alert with the number of the day of its check."""

    year: Year
    alerts: "tuple[tuple[int, Alert], ...]"
    is_judged: bool
    """Whether it had verdicts."""
    reported: Integers
    """The days with reports of a sender at fault that had arrived, by the day of their arrival."""


def is_false(outcome: Outcome, when: int) -> bool:
    """Whether an alert at a time can only be false."""
    return when >= outcome.year.begins and (
        outcome.year.fault_day < 0 or when <= outcome.year.fault_day
    )


def false_alarms(cases: Iterable[Outcome], kinds: Sequence[str] = ()) -> "list[Alert]":
    """Return the false alarms, of some kinds or all."""
    return [
        alert
        for case in cases
        for when, alert in case.alerts
        if is_false(case, when) and (not kinds or alert.kind in kinds)
    ]


KINDS: Mapping[str, tuple[str, ...]] = {
    "fault began or grew": ("fault-began", "fault-grew"),
    "ended": ("fault-ended",),
    "policy vanished": ("policy-vanished",),
    "silent": ("reporter-silent", "reports-stopped"),
    "verdict": ("verdict-changed",),
    "renewal": ("renewal-due",),
}


def _years(case: Outcome) -> float:
    return (BEFORE + YEAR - case.year.begins) / YEAR


def false_table(found: Mapping[str, list[Outcome]], names: Sequence[str], whole: str) -> str:
    """Return a table of the false alarms of some families, and of all of them together."""
    lines = [
        f"| family | domain-years | alerts a domain-year | {' | '.join(KINDS)} | most of one domain |",
        f"|---|--:|--:|{'--:|' * len(KINDS)}--:|",
    ]
    groups = {name: found[name] for name in names if name in found}
    groups |= {f"**{whole}**": [case for cases in groups.values() for case in cases]}
    for name, cases in groups.items():
        years = sum(_years(case) for case in cases)
        judged = sum(_years(case) for case in cases if case.is_judged)
        rates = {
            name: len(false_alarms(cases, kinds)) / max(judged if name == "verdict" else years, 1)
            for name, kinds in KINDS.items()
        }
        cells = [f"{rate:.3f}" for rate in rates.values()]
        most = max((len(false_alarms([case])) for case in cases), default=0)
        total = sum(rates.values())
        lines.append(f"| {name} | {years:.0f} | {total:.3f} | {' | '.join(cells)} | {most} |")
    return "\n".join(lines)


def _days_until_found(case: Outcome) -> tuple[int, int] | None:
    """Return after how many days of reports, and of the calendar, an alert finds the fault.

    Where the reports of several days arrive at once, the first of them that were not enough before
    count, but never fewer than a fault needs.
    """
    year = case.year
    for when, alert in case.alerts:
        if year.is_found(when, alert.kind, {NAMES.index(name) for name in alert.reporters}):
            before, now = (np.count_nonzero(case.reported <= day) for day in (when - 1, when))
            return int(min(now, max(before + 1, FEWEST_FAILING_DAYS))), when - year.fault_day
    return None


def found_table(found: Mapping[str, list[Outcome]]) -> str:
    """Return a table of the days until faults are found."""
    columns: dict[str, Callable[[list[tuple[int, int]], int], str]] = {
        "found": lambda days, count: f"{len(days)} of {count}",
        f"within {FOUND_DAYS} days of reports": lambda days, count: _part(days, count, 2),
        "within 3": lambda days, count: _part(days, count, 3),
        "within 5": lambda days, count: _part(days, count, 5),
        "median days of reports": lambda days, _: f"{np.median([a for a, _ in days]):.0f}",
        "median days": lambda days, _: f"{np.median([b for _, b in days]):.0f}",
        "95 % within days": lambda days, _: f"{np.quantile([b for _, b in days], 0.95):.0f}",
    }
    lines = [
        f"| fault | {' | '.join(columns)} | false before, a year |",
        f"|---|{'--:|' * len(columns)}--:|",
    ]
    for name in (name for name in FAULTS if name in found):
        cases = found[name]
        days = [each for case in cases if (each := _days_until_found(case))]
        cells = [column(days or [(0, 0)], len(cases)) for column in columns.values()]
        if name == SILENT:
            cells[1:5] = [""] * 4  # there are no reports to count
        before = sum(case.year.fault_day - case.year.begins for case in cases) / YEAR
        lines.append(f"| {name} | {' | '.join(cells)} | {len(false_alarms(cases)) / before:.3f} |")
    return "\n".join(lines)


def _part(days: list[tuple[int, int]], count: int, most: int) -> str:
    return f"{100 * sum(each <= most for each, _ in days) / count:.1f} %"
