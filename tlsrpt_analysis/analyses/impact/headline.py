"""What enforce mode would cost a domain today, in plain sentences."""

from collections.abc import Iterator

from tlsrpt_analysis.analyses.impact.domain_facts import DomainFacts, ReporterFacts
from tlsrpt_analysis.analyses.impact.messages_a_week import messages_a_week
from tlsrpt_analysis.analyses.impact.verdict import (
    missing_policy,
    period_words,
    unfetched_policy,
)
from tlsrpt_analysis.analyses.ledger import Untested
from tlsrpt_analysis.analyses.numbering import day_of
from tlsrpt_analysis.analyses.percentages import percent
from tlsrpt_analysis.shown_texts import counted, joined, listed

NEARLY_ALL_SHARE = 0.95
"""So much of the refused mail of one reporter makes it that reporter's matter."""

MUCH_UNTESTED_SHARE = 0.1
"""The headline says so when more than a tenth of the sessions was not tested."""

RESTED_DAYS = 2
"""After so many days without a tested session it is said that the last state is not today's."""


def headline(facts: DomainFacts) -> str:
    """Say in a few sentences what the reports of a domain mean for enforce mode today."""
    if facts.policy_domain is None:
        return (
            f"{counted(facts.session_count, 'session')} were reported without a policy domain:"
            " they count for no domain."
        )
    return " ".join(part for part in _sentences(facts) if part)


def _sentences(facts: DomainFacts) -> Iterator[str]:
    if facts.availability.missing_since >= 0:
        yield _capitalized(f"{missing_policy(facts)}: mail is delivered as without MTA-STS.")
    elif facts.availability.unfetched_since >= 0:
        yield _capitalized(f"{unfetched_policy(facts)}.")
    if not facts.whole.tested:
        yield "" if facts.availability.missing_since >= 0 else _never_tested(facts)
    elif facts.today.tested:
        yield _refused(facts) if facts.today.refused_high else _none_refused(facts)
        yield messages_a_week(facts)
        yield _last_tested(facts)
    else:
        yield f"No session was tested after {facts.last_tested_day}. {_until_then(facts)}"
    if facts.whole.tested:
        yield from _untested(facts)
    yield _vanished(facts)
    yield _set_apart(facts)
    yield _retries(facts)
    yield _by_mx_records(facts)
    yield _dane(facts)


def _never_tested(facts: DomainFacts) -> str:
    if not facts.untested:
        return f"The reports about {facts.policy_domain} count no session."
    reason, count = facts.untested[0]
    seen = counted(facts.session_count, "session")
    name = facts.policy_domain
    if reason == Untested.DANE_ONLY:
        return (
            f"Only DANE results (tlsa) were reported for {name} ({seen}): the mode of an MTA-STS"
            " policy does not affect them."
        )
    if reason == Untested.NO_POLICY:
        return (
            f"No reporter found an MTA-STS policy for {name} ({seen}), so none of them says what"
            " enforce mode would cost: publish a policy in testing mode first; if it is"
            " published, check its TXT record, and that subdomains have a policy of their own."
        )
    if reason == Untested.MODE_NONE:
        return (
            f"The policy of {name} is in mode none, so none of {seen} was tested: publish it in"
            " testing mode first."
        )
    if reason == Untested.UNKNOWN_TYPE:
        return f"The {seen} of {name} were reported under a policy type that no RFC names."
    fault = {
        Untested.INVALID: "was invalid",
        Untested.POLICY_HOST: "was served with a bad certificate",
    }.get(Untested(reason), "could not be fetched")
    return (
        f"No session of {name} was tested: in {count:,} of {seen} the policy {fault}, so the mail"
        " was delivered as without MTA-STS (RFC 8461 §3.3). Repair the policy host first; these"
        " senders will then test the policy for the first time."
    )


def _none_refused(facts: DomainFacts) -> str:
    is_enforced = facts.policy_mode == "enforce"
    of = f"of {facts.policy_domain} {period_words(facts.today)}"
    if facts.today.tested == 1:
        verb = "did not refuse" if is_enforced else "would not refuse"
        sentence = f"Enforce mode {verb} the only tested session {of}"
    else:
        verb = "refused" if is_enforced else "would refuse"
        sentence = f"Enforce mode {verb} none of the {facts.today.tested:,} tested sessions {of}"
    if not facts.whole.refused_high:
        return f"{sentence}."
    before = facts.whole.tested - facts.today.tested
    earlier = facts.whole.refused_high - facts.today.refused_high
    would = "It refused" if is_enforced else "It would have refused"
    is_exact = facts.whole.refused_low == facts.whole.refused_high
    share = percent(earlier / max(1, before))
    amount = share if is_exact or share.startswith("less") else f"up to {share}"
    return f"{sentence}. {would} {amount} of the earlier ones, until {facts.last_refused_day}."


