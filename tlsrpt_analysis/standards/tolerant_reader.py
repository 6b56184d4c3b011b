"""The tolerant reader: a decoded JSON document read as a TLS report, however reporters write it.

What differs from RFC 8460 §4.4 is forgiven where its meaning is clear, and each leniency is listed.
"""

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta

from tlsrpt_analysis.errors import ReportError
from tlsrpt_analysis.standards.addresses import bare_host
from tlsrpt_analysis.standards.instants import read_instant
from tlsrpt_analysis.standards.policy_lines import is_spelled_well, split_lines
from tlsrpt_analysis.standards.report_sizes import excess
from tlsrpt_analysis.standards.report_types import (
    LARGEST_COUNT,
    POLICY_TYPES,
    DateRange,
    FailureDetails,
    ParsedReport,
    PolicyResult,
    Report,
    ReportedPolicy,
    Summary,
)
from tlsrpt_analysis.standards.result_types import RESULT_TYPES, ResultType
from tlsrpt_analysis.standards.spellings import OTHER_NAMES, folded
from tlsrpt_analysis.standards.stray_failures import stray_failures
from tlsrpt_analysis.standards.tolerant_members import TolerantMembers, kind_name, shown_value

MOST_POLICIES = 10_000
"""Policies in one report; a policy is about one domain, and most reports are about one as well."""

MOST_DETAILS = 100_000
"""Failure details in one report; each takes many times its JSON's size in memory."""

ONE_DAY = timedelta(days=1, seconds=-1)
"""The range of a report, from the first second of a day to its last (RFC 8460 §4.4)."""

NO_ZONE = "a date without a time zone, read as UTC"
"""The leniency that a third of all reports need, so the strict reader has it as well."""

REPORT_KEYS = frozenset(
    {"organization-name", "date-range", "contact-info", "report-id", "policies"}
)
"""The members of the outermost object (RFC 8460 §4.4); two of them make a document a report."""

MOST_MEMBERS = 1_000
"""Members of the outermost object; a report has five."""

_LETTERS = frozenset(map(folded, REPORT_KEYS))
_DATE_RANGE = folded("date-range")


def session_count(results: Iterable[PolicyResult]) -> int:
    """Return how many sessions a report counts, in its totals or in its details."""
    totals = details = 0
    for result in results:
        summary = result.summary
        totals += summary.total_successful_session_count + summary.total_failure_session_count
        details += sum([entry.failed_session_count or 0 for entry in result.failure_details])
    return max(totals, details)


def is_report_like(document: object) -> bool:
    """Whether a decoded JSON document has enough of a report's members to be read as one."""
    if not isinstance(document, Mapping) or len(document) > MOST_MEMBERS:
        return False
    if len(REPORT_KEYS & document.keys()) >= 2:
        return True
    letters = {folded(key) for key in document}
    return _DATE_RANGE in letters and len(_LETTERS & letters) >= 2


def read_report(document: object) -> ParsedReport:
    """Read a decoded JSON document as a TLS report; see `tlsrpt_analysis.standards.report.parse_report`."""
    if not isinstance(document, Mapping):
        raise ReportError(
            f"a report is a JSON object (RFC 8460 §4.4), this is {kind_name(document)}"
        )
    reader = _Reader()
    report = reader.report(document)
    return ParsedReport(report, tuple(reader.leniencies), reader.refused())


