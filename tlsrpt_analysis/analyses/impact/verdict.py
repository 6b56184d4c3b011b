"""Whether a domain can switch to enforce mode today: the one rule, and its reasons.

``ready`` is a promise, so each of its conditions stands here and nowhere else; decision 0004 says
why each one is there, and how often the rule was wrong in simulated months.
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from tlsrpt_analysis.analyses.impact.domain_facts import DomainFacts, Period, ReporterFacts
from tlsrpt_analysis.analyses.percentages import percent
from tlsrpt_analysis.analyses.statistics.changes import CLEAN_DAYS
from tlsrpt_analysis.analyses.today import FEWEST_DAYS, ONSET, POLICY, READY_LIMIT, REPAIR
from tlsrpt_analysis.shown_texts import counted, joined, listed

READY, NOT_READY, TOO_LITTLE_DATA = "ready", "not ready", "too little data"
ENFORCED_CLEAN, ENFORCED_REFUSING = "enforced, clean", "enforced, refusing mail"

NEGLIGIBLE_SHARE = 0.005
"""A domain is not ready when more than 0.5 % of its tested sessions would be refused."""

FEWEST_REPORTERS = 2
"""What a single reporter tested says nothing about the mail of the others."""

CUT_OFF_SHARE = 0.9
"""A reporter is cut off when nearly all of its tested sessions are refused …"""

CUT_OFF_SESSIONS = 3
"""… and there are so many of them that they are no single message."""

SMALL_SENDER = 0.02
"""A sender of less than 2 % of the tested sessions is small."""

OLD_DAYS = 14
"""Reports that end so long before those of other domains are old."""

ALWAYS_EXPECTED = ("Google", "Microsoft")
"""Large senders that report on every day with mail; where one is missing, the reasons say so."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict with its reasons, and the day from which the domain may be ready, if known."""

    verdict: str
    reasons: str
    ready_on: dt.date | None = None


def verdict_of(facts: DomainFacts) -> Judgement:
    """Judge a domain by what its tested sessions show on today's days.

    Returns
    -------
    Judgement
        For a policy that is enforced, ``enforced, refusing mail`` or ``enforced, clean``.
        Otherwise ``not ready`` when the policy is missing, when more than 0.5 % of the tested
        sessions would be refused, when a reporter is cut off, when the refused share is above 2 %
        in the last days, or when a failing reporter fell silent; ``ready`` when none of this is so
        and there are tested sessions on 14 days, by two reporters, and with 95 % confidence and
        days as clusters less than 2 % would be refused; ``too little data`` in all other cases.
    """
    verdict, reasons = _verdict(facts)
    ready_on = facts.ready_on if verdict == TOO_LITTLE_DATA else None
    return Judgement(verdict, "; ".join([*reasons, *_remarks(facts)]), ready_on)


def _verdict(facts: DomainFacts) -> tuple[str, list[str]]:
    lost = _lost_policy(facts)
    if lost:
        return NOT_READY, [lost]
    if not facts.today.tested:
        return TOO_LITTLE_DATA, [_nothing_tested(facts)]
    against = list(_against(facts))
    cached = [unfetched_policy(facts)] if facts.availability.unfetched_since >= 0 else []
    if facts.policy_mode == "enforce":
        verdict = ENFORCED_REFUSING if against else ENFORCED_CLEAN
        return verdict, [*(against or [_refused(facts)]), *cached]
    if against or cached:
        return NOT_READY, [*cached, *against]
    missing = list(_missing(facts))
    return TOO_LITTLE_DATA if missing else READY, [_refused(facts), *missing]


def _lost_policy(facts: DomainFacts) -> str:
    """Say that the policy vanished, or is vanishing, for those who applied it."""
    if facts.availability.missing_since >= 0:
        return missing_policy(facts)
    is_unfetched = facts.availability.unfetched_since >= 0  # then that says more
    return _lost_by(facts) if _is_being_lost(facts) and not is_unfetched else ""


