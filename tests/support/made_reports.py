"""Short reports for the tests, and the tables of them."""

import datetime as dt
from collections.abc import Iterable

import pandas as pd

from tlsrpt_analysis.intake.outcomes import ReportRead
from tlsrpt_analysis.loading.load import tables_of
from tlsrpt_analysis.standards.report import (
    DateRange,
    FailureDetails,
    PolicyResult,
    Report,
    ReportedPolicy,
    Summary,
)
from tlsrpt_analysis.tables import ReportTables

DOMAIN = "example.com"
FIRST_DAY = dt.date(2026, 7, 1)
CONTACTS = {"Google": "smtp-tls-reporting@google.com", "Microsoft": "tlsrpt@microsoft.com"}


def failure(
    count: int | None,
    result_type: str | None = "certificate-expired",
    host: str | None = None,
    *,
    reason: str | None = None,
    ip: str | None = None,
) -> FailureDetails:
    """Return a failure detail."""
    return FailureDetails(
        result_type,
        receiving_mx_hostname=host,
        receiving_ip=ip,
        failed_session_count=count,
        failure_reason_code=reason,
    )


def policy(
    successes: int,
    failures: int = 0,
    *details: FailureDetails,
    policy_type: str = "sts",
    domain: str | None = DOMAIN,
    mode: str | None = "testing",
    mx: Iterable[str] = ("mx1.example.com",),
    max_age: int = 604_800,
) -> PolicyResult:
    """Return a policy result; without a mode it has no policy string."""
    lines = (
        ("version: STSv1", f"mode: {mode}", *(f"mx: {name}" for name in mx), f"max_age: {max_age}")
        if mode and policy_type == "sts"
        else ()
    )
    reported = ReportedPolicy(policy_type=policy_type, policy_domain=domain, policy_string=lines)
    return PolicyResult(reported, Summary(successes, failures), details)


def report(*policies: PolicyResult, reporter: str = "Google", day: int = 0) -> ReportRead:
    """Return a report about one day, counted from the first of July 2026."""
    start = dt.datetime.combine(FIRST_DAY, dt.time(), dt.UTC) + dt.timedelta(days=day)
    contact = CONTACTS.get(reporter)
    read = Report(
        organization_name=reporter,
        contact_info=contact,
        report_id=f"{day}+{reporter}",
        date_range=DateRange.between(start, start + dt.timedelta(1)),
        policies=policies,
    )
    return ReportRead(f"{reporter}-{day}.json", read)


def mx_records(*hosts: str, domain: str = DOMAIN) -> pd.DataFrame:
    """Return MX records of one preference, as a user has them of DNS."""
    return pd.DataFrame({"policy_domain": domain, "mx_hostname": hosts, "preference": 10})


def tables(*reports: ReportRead) -> ReportTables:
    """Return the tables of some reports."""
    return tables_of(reports)


def month(*policies: PolicyResult, reporter: str = "Google", days: int = 28) -> list[ReportRead]:
    """Return one report a day, each with the same policies."""
    return [report(*policies, reporter=reporter, day=day) for day in range(days)]
