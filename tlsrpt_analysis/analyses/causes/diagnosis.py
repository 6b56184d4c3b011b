"""Each cause that the reports show, with what a probe says of it: what `diagnose` has a row for."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import pandas as pd

from tlsrpt_analysis.analyses.cause_catalogue.fix_kinds import (
    CHANGE_ID,
    NOT_GIVEN,
    SENDER,
    repair_of,
)
from tlsrpt_analysis.analyses.cause_catalogue.policy_text import LISTED_SINCE
from tlsrpt_analysis.analyses.causes.availability import availability_causes
from tlsrpt_analysis.analyses.causes.case import DomainCase, FoundCause
from tlsrpt_analysis.analyses.causes.dane import dane_causes
from tlsrpt_analysis.analyses.causes.domain_cases import domain_cases
from tlsrpt_analysis.analyses.causes.fault_periods import CLEAN_DAYS
from tlsrpt_analysis.analyses.causes.host import host_causes
from tlsrpt_analysis.analyses.causes.inferred_hosts import with_inferred_host
from tlsrpt_analysis.analyses.causes.policy import policy_causes, stale_policy
from tlsrpt_analysis.analyses.causes.renamed import with_probed_cause
from tlsrpt_analysis.analyses.causes.reporter import reporter_causes, sender_side
from tlsrpt_analysis.analyses.causes.status import REFUTED, Probed, status
from tlsrpt_analysis.analyses.causes.unexplained import failures_without_details
from tlsrpt_analysis.analyses.mx_records import mx_records
from tlsrpt_analysis.analyses.probe_findings import ProbeFindings
from tlsrpt_analysis.analyses.selective.selective_failures import ORDER
from tlsrpt_analysis.analyses.statistics import clean_days
from tlsrpt_analysis.arrays import Integers
from tlsrpt_analysis.standards.result_types import would_block
from tlsrpt_analysis.tables import ReportTables

FEWEST_CLEAN_DAYS = 2
"""One clean day is said to be nothing."""


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """A cause of a domain's failures, and what is known about it.

    Attributes
    ----------
    case, found : DomainCase, FoundCause
        The reports about the domain, and what they show.
    active : array of int
        The days on which the cause could have shown.
    outcome, message : str
        Whether a probe confirms it, and what it found.
    clean_days : int
        How many days could have shown the failures after the last of them.
    is_over : bool
        Whether the failures have ended.
    """

    case: DomainCase
    found: FoundCause
    active: Integers
    outcome: str
    message: str
    clean_days: int
    is_over: bool

    @property
    def is_perhaps_unused(self) -> bool:
        """Whether its host may not have been used since: one of several, and met on few days.

        Then the failing days may lie as they do among all days, before the first and after the last.
        """
        failing, host = self.found.failures.days(), self.found.host
        is_one_of_several = bool(host) and self.case.patterns != (host,)
        if not is_one_of_several or self.found.cure == LISTED_SINCE or not len(failing):
            return False
        active = max(len(self.active), 1)
        return bool((1 - self.clean_days / active) ** len(failing) >= clean_days.OVER_BY_CHANCE)

    @property
    def is_spared(self) -> bool:
        """Whether the last days are clean, and chance does not explain it, but fewer than a week."""
        failing = self.found.failures.days()
        if not FEWEST_CLEAN_DAYS <= self.clean_days < CLEAN_DAYS or self.found.cause.comes_back:
            return False
        within = ((self.active >= failing[0]) & (self.active <= failing[-1])).sum()
        return bool(
            (1 - len(failing) / (within + 1)) ** self.clean_days < clean_days.OVER_BY_CHANCE
        )

    @property
    def is_repaired(self) -> bool:
        """Whether a probe finds nothing left to repair, where the failures name a fact."""
        return self.outcome == REFUTED and not self.found.cause.instead

    @property
    def fix(self) -> str:
        """Return the id of the step that ends it, which is empty if there is none."""
        return "" if self.is_over or self.is_repaired else fix_of(self.found, self.case)

    def days(self) -> Integers:
        """Return the days of its failures, or else those of what shows it."""
        found = self.found
        shown = found.results if found.results is not None else None
        days = found.failures.days() if len(found.failures) or shown is None else shown.days()
        return days if len(days) else self.active


def diagnoses(
    tables: ReportTables,
    findings: ProbeFindings | pd.DataFrame | None,
    mx_preferences: pd.DataFrame | ProbeFindings | None,
    comparisons: pd.DataFrame,
    *,
    each_alone: bool = False,
) -> Iterator[Diagnosis]:
    """Yield each cause of each domain.

    Parameters
    ----------
    tables, findings, mx_preferences
        As for `diagnose`.
    comparisons : DataFrame
        The `selective_failures` of the tables.
    each_alone : bool
        Whether each domain is diagnosed as if no other were loaded.
    """
    probed = Probed(findings)
    # A type stands twice where one of its hosts is selective and it is not.
    is_twice = comparisons.duplicated(list(ORDER), keep=False)
    selective = comparisons.assign(is_at_host=is_twice)[comparisons["verdict"] == "selective"]
    hosts = mx_hosts(findings, mx_preferences)
    for case in domain_cases(tables, selective, hosts, each_alone=each_alone):
        for each in _found(case):
            found = with_inferred_host(case, each, probed)
            active = _active_days(case, found)
            clean = _clean_days(found, active)
            is_over = not found.cause.comes_back and clean_days.is_over(
                found.failures.days(), active
            )
            if not is_over:
                found = with_probed_cause(case, found, probed)
            checks = probed.about(found.cause, case.policy_domain, found.host)
            judged = status(found.cause, checks, is_over=is_over)
            yield Diagnosis(case, found, active, *judged, clean, is_over)


def fix_of(found: FoundCause, case: DomainCase) -> str:
    """Return the id of the step of `EnforceImpact.fixes` that ends a cause, if it has one."""
    failures = found.failures
    refused = failures.where(failures.is_any("policy_type", "sts"))
    types = [name for name in refused.texts("result_type") if would_block(name)]
    if not types or found.cure == LISTED_SINCE:
        return ""
    kind = found.cause.fix or repair_of(types[0])
    if kind == SENDER:
        return f"{kind} {', '.join(found.reporters or failures.texts('reporter'))}"
    host = case.policy_domain if kind == CHANGE_ID else found.host or NOT_GIVEN
    return f"{kind} {host}"


def mx_hosts(
    *given: ProbeFindings | pd.DataFrame | None,
) -> dict[str, frozenset[str]]:
    """Return the MX hosts by domain that DNS lists, as far as MX records or findings say it."""
    hosts: dict[str, frozenset[str]] = {}
    for one in given:
        records = None if one is None else mx_records(one)
        if records is not None:
            for domain, names in records.groupby("policy_domain")["mx_hostname"]:
                hosts[str(domain)] = hosts.get(str(domain), frozenset()) | frozenset(names)
    return hosts


def _found(case: DomainCase) -> Iterator[FoundCause]:
    if len(case.failures) or case.selective:
        yield from _found_in_failures(case)
    else:
        yield from stale_policy(case)
        yield from availability_causes(case)
        yield from reporter_causes(case)
        yield from failures_without_details(case)


def _found_in_failures(case: DomainCase) -> Iterator[FoundCause]:
    of_senders = list(sender_side(case))
    yield from of_senders
    left = case.failures.without(*(found.failures for found in of_senders))
    names = {name for found in of_senders for name in found.reporters}
    selective = [fault for fault in case.selective if fault.reporter not in names]
    case = replace(case, failures=left, selective=selective)
    of_caches = list(stale_policy(case))
    yield from of_caches
    case = replace(case, failures=left.without(*(found.failures for found in of_caches)))
    has_failures = len(case.failures) > 0
    yield from host_causes(case) if has_failures else ()
    yield from policy_causes(case) if has_failures else availability_causes(case)
    yield from dane_causes(case) if has_failures else ()
    yield from reporter_causes(case)
    yield from failures_without_details(case)


def _clean_days(found: FoundCause, active: Integers) -> int:
    failing = found.failures.days()
    return int((active > failing[-1]).sum()) if len(failing) else 0


def _active_days(case: DomainCase, found: FoundCause) -> Integers:
    """Return the days on which the reporters could have met the cause, or any reporter reported."""
    if len(found.failures):
        return case.days_that_could_show(found.failures)
    policies, names = case.policies, found.reporters
    return (policies.where(policies.is_any("reporter", *names)) if names else policies).days()
