"""Reports as people found them in the wild, each with what must be said of it."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from support.wrappings import REPORT, report_document

from tlsrpt_analysis.errors import ReportError
from tlsrpt_analysis.loading.load import load_reports
from tlsrpt_analysis.standards.report import is_report_like, parse_report
from tlsrpt_analysis.standards.strict_reader import decode_report
from tlsrpt_analysis.tables import ReportTables


@pytest.fixture(scope="module")
def cases(data: Path) -> Path:
    """Return the folder of the cases."""
    return data / "cases"


def _read(path: Path) -> tuple[ReportTables, list[str]]:
    tables = load_reports(path, progress=False)
    return tables, tables.problems["message"].tolist()


def _type_of(text: str) -> tuple[str | None, str | None, tuple[str, ...]]:
    parsed = parse_report(
        '{"date-range": {"start-datetime": "2026-09-01T00:00:00Z",'
        ' "end-datetime": "2026-09-01T23:59:59Z"}, "policies": [{"policy": {"policy-domain":'
        f' "example.com"{text}}}, "summary": {{"total-successful-session-count": 1,'
        ' "total-failure-session-count": 1}, "failure-details": [{"result-type":'
        ' "dnssec-invalid", "failed-session-count": 1}]}]}'
    )
    result = parsed.report.policies[0]
    return result.policy.policy_type, result.failure_details[0].result_type, parsed.leniencies


def test_a04_a_policy_type_in_upper_case_counts(cases: Path) -> None:
    """The sessions are those of MTA-STS, and a row says what was forgiven."""
    tables, messages = _read(cases / "A04-policy-type-STS.json")

    assert tables.policies["policy_type"].tolist() == ["sts"]
    assert messages == ["policy-type is 'STS' instead of sts (RFC 8460 §4.4)"]


@pytest.mark.parametrize(
    ("written", "policy_type", "leniencies"),
    [
        (', "policy-type": "tlsa"', "tlsa", ()),
        (
            ', "policy-type": " TLSA "',
            "tlsa",
            ("policy-type is ' TLSA ' instead of tlsa (RFC 8460 §4.4)",),
        ),
        (
            ', "policy-type": "No_Policy Found"',
            "no-policy-found",
            ("policy-type is 'No_Policy Found' instead of no-policy-found (RFC 8460 §4.4)",),
        ),
        ("", None, ("policy-type is missing (RFC 8460 §4.4), kept as unknown",)),
        (
            ', "policy-type": null',
            None,
            ("policy-type is missing (RFC 8460 §4.4), kept as unknown",),
        ),
        (
            ', "policy-type": "dane"',
            "dane",
            ("policy-type 'dane' is not registered (RFC 8460 §4.4), kept as sent",),
        ),
    ],
)
def test_a04_policy_types_of_every_spelling(
    written: str, policy_type: str | None, leniencies: tuple[str, ...]
) -> None:
    """Case, blanks and underscores do not count; what is unknown is kept and said."""
    assert _type_of(written) == (policy_type, "dnssec-invalid", leniencies)


def test_a07_dates_in_lower_case_are_read(cases: Path) -> None:
    """RFC 3339 §5.6 allows them, so nothing is forgiven."""
    tables, messages = _read(cases / "A07-rfc3339-lower-case-t-and-z.json")

    assert tables.reports["day"].astype(str).tolist() == ["2026-09-01"]
    assert messages == []


@pytest.mark.parametrize(
    ("end", "read"),
    [
        ("2016-12-31t23:59:60z", "2016-12-31T23:59:59+00:00"),
        ("2017-01-01T08:59:60+09:00", "2016-12-31T23:59:59+00:00"),
        (" 2016-12-31 23:59:60.5Z ", "2016-12-31T23:59:59.500000+00:00"),
        ("2016-12-31T23:59:59.123456789z", "2016-12-31T23:59:59.123456+00:00"),
    ],
)
def test_a07_leap_seconds_and_lower_case_are_read_alike_by_both_readers(
    end: str, read: str
) -> None:
    """They need no leniency, and stay in their day."""
    content = (
        f'{{"date-range": {{"start-datetime": "2016-12-31t00:00:00z", "end-datetime": "{end}"}},'
        ' "policies": []}'
    ).encode()
    decoded = decode_report(content)

    assert decoded is not None
    assert decoded.leniencies == parse_report(content).leniencies == ()
    assert decoded.report == parse_report(content).report
    assert decoded.report.date_range.end_datetime == read


def test_b03_an_ipv4_address_mapped_to_ipv6_is_ipv4(cases: Path) -> None:
    """Both spellings are one address."""
    tables, messages = _read(cases / "B03-ipv4-mapped-address.zip")

    assert sorted(tables.failures["receiving_ip"].unique()) == ["192.0.2.1", "192.0.2.2"]
    assert set(messages) == {"receiving-ip is not a bare IP address (RFC 8460 §4.4)"}


@pytest.mark.parametrize(
    ("written", "read", "is_forgiven"),
    [
        ("192.0.2.1", "192.0.2.1", False),
        ("[192.0.2.1]", "192.0.2.1", True),
        ("192.0.2.1:25", "192.0.2.1", True),
        (" 192.0.2.1 ", "192.0.2.1", True),
        ("mx1.example.com[192.0.2.1]:25", "192.0.2.1", True),
        ("0:0:0:0:0:FFFF:C000:0201", "192.0.2.1", True),
        ("[::ffff:192.0.2.1]:25", "192.0.2.1", True),
        ("2001:DB8:0:0:0:0:0:0001", "2001:db8::1", False),  # RFC 8460's own example is so
        ("IPv6:2001:db8::1", "2001:db8::1", True),
        ("[IPv6:2001:db8::1]", "2001:db8::1", True),
        ("[2001:db8::1]:25", "2001:db8::1", True),
        ("2001:db8::1/128", "2001:db8::1", True),
        ("unknown", "unknown", True),
    ],
)
@pytest.mark.parametrize("key", ["receiving-ip", "sending-mta-ip"])
def test_b03_addresses_of_every_spelling(
    tmp_path: Path, key: str, written: str, read: str, *, is_forgiven: bool
) -> None:
    """In the frame each address has one spelling."""
    report = REPORT.replace(b'{"result-type"', f'{{"{key}": "{written}", "result-type"'.encode())
    (tmp_path / "a.json").write_bytes(report)
    tables, messages = _read(tmp_path / "a.json")

    assert tables.failures[key.replace("-", "_")].tolist() == [read]
    assert bool(messages) == is_forgiven
    assert all(message.startswith(key) for message in messages)


def test_c_an_mx_name_loses_its_port(cases: Path) -> None:
    """A port is no part of a name."""
    tables, messages = _read(cases / "C-mx-with-port.json")

    assert tables.failures["receiving_mx_hostname"].tolist() == ["mx1.example.com"]
    assert messages == [
        "receiving-mx-hostname is not a bare name: it has a port, brackets or an address"
    ]


@pytest.mark.parametrize(
    ("written", "name", "address"),
    [
        ("mx1.example.com", "mx1.example.com", None),
        ("MX1.example.com.:25", "mx1.example.com", None),
        ("[mx1.example.com]:25", "mx1.example.com", None),
        ("mx1.example.com [192.0.2.1]", "mx1.example.com", "192.0.2.1"),
        ("mx1.example.com (192.0.2.1)", "mx1.example.com", "192.0.2.1"),
        ("mx1.example.com[2001:db8::1]:25", "mx1.example.com", "2001:db8::1"),
        ("[192.0.2.1]", None, "192.0.2.1"),
        ("192.0.2.1", None, "192.0.2.1"),
        ("2001:db8::1", None, "2001:db8::1"),
        ("[]", "[]", None),
    ],
)
def test_c_mx_names_with_ports_and_addresses(
    tmp_path: Path, written: str, name: str | None, address: str | None
) -> None:
    """The address beside a name is the one that received, where the report names no other."""
    (tmp_path / "a.json").write_bytes(REPORT.replace(b"mx2.example.com", written.encode()))
    tables, _ = _read(tmp_path / "a.json")
    failure = tables.failures.astype(object).where(tables.failures.notna(), None).iloc[0]

    assert failure["receiving_mx_hostname"] == name
    assert failure["receiving_ip"] == address


def test_c_a_port_in_mx_host_is_forgiven(tmp_path: Path) -> None:
    """A list that names only an address has no name left."""
    changed = REPORT.replace(b'["*.example.com"]', b'["*.example.com:25", "[192.0.2.1]"]')
    (tmp_path / "a.json").write_bytes(changed)
    tables, messages = _read(tmp_path / "a.json")

    assert tables.policies["mx_host"].tolist() == ["*.example.com"]
    assert messages == ["mx-host is not a bare name: it has a port, brackets or an address"]


_LINES = ("version: STSv1", "mode: testing", "mx: mx1.example.com", "max_age: 604800")


def test_c_a_policy_text_in_one_item_is_split(cases: Path) -> None:
    """Its mode is known again."""
    tables, messages = _read(cases / "C-policy-text-in-one-item.json")

    assert tables.policies["policy_mode"].tolist() == ["testing"]
    assert tables.policies["policy_string"].tolist() == ["\n".join(_LINES)]
    assert messages == ["policy-string has several lines in one item (RFC 8460 §4.4)"]


@pytest.mark.parametrize(
    "items",
    [
        ["\r\n".join(_LINES)],
        ["\n".join(_LINES) + "\n"],
        ["\\n".join(_LINES)],
        ["\\r\\n".join(_LINES)],
        ["; ".join(_LINES)],
        [",".join(_LINES)],
        [" ".join(_LINES)],
        ["\n".join(_LINES[:2]), "\n".join(_LINES[2:])],
        [f"{line}\n" for line in _LINES],
        "\n".join(_LINES),
    ],
)
def test_c_policy_texts_broken_in_other_ways(tmp_path: Path, items: object) -> None:
    """Whatever stands between the lines."""
    document = json.loads(REPORT)
    document["policies"][0]["policy"]["policy-string"] = items
    (tmp_path / "a.json").write_text(json.dumps(document))
    tables, messages = _read(tmp_path / "a.json")

    assert tables.policies["policy_string"].tolist() == ["\n".join(_LINES)]
    assert "policy-string has several lines in one item (RFC 8460 §4.4)" in messages


def test_c_tlsa_records_in_one_item_are_split() -> None:
    """DANE's policy is a list of records."""
    document = json.loads(REPORT)
    document["policies"][0]["policy"] |= {
        "policy-type": "tlsa",
        "policy-string": ["3 1 1 aa\n3 1 1 bb"],
    }

    policy = parse_report(json.dumps(document)).report.policies[0].policy
    assert policy.policy_string == ("3 1 1 aa", "3 1 1 bb")


