"""An alert: one thing that is new, its kind and how much it matters."""

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What can be new."""

    FAULT_BEGAN = "fault-began"
    FAULT_GREW = "fault-grew"
    FAULT_ENDED = "fault-ended"
    POLICY_VANISHED = "policy-vanished"
    REPORTER_SILENT = "reporter-silent"
    REPORTS_STOPPED = "reports-stopped"
    VERDICT_CHANGED = "verdict-changed"
    RENEWAL_DUE = "renewal-due"


class Severity(StrEnum):
    """How much an alert matters: mail is refused today, something is to be done, or good to know."""

    CRITICAL = "critical"
    WARNING = "warning"
    NOTICE = "notice"


@dataclass(frozen=True, slots=True)
class Alert:
    """One thing that is new.

    Attributes
    ----------
    kind, severity : Kind, Severity
        What it is, and how much it matters.
    policy_domain : str or None
        The domain; `None` where it is about all reports.
    since : datetime.date
        The day of reports on which it began, or ended; of a renewal the day on which it is due.
    message : str
        One sentence; names in it are as they were reported.
    reporters, mx_hostnames, result_types : tuple of str
        Whom and what it is about; empty where that is not known.
    """

    kind: Kind
    severity: Severity
    policy_domain: str | None
    since: dt.date
    message: str
    reporters: tuple[str, ...] = ()
    mx_hostnames: tuple[str, ...] = ()
    result_types: tuple[str, ...] = ()
