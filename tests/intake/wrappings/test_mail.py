"""Mails and mailboxes: recognised, split and taken apart."""

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.readings import ends_of, message_of, outcomes_of
from support.wrappings import (
    REPORT,
    base64_mail,
    forwarded,
    gzipped,
    mailed,
    mbox,
    ordinary_mail,
    report_document,
)

from tlsrpt_analysis.intake.limits import DEFAULT_LIMITS, Limits
from tlsrpt_analysis.intake.outcomes import ReportRead
from tlsrpt_analysis.intake.wrappings import mail
from tlsrpt_analysis.intake.wrappings import mbox as mbox_module
from tlsrpt_analysis.intake.wrappings.mail import (
    check_costs,
    declares_report,
    is_mail,
    may_hold_report,
    parse_mail,
)
from tlsrpt_analysis.intake.wrappings.mbox import is_mbox, split_mbox
from tlsrpt_analysis.intake.wrappings.streams import Stream, Unreadable

MAILS = [
    b"From: a@b.example\nSubject: x\n\nbody",
    b"Return-Path: <>\r\nReceived: from x\r\n\tby y\r\n\r\nbody",
    b"\r\nSubject: after an empty line\r\n\r\n",
    b"X-First: 1\nsubject : with a space\n\n",
    b"Subject: no body",
    b"DKIM-Signature: v=1;\n" + b" b=aaaa\n" * 2_000 + b"Subject: beyond the head\n\n",
    b"Subject: " + b"long " * 2_000,
]


@pytest.mark.parametrize("head", MAILS)
def test_a_header_makes_a_mail(head: bytes) -> None:
    """RFC 5322 §2.2: field names, colons, and folded lines."""
    assert is_mail(head)
    assert not is_mbox(head)


NO_MAILS = [
    b"",
    b"\n\n",
    b"{}",
    b"hello",
    b"version: STSv1\nmode: testing\n",  # no field that a mail has
    b"key: value\nand then a text\nSubject: late",
    b" Subject: folded at once",
    "Subjéct: x".encode(),
    b"<html>\nFrom: x",
]


@pytest.mark.parametrize("head", NO_MAILS)
def test_other_text_is_no_mail(head: bytes) -> None:
    """A text with a colon is not enough."""
    assert not is_mail(head)


@pytest.mark.parametrize(
    ("head", "answer"),
    [
        (b"From x Fri Jul  8 12:08:34 2011\nSubject: x\n", True),
        (b"From - Tue Nov 24 03:24:26 2026\r\nX-Mozilla-Status: 0001\r\n", True),
        (b"From x\n>From y\nSubject: x\n", True),  # mutt
        (b"From here\nto there", False),
        (b"From: x\nSubject: y\n", False),
        (b"From x", False),
    ],
)
def test_a_from_line_and_a_header_make_an_mbox(head: bytes, *, answer: bool) -> None:
    """A letter may start with From as well."""
    assert is_mbox(head) is answer


def _split(content: bytes, limits: Limits | None = None) -> list[bytes]:
    return list(split_mbox(Stream.of(content), limits or Limits()))


@given(st.lists(st.text("aF\nrom >:x1", max_size=60), min_size=1, max_size=5))
def test_an_mbox_gives_back_the_mails_that_were_put_in(bodies: list[str]) -> None:
    """Whatever their lines are, as mboxrd quotes what looks like a start."""
    mails = [f"Subject: x\n\n{body}\nend\n".encode() for body in bodies]

    assert _split(mbox(mails)) == [b"\n".join(raw.splitlines()) + b"\n" for raw in mails]


def test_what_is_no_mbox_is_split_into_itself() -> None:
    """Nothing is lost by a wrong question."""
    assert _split(b"Subject: x\n\nbody\n") == [b"Subject: x\n\nbody\n"]
    assert _split(b"") == [b""]


def test_mails_are_split_across_readings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where one reading ends says nothing about where a mail does."""
    mails = [f"Subject: {'x' * number}\n\nbody\n".encode() for number in range(40)]
    for size in (1, 7, 64, 1_000):
        monkeypatch.setattr(mbox_module, "_READ_BYTES", size)
        assert _split(mbox(mails)) == mails


def test_a_from_line_without_an_empty_line_before_it_needs_a_date() -> None:
    """Programs that join mails forget the empty line; people write From at the start of a line."""
    first, second = b"Subject: 1\n\nbody\n", b"Subject: 2\n\nbody\nFrom me\nto: you\n"
    start = b"From x Fri Jul  8 12:08:34 2011\n"

    assert _split(start + first + start + second) == [first, second]


def test_a_mail_beyond_the_limit_is_cut_and_the_next_is_read() -> None:
    """A mailbox holds videos as well."""
    large = b"Subject: x\n\n" + b"x" * 78 * 50_000
    mails = _split(mbox([b"Subject: 1\n", large, b"Subject: 2\n"]), Limits(mail_bytes=10_000))

    assert [len(raw) for raw in mails] == [11, 10_001, 11]


def test_a_large_last_mail_is_cut_too() -> None:
    """It ends with the mailbox."""
    large = b"Subject: x\n\n" + b"x" * 100_000
    (raw,) = _split(mbox([large]), Limits(mail_bytes=10_000))

    assert len(raw) == 10_001


def test_ordinary_mail_between_reports_is_skipped(tmp_path: Path) -> None:
    """A postmaster's mailbox holds all kinds of mail."""
    letters = [ordinary_mail(), mailed(gzipped(REPORT), name="r"), ordinary_mail("{ x")]

    assert ends_of(outcomes_of(tmp_path, mbox(letters))) == [
        ("it!mail 1", "skipped", "mail"),
        ("it!mail 2!r", "report", ""),
        ("it!mail 3", "skipped", "mail"),
    ]


