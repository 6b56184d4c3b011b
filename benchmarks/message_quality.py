"""The tables of analyses on months that are simulated session by session, family by family.

`benchmarks.analysis_quality` and `benchmarks.impact_quality` write them.
"""

from collections.abc import Callable, Iterable, Sequence

import numpy as np

from benchmarks.compare_truth import Seen, seen
from benchmarks.detail_habits import HABITS
from benchmarks.fault_families import FAMILIES, simulated
from benchmarks.impact_truth import held
from benchmarks.message_months import Month
from benchmarks.selective_truth import FISHER, OURS, RAO_SCOTT, Judged, judged
from benchmarks.sender_reports import reported_rows
from benchmarks.simulated_domains import tables_of_rows
from tlsrpt_analysis import selective_failures

SECTION = "session by session"

ABOUT = """Each of {domains} months has 7 to 60 days and 3 to 1,000,000 sessions a day of three to six senders, which prefer an MX host or none. Counts are drawn as multinomials and binomials, which is the same as session by session; the sessions of a day correlate by 0 to 0.3.
The senders report as real ones do: Google completely; Microsoft without the host that the policy does not list, and in odd months under `tlsa` too; Mail.ru under two result types; mox on days with failures only, with mismatches and missing STARTTLS beside its totals; Postfix without addresses; another sender details of half of its failures. One in ten leaves out hosts or counts, one in ten changes its way in the middle, one in five leaves out days, one in ten saw two policies on each day, and one in ten sends reports of no sessions.
"""

Groups = dict[str, list[Month]]


def months_of_families(seed: int, repeats: int) -> Groups:
    """Simulate some months of each family."""
    groups: Groups = {}
    for number, family in enumerate(FAMILIES):
        generator = np.random.default_rng([seed, number])
        names = range(number * repeats, (number + 1) * repeats)
        groups[family] = [simulated(family, name, generator) for name in names]
    return groups


def selective_table(groups: Groups) -> str:
    """Judge `selective_failures` by family."""
    return _table(
        {family: list(_judged(months)) for family, months in groups.items()},
        {
            "domains": lambda cases: str(len(cases)),
            "false": lambda cases: _part(_pairs(cases, OURS)),
            "Fisher": lambda cases: _part(_pairs(cases, FISHER), count=False),
            "Rao-Scott": lambda cases: _part(_pairs(cases, RAO_SCOTT), count=False),
            "domains with a false one": lambda cases: _part([one.has_false for one in cases]),
            "strong faults found": lambda cases: _part(_found(cases, OURS)),
            "Fisher ": lambda cases: _part(_found(cases, FISHER), count=False),
            "Rao-Scott ": lambda cases: _part(_found(cases, RAO_SCOTT), count=False),
            "onset": lambda cases: _part([hit for one in cases for hit in one.onset]),
            "inverted": lambda cases: str(sum(sum(one.inverted) for one in cases)),
            "`points_to`": lambda cases: _part([hit for one in cases for hit in one.points]),
        },
    )


def compare_table(groups: Groups) -> str:
    """Judge `compare` by family."""
    cases = {
        family: [case for case in map(seen, months) if case] for family, months in groups.items()
    }
    columns: dict[str, Callable[[list[Seen]], str]] = {}
    for title, is_changed in (("false changes", False), ("changes seen", True)):
        for name, says in (
            (title, lambda case: case.says_change),
            (f"Fisher, {title}", lambda case: case.fisher),
            (f"Rao-Scott, {title}", lambda case: case.rao_scott),
        ):
            columns[name] = _of_kind(says, is_changed=is_changed)
    return _table({family: kept for family, kept in cases.items() if kept}, columns)


def impact_table(groups: Groups) -> str:
    """Judge `enforce_impact` and `after` by family."""
    return _table(
        {family: held(months) for family, months in groups.items()},
        {
            "counts": lambda cases: _part([one.counts for one in cases]),
            "`after`": lambda cases: _part([hit for one in cases for hit in one.after]),
            "its width": lambda cases: _mean([width for one in cases for width in one.widths]),
            "share covered": lambda cases: _part(
                [one.covers for one in cases if one.covers is not None]
            ),
            "width": lambda cases: _mean([one.interval for one in cases if one.covers is not None]),
            "Wilson": lambda cases: _part(
                [one.naive for one in cases if one.naive is not None], count=False
            ),
        },
    )


def months_of_habits(seed: int, families: Iterable[str], repeats: int) -> Groups:
    """Simulate months in which all senders report in one way."""
    groups: Groups = {}
    for habit in dict.fromkeys((*HABITS.values(), "no count", "no host")):
        groups[habit] = []
        for number, family in enumerate(families):
            generator = np.random.default_rng([seed, number, len(groups)])
            groups[habit] += [
                simulated(family, number * repeats + at, generator, habit=habit)
                for at in range(repeats)
            ]
    return groups


def _judged(months: list[Month]) -> Iterable[Judged]:
    tables = tables_of_rows(row for month in months for row in reported_rows(month))
    rows = selective_failures(tables)
    return (judged(month, rows[rows["policy_domain"] == month.name]) for month in months)


def _pairs(cases: list[Judged], which: int) -> list[bool]:
    return [pair[which] for one in cases for pair in one.false]


def _found(cases: list[Judged], which: int) -> list[bool]:
    return [pair[which] for one in cases for pair in one.found]


def _of_kind(says: Callable[[Seen], bool], *, is_changed: bool) -> Callable[[list[Seen]], str]:
    return lambda cases: _part([says(one) for one in cases if one.is_changed == is_changed])


def _part(hits: Sequence[bool], *, count: bool = True) -> str:
    if not hits:
        return ""
    share = f"{100 * sum(hits) / len(hits):.1f} %"
    return f"{share} of {len(hits):,}" if count else share


def _mean(values: Sequence[float]) -> str:
    return f"{100 * float(np.mean(values)):.1f} points" if values else ""


def _table(groups: dict[str, list], columns: dict[str, Callable[[list], str]]) -> str:  # type: ignore[type-arg]
    lines = [f"| months | {' | '.join(columns)} |", f"|---|{'--:|' * len(columns)}"]
    everything = [case for cases in groups.values() for case in cases]
    for family, cases in (groups | {"**all**": everything}).items():
        cells = " | ".join(column(cases) for column in columns.values())
        lines.append(f"| {family} | {cells} |")
    return "\n".join(lines)


def preface(groups: Groups) -> str:
    """Say what was simulated."""
    return ABOUT.format(domains=sum(map(len, groups.values())))
