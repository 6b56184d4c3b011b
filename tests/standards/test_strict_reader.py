"""The strict reader accepts only what the tolerant reader reads alike, without another remark."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.strategies import damaged, reports
from support.wrappings import REPORT, report_document

from tlsrpt_analysis.intake.outcomes import Problem, ReportRead
from tlsrpt_analysis.intake.tolerant.documents import read_document
from tlsrpt_analysis.standards.report import Report, render_report
from tlsrpt_analysis.standards.strict_reader import decode_report


def _assert_read_alike(content: bytes) -> None:
    decoded = decode_report(content)
    if decoded is not None:
        problems = tuple(Problem("a", "report", "forgiven", text) for text in decoded.leniencies)
        assert read_document("a", content) == ReportRead("a", decoded.report, problems=problems)


def test_an_ordinary_report_is_decoded() -> None:
    """What most reporters send must not need the tolerant reader."""
    assert decode_report(REPORT) is not None
    _assert_read_alike(REPORT)


@given(reports())
def test_what_is_decoded_is_what_the_tolerant_reader_reads(report: Report) -> None:
    """Every field, and no remark."""
    _assert_read_alike(render_report(report))


@settings(max_examples=500)
@given(st.data())
def test_a_damaged_report_is_read_alike(data: st.DataObject) -> None:
    """Any JSON value in any place."""
    document = data.draw(damaged(json.loads(REPORT)))
    _assert_read_alike(json.dumps(document).encode())


_EMPTY_AND_CAPITALS = [
    {"contact_info": ""},
    {"contact_info": None},
    {"report_id": "\ud800"},
    {"date_range": {"start-datetime": "2026-07-01T02:00:00+02:00", "end-datetime": "2026-07-02Z"}},
    {"date_range": {"start-datetime": "2026-07-01", "end-datetime": "2026-07-02"}},
    {
        "date_range": {
            "start-datetime": "2026-07-01T00:00:00",
            "end-datetime": "2026-07-01T23:59:59",
        }
    },
    {"policies": []},
    {"policies": {}},
]


@pytest.mark.parametrize("changed", _EMPTY_AND_CAPITALS)
def test_odd_values_are_read_alike(changed: dict[str, object]) -> None:
    """What real reporters write for what they do not know."""
    _assert_read_alike(report_document(**changed))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"mx2.example.com"', b'"MX2.example.com"'),
        (b'"mx2.example.com"', b'""'),
        (b'"*.example.com"]', b'"*.Example.COM."]'),
        (b'["version: STSv1", "mode: testing", "mx: *.example.com"]', b'["[\\"a\\"]"]'),
        (b'"mode: testing"', b'"mode: testing\\r"'),
        (b'"mode: testing"', b'"mode: testing\\u000d"'),
        (b"40", b"-1"),
        (b"40", b"40.0"),
        (b"40", b"9007199254740993"),
        (b'"failed-session-count": 2', b'"failed-session-count": null'),
        (b'"failed-session-count": 2', b'"receiving-ip": "192.0.2.1"'),
        (b'"sts"', b'"STS"'),
        (b'"certificate-expired"', b'"sts-invalid"'),
        (b"{", b"\xef\xbb\xbf{"),
    ],
)
def test_odd_bytes_are_read_alike(old: bytes, new: bytes) -> None:
    """Each is a leniency, or an empty text, or a name to be normalised."""
    _assert_read_alike(REPORT.replace(old, new, 1))
