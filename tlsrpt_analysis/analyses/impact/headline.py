"""One plain sentence for each domain: what enforce mode would cost, at most and at least."""

import datetime as dt
from dataclasses import dataclass

from tlsrpt_analysis.analyses.percentages import percent

LONG_AGO_DAYS = 14


@dataclass(frozen=True, slots=True)
class Shares:
    """Shares of the whole that `DomainFacts.denominator` names."""

    would_block: float
    lost_low: float
    lost_high: float


@dataclass(frozen=True, slots=True)
class DomainFacts:
    """What the headline of a domain is made of; counts are sessions.

    `hosts` are those that would be refused with their counts, most first, `None` for not named.
    `good_hosts` are MX hosts that the policy names and no reporter found at fault.
    `has_success_beside` is whether nearly all refused sessions are of reporters whose other
    sessions of the same day succeeded under the policy, so that some host was good.
    """

    policy_domain: str | None
    policy_mode: str | None
    session_count: int
    sts_session_count: int
    has_dane: bool
    would_block_high: int
    lost_low: int
    hosts: tuple[tuple[str | None, int], ...]
    uncovered_hosts: frozenset[str]
    good_hosts: tuple[str, ...]
    has_success_beside: bool
    policy_unavailable_count: int
    first_day: dt.date
    last_day: dt.date
    last_blocked_day: dt.date | None
    shares: Shares | None = None
    denominator: str = "reported sessions"
    dane_refused_count: int = 0
    enforced_refused_count: int = 0
    per_message: tuple[float, float] = (1.0, 1.0)
    has_mx_records: bool = False


def headline(facts: DomainFacts) -> str:
    """Say in one sentence or two what the facts of a domain mean for enforce mode.

    Examples
    --------
    >>> day = dt.date(2026, 8, 1)
    >>> print(headline(DomainFacts("example.com", "testing", 1000, 1000, False, 301, 0,
    ...     (("mx2.example.com", 301),), frozenset({"mx2.example.com"}), ("mx1.example.com",),
    ...     True, 0, day, day, day)))
    Enforce mode would refuse up to 30.1 % of the sessions reported for example.com (301 of 1,000), \
all of them at mx2.example.com, which the policy does not list; 0 % if senders move on to \
mx1.example.com as RFC 8461 §5.1 asks.
    """
    if facts.policy_domain is None:
        return (
            f"{_sessions(facts.session_count)} were reported without a policy domain:"
            " they count for no domain."
        )
    if not facts.sts_session_count:
        return _without_policy(facts) + _dane(facts)
    sentence = _refused(facts) if facts.would_block_high else _nothing_refused(facts)
    if facts.policy_unavailable_count:
        sentence += (
            f" In {_sessions(facts.policy_unavailable_count)} the policy was unavailable:"
            " such mail is delivered as without MTA-STS (RFC 8461 §3.3)."
        )
    return sentence + _retries(facts) + _sharpened(facts) + _dane(facts)


def _without_policy(facts: DomainFacts) -> str:
    seen = _sessions(facts.session_count)
    if facts.has_dane:
        return (
            f"Only DANE results (tlsa) were reported for {facts.policy_domain} ({seen}):"
            " the mode of an MTA-STS policy does not touch them."
        )
    return (
        f"No reporter saw an MTA-STS policy for {facts.policy_domain} ({seen}), so its reports"
        " cannot tell what enforce mode would cost: publish a policy in testing mode first."
    )


def _nothing_refused(facts: DomainFacts) -> str:
    verb = "refused" if facts.policy_mode == "enforce" else "would have refused"
    return (
        f"Enforce mode {verb} none of the {_sessions(facts.session_count)} reported for"
        f" {facts.policy_domain} from {facts.first_day} to {facts.last_day}."
    )


def _refused(facts: DomainFacts) -> str:
    verb = "refuses" if facts.policy_mode == "enforce" else "would refuse"
    most = f"Enforce mode {verb} up to {_share_of(facts)}{_where(facts)}{_when(facts)}"
    return f"{most}; {_at_least(facts)}."


def _share_of(facts: DomainFacts) -> str:
    counts = f"{facts.would_block_high:,} of {facts.session_count:,}"
    of_sessions = facts.would_block_high / facts.session_count
    if facts.denominator == "reported sessions" or facts.shares is None:
        return (
            f"{percent(of_sessions)} of the sessions reported for {facts.policy_domain} ({counts})"
        )
    share = percent(facts.shares.would_block)
    return f"{share} of {facts.denominator} for {facts.policy_domain} ({counts} reported sessions)"


def _retries(facts: DomainFacts) -> str:
    """Say how sessions under enforce mode were corrected, as they are retries."""
    if not facts.enforced_refused_count or facts.shares is None:
        return ""
    low, high = (f"{bound:g}" for bound in facts.per_message)
    times = low if low == high else f"{low} to {high}"
    return (
        f" {_sessions(facts.enforced_refused_count)} of these were under enforce mode, where a"
        f" refused message is tried {times} times: {percent(facts.shares.lost_low)} to"
        f" {percent(facts.shares.lost_high)} of the messages are lost, counting each once."
    )


def _sharpened(facts: DomainFacts) -> str:
    shares = facts.shares
    if not facts.has_mx_records or shares is None or not facts.would_block_high:
        return ""
    return (
        f" By the MX records given, {percent(shares.lost_low)} to {percent(shares.lost_high)} are"
        " lost if senders move on."
    )


def _dane(facts: DomainFacts) -> str:
    if not facts.dane_refused_count:
        return ""
    return (
        f" DANE refused {_sessions(facts.dane_refused_count)}, whatever the mode of the MTA-STS"
        " policy: it has no testing mode (RFC 7672 §2.2)."
    )


def _where(facts: DomainFacts) -> str:
    host, count = facts.hosts[0]
    share = count / sum(count for _, count in facts.hosts)
    amount = "all" if len(facts.hosts) == 1 else percent(share)
    if host is None:
        return f", {amount} of them at hosts that the reporters do not name"
    uncovered = ", which the policy does not list" if host in facts.uncovered_hosts else ""
    named = f", {amount} of them at {host}{uncovered}"
    is_rest_unnamed = len(facts.hosts) == 2 and facts.hosts[1][0] is None
    return (
        f"{named}, the rest at hosts that the reporters do not name" if is_rest_unnamed else named
    )


def _when(facts: DomainFacts) -> str:
    last = facts.last_blocked_day
    if last is None or (facts.last_day - last).days < LONG_AGO_DAYS:
        return ""
    return f", the last on {last} and none since"


def _at_least(facts: DomainFacts) -> str:
    if facts.lost_low:
        of_sessions = facts.lost_low / facts.session_count
        share = percent(facts.shares.lost_low if facts.shares else of_sessions)
        return (
            f"at least {share} even if senders move on to the next MX as RFC 8461 §5.1 asks,"
            " as no listed host was free of failures then"
        )
    if facts.good_hosts:
        return f"0 % if senders move on to {_either(facts.good_hosts)} as RFC 8461 §5.1 asks"
    if facts.has_success_beside:
        return (
            "0 % if senders move on, as RFC 8461 §5.1 asks, to the MX hosts at which their other"
            " sessions of these days succeeded"
        )
    return "0 % only if another MX takes them (RFC 8461 §5.1), and the reports name none that would"


def _either(hosts: tuple[str, ...]) -> str:
    shown = hosts[:3]
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} or {shown[-1]}"


def _sessions(count: int) -> str:
    return f"{count:,} session{'' if count == 1 else 's'}"
