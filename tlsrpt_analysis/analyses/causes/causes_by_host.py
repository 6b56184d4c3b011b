"""The causes of many domains at the hosts that they share: one row for each host and cause."""

from typing import Any

import pandas as pd

from tlsrpt_analysis.analyses.cause_catalogue.cause import safe_name
from tlsrpt_analysis.analyses.cause_catalogue.causes import BY_CODE
from tlsrpt_analysis.analyses.causes.diagnose import diagnose
from tlsrpt_analysis.analyses.probe_findings import ProbeFindings
from tlsrpt_analysis.shown_texts import counted, listed
from tlsrpt_analysis.tables import DAY, ReportTables

HOST = "receiving_mx_hostname"
COLUMNS: dict[str, Any] = {
    HOST: "str",
    "cause": "str",
    "title": "str",
    "headline": "str",
    "domain_count": "int64",
    "failed_session_count": "int64",
    "first_day": DAY,
    "last_day": DAY,
    "policy_domains": "str",
    "cure": "str",
    "status": "str",
    "responsible": "str",
}

_STATUS_ORDER = ("confirmed", "not probed", "refuted")


def causes_by_host(
    causes: ReportTables | pd.DataFrame,
    findings: ProbeFindings | pd.DataFrame | None = None,
    *,
    mx_preferences: pd.DataFrame | ProbeFindings | None = None,
) -> pd.DataFrame:
    """Return the causes of failures by MX host, for hosts that many domains share.

    Parameters
    ----------
    causes : ReportTables or DataFrame
        The reports, or what `diagnose` returned for them.
    findings, mx_preferences : optional
        As for `diagnose`, where the reports are given.

    Returns
    -------
    DataFrame
        One row per ``receiving_mx_hostname`` and ``cause``, those of the most domains first:

        - ``headline``: for example "mx1.host.example: 143 domains";
        - ``domain_count``, ``failed_session_count``, ``first_day``, ``last_day``: over all domains;
        - ``policy_domains``: the domains with the most failures, and how many more;
        - ``cure``: in few words; ``status``: ``confirmed`` if it is for any domain;
          ``responsible``: as for the domain with the most failures.

    Notes
    -----
    Causes that are about no host, or whose host nobody names, are left out.

    Examples
    --------
    >>> from tlsrpt_analysis.tables import empty_tables
    >>> len(causes_by_host(empty_tables()))
    0
    """
    if isinstance(causes, ReportTables):
        causes = diagnose(causes, findings, mx_preferences=mx_preferences)
    rows = causes[causes[HOST].notna().to_numpy("bool")]
    rows = rows.sort_values(["failed_session_count", "policy_domain"], ascending=[False, True])
    found = [_row(part) for _, part in rows.groupby([HOST, "cause"], sort=True)]
    frame = pd.DataFrame(found, columns=list(COLUMNS)).astype(COLUMNS)
    order = ["domain_count", "failed_session_count", HOST, "cause"]
    return frame.sort_values(order, ascending=[False, False, True, True], ignore_index=True)


def _row(rows: pd.DataFrame) -> dict[str, object]:
    host, code = str(rows[HOST].iloc[0]), str(rows["cause"].iloc[0])
    domains = list(dict.fromkeys(rows["policy_domain"]))
    statuses = set(rows["status"])
    return {
        HOST: host,
        "cause": code,
        "title": rows["title"].iloc[0],
        "headline": f"{host}: {counted(len(domains), 'domain')}",
        "domain_count": len(domains),
        "failed_session_count": rows["failed_session_count"].sum(),
        "first_day": rows["first_day"].min(),
        "last_day": rows["last_day"].max(),
        "policy_domains": listed(domains),
        "cure": BY_CODE[code].step_for(domains[0], safe_name(host) or "the host"),
        "status": next(status for status in _STATUS_ORDER if status in statuses),
        "responsible": rows["responsible"].iloc[0],
    }
