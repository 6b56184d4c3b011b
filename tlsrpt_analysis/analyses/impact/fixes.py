"""What can be fixed so that enforce mode refuses less, and what remains after a fix.

A detail needs every fix that stands between its session and a delivery: a host that the policy
does not list needs an ``mx`` line, and a host whose TLS failed needs a repair.
Dropping a host fixes everything that failed there, because its senders go elsewhere.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from tlsrpt_analysis.analyses.detail_counts import BESIDE_TOTALS
from tlsrpt_analysis.analyses.impact.mx_routes import HOST, MxKnowledge, mx_knowledge
from tlsrpt_analysis.analyses.impact.question import Patterns, Question
from tlsrpt_analysis.analyses.numbering import group_numbers
from tlsrpt_analysis.analyses.policy.reported import is_covered
from tlsrpt_analysis.analyses.refusals import Refusals
from tlsrpt_analysis.arrays import Booleans, Integers, Objects
from tlsrpt_analysis.errors import PolicyError

ADD_MX = "add mx"
DROP_MX = "drop mx"
STARTTLS = "enable STARTTLS"
CERTIFICATE = "repair certificate"
TLS = "repair TLS"
FIX_KINDS = (ADD_MX, DROP_MX, STARTTLS, CERTIFICATE, TLS)

MISMATCH_CODES = ("MX_HOSTS_MISMATCH", BESIDE_TOTALS)
"""Reason codes by which Microsoft and mox say that the policy does not list an MX."""

Fix = tuple[str | None, str]
"""A policy domain, or `None` for all of them, and the id of a fix."""


@dataclass(frozen=True, slots=True)
class Needs:
    """What the details need, stored once for equal details; an empty text is no need.

    The arrays have one entry for each combination of domain, host, result type and reason code;
    ``combination`` has one for each detail: the position of its combination.
    """

    policy_domain: Objects
    host: Objects
    mx_line: Objects
    repair: Objects
    is_guess: Booleans
    clean_elsewhere: Booleans
    combination: Integers

    def fixed(self, fixes: Collection[Fix]) -> tuple[Booleans, Booleans]:
        """Return which combinations are fixed for sure, and which perhaps.

        Parameters
        ----------
        fixes : collection of (policy domain or None, fix)
            Without a domain a fix counts for all domains.
        """
        drop = np.array([f"{DROP_MX} {host}" if host else "" for host in self.host], dtype=object)
        dropped = self._has(drop, fixes) & (drop != "")
        lines = (self.mx_line == "") | self._has(self.mx_line, fixes)
        repairs = (self.repair == "") | self._has(self.repair, fixes)
        needs_any = (self.mx_line != "") | (self.repair != "")
        fixed = needs_any & lines & repairs
        perhaps = (fixed & self.is_guess) | (dropped & ~self.clean_elsewhere)
        return (fixed & ~self.is_guess) | (dropped & self.clean_elsewhere), perhaps

    def left(self, fixed: Booleans, fixes: Collection[Fix]) -> "Needs":
        """Return the needs of the combinations that are not fixed, without those met already."""
        kept = ~fixed
        place = np.cumsum(kept) - 1
        line = np.where(self._has(self.mx_line, fixes), "", self.mx_line).astype(object)
        repair = np.where(self._has(self.repair, fixes), "", self.repair).astype(object)
        return Needs(
            self.policy_domain[kept],
            self.host[kept],
            line[kept],
            repair[kept],
            self.is_guess[kept],
            self.clean_elsewhere[kept],
            place[self.combination[kept[self.combination]]],
        )

    def _has(self, wanted: Objects, fixes: Collection[Fix]) -> Booleans:
        pairs = zip(self.policy_domain, wanted, strict=True)
        has = [(domain, fix) in fixes or (None, fix) in fixes for domain, fix in pairs]
        return np.array(has, dtype="bool")


@dataclass(frozen=True, slots=True)
class Remaining:
    """What remains after some fixes: the refused sessions, the policies and the usable MX hosts."""

    refused: Refusals
    patterns: Patterns
    mx: MxKnowledge


def parse_fix(fix: str) -> tuple[str, str]:
    """Split the id of a fix into its kind and the MX host.

    Examples
    --------
    >>> parse_fix("repair certificate mx1.example.com")
    ('repair certificate', 'mx1.example.com')
    """
    # A reporter may write spaces into the name of a host.
    fix_kind = next((kind for kind in FIX_KINDS if fix.startswith(f"{kind} ")), "")
    host = fix.removeprefix(f"{fix_kind} ")
    if not (fix_kind and host):
        raise PolicyError(
            f"{fix!r} is not a fix: write one of {', '.join(FIX_KINDS)}, then an MX host"
        )
    return fix_kind, host


def remaining(question: Question, done: Collection[Fix]) -> Remaining:
    """Return what remains of a question after some fixes."""
    refused = left(question, done)[0] if done else question.refused
    patterns, records = dict(question.patterns), question.records
    for domain, fix in sorted(done, key=str):
        fix_kind, host = parse_fix(fix)
        if fix_kind == ADD_MX:
            for name in patterns if domain is None else [domain]:
                patterns[name] = (*patterns.get(name, ()), host)
        if fix_kind == DROP_MX and records is not None:
            is_here = (records["policy_domain"] == domain) | (domain is None)
            is_dropped = is_here & (records["mx_hostname"] == host)
            records = records.assign(is_bad=records["is_bad"] | is_dropped)
    return Remaining(refused, patterns, mx_knowledge(records, patterns, question.traffic))


def left(question: Question, done: Collection[Fix]) -> tuple[Refusals, Needs]:
    """Return the refused sessions that remain after some fixes, and what each of them needs."""
    needed = needs(question.refused, question.patterns, _usable_hosts(question))
    if not done:
        return question.refused, needed
    fixed, perhaps = needed.fixed(done)
    combination = needed.combination
    refused = question.refused.without(fixed[combination], perhaps[combination])
    return refused, needed.left(fixed, done)


def affected_domains(question: Question, fixes: Collection[Fix]) -> set[str]:
    """Return the domains in which some fixes change anything: those that have their hosts."""
    hosts = {parse_fix(fix)[1] for domain, fix in fixes if domain is None}
    found = {domain for domain, _ in fixes if domain is not None}
    if hosts:
        details = question.refused.details
        is_there = details[HOST].isin(list(hosts)).to_numpy("bool")
        results = details["result"].to_numpy("int64")[is_there]
        found |= set(question.refused.results["policy_domain"].take(results).dropna().unique())
        if question.records is not None:
            records = question.records
            found |= set(records.loc[records["mx_hostname"].isin(list(hosts)), "policy_domain"])
    return found & {domain for domain in question.reported if domain is not None}


def needs(
    refused: Refusals, patterns: Patterns, usable_hosts: Mapping[str, Collection[str]]
) -> Needs:
    """Return what has to be fixed before each detail of `refused` stops refusing.

    Parameters
    ----------
    refused : Refusals
        The refused sessions.
    patterns : mapping
        The ``mx`` patterns of each domain's policy.
    usable_hosts : mapping
        The hosts of each domain that senders may use: from its MX records, or named in the policy.
    """
    combinations, number = _combinations(refused)
    uncovered = _uncovered(combinations, patterns)
    faulty = {
        str(domain): set(hosts) for domain, hosts in combinations.groupby("policy_domain")["host"]
    }
    rows = [
        _need(row, uncovered, faulty=faulty, usable=usable_hosts)
        for row in combinations.itertuples(index=False, name=None)
    ]
    columns = list(zip(*rows, strict=True)) if rows else [()] * 6
    domain, host, line, repair, is_guess, elsewhere = (
        np.array(column, dtype=object) for column in columns
    )
    return Needs(
        domain, host, line, repair, is_guess.astype("bool"), elsewhere.astype("bool"), number
    )


def _combinations(refused: Refusals) -> tuple[pd.DataFrame, Integers]:
    """Return the distinct domain, host, type and code of the details, and which one each has."""
    details = refused.details
    domains = refused.results["policy_domain"].array
    frame = pd.DataFrame(
        {
            "policy_domain": domains.take(details["result"].to_numpy("int64")),
            "host": details[HOST].array,
            "result_type": details["result_type"].array,
            "reason_code": details["failure_reason_code"].array,
        }
    )
    number, first = group_numbers(frame, list(frame.columns))
    named = frame.take(first).reset_index(drop=True)
    return named.astype("str").fillna(""), number


def _uncovered(combinations: pd.DataFrame, patterns: Patterns) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    pairs = combinations[["policy_domain", "host"]].drop_duplicates()
    for domain, host in pairs.itertuples(index=False, name=None):
        if domain and host and is_covered(patterns, domain, host) is False:
            found.setdefault(domain, set()).add(host)
    return found


def _need(
    row: tuple[str, str, str, str],
    uncovered: Mapping[str, set[str]],
    *,
    faulty: Mapping[str, set[str]],
    usable: Mapping[str, Collection[str]],
) -> tuple[str, str, str, str, bool, bool]:
    domain, host, result_type, reason_code = row
    missing = uncovered.get(domain, set())
    elsewhere = bool(set(usable.get(domain, ())) - faulty.get(domain, set()) - {host})
    is_mismatch = reason_code in MISMATCH_CODES
    if not host:
        line = f"{ADD_MX} {next(iter(missing))}" if is_mismatch and len(missing) == 1 else ""
        return domain, host, line, "", True, elsewhere
    line = f"{ADD_MX} {host}" if host in missing else ""
    is_only_line = bool(line) and (result_type == "validation-failure" or is_mismatch)
    repair = "" if is_only_line else f"{_repair(result_type)} {host}"
    return domain, host, line, repair, False, elsewhere


def _repair(result_type: str) -> str:
    if result_type == "starttls-not-supported":
        return STARTTLS
    return CERTIFICATE if result_type.startswith("certificate-") else TLS


def _usable_hosts(question: Question) -> dict[str, set[str]]:
    named = {
        domain: {pattern.lower() for pattern in patterns if "*" not in pattern}
        for domain, patterns in question.patterns.items()
    }
    mx = mx_knowledge(question.records, question.patterns, question.traffic)
    return named | mx.usable_hosts()
