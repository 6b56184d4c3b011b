"""Measure how often the verdict on a domain is wrong, and whether today's share is within its interval.

``python -m benchmarks.readiness_quality`` simulates domains whose mail is known, of each family in
``domain_families.py``, and writes ``READINESS_QUALITY.md``. Beside the rule stands the one before
it: the mean of all sessions under ``sts`` of the last 28 days, ready below 0.5 % and an upper limit
of 2 % on eight days.
"""

import argparse
import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.domain_families import BREAKING, FAMILIES, simulated
from benchmarks.result_files import write_sections
from benchmarks.simulated_domains import FIRST_DAY, MOST_TRIES, Domain, tables_of
from tlsrpt_analysis import enforce_impact
from tlsrpt_analysis.analyses.statistics.day_clusters import design_effect
from tlsrpt_analysis.analyses.statistics.intervals import wilson_interval

SEED, REPEATS = 14, 40
WRONG_SHARE = 0.02
FINE_SHARE = 0.002
FINE_DAYS = 28
NEAR_DAYS = 2
VISIBLE_SESSIONS = 10
CLEAN_DAYS = 7
"""A repair is known after a week at the earliest."""

GOOD, POOR, BAD = "ready", "too little data", "not ready"
AS_READY = {"enforced, clean": GOOD, "enforced, refusing mail": BAD}


@dataclass(frozen=True, slots=True)
class Case:
    """A domain, what was said of it, and what the old rule says."""

    domain: Domain
    row: pd.Series
    old: str
    when_promised: str
    """The verdict with the reports until `ready_on`; empty without such a day."""

    @property
    def verdict(self) -> str:
        """The verdict in the words of testing mode."""
        return AS_READY.get(self.row["verdict"], self.row["verdict"])

    @property
    def is_bad(self) -> bool:
        """Whether `ready` is wrong."""
        domain = self.domain
        return domain.true_share > WRONG_SHARE or domain.has_cut_off or domain.is_gone

    @property
    def is_fine(self) -> bool:
        """Whether `ready` is right, and has been for weeks."""
        return self.domain.fine_for(FINE_DAYS, FINE_SHARE)


