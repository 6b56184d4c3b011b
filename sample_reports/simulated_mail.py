"""Simulate four months of mail to nine domains: who sends, what is wrong, what reporters count.

Only sums and products of seeded random numbers decide, so every machine simulates the same mail.
"""

import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import cache
from random import Random

FIRST_DAY, LAST_DAY = date(2026, 7, 1), date(2026, 10, 31)
DAYS = tuple(FIRST_DAY + timedelta(days=n) for n in range((LAST_DAY - FIRST_DAY).days + 1))
LONG_AGO = date(2026, 5, 1)
WEEKDAY_RHYTHM = (1.0, 1.05, 1.05, 1.0, 0.95, 0.65, 0.6)  # Monday to Sunday
QUEUE_DAYS = 5
"""A sender tries again for so long before a message bounces (RFC 5321 §4.5.4.1)."""

OUTCOMES = ("accepted", "rerouted", "delayed", "lost")


@dataclass(frozen=True, slots=True)
class Host:
    """An MX host; `busy_share` is how often it does not answer a first attempt."""

    name: str
    preference: int
    addresses: tuple[str, ...]
    busy_share: float = 0.0


@dataclass(frozen=True, slots=True)
class Policy:
    """An MTA-STS policy in testing mode."""

    patterns: tuple[str, ...]
    max_age: int = 604800

    @property
    def lines(self) -> list[str]:
        """Return the lines of the policy file."""
        patterns = [f"mx: {pattern}" for pattern in self.patterns]
        return ["version: STSv1", "mode: testing", *patterns, f"max_age: {self.max_age}"]


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a host, from one day to another, and which senders mind (none: all)."""

    cause: str
    host: str
    result_type: str
    first_day: date = FIRST_DAY
    last_day: date = LAST_DAY
    seen_by: tuple[str, ...] = ()
    share: float = 1.0
    policy_type: str = "sts"


@dataclass(frozen=True, slots=True)
class FetchFailure:
    """Days on which one sender cannot fetch the policy; one in its cache still applies."""

    sender: str
    days: tuple[date, ...]
    is_cached: bool = False


@dataclass(frozen=True, slots=True)
class Domain:
    """A recipient domain, which is one case; `size` from 0 to 1 places it in a sender's volume."""

    name: str
    case: str
    hint: str
    size: float
    hosts: tuple[Host, ...]  # by preference
    policies: tuple[tuple[date, Policy], ...]  # each with the day of its publication
    faults: tuple[Fault, ...] = ()
    fetch_failures: tuple[FetchFailure, ...] = ()
    tlsa_records: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sender:
    """How an organisation sends and counts; `dane` is "", "beside" MTA-STS or "instead" of it."""

    name: str
    volume: tuple[int, int]
    passes_by: tuple[str, ...] = ()  # the domains to which it never writes
    addresses: tuple[str, ...] = ("",)
    fetches_lazily: bool = False  # the first mail to a new policy goes out without it
    traverses: bool = True  # whether a refused MX makes it try the next (RFC 8461 §5.1)
    dane: str = ""
    silent_days: frozenset[date] = frozenset()
    reason_codes: Mapping[str, str] = field(default_factory=dict)  # by cause
    names_mismatched_mx: bool = True
    names_unknown_domain: bool = True
    reports_clean_days: bool = True


@dataclass(frozen=True, slots=True)
class Session:
    """One SMTP session in testing mode, and `outcome`: what enforce would have made of it."""

    host: Host
    receiving_address: str
    sending_address: str
    policy: Policy | None
    is_fetch_failed: bool
    fault: Fault | None
    outcome: str


@dataclass(frozen=True, slots=True)
class Detail:
    """Failed sessions that are alike; `host` is missing where the reporter names none."""

    result_type: str
    count: int
    host: Host | None = None
    receiving_address: str = ""
    sending_address: str = ""
    reason_code: str = ""


@dataclass(frozen=True, slots=True)
class Block:
    """One entry of ``policies``: sessions under one policy; the domain may be left out."""

    policy_type: str
    policy_domain: str | None
    sessions: list[Session]
    failures: int = 0
    details: tuple[Detail, ...] = ()
    policy_lines: tuple[str, ...] = ()
    patterns: tuple[str, ...] = ()


