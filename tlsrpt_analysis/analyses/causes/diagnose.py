"""Why sessions failed, how to make sure, and what to do: one row for each cause of each domain."""

from collections.abc import Iterable
from typing import Any

import pandas as pd

from tlsrpt_analysis.analyses.cause_catalogue.cause import Responsible, filled, safe_name
from tlsrpt_analysis.analyses.causes.case import DomainCase, FoundCause
from tlsrpt_analysis.analyses.causes.corrected_policy import corrected_policy
from tlsrpt_analysis.analyses.causes.diagnosed import Diagnosed
from tlsrpt_analysis.analyses.causes.diagnosis import Diagnosis
from tlsrpt_analysis.analyses.causes.responsible import responsible
from tlsrpt_analysis.analyses.causes.status import CONFIRMED, REFUTED
from tlsrpt_analysis.analyses.numbering import day_of
from tlsrpt_analysis.analyses.probe_findings import ProbeFindings
from tlsrpt_analysis.standards.mail_providers import provider_of
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
    "fix": "str",
    "is_over": "bool",
    "receiving_ips": "str",
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
        - ``fix``: the id of the step of `EnforceImpact.fixes` that ends it; missing where it is over,
          or nothing is refused by it; ``is_over``: whether the clean days since the last failure
          are more than chance explains; ``receiving_ips``: the addresses that failed;
        - ``status``: ``confirmed``, ``refuted`` or ``not probed``; a probe shows today only, so a
          check that passes does not refute a fault that is over.

    Notes
    -----
    A domain without a row has no failures, and reports like the others.

    Examples
    --------
    >>> import tlsrpt_analysis as tlsrpt
    >>> tables = tlsrpt.load_reports("sample_reports/mail-ru")
    >>> causes = tlsrpt.diagnose(tables)
    >>> causes[["policy_domain", "cause", "receiving_mx_hostname"]].head(3)
        policy_domain             cause receiving_mx_hostname
    0  backup.example  starttls-missing  spare.backup.example
    1   chain.example  incomplete-chain     mx1.chain.example
    2     example.com       mx-mismatch       mx2.example.com
    """
    return causes_of(Diagnosed(tables, findings, mx_preferences).diagnoses)


def causes_of(found: Iterable[Diagnosis]) -> pd.DataFrame:
    """Return the causes of each domain as `diagnose` does."""
    rows = [_row(diagnosis) for diagnosis in found]
    order = ["policy_domain", "failed_session_count", "cause", "receiving_mx_hostname"]
    order += ["policy_type", "first_day"]
    ascending = [name != "failed_session_count" for name in order]
    return _table(rows).sort_values(order, ascending=ascending, ignore_index=True)


def _table(rows: list[dict[str, object]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype(COLUMNS)


def _row(diagnosis: Diagnosis) -> dict[str, object]:
    case, found, failures = diagnosis.case, diagnosis.found, diagnosis.found.failures
    cause, days = found.cause, diagnosis.days()
    reporters = found.reporters or tuple(failures.texts("reporter"))
    count, whole = failures.total(), case.failures.total() + case.beyond.total()
    return {
        "policy_domain": case.policy_domain,
        "cause": cause.code,
        "title": (diagnosis.outcome == CONFIRMED and cause.fact) or cause.title,
        "receiving_mx_hostname": found.host,
        "policy_type": ", ".join(failures.texts("policy_type")) or None,
        "reporters": ", ".join(reporters) or None,
        "first_day": day_of(days[0]) if len(days) else None,
        "last_day": day_of(days[-1]) if len(days) else None,
        "failing_days": len(days) if len(failures) else 0,
        "active_days": len(diagnosis.active),
        "failed_session_count": count,
        "share_of_failures": count / whole if whole else 0.0,
        "evidence": f"{found.evidence}{_over(diagnosis)}{_seen(diagnosis)}",
        "confirm": _confirm(found.confirm or cause.confirm, case, found),
        "cure": _cure(case, found),
        "status": diagnosis.outcome,
        "responsible": str(responsible(case, found)),
        "fix": diagnosis.fix or None,
        "is_over": diagnosis.is_over,
        "receiving_ips": failures.listed("receiving_ip") or None,
    }


def _over(diagnosis: Diagnosis) -> str:
    days = f"{diagnosis.clean_days} days with tested sessions"
    if diagnosis.is_over and diagnosis.is_perhaps_unused:
        return (
            f"; it was not met again on {days}, which shows nothing if senders did not use the host"
            " since, as with a backup MX: probe it"
        )
    if diagnosis.is_over:
        return f"; it is over: {days} and without it since"
    if diagnosis.is_spared:
        return f"; it was not met on the last {days}, but only a week without it is proof"
    return ""


def _seen(diagnosis: Diagnosis) -> str:
    """Return what a probe found, or what to look at next where it refutes the cause."""
    if diagnosis.message:
        return f"; a probe found: {diagnosis.message}"
    instead = diagnosis.found.cause.instead
    if diagnosis.is_repaired:
        return "; a probe finds nothing of it any more"
    if diagnosis.outcome != REFUTED:
        return ""
    return f"; a probe found otherwise, so look at the next: {instead}"


def _confirm(template: str, case: DomainCase, found: FoundCause) -> str:
    """Return the command for the failing host, or else for those of the policy or MX records."""
    if safe_name(found.host) or safe_name(case.only_host) or "{host}" not in template:
        return _filled(template, case, found)
    names = [safe_name(pattern.lower()) for pattern in case.patterns]
    known = " ".join(names) if all(names) and len(names) <= MOST_HOSTS else ""
    hosts = known or "$(dig +short MX {domain} | sed 's/.* //; s/[.]$//')"
    command, *remark = template.split(" # ")
    each = command.replace("{host}", '"$host"')
    looped = " # ".join([f"for host in {hosts}; do {each}; done", *remark])
    return _filled(looped, case, found)


def _filled(template: str, case: DomainCase, found: FoundCause) -> str:
    return filled(template, case.policy_domain, safe_name(found.host) or safe_name(case.only_host))


def _cure(case: DomainCase, found: FoundCause) -> str:
    provider = provider_of(found.host) if found.host else None
    if provider and responsible(case, found) is Responsible.PROVIDER:
        step = found.cause.step_for(case.policy_domain, safe_name(found.host))
        return (
            f"Open a ticket with {provider.name}, which runs {safe_name(found.host)}: only it can"
            f" {step}. `tlsrpt.letter` writes the text, with the proof and the state that is wanted."
        )
    text = _filled(found.cure or found.cause.whole_cure, case, found)
    policy = corrected_policy(case, found)
    return f"{text}\n{policy}" if policy else text
