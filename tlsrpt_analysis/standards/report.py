"""The TLS report of RFC 8460 §4.4: its types, and how a document is read into them and written."""

import json

import msgspec

from tlsrpt_analysis.errors import ReportError
from tlsrpt_analysis.standards.repeated_members import json_object
from tlsrpt_analysis.standards.report_types import (
    DateRange,
    FailureDetails,
    ParsedReport,
    PolicyResult,
    Report,
    ReportedPolicy,
    Summary,
)
from tlsrpt_analysis.standards.tolerant_reader import REPORT_KEYS, is_report_like, read_report

__all__ = [
    "REPORT_KEYS",
    "DateRange",
    "FailureDetails",
    "ParsedReport",
    "PolicyResult",
    "Report",
    "ReportedPolicy",
    "Summary",
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
        The report, with names in lower case A-labels and times in UTC, and what was forgiven.

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
        decoded = json.loads(document, object_pairs_hook=json_object)
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
    return msgspec.json.encode(_without_missing(msgspec.to_builtins(report)))


def _without_missing(value: object) -> object:
    """Return a JSON value without the members that are null."""
    if isinstance(value, dict):
        return {key: _without_missing(item) for key, item in value.items() if item is not None}
    return [_without_missing(item) for item in value] if isinstance(value, (list, tuple)) else value
