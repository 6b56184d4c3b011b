"""Checks on several days of the same reports, as cron makes them."""

import datetime as dt
import json
from collections.abc import Iterable
from pathlib import Path

from support.made_reports import FIRST_DAY, policy, report, tables
from tlsrpt_analysis.analyses.alerts.alert import Alert
from tlsrpt_analysis.analyses.alerts.known import Known
from tlsrpt_analysis.analyses.alerts.new_alerts import new_alerts
from tlsrpt_analysis.analyses.alerts.observed import observed
from tlsrpt_analysis.analyses.numbering import day_number
from tlsrpt_analysis.analyses.readiness.readiness import last_verdicts
from tlsrpt_analysis.intake.outcomes import ReportRead
from tlsrpt_analysis.standards.report import PolicyResult
from tlsrpt_analysis.tables import ReportTables


def day(number: int) -> dt.date:
    """Return a day counted from the first of July 2026."""
    return FIRST_DAY + dt.timedelta(number)


def clean(reporter: str, days: Iterable[int], sessions: int = 100) -> list[ReportRead]:
    """Return a report without failures on each day."""
    return [report(policy(sessions), reporter=reporter, day=number) for number in days]


def checked(
    reports: Iterable[ReportRead], days: Iterable[int], known: Known | None = None
) -> tuple[list[tuple[int, Alert]], Known]:
    """Return the alerts of each day's check, and the last state; the first check sets the base."""
    whole = tables(*reports)
    seen = observed(whole)
    known, found = known or Known(), []
    verdicts = _verdicts_by_day(whole)
    for number in days:
        last = day_number(day(number)) - 1
        today = {name: by_day[last] for name, by_day in verdicts.items() if last in by_day}
        alerts, known = new_alerts(seen.between(0, last), today, known, day(number))
        found += [(number, alert) for alert in alerts]
    return found, known


def _verdicts_by_day(whole: ReportTables) -> dict[str, dict[int, str]]:
    """Return the verdict of each domain on each day, with the reports until then."""
    policies = whole.policies
    last = policies.groupby("policy_domain", observed=True)["day"].max()
    found = {}
    for name, verdicts in last_verdicts(whole, 1_000).items():
        end = day_number(last[name].date())
        found[name] = dict(zip(range(end - len(verdicts) + 1, end + 1), verdicts, strict=True))
    return found


def kinds(found: Iterable[tuple[int, Alert]]) -> list[tuple[int, str]]:
    """Return the day and the kind of each alert."""
    return [(number, str(alert.kind)) for number, alert in found]


def written(folder: Path, reports: Iterable[ReportRead]) -> Path:
    """Write reports as files in a folder, which is made."""
    folder.mkdir()
    for read in reports:
        one = read.report
        document = {
            "organization-name": one.organization_name,
            "contact-info": one.contact_info,
            "report-id": one.report_id,
            "date-range": {
                "start-datetime": one.date_range.start_datetime,
                "end-datetime": one.date_range.end_datetime,
            },
            "policies": [_written_policy(result) for result in one.policies],
        }
        (folder / read.source).write_text(json.dumps(document))
    return folder


def _written_policy(result: PolicyResult) -> dict[str, object]:
    reported, summary = result.policy, result.summary
    details = [
        {
            "result-type": detail.result_type,
            "receiving-mx-hostname": detail.receiving_mx_hostname,
            "failed-session-count": detail.failed_session_count,
        }
        for detail in result.failure_details
    ]
    return {
        "policy": {
            "policy-type": reported.policy_type,
            "policy-domain": reported.policy_domain,
            "policy-string": list(reported.policy_string),
        },
        "summary": {
            "total-successful-session-count": summary.total_successful_session_count,
            "total-failure-session-count": summary.total_failure_session_count,
        },
        "failure-details": details,
    }
