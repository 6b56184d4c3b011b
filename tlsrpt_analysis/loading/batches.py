"""Outcomes collected in columns, a batch at a time; keys count within their batch."""

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from functools import lru_cache
from itertools import chain

import pyarrow as pa

from tlsrpt_analysis.intake.authenticity.wanted import Authentication
from tlsrpt_analysis.intake.outcomes import Outcome, Problem, Rejected, ReportRead
from tlsrpt_analysis.intake.red_flags import (
    LONGEST_RANGE,
    OLDEST_AT_RECEIPT,
    Expectations,
    future_day,
    red_flags,
)
from tlsrpt_analysis.intake.reporters import canonical_reporter, claimed_organization
from tlsrpt_analysis.loading.report_columns import (
    days,
    failure_table,
    instants,
    policy_table,
    texts,
)
from tlsrpt_analysis.standards.fingerprints import DIGEST_BYTES, content_digests
from tlsrpt_analysis.standards.instants import (
    DAY_MICROSECONDS,
    main_day,
    microseconds_of,
    microseconds_of_text,
)
from tlsrpt_analysis.standards.report_types import Report
from tlsrpt_analysis.standards.strict_reader import Decoded

BATCH_MEMBERS = 400
"""Members in a batch: enough that columns pay off, and few enough for a core's cache."""

BATCH_BYTES = 10_000_000
"""Bytes of reports in a batch, which take several times as much memory while it is built."""

_DETAILS_BYTES = 300  # of one entry of ``failure-details``, about

_LONGEST_RANGE = LONGEST_RANGE // timedelta(microseconds=1)
_OLDEST_AT_RECEIPT = OLDEST_AT_RECEIPT // timedelta(microseconds=1)

OWN, REMARK, FLAG, OUTCOME = range(4)
"""The order of the problems of one report, before those of the next."""


@dataclass(frozen=True, slots=True)
class ReportRules:
    """The rules for reports that were read: which of them are suspicious, and which are left out."""

    expected: Expectations = field(default_factory=Expectations)
    authentication: Authentication | None = None

    def leaves_out(self, authenticity: str) -> bool:
        """Whether a report of this authenticity is left out of the analyses."""
        return self.authentication is not None and self.authentication.leaves_out(authenticity)


@dataclass(frozen=True, slots=True)
class Batch:
    """The outcomes of some sources, in order, as Arrow tables.

    Attributes
    ----------
    rejected, skipped : int
        Members that are no report.
    reports : Table
        With ``content``, a fingerprint: equal ones are duplicates; and with ``is_left_out``:
        a report that failed to authenticate adds nothing elsewhere, and hides no true report.
    policies, failures : Table
        ``report_key`` and ``policy_key`` count from 0 in this batch.
    problems : Table
        With ``reports_before``, how many reports were met (its own is one of them), and ``rank``.
        All but those of rank `OUTCOME` go with their report if that is a duplicate.
    """

    rejected: int
    skipped: int
    reports: pa.Table
    policies: pa.Table
    failures: pa.Table
    problems: pa.Table

    def __reduce__(self) -> tuple[Callable[..., object], tuple[object, ...]]:
        """Send the tables as Arrow does, at a third of the cost of pickling each array."""
        tables = (self.reports, self.policies, self.failures, self.problems)
        return _sent_batch, (self.rejected, self.skipped, *map(_as_stream, tables))


def _sent_batch(rejected: int, skipped: int, *streams: pa.Buffer) -> Batch:
    tables = [pa.ipc.open_stream(stream).read_all() for stream in streams]
    return Batch(rejected, skipped, *tables)


def _as_stream(table: pa.Table) -> pa.Buffer:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as stream:
        stream.write_table(table)
    return sink.getvalue()


_Taken = tuple[Report, str, str, str]
"""A report, its source, its reporter and its authenticity."""