@pytest.mark.parametrize(
    "mode",
    ["Mode: Testing", "mode : testing", " MODE:TESTING ", "mode: Testing", "Mode\t: testing"],
)
def test_a04_modes_and_keys_of_every_spelling(tmp_path: Path, mode: str) -> None:
    """The text stays as it was sent; its mode is read."""
    document = json.loads(REPORT)
    document["policies"][0]["policy"]["policy-string"] = ["version: STSv1", mode]
    (tmp_path / "a.json").write_text(json.dumps(document))
    tables, messages = _read(tmp_path / "a.json")

    assert tables.policies["policy_mode"].tolist() == ["testing"]
    assert tables.policies["policy_string"].tolist() == [f"version: STSv1\n{mode}"]
    assert messages == ["policy-string has keys or a mode in another spelling (RFC 8461 §3.2)"]


def test_c_a_report_without_an_end_is_about_a_day(cases: Path) -> None:
    """From its start to the last second of that day."""
    tables, messages = _read(cases / "C-no-end-datetime.json")

    assert tables.reports["end_datetime"].astype(str).tolist() == ["2026-09-01 23:59:59+00:00"]
    assert messages == ["end-datetime is missing, read as a day after start-datetime"]


@pytest.mark.parametrize(
    ("date_range", "read"),
    [
        ({"start-datetime": "2026-09-01T00:00:00Z", "end-datetime": None}, "2026-09-01T23:59:59"),
        ({"start-datetime": "2026-09-01T00:00:00Z", "end-datetime": ""}, "2026-09-01T23:59:59"),
        ({"start-datetime": "2026-09-01T00:00:00"}, "2026-09-01T23:59:59"),
    ],
)
def test_c_ranges_without_an_end(date_range: dict[str, str | None], read: str) -> None:
    """It is a day after the start."""
    parsed = parse_report(report_document(date_range=date_range))

    assert parsed.report.date_range.start_datetime == "2026-09-01T00:00:00+00:00"
    assert parsed.report.date_range.end_datetime == f"{read}+00:00"
    assert any("is missing, read as a day" in leniency for leniency in parsed.leniencies)


