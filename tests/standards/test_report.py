"""The report of RFC 8460 §4.4: read as the RFC says, and as real reporters send it."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from support.strategies import reports

from tlsrpt_analysis.errors import ReportError
from tlsrpt_analysis.standards.report import (
    DateRange,
    FailureDetails,
    ParsedReport,
    PolicyResult,
    Report,
    ReportedPolicy,
    Summary,
    is_report_like,
    parse_report,
    read_report,
    render_report,
)
from tlsrpt_analysis.standards.report_types import LARGEST_COUNT
from tlsrpt_analysis.standards.strict_reader import decode_report
from tlsrpt_analysis.standards.tolerant_members import MOST_REASONS
from tlsrpt_analysis.standards.tolerant_reader import MOST_DETAILS, MOST_POLICIES


def test_the_example_of_the_rfc_is_read_field_by_field(data: Path) -> None:
    """Every field of RFC 8460 Appendix B arrives, under its own name."""
    parsed = parse_report((data / "rfc8460-appendix-b.json").read_bytes())

    assert parsed == ParsedReport(
        Report(
            organization_name="Company-X",
            contact_info="sts-reporting@company-x.example",
            report_id="5065427c-23d3-47ca-b6e0-946ea0e8c4be",
            date_range=DateRange("2016-04-01T00:00:00+00:00", "2016-04-01T23:59:59+00:00"),
            policies=(
                PolicyResult(
                    policy=ReportedPolicy(
                        policy_type="sts",
                        policy_domain="company-y.example",
                        policy_string=(
                            "version: STSv1",
                            "mode: testing",
                            "mx: *.mail.company-y.example",
                            "max_age: 86400",
                        ),
                        mx_host=("*.mail.company-y.example",),
                    ),
                    summary=Summary(
                        total_successful_session_count=5326,
                        total_failure_session_count=303,
                    ),
                    failure_details=(
                        FailureDetails(
                            result_type="certificate-expired",
                            sending_mta_ip="2001:db8:abcd:0012::1",
                            receiving_mx_hostname="mx1.mail.company-y.example",
                            receiving_mx_helo=None,
                            receiving_ip=None,
                            failed_session_count=100,
                            additional_information=None,
                            failure_reason_code=None,
                        ),
                        FailureDetails(
                            result_type="starttls-not-supported",
                            sending_mta_ip="2001:db8:abcd:0013::1",
                            receiving_mx_hostname="mx2.mail.company-y.example",
                            receiving_mx_helo=None,
                            receiving_ip="203.0.113.56",
                            failed_session_count=200,
                            additional_information="https://reports.company-x.example/report_info?id=5065427c-23d3#StarttlsNotSupported",
                            failure_reason_code=None,
                        ),
                        FailureDetails(
                            result_type="validation-failure",
                            sending_mta_ip="198.51.100.62",
                            receiving_mx_hostname="mx-backup.mail.company-y.example",
                            receiving_mx_helo=None,
                            receiving_ip="203.0.113.58",
                            failed_session_count=3,
                            additional_information=None,
                            failure_reason_code="X509_V_ERR_PROXY_PATH_LENGTH_EXCEEDED",
                        ),
                    ),
                ),
            ),
        ),
        leniencies=("mx-host is a text instead of an array (erratum 6241)",),
    )
    assert parsed.report.start_datetime == datetime(2016, 4, 1, 0, 0, 0, tzinfo=UTC)
    assert parsed.report.end_datetime == datetime(2016, 4, 1, 23, 59, 59, tzinfo=UTC)


def test_the_only_field_not_in_the_example_is_read_too() -> None:
    """RFC 8460 §4.4 also has receiving-mx-helo."""
    parsed = parse_report(_with_failure({**_FAILURE, "receiving-mx-helo": "mx1.example.net"}))

    assert parsed.report.policies[0].failure_details[0].receiving_mx_helo == "mx1.example.net"


@given(reports())
def test_what_is_written_is_read_back(report: Report) -> None:
    """Writing loses nothing, and what we write needs no leniency but for what is unknown."""
    parsed = parse_report(render_report(report))

    assert parsed.report == report
    kept = ("kept as unknown", "kept as sent")
    assert [leniency for leniency in parsed.leniencies if not leniency.endswith(kept)] == []
    assert parsed.refused_policies == ()


_POLICY = {"policy-type": "sts", "policy-domain": "example.com"}
_SUMMARY = {"total-successful-session-count": 5, "total-failure-session-count": 2}
_FAILURE = {"result-type": "certificate-expired", "failed-session-count": 2}
_ENTRY = {"policy": _POLICY, "summary": _SUMMARY, "failure-details": [_FAILURE]}
_DATES = {"start-datetime": "2026-07-01T00:00:00Z", "end-datetime": "2026-07-01T23:59:59Z"}
_REPORT = {
    "organization-name": "Google Inc.",
    "date-range": _DATES,
    "contact-info": "smtp-tls-reporting@google.com",
    "report-id": "2026-07-01T00:00:00Z_example.com",
    "policies": [_ENTRY],
}


def _with(**changed: object) -> bytes:
    named = {key.replace("_", "-"): value for key, value in changed.items()}
    return json.dumps({**_REPORT, **named}).encode()


def _with_entry(**changed: object) -> bytes:
    named = {key.replace("_", "-"): value for key, value in changed.items()}
    return _with(policies=[{**_ENTRY, **named}])


def _with_policy(key: str, value: object) -> bytes:
    return _with_entry(policy={**_POLICY, key: value})


def _with_sessions(failed: int, policies: int = 1) -> bytes:
    summary = {"total-successful-session-count": 0, "total-failure-session-count": failed}
    return _with(policies=[{**_ENTRY, "summary": summary}] * policies)


def _with_summary(key: str, value: object) -> bytes:
    return _with_entry(summary={**_SUMMARY, key: value})


def _with_failure(failure: object) -> bytes:
    return _with_entry(failure_details=[failure])


def _with_dates(start: object, end: object) -> bytes:
    return _with(date_range={"start-datetime": start, "end-datetime": end})


def _policy(document: bytes) -> PolicyResult:
    return parse_report(document).report.policies[0]


GOOD = [
    (_with(), ()),
    (_with(policies=[]), ()),  # no sessions, no policies
    (_with(organization_name=None), ()),  # dmarc-report-viewer#71: null for what is not known
    (_with(contact_info=""), ()),
    (
        _with(report_id=17),
        ("report-id is a number instead of a text",),
    ),
    (_with(report_id={"a": 1}), ("report-id is an object instead of a text",)),
    (_with(report_id=["a"]), ("report-id is an array instead of a text",)),
    (_with(report_id=True), ("report-id is a boolean instead of a text",)),
    (_with(more="of it"), ()),  # unknown members are no fault
    (
        _with_dates("2026-07-01T00:00:00", "2026-07-01T23:59:59"),
        ("a date without a time zone, read as UTC",),  # Microsoft, mox
    ),
    (_with_dates("2026-07-01T02:00:00+02:00", "2026-07-02T01:59:59+02:00"), ()),
    (_with_dates(" 2026-07-01T00:00:00Z ", "2026-07-02T00:00:00Z"), ()),  # Mail.ru: the next day
    (_with(policies=_ENTRY), ("policies is an object instead of an array (RFC 8460 §4.4)",)),
    (
        _with_entry(summary=None),
        (
            "no summary, read as no sessions",
            "total-successful-session-count is missing, read as 0",
            "total-failure-session-count is missing, read as 0",
        ),
    ),
    (_with_entry(failure_details=None), ()),
    (_with_entry(failure_details=[]), ()),  # Postfix
    (
        _with_entry(failure_details=_FAILURE),
        ("failure-details is an object instead of an array (RFC 8460 §4.4)",),
    ),
    (_with_policy("policy-domain", None), ()),  # Postfix for no-policy-found
    (_with_policy("policy-string", None), ()),
    (_with_policy("policy-string", ""), ()),
    (
        _with_policy("policy-string", "version: STSv1"),
        ("policy-string is a text instead of an array (RFC 8460 §4.4)",),
    ),
    (_with_policy("mx-host", ["mx1.example.com"]), ()),
    (
        _with_policy("policy-string", ["version: STSv1\r", "mode: testing\r"]),
        ("policy-string has carriage returns at the ends of lines",),  # Google in 2020
    ),
    (
        _with_policy("policy-string", ['["3 1 1 AA", "3 1 1 BB"]']),
        ("policy-string holds a JSON array inside a text",),  # Microsoft, for tlsa
    ),
    (_with_policy("policy-string", ["[not an array"]), ()),
    (
        _with_policy("mx-host", "mx1.example.com"),
        ("mx-host is a text instead of an array (erratum 6241)",),
    ),
    (
        _with_policy("policy-domain", "Example.COM."),
        ("policy-domain is not in lower case A-labels without a trailing dot",),
    ),
    (
        _with_failure({**_FAILURE, "receiving-mx-hostname": "MX1.bücher.example"}),
        ("receiving-mx-hostname is not in lower case A-labels without a trailing dot",),
    ),
    (
        _with_summary("total-successful-session-count", "17"),
        ("total-successful-session-count is a text instead of a number",),
    ),
    (_with_summary("total-successful-session-count", 17.0), ()),
    (_with_sessions(LARGEST_COUNT), ()),
    (
        _with_summary("total-failure-session-count", None),
        ("total-failure-session-count is missing, read as 0",),  # Google in 2019
    ),
    (
        _with_failure({"result-type": "certificate-expired"}),
        ("failed-session-count is missing, kept as unknown",),
    ),
    (
        _with(organization_name="half \ud83d a pair"),
        ("organization-name holds half a surrogate pair, which is no character",),
    ),
    (_with(organization_name="Größe ✉"), ()),
]


@pytest.mark.parametrize(("document", "leniencies"), GOOD)
def test_what_can_be_counted_is_read_and_each_leniency_listed(
    document: bytes, leniencies: tuple[str, ...]
) -> None:
    """A clear meaning is enough, and what the standard does not allow is listed."""
    parsed = parse_report(document)

    assert parsed.leniencies == leniencies
    assert parsed.refused_policies == ()


BAD = [
    (b"", "not JSON"),
    (b"{", "not JSON"),  # cut off
    (b"[" * 100_000, "not JSON"),  # deeper than Python goes
    (b'{"report-id": "\xff"}', "not JSON"),  # not UTF-8
    (b"[]", "a report is a JSON object (RFC 8460 §4.4), this is an array"),
    (b'"report"', "a report is a JSON object (RFC 8460 §4.4), this is a text"),
    (b"null", "a report is a JSON object (RFC 8460 §4.4), this is null"),
    (_with(date_range=None), "no date-range (RFC 8460 §4.4), so its day is unknown"),
    (_with_dates(None, "2026-07-01"), "start-datetime is no RFC 3339 date and time: None"),
    (_with_dates("2026-07-01", "soon"), "end-datetime is no RFC 3339 date and time: 'soon'"),
    (_with_dates("x" * 99, "x"), f"no RFC 3339 date and time: 'xxx{'x' * 53}..."),
    (_with_dates("2026-07-02", "2026-07-01"), "the date-range ends (2026-07-01 00:00:00) before"),
    (_with_dates("0001-01-01T00:00:00+02:00", "2026-07-01"), "is out of the calendar"),
    (_with(policies=None), "policies must be an array (RFC 8460 §4.4), it is null"),
    (_with(policies="none"), "policies must be an array (RFC 8460 §4.4), it is a text"),
    (_with(policies=["sts"]), "policy 1 of 1: a policy is an object (RFC 8460 §4.4), this is"),
    (_with(policies=[{}]), "policy 1 of 1: it has no policy (RFC 8460 §4.4)"),
    (_with_entry(summary=[]), "its summary is an array instead of an object"),
    (_with_entry(failure_details=7), "failure-details is a number instead of an array"),
    (_with_entry(failure_details=[7]), "a failure detail is a number instead of an object"),
    (_with_policy("policy-string", {}), "policy-string is an object instead of an array of texts"),
    (_with_policy("mx-host", 1), "mx-host is a number instead of an array of texts"),
    (_with_summary("total-failure-session-count", -1), "cannot be a count of sessions: -1"),
    (
        _with_summary("total-failure-session-count", LARGEST_COUNT + 1),
        "cannot be a count of sessions",
    ),
    (_with_summary("total-failure-session-count", 1.5), "is no whole number: 1.5"),
    (
        _with_entry(summary={"total-successful-session-count": True}),
        "total-successful-session-count is no whole number: True",
    ),
    (_with_summary("total-failure-session-count", "many"), "is no whole number: 'many'"),
    (_with_summary("total-failure-session-count", "9" * 5_000), "cannot be a count of sessions"),
    (_with_failure({"failed-session-count": []}), "failed-session-count is no whole number: []"),
]


@pytest.mark.parametrize(("document", "message"), BAD)
def test_what_cannot_be_counted_is_refused_with_its_reason(document: bytes, message: str) -> None:
    """A report is refused rather than counted wrongly."""
    with pytest.raises(ReportError) as refusal:
        parse_report(document)

    assert message in str(refusal.value)


def test_one_bad_policy_does_not_cost_the_others() -> None:
    """The good policies of a report are kept, and the bad ones are listed by number."""
    parsed = parse_report(_with(policies=[_ENTRY, {"policy": _POLICY, "summary": 3}]))

    assert len(parsed.report.policies) == 1
    assert parsed.refused_policies == (
        "policy 2 of 2: its summary is a number instead of an object",
    )


@pytest.mark.parametrize("first", [[_ENTRY], []])
def test_of_very_many_bad_policies_some_are_listed(first: list[object]) -> None:
    """A document of 20 MB may hold millions of them."""
    document = _with(policies=[*first, *([{}] * 9_000)])

    try:
        reasons = parse_report(document).refused_policies
    except ReportError as refusal:
        reasons = tuple(str(refusal).split("; "))

    assert len(reasons) == 101
    assert reasons[-1] == "and 8900 more policies"


def test_a_missing_count_is_unknown_and_not_one() -> None:
    """Some published samples omit it."""
    (failure,) = _policy(_with_failure({"result-type": "certificate-expired"})).failure_details

    assert failure.failed_session_count is None


def test_an_empty_text_is_a_missing_one() -> None:
    """Many reporters write an empty text for what they do not know."""
    empty = {**_FAILURE, "receiving-mx-hostname": "", "sending-mta-ip": "", "result-type": ""}
    (failure,) = _policy(_with_failure(empty)).failure_details

    assert failure == FailureDetails(None, failed_session_count=2)


def test_microsofts_array_in_a_text_becomes_lines() -> None:
    """A tlsa policy-string of Microsoft is one text that holds a JSON array."""
    policy = _policy(_with_policy("policy-string", ['["3 1 1 AA", "3 1 1 BB"]']))

    assert policy.policy.policy_string == ("3 1 1 AA", "3 1 1 BB")


def test_lines_that_are_no_texts_are_kept_as_json() -> None:
    """Nothing of a policy-string is dropped."""
    assert _policy(_with_policy("policy-string", ["a", 1])).policy.policy_string == ("a", "1")


def test_unknown_result_types_are_kept_verbatim() -> None:
    """The registry may grow, and old drafts had other names."""
    (failure,) = _policy(_with_failure({**_FAILURE, "result-type": "sts-invalid"})).failure_details

    assert failure.result_type == "sts-invalid"


@pytest.mark.parametrize(
    ("document", "answer"),
    [
        ({"report-id": 1, "policies": 2}, True),
        ({"policies": 2}, False),  # one member of that name may stand in any document
        ({}, False),
        (["report-id", "policies"], False),
        (None, False),
    ],
)
def test_two_members_of_the_right_name_make_a_document_report_like(
    document: object, *, answer: bool
) -> None:
    """Only what claims to be a report can be rejected as one."""
    assert is_report_like(document) is answer


@pytest.mark.parametrize("failures", [[MOST_DETAILS], [MOST_DETAILS - 1, 1]])
def test_the_most_failure_details_are_read(failures: list[int]) -> None:
    """They are counted over all policies of a report."""
    entries = [{**_ENTRY, "failure-details": [_FAILURE] * count} for count in failures]

    parsed = read_report({**_REPORT, "policies": entries})

    details = [len(result.failure_details) for result in parsed.report.policies]
    assert details == failures
    assert parsed.refused_policies == ()


def test_a_policy_with_one_detail_too_many_is_refused() -> None:
    """The policies before it are kept."""
    entries = [{**_ENTRY, "failure-details": [_FAILURE] * count} for count in (MOST_DETAILS, 1)]

    parsed = read_report({**_REPORT, "policies": entries})

    assert len(parsed.report.policies) == 1
    assert parsed.refused_policies == (
        "policy 2 of 2: with it the report has more than 100,000 failure details",
    )


def test_the_most_policies_are_read_and_one_more_is_refused() -> None:
    """By both readers: what the strict one does not take is refused by the tolerant one."""
    most, too_many = (
        _with(policies=[{**_ENTRY, "failure-details": []}] * count)
        for count in (MOST_POLICIES, MOST_POLICIES + 1)
    )

    assert len(parse_report(most).report.policies) == MOST_POLICIES
    assert decode_report(most) is not None
    assert decode_report(too_many) is None
    with pytest.raises(ReportError, match="it has 10,001 policies, more than 10,000"):
        parse_report(too_many)


@pytest.mark.parametrize(
    ("bad", "last"),
    [(MOST_REASONS, "policy 101 of 101: "), (MOST_REASONS + 1, "and 1 more policies")],
)
def test_refused_policies_are_listed_up_to_a_number(bad: int, last: str) -> None:
    """The rest of them are counted."""
    reasons = parse_report(_with(policies=[_ENTRY, *([{}] * bad)])).refused_policies

    assert reasons[-1].startswith(last)
    assert len(reasons) == bad


@pytest.mark.parametrize("count", [0, LARGEST_COUNT])
def test_both_readers_take_the_smallest_and_the_largest_count(count: int) -> None:
    """And the strict one leaves the next to the tolerant one, which refuses them."""
    assert decode_report(_with_sessions(count)) is not None
    assert decode_report(_with_summary("total-failure-session-count", -1)) is None
    assert decode_report(_with_summary("total-failure-session-count", LARGEST_COUNT + 1)) is None


def _with_details(count: int) -> bytes:
    """Two details that count as many sessions together."""
    halves = [count // 2, count - count // 2]
    details = [{**_FAILURE, "failed-session-count": half} for half in halves]
    summary = {"total-successful-session-count": 0, "total-failure-session-count": 0}
    return _with_entry(summary=summary, failure_details=details)


@pytest.mark.parametrize(
    "document",
    [_with_sessions(LARGEST_COUNT, policies=1_025), _with_details(LARGEST_COUNT + 1)],
)
def test_the_counts_of_a_report_are_bounded_as_a_whole(document: bytes) -> None:
    """A sum beyond what 64 bits hold would print as a negative number of sessions."""
    assert decode_report(document) is None
    with pytest.raises(ReportError, match="its counts add up to more than 1,000,000,000,000"):
        parse_report(document)


def test_details_may_count_as_many_sessions_as_a_report() -> None:
    """In totals and in details the same sessions stand twice."""
    assert decode_report(_with_details(LARGEST_COUNT)) is not None
