"""Measure how often replays and the steps of change plans bound what is refused.

``python -m benchmarks.plan_quality`` simulates domains whose mail is known host by host
(``simulated_hosts.py``), replays several policies over the reports of each, plans its way to
enforce mode, and writes ``PLAN_QUALITY.md``.
"""

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.result_files import write_sections
from benchmarks.simulated_domains import FIRST_DAY, tables_of
from benchmarks.simulated_hosts import FAMILIES, HostDomain, simulated_hosts
from tlsrpt_analysis import ReportTables, enforce_impact, replay
from tlsrpt_analysis.analyses.impact.plan.situation import Change
from tlsrpt_analysis.standards.mta_sts import MtaStsPolicy

SEED, REPEATS = 16, 25
WANTED = 0.95


@dataclass(frozen=True, slots=True)
class Measured:
    """Whether one prediction bounds the truth, and how wide it is, as a share of tested sessions."""

    domain: str
    family: str
    what: str
    is_right: bool
    width: float


def main() -> None:
    """Simulate, predict, and write the tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.plan_quality")
    parser.add_argument("--repeats", type=int, default=REPEATS, help="domains of each family")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--show", action="store_true", help="print each wrong prediction")
    parser.add_argument("-o", "--output", type=Path)
    chosen = parser.parse_args()
    domains = _domains(chosen.repeats, chosen.seed)
    tables = tables_of(domains, {one.name: one.days for one in domains})
    replays = list(_replays(domains, tables, is_shown=chosen.show))
    steps = list(_steps(domains, tables, is_shown=chosen.show))
    sections = {
        "Replay of other policies": _table(replays, "bounds of a calendar month"),
        "Steps of a plan": _table(steps, "predictions"),
    }
    output = chosen.output or Path(__file__).parent / "PLAN_QUALITY.md"
    write_sections(output, _preface(domains, replays, steps, chosen.seed), sections)
    print(output.read_text())


def _domains(repeats: int, seed: int) -> list[HostDomain]:
    found = []
    for place, family in enumerate(FAMILIES):
        generator = np.random.default_rng([seed, place])
        found += [simulated_hosts(family, place * repeats + at, generator) for at in range(repeats)]
    return found


def candidates(domain: HostDomain) -> dict[str, tuple[tuple[str, ...], bool]]:
    """Return policies to replay: their lines, and whether the MX records are given as well."""
    last = domain.listed[domain.days - 1]
    return {
        "the reported policy": (last, False),
        "all hosts": (domain.hosts, False),
        "a wildcard": (("*.example.com",), False),
        "without the last line": (last[:-1] or last, False),
        "without the last line; MX records known": (last[:-1] or last, True),
        "the last host alone": (domain.hosts[-1:], False),
    }


def _replays(
    domains: list[HostDomain], tables: ReportTables, *, is_shown: bool
) -> Iterator[Measured]:
    for domain in domains:
        own = tables.select(policy_domains=[domain.name])
        records = pd.DataFrame({"policy_domain": domain.name, "mx_hostname": domain.hosts})
        for what, (lines, has_records) in candidates(domain).items():
            found = replay(
                own,
                MtaStsPolicy("enforce", 86_400, lines),
                mx_preferences=records if has_records else None,
            )
            for month, low, high, tested, truth in _months(domain, found.by_month, lines):
                is_right = low <= truth <= high
                if is_shown and not is_right:
                    print(domain.name, domain.family, what, month, (low, high), truth)
                yield Measured(
                    f"{domain.name} {month:%Y-%m}",
                    domain.family,
                    what,
                    is_right,
                    (high - low) / tested,
                )


def _months(
    domain: HostDomain, rows: pd.DataFrame, lines: tuple[str, ...]
) -> Iterator[tuple[pd.Timestamp, int, int, int, int]]:
    """Yield each month with its bounds, its tested sessions and what would have been refused."""
    days = pd.to_datetime(pd.Timestamp(FIRST_DAY)) + pd.to_timedelta(range(domain.days), unit="D")
    by_day = pd.Series(domain.refused(lines)[: domain.days].sum(axis=1), index=days)
    truth = by_day.groupby(days.to_period("M").to_timestamp()).sum()
    columns = ["month", "would_block_low", "would_block_high", "tested_session_count"]
    for month, low, high, tested in rows[columns].itertuples(index=False, name=None):
        yield month, low, high, tested, int(truth[month])


def _steps(
    domains: list[HostDomain], tables: ReportTables, *, is_shown: bool
) -> Iterator[Measured]:
    plan = enforce_impact(tables).plan()
    by_name = {domain.name: domain for domain in domains}
    for each in plan.domains:
        domain = by_name[each.situation.domain]
        lines, repaired = set(domain.listed[domain.days - 1]), set[str]()
        stages = [("before the first step", each.situation.expected)]
        shares = [domain.likely_share(lines, repaired)]
        for number, change in enumerate(each.situation.changes, start=1):
            _do(change, lines, repaired)
            stages.append((f"after change {min(number, 3)}", change.expected))
            shares.append(domain.likely_share(lines, repaired))
        stages.append(("after all changes", each.situation.left))
        shares.append(shares[-1])
        for (what, expected), share in zip(stages, shares, strict=True):
            is_right = expected.low - 1e-9 <= share <= expected.high + 1e-9
            if is_shown and not is_right:
                print(domain.name, domain.family, what, expected, share)
            width = expected.high - expected.low
            yield Measured(domain.name, domain.family, what, is_right, width)


def _do(change: Change, lines: set[str], repaired: set[str]) -> None:
    (lines if change.is_policy else repaired).update(change.hosts)


def _table(measured: list[Measured], what: str) -> str:
    frame = pd.DataFrame(measured)
    rows = [f"| | {what} | truth within | mean width |", "|---|--:|--:|--:|"]
    for key in ("what", "family"):
        for name, part in frame.groupby(key, sort=False):
            rows.append(_row(str(name), part))
    return "\n".join([*rows, _row("all", frame)])


def _row(name: str, part: pd.DataFrame) -> str:
    right, width = part["is_right"].mean(), part["width"].mean()
    return f"| {name} | {len(part):,} | {right:.1%} | {width:.1%} |".replace("%", " %")


def _whole(measured: list[Measured]) -> str:
    """Return in how many domains every prediction holds."""
    frame = pd.DataFrame(measured)
    name = frame["domain"].str.split(" ").str[0]
    return f"{frame['is_right'].groupby(name).all().mean():.1%}".replace("%", " %")


def _right(measured: list[Measured]) -> str:
    return f"{np.mean([one.is_right for one in measured]):.1%}".replace("%", " %")


def _preface(
    domains: list[HostDomain], replays: list[Measured], steps: list[Measured], seed: int
) -> str:
    months = len({one.domain for one in replays})
    sessions = sum(int(one.sessions[: one.days].sum()) for one in domains)
    return f"""# How well replays and plans predict what is refused

Written by `python -m benchmarks.plan_quality` (seed {seed}, {len(domains)} domains, {months} calendar months, {sessions:,} tested sessions).
Each domain has two or three MX hosts, 28 to 62 days of reports, and 3 to 100,000 sessions a day from two to six senders; senders report an unlisted host by its name, without a name (`MX_HOSTS_MISMATCH`) or beside their totals, and one in five checks certificates before names.
Half of the domains have stray failures; the sessions of a day correlate by 0 to 0.3.

A replay is right for a month if what the policy would have refused, by the simulation, lies between its bounds; they are exact counts, so the aim is every month.
A step is right if the share that is refused in the long run after it lies within its interval of 95 %.
{_right(replays)} of the bounds are right, and {_right(steps)} of the predictions of steps; the aim is {WANTED * 100:.0f} %.
In {_whole(replays)} of the domains every replay is right in every month, and in {_whole(steps)} every step.
"""


if __name__ == "__main__":
    main()
