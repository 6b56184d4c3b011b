"""The steps from where a domain stands to enforce mode, in the order of their dates."""

import datetime as dt
from collections.abc import Iterator

from tlsrpt_analysis.analyses.impact.plan.enforcing import (
    enforce,
    keep_watching,
    look_for,
    raise_max_age,
)
from tlsrpt_analysis.analyses.impact.plan.missing_policies import (
    dane_only,
    dane_step,
    is_dane_only,
    published,
    restored,
)
from tlsrpt_analysis.analyses.impact.plan.policies import policy_for, say_unchanged
from tlsrpt_analysis.analyses.impact.plan.repairs import changes, investigate, repairs, rolled_back
from tlsrpt_analysis.analyses.impact.plan.situation import Expected, Situation
from tlsrpt_analysis.analyses.impact.plan.step import Step, StepKind
from tlsrpt_analysis.analyses.impact.verdict import (
    ENFORCED_CLEAN,
    ENFORCED_REFUSING,
    FEWEST_REPORTERS,
    NEGLIGIBLE_SHARE,
    READY,
)
from tlsrpt_analysis.analyses.percentages import percent
from tlsrpt_analysis.analyses.today import FEWEST_DAYS, LONGEST_DAYS, READY_LIMIT
from tlsrpt_analysis.shown_texts import counted
from tlsrpt_analysis.standards.policy_to_serve import WEEK


def plan_steps(situation: Situation) -> tuple[Step, ...]:
    """Return the steps of a domain, in the order of their dates."""
    ordered = sorted(_steps(situation), key=lambda step: step.date)
    return tuple(say_unchanged(ordered, situation.live))


def _steps(situation: Situation) -> Iterator[Step]:
    facts = situation.facts
    if facts.is_dane_refusing:
        yield dane_step(situation)
    if facts.availability.missing_since >= 0 or facts.availability.unfetched_since >= 0:
        yield restored(situation)
        yield from repairs(situation)
        yield from _after_a_policy(situation, is_enforced=facts.policy_mode == "enforce")
    elif is_dane_only(situation):
        yield dane_only(situation)
    elif not facts.whole.tested or facts.policy_mode == "none":
        yield published(situation)
        yield from repairs(situation)
        yield from _after_a_policy(situation, is_enforced=False)
    elif situation.verdict == ENFORCED_CLEAN:
        yield from _enforced(situation)
    elif situation.verdict == ENFORCED_REFUSING:
        yield from _refusing(situation)
    elif situation.verdict == READY:
        yield from _to_enforce(situation, situation.start)
    else:
        yield from _testing(situation)


def _enforced(situation: Situation) -> Iterator[Step]:
    live, vanished = situation.live, situation.facts.vanished
    if vanished is not None:
        yield look_for(situation, vanished.reporters)
    if live is None or live.max_age >= WEEK:
        yield keep_watching(situation)
        return
    missing = max(0, FEWEST_DAYS - situation.facts.today.days)
    yield raise_max_age(situation, situation.start + dt.timedelta(missing))


def _refusing(situation: Situation) -> Iterator[Step]:
    """Yield the steps of a domain whose mail is refused now: it steps back unless a new line helps."""
    lines = next((change for change in situation.changes if change.is_policy), None)
    is_cured = lines is not None and lines.expected.most <= NEGLIGIBLE_SHARE
    if not is_cured:
        yield rolled_back(situation)
    yield from changes(situation, mode="enforce" if is_cured else "testing")
    yield from _after_a_change(situation, is_enforced=is_cured)


def _testing(situation: Situation) -> Iterator[Step]:
    yield from changes(situation, mode="testing")
    if any(change.is_policy for change in situation.changes):
        yield from _after_a_change(situation, is_enforced=False)
        return
    if _is_too_much(situation.left):
        yield investigate(situation)
        return
    begin = situation.start + dt.timedelta(1)
    since = situation.facts.tested_since
    if since and not situation.changes and not situation.facts.today.refused_high:
        begin = min(situation.start, since)
    yield from _clean_then_enforce(situation, begin)


def _after_a_policy(situation: Situation, *, is_enforced: bool) -> Iterator[Step]:
    """Yield what follows a policy that nobody had: senders see it, then clean days."""
    seen = situation.start + dt.timedelta(situation.record_days)
    yield _check(situation, seen)
    if is_enforced:
        yield keep_watching(situation, seen + dt.timedelta(FEWEST_DAYS))
    elif situation.facts.whole.tested and _is_too_much(situation.left):
        yield investigate(situation)
    else:
        yield from _clean_then_enforce(situation, seen)


