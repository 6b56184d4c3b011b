"""What one failure detail needs before its session is delivered."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from tlsrpt_analysis.analyses.cause_catalogue.fix_kinds import (
    ADD_MX,
    ALIAS,
    NOT_GIVEN,
    WITHOUT_HOST,
    repair_of,
)
from tlsrpt_analysis.analyses.causes.detail_causes import DetailCause
from tlsrpt_analysis.analyses.detail_counts import MISMATCH_CODES
from tlsrpt_analysis.standards.mta_sts import covers

MOST_OPTIONS = 50
"""Where a detail can mean more hosts than this, a repair at any host is perhaps the one."""


@dataclass(frozen=True, slots=True)
class Detail:
    """A failure detail; an empty text is a missing one, and an empty policy is not known.

    ``is_over`` says that its fault has ended, and that nothing at its host fails by its type since.
    """

    host: str
    result_type: str
    reason_code: str
    policy: tuple[str, ...]
    cause: DetailCause | None
    is_over: bool = False

    @property
    def kind(self) -> str:
        """Return the kind of fix that its cause calls for."""
        return (self.cause.kind if self.cause else "") or repair_of(self.result_type)

    @property
    def repair(self) -> str:
        """Return the kind of repair that it needs, if the policy lists its host."""
        return repair_of(self.result_type) if self.kind == ADD_MX else self.kind

    @property
    def other_repairs(self) -> tuple[str, ...]:
        """Return the kinds that may be the right one instead: an alias is a hypothesis."""
        return (repair_of(self.result_type),) if self.repair == ALIAS else ()

    @property
    def is_mismatch(self) -> bool:
        """Whether the policy did not list the host."""
        return self.reason_code in MISMATCH_CODES and self.kind != ALIAS


@dataclass(frozen=True, slots=True)
class Need:
    """What one detail needs, as `tlsrpt_analysis.analyses.impact.needs.Needs` has it."""

    mx_line: str = ""
    repair: str = ""
    options: tuple[str, ...] = ()
    is_closed: bool = False
    is_resolved: bool = False
    hidden: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DomainHosts:
    """The hosts of a domain: those of its policy today, usable ones, and those that details name."""

    present: tuple[str, ...] | None
    usable: frozenset[str]
    named: frozenset[str]
    in_records: frozenset[str]
    has_success: bool
    reachable: frozenset[str]
    """Those that are usable, or named and covered by the policy of today."""
    seen: frozenset[str]
    """Those of them that details name."""
    nameless: dict[tuple[object, ...], Need] = field(default_factory=dict, compare=False)
    """What was found for details without a host, of which thousands may be alike."""

    def known(self, policy: tuple[str, ...]) -> set[str]:
        """Return all hosts that can be meant under a policy, as far as they are known."""
        exact = {pattern.lower() for pattern in policy if "*" not in pattern}
        return {*self.usable, *self.named, *self.in_records, *exact}

    def is_listed(self, host: str) -> bool:
        """Whether the policy of today covers a host, or is not known."""
        return self.present is None or covers(self.present, host)

    def can_drop(self, host: str) -> bool:
        """Whether another usable host has had sessions, or can have had those that succeeded."""
        if not host:
            return False
        others = self.reachable if self.has_success else self.seen
        return len(others) > (host in others)


def domain_hosts(
    present: tuple[str, ...] | None,
    *,
    usable: frozenset[str],
    named: frozenset[str],
    in_records: frozenset[str],
    has_success: bool,
) -> DomainHosts:
    """Return the hosts of a domain: its policy today, usable hosts, and those of details and DNS."""
    reachable = usable | {name for name in named if present and covers(present, name)}
    seen = reachable & named
    return DomainHosts(present, usable, named, in_records, has_success, reachable, seen)


def need_of(detail: Detail, hosts: DomainHosts) -> Need:
    """Return the need of a detail, by its cause, and by the hosts that it can mean."""
    cause = detail.cause
    if detail.is_over:
        return Need(is_resolved=True)
    if cause and cause.kind in WITHOUT_HOST:
        return Need(repair=f"{cause.kind} {cause.subject}")
    inferred = cause.subject if cause and cause.subject != NOT_GIVEN else ""
    policy = detail.policy or hosts.present
    host = detail.host or inferred
    if not host:
        return _nameless(detail, hosts, policy)
    was_unlisted = policy is not None and not covers(policy, host)
    line = "" if hosts.is_listed(host) else f"{ADD_MX} {host}"
    if was_unlisted and (detail.result_type == "validation-failure" or detail.is_mismatch):
        return Need(mx_line=line, is_resolved=not line)
    return Need(
        mx_line=line,
        repair=f"{detail.repair} {host}",
        options=tuple(f"{kind} {host}" for kind in detail.other_repairs),
    )


def without_pauses(details: Iterable[tuple[str, Detail]]) -> list[tuple[str, Detail]]:
    """Say of each domain's details that are over whether that type goes on at their host.

    A fault may fall into periods, and a sender may begin to name the host, or cease to.
    """
    all_details = list(details)
    hosts: dict[tuple[str, str], set[str]] = {}
    for domain, each in all_details:
        if each.cause is None or not each.cause.is_over:
            hosts.setdefault((domain, each.result_type), set()).add(each.host)
    made = []
    for domain, each in all_details:
        failing = hosts.get((domain, each.result_type), set())
        goes_on = bool(failing) if not each.host else bool(failing & {each.host, ""})
        is_over = bool(each.cause and each.cause.is_over) and not goes_on
        made.append((domain, replace(each, is_over=is_over)))
    return made


def with_hidden_faults(needs: list[tuple[str, str, Need]], sees_tls: list[bool]) -> list[Need]:
    """Add to each need of an ``mx`` line the repairs that its host needs for other senders.

    A sender that checks names first does not see the fault behind a host that is not listed.

    Parameters
    ----------
    needs : list of (policy domain, host or empty text, need)
        All needs of some domains.
    sees_tls : list of bool
        For each, whether its reporter sees faults of TLS at hosts that are not listed.
    """
    repairs: dict[tuple[str, str], set[str]] = {}
    for domain, host, need in needs:
        if host and need.repair and not need.options:
            repairs.setdefault((domain, host), set()).add(need.repair)
    found = []
    for (domain, _, need), has_seen in zip(needs, sees_tls, strict=True):
        host = need.mx_line.removeprefix(f"{ADD_MX} ")
        is_bare = bool(need.mx_line) and not need.repair and not has_seen
        hidden = repairs.get((domain, host), ()) if is_bare else ()
        found.append(replace(need, hidden=tuple(sorted(hidden))) if hidden else need)
    return found


def _nameless(detail: Detail, hosts: DomainHosts, policy: tuple[str, ...] | None) -> Need:
    is_plain = detail.result_type == "validation-failure"
    key = (detail.kind, detail.repair, *detail.other_repairs, detail.is_mismatch, is_plain, policy)
    if key not in hosts.nameless:
        known = hosts.known(policy or ())
        unlisted = {name for name in known if policy and not covers(policy, name)}
        hosts.nameless[key] = (
            _nameless_mismatch(unlisted, hosts)
            if detail.is_mismatch
            else _nameless_fault(detail, known, unlisted, hosts, policy)
        )
    return hosts.nameless[key]


def _nameless_mismatch(unlisted: set[str], hosts: DomainHosts) -> Need:
    """Return the need of a mismatch without a host: it belongs to a host that was not listed."""
    unnamed = f"{ADD_MX} {NOT_GIVEN}"
    if not unlisted:
        return Need(repair=unnamed, options=(ADD_MX,))
    missing = sorted(name for name in unlisted if not hosts.is_listed(name))
    if not missing:
        return Need(is_resolved=True)
    if len(unlisted) == 1:
        return Need(mx_line=f"{ADD_MX} {missing[0]}")
    return Need(repair=unnamed, options=_options((ADD_MX,), missing), is_closed=True)


def _nameless_fault(
    detail: Detail,
    known: set[str],
    unlisted: set[str],
    hosts: DomainHosts,
    policy: tuple[str, ...] | None,
) -> Need:
    """Return the need of another fault without a host: it belongs to one of the known hosts."""
    kind = detail.repair
    is_closed = bool(hosts.in_records) or (
        bool(policy) and not any("*" in pattern for pattern in policy or ())
    )
    options = _options((kind, *detail.other_repairs), sorted(known))
    if detail.result_type == "validation-failure":
        missing = sorted(name for name in unlisted if not hosts.is_listed(name))
        options += _options((ADD_MX,), missing)
    if len(known) == 1 and is_closed and not unlisted:
        return Need(repair=options[0], options=options[1:])
    return Need(repair=f"{kind} {NOT_GIVEN}", options=options, is_closed=is_closed)


def _options(kinds: tuple[str, ...], hosts: list[str]) -> tuple[str, ...]:
    """Return the fixes that may be the one; the kinds alone stand for those at any of many hosts."""
    if len(hosts) > MOST_OPTIONS:
        return kinds
    return tuple(f"{kind} {host}" for kind in kinds for host in hosts)
