"""What a TLS report holds (RFC 8460 §4.4); the members have the RFC's names, with ``_`` for ``-``.

One set of types serves both readers: the strict reader decodes JSON straight into them and enforces
their annotations, and the tolerant reader fills them with whatever it can keep.
What a report leaves out, or writes as an empty text, is `None`.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Literal

import msgspec

from tlsrpt_analysis.standards.result_types import RESULT_TYPES

LARGEST_COUNT = 10**12
"""Sessions in one report: the whole world sends fewer mails in a day.

Nine million reports must hold as many before their sum leaves the range of a 64-bit integer.
"""

Count = Annotated[int, msgspec.Meta(ge=0, le=LARGEST_COUNT)]

Text = Annotated[str, msgspec.Meta(min_length=1)]
"""A text that says something; an empty one is the same as none."""

POLICY_TYPES = ("sts", "tlsa", "no-policy-found")
"""The types of policies (RFC 8460 §4.4)."""

if TYPE_CHECKING:  # the tolerant reader keeps what is unknown or missing as well
    _PolicyType = str | None
    _ResultType = str | None
    _PolicyDomain = str | None
else:  # the strict reader decodes only registered types
    _PolicyType = Literal[POLICY_TYPES]
    _PolicyDomain = Text
    _ResultType = Literal[RESULT_TYPES]  # RFC 8460 §4.3


class _Object(msgspec.Struct, rename="kebab", forbid_unknown_fields=True, frozen=True, gc=False):
    """A JSON object whose members are all known.

    The order of the members is part of the fingerprints in stores: add new ones at the end.
    """


class FailureDetails(_Object, frozen=True):
    """One entry of ``failure-details``: sessions that failed alike (RFC 8460 §4.4)."""

    result_type: _ResultType
    sending_mta_ip: Text | None = None
    receiving_mx_hostname: Text | None = None
    receiving_mx_helo: Text | None = None
    receiving_ip: Text | None = None
    failed_session_count: Count | None = None  # None where the reporter left it out: unknown, not 1
    additional_information: Text | None = None
    failure_reason_code: Text | None = None


class ReportedPolicy(_Object, frozen=True, kw_only=True):
    """The ``policy`` of an entry of ``policies``; most reports of a domain share one object."""

    policy_type: _PolicyType
    policy_string: tuple[str, ...] = ()
    policy_domain: _PolicyDomain
    mx_host: tuple[str, ...] = ()


class Summary(_Object, frozen=True):
    """The ``summary`` of an entry of ``policies``: all sessions to which the policy was applied."""

    total_successful_session_count: Count
    total_failure_session_count: Count


if TYPE_CHECKING:
    _Policy = ReportedPolicy
else:
    _Policy = msgspec.Raw
"""A policy is decoded as bytes, and the strict reader replaces them: thousands of reports repeat
the same bytes."""


class PolicyResult(_Object, frozen=True):
    """One entry of ``policies``: the sessions to which one policy was applied (RFC 8460 §4.4)."""

    policy: _Policy
    summary: Summary
    failure_details: tuple[FailureDetails, ...] = ()


class DateRange(_Object, frozen=True):
    """The ``date-range``: two texts in UTC, in the form of `datetime.isoformat`."""

    start_datetime: str
    end_datetime: str

    @classmethod
    def between(cls, start: datetime, end: datetime) -> "DateRange":
        """Return the range between two instants in UTC."""
        return cls(start.isoformat(), end.isoformat())


class Report(_Object, frozen=True, kw_only=True):
    """One report: what one reporter saw in one stretch of time (RFC 8460 §4.4)."""

    organization_name: Text | None = None
    date_range: DateRange
    contact_info: Text | None = None
    report_id: Text | None = None
    policies: tuple[PolicyResult, ...]

    @property
    def start_datetime(self) -> datetime:
        """Return the start of the date range, in UTC."""
        return datetime.fromisoformat(self.date_range.start_datetime)

    @property
    def end_datetime(self) -> datetime:
        """Return the end of the date range, in UTC."""
        return datetime.fromisoformat(self.date_range.end_datetime)


@dataclass(frozen=True, slots=True)
class ParsedReport:
    """A report, the leniencies it needed, and why some of its policies could not be kept."""

    report: Report
    leniencies: tuple[str, ...] = ()
    refused_policies: tuple[str, ...] = ()
