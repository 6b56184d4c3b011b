"""Domains whose mail is known, and the reports that their senders write about it.

Each message of a day chooses an MX host of its sender's and is refused there with that day's
chance; counts by host are drawn as multinomials and binomials, which is the same as message by
message. Under enforce mode a refused message is tried again on the same day.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import IntEnum

import numpy as np
import numpy.typing as npt

from tlsrpt_analysis.tables import Balance, ReportTables, empty_tables, frame_of

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Row = dict[str, object]

FIRST_DAY = dt.date(2026, 1, 1)
MOST_TRIES = 26
"""Exchange Online tries a refused message about 26 times."""

CUT_OFF = 0.9
RARELY = 1 / 7
"""A sender of less than a message a week is not counted as cut off."""


class Policy(IntEnum):
    """What became of the policy in the sessions of a sender's day."""

    APPLIED = 0
    NOT_FOUND = 1
    NOT_FETCHED = 2
    CACHED = 3


@dataclass(slots=True)
class Sender:
    """A sender: its sessions on a day on which it writes, and how it reports.

    `weights` are its favourites among the MX hosts; `weekday` is its only day of the week;
    `habit` is how its details are counted; from `silent_from` on it writes no report.
    """

    name: str
    volume: float
    weights: Floats
    weekday: int | None = None
    habit: str = "exact"
    skips: bool = False
    silent_from: int | None = None

    @property
    def a_day(self) -> float:
        """The sessions of an average day."""
        return self.volume / (1 if self.weekday is None else 7)


@dataclass(slots=True)
class Domain:
    """A simulated domain.

    `expected` is the chance of a refusal by day, sender and host, in the long run; `drawn` is that
    of the days as they came, `policies` has a `Policy` by day and sender, `hosts` the hosts of the
    policy by day. Days from `days` on are the future, which reports do not show at first.
    """

    name: str
    family: str
    days: int
    senders: list[Sender]
    expected: Floats
    drawn: Floats
    policies: Integers
    hosts: list[tuple[str, ...]]
    mode: str = "testing"
    changed_on: int | None = None
    """The day of the last change of what is refused: a fault, a repair or another policy."""
    is_gone: bool = False
    """Whether no sender finds or can fetch the policy any more."""
    rows: list[tuple[Row, list[Row]]] = field(default_factory=list)
    tested: Integers = field(default_factory=lambda: np.zeros(0, "int64"))
    under_sts: Integers = field(default_factory=lambda: np.zeros(0, "int64"))
    refused: Integers = field(default_factory=lambda: np.zeros(0, "int64"))
    likely: Floats = field(default_factory=lambda: np.zeros(0))
    likely_refused: Floats = field(default_factory=lambda: np.zeros(0))
    """Expected tested and refused sessions by day, given the messages."""

    def share_of(self, day: int) -> float:
        """Return the expected share of refused messages of all senders that test the policy."""
        weights = np.array([0.0 if one.skips else one.a_day for one in self.senders])
        return float((weights * self._chances(day)).sum() / max(weights.sum(), 1e-300))

    @property
    def true_share(self) -> float:
        """The expected share today."""
        return self.share_of(self.days - 1)

    @property
    def has_cut_off(self) -> bool:
        """Whether nearly all mail of a sender is refused today, whether it reports or not."""
        chances = self._chances(self.days - 1)
        return any(
            chance >= CUT_OFF and not one.skips and one.a_day >= RARELY
            for one, chance in zip(self.senders, chances, strict=True)
        )

    def fine_for(self, days: int, share: float) -> bool:
        """Whether less than a share has been refused, of nobody all, and the policy was there."""
        begin = max(0, self.days - days)
        testing = [not one.skips for one in self.senders]
        return (
            any(testing)
            and all(self.share_of(day) < share for day in range(begin, self.days))
            and not self.has_cut_off
            and not self.is_gone
        )

    def whole_share(self) -> float:
        """Return the expected share of the tested sessions of all days until today."""
        sessions, refused = (
            counts[: self.days].sum() for counts in (self.likely, self.likely_refused)
        )
        return float(refused / max(1, sessions))

    def _chances(self, day: int) -> Floats:
        weights = np.array([one.weights for one in self.senders])
        return np.asarray((self.expected[day] * weights).sum(axis=1))


def send(domain: Domain, generator: np.random.Generator) -> None:
    """Send the mail of all days, and let each sender write its reports."""
    total = len(domain.expected)
    domain.tested, domain.under_sts, domain.refused = (np.zeros(total, "int64") for _ in range(3))
    domain.likely, domain.likely_refused = np.zeros(total), np.zeros(total)
    for at, sender in enumerate(domain.senders):
        is_writing = np.ones(total, "bool")
        if sender.weekday is not None:
            is_writing = np.arange(total) % 7 == sender.weekday
        count = generator.poisson(np.where(is_writing, sender.volume, 0.0))
        by_host = generator.multinomial(count, sender.weights)
        refused = generator.binomial(by_host, domain.drawn[:, at])
        for day in np.flatnonzero(count):
            if sender.silent_from is not None and day >= sender.silent_from:
                break
            tried = _tried(domain.mode, refused[day], generator)
            sessions = int(count[day] - refused[day].sum() + tried.sum())
            _report(domain, at, int(day), (sessions, tried), generator)
            if domain.policies[day, at] in {Policy.APPLIED, Policy.CACHED}:
                chance = float((domain.expected[day, at] * sender.weights).sum()) * count[day]
                tries = chance * (1 if domain.mode == "testing" else (1 + MOST_TRIES) / 2)
                domain.likely[day] += count[day] - chance + tries
                domain.likely_refused[day] += tries


