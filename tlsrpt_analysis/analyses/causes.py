"""Why sessions failed, how to make sure, and what to do: one row for each cause of each domain."""

import datetime as dt
import hashlib
import re
import shlex
from collections.abc import Iterator
from typing import Any, Protocol

import pandas as pd

from tlsrpt_analysis.analyses.cause_case import Case, Found, cases
from tlsrpt_analysis.analyses.cause_codes import BY_CODE
from tlsrpt_analysis.analyses.dane_causes import dane_causes
from tlsrpt_analysis.analyses.host_causes import host_causes
from tlsrpt_analysis.analyses.policy_causes import policy_causes
from tlsrpt_analysis.analyses.reporter_causes import reporter_causes
from tlsrpt_analysis.analyses.selective import selective_failures
from tlsrpt_analysis.standards.mta_sts import MtaStsPolicy, covers
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
}

CONFIRMED, REFUTED, NOT_PROBED = "confirmed", "refuted", "not probed"
_HOST = re.compile(r"[a-z0-9_]([a-z0-9_.-]{0,251}[a-z0-9_])?")
_DEFAULT_MAX_AGE = 604_800


class Checks(Protocol):
    """What a probe found, as `tlsrpt_analysis.probes.Findings` gives it."""

    def checks(self) -> pd.DataFrame:
        """Give one row a check: policy_domain, mx_hostname, check, outcome."""


def diagnose(tables: ReportTables, findings: Checks | pd.DataFrame | None = None) -> pd.DataFrame:
    """Name the likely causes of each domain's failures, with how to confirm and to cure them.

    Parameters
    ----------
    tables : ReportTables
        The reports.
    findings : object with ``checks()``, or its DataFrame, optional
        What a probe found; a cause is a hypothesis until a probe confirms it.

    Returns
    -------
    DataFrame
        One row per ``policy_domain``, ``cause`` (a code of
        `tlsrpt_analysis.analyses.cause_codes`) and ``receiving_mx_hostname`` (missing where the
        cause is not about one, or the senders do not name it), the most failures first:

        - ``title``: the cause in words; ``policy_type``: under which it failed;
        - ``reporters``: who reported it, joined by ", "; ``first_day`` to ``last_day``, and
          ``failing_days`` of the ``active_days`` on which these reporters reported;
        - ``failed_session_count``: sessions in the failure details; 0 where the cause shows in
          something else; ``share_of_failures``: of all of the domain's details (RFC 8460 §4.4);
          details may overlap, and Microsoft lists sessions under two policies;
        - ``evidence``, ``confirm`` (a command), ``cure``: in words;
        - ``status``: ``confirmed``, ``refuted`` or ``not probed``.

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
    checks = _checks(findings)
    selective = selective_failures(tables)
    selective = selective[selective["verdict"] == "selective"]
    last_day = tables.policies["day"].max()
    rows = [
        _row(case, found, checks)
        for case in cases(tables, selective)
        for found in _found(case, last_day)
    ]
    table = _table(rows)
    order = ["policy_domain", "failed_session_count", "cause", "receiving_mx_hostname"]
    return table.sort_values(order, ascending=[True, False, True, True], ignore_index=True)


def _table(rows: list[dict[str, object]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype(COLUMNS)


def _found(case: Case, last_day: dt.date) -> Iterator[Found]:
    yield from host_causes(case)
    yield from policy_causes(case)
    yield from dane_causes(case)
    yield from reporter_causes(case, last_day)


def _row(case: Case, found: Found, checks: pd.DataFrame | None) -> dict[str, object]:
    cause, failures = BY_CODE[found.code], found.failures
    reporters = found.reporters or tuple(sorted(failures["reporter"].unique()))
    reported = (
        case.policies[case.policies["reporter"].isin(reporters)] if reporters else case.policies
    )
    days = failures["day"] if len(failures) else reported["day"]
    count, whole = int(failures["count"].sum()), int(case.failures["count"].sum())
    return {
        "policy_domain": case.policy_domain,
        "cause": cause.code,
        "title": cause.title,
        "receiving_mx_hostname": found.host,
        "policy_type": ", ".join(sorted({kind for kind in failures["policy_type"] if kind}))
        or None,
        "reporters": ", ".join(reporters) or None,
        "first_day": days.min(),
        "last_day": days.max(),
        "failing_days": failures["day"].nunique(),
        "active_days": reported["day"].nunique(),
        "failed_session_count": count,
        "share_of_failures": count / whole if whole else 0.0,
        "evidence": found.evidence,
        "confirm": _filled(cause.confirm, case, found),
        "cure": _cure(case, found),
        "status": _status(case, found, checks),
    }


def _filled(template: str, case: Case, found: Found) -> str:
    """Fill in the names, which strangers wrote: what is no host name stays a placeholder."""
    host = _safe(found.host or "") or _only_host(case) or "MX-HOST"
    domain = _safe(case.policy_domain) or "DOMAIN"
    return template.replace("{host}", shlex.quote(host)).replace("{domain}", shlex.quote(domain))


def _safe(name: str) -> str:
    return name if _HOST.fullmatch(name) else ""


def _only_host(case: Case) -> str:
    exact = [pattern for pattern in case.patterns if not pattern.startswith("*")]
    return _safe(exact[0].lower()) if len(exact) == len(case.patterns) == 1 else ""


def _cure(case: Case, found: Found) -> str:
    text = _filled(BY_CODE[found.code].cure, case, found)
    if found.code not in {"mx-mismatch", "wildcard-one-label-short"} or not _safe(found.host or ""):
        return text
    patterns = (*case.patterns, str(found.host))
    policy = MtaStsPolicy(case.mode or "testing", _DEFAULT_MAX_AGE, patterns)
    if not covers(policy.mx, str(found.host)):  # a name that no policy can have
        return text
    served = str(policy).replace("\r\n", "\n").strip()
    return f"{text}\n{served}\n_mta-sts TXT: v=STSv1; id={_new_id(served, found)}"


def _new_id(served: str, found: Found) -> str:
    """Give an id that changes whenever the policy does (RFC 8461 §3.1)."""
    digest = hashlib.sha256(served.encode()).hexdigest()[:8]
    return f"{found.failures['day'].max():%Y%m%d}{digest}"


def _checks(findings: Checks | pd.DataFrame | None) -> pd.DataFrame | None:
    return findings if findings is None or isinstance(findings, pd.DataFrame) else findings.checks()


def _status(case: Case, found: Found, checks: pd.DataFrame | None) -> str:
    wanted = BY_CODE[found.code].checks
    if checks is None or not wanted:
        return NOT_PROBED
    rows = checks[(checks["policy_domain"] == case.policy_domain) & checks["check"].isin(wanted)]
    if found.host:
        rows = rows[rows["mx_hostname"].isna() | (rows["mx_hostname"] == found.host)]
    outcomes = set(rows["outcome"])
    if "failed" in outcomes or ("advice" in outcomes and found.code == "cname-mx"):
        return CONFIRMED
    return REFUTED if outcomes and outcomes <= {"passed", "advice"} else NOT_PROBED
