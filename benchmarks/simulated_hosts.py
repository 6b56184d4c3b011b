"""Domains whose mail is known host by host: what fails there, and what their policy lists.

A sender that checks names first meets the policy before the certificate; one that checks the
certificate first, as Postfix before 3.10.5 does, names that fault even at a host that is not listed.
"""

import datetime as dt
from collections.abc import Callable, Collection
from dataclasses import dataclass, field

import numpy as np

from benchmarks.domain_drafts import Draft, Generator, log_uniform
from benchmarks.simulated_domains import FIRST_DAY, Floats, Integers, Row, Sender
from tlsrpt_analysis.standards.mta_sts import covers

FLAKES = (1e-5, 1e-3)
FUTURE_DAYS = 16
STYLES = ("names the host", "MX_HOSTS_MISMATCH", "beside totals")
"""How a sender reports a host that the policy does not list; the last as mox does."""


@dataclass(slots=True)
class HostDomain:
    """A domain, with the sessions and the failures of TLS by day, sender and host.

    `listed` has the hosts of the policy by day; `expected` is the chance of a failure of TLS in the
    long run. Days from `days` on are the future.
    """

    name: str
    family: str
    days: int
    senders: list[Sender]
    hosts: tuple[str, ...]
    listed: list[tuple[str, ...]]
    expected: Floats
    sessions: Integers
    failing: Integers
    rows: list[tuple[Row, list[Row]]] = field(default_factory=list)

    def refused(self, lines: Collection[str]) -> Integers:
        """Return what a policy refuses, by day and sender."""
        is_listed = np.array([covers(lines, host) for host in self.hosts])
        return np.where(is_listed, self.failing, self.sessions).sum(axis=2)

    def likely_share(self, lines: Collection[str], repaired: Collection[str]) -> float:
        """Return the share that is refused in the future, once some hosts are repaired."""
        is_listed = np.array([covers(lines, host) for host in self.hosts])
        is_repaired = np.array([host in repaired for host in self.hosts])
        chances = np.where(is_repaired, 0.0, self.expected[self.days :].mean(axis=0))
        weights = np.array([one.a_day * one.weights for one in self.senders])
        return float((np.where(is_listed, chances, 1.0) * weights).sum() / weights.sum())


def simulated_hosts(family: str, number: int, generator: Generator) -> HostDomain:
    """Return one domain of a family, its mail sent and reported."""
    draft = Draft(f"d{number}.example", generator, (28, 62))
    while draft.host_count < 2:
        draft = Draft(draft.name, generator, (28, 62))
    hosts = tuple(f"mx{at + 1}.example.com" for at in range(draft.host_count))
    listed = FAMILIES[family](draft, hosts)
    drawn = draft._draw()  # noqa: SLF001 - the days correlate as those of other domains do
    volumes = np.array([one.volume for one in draft.senders])
    count = generator.poisson(np.broadcast_to(volumes, draft.shape[:2]))
    weights = np.array([one.weights for one in draft.senders])
    sessions = generator.multinomial(count, weights)
    domain = HostDomain(
        draft.name,
        family,
        draft.days,
        draft.senders,
        hosts,
        listed,
        draft.expected,
        sessions,
        generator.binomial(sessions, drawn),
    )
    _report_all(domain, generator)
    return domain


def _flakes(draft: Draft) -> None:
    if draft.generator.random() < 0.5:
        draft.fail(log_uniform(draft.generator, *FLAKES), slice(None))


def _all_listed(draft: Draft, hosts: tuple[str, ...]) -> list[tuple[str, ...]]:
    _flakes(draft)
    return [hosts] * draft.total


def _one_unlisted(draft: Draft, hosts: tuple[str, ...]) -> list[tuple[str, ...]]:
    _flakes(draft)
    return [hosts[:-1]] * draft.total


def _several_unlisted(draft: Draft, hosts: tuple[str, ...]) -> list[tuple[str, ...]]:
    _flakes(draft)
    return [hosts[:1]] * draft.total


def _bad_host(draft: Draft, hosts: tuple[str, ...]) -> list[tuple[str, ...]]:
    _flakes(draft)
    draft.fail(log_uniform(draft.generator, 0.03, 1), slice(None), host=True)
    return [hosts] * draft.total


def _both(draft: Draft, hosts: tuple[str, ...]) -> list[tuple[str, ...]]:
    _flakes(draft)
    draft.expected[:, :, 0] = log_uniform(draft.generator, 0.03, 0.9)
    return [hosts[:-1]] * draft.total