def missing_policy(facts: DomainFacts) -> str:
    """Say since when no reporter applies the policy."""
    known = facts.availability
    verbs = {
        "no policy found": "finds the policy (RFC 8461 §3.1: exactly one TXT record)",
        "policy not fetched": "can fetch the policy (RFC 8461 §3.3)",
        "policy invalid": "can read the policy (RFC 8461 §3.2)",
        "policy host's certificate invalid": "trusts the policy host's certificate (RFC 8461 §3.3)",
    }
    since = dt.date(1970, 1, 1) + dt.timedelta(known.missing_since)
    verb = verbs.get(known.missing_reason, "applies the policy")
    return f"since {since} no reporter {verb}, in {counted(known.missing_session_count, 'session')}"


def unfetched_policy(facts: DomainFacts) -> str:
    """Say since when nobody can fetch the policy, and who still applies a cached one."""
    known = facts.availability
    since = dt.date(1970, 1, 1) + dt.timedelta(known.unfetched_since)
    return (
        f"since {since} no reporter can fetch the policy (RFC 8461 §3.3); what"
        f" {joined(known.cached_by)} still tested was under a cached one, until that expires"
    )


def _is_being_lost(facts: DomainFacts) -> bool:
    """Whether half of those who applied the policy no longer do: the others may have it cached."""
    known = facts.availability
    return len(known.lost_by) > 0 and len(known.lost_by) >= len(known.applied_by)


def _lost_by(facts: DomainFacts) -> str:
    known = facts.availability
    verb = "applies" if len(known.applied_by) == 1 else "apply"
    return (
        f"{joined(known.lost_by)} no longer found or fetched the policy at the end, while"
        f" {joined(known.applied_by) or 'nobody'} still {verb} it, perhaps from a cache: check the"
        " TXT record and the policy file (RFC 8461 §3.1, §3.3)"
    )


def _against(facts: DomainFacts) -> Iterator[str]:
    """Yield each reason why mail would be lost today."""
    today = facts.today
    cut_off = [one for one in facts.reporters if _is_cut_off(one)]
    if today.share > NEGLIGIBLE_SHARE:
        yield f"{_refused(facts)}, and more than 0.5 % is too many{_of_one_small_sender(facts)}"
    elif cut_off:
        names = [f"{one.reporter} ({one.refused:,} of {one.tested:,})" for one in cut_off]
        yield f"nearly all sessions of {listed(names)} would be refused"
    elif facts.rising:
        day, share = facts.rising
        yield f"{percent(share)} of the tested sessions since {day} would be refused"
    for one in facts.silent:
        yield (
            f"{one.reporter} failed in {one.refused:,} of {one.tested:,} tested sessions until"
            f" {one.last_day} and has not reported since"
        )


def _is_cut_off(one: ReporterFacts) -> bool:
    return one.refused >= CUT_OFF_SESSIONS and one.refused_share >= CUT_OFF_SHARE


def _of_one_small_sender(facts: DomainFacts) -> str:
    refusing = [one for one in facts.reporters if one.refused]
    if len(refusing) != 1 or len(facts.reporters) < FEWEST_REPORTERS:
        return ""
    one = refusing[0]
    share = one.tested / facts.today.tested
    if share >= SMALL_SENDER:
        return ""
    return (
        f"; all of them are of {one.reporter}, which has {percent(share)} of the tested sessions:"
        " if the fault is its own, enforce mode refuses its mail alone"
    )


def _missing(facts: DomainFacts) -> Iterator[str]:
    """Yield what a domain without a known loss lacks before it can be called ready."""
    today = facts.today
    if today.days < FEWEST_DAYS:
        needed = f"tested sessions on {FEWEST_DAYS} days are needed, there are {today.days}"
        yield f"{needed}{_clean_since(facts)}"
    elif not today.limit < READY_LIMIT:
        yield f"more sessions must show that it is below 2 %{_clean_since(facts)}"
    if len(facts.reporters) < FEWEST_REPORTERS:
        yield f"only {facts.reporters[0].reporter} tested the policy: two reporters are needed"