class _Reader(TolerantMembers):
    """Reads one report."""

    details = 0

    def report(self, document: Mapping[str, object]) -> Report:
        start, end = self.date_range(self.member(document, "date-range"))
        return Report(
            organization_name=self.text(document, "organization-name"),
            contact_info=self.text(document, "contact-info"),
            report_id=self.text(document, "report-id"),
            date_range=DateRange.between(start, end),
            policies=self.policies(self.with_stray_failures(document)),
        )

    def date_range(self, value: object) -> tuple[datetime, datetime]:
        if not isinstance(value, Mapping):
            raise ReportError("no date-range (RFC 8460 §4.4), so its day is unknown")
        start = self.date_time(value, "start-datetime")
        is_open = self.member(value, "end-datetime") in (None, "")
        end = self.end_of_day(start) if is_open else self.date_time(value, "end-datetime")
        if end < start:
            raise ReportError(f"the date-range ends ({end:%F %T}) before it starts ({start:%F %T})")
        return start, end

    def end_of_day(self, start: datetime) -> datetime:
        self.forgive("end-datetime is missing, read as a day after start-datetime")
        try:
            return start + ONE_DAY
        except OverflowError:
            raise ReportError("the date-range ends beyond the calendar") from None

    def date_time(self, document: Mapping[str, object], key: str) -> datetime:
        value = self.member(document, key)
        try:
            moment = read_instant(value if isinstance(value, str) else "")
        except ValueError:
            raise ReportError(f"{key} is no RFC 3339 date and time: {shown_value(value)}") from None
        if moment.tzinfo is None:  # Microsoft and some versions of mox
            self.forgive(NO_ZONE)
            return moment.replace(tzinfo=UTC)
        try:
            return moment.astimezone(UTC)
        except OverflowError:
            raise ReportError(f"{key} is out of the calendar: {shown_value(value)}") from None

    def policies(self, value: object) -> tuple[PolicyResult, ...]:
        if isinstance(value, Mapping):
            self.forgive("policies is an object instead of an array (RFC 8460 §4.4)")
            value = [value]
        if not isinstance(value, list):
            raise ReportError(
                f"policies must be an array (RFC 8460 §4.4), it is {kind_name(value)}"
            )
        if len(value) > MOST_POLICIES:
            raise ReportError(f"it has {len(value):,} policies, more than {MOST_POLICIES:,}")
        kept = []
        for number, entry in enumerate(value, start=1):
            try:
                kept.append(self.policy(entry))
            except ReportError as error:
                self.refuse(f"policy {number} of {len(value)}: {error}")
        if value and not kept:
            raise ReportError("; ".join(self.refused()))
        if session_count(kept) > LARGEST_COUNT:
            raise ReportError(f"its counts add up to more than {LARGEST_COUNT:,} sessions")
        if too_many := excess(kept):
            raise ReportError(f"it names too many different things: {too_many}")
        return tuple(kept)

    def policy(self, value: object) -> PolicyResult:
        if not isinstance(value, Mapping):
            raise ReportError(f"a policy is an object (RFC 8460 §4.4), this is {kind_name(value)}")
        policy, summary = self.member(value, "policy"), self.member(value, "summary")
        if not isinstance(policy, Mapping):
            raise ReportError("it has no policy (RFC 8460 §4.4)")
        if summary is None:
            self.forgive("no summary, read as no sessions")
            summary = {}
        if not isinstance(summary, Mapping):
            raise ReportError(f"its summary is {kind_name(summary)} instead of an object")
        return PolicyResult(
            policy=self.reported_policy(policy),
            summary=self.summary(summary),
            failure_details=self.failure_details(self.failures_of(value, policy, summary)),
        )

    def reported_policy(self, policy: Mapping[str, object]) -> ReportedPolicy:
        domain = self.text(policy, "policy-domain")
        return ReportedPolicy(
            policy_type=self.registered(policy, "policy-type", POLICY_TYPES),
            policy_domain=self.domain("policy-domain", domain),
            policy_string=self.policy_string(self.member(policy, "policy-string")),
            mx_host=self.mx_host(self.member(policy, "mx-host")),
        )

    def summary(self, summary: Mapping[str, object]) -> Summary:
        return Summary(
            self.total(summary, "total-successful-session-count"),
            self.total(summary, "total-failure-session-count"),
        )

    def policy_string(self, value: object) -> tuple[str, ...]:
        lines = self.texts("policy-string", value)
        if isinstance(value, str) and value:
            self.forgive("policy-string is a text instead of an array (RFC 8460 §4.4)")
        if len(lines) == 1 and lines[0].lstrip().startswith("["):  # Microsoft, for tlsa
            try:
                inner = json.loads(lines[0])
            except (ValueError, RecursionError):
                return lines
            self.forgive("policy-string holds a JSON array inside a text")
            lines = self.texts("policy-string", inner)
        if any(line.endswith("\r") for line in lines):  # Google in 2020
            self.forgive("policy-string has carriage returns at the ends of lines")
            lines = tuple(line.rstrip("\r") for line in lines)
        if (split := split_lines(lines)) != lines:
            self.forgive("policy-string has several lines in one item (RFC 8460 §4.4)")
        if not is_spelled_well(split):
            self.forgive("policy-string has keys or a mode in another spelling (RFC 8461 §3.2)")
        return split

    def mx_host(self, value: object) -> tuple[str, ...]:
        if (
            isinstance(value, str) and value.strip()
        ):  # RFC 8460 Appendix B, corrected by erratum 6241
            self.forgive("mx-host is a text instead of an array (erratum 6241)")
        hosts = (self.host_pattern(name) for name in self.texts("mx-host", value))
        return tuple(host for host in hosts if host)

    def host_pattern(self, text: str) -> str:
        name, _ = bare_host(text)
        if name == text:
            return self.a_labels(text)
        self.forgive("mx-host is not a bare name: it has a port, brackets or an address")
        return self.a_labels(name)

    def failures_of(self, entry: Mapping[str, object], *inner: Mapping[str, object]) -> object:
        """Return the failure details of a policy, wherever they stand in it."""
        details = self.member(entry, "failure-details")
        for where in (entry, *inner):
            for name, found in stray_failures(where):
                if details:
                    self.forgive(f"failures under {shown_value(name)}, not read: there are others")
                else:
                    self.forgive(f"failures under {shown_value(name)} instead of failure-details")
                    details = found
        return details

    def with_stray_failures(self, document: Mapping[str, object]) -> object:
        """Return the policies of a report, with the failures that stand beside them."""
        policies = self.member(document, "policies")
        details = self.member(document, "failure-details")
        beside = [("failure-details", details)] if details else []
        for name, found in (*beside, *stray_failures(document)):
            entry = policies[0] if isinstance(policies, list) and len(policies) == 1 else None
            if isinstance(entry, Mapping) and not entry.get("failure-details"):
                self.forgive(f"failures under {shown_value(name)} beside policies, not in them")
                policies = [{**entry, "failure-details": found}]
            else:
                self.forgive(f"failures under {shown_value(name)} beside policies, not read")
        return policies

    def failure_details(self, value: object) -> tuple[FailureDetails, ...]:
        if value is None:
            return ()
        if isinstance(value, Mapping):
            self.forgive("failure-details is an object instead of an array (RFC 8460 §4.4)")
            value = [value]
        if not isinstance(value, list):
            raise ReportError(f"failure-details is {kind_name(value)} instead of an array")
        self.details += len(value)
        if self.details > MOST_DETAILS:
            raise ReportError(f"with it the report has more than {MOST_DETAILS:,} failure details")
        return tuple(self.failure(entry) for entry in value)

    def failure(self, value: object) -> FailureDetails:
        if not isinstance(value, Mapping):
            raise ReportError(f"a failure detail is {kind_name(value)} instead of an object")
        key = "receiving-mx-hostname"
        mx_hostname, address = self.host(key, self.text(value, key))
        result_type = self.registered(value, "result-type", RESULT_TYPES)
        return FailureDetails(
            result_type=result_type,
            sending_mta_ip=self.address(value, "sending-mta-ip"),
            receiving_mx_hostname=mx_hostname,
            receiving_mx_helo=self.text(value, "receiving-mx-helo"),
            receiving_ip=self.address(value, "receiving-ip") or address,
            failed_session_count=self.failed_session_count(value),
            additional_information=self.text(value, "additional-information"),
            failure_reason_code=self.text(value, "failure-reason-code")
            or self.named_reason(value, result_type),
        )

    def named_reason(self, value: Mapping[str, object], result_type: str | None) -> str | None:
        """Return the type as it was sent where the registered one says less."""
        sent = value.get("result-type")
        is_less = result_type == ResultType.VALIDATION_FAILURE and isinstance(sent, str)
        return str(sent) if is_less and folded(str(sent)) in OTHER_NAMES else None

    def failed_session_count(self, value: Mapping[str, object]) -> int | None:
        count = self.member(value, "failed-session-count")
        if count is None:
            self.forgive("failed-session-count is missing, kept as unknown")
            return None
        return self.count(count, "failed-session-count")

    def total(self, summary: Mapping[str, object], key: str) -> int:
        count = self.member(summary, key)
        if count is None:  # Google in 2019 left out a zero
            self.forgive(f"{key} is missing, read as 0")
            return 0
        return self.count(count, key)
