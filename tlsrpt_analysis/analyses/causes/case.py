"""What the reports say about one domain, in the shape in which causes are looked for."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from tlsrpt_analysis.analyses.cause_catalogue.cause import Cause
from tlsrpt_analysis.analyses.causes.rows import Rows
from tlsrpt_analysis.analyses.policy.availability import Availability
from tlsrpt_analysis.arrays import Booleans, Integers
from tlsrpt_analysis.standards.mta_sts import covers

SUCCEEDED, FAILED = "total_successful_session_count", "total_failure_session_count"
TESTED, PASSED = "tested_session_count", "passed_session_count"


@dataclass(frozen=True, slots=True)
class FoundCause:
    """A cause that was found: the host it is about, the failures, and the evidence.

    A cause without failures may have the policy results that show it, or else its reporters; a cure
    or a command of its own replaces that of the catalogue.
    """

    cause: Cause
    host: str | None
    failures: Rows
    evidence: str
    reporters: tuple[str, ...] = ()
    results: Rows | None = None
    cure: str = ""
    confirm: str = ""


@dataclass(frozen=True, slots=True)
class PolicyText:
    """A policy as senders saw it: its text, where they reported it, and its ``mx`` patterns."""

    text: str
    patterns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SelectiveFault:
    """A row of `selective_failures` that is selective; it lasted from `first` to before `end`.

    `is_at_host` says that only what failed at its host is selective.
    """

    policy_type: str
    reporter: str
    clean: frozenset[str]
    result_type: str
    host: str
    points_to: str
    explanation: str
    first: int
    end: int
    is_at_host: bool = False

    def is_met_by(self, failures: Rows, host: str, result_type: str) -> bool:
        """Whether these failures are this fault, and one of its clean reporters has none of them."""
        days = failures.days()
        return (
            (self.result_type == result_type and self.policy_type != "tlsa")
            and (not host or self.host in {"", host})
            and bool(self.first <= days[-1] and self.end > days[0])
            and bool(failures.is_any("reporter", self.reporter).any())
            and bool(self.clean.difference(failures.texts("reporter")))
        )


@dataclass(frozen=True, slots=True)
class DomainCase:
    """The reports about one domain.

    Attributes
    ----------
    policy_domain : str
        The domain.
    failures : Rows
        The failure details; ``count`` is the sessions that each stands for, ``text`` the policy
        applied.
    beyond : Rows
        The failed sessions of policy results for which no detail stands, with the same columns.
    policies : Rows
        The policy results.
    selective : list of SelectiveFault
        Its selective failures.
    texts : mapping of int to PolicyText
        The policies by the numbers of ``text``; 0 is the latest one.
    patterns : tuple of str
        The ``mx`` patterns of the latest policy.
    mode : str or None
        The latest mode.
    latest_text : str
        The latest policy, where it was reported.
    last_report_day : int
        The last day of all reports, about any domain.
    availability : Availability
        Who applies its policy, and who does not.
    mx_hosts : frozenset of str
        The MX hosts that the domain's DNS lists, where they are known.
    """

    policy_domain: str
    failures: Rows
    beyond: Rows
    policies: Rows
    selective: list[SelectiveFault]
    texts: Mapping[int, PolicyText]
    patterns: tuple[str, ...]
    mode: str | None
    latest_text: str
    last_report_day: int
    availability: Availability
    mx_hosts: frozenset[str]
    _covered: dict[tuple[int, int], bool] = field(default_factory=dict)
    _sessions: dict[tuple[bool, int], tuple[Integers, Integers]] = field(default_factory=dict)
    _success: dict[bool, Integers] = field(default_factory=dict)

    @property
    def only_host(self) -> str:
        """Return the only host that the latest policy and the MX records have, if it is one."""
        exact = {pattern.lower() for pattern in self.patterns}
        is_one = len(exact) == 1 and not any(name.startswith("*") for name in exact)
        return next(iter(exact)) if is_one and self.mx_hosts <= exact else ""

    def of_types(self, *result_types: str, policy_type: str = "sts") -> Rows:
        """Return the failures with any of the result types under one policy type."""
        chosen = self.failures.is_any("result_type", *result_types)
        return self.failures.where(chosen & self.failures.is_any("policy_type", policy_type))

    def are_uncovered(self, failures: Rows) -> Booleans:
        """Return for each failure whether the policy applied is known and does not list its host."""
        hosts, texts = failures["receiving_mx_hostname"], failures["text"]
        pairs, place = np.unique(hosts << 32 | texts, return_inverse=True)
        known = [self._is_uncovered(int(pair >> 32), int(pair & 0xFFFFFFFF)) for pair in pairs]
        return np.array(known, bool)[place]

    def are_listed_by_now(self, failures: Rows) -> Booleans:
        """Return for each failure whether the latest policy lists its host."""
        names = failures.texts("receiving_mx_hostname")
        listed = [name for name in names if covers(self.patterns, name)]
        none = np.zeros(len(failures), bool)
        return failures.is_any("receiving_mx_hostname", *listed) if listed else none

    def is_uncovered(self, host: str) -> bool:
        """Whether the latest policy is known and does not list a host."""
        return bool(host and self.patterns) and not covers(self.patterns, host)

    def is_known(self, host: str) -> bool:
        """Whether the DNS of the domain, or its latest policy, lists a host.

        A report proves nothing about a host: anyone can write one, and a spoofed MX record names
        one as well.
        """
        return host in self.mx_hosts or covers(self.patterns, host)

    def _is_uncovered(self, host: int, text: int) -> bool:
        if (host, text) not in self._covered:
            name = self.failures.texts_of["receiving_mx_hostname"].texts[host]
            patterns = self.texts[text].patterns or self.patterns
            self._covered[host, text] = bool(name and patterns) and not covers(patterns, name)
        return self._covered[host, text]

    def selective_fault(self, failures: Rows, host: str, result_type: str) -> SelectiveFault | None:
        """Return the selective failure that these failures are, if they are one."""
        if not self.selective:
            return None
        faults = (f for f in self.selective if f.is_met_by(failures, host, result_type))
        return next(faults, None)

    def sessions_of(self, reporter: int, *, dane: bool) -> tuple[Integers, Integers]:
        """Return a reporter's days with sessions that could show a fault, and their counts.

        Under MTA-STS these are tested sessions (`ledger`), under DANE all those of ``tlsa``.
        """
        key = (dane, reporter)
        if key not in self._sessions:
            of_reporter = self.policies["reporter"] == reporter
            rows = self.policies.where(of_reporter & self._is_dane(dane=dane))
            days, place = np.unique(rows["day"], return_inverse=True)
            sessions = rows[SUCCEEDED] + rows[FAILED] if dane else rows[TESTED]
            counts = np.bincount(place, sessions, len(days)).astype("int64")
            self._sessions[key] = days[counts > 0], counts[counts > 0]
        return self._sessions[key]

    def days_that_could_show(self, failures: Rows) -> Integers:
        """Return the days on which the reporters of some failures could have met them.

        A session without a policy, or under ``mode: none``, shows no fault under MTA-STS.
        """
        policies = self.policies
        policies = policies.where(policies.is_any("reporter", *failures.texts("reporter"), ""))
        tested = policies.where(policies[TESTED] > 0)
        parts = [failures.days()]
        for name in failures.texts("policy_type"):
            rows = tested if name == "sts" else policies.where(policies.is_any("policy_type", name))
            parts.append(rows.days())
        return np.unique(np.concatenate(parts))

    def success_share(self, failures: Rows, *, dane: bool) -> float:
        """Return the share of the reporter days with failures on which other sessions succeeded."""
        if dane not in self._success:
            passed = self.policies[SUCCEEDED if dane else PASSED]
            rows = self.policies.where(self._is_dane(dane=dane) & (passed > 0))
            self._success[dane] = np.unique(reporter_days(rows))
        failing = np.unique(reporter_days(failures))
        return float(np.isin(failing, self._success[dane]).mean()) if len(failing) else 0.0

    def _is_dane(self, *, dane: bool) -> Booleans:
        is_tlsa = self.policies.is_any("policy_type", "tlsa")
        return is_tlsa if dane else ~is_tlsa


def reporter_days(rows: Rows) -> Integers:
    """Return a number for each row's pair of reporter and day."""
    return rows["reporter"] << 32 | rows["day"]