def _after_a_change(situation: Situation, *, is_enforced: bool) -> Iterator[Step]:
    """Yield what follows a new policy text: senders see it, caches expire, then clean days."""
    seen = situation.start + dt.timedelta(situation.record_days)
    yield _check(situation, seen)
    expired = situation.start + dt.timedelta(situation.age_days)
    if is_enforced:
        yield _expired(situation, expired)
        yield keep_watching(situation, max(seen, expired) + dt.timedelta(FEWEST_DAYS))
        return
    end, _ = _clean_end(situation, seen)
    was_enforced = situation.facts.policy_mode == "enforce"
    if situation.live is not None and seen < expired and (was_enforced or expired <= end):
        yield _expired(situation, expired)
    if situation.facts.whole.tested and _is_too_much(situation.left):
        yield investigate(situation)
        return
    yield from _clean_then_enforce(situation, seen)


def _is_too_much(expected: Expected) -> bool:
    return expected.low > NEGLIGIBLE_SHARE


def _check(situation: Situation, date: dt.date) -> Step:
    return Step(
        date=date,
        kind=StepKind.CHECK,
        title="Check that senders see the new policy",
        instructions=(
            f"The old TXT record has left the caches by now. Ask it again (dig +short TXT"
            f" _mta-sts.{situation.domain}), and read the policy text in the reports about this day,"
            " which arrive a day later. A sender that does not look for a new id keeps the old text"
            f"{_until_expiry(situation)}."
        ),
        expected=situation.left if situation.facts.whole.tested else None,
        go_on_when="The reports of most senders show the new policy text.",
    )


def _until_expiry(situation: Situation) -> str:
    if situation.live is None:
        return " as long as its max_age says"
    day = situation.start + dt.timedelta(situation.age_days)
    return f" until {day} at the latest (max_age {situation.live.max_age})"


def _expired(situation: Situation, date: dt.date) -> Step:
    return Step(
        date=date,
        kind=StepKind.EXPIRED,
        title="The old policy has expired everywhere",
        instructions=(
            "No sender can hold the old text any longer (RFC 8461 §3.2). From now on a line that no"
            " MX uses may be removed, and an MX that only the old text listed may be taken away."
        ),
        expected=situation.left,
        go_on_when="No report shows the old policy text.",
    )


def _clean_end(situation: Situation, begin: dt.date) -> tuple[dt.date, int]:
    days = situation.clean_days
    if days is None:
        days = LONGEST_DAYS if situation.facts.today.tested else FEWEST_DAYS
    known = situation.facts.ready_on
    if known is not None and not situation.changes and begin < situation.start:
        return max(situation.start, known), days
    return max(situation.start, begin + dt.timedelta(days)), days


def _clean_then_enforce(situation: Situation, begin: dt.date) -> Iterator[Step]:
    end, days = _clean_end(situation, begin)
    date = max(begin, situation.start)
    yield Step(
        date=date,
        kind=StepKind.CLEAN,
        title=f"Stay in testing mode until {end}" if date < end else _missing_proof(situation),
        instructions=_clean_words(situation, begin, end, days),
        expected=situation.left if situation.facts.whole.tested else None,
        go_on_when=(
            f"tlsrpt-analysis summary calls the domain ready: tested sessions on {FEWEST_DAYS} days,"
            f" from {FEWEST_REPORTERS} reporters or more; at most {percent(NEGLIGIBLE_SHARE)} of"
            f" them refused; and with 95 % confidence less than {READY_LIMIT * 100:g} %."
        ),
    )
    yield from _to_enforce(situation, end)


def _missing_proof(situation: Situation) -> str:
    """Return what a domain waits for whose clean days are over by their dates."""
    if situation.has_too_few_reporters:
        return "Wait for a second reporter, or decide by the logs"
    return f"Read the reports since {situation.facts.today.until}, and wait until they say ready"


def _clean_words(situation: Situation, begin: dt.date, end: dt.date, days: int) -> str:
    since = f"Clean days count from {begin}. " if begin != situation.start else ""
    if situation.clean_days is None and situation.facts.today.tested:
        return (
            f"{since}So little mail is tested that {days} days may not prove it: on {end}, decide by"
            " the logs of the MX hosts as well."
        )
    amount = (
        "as much mail is tested as so far"
        if situation.facts.today.tested
        else "enough mail is tested"
    )
    few = ""
    if situation.has_too_few_reporters:
        few = (
            f" {FEWEST_REPORTERS} reporters are needed; while there are fewer, the date moves: ask"
            " a large partner to report, or decide by the logs."
        )
    if situation.left.most > NEGLIGIBLE_SHARE:
        few += (
            " Reports do not name every host that fails: if failures go on, find their cause before"
            " you switch."
        )
    return (
        f"{since}{counted(days, 'day')} without a refusal are proof enough, if {amount}. Change nothing"
        f" else meanwhile: a new policy text starts the days again.{few}"
    )


def _to_enforce(situation: Situation, date: dt.date) -> Iterator[Step]:
    yield enforce(situation, policy_for(situation, "enforce"), date)
    yield raise_max_age(situation, date + dt.timedelta(FEWEST_DAYS))
