"""The steps of a plan as Markdown."""

import re
from collections.abc import Iterable, Iterator

from tlsrpt_analysis.analyses.impact.plan.repairs import expected_words
from tlsrpt_analysis.analyses.impact.plan.situation import Situation
from tlsrpt_analysis.analyses.impact.plan.step import Step
from tlsrpt_analysis.shown_texts import shown
from tlsrpt_analysis.standards.policy_to_serve import PolicyToServe

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~&])")


def domain_markdown(situation: Situation, summary: str, steps: Iterable[Step]) -> str:
    """Return the section of one domain."""
    head = f"## {_text(situation.domain)}: {situation.verdict}"
    return "\n\n".join([head, _text(summary), *(_step(step) for step in steps)])


def expectation(step: Step) -> str:
    """Say what is expected to be refused from a step on."""
    if step.expected is None:
        return "Expected: nobody knows yet, as no session was tested." if step.policy else ""
    share = expected_words(step.expected)
    if step.is_enforced:
        return f"Expected from then on: {share} of the tested sessions refused."
    return f"Expected from then on: enforce mode would refuse {share} of the tested sessions."


def _step(step: Step) -> str:
    return "\n\n".join(
        part
        for part in (
            f"### {step.date}: {_text(step.title)} ({_text(step.responsible)})",
            *_parts(step),
        )
        if part
    )


def _parts(step: Step) -> Iterator[str]:
    yield _text(step.instructions)
    yield _policy(step.policy)
    yield "\n".join(f"- {_text(item)}" for item in _items(step) if item)
    yield _policy(step.roll_back)


def _items(step: Step) -> Iterator[str]:
    yield expectation(step)
    yield f"Go on when: {step.go_on_when}" if step.go_on_when else ""
    if step.roll_back_when:
        yield f"Roll back when: {step.roll_back_when}"
        yield f"How: {step.roll_back_how}"


def _policy(policy: PolicyToServe | None) -> str:
    if policy is None:
        return ""
    lines = policy.text.replace("\r", "")
    return f"```text\n{lines}```\n\n```text\n{policy.record}\n```"


def _text(text: str) -> str:
    """Return a text in which nothing is markup."""
    return _SPECIAL.sub(r"\\\1", shown(text, 4_000))
