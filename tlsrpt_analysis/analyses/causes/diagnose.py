"""Why sessions failed, how to make sure, and what to do: one row for each cause of each domain."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pandas as pd

from tlsrpt_analysis.analyses.cause_catalogue.cause import Cause, filled, safe_name
from tlsrpt_analysis.analyses.causes.case import DomainCase, FoundCause
from tlsrpt_analysis.analyses.causes.corrected_policy import corrected_policy
from tlsrpt_analysis.analyses.causes.dane import dane_causes
from tlsrpt_analysis.analyses.causes.domain_cases import domain_cases
from tlsrpt_analysis.analyses.causes.fault_periods import CLEAN_DAYS
from tlsrpt_analysis.analyses.causes.host import host_causes
from tlsrpt_analysis.analyses.causes.policy import policy_causes, stale_policy
from tlsrpt_analysis.analyses.causes.reporter import reporter_causes, sender_side
from tlsrpt_analysis.analyses.causes.responsible import responsible
from tlsrpt_analysis.analyses.causes.status import CONFIRMED, REFUTED, Probed, status
from tlsrpt_analysis.analyses.causes.unexplained import failures_without_details
from tlsrpt_analysis.analyses.mx_records import mx_records
from tlsrpt_analysis.analyses.numbering import day_of
from tlsrpt_analysis.analyses.probe_findings import ProbeFindings
from tlsrpt_analysis.analyses.selective.selective_failures import ORDER, selective_failures
from tlsrpt_analysis.arrays import Integers
from tlsrpt_analysis.tables import DAY, ReportTables

COLUMNS: dict[str, Any] = {
    "policy_domain": "str",
    "cause": "str",
    "title": "str",
    "receiving_mx_hostname": "str",
    "policy_type": "str",
    "reporters": "str",
    "first_day": DAY,
    "last_day": DAY,
    "failing_days": "int64",
    "active_days": "int64",
    "failed_session_count": "int64",
    "share_of_failures": "float64",
    "evidence": "str",
    "confirm": "str",
    "cure": "str",
    "status": "str",
    "responsible": "str",
}


MOST_HOSTS = 6
"""At most this many MX hosts are named in a command; it reads more from DNS itself."""


def diagnose(
    tables: ReportTables,
    findings: ProbeFindings | pd.DataFrame | None = None,
    *,
    mx_preferences: pd.DataFrame | ProbeFindings | None = None,
) -> pd.DataFrame:
    """Return the likely causes of each domain's failures, how to confirm them, and their cures.

    Parameters
    ----------
    tables : ReportTables
        The reports.
    findings : object with ``checks()``, or its DataFrame, optional
        What a probe found; a cause is a hypothesis until a probe confirms it.
    mx_preferences : DataFrame or findings of a probe, optional
        The MX records (``policy_domain mx_hostname preference``); without them those of `findings`.
        A host that neither these nor the latest policy list is called unknown, and is in no policy.

    Returns
    -------
    DataFrame
        One row per ``policy_domain``, ``cause`` (a code of
        `tlsrpt_analysis.analyses.cause_catalogue.causes`), ``receiving_mx_hostname`` (missing where the
        cause is not about one, or the senders do not name it) and fault, the most failures first;
        a host has several rows of a cause where reasons, policy texts, days or reporters show
        several faults:

        - ``title``: the cause in words; ``policy_type``: the policy types of the failures;
        - ``reporters``: who reported it, joined by ", "; ``first_day`` to ``last_day``, and
          ``failing_days`` of the ``active_days`` on which these reporters' sessions could have
          shown it (tested sessions, where it is about MTA-STS; see ``docs/ledger.md``);
        - ``failed_session_count``: sessions that failed by it; those of all rows sum to the
          domain's failures, with what no detail stands for as ``unexplained``; 0 where the cause
          shows elsewhere; ``share_of_failures``: of all failures of the domain; details may overlap
          (RFC 8460 §4.4), and Microsoft lists sessions under two policies;
        - ``evidence``, ``confirm`` (a command), ``cure``: in words;
        - ``responsible``: who has to act: ``you``, ``your provider``, ``the sender`` or ``unknown``;
        - ``status``: ``confirmed``, ``refuted`` or ``not probed``; a probe shows today only, so a
          check that passes does not refute a fault that is over.

    Notes
    -----
    A domain without a row has no failures, and reports like the others.

    Examples
    --------
    >>> from tlsrpt_analysis.tables import empty_tables
    >>> len(diagnose(empty_tables()))
    0
    """
    if tables.policies.empty:
        return _table([])
    probed = Probed(findings)
    selective = selective_failures(tables)
    # A type stands twice where one of its hosts is selective and it is not.
    is_twice = selective.duplicated(list(ORDER), keep=False)
    selective = selective.assign(is_at_host=is_twice)[selective["verdict"] == "selective"]
    rows = [
        _row(case, found, probed)
        for case in domain_cases(tables, selective, mx_hosts(findings, mx_preferences))
        for found in _found(case)
    ]
    order = ["policy_domain", "failed_session_count", "cause", "receiving_mx_hostname"]
    order += ["policy_type", "first_day"]
    ascending = [name != "failed_session_count" for name in order]
    return _table(rows).sort_values(order, ascending=ascending, ignore_index=True)


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


def _table(rows: list[dict[str, object]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype(COLUMNS)


def _found(case: DomainCase) -> Iterator[FoundCause]:
    of_senders = list(sender_side(case))
    yield from of_senders
    left = case.failures.without(*(found.failures for found in of_senders))
    names = {name for found in of_senders for name in found.reporters}
    selective = [fault for fault in case.selective if fault.reporter not in names]
    case = replace(case, failures=left, selective=selective)
    of_caches = list(stale_policy(case))
    yield from of_caches
    case = replace(case, failures=left.without(*(found.failures for found in of_caches)))
    yield from host_causes(case)
    yield from policy_causes(case)
    yield from dane_causes(case)
    yield from reporter_causes(case)
    yield from failures_without_details(case)


def _row(case: DomainCase, found: FoundCause, probed: Probed) -> dict[str, object]:
    cause, failures = found.cause, found.failures
    reporters = found.reporters or tuple(failures.texts("reporter"))
    active = _active_days(case, found)
    days = failures.days() if len(failures) or found.results is None else found.results.days()
    days = days if len(days) else active
    count, whole = failures.total(), case.failures.total() + case.beyond.total()
    clean = int((active > days[-1]).sum()) if len(failures) else 0
    is_over = clean >= CLEAN_DAYS
    over = (
        f"; it is over: {clean} days with tested sessions and without it since" if is_over else ""
    )
    checks = probed.about(cause, case.policy_domain, found.host)
    outcome, message = status(cause, checks, is_over=is_over)
    seen = f"; a probe found: {message}" if message else _instead(cause, outcome)
    return {
        "policy_domain": case.policy_domain,
        "cause": cause.code,
        "title": (outcome == CONFIRMED and cause.fact) or cause.title,
        "receiving_mx_hostname": found.host,
        "policy_type": ", ".join(failures.texts("policy_type")) or None,
        "reporters": ", ".join(reporters) or None,
        "first_day": day_of(days[0]) if len(days) else None,
        "last_day": day_of(days[-1]) if len(days) else None,
        "failing_days": len(days) if len(failures) else 0,
        "active_days": len(active),
        "failed_session_count": count,
        "share_of_failures": count / whole if whole else 0.0,
        "evidence": f"{found.evidence}{over}{seen}",
        "confirm": _confirm(cause.confirm, case, found),
        "cure": _cure(case, found),
        "status": outcome,
        "responsible": str(responsible(case, found)),
    }


def _instead(cause: Cause, outcome: str) -> str:
    """Return what to look at next where a probe refutes a cause."""
    if outcome != REFUTED or not cause.instead:
        return ""
    return f"; a probe found otherwise, so look at the next: {cause.instead}"


def _active_days(case: DomainCase, found: FoundCause) -> Integers:
    """Return the days on which the reporters could have met the cause, or any reporter reported."""
    if len(found.failures):
        return case.days_that_could_show(found.failures)
    policies, names = case.policies, found.reporters
    return (policies.where(policies.is_any("reporter", *names)) if names else policies).days()


def _confirm(template: str, case: DomainCase, found: FoundCause) -> str:
    """Return the command for the failing host, or else for those of the policy or MX records."""
    if safe_name(found.host) or _only_host(case) or "{host}" not in template:
        return _filled(template, case, found)
    names = [safe_name(pattern.lower()) for pattern in case.patterns]
    known = " ".join(names) if all(names) and len(names) <= MOST_HOSTS else ""
    hosts = known or "$(dig +short MX {domain} | sed 's/.* //; s/[.]$//')"
    command, *remark = template.split(" # ")
    each = command.replace("{host}", '"$host"')
    looped = " # ".join([f"for host in {hosts}; do {each}; done", *remark])
    return _filled(looped, case, found)


def _filled(template: str, case: DomainCase, found: FoundCause) -> str:
    return filled(template, case.policy_domain, safe_name(found.host) or _only_host(case))


def _only_host(case: DomainCase) -> str:
    exact = [pattern for pattern in case.patterns if not pattern.startswith("*")]
    return safe_name(exact[0].lower()) if len(exact) == len(case.patterns) == 1 else ""


def _cure(case: DomainCase, found: FoundCause) -> str:
    text = _filled(found.cure or found.cause.cure, case, found)
    policy = corrected_policy(case, found)
    return f"{text}\n{policy}" if policy else text
