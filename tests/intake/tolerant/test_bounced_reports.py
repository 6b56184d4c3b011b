"""Bounces of one's own outgoing reports are no reports about one's own domains."""

import base64
from pathlib import Path

import pytest
from support.readings import outcomes_of
from support.wrappings import REPORT, gzipped, mailed, mbox

from tlsrpt_analysis.intake.outcomes import ReportRead, Skipped
from tlsrpt_analysis.intake.tolerant.bounced_reports import BOUNCED
from tlsrpt_analysis.loading.load import load_reports

OWN = mailed(gzipped(REPORT))  # Google's own server sent it about example.com


def _bounce(
    *,
    to: bytes = b"noreply@google.com",
    header: bytes = b'Content-Type: multipart/report; report-type=delivery-status; boundary="dd"',
    sender: bytes = b"MAILER-DAEMON@mail.google.com",
    enclosed: bytes = b"Content-Type: message/rfc822\n\n" + OWN,
) -> bytes:
    return (
        b"From: "
        + sender
        + b"\nTo: "
        + to
        + b"\nSubject: Undelivered\nMIME-Version: 1.0\n"
        + header
        + b"\n\n--dd\nContent-Type: text/plain\n\nIt was not delivered.\n"
        b"--dd\nContent-Type: message/delivery-status\n\nAction: failed\n"
        b"--dd\n" + enclosed + b"\n--dd--\n"
    )


MIXED = b'Content-Type: multipart/mixed; boundary="dd"'
BOUNCES = {
    "delivery status": _bounce(),
    "no known sender": _bounce(sender=b"a@google.com"),
    "mixed, by the daemon": _bounce(header=MIXED).replace(
        b"message/delivery-status", b"text/plain"
    ),
    "mixed, with a status": _bounce(header=MIXED, sender=b"a@google.com"),
    "Exim": _bounce(header=b"X-Failed-Recipients: a@example.com\n" + MIXED, sender=b"a@google.com"),
    "postmaster": _bounce(header=b"Auto-Submitted: auto-replied\n" + MIXED, sender=b"postmaster@x"),
    "only the header of the report": _bounce(
        enclosed=b"Content-Type: text/rfc822-headers\n\n" + OWN.partition(b"\n\n")[0]
    ),
    "without a recipient": _bounce(to=b"undisclosed-recipients:;"),
    "to a subdomain": _bounce(to=b"noreply@bounces.google.com"),
    "about itself": _bounce(to=b"a@google.com, b@example.com"),
    "in base64": _bounce(
        enclosed=b"Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\n"
        + base64.encodebytes(OWN)
    ),
    "qmail": b"From: MAILER-DAEMON@mail.google.com\nTo: noreply@google.com\nSubject: failure"
    b" notice\n\n--- Below this line is a copy of the message.\n\n" + OWN,
    "the report alone": mailed(gzipped(REPORT))
    .replace(b"Subject:", b"X-Failed-Recipients: a@example.com\nSubject:")
    .replace(b"tlsrpt@example.com", b"noreply@google.com"),
}


def test_b10_a_bounce_of_ones_own_report_is_skipped_as_that(data: Path) -> None:
    """It is about another domain's mail servers."""
    tables = load_reports(data / "cases/B10-bounce-of-own-report.eml", progress=False)

    assert tables.balance.skipped == tables.balance.members == 1
    assert tables.problems["message"].tolist() == [BOUNCED]


@pytest.mark.parametrize("kind", BOUNCES)
def test_b10_bounces_of_every_kind_are_skipped(tmp_path: Path, kind: str) -> None:
    """Whatever mail server wrote them."""
    (outcome,) = outcomes_of(tmp_path, BOUNCES[kind], name="a.eml")

    assert isinstance(outcome, Skipped)
    assert outcome.problem.message == BOUNCED


def test_b10_a_bounce_in_an_mbox_is_skipped(tmp_path: Path) -> None:
    """The reports beside it are read."""
    (tmp_path / "a.mbox").write_bytes(mbox([OWN, *BOUNCES.values()]))
    balance = load_reports(tmp_path, progress=False).balance

    assert (balance.reports, balance.skipped, balance.rejected) == (1, len(BOUNCES), 0)


def test_b10_a_forwarded_report_that_bounced_is_read(tmp_path: Path) -> None:
    """It is about the domain that got the bounce, and another one sent it."""
    (outcome,) = outcomes_of(tmp_path, _bounce(to=b"postmaster@example.com"), name="a.eml")

    assert isinstance(outcome, ReportRead)


def test_b10_a_bounce_of_another_mail_is_an_ordinary_mail(tmp_path: Path) -> None:
    """Nothing in it is a report."""
    other = _bounce(enclosed=b"Content-Type: message/rfc822\n\nSubject: lunch\n\nShall we?\n")
    (outcome,) = outcomes_of(tmp_path, other, name="a.eml")

    assert isinstance(outcome, Skipped)
    assert outcome.problem.message == "a mail without a TLS report"