@pytest.mark.parametrize(
    ("date_range", "reason"),
    [
        ({}, "start-datetime is no RFC 3339 date and time"),
        ({"start-datetime": "9999-12-31T12:00:00Z"}, "the date-range ends beyond the calendar"),
        ({"start-datetime": "yesterday"}, "start-datetime is no RFC 3339 date and time"),
    ],
)
def test_c_ranges_without_a_day_are_refused(date_range: dict[str, str], reason: str) -> None:
    """Nothing says what day they are about."""
    with pytest.raises(ReportError, match=reason):
        parse_report(report_document(date_range=date_range))


_NO_UTC_DAY = "its day is not a UTC day (RFC 8460 §4.1): filed under {}, which holds most of it"


def test_c_a_local_day_is_filed_under_the_day_that_holds_most_of_it(cases: Path) -> None:
    """From 22:00 to 21:59:59 UTC."""
    tables, messages = _read(cases / "C-local-day-in-utc.eml")

    assert tables.reports["day"].astype(str).tolist() == ["2026-09-01"]
    assert _NO_UTC_DAY.format("2026-09-01") in messages


@pytest.mark.parametrize(
    ("start", "end", "day", "is_flagged"),
    [
        ("2026-09-01T00:00:00Z", "2026-09-01T23:59:59Z", "2026-09-01", False),
        ("2026-09-01T00:00:00Z", "2026-09-02T00:00:00Z", "2026-09-01", False),
        ("2026-09-01T00:00:00Z", "2026-09-02T23:59:59Z", "2026-09-01", False),
        ("2026-09-01T00:00:00+02:00", "2026-09-01T23:59:59+02:00", "2026-09-01", True),
        ("2026-09-01T00:00:00-05:00", "2026-09-01T23:59:59-05:00", "2026-09-01", False),
        ("2026-08-31T18:30:00Z", "2026-09-01T18:29:59Z", "2026-09-01", True),
        ("2026-08-31T22:00:00", "2026-09-01T21:59:59", "2026-09-01", True),
        ("2026-08-31T12:00:00Z", "2026-09-01T11:59:59Z", "2026-08-31", False),
        ("2026-08-31T12:00:00Z", "2026-09-01T12:00:00Z", "2026-08-31", False),
        ("2026-08-31T12:00:01Z", "2026-09-01T12:00:00Z", "2026-09-01", True),
        ("2026-08-31T22:00:00Z", "2026-09-07T21:59:59Z", "2026-09-01", True),
    ],
)
def test_c_days_that_begin_at_any_hour(
    tmp_path: Path, start: str, end: str, day: str, *, is_flagged: bool
) -> None:
    """The first of two days that hold the same."""
    date_range = {"start-datetime": start, "end-datetime": end}
    (tmp_path / "a.json").write_bytes(report_document(date_range=date_range))
    tables, messages = _read(tmp_path / "a.json")

    assert tables.reports["day"].astype(str).tolist() == [day]
    assert (_NO_UTC_DAY.format(day) in messages) == is_flagged


