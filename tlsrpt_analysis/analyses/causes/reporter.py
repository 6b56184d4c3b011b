"""Causes that lie with those who report: one sender's own fault, and reports that stopped."""

from collections.abc import Iterator

from tlsrpt_analysis.analyses.cause_catalogue.sender import (
    BLOCKED_REPORTER,
    NO_REPORTS,
    SENDER_SIDE,
)
from tlsrpt_analysis.analyses.cause_catalogue.signs import is_sender_side
from tlsrpt_analysis.analyses.causes.case import FAILED, SUCCEEDED, DomainCase, FoundCause
from tlsrpt_analysis.analyses.causes.rows import Rows
from tlsrpt_analysis.analyses.numbering import day_of, distinct
from tlsrpt_analysis.analyses.policy.vanished import BASELINE_DAYS, FEWEST_BEFORE, SILENT_DAYS


def reporter_causes(case: DomainCase) -> Iterator[FoundCause]:
    """Yield the causes that show in who reports."""
    yield from _stopped(case)
    yield from _vanished(case)


def sender_side(case: DomainCase) -> Iterator[FoundCause]:
    """Yield each small sender that fails in many ways in which no other fails, with its failures."""
    failures = case.failures
    sessions = case.policies[SUCCEEDED] + case.policies[FAILED]
    for name in dict.fromkeys(fault.reporter for fault in case.selective):
        of_reporter = sessions[case.policies.is_any("reporter", name)]
        share = of_reporter.sum() / max(1, sessions.sum())
        rows = failures.where(failures.is_any("reporter", name))
        types = _own_types(case, name, rows)
        if is_sender_side(len(types), share):
            evidence = (
                f"it fails with {', '.join(types)}, in which no other sender fails, and has"
                f" {share:.1%} of the sessions"
            )
            found = rows.where(rows.is_any("result_type", *types))
            yield FoundCause(SENDER_SIDE, None, found, evidence, (name,))


def _own_types(case: DomainCase, name: str, rows: Rows) -> list[str]:
    """Return the result types that a reporter alone has, or that are selective."""
    others = case.failures.where(~case.failures.is_any("reporter", name))
    selective = {fault.result_type for fault in case.selective if fault.reporter == name}
    shared = set(others.texts("result_type")) - selective
    return [each for each in rows.texts("result_type") if each not in shared]


def _stopped(case: DomainCase) -> Iterator[FoundCause]:
    last = int(case.policies["day"].max())
    silent = case.last_report_day - last
    if silent > SILENT_DAYS:
        evidence = (
            f"the last report is about {day_of(last)}, {silent} days before the last about other"
            " domains"
        )
        yield FoundCause(NO_REPORTS, None, case.failures.empty(), evidence)


def _vanished(case: DomainCase) -> Iterator[FoundCause]:
    rows = case.policies
    is_enforced = rows.is_any("policy_mode", "enforce")
    if not is_enforced.any() or not rows.is_any("policy_mode", "testing").any():
        return
    days = rows["day"]
    since, last = int(days[is_enforced].min()), int(days.max())
    if last - since < SILENT_DAYS:
        return
    before = rows.where((days >= since - BASELINE_DAYS) & (days < since))
    after = set(distinct(rows["reporter"][days > since]))
    for name, part in before.split("reporter"):
        count = len(part.days())
        if name and count >= FEWEST_BEFORE and int(part["reporter"][0]) not in after:
            evidence = (
                f"it reported on {count} of the {BASELINE_DAYS} days before {day_of(since)}, never"
                " since"
            )
            yield FoundCause(BLOCKED_REPORTER, None, case.failures.empty(), evidence, (name,))