def _clean_since(facts: DomainFacts) -> str:
    if facts.ready_on is None:
        return ""
    what = "clean" if not facts.today.refused_high else "below 0.5 %"
    return f" ({what} since {facts.today.since}; ready on {facts.ready_on} if it stays so)"


def _refused(facts: DomainFacts) -> str:
    today = facts.today
    verb = "were" if facts.policy_mode == "enforce" else "would be"
    counts = f"{today.refused_high:,} of {counted(today.tested, 'tested session')}"
    weighed = today.refused_high / max(1, today.tested)
    share = "" if abs(weighed - today.share) < 1e-9 else f", {percent(today.share)} of the mail"
    return f"{counts} {period_words(today)} {verb} refused{share}{_limit(today)}"


def _limit(today: Period) -> str:
    if today.limit != today.limit or today.share > NEGLIGIBLE_SHARE:
        return ""
    return f": at most {percent(today.limit)} with 95 % confidence"


def period_words(period: Period) -> str:
    """Say which days a period has.

    Examples
    --------
    >>> day = dt.date(2026, 11, 26)
    >>> period_words(Period(day, day, 9, 9, 9, 1.0, 1.0, because=ONSET))
    'since 2026-11-26'
    """
    if period.because in {ONSET, REPAIR, POLICY}:
        return f"since {period.since}"
    days = (period.until - period.since).days + 1
    return f"of the last {days} days" if days > 1 else f"of {period.until}"


def _nothing_tested(facts: DomainFacts) -> str:
    if facts.last_tested_day is None:
        return "no session was tested under an MTA-STS policy in testing or enforce mode"
    return f"no session was tested after {facts.last_tested_day}"


def _last_of(facts: DomainFacts, reporter: str) -> str:
    """Say when a reporter was tested that is not tested today."""
    last = facts.last_tested_by.get(reporter)
    return f" (its last was on {last})" if last else ""


def _remarks(facts: DomainFacts) -> Iterator[str]:
    """Yield what a reader must know beside the verdict, whatever it is."""
    if facts.set_apart:
        days = [f"{one.reporter} on {one.day} ({one.tested:,})" for one in facts.set_apart]
        yield f"set apart, as its tested sessions are out of proportion: {listed(days)}"
    yield from map(str, facts.other_policies)
    if facts.availability.lost_by and not _is_being_lost(facts):
        yield f"{joined(facts.availability.lost_by)} no longer found or fetched the policy at the end"
    names = {one.reporter for one in facts.reporters}
    if unseen := [name for name in ALWAYS_EXPECTED if name not in names] if names else []:
        missing = joined([f"{name}{_last_of(facts, name)}" for name in unseen], "or")
        yield f"no tested session is from {missing}: that mail is not in these figures"
    if partial := [name for name in facts.failures_only_by if name in names]:
        yield (
            f"all reports from {joined(partial)} are about days with failures, as mox sends them:"
            " clean days may be missing, and the share there may be lower"
        )
    if 0 < facts.clean_at_the_end < CLEAN_DAYS:
        yield (
            f"none was refused on the last {facts.clean_at_the_end} days with tested sessions:"
            " a week without it shows that a fault is over"
        )
    if facts.reporters and len(facts.listed_hosts) > 1 and not facts.has_mx_records:
        yield (
            f"reports do not show which of {listed(facts.listed_hosts)} took the mail: probe each"
        )
    last, until = facts.last_tested_day, facts.today.until
    if facts.today.tested and last and (until - last).days >= 2:
        yield f"last tested on {last}, {(until - last).days} days before the last report"
    if (facts.newest_day - facts.last_day).days >= OLD_DAYS:
        yield f"the last report is of {facts.last_day}, others go on to {facts.newest_day}"