class BatchBuilder:
    """Collects outcomes one after the other into a batch."""

    def __init__(self, rules: ReportRules) -> None:
        self._rules = rules
        self._has_own_domains = bool(rules.expected.own_domains)
        self._covers = lru_cache(maxsize=4_096)(rules.expected.covers)
        today = rules.expected.today
        self._first_suspicious_start = (
            microseconds_of(datetime.combine(today, time(), UTC)) + DAY_MICROSECONDS
            if today
            else sys.maxsize
        )
        self._rejected = self._skipped = 0
        self._taken: list[_Taken] = []
        self.report_bytes = 0
        self._problems: list[tuple[Problem, int, int]] = []

    def __len__(self) -> int:
        return len(self._taken) + self._rejected + self._skipped

    def take(self, outcome: Outcome) -> None:
        """Add what became of one member."""
        if isinstance(outcome, ReportRead):
            self._take_report(outcome)
            return
        if isinstance(outcome, Rejected):
            self._rejected += 1
        else:
            self._skipped += 1
        self._problems.append((outcome.problem, len(self._taken), OUTCOME))

    def take_decoded(
        self,
        source: str,
        decoded: Decoded,
        received: datetime | None = None,
        remarks: tuple[str, ...] = (),
    ) -> None:
        """Add a report from the strict reader; one that may have a red flag is examined closely."""
        report, end = decoded.report, decoded.end
        self.report_bytes += decoded.size
        reporter, is_suspicious = _sender(report.organization_name, report.contact_info)
        if (
            is_suspicious
            or end - decoded.start > _LONGEST_RANGE
            or main_day(decoded.start, end) != decoded.start // DAY_MICROSECONDS
            or decoded.start >= self._first_suspicious_start
            or (received is not None and self._is_untimely(decoded, microseconds_of(received)))
            or (self._has_own_domains and self._is_about_others(report))
        ):
            problems = tuple(_forgiven(source, decoded, remarks))
            self._take_report(
                ReportRead(source, report, problems=problems, received_datetime=received)
            )
            return
        self._taken.append((report, source, reporter, "unknown"))
        if remarks or decoded.leniencies:
            for problem in _forgiven(source, decoded, remarks):
                self._problems.append((problem, len(self._taken), OWN))

    def _is_about_others(self, report: Report) -> bool:
        domains = {result.policy.policy_domain for result in report.policies}
        return not all(self._covers(domain) for domain in domains if domain)

    def _is_untimely(self, decoded: Decoded, received: int) -> bool:
        return (
            received - decoded.end > _OLDEST_AT_RECEIPT
            or decoded.start > received + DAY_MICROSECONDS
        )

    def _take_report(self, read: ReportRead) -> None:
        if why := future_day(read, self._rules.expected):
            self.take(Rejected(Problem(read.source, "report", "rejected", why)))
            return
        report = read.report
        self.report_bytes += _DETAILS_BYTES * sum(
            len(result.failure_details) for result in report.policies
        )
        reporter = canonical_reporter(
            report.organization_name, report.contact_info, authenticated_domain=read.signer
        )
        self._taken.append((report, read.source, reporter, read.authenticity))
        flags = [
            Problem(read.source, "red flag", "forgiven", flag)
            for flag in red_flags(read, self._rules.expected)
        ]
        for rank, problems in ((OWN, read.problems), (FLAG, flags)):
            self._problems += [(problem, len(self._taken), rank) for problem in problems]

    def batch(self) -> Batch:
        """Return everything that was taken, as a batch."""
        reports = [report for report, _, _, _ in self._taken]
        results = list(chain.from_iterable([report.policies for report in reports]))
        return Batch(
            self._rejected,
            self._skipped,
            self._report_table(),
            policy_table([len(report.policies) for report in reports], results),
            failure_table(results),
            self._problem_table(),
        )

    def _report_table(self) -> pa.Table:
        reports, sources, reporters, authenticities = _unzipped(self._taken)
        starts = [microseconds_of_text(report.date_range.start_datetime) for report in reports]
        ends = [microseconds_of_text(report.date_range.end_datetime) for report in reports]
        is_out = [self._rules.leaves_out(authenticity) for authenticity in authenticities]
        marks = ["left out" if left_out else "" for left_out in is_out]
        digests = content_digests(reports, zip(reporters, marks, strict=True))
        return pa.table(
            {
                "reporter": texts(reporters),
                "organization_name": texts([report.organization_name for report in reports]),
                "contact_info": texts([report.contact_info for report in reports]),
                "report_id": pa.array([report.report_id for report in reports], pa.string()),
                "start_datetime": instants(starts),
                "end_datetime": instants(ends),
                "day": days(starts, ends),
                "source": pa.array(sources, pa.string()),
                "authenticity": texts(authenticities),
                "content": pa.array(digests, pa.binary(DIGEST_BYTES)),
                "is_left_out": pa.array(is_out, pa.bool_()),
            }
        )

    def _problem_table(self) -> pa.Table:
        problems = self._problems
        return pa.table(
            {
                "source": pa.array([problem.source for problem, _, _ in problems], pa.string()),
                "stage": texts([problem.stage for problem, _, _ in problems]),
                "severity": texts([problem.severity for problem, _, _ in problems]),
                "message": texts([problem.message for problem, _, _ in problems]),
                "reports_before": pa.array([before for _, before, _ in problems], pa.int64()),
                "rank": pa.array([rank for _, _, rank in problems], pa.int64()),
            }
        )


def _unzipped(taken: list[_Taken]) -> tuple[list[Report], list[str], list[str], list[str]]:
    return (
        [report for report, _, _, _ in taken],
        [source for _, source, _, _ in taken],
        [reporter for _, _, reporter, _ in taken],
        [authenticity for _, _, _, authenticity in taken],
    )


def _forgiven(source: str, decoded: Decoded, remarks: tuple[str, ...]) -> Iterator[Problem]:
    yield from (Problem(source, "mail", "forgiven", text) for text in remarks)
    yield from (Problem(source, "report", "forgiven", text) for text in decoded.leniencies)


@lru_cache(maxsize=16_384)
def _sender(organization_name: str | None, contact_info: str | None) -> tuple[str, bool]:
    reporter = canonical_reporter(organization_name, contact_info)
    return reporter, claimed_organization(organization_name, contact_info) is not None