def simulate_day(domain: Domain, sender: Sender, day: date) -> list[Session]:
    """Return the sessions of one sender, domain and day that the sender reports."""
    if day in sender.silent_days or domain.name in sender.passes_by:
        return []
    generator = seeded("sessions", domain.name, sender.name, day)
    count = session_count(domain, sender, day)
    sessions = [simulate_session(domain, sender, day, generator) for _ in range(count)]
    is_reported = sender.reports_clean_days or any(session.fault for session in sessions)
    return sessions if is_reported else []


def session_count(domain: Domain, sender: Sender, day: date) -> int:
    """Draw how many sessions a day has, by the size of the domain and the day of the week."""
    generator = seeded("volume", domain.name, sender.name, day)
    low, high = sender.volume
    usual = low + (high - low) * domain.size
    noise = 0.85 + 0.3 * generator.random()
    return int(usual * WEEKDAY_RHYTHM[day.weekday()] * noise + generator.random())


def simulate_session(domain: Domain, sender: Sender, day: date, generator: Random) -> Session:
    """Return what becomes of one session: its MX, the faults there, and the verdict."""
    busy = busy_hosts(domain, day, generator)
    host = next(host for host in domain.hosts if host not in busy)
    policy, is_fetch_failed = policy_met(domain, sender, day, generator)
    fault = fault_at(domain, host, sender, day)
    if fault and generator.random() >= hit_share(fault, sender.name, day):
        fault = None
    if fault and fault.policy_type == "sts" and policy is None:
        fault = None  # opportunistic TLS is content with anything
    return Session(
        host,
        drawn(host.addresses, generator),
        drawn(sender.addresses, generator),
        policy,
        is_fetch_failed,
        fault,
        outcome_under_enforce(domain, sender, day, busy, fault),
    )


def outcome_under_enforce(
    domain: Domain, sender: Sender, day: date, busy: set[Host], fault: Fault | None
) -> str:
    """Return what MTA-STS in enforce mode does with a session (RFC 8461 §5.1)."""
    if fault is None or fault.policy_type != "sts":
        return "accepted"
    good = good_hosts(domain, sender, day)
    if not sender.traverses:
        return "lost"
    if not good:
        later = (day + timedelta(days) for days in range(1, QUEUE_DAYS))
        return "delayed" if any(good_hosts(domain, sender, each) for each in later) else "lost"
    return "rerouted" if good - busy else "delayed"


def good_hosts(domain: Domain, sender: Sender, day: date) -> set[Host]:
    """Return the hosts at which a sender meets no fault on a day."""
    return {host for host in domain.hosts if fault_at(domain, host, sender, day) is None}


def busy_hosts(domain: Domain, day: date, generator: Random) -> set[Host]:
    """Draw which hosts do not answer now; when none would, the sender comes again and one does."""
    busy = {host for host in domain.hosts if generator.random() < busy_share(host, day)}
    return busy if len(busy) < len(domain.hosts) else busy - {domain.hosts[0]}


@cache
def busy_share(host: Host, day: date) -> float:
    """Draw the busy share of a day: rare trouble clusters on few days, common trouble varies."""
    generator = seeded("busy", host.name, day)
    if host.busy_share < 0.1:
        return 4 * host.busy_share if generator.random() < 0.25 else 0.0
    return host.busy_share * (0.5 + generator.random())


def fault_at(domain: Domain, host: Host, sender: Sender, day: date) -> Fault | None:
    """Return the faults of a host that matter to this sender on a day."""
    for fault in domain.faults:
        is_minded = not fault.seen_by or sender.name in fault.seen_by
        if fault.host == host.name and is_minded and fault.first_day <= day <= fault.last_day:
            return fault
    return None


@cache
def hit_share(fault: Fault, sender: str, day: date) -> float:
    """Draw the share of the sessions of a day that meet a fault."""
    if fault.share == 1.0:
        return 1.0
    return fault.share - 0.15 + 0.3 * seeded("hit", fault.host, sender, day).random()


def policy_met(
    domain: Domain, sender: Sender, day: date, generator: Random
) -> tuple[Policy | None, bool]:
    """Return the policy a session is judged by, if any, and whether fetching it failed."""
    policy = known_policy(domain, sender, day, generator)
    for failure in domain.fetch_failures:
        if failure.sender == sender.name and day in failure.days:
            share = 0.3 + 0.9 * seeded("fetch", domain.name, sender.name, day).random()
            if generator.random() < share:
                return (policy if failure.is_cached else None), True
    return policy, False