def main() -> None:
    """Simulate, judge, and write the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.readiness_quality")
    parser.add_argument("--repeats", type=int, default=REPEATS, help="domains of each family")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--families", nargs="*", default=list(FAMILIES))
    parser.add_argument("--show", action="store_true", help="print each wrong verdict")
    parser.add_argument("-o", "--output", type=Path)
    chosen = parser.parse_args()
    cases = judged(chosen.families, chosen.repeats, chosen.seed)
    sections = {
        "Verdicts": _table(_VERDICTS, cases),
        "Intervals and days": _table(_INTERVALS, cases),
        "The day on which a domain is ready": _table_of_promises(cases),
    }
    output = chosen.output or Path(__file__).parent / "READINESS_QUALITY.md"
    write_sections(output, _preface(cases, chosen.seed), sections)
    print(output.read_text())
    if chosen.show:
        _show(cases)


def judged(families: Sequence[str], repeats: int, seed: int) -> list[Case]:
    """Simulate the families one after the other, and ask for the impact of enforce mode."""
    cases: list[Case] = []
    for family in families:
        generator = np.random.default_rng([seed, list(FAMILIES).index(family)])
        names = range(len(cases), len(cases) + repeats)
        domains = [simulated(family, number, generator) for number in names]
        cases += _cases(domains)
        for domain in domains:
            domain.rows.clear()
    return cases


def _cases(domains: list[Domain]) -> list[Case]:
    rows = enforce_impact(tables_of(domains)).by_domain.set_index("policy_domain")
    found = [domain for domain in domains if domain.name in rows.index]
    later = _verdicts_when_promised(found, rows)
    return [
        Case(domain, rows.loc[domain.name], _old_verdict(domain), later.get(domain.name, ""))
        for domain in found
    ]


def _verdicts_when_promised(domains: list[Domain], rows: pd.DataFrame) -> dict[str, str]:
    """Judge the domains with a `ready_on` again, with the reports until that day."""
    promised = rows["ready_on"].dropna()
    until = {name: (pd.Timestamp(day).date() - FIRST_DAY).days for name, day in promised.items()}
    kept = [
        one for one in domains if until.get(one.name, len(one.expected) + 1) <= len(one.expected)
    ]
    if not kept:
        return {}
    by_domain = enforce_impact(tables_of(kept, until)).by_domain
    return dict(zip(by_domain["policy_domain"], by_domain["verdict"], strict=True))


def _old_verdict(domain: Domain) -> str:
    """Judge by the mean of 28 days, as before."""
    days = slice(0, domain.days)
    reported = np.flatnonzero(domain.under_sts[days])
    if not len(reported):
        return POOR
    recent = slice(max(0, int(reported[-1]) - 27), domain.days)
    sessions, refused = (
        counts[recent].astype("float64") for counts in (domain.under_sts, domain.refused)
    )
    if refused.sum() > 0.005 * sessions.sum():
        return BAD
    if np.count_nonzero(sessions) < 8:
        return POOR
    effect = design_effect(sessions[sessions > 0], refused[sessions > 0])
    high = wilson_interval(refused.sum() / effect, sessions.sum() / effect)[1]
    return GOOD if high < WRONG_SHARE else POOR


def _session_share(domain: Domain, share: float) -> float:
    """Return the expected share of sessions, where a refused message is tried again."""
    if domain.mode == "testing":
        return share
    tries = share * (1 + MOST_TRIES) / 2
    return tries / (1 - share + tries)


def _covers_today(case: Case) -> bool | None:
    share = _session_share(case.domain, case.domain.true_share)
    return _covers(case, "today_would_block_share", share)


def _covers_whole(case: Case) -> bool | None:
    return _covers(case, "would_block_share", case.domain.whole_share())


def _covers(case: Case, name: str, share: float) -> bool | None:
    low, high = (case.row[f"{name}_{end}"] for end in ("low", "high"))
    if np.isnan(low) or share <= 0:
        return None
    return bool(low - 1e-9 <= share <= high + 1e-9)


def _is_near(case: Case) -> bool | None:
    """Whether today begins where the state of today began, where reports can show it."""
    domain, change = case.domain, case.domain.changed_on
    if change is None or domain.days - change > FINE_DAYS or not _is_visible(domain, change):
        return None
    truth = pd.Timestamp(FIRST_DAY + dt.timedelta(change))
    return bool(abs((pd.Timestamp(case.row["today_since"]) - truth).days) <= NEAR_DAYS)


def _is_visible(domain: Domain, change: int) -> bool:
    """Whether a change moved 2 % of the sessions and ten or more of them; a repair, a week ago."""
    before, after = domain.share_of(change - 1), domain.share_of(change)
    days = slice(change, domain.days) if after > before else slice(0, change)
    if after < before and domain.days - change < CLEAN_DAYS:
        return False
    return (
        abs(after - before) > WRONG_SHARE
        and int(domain.refused[days].sum()) >= VISIBLE_SESSIONS
        and int(domain.tested[change : domain.days].sum()) >= VISIBLE_SESSIONS
    )


def _share(values: Sequence[bool | None]) -> str:
    known = [value for value in values if value is not None]
    return f"{100 * sum(known) / len(known):.1f} % of {len(known)}" if known else ""


def _of(cases: Sequence[Case], is_in: Callable[[Case], bool], said: str, *, old: bool) -> str:
    verdicts = [case.old if old else case.verdict for case in cases if is_in(case)]
    return _share([verdict == said for verdict in verdicts])


def _wrong(cases: Sequence[Case], *, old: bool) -> str:
    return _share([case.is_bad and (case.old if old else case.verdict) == GOOD for case in cases])


Column = Callable[[Sequence[Case]], str]
_VERDICTS: dict[str, Column] = {
    "wrong `ready`": lambda cases: _wrong(cases, old=False),
    "old rule": lambda cases: _wrong(cases, old=True),
    "fine: `ready`": lambda cases: _of(cases, lambda case: case.is_fine, GOOD, old=False),
    "fine: `too little data`": lambda cases: _of(cases, lambda case: case.is_fine, POOR, old=False),
    "fine: `not ready`": lambda cases: _of(cases, lambda case: case.is_fine, BAD, old=False),
    "old rule: `not ready`": lambda cases: _of(cases, lambda case: case.is_fine, BAD, old=True),
    "bad: `not ready`": lambda cases: _of(cases, lambda case: case.is_bad, BAD, old=False),
    "old rule, bad: `not ready`": lambda cases: _of(cases, lambda case: case.is_bad, BAD, old=True),
}
_INTERVALS: dict[str, Column] = {
    "today's share covered": lambda cases: _share([_covers_today(case) for case in cases]),
    "whole period covered": lambda cases: _share([_covers_whole(case) for case in cases]),
    "`today_since` within 2 days": lambda cases: _share([_is_near(case) for case in cases]),
}


def _table(columns: dict[str, Column], cases: Sequence[Case]) -> str:
    lines = [
        f"| family | domains | {' | '.join(columns)} |",
        f"|---|--:|{'--:|' * len(columns)}",
    ]
    groups: dict[str, list[Case]] = {}
    for case in cases:
        groups.setdefault(case.domain.family, []).append(case)
    kept = [case for case in cases if case.domain.family not in BREAKING]
    broken = [case for case in cases if case.domain.family in BREAKING]
    groups |= {"**all that keep the assumptions**": kept, "**all that break them**": broken}
    for family, group in groups.items():
        cells = " | ".join(column(group) for column in columns.values())
        lines.append(f"| {family} | {len(group)} | {cells} |")
    return "\n".join(lines)


def _table_of_promises(cases: Sequence[Case]) -> str:
    promised = [case for case in cases if pd.notna(case.row["ready_on"])]
    kept = [case for case in promised if case.when_promised]
    right = [case.when_promised == GOOD for case in kept]
    wrong = [case.is_bad for case in kept]
    return (
        f"`ready_on` was named for {len(promised)} domains. Where the days until then were"
        f" simulated, {_share(right)} were `ready` with the reports until that day. In"
        f" {_share(wrong)} more than 2 % are refused in the long run."
    )


def _preface(cases: Sequence[Case], seed: int) -> str:
    sessions = sum(int(case.domain.tested.sum()) for case in cases)
    return f"""# How often a verdict is wrong

