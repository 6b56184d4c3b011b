"""From a source to its outcomes: every wrapping is removed, and every member is read."""

import json
from pathlib import Path

import pytest
from support.readings import ends_of, message_of, outcomes_of
from support.wrappings import (
    REPORT,
    WRAPPINGS,
    gzipped,
    mailed,
    ordinary_mail,
    report_document,
    zipped,
)

from tlsrpt_analysis.intake.limits import Limits
from tlsrpt_analysis.intake.outcomes import Rejected, ReportRead
from tlsrpt_analysis.intake.sources.walk import Source
from tlsrpt_analysis.intake.tolerant import reader
from tlsrpt_analysis.intake.tolerant.reader import read_source
from tlsrpt_analysis.standards.report import parse_report


@pytest.mark.parametrize("content", WRAPPINGS.values(), ids=WRAPPINGS)
@pytest.mark.parametrize("name", ["it", "it.json", "it.gz", "it.zip", "it.txt", "it.eml"])
def test_the_same_report_comes_out_of_every_wrapping_under_any_name(
    tmp_path: Path, name: str, content: bytes
) -> None:
    """What a thing is, its bytes say; a name or a media type may lie."""
    outcomes = outcomes_of(tmp_path, content, name=name)

    assert [type(outcome) for outcome in outcomes] == [ReportRead]
    assert outcomes[0].report == parse_report(REPORT).report  # type: ignore[union-attr]


def test_the_source_tells_the_way_to_the_report(tmp_path: Path) -> None:
    """Someone must find the report again."""
    content = zipped(mailed(gzipped(REPORT), name="g!e.json.gz"), name="mail.eml")

    assert ends_of(outcomes_of(tmp_path, content, name="2026.zip")) == [
        ("2026.zip!folder/0-mail.eml!g!e.json.gz", "report", "")
    ]


LEAVES = [
    (b"", "skipped", "source", "it is empty (0 bytes)"),
    (gzipped(b""), "skipped", "source", "it is empty (0 bytes)"),
    (b"{}", "skipped", "json", "JSON, but not a TLS report (RFC 8460 §4.4)"),
    (b'{"name": "x", "version": 1}', "skipped", "json", "JSON, but not a TLS report"),
    (b'{"report-id": "x"}', "skipped", "json", "JSON, but not a TLS report"),
    (b"[]", "skipped", "source", "no JSON object, mail or archive, so no TLS report"),
    (b"{\\rtf1 hello}", "skipped", "source", "no JSON object, mail or archive"),
    (b"hello", "skipped", "source", "no JSON object, mail or archive"),
    (b"Note: hello", "skipped", "source", "no JSON object, mail or archive"),
    (b"BZh is how this text starts", "skipped", "source", "no JSON object, mail or archive"),
    (b"From here to there\nis a text", "skipped", "source", "no JSON object, mail or archive"),
    (b"\x89PNG\r\n\x1a\n" + bytes(2_000), "skipped", "source", "no JSON object"),
    (b"{", "rejected", "json", "broken or cut off JSON"),
    (REPORT[:-1], "rejected", "json", "broken or cut off JSON"),
    (REPORT[:20], "rejected", "json", "broken or cut off JSON"),
    (REPORT.replace(b"Google", b"\xff"), "rejected", "json", "broken or cut off JSON"),
    (b'{"a":' * 100_000, "rejected", "json", "its JSON is more than 64 levels deep"),
    (report_document(policies=None), "rejected", "report", "policies must be an array"),
    (report_document(date_range=None), "rejected", "report", "no date-range"),
]


@pytest.mark.parametrize(("content", "severity", "stage", "message"), LEAVES)
def test_each_leaf_has_one_end_and_a_reason(
    tmp_path: Path, content: bytes, severity: str, stage: str, message: str
) -> None:
    """What cannot be a report is skipped, and what should have been one is rejected."""
    outcomes = outcomes_of(tmp_path, content)

    assert ends_of(outcomes) == [("it", severity, stage)]
    assert message_of(outcomes).startswith(message)


def test_leniencies_and_lost_policies_are_problems_of_their_report(tmp_path: Path) -> None:
    """A report that was corrected, or lost a part, says so."""
    policies = [*json.loads(REPORT)["policies"], {"policy": {}, "summary": 1}]
    document = b"\xef\xbb\xbf" + report_document(policies=policies, report_id=1)

    (outcome,) = outcomes_of(tmp_path, document)

    assert isinstance(outcome, ReportRead)
    assert [(p.severity, p.stage, p.message) for p in outcome.problems] == [
        ("forgiven", "report", "a byte order mark before the JSON (RFC 8259 §8.1)"),
        ("forgiven", "report", "report-id is a number instead of a text"),
        ("rejected", "policy", "policy 2 of 2: its summary is a number instead of an object"),
    ]


def test_what_follows_packed_data_is_forgiven_in_a_row(tmp_path: Path) -> None:
    """Someone may want to know what adds to their files; a broken report has a better reason."""
    (outcome,) = outcomes_of(tmp_path, gzipped(report_document(report_id=1)) + b"-- ")
    broken = outcomes_of(tmp_path, gzipped(REPORT[:-1]) + b"-- ")

    assert isinstance(outcome, ReportRead)
    assert [(p.stage, p.severity, p.message) for p in outcome.problems] == [
        ("archive", "forgiven", "something follows the gzip data"),
        ("report", "forgiven", "report-id is a number instead of a text"),
    ]
    assert ends_of(broken) == [("it", "rejected", "json")]


def test_a_document_beyond_the_limit_is_rejected_without_being_held(tmp_path: Path) -> None:
    """The sender does not decide how much memory is used."""
    outcomes = outcomes_of(tmp_path, gzipped(REPORT), limits=Limits(document_bytes=100))

    assert ends_of(outcomes) == [("it", "rejected", "json")]
    assert message_of(outcomes).startswith("it has more than 100 bytes")