def known_policy(domain: Domain, sender: Sender, day: date, generator: Random) -> Policy | None:
    """Return the newest policy the sender knows: a lazy one learns within the day, others later."""
    known = None
    for published, policy in domain.policies:
        learns_today = sender.fetches_lazily and day == published and generator.random() < 0.6
        if published < day or learns_today:
            known = policy
    return known


def blocks_of(sender: Sender, domain: Domain, sessions: list[Session]) -> list[Block]:
    """Sort sessions by policy; those of a DANE domain may be reported twice, as sts and as tlsa."""
    if sender.dane == "instead" and domain.tlsa_records:  # RFC 8460 §1.1: the TLSA base domain
        return [tlsa_block(sender, domain, sessions, domain.hosts[0].name)]
    groups: dict[tuple[Policy | None, bool], list[Session]] = {}
    for session in sorted(sessions, key=policy_order):
        is_unavailable = session.policy is None and session.is_fetch_failed
        groups.setdefault((session.policy, is_unavailable), []).append(session)
    blocks = [
        unavailable_block(sender, domain, members)
        if is_unavailable
        else policy_block(sender, domain, members, policy)
        for (policy, is_unavailable), members in groups.items()
    ]
    if sender.dane == "beside" and domain.tlsa_records:
        blocks.append(tlsa_block(sender, domain, sessions, domain.name))
    return blocks


def policy_order(session: Session) -> int:
    """Put sessions without a policy first, and those under a longer-lived policy last."""
    return session.policy.max_age if session.policy else 0


def policy_block(
    sender: Sender, domain: Domain, sessions: list[Session], policy: Policy | None
) -> Block:
    """Report sessions under an MTA-STS policy, or under none."""
    if policy is None:
        name = domain.name if sender.names_unknown_domain else None
        return Block("no-policy-found", name, sessions)
    failed = [session for session in sessions if is_refused(session, "sts")]
    details = [*fault_details(sender, failed), *refresh_details(sender, failed)]
    lines = tuple(policy.lines)
    return Block("sts", domain.name, sessions, len(failed), tuple(details), lines, policy.patterns)


def tlsa_block(sender: Sender, domain: Domain, sessions: list[Session], name: str) -> Block:
    """Report sessions under DANE."""
    failed = [session for session in sessions if is_refused(session, "tlsa")]
    details = tuple(fault_details(sender, failed))
    return Block("tlsa", name, sessions, len(failed), details, domain.tlsa_records)


def unavailable_block(sender: Sender, domain: Domain, sessions: list[Session]) -> Block:
    """Report sessions whose policy could not be fetched: without policy-string and MX."""
    code = sender.reason_codes.get("policy-fetch", "")
    detail = Detail("sts-policy-fetch-error", len(sessions), reason_code=code)
    return Block("sts", domain.name, sessions, len(sessions), (detail,))


def is_refused(session: Session, policy_type: str) -> bool:
    """Whether a session fails under a type of policy."""
    return session.fault is not None and session.fault.policy_type == policy_type


def fault_details(sender: Sender, failed: list[Session]) -> list[Detail]:
    """Sum up failed sessions by what the reporter tells of them."""
    counts = Counter(replace(seen_fault(sender, session), count=0) for session in failed)
    return [replace(detail, count=count) for detail, count in sorted(counts.items(), key=repr)]


def seen_fault(sender: Sender, session: Session) -> Detail:
    """Return what this reporter says of one failed session."""
    fault = session.fault
    if fault is None:
        raise ValueError("a session without a fault has not failed; give failed sessions only")
    code = sender.reason_codes.get(fault.cause, "")
    if fault.cause not in MX_MISMATCHES:
        addresses = session.receiving_address, session.sending_address
        return Detail(fault.result_type, 1, session.host, *addresses, code)
    if sender.names_mismatched_mx:  # names were compared before any address was used to send
        return Detail(fault.result_type, 1, session.host, session.receiving_address, "", code)
    return Detail(fault.result_type, 1, reason_code=code)


def refresh_details(sender: Sender, failed: list[Session]) -> list[Detail]:
    """Report the same failed sessions once more when their cached policy could not be renewed.

    So does Mail.ru: total 1, details 1 + 1, for failures may overlap (RFC 8460 §4.4).
    """
    count = sum(session.is_fetch_failed for session in failed)
    code = sender.reason_codes.get("policy-fetch", "")
    return [Detail("sts-policy-fetch-error", count, reason_code=code)] if count else []


def drawn(values: tuple[str, ...], generator: Random) -> str:
    """Draw one of several values."""
    return values[int(generator.random() * len(values))]


