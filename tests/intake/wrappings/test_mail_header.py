"""What the header of a mail says of its way and its sender."""

import datetime as dt

import pytest

from tlsrpt_analysis.intake.wrappings.mail_header import (
    LONGEST_HEADER,
    read_header,
    received_datetime,
)

NOON = dt.datetime(2026, 7, 2, 12, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("field", "moment"),
    [
        ("Received: from a by b; Thu, 2 Jul 2026 14:00:00 +0200", NOON),
        ("received: from a by b (c;d)\n\tid 1;\n Thu, 2 Jul 2026 12:00:00 -0000 (UTC)", NOON),
        ("X: y\nReceived: by b; 2 Jul 2026 12:00:00 GMT\nReceived: by a; 1 Jul 2026", NOON),
        ("Received: from a by b", None),
        ("Received: from a by b; yesterday", None),
        ("Received: by b; Thu, 2 Jul 99999 14:00:00 +0200", None),
        ("X: y\n\nReceived: by b; 2 Jul 2026 12:00:00 GMT", None),  # in the body
    ],
)
def test_the_last_server_tells_when_the_mail_came(field: str, moment: dt.datetime | None) -> None:
    """Fields below the topmost are untrusted."""
    assert received_datetime(f"{field}\nFrom: a@b\n\n".encode()) == moment


def test_senders_and_signatures_are_read() -> None:
    """Each address of each From field, as a forger may add one."""
    header = read_header(
        b"\nFrom: A <a@X.example>, b@y.example\nFROM: c@z.example\nDKIM-Signature: v=1;\n d=x\n"
        b"TLS-Report-Submitter: X.example.\n\nFrom: d@w.example\n"
    )

    assert header.from_domains == ("x.example", "y.example", "z.example")
    assert header.tls_report_submitter == "x.example"
    assert header.dkim_signatures == ("v=1; d=x",)
    assert header.authentication_results == ()


def test_of_an_endless_header_only_the_start_is_read() -> None:
    """It costs what a large header costs."""
    raw = b"X: y\n" * LONGEST_HEADER + b"From: a@b.example\n\n"

    assert read_header(raw).from_domains == ()


@pytest.mark.parametrize(("beyond", "domain"), [(0, "b.example"), (1, "b.exampl")])
def test_a_header_is_read_up_to_its_longest_length(beyond: int, domain: str) -> None:
    """To the byte."""
    sender = b"\nFrom: a@b.example"
    raw = b"X: " + b"y" * (LONGEST_HEADER - 3 - len(sender) + beyond) + sender + b"\n\n"

    assert read_header(raw).from_domains == (domain,)
