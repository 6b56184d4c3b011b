"""What each failure detail needs before its session is delivered.

A detail needs every fix that stands between its session and a delivery: a host that the policy
does not list needs an ``mx`` line, and a host whose TLS failed needs a repair.
Which repair that is, the cause of the detail says; what is over, or is not refused any more, needs
nothing.
A sender that checks names first does not see how TLS fares at a host that is not listed: where
others saw it fail, the line alone perhaps fixes its sessions, and the line with the repair for sure.
What a reporter wrote without a host belongs to the only host that can be meant; where several can,
it is perhaps fixed by a fix at one of them, and for sure by all of them, or by a fix at the host that
is "(not given)".
Dropping a host sends its senders elsewhere, and nobody has seen how they fare there: what failed at
the host is perhaps fixed, never for sure.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from tlsrpt_analysis.analyses.cause_catalogue.fix_kinds import DROP_MX, Fix, parse_fix
from tlsrpt_analysis.analyses.causes.detail_causes import DetailCause
from tlsrpt_analysis.analyses.impact.combinations import combinations_of
from tlsrpt_analysis.analyses.impact.mx_routes import usable_hosts
from tlsrpt_analysis.analyses.impact.need import (
    Detail,
    DomainHosts,
    domain_hosts,
    need_of,
    with_hidden_faults,
    without_pauses,
)
from tlsrpt_analysis.analyses.impact.question import Question
from tlsrpt_analysis.arrays import Booleans, Integers, Objects


@dataclass(frozen=True, slots=True)
class Needs:
    """What the details need, stored once for equal details; an empty text is no need.

    The arrays have one entry for each combination of domain, host, result type, reason code,
    policy text and cause; ``combination`` has one for each detail: the position of its combination.

    Attributes
    ----------
    mx_line, repair : array of str
        The fixes that are needed, both where both are.
    options : array of tuple of str
        The fixes that may be the one, where the host was not named and several can be meant; a
        kind alone stands for all hosts.
    is_closed : array of bool
        Whether no other fix can be the one, so that all options together are enough.
    is_resolved : array of bool
        The fault is over, or the host was not listed in the policy under which the session failed,
        and is today.
    hidden : array of tuple of str
        Repairs at a host that is to be listed, which its senders may need beside the line.
    is_droppable : array of bool
        Whether sessions were seen that another usable host can have taken.
    cause : array of int
        The position of its cause in ``causes``, -1 for none.
    """

    policy_domain: Objects
    host: Objects
    mx_line: Objects
    repair: Objects
    options: Objects
    is_closed: Booleans
    is_resolved: Booleans
    hidden: Objects
    is_droppable: Booleans
    cause: Integers
    combination: Integers
    causes: tuple[DetailCause, ...]

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
        left = _left(self.policy_domain, self.options, fixes)
        was_any = np.array([len(options) > 0 for options in self.options], dtype="bool")
        is_all = was_any & self.is_closed & np.array([not some for some in left], dtype="bool")
        is_any = was_any & np.array(
            [len(some) < len(options) for some, options in zip(left, self.options, strict=True)],
            dtype="bool",
        )
        is_any |= self._has_kind(fixes)
        is_met = needs_any & lines & repairs
        has_hidden = np.array(
            [len(rest) > 0 for rest in _left(self.policy_domain, self.hidden, fixes)], dtype="bool"
        )
        fixed = (is_met & ~has_hidden) | is_all | self.is_resolved
        return fixed, (dropped | is_any | is_met) & ~fixed

    def of(self, domains: Collection[str]) -> "Needs":
        """Return the needs of the details about a selection of the domains, as of `Question.of`."""
        is_in = np.array([domain in domains for domain in self.policy_domain], dtype="bool")
        return replace(self, combination=self.combination[is_in[self.combination]])

    def domains_with(self, fixes: Collection[Fix]) -> set[str]:
        """Return the domains in which one of some fixes is needed, or may be."""
        wanted = self._has(self.mx_line, fixes) | self._has(self.repair, fixes)
        left = _left(self.policy_domain, self.options, fixes)
        pairs = zip(left, self.options, strict=True)
        wanted |= np.array([len(rest) < len(options) for rest, options in pairs], dtype="bool")
        wanted |= self._has_kind(fixes)
        return set(self.policy_domain[wanted])

    def left(self, fixed: Booleans, fixes: Collection[Fix]) -> "Needs":
        """Return the needs of the combinations that are not fixed, without those met already."""
        kept = ~fixed
        place = np.cumsum(kept) - 1
        line = np.where(self._has(self.mx_line, fixes), "", self.mx_line).astype(object)
        repair = np.where(self._has(self.repair, fixes), "", self.repair).astype(object)
        hidden = _left(self.policy_domain, self.hidden, fixes)
        options = _left(self.policy_domain, self.options, fixes)
        is_met = (self.mx_line != "") & (line == "") & (repair == "")
        options = [  # what is left of a host that is listed now
            rest if done and rest else own
            for own, rest, done in zip(options, hidden, is_met, strict=True)
        ]
        is_behind = is_met & np.array([len(rest) > 0 for rest in hidden], dtype="bool")
        return Needs(
            self.policy_domain[kept],
            self.host[kept],
            line[kept],
            repair[kept],
            _objects(options)[kept],
            (self.is_closed | is_behind)[kept],
            self.is_resolved[kept],
            _objects(hidden)[kept],
            self.is_droppable[kept],
            self.cause[kept],
            place[self.combination[kept[self.combination]]],
            self.causes,
        )

    def _has_kind(self, fixes: Collection[Fix]) -> Booleans:
        """Return where a fix is of a kind that alone is an option."""
        kinds: dict[str | None, set[str]] = {}
        for domain, fix in fixes:
            kinds.setdefault(domain, set()).add(parse_fix(fix)[0])
        everywhere = kinds.get(None, set())
        has = [
            not everywhere.isdisjoint(options) or not kinds.get(domain, set()).isdisjoint(options)
            for domain, options in zip(self.policy_domain, self.options, strict=True)
        ]
        return np.array(has, dtype="bool")

    def _has(self, wanted: Objects, fixes: Collection[Fix]) -> Booleans:
        pairs = zip(self.policy_domain, wanted, strict=True)
        has = [(domain, fix) in fixes or (None, fix) in fixes for domain, fix in pairs]
        return np.array(has, dtype="bool")


def needs(question: Question) -> Needs:
    """Return what has to be fixed before each detail stops refusing.

    A detail goes by the policy text under which its session failed: a host that it did not list
    needs an ``mx`` line, or nothing where the policy of today lists it.
    """
    combinations, number = combinations_of(question)
    hosts = _domain_hosts(question, combinations)
    _, causes = question.diagnosed.details
    details = without_pauses(
        (domain, _detail(row, causes))
        for domain, *row in combinations.drop(columns="sees_tls").itertuples(index=False, name=None)
    )
    found = with_hidden_faults(
        [(domain, each.host, need_of(each, hosts[domain])) for domain, each in details],
        combinations["sees_tls"].tolist(),
    )
    return Needs(
        combinations["policy_domain"].to_numpy(dtype=object),
        combinations["host"].to_numpy(dtype=object),
        np.array([need.mx_line for need in found], dtype=object),
        np.array([need.repair for need in found], dtype=object),
        _objects([need.options for need in found]),
        np.array([need.is_closed for need in found], dtype="bool"),
        np.array([need.is_resolved for need in found], dtype="bool"),
        _objects([need.hidden for need in found]),
        np.array([hosts[domain].can_drop(each.host) for domain, each in details], dtype="bool"),
        combinations["cause"].to_numpy("int64"),
        number,
        causes,
    )


def _detail(row: list[Any], causes: tuple[DetailCause, ...]) -> Detail:
    host, result_type, reason_code, text, cause = row
    policy = tuple(text.split("\n")) if text else ()
    return Detail(host, result_type, reason_code, policy, causes[cause] if cause >= 0 else None)


def _left(domains: Objects, options: Objects, fixes: Collection[Fix]) -> list[tuple[str, ...]]:
    """Return those of the fixes of each combination that are not done."""
    done: dict[str | None, set[str]] = {}
    for domain, fix in fixes:
        done.setdefault(domain, set()).add(fix)
    everywhere = done.get(None, set())
    left = []
    for domain, own in zip(domains, options, strict=True):
        met = everywhere | done.get(domain, set())
        is_apart = met.isdisjoint(own)
        left.append(own if is_apart else tuple(fix for fix in own if fix not in met))
    return left


def _objects(values: list[tuple[str, ...]]) -> Objects:
    objects = np.empty(len(values), dtype=object)
    objects[:] = values
    return objects


def _domain_hosts(question: Question, combinations: pd.DataFrame) -> dict[str, DomainHosts]:
    usable = usable_hosts(question)
    named = {
        str(domain): frozenset(hosts) - {""}
        for domain, hosts in combinations.groupby("policy_domain")["host"]
    }
    in_records: dict[str, set[str]] = {}
    if question.records is not None:
        records = question.records[["policy_domain", "mx_hostname"]]
        for domain, host in records.itertuples(index=False, name=None):
            in_records.setdefault(domain, set()).add(host)
    results = question.refused.results
    passed = results.loc[results["sessions"] > results["total"], "policy_domain"].dropna()
    successful = set(passed.unique())
    return {
        domain: domain_hosts(
            question.patterns.get(domain),
            usable=frozenset(usable.get(domain, ())),
            named=hosts,
            in_records=frozenset(in_records.get(domain, ())),
            has_success=domain in successful,
        )
        for domain, hosts in named.items()
    }
