"""What makes a readable report suspicious."""

import dataclasses
import datetime as dt

import pytest
from support.wrappings import report_document

from tlsrpt_analysis.intake.outcomes import ReportRead
from tlsrpt_analysis.intake.red_flags import expectations, future_day, red_flags
from tlsrpt_analysis.standards.report import parse_report

TODAY = dt.date(2026, 7, 2)


def _flags(own_domains: str | tuple[str, ...] = (), received: str = "", **changed: object):
    read = ReportRead("it", parse_report(report_document(**changed)).report)
    if received:
        read = dataclasses.replace(read, received_datetime=dt.datetime.fromisoformat(received))
    return list(red_flags(read, expectations(own_domains, TODAY)))


def _range(start: str, end: str) -> dict[str, str]:
    return {
        f"{side}-datetime": f"{moment}{'' if 'T' in moment else 'T00:00:00'}Z"
        for side, moment in (("start", start), ("end", end))
    }


@pytest.mark.parametrize("own_domains", [(), "example.com", "COM", ("example.net", "Example.Com.")])
def test_a_plain_report_has_no_flag(own_domains: str | tuple[str, ...]) -> None:
    """Nearly all of them; a domain is known with all below it."""
    assert _flags(own_domains, "2026-07-02T04:00:00+00:00") == []


def test_a_report_about_another_domain_is_flagged() -> None:
    """Someone's typing error, or someone's forgery."""
    (flag,) = _flags("example.net")

    assert flag.startswith("it is about example.com, which is not among your own domains")


def test_few_of_many_strange_domains_are_named() -> None:
    """The names are untrusted, and there may be thousands."""
    policy = {"policy": {"policy-type": "sts"}, "summary": {}}
    policies = [
        policy | {"policy": {"policy-type": "sts", "policy-domain": f"{number}.example"}}
        for number in range(9)
    ]

    (flag,) = _flags("example.com", policies=[*policies, policy])

    assert flag.startswith("it is about 0.example, 1.example, 2.example and 6 more, which")


@pytest.mark.parametrize(
    ("start", "end", "flags"),
    [
        ("2026-07-03", "2026-07-04", []),  # the reporter's clock, or its time zone
        ("2026-06-01", "2026-06-03", []),
        (
            "2026-06-01",
            "2026-06-03T00:00:01",
            ["it is about 2 days at once; a report is about one day (RFC 8460 §4.1)"],
        ),
        (
            "2026-06-01",
            "2026-06-08",
            ["it is about 7 days at once; a report is about one day (RFC 8460 §4.1)"],
        ),
    ],
)
def test_odd_dates_are_flagged(start: str, end: str, flags: list[str]) -> None:
    """A report should be about one day."""
    assert _flags(date_range=_range(start, end)) == flags


@pytest.mark.parametrize(
    ("start", "end", "received", "why"),
    [
        ("2026-07-03", "2026-07-04", "", None),  # the reporter's clock, or its time zone
        ("2026-07-04", "2026-07-05", "", "it is about 2026-07-04, and was read on 2026-07-02"),
        ("2026-07-01", "2036-07-01", "", None),  # filed under its first day
        ("2026-07-03T22:00:00", "2026-07-04T21:59:59", "", "it is about 2026-07-04, and was read"),
        ("2026-06-02", "2026-06-03", "2026-06-01", None),
        ("2026-06-03", "2026-06-04", "2026-06-01", "it is about 2026-06-03, and arrived on 20"),
        ("2026-06-03", "2026-06-04", "9999-12-31", None),
        ("9999-12-30", "9999-12-31", "9999-12-31", "it is about 9999-12-30, and was read on 2026"),
    ],
)
def test_a_day_that_has_not_come_is_no_evidence(
    start: str, end: str, received: str, why: str | None
) -> None:
    """It would be the latest day, and so decide about today."""
    read = ReportRead("it", parse_report(report_document(date_range=_range(start, end))).report)
    if received:
        moment = dt.datetime.fromisoformat(f"{received}T12:00:00+00:00")
        read = dataclasses.replace(read, received_datetime=moment)

    found = future_day(read, expectations((), TODAY))

    assert (found or "").startswith(why or "")
    assert bool(found) == bool(why)


def test_an_old_report_is_flagged_by_when_it_came() -> None:
    """The age of the file does not matter."""
    assert _flags(received="2026-07-14T00:00:00+00:00") == []
    assert _flags(received="2026-08-01T00:00:00+00:00") == [
        "it came 30 days after the time that it is about"
    ]


@pytest.mark.parametrize(
    ("received", "flags"),
    [
        ("2026-06-16T00:00:00+00:00", []),
        ("2026-06-16T00:00:01+00:00", ["it came 14 days after the time that it is about"]),
    ],
)
def test_a_report_may_arrive_two_weeks_late(received: str, flags: list[str]) -> None:
    """Queues and holidays take no longer."""
    assert _flags(received=received, date_range=_range("2026-06-01", "2026-06-02")) == flags


@pytest.mark.parametrize(
    ("count", "named"),
    [(3, "0.example, 1.example, 2.example, which"), (4, "2.example and 1 more, which")],
)
def test_three_strange_domains_are_all_named(count: int, named: str) -> None:
    """From the fourth on they are counted."""
    policies = [
        {"policy": {"policy-type": "sts", "policy-domain": f"{number}.example"}, "summary": {}}
        for number in range(count)
    ]

    (flag,) = _flags("example.com", policies=policies)

    assert named in flag


@pytest.mark.parametrize(("length", "shown"), [(80, 80), (81, 80)])
def test_a_long_domain_is_shown_in_part(length: int, shown: int) -> None:
    """A name is untrusted text of any length."""
    domain = ".".join(["a" * 39, "b" * (length - 40)])
    policy = {"policy": {"policy-type": "sts", "policy-domain": domain}, "summary": {}}

    (flag,) = _flags("example.com", policies=[policy])

    assert flag.startswith(f"it is about {domain[:shown]}, which")


def test_a_known_name_with_a_contact_elsewhere_is_flagged() -> None:
    """A forger takes the name of a reporter that everybody trusts."""
    assert _flags(contact_info="a@evil.example") == [
        "it claims to be from Google, with a contact elsewhere (evil.example)"
    ]
    assert _flags(contact_info="ask us") == [
        "it claims to be from Google, with a contact elsewhere (an unreadable contact)"
    ]
    assert _flags(contact_info=None) == []
    assert _flags(contact_info="a@gmx.net") == []  # then the reporter is GMX