def seeded(*parts: object) -> Random:
    """Return a separate generator for each purpose, so that one case never shifts another."""
    return Random("/".join(["tlsrpt samples", *map(str, parts)]))


MX_MISMATCHES = ("mx-not-in-policy", "cname-mx")
HANDSHAKES = (
    "certificate-name",
    "expired-certificate",
    "incomplete-chain",
    "missed-rollover",
    "no-starttls",
)
SENDERS = (
    Sender(
        "Google",
        (60, 190),
        addresses=("192.0.2.201", "192.0.2.202", "2001:db8:60::1b"),
        fetches_lazily=True,
    ),
    Sender(
        "Microsoft",
        (30, 85),
        dane="beside",
        silent_days=frozenset({date(2026, 10, 24), date(2026, 10, 25)}),
        reason_codes=dict.fromkeys(MX_MISMATCHES, "MX_HOSTS_MISMATCH")
        | dict.fromkeys(HANDSHAKES, "VALIDATION_FAILURE"),
        names_mismatched_mx=False,
    ),
    Sender(
        "Mail.ru",
        (2, 8),
        passes_by=("dane.example", "fetch.example"),
        addresses=("198.51.100.191",),
        reason_codes={
            "mx-not-in-policy": "mx is not listed in policy",
            "incomplete-chain": "unable to get local issuer certificate",
            "expired-certificate": "certificate has expired",
            "policy-fetch": "bad https response code: 404",
        },
    ),
    Sender(
        "Fjord Mail AS",
        (2, 8),
        passes_by=("healthy.example",),
        addresses=("203.0.113.225",),
        dane="instead",
        reason_codes={"mx-not-in-policy": "mx-mismatch", "missed-rollover": "no-tlsa-match"},
        names_unknown_domain=False,
    ),
    Sender(
        "harbor.example",
        (2, 4),
        passes_by=(
            "chain.example",
            "cname.example",
            "dane.example",
            "fetch.example",
            "healthy.example",
        ),
        addresses=("203.0.113.177",),
        reason_codes={
            "mx-not-in-policy": "mtasts-policy-mx-mismatch",
            "handshake-refused": "tls-remote-handshake-failure",
        },
        reports_clean_days=False,
    ),
    Sender(
        "Lantern Telecom",
        (1, 3),
        passes_by=("backup.example", "dane.example", "fetch.example", "migration.example"),
        addresses=("198.51.100.140",),
        traverses=False,
    ),
)
"""The six reporters."""