def _hidden_fault(draft: Draft, hosts: tuple[str, ...]) -> list[tuple[str, ...]]:
    _flakes(draft)
    draft.expected[:, :, -1] = log_uniform(draft.generator, 0.03, 1)
    return [hosts[:-1]] * draft.total


def _listed_lately(draft: Draft, hosts: tuple[str, ...]) -> list[tuple[str, ...]]:
    _flakes(draft)
    day = int(draft.generator.integers(3, draft.days - 3))
    return [hosts[:-1]] * day + [hosts] * (draft.total - day)


def _unused_line(draft: Draft, hosts: tuple[str, ...]) -> list[tuple[str, ...]]:
    _flakes(draft)
    return [(*hosts, "mx9.example.com")] * draft.total


Family = Callable[[Draft, tuple[str, ...]], list[tuple[str, ...]]]
FAMILIES: dict[str, Family] = {
    "all is well": _all_listed,
    "a host is not listed": _one_unlisted,
    "all hosts but one are not listed": _several_unlisted,
    "TLS fails at a host": _bad_host,
    "a host is not listed, TLS fails at another": _both,
    "a host is not listed, and TLS fails there": _hidden_fault,
    "a host is listed lately": _listed_lately,
    "a line that no host uses": _unused_line,
}


def _report_all(domain: HostDomain, generator: Generator) -> None:
    styles = [str(generator.choice(STYLES, p=(0.5, 0.4, 0.1))) for _ in domain.senders]
    checks_first = generator.random(len(domain.senders)) < 0.2
    if domain.family == "a host is not listed, and TLS fails there":
        checks_first[0] = True  # or no report could show the fault
    for at in range(len(domain.senders)):
        for day in np.flatnonzero(domain.sessions[:, at].sum(axis=1)).tolist():
            _report(domain, at, day, style=styles[at], checks_first=bool(checks_first[at]))


def _report(domain: HostDomain, at: int, day: int, *, style: str, checks_first: bool) -> None:
    """Write what a sender reports of a day under the policy of that day."""
    lines = domain.listed[day]
    by_host = domain.sessions[day, at], domain.failing[day, at]
    faults: list[Row] = []
    mismatches: list[Row] = []
    for host, sessions, failing in zip(
        domain.hosts, *(each.tolist() for each in by_host), strict=True
    ):
        is_listed = covers(lines, host)
        named = failing if is_listed or checks_first else 0
        if named:
            faults.append(_detail("certificate-expired", host, named))
        if not is_listed and sessions > named:
            mismatches.append(_mismatch(style, host, sessions - named))
    whole = int(domain.sessions[day, at].sum())
    details = [*faults, *_together(mismatches)]
    counted = faults if style == "beside totals" else details
    failed = sum(int(str(each["failed_session_count"])) for each in counted)
    text = "".join(f"mx: {line}\n" for line in lines)
    common: Row = {
        "reporter": domain.senders[at].name,
        "day": FIRST_DAY + dt.timedelta(day),
        "policy_domain": domain.name,
        "policy_type": "sts",
        "policy_mode": "testing",
    }
    row: Row = {
        "policy_string": f"version: STSv1\nmode: testing\n{text}max_age: 604800",
        "mx_host": None,
        "total_successful_session_count": whole - failed,
        "total_failure_session_count": failed,
    }
    domain.rows.append((common | row, [common | detail for detail in details]))


def _mismatch(style: str, host: str, count: int) -> Row:
    if style == "MX_HOSTS_MISMATCH":
        return _detail("validation-failure", None, count, style)
    if style == "beside totals":
        return _detail("validation-failure", host, count, "mtasts-policy-mx-mismatch")
    return _detail("validation-failure", host, count)


def _together(details: list[Row]) -> list[Row]:
    """Return nameless details as one, as Microsoft writes them."""
    nameless = [one for one in details if one["receiving_mx_hostname"] is None]
    if len(nameless) < 2:
        return details
    count = sum(int(str(one["failed_session_count"])) for one in nameless)
    return [_detail("validation-failure", None, count, "MX_HOSTS_MISMATCH")]


def _detail(result_type: str, host: str | None, count: int, code: str | None = None) -> Row:
    return {
        "result_type": result_type,
        "receiving_mx_hostname": host,
        "failed_session_count": count,
        "failure_reason_code": code,
    }