def test_wrappings_beyond_the_depth_are_rejected(tmp_path: Path) -> None:
    """A quine unpacks to itself for ever."""
    content = REPORT
    for _ in range(4):
        content = gzipped(content)

    assert ends_of(outcomes_of(tmp_path, content, limits=Limits(depth=4))) == [("it", "report", "")]
    outcomes = outcomes_of(tmp_path, content, limits=Limits(depth=2))
    assert message_of(outcomes) == "it is wrapped more than 2 times"


def test_a_file_that_vanished_is_rejected(tmp_path: Path) -> None:
    """Between finding and reading, a mail program may move a mail."""
    outcomes = list(read_source(Source("gone", str(tmp_path / "gone"), 1)))

    assert ends_of(outcomes) == [("gone", "rejected", "source")]
    assert "No such file" in message_of(outcomes)


def test_a_disk_that_fails_is_reported() -> None:
    """What was read before stays, and the row says what to check."""
    source_reader = reader._SourceReader(Limits())
    file = reader.Stream(_raise(OSError(5, "Input/output error")))

    outcomes = list(source_reader.guarded("it", file, 0))

    assert ends_of(outcomes) == [("it", "rejected", "source")]
    assert "Input/output error" in message_of(outcomes)


def test_the_unexpected_ends_one_member_and_keeps_its_cause() -> None:
    """One bad member never ends a batch."""
    source_reader = reader._SourceReader(Limits())

    outcomes = list(source_reader.guarded("it", reader.Stream(_raise(KeyError("why"))), 0))

    assert ends_of(outcomes) == [("it", "rejected", "source")]
    assert message_of(outcomes) == "reading it failed unexpectedly (KeyError: 'why')"


def _raise(error: Exception) -> reader.Callable[[int], bytes]:
    def read(_: int) -> bytes:
        raise error

    return read


def test_what_reading_takes_from_the_disk_is_reported(tmp_path: Path) -> None:
    """A progress bar lives on it."""
    path = tmp_path / "it"
    path.write_bytes(REPORT)
    counts: list[int] = []

    list(read_source(Source("it", str(path), len(REPORT)), on_read=counts.append))

    assert sum(counts) == len(REPORT)


def test_a_mail_without_a_report_is_one_member(tmp_path: Path) -> None:
    """Neither its parts nor what is zipped in it are members."""
    photos = zipped(b"a photo", b"another", b'{"made": "by a camera"}')

    assert ends_of(outcomes_of(tmp_path, ordinary_mail())) == [("it", "skipped", "mail")]
    assert ends_of(outcomes_of(tmp_path, mailed(photos, subtype="zip"))) == [
        ("it", "rejected", "mail")
    ]
    undeclared = mailed(photos, subtype="zip").replace(b"TLS-Report-Domain", b"X-Domain")
    undeclared = undeclared.replace(b"tlsrpt", b"reports")
    assert ends_of(outcomes_of(tmp_path, undeclared)) == [("it", "skipped", "mail")]


def test_other_files_beside_a_mailed_report_are_skipped_one_by_one(tmp_path: Path) -> None:
    """If a mail is a wrapping, each of its parts is a member."""
    content = mailed(zipped(b"a text", REPORT), name="a.zip")

    assert [severity for _, severity, _ in ends_of(outcomes_of(tmp_path, content))] == [
        "skipped",
        "report",
    ]


def test_a_mail_that_lost_its_report_is_rejected(tmp_path: Path) -> None:
    """It says that it carries a report, so someone should fetch it."""
    outcomes = outcomes_of(tmp_path, mailed(b""))

    assert ends_of(outcomes) == [("it", "rejected", "mail")]
    assert "(RFC 8460 §5.3), but no part of it is one" in message_of(outcomes)


def test_a_damaged_attachment_is_rejected_by_its_name(tmp_path: Path) -> None:
    """The rest of the mailbox does not matter to it."""
    content = mailed(gzipped(REPORT)[:-20], name="g.json.gz")

    assert ends_of(outcomes_of(tmp_path, content)) == [("it!g.json.gz", "rejected", "archive")]


def test_a_body_that_starts_with_a_brace_is_no_report(tmp_path: Path) -> None:
    """People write about programs."""
    content = ordinary_mail('{"look": "at this"')

    assert ends_of(outcomes_of(tmp_path, content)) == [("it", "skipped", "mail")]


@pytest.mark.parametrize(
    ("mail", "severity"),
    [(mailed(bytes(2_000)), "rejected"), (ordinary_mail("x" * 900), "skipped")],
)
def test_a_mail_beyond_the_limit_is_rejected_only_if_it_declares_a_report(
    tmp_path: Path, mail: bytes, severity: str
) -> None:
    """Large ordinary mails are many, and nothing is lost with them."""
    outcomes = outcomes_of(tmp_path, mail, limits=Limits(mail_bytes=800))

    assert ends_of(outcomes) == [("it", severity, "mail")]
    assert "more than 800 bytes" in message_of(outcomes)


def test_nothing_can_make_reading_raise() -> None:
    """Each cut and each flipped byte of each wrapping has at least one end."""
    source_reader = reader._SourceReader(Limits())
    for content in WRAPPINGS.values():
        for place in range(0, len(content), max(1, len(content) // 40)):
            flipped = bytearray(content)
            flipped[place] ^= 0xFF
            for damaged in (content[:place], bytes(flipped)):
                outcomes = list(source_reader.guarded("it", reader.Stream.of(damaged), 0))
                assert outcomes
                assert not any(
                    isinstance(outcome, Rejected) and "unexpectedly" in outcome.problem.message
                    for outcome in outcomes
                )
