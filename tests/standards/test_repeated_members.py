"""A member that stands twice in a JSON object is named, whichever reader meets it."""

import json

import pytest
from support.growth import growth
from support.wrappings import REPORT, report_document

from tlsrpt_analysis.standards.repeated_members import json_object
from tlsrpt_analysis.standards.report import parse_report
from tlsrpt_analysis.standards.strict_reader import decode_report

POLICY = json.loads(REPORT)["policies"][0]
CLEAN = {name: value for name, value in POLICY.items() if name != "failure-details"}
DETAIL = POLICY["failure-details"][0]
ADDRESSES = {"receiving-ip": "2001:db8::1", "sending-mta-ip": "2001:db8::2"}
TEXTS = {"additional-information": "https://a.example/", "failure-reason-code": "a: b"}


def _with(*policies: object) -> bytes:
    return report_document(policies=list(policies))


def _detailed(**more: str) -> dict[str, object]:
    return {**POLICY, "failure-details": [{**DETAIL, **more}]}


ONCE = {
    "with failures": REPORT,
    "without": _with(CLEAN),
    "with an empty list": _with(CLEAN | {"failure-details": []}),
    "with some": _with(CLEAN, POLICY, CLEAN | {"failure-details": []}),
    "with colons": _with(
        {**POLICY, "failure-details": [{**DETAIL, **ADDRESSES, **TEXTS}, {**DETAIL, **ADDRESSES}]}
    ),
    "with blanks": REPORT.replace(b'":', b'" \t:').replace(b",", b" ,\r\n"),
    "with an empty text": REPORT.replace(b"Google Inc.", b""),
    "with null": REPORT.replace(b'"Google Inc."', b"null"),
    "without a member": REPORT.replace(b'"organization-name": "Google Inc.", ', b""),
    "with escaped quotes": REPORT.replace(b"Google Inc.", rb"\":\":"),
    "with the name of a member": REPORT.replace(b"Google Inc.", b"failure-details"),
}


@pytest.mark.parametrize("content", ONCE.values(), ids=ONCE.keys())
def test_what_stands_once_is_read_fast(content: bytes) -> None:
    """However it is written."""
    decoded = decode_report(content)

    assert decoded is not None
    assert not [text for text in parse_report(content).leniencies if "twice" in text]


def _twice(content: bytes, member: bytes, *, once_more: bytes = b"") -> bytes:
    assert content.count(member) == 1
    return content.replace(member, (once_more or member) + b", " + member)


COUNT = b'"total-failure-session-count": 2'
ID = b'"report-id": "2026-07-01T00:00:00Z_example.com"'
RANGE = b'"end-datetime": "2026-07-01T23:59:59Z"'
MODE = b'"policy-domain": "example.com"'
HOST = b'"receiving-mx-hostname": "mx2.example.com"'
LIST = json.dumps({"failure-details": [DETAIL]}).encode()[1:-1]
NO_LIST = b'"failure-details": []'

TWICE = {
    "in the report": (_twice(REPORT, ID), "report-id"),
    "in the range": (_twice(REPORT, RANGE), "end-datetime"),
    "in a policy": (_twice(REPORT, MODE), "policy-domain"),
    "in a summary": (_twice(REPORT, COUNT), "total-failure-session-count"),
    "in a detail": (_twice(REPORT, HOST), "receiving-mx-hostname"),
    "another count first": (_twice(REPORT, COUNT, once_more=COUNT + b"0"), COUNT[1:28].decode()),
    "with a blank": (_twice(REPORT, ID, once_more=b'"report-id" : "x"'), "report-id"),
    "null": (_twice(REPORT, ID, once_more=b'"report-id": null'), "report-id"),
    "empty": (_twice(REPORT, ID, once_more=b'"report-id": ""'), "report-id"),
    "empty in a policy": (
        _twice(REPORT, MODE, once_more=b'"policy-domain": ""'),
        "policy-domain",
    ),
    "all policies": (
        REPORT.replace(b'"policies"', b'"policies": [], "policies"'),
        "policies",
    ),
    "failures, beside a clean policy": (
        _twice(_with(POLICY, CLEAN), LIST, once_more=NO_LIST),
        "failure-details",
    ),
    "where failures are left out": (_twice(_with(CLEAN), COUNT), COUNT[1:28].decode()),
    "where they are an empty list": (
        _twice(_with(CLEAN | {"failure-details": []}), NO_LIST),
        "failure-details",
    ),
    "where a text looks like it": (
        _twice(_with(CLEAN), COUNT).replace(b"Google Inc.", rb"\"failure-details\":"),
        COUNT[1:28].decode(),
    ),
}


@pytest.mark.parametrize(("content", "name"), TWICE.values(), ids=TWICE.keys())
def test_what_stands_twice_is_named(content: bytes, name: str) -> None:
    """The strict reader leaves it to the tolerant one."""
    assert json.loads(content)
    assert decode_report(content) is None
    assert f"{name!r} stands twice in an object, and the last counts" in (
        parse_report(content).leniencies
    )


def test_many_of_them_take_no_time() -> None:
    """Each name is counted once."""
    growth(lambda size: json_object([(str(place // 2), 1) for place in range(size)]), 50_000)
