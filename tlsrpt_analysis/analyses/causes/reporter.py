"""Causes that lie with those who report: one sender's own fault, and reports that stopped."""

from collections.abc import Iterator

from tlsrpt_analysis.analyses.cause_catalogue.signs import is_sender_side
from tlsrpt_analysis.analyses.causes.case import FAILED, SUCCEEDED, Case, Found
from tlsrpt_analysis.analyses.numbering import day_of, distinct

SILENT_DAYS = 7
"""Reports come daily; a week without any is no accident of one mail."""

BASELINE_DAYS = 28
FEWEST_BEFORE = 14
"""Of the four weeks before enforce mode, the days on which a reporter that vanished had reported."""


def reporter_causes(case: Case, last_day: int) -> Iterator[Found]:
    """Give the causes that show in who reports; `last_day` is that of all reports."""
    yield from _sender_side(case)
    yield from _stopped(case, last_day)
    yield from _vanished(case)


def _sender_side(case: Case) -> Iterator[Found]:
    names = dict.fromkeys(fault.reporter for fault in case.selective)
    sessions = case.policies[SUCCEEDED] + case.policies[FAILED]
    for name in names:
        failures = case.failures.where(case.failures.is_any("reporter", name))
        kinds = failures.texts("result_type")
        mine = case.policies.is_any("reporter", name)
        share = sessions[mine].sum() / max(1, sessions.sum())
        if is_sender_side(len(kinds), share):
            text = f"it fails with {', '.join(kinds)}, and has {share:.1%} of the sessions"
            yield Found("sender-side", None, failures.none(), text, (name,))


def _stopped(case: Case, last_day: int) -> Iterator[Found]:
    last = int(case.policies["day"].max())
    silent = last_day - last
    if silent > SILENT_DAYS:
        text = (
            f"the last report is about {day_of(last)}, {silent} days before the last about other"
            " domains"
        )
        yield Found("no-reports", None, case.failures.none(), text)


def _vanished(case: Case) -> Iterator[Found]:
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
            text = (
                f"it reported on {count} of the {BASELINE_DAYS} days before {day_of(since)}, never"
                " since"
            )
            yield Found("blocked-reporter", None, case.failures.none(), text, (name,))