def test_b06_the_order_of_policies_makes_no_new_report(cases: Path) -> None:
    """One report twice, its policies turned."""
    tables, messages = _read(cases / "B06-policies-in-other-order.zip")

    assert tables.balance.duplicates == 1
    assert len(tables.policies) == 2
    assert messages == []


def test_b06_a_policy_that_comes_twice_is_another_report(tmp_path: Path) -> None:
    """Only the order does not count."""
    entry = json.loads(REPORT)["policies"][0]
    (tmp_path / "a.json").write_bytes(report_document(policies=[entry]))
    (tmp_path / "b.json").write_bytes(report_document(policies=[entry, entry]))

    assert load_reports(tmp_path, progress=False).balance.duplicates == 0


_DETAILS = [{"result-type": "certificate-expired", "failed-session-count": 2}]


def _with_failures(**changed: object) -> bytes:
    """Return a report whose failures stand elsewhere."""
    entry = json.loads(REPORT)["policies"][0]
    del entry["failure-details"]
    return report_document(policies=[{**entry, **changed}])


@pytest.mark.parametrize("key", ["failures", "failure-detail", "failed-details", "errors"])
@pytest.mark.parametrize("details", [_DETAILS, _DETAILS[0]])
def test_failures_under_another_key_are_read(key: str, details: object) -> None:
    """They are none the less failures."""
    parsed = parse_report(_with_failures(**{key: details}))

    assert [found.failed_session_count for found in parsed.report.policies[0].failure_details] == [
        2
    ]
    assert parsed.leniencies[0] == f"failures under {key!r} instead of failure-details"