def _tried(mode: str, refused: Integers, generator: np.random.Generator) -> Integers:
    """Return the sessions that refused messages take: one in testing mode, else several."""
    if mode == "testing":
        return refused
    return np.array([generator.integers(1, MOST_TRIES + 1, count).sum() for count in refused])


def _report(
    domain: Domain,
    at: int,
    day: int,
    counted: tuple[int, Integers],
    generator: np.random.Generator,
) -> None:
    """Write the report of a sender's day, and count it."""
    sessions, refused = counted
    sender, policy = domain.senders[at], Policy(int(domain.policies[day, at]))
    common: Row = {
        "reporter": sender.name,
        "day": FIRST_DAY + dt.timedelta(day),
        "policy_domain": domain.name,
        "policy_type": "no-policy-found" if policy == Policy.NOT_FOUND else "sts",
        "policy_mode": None,
    }
    row: Row = {"policy_string": None, "mx_host": None}
    if policy in {Policy.NOT_FOUND, Policy.NOT_FETCHED}:
        is_error = policy == Policy.NOT_FETCHED
        failed = sessions if is_error else 0
        details = [_detail("sts-policy-fetch-error", None, failed)] if is_error else []
        domain.under_sts[day] += sessions if is_error else 0
    else:
        common["policy_mode"] = domain.mode
        hosts = "".join(f"mx: {host}\n" for host in domain.hosts[day])
        row["policy_string"] = f"version: STSv1\nmode: {domain.mode}\n{hosts}max_age: 604800"
        failed, details = _details(sender.habit, refused)
        if policy == Policy.CACHED:
            late = int(generator.binomial(sessions - failed, 0.2))
            failed += late
            details += [_detail("sts-policy-fetch-error", None, late)] if late else []
        domain.tested[day] += sessions
        domain.under_sts[day] += sessions
        domain.refused[day] += int(refused.sum())
    row |= {
        "total_successful_session_count": sessions - failed,
        "total_failure_session_count": failed,
    }
    domain.rows.append((common | row, [common | detail for detail in details]))


def _details(habit: str, refused: Integers) -> tuple[int, list[Row]]:
    """Return how many sessions the summary counts as failed, and the failure details."""
    failed = int(refused.sum())
    hosts = [(f"mx{at + 1}.example.com", int(count)) for at, count in enumerate(refused) if count]
    if habit == "beside totals":  # as mox does under opportunistic TLS
        return 0, [_detail("starttls-not-supported", host, count) for host, count in hosts]
    if habit == "doubled":  # as Mail.ru does: two details for one session
        kinds = ("certificate-host-mismatch", "validation-failure")
        return failed, [_detail(kind, host, count) for host, count in hosts for kind in kinds]
    if habit == "no count" and len(hosts) == 1:
        return failed, [_detail("certificate-host-mismatch", hosts[0][0], None)]
    if habit == "no host":
        return failed, [_detail("certificate-expired", None, failed)] if failed else []
    return failed, [_detail("certificate-expired", host, count) for host, count in hosts]


def _detail(result_type: str, host: str | None, count: int | None) -> Row:
    return {
        "result_type": result_type,
        "receiving_mx_hostname": host,
        "failed_session_count": count,
    }


def tables_of(domains: Iterable[Domain], until: dict[str, int] | None = None) -> ReportTables:
    """Build the frames as a load would, one report a sender, domain and day.

    Parameters
    ----------
    domains : iterable of Domain
        The domains, their mail sent.
    until : dict of str to int, optional
        The day before which each domain's reports end, by name; by default today.
    """
    return tables_of_rows(
        (row, details)
        for domain in domains
        for row, details in domain.rows
        if row["day"]  # type: ignore[operator]
        < FIRST_DAY + dt.timedelta((until or {}).get(domain.name, domain.days))
    )


def tables_of_rows(rows: Iterable[tuple[Row, list[Row]]]) -> ReportTables:
    """Build the frames of policy results and their failure details, one report each."""
    policies: list[Row] = []
    failures: list[Row] = []
    for row, details in rows:
        key = {"policy_key": len(policies), "report_key": len(policies)}
        policies.append(row | key)
        failures += [detail | key for detail in details]
    empty = empty_tables()
    texts = ("failure_reason_code", "receiving_mx_helo", "receiving_ip", "sending_mta_ip")
    missing = dict.fromkeys((*texts, "additional_information"))
    return ReportTables(
        empty.reports,
        frame_of("policies", _columns(policies, {})),
        frame_of("failures", _columns(failures, missing)),
        empty.problems,
        Balance(),
    )


def _columns(rows: list[Row], missing: Row) -> dict[str, list[object]]:
    names = rows[0] if rows else {}
    columns = {name: [row[name] for row in rows] for name in names}
    return {name: [value] * len(rows) for name, value in missing.items()} | columns
