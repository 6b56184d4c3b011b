"""What becomes of each reported session under another policy, as far as its report shows.

A session whose TLS failed fails under every policy. One that failed because its MX was not listed
passes where the other policy lists it, unless that MX has a fault of its own. One that passed is
refused where its MX is listed no longer; reports of successes do not name the MX, so that this is
known only where all MX hosts that it can have used share the answer.
"""

from collections.abc import Collection
from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from tlsrpt_analysis.analyses.detail_counts import MISMATCH_CODES
from tlsrpt_analysis.analyses.impact.mx_routes import HOST
from tlsrpt_analysis.analyses.numbering import group_numbers
from tlsrpt_analysis.analyses.policy.reported import mx_patterns
from tlsrpt_analysis.analyses.refusals import Refusals
from tlsrpt_analysis.analyses.replay.candidate import Candidate, Patterns
from tlsrpt_analysis.arrays import Integers, Objects
from tlsrpt_analysis.standards.mta_sts import covers


class Outcome(IntEnum):
    """What becomes of some sessions under the other policy."""

    PASSES = 0
    UNKNOWN = 1
    REFUSED = 2


@dataclass(frozen=True, slots=True)
class Hosts:
    """What is known about the MX hosts of the domain.

    Attributes
    ----------
    in_use : frozenset of str or None
        Those of the MX records or of the traffic, where they are known.
    named : frozenset of str
        Those that failures name.
    faulty : frozenset of str
        Those at which TLS itself failed on any day.
    """

    in_use: frozenset[str] | None
    named: frozenset[str]
    faulty: frozenset[str]


@dataclass(frozen=True, slots=True)
class Passed:
    """What becomes of the sessions that passed under one policy text, and at which host.

    `host` is missing where several can be meant.
    """

    outcome: Outcome
    host: str | None = None


@dataclass(frozen=True, slots=True)
class Texts:
    """The ``mx`` patterns of each policy result: the number of each, and the patterns."""

    number: Integers
    patterns: tuple[Patterns, ...]

    @classmethod
    def of(cls, refused: Refusals) -> "Texts":
        """Return those of the results."""
        results = refused.results[["policy_string", "mx_host"]]
        number, first = group_numbers(results, ["policy_string", "mx_host"])
        pairs = results.take(first).itertuples(index=False, name=None)
        return cls(number, tuple(mx_patterns(*pair) for pair in pairs))


def detail_outcomes(refused: Refusals, texts: Texts, policy: Candidate, hosts: Hosts) -> Objects:
    """Return the `Outcome` of the sessions of each failure detail."""
    details = refused.details
    frame = details[[HOST, "result_type", "failure_reason_code"]].assign(
        text=texts.number[details["result"].to_numpy("int64")]
    )
    number, first = group_numbers(frame, list(frame.columns))
    rows = frame.take(first).itertuples(index=False, name=None)
    found = [
        _outcome(_Detail(*_texts(row[:3]), texts.patterns[int(row[3])]), policy, hosts)
        for row in rows
    ]
    return np.array(found, dtype="int64")[number] if found else np.zeros(0, "int64")


def known_hosts(refused: Refusals, texts: Texts, in_use: Collection[str] | None) -> Hosts:
    """Return what the failures say about the hosts, beside those known to be in use."""
    details = refused.details
    frame = details[[HOST, "result_type", "failure_reason_code"]].assign(
        text=texts.number[details["result"].to_numpy("int64")]
    )
    distinct = frame.drop_duplicates().itertuples(index=False, name=None)
    rows = [_Detail(*_texts(row[:3]), texts.patterns[int(row[3])]) for row in distinct]
    return Hosts(
        None if in_use is None else frozenset(in_use),
        frozenset(row.host for row in rows if row.host),
        frozenset(row.host for row in rows if row.host and not row.is_mismatch),
    )


def passed_outcome(patterns: Patterns, policy: Candidate, hosts: Hosts) -> Passed:
    """Return what becomes of the sessions that passed under some patterns."""
    used = sorted(host for host in hosts.in_use or () if covers(patterns, host))
    unlisted = [host for host in used if not policy.covers(host)]
    if used:
        is_all = len(unlisted) == len(used)
    else:
        unlisted = policy.unlisted(patterns)
        is_all = policy.lists_none_of(patterns)
    if not unlisted:
        return Passed(Outcome.PASSES)
    host = unlisted[0] if len(unlisted) == 1 and "*" not in unlisted[0] else None
    return Passed(Outcome.REFUSED if is_all else Outcome.UNKNOWN, host)


@dataclass(frozen=True, slots=True)
class _Detail:
    """A failure detail and the patterns of the policy under which its sessions failed."""

    host: str
    result_type: str
    reason_code: str
    patterns: Patterns

    @property
    def is_mismatch(self) -> bool:
        """Whether it says that the policy did not list the MX."""
        if self.reason_code in MISMATCH_CODES:
            return True
        is_plain = self.result_type == "validation-failure"
        return is_plain and bool(self.host) and self.is_unlisted(self.host)

    def is_unlisted(self, host: str) -> bool:
        """Whether its policy does not list a host."""
        return bool(self.patterns) and not covers(self.patterns, host)


def _outcome(detail: _Detail, policy: Candidate, hosts: Hosts) -> Outcome:
    if not detail.host:
        return _nameless(detail, policy, hosts)
    if not detail.is_mismatch or not policy.covers(detail.host):
        return Outcome.REFUSED
    return Outcome.UNKNOWN if detail.host in hosts.faulty else Outcome.PASSES


def _nameless(detail: _Detail, policy: Candidate, hosts: Hosts) -> Outcome:
    """Return the outcome of a failure without a host: that of the hosts that can be meant."""
    can_be_mismatch = detail.is_mismatch or detail.result_type == "validation-failure"
    if not can_be_mismatch or not policy.adds_to(detail.patterns):
        return Outcome.REFUSED
    known = hosts.named.union(hosts.in_use or ())
    meant = {host for host in known if detail.is_unlisted(host)}
    is_known = len(meant) == 1 or (bool(meant) and hosts.in_use is not None)
    if not detail.is_mismatch or not is_known:
        return Outcome.UNKNOWN
    outcomes = {
        Outcome.REFUSED if not policy.covers(host)
        else Outcome.UNKNOWN if host in hosts.faulty
        else Outcome.PASSES
        for host in meant
    }  # fmt: skip
    return outcomes.pop() if len(outcomes) == 1 else Outcome.UNKNOWN


def _texts(values: tuple[object, ...]) -> tuple[str, str, str]:
    host, result_type, code = (value if isinstance(value, str) else "" for value in values)
    return host, result_type, code
