"""The change plan of some domains: a frame, Markdown, a calendar, and itself in a notebook."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from html import escape

import pandas as pd

from tlsrpt_analysis.analyses.impact.ladder_choice import untried_words
from tlsrpt_analysis.analyses.impact.plan.events import plan_events
from tlsrpt_analysis.analyses.impact.plan.markdown import domain_markdown
from tlsrpt_analysis.analyses.impact.plan.situation import Situation
from tlsrpt_analysis.analyses.impact.plan.step import Step, StepKind
from tlsrpt_analysis.analyses.impact.plan.steps import plan_steps
from tlsrpt_analysis.shown_texts import counted, shown
from tlsrpt_analysis.standards.calendar_file import calendar_file
from tlsrpt_analysis.tables import DAY

STEP_COLUMNS = {
    "policy_domain": "str",
    "step": "int64",
    "date": DAY,
    "kind": "str",
    "title": "str",
    "responsible": "str",
    "instructions": "str",
    "policy_text": "str",
    "txt_record": "str",
    "would_block_share_low": "float64",
    "would_block_share_high": "float64",
    "go_on_when": "str",
    "roll_back_when": "str",
    "roll_back_how": "str",
    "roll_back_policy_text": "str",
    "roll_back_txt_record": "str",
}

DOMAIN_COLUMNS = {
    "policy_domain": "str",
    "verdict": "str",
    "reasons": "str",
    "first_date": DAY,
    "enforce_on": DAY,
    "raise_on": DAY,
    "summary": "str",
}


@dataclass(frozen=True, slots=True)
class DomainPlan:
    """The steps of one domain, with where it stands before the first."""

    situation: Situation
    steps: tuple[Step, ...]

    @property
    def summary(self) -> str:
        """The plan in a sentence, and what to know where it leaves something out."""
        others = [each.about_texts for each in self.situation.facts.other_policies]
        untried = filter(None, [untried_words(self.situation.untried_fix_count)])
        notes = [f"{text[0].upper()}{text[1:]}." for text in (*untried, *others)]
        return " ".join([self._in_short, *notes])

    @property
    def _in_short(self) -> str:
        enforce = self.date_of(StepKind.ENFORCE)
        if enforce is None:
            return f"{self.steps[0].title} ({self.steps[0].date})."
        work = [step for step in self.steps if step.kind in _WORK and step.date < enforce]
        if not work and self.date_of(StepKind.CLEAN) is None:
            dane = "what DANE refuses needs its repair in any mode"
            first = (
                dane if self.situation.facts.is_dane_refusing else "nothing needs a repair first"
            )
            return f"Switch to enforce mode on {enforce}; {first}."
        todo = f"after {counted(len(work), 'change')} on {work[0].date}" if work else "as it is"
        second = " and a second reporter tests the policy"
        also = second if self.situation.has_too_few_reporters else ""
        return f"Enforce mode on {enforce}, {todo}, if the days until then are clean{also}."

    def date_of(self, kind: StepKind) -> dt.date | None:
        """Return the day of the first step of a kind."""
        return next((step.date for step in self.steps if step.kind is kind), None)


_WORK = {
    StepKind.ROLL_BACK,
    StepKind.PUBLISH,
    StepKind.RESTORE,
    StepKind.POLICY,
    StepKind.REPAIR,
    StepKind.INVESTIGATE,
}


@dataclass(frozen=True, slots=True)
class ChangePlan:
    """The dated steps to enforce mode, domain by domain.

    Attributes
    ----------
    start : date
        The first day of the plan.
    by_domain : DataFrame
        ``policy_domain verdict reasons first_date enforce_on raise_on summary``: one row a domain.
    steps : DataFrame
        One row a step, by domain and date: ``policy_domain step date kind title responsible
        instructions policy_text txt_record would_block_share_low would_block_share_high go_on_when
        roll_back_when roll_back_how roll_back_policy_text roll_back_txt_record``. The shares bound
        what is refused of the tested sessions from this step on (95 %, days as clusters), missing
        where no session was tested.
    """

    start: dt.date
    by_domain: pd.DataFrame
    steps: pd.DataFrame
    domains: tuple[DomainPlan, ...]

    def to_markdown(self) -> str:
        """Return the plan as a page of Markdown, with the policies and records to copy."""
        parts = [f"# Change plan from {self.start}", *map(_markdown, self.domains)]
        return "\n\n".join(parts) + "\n"

    def to_ics(self) -> str:
        """Return the plan as a calendar file (RFC 5545): a day-long event for each step.

        The same step has the same UID in the next plan, so that a calendar moves it.
        """
        events = [
            event for each in self.domains for event in plan_events(each.situation, each.steps)
        ]
        return calendar_file(events, name="MTA-STS change plan", written_on=self.start)

    def _repr_html_(self) -> str:
        """Show each domain's verdict and steps; everything is escaped."""
        shown_domains = "".join(map(_html, self.domains)) or "<p>No domain to plan for.</p>"
        return f'<div class="tex2jax_ignore mathjax_ignore">{shown_domains}</div>'


