"""How often ``check`` raises a false alarm, and how soon it finds a fault: a year of daily checks.

``python -m benchmarks.check_quality`` writes ``CHECK_QUALITY.md``. The constants were chosen with
other seeds (`TUNING_SEED`), and some families break what the checks assume.
"""

import argparse
import datetime as dt
import sys
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from benchmarks.check_families import BREAKING, CLEAN, FAULTS
from benchmarks.check_tables import Outcome, false_alarms, false_table, found_table, is_false
from benchmarks.check_years import BEFORE, NAMES, YEAR, Reports, Year, reports_of
from benchmarks.failure_year import FIRST_DAY
from benchmarks.result_files import write_sections
from tlsrpt_analysis.analyses.alerts.known import Known
from tlsrpt_analysis.analyses.alerts.new_alerts import new_alerts
from tlsrpt_analysis.analyses.alerts.observed import DAY_WIDTH, Observed, observed
from tlsrpt_analysis.analyses.numbering import day_number, day_numbers
from tlsrpt_analysis.analyses.readiness.readiness import last_verdicts
from tlsrpt_analysis.arrays import Integers

if TYPE_CHECKING:
    from tlsrpt_analysis.analyses.alerts.alert import Alert

SEED, TUNING_SEED, DOMAINS = 2026, 18, 200
WINDOW = 230
JUDGED = 40
"""So many domains of each family also have a verdict each day, which takes most of the time."""

FAMILIES = CLEAN | BREAKING | FAULTS