def test_most_ordinary_mail_is_not_even_parsed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """It has no attachment, and its text does not start with a brace."""
    monkeypatch.setattr(mail, "parse_mail", None)

    assert not may_hold_report(ordinary_mail())
    assert ends_of(outcomes_of(tmp_path, ordinary_mail())) == [("it", "skipped", "mail")]


MAY_HOLD_REPORT = re.compile(
    rb"tlsrpt|tls-report|application/|message/|base64|uuencode|^[ \t]*\{|=7B|\x1f\x8b|PK\x03\x04",
    re.IGNORECASE | re.MULTILINE,
)
DECLARES_REPORT = re.compile(
    rb"^tls-report-domain:|report-type\s*=\s*\"?tlsrpt|application/tlsrpt",
    re.IGNORECASE | re.MULTILINE,
)
LONG_FIELD = re.compile(
    rb"^content-[a-z-]{1,40}:(?:[^\n]|\n[ \t]){8192}", re.IGNORECASE | re.MULTILINE
)
PIECES = [
    *(b"tlsrpt", b"TLS-Report", b"-Domain:", b"Application/", b"message/", b"BASE64", b"UUencode"),
    *(b" \t{", b"{", b"\n", b" ", b"=7b", b"=7B", b"\x1f\x8b", b"pK\x03\x04", b"Report-Type"),
    *(b"=", b'"', b"x", b"Content-", b"a-B:", b"y" * 8_150, b"y" * 40, b"\xc4\xb0"),
]


@settings(max_examples=400, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=9).map(b"".join))
def test_what_is_searched_for_is_what_the_expressions_find(raw: bytes) -> None:
    """Which pass over case, and take ten times as long."""
    assert may_hold_report(raw) == (MAY_HOLD_REPORT.search(raw) is not None)
    assert declares_report(raw) == (DECLARES_REPORT.search(raw) is not None)
    try:
        check_costs(raw, DEFAULT_LIMITS)
        is_refused = False
    except Unreadable:
        is_refused = True
    assert is_refused == (LONG_FIELD.search(raw) is not None)


@pytest.mark.parametrize("joint", [b"", b" ", b"\n "])
@pytest.mark.parametrize("before", [b"", b"To: x\n"])
def test_a_content_field_of_any_case_is_refused_when_it_is_long(
    before: bytes, joint: bytes
) -> None:
    """Wherever it stands, and folded too."""
    raw = before + b"CONTENT-X:" + joint + b"y" * 8_190
    check_costs(raw, DEFAULT_LIMITS)
    with pytest.raises(Unreadable, match="8,192 bytes"):
        check_costs(raw + b"yy", DEFAULT_LIMITS)


def test_what_is_no_mail_in_an_mbox_is_skipped(tmp_path: Path) -> None:
    """The next one is read all the same."""
    content = b"From x 1:00\nA: b\nno header\n\n" + mbox([mailed(gzipped(REPORT), name="r")])

    assert ends_of(outcomes_of(tmp_path, content)) == [
        ("it!mail 1", "skipped", "mail"),
        ("it!mail 2!r", "report", ""),
    ]


def test_of_a_cut_packed_mbox_the_whole_mails_are_kept(tmp_path: Path) -> None:
    """One row says that the rest is missing."""
    letters = [mailed(gzipped(REPORT)), mailed(bytes(range(256)) * 9_000)]

    outcomes = outcomes_of(tmp_path, gzipped(mbox(letters))[:-100])

    assert [end for _, end, _ in ends_of(outcomes)] == ["report", "rejected"]
    assert ends_of(outcomes)[-1] == ("it", "rejected", "archive")


def test_the_header_fields_of_a_report_mail_are_at_hand() -> None:
    """RFC 8460 §5.3: who sent it, and for which domain."""
    found = parse_mail(mailed(REPORT), Limits())

    assert (found.tls_report_domain, found.tls_report_submitter) == ("example.com", "google.com")
    assert [part.media_type for part in found.parts] == ["text/plain", "application/tlsrpt+gzip"]
    assert found.parts[1].content == REPORT