def _refused(facts: DomainFacts) -> str:
    verb = "refuses" if facts.policy_mode == "enforce" else "would refuse"
    return (
        f"Enforce mode {verb} {_share(facts)} of {_denominator(facts)}"
        f" {period_words(facts.today)} ({_counts(facts)})"
        f"{_whose(facts)}{_where(facts)}; {_then(facts)}."
    )


def _denominator(facts: DomainFacts) -> str:
    if facts.denominator == "tested sessions":
        return f"the tested sessions of {facts.policy_domain}"
    return f"{facts.denominator} for {facts.policy_domain}"


def _share(facts: DomainFacts) -> str:
    low, high = percent(facts.today.share_low), percent(facts.today.share)
    if low == high or high.startswith("less"):
        return high
    if facts.today.share_low <= 0:
        return f"up to {high}"
    return f"{low} to {high}"


def _counts(facts: DomainFacts) -> str:
    today, whole = facts.today, facts.whole
    of = "" if facts.denominator == "tested sessions" else " tested sessions"
    counts = f"{today.refused_high:,} of {today.tested:,}{of}"
    if percent(whole.share) == percent(today.share):
        return counts
    return f"{counts}; {percent(whole.share)} of the whole period"


def _whose(facts: DomainFacts) -> str:
    """Name the reporter when nearly all that is refused is its mail."""
    refused = sum(one.refused for one in facts.reporters)
    if len(facts.reporters) < 2 or not refused:
        return ""
    first = max(facts.reporters, key=lambda one: one.refused)
    share = first.refused / refused
    if share < NEARLY_ALL_SHARE:
        return ""
    amount = "all" if first.refused == refused else percent(share)
    clean = [one for one in facts.reporters if not one.refused]
    since = f", since {first.since}" if first.since else ""
    own = f"{percent(first.refused_share)} of its tested sessions{since}"
    return f", {amount} of it {first.reporter}'s ({own}{_clean(clean)})"


def _clean(clean: list[ReporterFacts]) -> str:
    if not clean:
        return ""
    names = [one.reporter for one in sorted(clean, key=lambda one: -one.tested)]
    if len(names) > 2:
        names = [names[0], f"{_number(len(names) - 1)} others"]
    return f"; {' and '.join(names)} {'is' if len(clean) == 1 else 'are'} clean"


def _number(count: int) -> str:
    words = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
    return words[count] if count < len(words) else f"{count:,}"


def _where(facts: DomainFacts) -> str:
    host, count = facts.hosts[0]
    share = count / max(1, sum(count for _, count in facts.hosts))
    amount = "all" if len(facts.hosts) == 1 else percent(share)
    if host is None:
        return f", {amount} of them at hosts that the reporters do not name"
    uncovered = ", which the policy does not list" if host in facts.uncovered_hosts else ""
    named = f", {amount} of them at {host}{uncovered}"
    is_rest_unnamed = len(facts.hosts) == 2 and facts.hosts[1][0] is None
    return (
        f"{named}, the rest at hosts that the reporters do not name" if is_rest_unnamed else named
    )


def _then(facts: DomainFacts) -> str:
    """Say what becomes of refused sessions, as far as it was seen."""
    if facts.lost_low > 0:
        amount = "all of it" if facts.lost_low >= 1 else f"at least {percent(facts.lost_low)}"
        return (
            f"{amount} bounces, as no listed host took any of that mail for as long as senders try"
        )
    # A session that passed under a policy with one host was at that host, whoever is not named.
    if facts.ways_out and (facts.is_single_mx or None not in dict(facts.hosts)):
        return f"0 % if senders move on to {joined(facts.ways_out, 'or')} as RFC 8461 §5.1 asks"
    if facts.has_success_beside and facts.is_single_mx:
        return (
            f"other sessions of these senders succeeded on the same days, and {facts.listed_hosts[0]}"
            " is the only host of the policy: their mail is delayed, and bounces only if a sender"
            " gives up"
        )
    if facts.has_success_beside:
        return (
            "0 % if senders move on to the hosts at which their other sessions of these days"
            " succeeded, as RFC 8461 §5.1 asks"
        )
    return "no session shows that another host would take that mail"


def _until_then(facts: DomainFacts) -> str:
    whole = facts.whole
    verb = "refused" if facts.policy_mode == "enforce" else "would have refused"
    share = percent(whole.share) if whole.refused_high else "none"
    return (
        f"Until then enforce mode {verb} {share} of the tested sessions"
        f" ({whole.refused_high:,} of {whole.tested:,})."
    )


