"""What a TLS report holds (RFC 8460 §4.4); the names are the RFC's, with ``_`` for ``-``.

What a report leaves out, or writes as an empty text, is `None`.
"""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class FailureDetails:
    """One entry of ``failure-details``: sessions that failed alike (RFC 8460 §4.4)."""

    result_type: str | None
    sending_mta_ip: str | None = None
    receiving_mx_hostname: str | None = None
    receiving_mx_helo: str | None = None
    receiving_ip: str | None = None
    failed_session_count: int | None = None  # None where the reporter left it out: unknown, not 1
    additional_information: str | None = None
    failure_reason_code: str | None = None


@dataclass(frozen=True, slots=True)
class PolicyResult:
    """One entry of ``policies``: the sessions to which one policy was applied (RFC 8460 §4.4)."""

    policy_type: str | None
    policy_domain: str | None
    total_successful_session_count: int
    total_failure_session_count: int
    policy_string: tuple[str, ...] = ()
    mx_host: tuple[str, ...] = ()
    failure_details: tuple[FailureDetails, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """One report: what one reporter saw in one stretch of time (RFC 8460 §4.4)."""

    organization_name: str | None
    contact_info: str | None
    report_id: str | None
    start_datetime: datetime  # UTC
    end_datetime: datetime  # UTC
    policies: tuple[PolicyResult, ...]


@dataclass(frozen=True, slots=True)
class ParsedReport:
    """A report, the leniencies it needed, and why some of its policies could not be kept."""

    report: Report
    leniencies: tuple[str, ...] = ()
    refused_policies: tuple[str, ...] = ()