def main() -> None:
    """Simulate the families, and write the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.check_quality")
    parser.add_argument("--domains", type=int, default=DOMAINS, help="domains of each family")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--families", nargs="*", default=list(FAMILIES))
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--show", action="store_true", help="print each false alarm")
    parser.add_argument("-o", "--output", type=Path)
    chosen = parser.parse_args()
    asked = [(name, chosen.domains, chosen.seed) for name in chosen.families]
    found: dict[str, list[Outcome]] = {}
    with get_context("spawn").Pool(chosen.workers) as pool:
        for name, cases in pool.imap_unordered(_named_outcomes, asked):
            found[name] = cases
            print(f"{name}: {len(false_alarms(cases))} false", file=sys.stderr, flush=True)
            if chosen.show:
                _show({name: cases})
        pool.close()
        pool.join()
    used = getrusage(RUSAGE_CHILDREN)
    minutes = (used.ru_utime + used.ru_stime) / 60
    sections = {
        "False alarms": false_table(found, [*CLEAN], "all that keep the assumptions")
        + "\n\nFamilies that break the assumptions:\n\n"
        + false_table(found, [*BREAKING], "all that break them"),
        "Days until a fault is found": found_table(found),
    }
    output = chosen.output or Path(__file__).parent / "CHECK_QUALITY.md"
    write_sections(output, _preface(chosen.domains, chosen.seed, minutes), sections)
    print(output.read_text())


def _named_outcomes(asked: tuple[str, int, int]) -> tuple[str, list[Outcome]]:
    return asked[0], outcomes(*asked)


def outcomes(family: str, domains: int, seed: int) -> list[Outcome]:
    """Simulate a family, and check its domains on each day of a year."""
    generator = np.random.default_rng([seed, list(FAMILIES).index(family)])
    years = [FAMILIES[family](generator) for _ in range(domains)]
    reports = reports_of(years)
    first = day_number(FIRST_DAY)
    seen = observed(reports.tables)
    arrival = _arrival(seen, reports, first)
    few = [f"d{number}.example" for number in range(min(domains, JUDGED))]
    verdicts = last_verdicts(reports.tables.select(policy_domains=few), 10_000)
    begins = {f"d{number}.example": year.begins for number, year in enumerate(years)}
    said: dict[str, list[tuple[int, Alert]]] = {name: [] for name in begins}
    known, is_left = Known(), np.ones(len(seen.domains), "bool")
    for today in range(min(begins.values()), BEFORE + YEAR):
        if not is_left.any():
            break
        part = _arrived(seen, arrival, (first, today), is_left)
        alerts, known = new_alerts(
            part, _verdicts_of(verdicts, seen, today, first), known, day(today)
        )
        for alert in alerts:
            said.setdefault(alert.policy_domain or "", []).append((today, alert))
            at = int((alert.policy_domain or "d0.").split(".")[0][1:])
            if years[at].is_found(
                today, alert.kind, {NAMES.index(name) for name in alert.reporters}
            ):
                is_left[slice(*seen.of_domain(alert.policy_domain or ""))] = False
    return [
        Outcome(
            year,
            tuple(said.get(f"d{number}.example", ())),
            number < JUDGED,
            _reported(reports, year, number),
        )
        for number, year in enumerate(years)
    ]


def day(number: int) -> dt.date:
    """Return a day of the simulation."""
    return FIRST_DAY + dt.timedelta(number)


def _arrival(seen: Observed, reports: Reports, first: int) -> tuple[Integers, Integers]:
    """Return the day on which each row of days and failures has arrived."""
    policies = reports.tables.policies
    pairs = {pair: at for at, pair in enumerate(zip(seen.domains, seen.reporters, strict=True))}
    domains, reporters = (policies[name].astype("str") for name in ("policy_domain", "reporter"))
    pair = np.array([pairs[each] for each in zip(domains, reporters, strict=True)])
    keys = pair * DAY_WIDTH + day_numbers(policies["day"])
    order = np.argsort(keys)
    arrived = reports.arrival[order] + first
    found = [
        arrived[np.searchsorted(keys[order], part.pair * DAY_WIDTH + part.day)]
        for part in (seen.days, seen.failures)
    ]
    return found[0], found[1]


def _arrived(
    seen: Observed,
    arrival: tuple[Integers, Integers],
    days: tuple[int, int],
    is_left: npt.NDArray[np.bool_],
) -> Observed:
    """Return what has arrived; a fault that was found is of no matter any more."""
    today = sum(days)
    parts = [
        part.where((came <= today) & (part.day > today - WINDOW) & is_left[part.pair])
        for part, came in zip((seen.days, seen.failures), arrival, strict=True)
    ]
    return replace(seen, days=parts[0], failures=parts[1])


def _verdicts_of(
    verdicts: Mapping[str, tuple[str, ...]], seen: Observed, today: int, first: int
) -> dict[str, str]:
    """Return the verdicts of the day before yesterday: the reports of the last day still come."""
    newest = np.full(len(seen.names), -1, "int64")
    np.maximum.at(newest, seen.domain_of[seen.days.pair], seen.days.day)
    found = {}
    for name, last in zip(seen.names, newest.tolist(), strict=True):
        if name not in verdicts:
            continue
        end = len(verdicts[name]) - (last - first - (today - 2))
        end = min(end, len(verdicts[name]))
        if end > 0:
            found[name] = verdicts[name][end - 1]
    return found


def _reported(reports: Reports, year: Year, number: int) -> Integers:
    """Return when each report of those at fault arrived, from the day of the fault on."""
    if year.fault_day < 0:
        return np.zeros(0, "int64")
    policies = reports.tables.policies
    is_own = policies["policy_domain"].eq(f"d{number}.example").to_numpy("bool")
    is_own = is_own & policies["reporter"].isin([NAMES[at] for at in year.at_fault]).to_numpy(
        "bool"
    )
    days = day_numbers(policies["day"]) - day_number(FIRST_DAY)
    is_in = is_own & (days >= year.fault_day)
    frame = {}
    for each, came in zip(days[is_in], reports.arrival[is_in], strict=True):
        frame[int(each)] = min(int(came), frame.get(int(each), 10**6))
    return np.array(sorted(frame.values()), "int64")


def _preface(domains: int, seed: int, minutes: float) -> str:
    return f"""# How good the alerts of `check` are

Written by `python -m benchmarks.check_quality` (seed {seed}, {domains} domains of each family, a check on each day of a year) in {minutes:.0f} minutes of CPU.
Each domain has 10 to 100,000 sessions a day, unless its family says otherwise, from two to six senders of unequal size, one to three MX hosts, weekends of their own, and in 7 of 10 domains stray failures of one type at one host (0.001 to 0.1 %), whose days correlate by 0 to 0.3; half are in enforce mode.
Reports arrive one or two days after the day that they are about.
{JUDGED} domains of each family also have a verdict on each day, which takes most of the time; the rate of verdicts is of these.
Each alert in a domain without a fault is a false one, also one that says that something ended or became better.
A large reporter has 20 sessions a day or more; days of reports are those about which a report of the domain had arrived.
A domain whose fault was found is looked at no longer."""


def _show(found: Mapping[str, list[Outcome]]) -> None:
    for name, cases in found.items():
        for number, case in enumerate(cases):
            for when, alert in case.alerts:
                if is_false(case, when):
                    print(name, number, when, alert.kind, alert.message)
        print(name, Counter(alert.kind for alert in false_alarms(cases)), flush=True)


if __name__ == "__main__":
    main()
