"""The TLS report of RFC 8460 §4.4: a document is read into its types, and written from them."""

import json
from collections.abc import Mapping
from datetime import datetime

from tlsrpt_analysis.errors import ReportError
from tlsrpt_analysis.standards.report_reader import REPORT_KEYS, is_report_like, read_report
from tlsrpt_analysis.standards.report_types import (
    FailureDetails,
    ParsedReport,
    PolicyResult,
    Report,
)

__all__ = [
    "REPORT_KEYS",
    "FailureDetails",
    "ParsedReport",
    "PolicyResult",
    "Report",
    "is_report_like",
    "parse_report",
    "read_report",
    "render_report",
]


def parse_report(document: bytes | str) -> ParsedReport:
    """Read one JSON document as a TLS report (RFC 8460 §4.4).

    Parameters
    ----------
    document : bytes or str
        The JSON text, in UTF-8 when it is bytes.

    Returns
    -------
    ParsedReport
        The report with names in lower case A-labels and times in UTC, and what had to be forgiven.

    Raises
    ------
    ReportError
        When the text is not JSON, or has no date range or no policy that can be counted.

    Examples
    --------
    >>> text = '''{"organization-name": "Company-X", "report-id": "1", "policies": [],
    ...     "date-range": {"start-datetime": "2016-04-01T00:00:00Z",
    ...                    "end-datetime": "2016-04-01T23:59:59Z"}}'''
    >>> parse_report(text).report.organization_name
    'Company-X'
    """
    try:
        decoded = json.loads(document)
    except (ValueError, RecursionError) as error:
        raise ReportError(f"not JSON: {error}") from error
    return read_report(decoded)


def render_report(report: Report) -> bytes:
    """Write a report as the JSON document of RFC 8460 §4.4.

    Examples
    --------
    >>> parsed = parse_report(b'{"date-range": {"start-datetime": "2016-04-01T00:00:00Z",'
    ...     b' "end-datetime": "2016-04-01T23:59:59Z"}, "policies": [], "report-id": "1"}')
    >>> parse_report(render_report(parsed.report)).report == parsed.report
    True
    """
    document = {
        "organization-name": report.organization_name,
        "date-range": {
            "start-datetime": _rfc3339(report.start_datetime),
            "end-datetime": _rfc3339(report.end_datetime),
        },
        "contact-info": report.contact_info,
        "report-id": report.report_id,
        "policies": [_policy_document(policy) for policy in report.policies],
    }
    return json.dumps(_given(document), ensure_ascii=False).encode()


def _rfc3339(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


def _given(document: Mapping[str, object]) -> dict[str, object]:
    return {key: value for key, value in document.items() if value is not None}


def _policy_document(policy: PolicyResult) -> dict[str, object]:
    return {
        "policy": _given(
            {
                "policy-type": policy.policy_type,
                "policy-string": list(policy.policy_string) or None,
                "policy-domain": policy.policy_domain,
                "mx-host": list(policy.mx_host) or None,  # an array: erratum 6241
            }
        ),
        "summary": {
            "total-successful-session-count": policy.total_successful_session_count,
            "total-failure-session-count": policy.total_failure_session_count,
        },
        "failure-details": [_failure_document(details) for details in policy.failure_details],
    }


def _failure_document(details: FailureDetails) -> dict[str, object]:
    return _given(
        {
            "result-type": details.result_type,
            "sending-mta-ip": details.sending_mta_ip,
            "receiving-mx-hostname": details.receiving_mx_hostname,
            "receiving-mx-helo": details.receiving_mx_helo,
            "receiving-ip": details.receiving_ip,
            "failed-session-count": details.failed_session_count,
            "additional-information": details.additional_information,
            "failure-reason-code": details.failure_reason_code,
        }
    )
