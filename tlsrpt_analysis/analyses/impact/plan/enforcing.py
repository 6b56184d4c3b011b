"""The steps under enforce mode: the switch, a longer max_age, and what to watch."""

import datetime as dt

from tlsrpt_analysis.analyses.impact.plan.policies import policy_for
from tlsrpt_analysis.analyses.impact.plan.situation import DAY_SECONDS, Expected, Situation
from tlsrpt_analysis.analyses.impact.plan.step import Step, StepKind
from tlsrpt_analysis.analyses.impact.verdict import CUT_OFF_SESSIONS, NEGLIGIBLE_SHARE
from tlsrpt_analysis.analyses.percentages import percent
from tlsrpt_analysis.analyses.today import FEWEST_DAYS
from tlsrpt_analysis.shown_texts import counted, listed
from tlsrpt_analysis.standards.policy_to_serve import WEEK, PolicyToServe

FILE_FIRST = (
    "Put the policy file in place first, then change the TXT record to its id (RFC 8461 §8.1)."
)


def enforce(situation: Situation, policy: PolicyToServe | None, date: dt.date) -> Step:
    """Return the switch to enforce mode with a max_age of a day."""
    return Step(
        date=date,
        kind=StepKind.ENFORCE,
        title="Switch to enforce mode, max_age a day",
        instructions=f"{_text_or_advice(situation, policy)} {FILE_FIRST}{_untested(situation)}",
        policy=policy,
        expected=_known(situation),
        go_on_when=(
            f"{counted(FEWEST_DAYS, 'day')} of reports in enforce mode without a refusal that you"
            " cannot explain; tlsrpt-analysis summary says: enforced, clean."
        ),
        roll_back_when=_trigger(situation),
        roll_back_how=roll_back_words(situation, 1),
        roll_back=policy_for(situation, "testing", max_age=DAY_SECONDS, is_step_back=True),
    )


def raise_max_age(situation: Situation, date: dt.date) -> Step:
    """Return the step to a max_age of a week."""
    days = WEEK // DAY_SECONDS
    return Step(
        date=date,
        kind=StepKind.RAISE,
        title="Raise max_age to a week",
        instructions=(
            f"A policy that senders keep for a week outlives an outage of its host. {FILE_FIRST}"
            f" Later it may be raised to some weeks. {_ahead(days)}"
        ),
        policy=policy_for(situation, "enforce", max_age=WEEK),
        expected=_known(situation),
        go_on_when="The reports stay clean: read them every week.",
        roll_back_when=_trigger(situation),
        roll_back_how=roll_back_words(situation, days),
        roll_back=policy_for(situation, "testing", max_age=DAY_SECONDS, is_step_back=True),
    )


def keep_watching(situation: Situation, date: dt.date | None = None) -> Step:
    """Return the step of a domain that is where it should be."""
    days = max(1, situation.age_days)
    return Step(
        date=date or situation.start,
        kind=StepKind.KEEP,
        title="Keep enforce mode, and keep reading the reports",
        instructions=f"Nothing is to be changed. {_ahead(days)}",
        expected=_known(situation),
        go_on_when="The reports stay clean: read them every week.",
        roll_back_when=_trigger(situation),
        roll_back_how=roll_back_words(situation, days),
        roll_back=policy_for(situation, "testing", max_age=DAY_SECONDS, is_step_back=True),
    )


def look_for(situation: Situation, names: tuple[str, ...]) -> Step:
    """Return the step that finds out whether mail of senders arrives that fell silent."""
    days = max(1, situation.age_days)
    return Step(
        date=situation.start,
        kind=StepKind.INVESTIGATE,
        title=f"Look whether mail of {listed(names, most=3)} arrives",
        instructions=(
            "They have not reported since enforce mode began: where it refuses everything, nothing"
            " is left to report. Look for their mail in the logs of the MX hosts since then, or ask"
            " them."
        ),
        go_on_when="The logs show their mail; then nothing is wrong but their reports.",
        roll_back_when="No mail of theirs has arrived since.",
        roll_back_how=roll_back_words(situation, days),
        roll_back=policy_for(situation, "testing", max_age=DAY_SECONDS, is_step_back=True),
    )


def roll_back_words(situation: Situation, days: int) -> str:
    """Say how to go back to testing mode, and how long some senders still enforce."""
    checked = ", with the line that you checked" if situation.unknown_hosts else ""
    return (
        f"Serve the testing policy below{checked}, then change the TXT record to its id. A sender that has"
        " the enforce policy in its cache goes on refusing until it looks for a new id, which it"
        " must do before it gives a message up for good (RFC 8461 §5.1), or until that policy"
        f" expires: {counted(days, 'day')} at the latest."
    )


def _ahead(days: int) -> str:
    """Say what a later move of an MX needs while senders hold an enforced policy."""
    return (
        f"Before an MX is moved or renamed: lower max_age to {DAY_SECONDS}"
        f" {counted(days, 'day')} ahead (one old max_age), then put the file with the new line in"
        " place, then the TXT id, and change the MX record last, a day later."
    )


def _text_or_advice(situation: Situation, policy: PolicyToServe | None) -> str:
    if policy is None and situation.unknown_hosts:
        return "Serve the policy with the line that you checked, with mode: enforce and max_age: 86400."
    if policy is None:
        return "Serve the policy that was tested, with mode: enforce and max_age: 86400."
    return "Serve the policy below."


def _known(situation: Situation) -> Expected | None:
    return situation.left if situation.facts.whole.tested else None


def _untested(situation: Situation) -> str:
    count, whole = situation.facts.untested_count, situation.facts.session_count
    if not count:
        return ""
    return (
        f" Of {counted(whole, 'session')}, {count:,} were not tested, so nothing shows what enforce"
        " mode does to them; senders that skip policies in testing mode apply this one."
    )


def _trigger(situation: Situation) -> str:
    today = situation.facts.today
    span = (today.until - today.since).days + 1
    a_day = f" (about {round(today.tested / span):,} are tested a day)" if today.tested else ""
    return (
        f"The reports of a day count {CUT_OFF_SESSIONS} refused sessions or more, and more than"
        f" {percent(NEGLIGIBLE_SHARE)} of the tested ones{a_day}; or a sender that reported daily"
        " falls silent; or a partner says that mail does not arrive."
    )