Written by `python -m benchmarks.readiness_quality` (seed {seed}, {len(cases):,} domains, {sessions:,} tested sessions).
Each domain has 3 to 100,000 sessions a day from two to six senders of unequal size, one to three MX hosts, most often 7 to 120 days, and half of the senders have a favourite host; one sender in seven counts its details in an unusual way.
Half of the domains have stray failures (up to 0.1 %); the sessions of a day correlate by 0 to 0.3, in half of the domains for all senders alike.
A wrong `ready` (or `enforced, clean`): more than 2 % of the messages are refused today in the long run, a sender of a message a week or more is cut off, or nobody can find or fetch the policy.
Fine: below 0.2 % in the last four weeks, and none of that.
The old rule, in the same run: the mean of 28 days, `not ready` above 0.5 %, `ready` below an upper limit of 2 % on eight days.
Three families break what the rule assumes (a correlation within days of 0.15 where no day shows it, and days that are independent of each other): correlation 0.6, rare bad days, and bad days in runs. They are counted apart."""


def _show(cases: Sequence[Case]) -> None:
    for case in cases:
        kinds = (case.is_bad and case.verdict == GOOD, case.is_fine and case.verdict == BAD)
        if any(kinds):
            domain = case.domain
            print(
                f"\n{domain.name} {domain.family}: true {domain.true_share:.4f}, days {domain.days},"
                f" changed {domain.changed_on}, a day {sum(s.a_day for s in domain.senders):.1f}"
                f"\n  {case.row['verdict']}: {case.row['reasons']}"
            )


if __name__ == "__main__":
    main()
