"""The letter to whoever has to act, filled in and safe to copy."""

import pytest
from support.made_reports import failure, month, policy, tables

from tlsrpt_analysis import diagnose, letter
from tlsrpt_analysis.errors import PolicyError

HOST = "example-com.mail.protection.outlook.com"
PATTERN = "*.mail.protection.outlook.com"


def row_of(*reports):
    """Return the only cause of some reports."""
    (row,) = diagnose(tables(*reports)).to_dict("records")
    return row


def provided(reason=None):
    """Return the row of a fault at a provider's host."""
    detail = failure(10, "certificate-host-mismatch", HOST, ip="192.0.2.7", reason=reason)
    return row_of(*month(policy(0, 10, detail, mx=[PATTERN])))


def test_the_host_of_a_provider_gets_a_ticket_and_no_settings():
    """Nobody can change the Postfix of somebody else."""
    row = provided()
    assert row["responsible"] == "your provider"
    assert row["cure"].startswith("Open a ticket with Microsoft 365, which runs")
    assert "smtpd_" not in row["cure"]
    assert "Postfix" not in row["cure"]


def test_the_letter_has_all_that_a_provider_needs():
    """Host, address, dates, who met it, the proof and the wanted end state."""
    text = letter(provided())
    for part in (
        f"Subject: example.com: TLS failures at {HOST}",
        "To: Microsoft 365",
        "count 280 failed sessions from 2026-07-01 to 2026-07-28 (UTC).",
        f"Host: {HOST}",
        "Addresses: 192.0.2.7",
        "Reported by: Google",
        f"    openssl s_client -starttls smtp -connect {HOST}:25 -servername {HOST}",
        f"We ask you to get a certificate that contains {HOST}.",
        'should end with "Verify return code: 0 (ok)"',
        "postmaster@example.com",
    ):
        assert part in text


def test_the_letter_to_a_sender_names_it():
    """And says that others are clean."""
    kinds = ("certificate-host-mismatch", "certificate-expired", "starttls-not-supported")
    details = [failure(2, kind, "mx1.example.com") for kind in kinds]
    row = row_of(
        *month(policy(1, 6, *details), reporter="isp.example"),
        *month(policy(400)),
        *month(policy(400), reporter="Microsoft"),
    )
    text = letter(row)
    assert "To: isp.example" in text
    assert "your system cannot deliver to a mail server of the domain as it should" in text
    assert "Other senders do not meet it" in text
    assert "We ask you to" not in text


def test_what_strangers_wrote_stays_on_its_line_and_is_bounded():
    """A reason may hold line breaks, marks and a million letters."""
    text = letter(provided(reason="x\n\nTo: everybody\x1b[2J" + "y" * 100_000))
    assert "\x1b" not in text
    assert "\nTo: everybody" not in text
    assert len(text) < 4000


def test_a_letter_without_a_row_is_a_plain_error():
    """It says what is missing."""
    with pytest.raises(PolicyError, match="evidence is missing"):
        letter({"policy_domain": "example.com", "cause": "cname-mx"})