def test_failures_in_the_summary_are_read() -> None:
    """Beside the counts."""
    summary = {"total-successful-session-count": 1, "total-failure-session-count": 2}
    parsed = parse_report(_with_failures(summary={**summary, "failures": _DETAILS}))

    assert len(parsed.report.policies[0].failure_details) == 1
    assert parsed.leniencies == ("failures under 'failures' instead of failure-details",)


def test_failures_under_two_keys_are_read_once() -> None:
    """They may be the same ones."""
    parsed = parse_report(_with_failures(failures=_DETAILS, **{"failure-details": _DETAILS}))

    assert len(parsed.report.policies[0].failure_details) == 1
    assert parsed.leniencies == ("failures under 'failures', not read: there are others",)


@pytest.mark.parametrize("count", [0, 1, 2])
def test_failures_beside_policies_are_read_where_there_is_one(count: int) -> None:
    """With more than one, nobody knows whose they are."""
    entry = json.loads(_with_failures())["policies"][0]
    document = json.loads(report_document(policies=[entry] * count))
    parsed = parse_report(json.dumps(document | {"failure-details": _DETAILS}))

    assert sum(len(result.failure_details) for result in parsed.report.policies) == (count == 1)
    where = "not in them" if count == 1 else "not read"
    assert parsed.leniencies == (f"failures under 'failure-details' beside policies, {where}",)


@pytest.mark.parametrize(
    "rename", [str.upper, str.title, lambda key: key.replace("-", "_"), lambda key: f" {key} "]
)
def test_a04_keys_of_every_spelling(rename: Callable[[str], str]) -> None:
    """Every member of the report is found."""

    def renamed(value: object) -> object:
        if isinstance(value, dict):
            return {rename(key): renamed(inner) for key, inner in value.items()}
        return [renamed(inner) for inner in value] if isinstance(value, list) else value

    content = json.dumps(renamed(json.loads(REPORT)))

    assert is_report_like(json.loads(content))
    assert parse_report(content).report == parse_report(REPORT).report
    assert f"{rename('policy-type')!r} instead of policy-type (RFC 8460 §4.4)" in (
        parse_report(content).leniencies
    )
