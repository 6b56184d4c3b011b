"""Whether the bounds of `enforce_impact` hold the truth of simulated months, before and after fixes."""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from benchmarks.message_months import MISMATCH, Fault, Month
from benchmarks.selective_truth import is_failures_only, types_of_day
from benchmarks.sender_reports import reported_rows
from benchmarks.simulated_domains import tables_of_rows
from tlsrpt_analysis import enforce_impact
from tlsrpt_analysis.analyses.cause_catalogue.fix_kinds import (
    ADD_MX,
    ALIAS,
    CHANGE_ID,
    NOT_GIVEN,
    SENDER,
    repair_of,
)
from tlsrpt_analysis.analyses.impact.impact import EnforceImpact
from tlsrpt_analysis.analyses.policy.reported import latest_mx_patterns
from tlsrpt_analysis.analyses.statistics.intervals import wilson_interval
from tlsrpt_analysis.standards.mta_sts import covers

MOST_STEPS = 4


@dataclass(slots=True)
class Held:
    """Whether bounds held the truth about one month, and their widths in parts of its sessions.

    `counts` is about the refused sessions, `after` about those left after each step of the ladder;
    `covers` and `naive` are about the interval of the share in the long run, and Wilson's.
    """

    month: Month
    counts: bool
    after: list[bool]
    widths: list[float]
    covers: bool | None = None
    naive: bool | None = None
    interval: float = float("nan")


def held(months: list[Month]) -> list[Held]:
    """Ask for the impact of some months, and compare it with their truth."""
    tables = tables_of_rows(row for month in months for row in reported_rows(month))
    impact, patterns = enforce_impact(tables), latest_mx_patterns(tables)
    names = set(impact.by_domain["policy_domain"])
    return [
        _held(month, impact, patterns.get(month.name, ()))
        for month in months
        if month.name in names
    ]


def _held(month: Month, impact: EnforceImpact, patterns: tuple[str, ...]) -> Held:
    ladder = impact.fixes
    steps = ladder[(ladder["policy_domain"] == month.name) & ladder["step"].notna()]
    left = _Left(month, frozenset(steps["fix"]), patterns)
    counts, _ = _holds(impact, month, left.after(None))
    made = Held(month, counts, [], [])
    done: list[str] = []
    for fix in steps["fix"].tolist()[:MOST_STEPS]:
        done.append(fix)
        after = impact.after(done, policy_domain=month.name)
        is_held, width = _holds(after, month, left.after(done))
        made.after.append(is_held)
        made.widths.append(width)
    _judge_interval(month, impact, made)
    return made


def _holds(impact: EnforceImpact, month: Month, truth: tuple[int, int]) -> tuple[bool, float]:
    rows = impact.by_domain
    row = rows[rows["policy_domain"] == month.name].iloc[0]
    low, high = int(row["would_block_low"]), int(row["would_block_high"])
    least, most = truth
    return low <= most and least <= high, (high - low) / max(1, int(row["tested_session_count"]))


@dataclass(frozen=True, slots=True)
class _Left:
    """The refused sessions of a month, by fault, sender and day, and how each is cured."""

    month: Month
    ladder: frozenset[str]
    patterns: tuple[str, ...]

    def after(self, done: Collection[str] | None) -> tuple[int, int]:
        """Count the sessions that are refused still, at least and at most.

        A session that is listed under two types, or whose fault has ended since, may be cured by
        less. Before any fix all count.
        """
        month = self.month
        least = most = 0
        for number, fault in enumerate(month.faults):
            if fault.host is None:
                continue
            failed = month.failed[number] * month.reported
            for day, at in np.argwhere(failed):
                count = int(failed[day, at])
                cured = (False, False)
                if done is not None:
                    cured = self._cured(fault, int(at), int(day), frozenset(done))
                least += 0 if cured[0] else count
                most += 0 if cured[1] else count
        return least, most

    def _cured(self, fault: Fault, at: int, day: int, done: frozenset[str]) -> tuple[bool, bool]:
        """Return whether a fault is cured perhaps, and whether for sure."""
        name = self.month.senders[at].name
        own = self._is_type_cured(fault, at, fault.type_of(name), done)
        types = types_of_day(self.month, fault, at, day)
        every = all(self._is_type_cured(fault, at, one, done) for one in types)
        is_over = not fault.expected[-1, at]
        return own or is_over, every and (own or not is_over)

    def _is_type_cured(self, fault: Fault, at: int, result_type: str, done: frozenset[str]) -> bool:
        """Whether what is done cures a fault as a sender names it.

        A host that the policy lists by now needs no step.
        """
        cures = self._cures(fault, at, result_type)
        if cures & self.ladder:
            return bool(cures & done)
        return fault.is_mismatch and covers(self.patterns, self.month.hosts[fault.host or 0])

    def _cures(self, fault: Fault, at: int, result_type: str) -> frozenset[str]:
        """Return the steps of the ladder that cure it, for sure."""
        host, sender = self.month.hosts[fault.host or 0], self.month.senders[at]
        kind = repair_of(result_type)
        if fault.is_mismatch and result_type == MISMATCH:
            kind = ADD_MX
        alias = {f"{ALIAS} {name}" for name in (host, NOT_GIVEN)}
        if fault.code == "cname-mx" and alias & self.ladder:
            return frozenset(alias)
        return frozenset(
            {
                *(f"{kind} {name}" for name in (host, NOT_GIVEN)),
                *({f"{CHANGE_ID} {self.month.name}"} if fault.is_mismatch else alias),
                f"{SENDER} {sender.name}",
            }
        )


def _judge_interval(month: Month, impact: EnforceImpact, made: Held) -> None:
    """Judge the interval of the share; of senders of failures only nobody knows the share."""
    rows = impact.by_domain
    row = rows[rows["policy_domain"] == month.name].iloc[0]
    low, high = row["would_block_share_low"], row["would_block_share_high"]
    seen = month.reported
    expected = float((month.likely_refused * seen).sum() / max(1e-9, (month.likely * seen).sum()))
    is_biased = any(is_failures_only(month, at) for at in range(len(month.senders)))
    if np.isnan(low) or not 1e-6 < expected < 1 - 1e-6 or is_biased:
        return
    made.covers = bool(low <= expected <= high)
    made.interval = float(high - low)
    failed = sum(
        int((month.failed[number] * seen).sum())
        for number, fault in enumerate(month.faults)
        if fault.host is not None
    )
    ends = wilson_interval(failed, float(max(failed, int(row["tested_session_count"]))))
    made.naive = ends[0] <= expected <= ends[1]