def _last_tested(facts: DomainFacts) -> str:
    last = facts.last_tested_day
    if last is None or (facts.today.until - last).days < RESTED_DAYS:
        return ""
    return (
        f"No session was tested after {last}, {counted((facts.today.until - last).days, 'day')}"
        " before the last report, so that nothing shows whether this is over."
        if facts.today.refused_high
        else f"No session was tested after {last}."
    )


def _to_one(facts: DomainFacts) -> str:
    """Name the only reporter that did not get the policy, where others tested it."""
    if len(facts.without_policy) != 1 or not facts.whole.tested:
        return ""
    (name,) = facts.without_policy
    others = [one.reporter for one in facts.reporters if one.reporter != name]
    return f" to {name} only" if others else ""


def _untested(facts: DomainFacts) -> Iterator[str]:
    """Say how many sessions were not tested, and why, when they are many or had no policy."""
    for reason, count in facts.untested:
        amount = f"{count:,} of {facts.session_count:,} sessions"
        if reason in {Untested.NOT_FETCHED, Untested.INVALID, Untested.POLICY_HOST}:
            yield (
                f"In {amount} the policy was unavailable{_to_one(facts)}: such mail is delivered as"
                " without MTA-STS (RFC 8461 §3.3)."
            )
        if count <= MUCH_UNTESTED_SHARE * facts.session_count:
            continue
        if reason == Untested.NO_POLICY and facts.availability.missing_since < 0:
            yield _skipped(facts, amount)
        elif reason == Untested.MODE_NONE:
            yield f"{amount} were under a policy of mode none."
        elif reason == Untested.DANE_ONLY:
            yield f"{amount} were reported under DANE only."


def _skipped(facts: DomainFacts, amount: str) -> str:
    if facts.availability.never_by:
        return (
            f"{amount} were not tested, most of them of senders that seem not to apply a policy in"
            f" testing mode ({listed(facts.availability.never_by, most=2)}); most of those will"
            " under enforce."
        )
    return f"{amount} found no policy, and say nothing about it."


def _vanished(facts: DomainFacts) -> str:
    """Say who is silent since enforce mode began."""
    if facts.vanished is None:
        return ""
    names = facts.vanished.reporters
    verb, own = ("has", "its") if len(names) == 1 else ("have", "their")
    return (
        f"{listed(names, most=3)} {verb} not reported since enforce mode began on"
        f" {day_of(facts.vanished.since)}: it may refuse all {own} mail, which leaves nothing to"
        " report."
    )


def _set_apart(facts: DomainFacts) -> str:
    if not facts.set_apart:
        return ""
    one, more = facts.set_apart[0], len(facts.set_apart) - 1
    others = f" and {counted(more, 'other day')}" if more else ""
    return (
        f"The report of {one.reporter} on {one.day}{others} counts in none of this: its"
        f" {one.tested:,} tested sessions are out of proportion."
    )


def _retries(facts: DomainFacts) -> str:
    """Say how many sessions a message is taken for, wherever a share of messages is shown."""
    if facts.enforced_refused_count:
        return (
            f"Under enforce mode a refused message is tried {_times(facts.per_message)}:"
            f" {_range(percent(facts.lost_low), percent(facts.lost_high))} of the messages bounce,"
            " counting each once."
        )
    low, high = facts.per_message_in_testing
    is_shown = facts.lost_low > 0 or (facts.has_mx_records and facts.lost_high > 0)
    if not (is_shown and facts.today.refused_high and high > low):
        return ""
    return f"What bounces is of messages, each with {_retry_range(low, high)} failed sessions."


def _times(per_message: tuple[float, float]) -> str:
    times = _retry_range(*per_message)
    return "once" if times == "1" else f"{times} times"


def _retry_range(low: float, high: float) -> str:
    least, most = (f"{bound:.1f}".removesuffix(".0") for bound in (low, high))
    return least if least == most else f"{least} to {most}"


def _by_mx_records(facts: DomainFacts) -> str:
    if not facts.has_mx_records or not facts.today.refused_high:
        return ""
    bounced = _range(percent(facts.lost_low), percent(facts.lost_high))
    return f"By the MX records given, {bounced} bounce if senders move on."


def _range(low: str, high: str) -> str:
    return low if low == high else f"{low} to {high}"


def _dane(facts: DomainFacts) -> str:
    if not facts.dane_refused_count:
        return ""
    ended = f" until {facts.dane_refused_until}" if facts.dane_refused_until else ""
    return (
        f"DANE refused {counted(facts.dane_refused_count, 'session')}{ended}, whatever the mode of the"
        " MTA-STS policy: DANE has no testing mode (RFC 7672 §2.2)."
    )


def _capitalized(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]