def test_other_mail_has_no_such_fields() -> None:
    """What is missing is None."""
    found = parse_mail(ordinary_mail(), Limits())

    assert (found.tls_report_domain, found.tls_report_submitter) == (None, None)


def test_a_part_without_a_name_has_a_number() -> None:
    """A source must be found again."""
    raw = mailed(REPORT).replace(b"Content-Disposition", b"X-Disposition")

    assert [part.name for part in parse_mail(raw, Limits()).parts] == ["part 1", "part 2"]


def test_an_attachment_sent_as_it_is_arrives_as_it_was(tmp_path: Path) -> None:
    """A mail over 8BITMIME or BINARYMIME has no base64."""
    packed = gzipped(REPORT)
    raw = forwarded(b"").replace(
        b"message/rfc822\n\n", b"image/png\nContent-Transfer-Encoding: binary\n\n" + packed
    )

    assert [end for _, end, _ in ends_of(outcomes_of(tmp_path, raw))] == ["report"]


def test_several_reports_of_one_mail_are_all_read(tmp_path: Path) -> None:
    """Someone forwards a week's reports."""
    inner = forwarded(mailed(gzipped(REPORT), name="a"), subject="inner")
    raw = forwarded(inner).replace(b"see below", report_document(report_id="2"), 1)

    assert [end for _, end, _ in ends_of(outcomes_of(tmp_path, raw))] == ["report", "report"]


@pytest.mark.parametrize("encoded", [b"A", b"Content-Type: text/plain; charset=utf-7\n\n\xff"])
def test_an_attached_mail_that_cannot_be_decoded_is_no_part(tmp_path: Path, encoded: bytes) -> None:
    """Base64 that is none hides nothing that could be read."""
    raw = base64_mail(mailed(gzipped(REPORT)))
    start = raw.index(b"Content-Transfer-Encoding: base64")
    broken = raw[:start] + b"Content-Transfer-Encoding: base64\n\n" + encoded
    broken += b"\n--=-=forwarded=-=--\n"

    assert ends_of(outcomes_of(tmp_path, broken)) == [("it", "skipped", "mail")]


TRAPS = [
    (b"Content-Type: multipart/mixed; boundary=x\n" * 101, "it has 101 multiparts"),
    (
        b"Content-Type: multipart/mixed; boundary=x\n" * 50 + b"\n" * 300_000,
        "it has too many lines for its 50 multiparts",
    ),
    (b"\n" + b"--x\n" * 10_002, "it may have more than 10,000 parts"),
    (b'Content-Type: a/b; c="' + b'";' * 9_000, "it has a Content field of over 8,192 bytes"),
    (b"Content-Type: a/b" + b";\n x" * 9_000, "it has a Content field of over 8,192 bytes"),
]


@pytest.mark.parametrize(("trap", "message"), TRAPS)
def test_a_mail_that_costs_too_much_to_read_is_rejected(
    tmp_path: Path, trap: bytes, message: str
) -> None:
    """A few kilobytes could keep the parser busy for hours."""
    raw = b"Subject: application/tlsrpt\n" + trap

    with pytest.raises(Unreadable, match=message):
        parse_mail(raw, Limits())
    outcomes = outcomes_of(tmp_path, raw)
    assert ends_of(outcomes) == [("it", "rejected", "mail")]
    assert message_of(outcomes).startswith(message)


def test_a_multipart_without_parts_is_a_mail_without_a_report(tmp_path: Path) -> None:
    """Its boundary never comes."""
    raw = b'Subject: x\nContent-Type: multipart/mixed; boundary="base64"\n\nnothing\n'

    assert ends_of(outcomes_of(tmp_path, raw)) == [("it", "skipped", "mail")]


def test_a_file_name_in_pieces_that_do_not_fit_costs_no_report(tmp_path: Path) -> None:
    """The email package raises on a piece without a number beside one with a number."""
    raw = (Path(__file__).parents[2] / "data/leniencies/rfc-2231-name.eml").read_bytes()

    (outcome,) = outcomes_of(tmp_path, raw.replace(b"filename*0*=", b"filename*="))

    assert isinstance(outcome, ReportRead)
    assert outcome.source == "it!part 2"


def test_a_boundary_whose_pieces_are_numbered_by_half_is_rejected(tmp_path: Path) -> None:
    """Where the parts start cannot be known."""
    raw = (
        b"From: a@b.example\nTLS-Report-Domain: example.com\nMIME-Version: 1.0\n"
        b"Content-Type: multipart/report; boundary*=us-ascii''a; boundary*1*=b\n\n--ab\n"
    )

    assert ends_of(outcomes_of(tmp_path, raw)) == [("it", "rejected", "mail")]