def change_plan(situations: Iterable[Situation], start: dt.date) -> ChangePlan:
    """Return the plan of some domains."""
    domains = tuple(DomainPlan(each, plan_steps(each)) for each in situations)
    by_domain = [_domain_row(each) for each in domains]
    steps = [
        _step_row(each.situation.domain, number, step)
        for each in domains
        for number, step in enumerate(each.steps, start=1)
    ]
    return ChangePlan(
        start,
        pd.DataFrame(by_domain, columns=list(DOMAIN_COLUMNS)).astype(DOMAIN_COLUMNS),
        pd.DataFrame(steps, columns=list(STEP_COLUMNS)).astype(STEP_COLUMNS),
        domains,
    )


def _domain_row(each: DomainPlan) -> dict[str, object]:
    return {
        "policy_domain": each.situation.domain,
        "verdict": each.situation.verdict,
        "reasons": each.situation.reasons,
        "first_date": each.steps[0].date,
        "enforce_on": each.date_of(StepKind.ENFORCE),
        "raise_on": each.date_of(StepKind.RAISE),
        "summary": each.summary,
    }


def _step_row(domain: str, number: int, step: Step) -> dict[str, object]:
    expected, policy, back = step.expected, step.policy, step.roll_back
    return {
        "policy_domain": domain,
        "step": number,
        "date": step.date,
        "kind": step.kind.value,
        "title": step.title,
        "responsible": step.responsible,
        "instructions": step.instructions,
        "policy_text": policy.text if policy else None,
        "txt_record": policy.record if policy else None,
        "would_block_share_low": expected.low if expected else None,
        "would_block_share_high": expected.high if expected else None,
        "go_on_when": step.go_on_when,
        "roll_back_when": step.roll_back_when,
        "roll_back_how": step.roll_back_how,
        "roll_back_policy_text": back.text if back else None,
        "roll_back_txt_record": back.record if back else None,
    }


def _markdown(each: DomainPlan) -> str:
    return domain_markdown(each.situation, each.summary, each.steps)


def _html(each: DomainPlan) -> str:
    situation = each.situation
    head = f"{shown(situation.domain)}: {situation.verdict}"
    rows = "".join(
        f"<tr><td>{step.date}</td><td>{escape(shown(step.title))}</td>"
        f"<td>{escape(step.responsible)}</td><td>{_details(step)}</td></tr>"
        for step in each.steps
    )
    return (
        f"<p><strong>{escape(head)}</strong><br>{escape(shown(each.summary))}</p>"
        "<table><thead><tr><th>Day</th><th>Step</th><th>Who</th><th>How</th></tr></thead>"
        f"<tbody>{rows}</tbody></table>"
    )


def _details(step: Step) -> str:
    policy = f"<pre>{escape(str(step.policy))}</pre>" if step.policy else ""
    return f"<details><summary>{escape(step.kind)}</summary>{escape(step.instructions)}{policy}</details>"
