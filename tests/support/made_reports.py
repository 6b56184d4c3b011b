"""Short reports for the tests, and the tables of them."""

import datetime as dt
from collections.abc import Iterable

from tlsrpt_analysis.intake.outcomes import ReportRead
from tlsrpt_analysis.loading.load import tables_of
from tlsrpt_analysis.standards.report import FailureDetails, PolicyResult, Report
from tlsrpt_analysis.tables import ReportTables

DOMAIN = "example.com"
FIRST_DAY = dt.date(2026, 7, 1)
CONTACTS = {"Google": "smtp-tls-reporting@google.com", "Microsoft": "tlsrpt@microsoft.com"}


def failure(
    count: int | None, result_type: str | None = "certificate-expired", host: str | None = None
) -> FailureDetails:
    """Return a failure detail."""
    return FailureDetails(result_type, receiving_mx_hostname=host, failed_session_count=count)


def policy(
    successes: int,
    failures: int = 0,
    *details: FailureDetails,
    policy_type: str = "sts",
    domain: str | None = DOMAIN,
    mode: str | None = "testing",
    mx: Iterable[str] = ("mx1.example.com",),
) -> PolicyResult:
    """Return a policy result; without a mode it has no policy string."""
    lines = (
        ("version: STSv1", f"mode: {mode}", *(f"mx: {name}" for name in mx), "max_age: 604800")
        if mode and policy_type == "sts"
        else ()
    )
    return PolicyResult(policy_type, domain, successes, failures, lines, (), details)


def report(*policies: PolicyResult, reporter: str = "Google", day: int = 0) -> ReportRead:
    """Return a report about one day, counted from the first of July 2026."""
    start = dt.datetime.combine(FIRST_DAY, dt.time(), dt.UTC) + dt.timedelta(days=day)
    contact = CONTACTS.get(reporter)
    read = Report(reporter, contact, f"{day}+{reporter}", start, start + dt.timedelta(1), policies)
    return ReportRead(f"{reporter}-{day}.json", read)


def tables(*reports: ReportRead) -> ReportTables:
    """Return the tables of some reports."""
    return tables_of(reports)


def month(*policies: PolicyResult, reporter: str = "Google", days: int = 28) -> list[ReportRead]:
    """Return one report a day, each with the same policies."""
    return [report(*policies, reporter=reporter, day=day) for day in range(days)]
