"""The steps of a plan as events of a calendar."""

import hashlib
from collections.abc import Iterable, Iterator

from tlsrpt_analysis.analyses.impact.plan.markdown import expectation
from tlsrpt_analysis.analyses.impact.plan.situation import Situation
from tlsrpt_analysis.analyses.impact.plan.step import Step
from tlsrpt_analysis.shown_texts import shown, without_controls
from tlsrpt_analysis.standards.calendar_file import CalendarEvent


def plan_events(situation: Situation, steps: Iterable[Step]) -> Iterator[CalendarEvent]:
    """Yield an event for each step of a domain."""
    for step in steps:
        yield CalendarEvent(
            _uid(situation.domain, step),
            step.date,
            f"{shown(situation.domain)}: {shown(step.title)}",
            without_controls("\n\n".join(part for part in _description(step) if part)),
            situation.start.toordinal(),
        )


def _uid(domain: str, step: Step) -> str:
    """Return the same UID for the same step of a domain, on whatever day it is."""
    # A clean period names its last day, and is the same one when that day moves.
    what = step.title if step.kind.value == "repair" else step.kind.value
    return f"{hashlib.sha256(f'{domain}|{what}'.encode()).hexdigest()[:32]}@tlsrpt-analysis"


def _description(step: Step) -> Iterator[str]:
    yield f"Who: {step.responsible}"
    yield step.instructions
    yield str(step.policy or "")
    yield expectation(step)
    yield f"Go on when: {step.go_on_when}" if step.go_on_when else ""
    if step.roll_back_when:
        yield f"Roll back when: {step.roll_back_when}"
        yield f"{step.roll_back_how}\n{step.roll_back or ''}"