DOMAINS = (
    Domain(
        "example.com",
        "a secondary MX that is not in the policy",
        "not ready: about 30 % would be refused at mx2 and wait for mx1; add mx2 to the policy",
        0.5,
        (
            Host("mx1.example.com", 10, ("192.0.2.11",), busy_share=0.3),
            Host("mx2.example.com", 20, ("192.0.2.12", "2001:db8:1::12")),
        ),
        ((LONG_AGO, Policy(("mx1.example.com",))),),
        (Fault("mx-not-in-policy", "mx2.example.com", "validation-failure"),),
    ),
    Domain(
        "cname.example",
        "an MX that became a CNAME, which only Microsoft refuses",
        "not ready: Microsoft refuses mx1 since 2026-09-08; make mx1 a name with addresses",
        0.8,
        (
            Host("mx1.cname.example", 10, ("198.51.100.21",), busy_share=0.02),
            Host("mx2.cname.example", 20, ("198.51.100.22",)),
        ),
        ((date(2026, 7, 4), Policy(("mx1.cname.example", "mx2.cname.example"))),),
        (
            Fault(
                "cname-mx",
                "mx1.cname.example",
                "validation-failure",
                first_day=date(2026, 9, 8),
                seen_by=("Microsoft",),
            ),
        ),
    ),
    Domain(
        "migration.example",
        "a certificate without the MX name during a migration, repaired since",
        "ready now: the fault ended on 2026-09-20; until then most mail would have moved to mx2",
        0.3,
        (
            Host("mx1.migration.example", 10, ("203.0.113.31",), busy_share=0.02),
            Host("mx2.migration.example", 20, ("203.0.113.32",), busy_share=0.04),
        ),
        ((LONG_AGO, Policy(("mx1.migration.example", "mx2.migration.example"))),),
        (
            Fault(
                "handshake-refused",
                "mx1.migration.example",
                "validation-failure",
                date(2026, 8, 14),
                date(2026, 8, 16),
                seen_by=("harbor.example",),  # the new machine dislikes the TLS library of mox
            ),
            Fault(
                "certificate-name",
                "mx1.migration.example",
                "certificate-host-mismatch",
                date(2026, 8, 17),
                date(2026, 9, 20),
            ),
        ),
        (FetchFailure("Mail.ru", tuple(date(2026, 8, n) for n in (18, 19, 25)), is_cached=True),),
    ),
    Domain(
        "chain.example",
        "an incomplete certificate chain that only strict senders refuse",
        "not ready: strict senders refuse mx1 and move to mx2; serve the intermediate certificate",
        0.6,
        (
            Host("mx1.chain.example", 10, ("192.0.2.41", "2001:db8:4::41"), busy_share=0.05),
            Host("mx2.chain.example", 20, ("192.0.2.42",), busy_share=0.03),
        ),
        ((LONG_AGO, Policy(("*.chain.example",))),),
        (
            Fault(
                "incomplete-chain",
                "mx1.chain.example",
                "certificate-not-trusted",
                first_day=date(2026, 7, 27),
                seen_by=("Microsoft", "Mail.ru", "Fjord Mail AS"),
                share=0.85,  # some machines complete a chain from their cache
            ),
        ),
    ),
    Domain(
        "backup.example",
        "a backup MX without STARTTLS",
        "nearly ready: about 4 % would wait for mx1; give the spare TLS, or take it away",
        0.2,
        (
            Host("mx1.backup.example", 10, ("198.51.100.51",), busy_share=0.04),
            Host("spare.backup.example", 50, ("203.0.113.59",)),
        ),
        ((LONG_AGO, Policy(("mx1.backup.example", "spare.backup.example"))),),
        (Fault("no-starttls", "spare.backup.example", "starttls-not-supported"),),
    ),
    Domain(
        "expired.example",
        "a single MX whose certificate was expired for three days",
        "ready if renewal is automatic: on three days all mail would have been refused",
        0.1,
        (Host("mx1.expired.example", 10, ("203.0.113.61",)),),
        ((LONG_AGO, Policy(("mx1.expired.example",))),),
        (
            Fault(
                "expired-certificate",
                "mx1.expired.example",
                "certificate-expired",
                date(2026, 9, 2),
                date(2026, 9, 4),
            ),
        ),
    ),
    Domain(
        "fetch.example",
        "a policy that one reporter cannot fetch on some days",
        "ready: a policy that cannot be fetched blocks nothing; watch the fetches by Microsoft",
        0.4,
        (Host("mx1.fetch.example", 10, ("192.0.2.71",)),),
        ((date(2026, 7, 3), Policy(("mx1.fetch.example",), 86400)),),
        fetch_failures=(
            FetchFailure(
                "Microsoft",
                (
                    date(2026, 7, 19),
                    date(2026, 8, 6),
                    date(2026, 8, 7),
                    date(2026, 8, 29),
                    date(2026, 9, 15),
                    date(2026, 9, 30),
                    date(2026, 10, 12),
                ),
            ),
        ),
    ),
    Domain(
        "dane.example",
        "a TLSA record that missed a change of keys",
        "ready: MTA-STS was clean; DANE refused this mail on four days, in any mode of MTA-STS",
        0.7,
        (Host("mx1.dane.example", 10, ("198.51.100.81",)),),
        ((LONG_AGO, Policy(("mx1.dane.example",))),),
        (
            Fault(
                "missed-rollover",
                "mx1.dane.example",
                "tlsa-invalid",
                date(2026, 10, 6),
                date(2026, 10, 9),
                seen_by=("Microsoft", "Fjord Mail AS"),
                policy_type="tlsa",
            ),
        ),
        tlsa_records=tuple(
            f"3 1 1 {hashlib.sha256(key).hexdigest()}" for key in (b"key of 2025", b"spare key")
        ),
    ),
    Domain(
        "healthy.example",
        "all is well under a wildcard",
        "ready: no session failed",
        0.9,
        (
            Host("a.mx.healthy.example", 10, ("192.0.2.91",), busy_share=0.1),
            Host("b.mx.healthy.example", 20, ("192.0.2.92", "2001:db8:9::92")),
        ),
        (
            (LONG_AGO, Policy(("*.mx.healthy.example",), 86400)),
            (date(2026, 8, 12), Policy(("*.mx.healthy.example",), 604800)),
        ),
    ),
)
"""The nine cases."""
