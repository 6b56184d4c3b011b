"""Reports inside other JSON, as webhooks send them."""

import base64
import json
from pathlib import Path

import pytest
from support.readings import outcomes_of
from support.wrappings import REPORT, gzipped, mailed

from tlsrpt_analysis.intake.outcomes import Rejected, ReportRead, Skipped
from tlsrpt_analysis.intake.tolerant.wrapped_reports import DEPTH, MOST_PARTS, NO_REPORT

INNER = json.loads(REPORT)
PACKED = base64.b64encode(gzipped(REPORT)).decode()
MAIL = mailed(gzipped(REPORT)).decode()

BODIES: dict[str, tuple[object, str]] = {
    "a report": ({"report": INNER}, "report"),
    "beside other members": ({"id": 7, "tls": {"report": INNER}}, "tls.report"),
    "in an array": ({"reports": [INNER]}, "reports"),
    "two levels of arrays": ({"events": [{"items": [INNER]}]}, "events.items"),
    "JSON in a text": ({"Type": "Notification", "Message": REPORT.decode()}, "Message"),
    "base64 of gzip": ({"attachments": [{"Name": "a", "Content": PACKED}]}, "attachments.Content"),
    "base64 of JSON": ({"body": base64.b64encode(REPORT).decode()}, "body"),
    "a mail": ({"notificationType": "Received", "content": MAIL}, "content"),
    "wrapped twice": ({"Message": json.dumps({"report": INNER})}, "report"),
}


@pytest.mark.parametrize("kind", BODIES)
def test_c_a_report_in_a_wrapper_is_read_and_forgiven(tmp_path: Path, kind: str) -> None:
    """A row says where it was."""
    body, path = BODIES[kind]
    (outcome,) = outcomes_of(tmp_path, json.dumps(body).encode(), name="a.json")

    assert isinstance(outcome, ReportRead)
    assert outcome.report.organization_name == "Google Inc."
    assert f"the report is inside {path}" in [problem.message for problem in outcome.problems]


def test_c_each_report_in_a_wrapper_is_a_member(tmp_path: Path) -> None:
    """Whatever stands between them."""
    outcomes = outcomes_of(tmp_path, json.dumps({"a": INNER, "b": 1, "c": [INNER, 2]}).encode())

    assert [type(outcome) for outcome in outcomes] == [ReportRead] * 2


@pytest.mark.parametrize(
    "body",
    [
        {"report": "none"},
        {"token": "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9eyJhbGciOiJIUzI1"},
        {
            "content": base64.b64encode(
                gzipped(b"lunch at noon, as always, at the old place")
            ).decode()
        },
        {"content": "Subject: lunch\n\nShall we have lunch at noon, at the old place?"},
        {"text": json.dumps({"some": "thing", "other": "thing that is no report at all"})},
    ],
)
def test_other_json_is_one_member_that_is_skipped(tmp_path: Path, body: object) -> None:
    """A token or another attachment is no report."""
    (outcome,) = outcomes_of(tmp_path, json.dumps(body).encode(), name="a.json")

    assert isinstance(outcome, (Skipped, Rejected))
    if isinstance(outcome, Skipped):
        assert outcome.problem.message == NO_REPORT


def test_a_report_that_cannot_be_counted_is_rejected(tmp_path: Path) -> None:
    """It is one, wherever it is."""
    (outcome,) = outcomes_of(tmp_path, json.dumps({"report": {**INNER, "policies": 1}}).encode())

    assert isinstance(outcome, Rejected)


@pytest.mark.parametrize(("levels", "is_read"), [(DEPTH, True), (DEPTH + 1, False)])
def test_a_report_is_found_at_most_so_deep(tmp_path: Path, levels: int, *, is_read: bool) -> None:
    """Each level costs time."""
    body: object = INNER
    for _ in range(levels):
        body = {"in": body}
    (outcome,) = outcomes_of(tmp_path, json.dumps(body).encode())

    assert isinstance(outcome, ReportRead) == is_read


def test_at_most_so_many_parts_are_read(tmp_path: Path) -> None:
    """A document of texts that may be reports costs no more than that."""
    body = {str(number): "H4sI" + "A" * 40 for number in range(MOST_PARTS + 1)}
    outcomes = outcomes_of(tmp_path, json.dumps(body).encode())

    assert len(outcomes) == MOST_PARTS
