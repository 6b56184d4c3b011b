"""Outlook's ``.msg``, which holds a mail in pieces."""

import json
import random
import sys

import pytest
from support.outlook_messages import message, ole_file
from support.signed_mails import keys
from support.wrappings import FILE_NAME, REPORT, forwarded, gzipped, mailed, zipped

from tlsrpt_analysis.intake.authenticity.dkim_keys import DkimKeys
from tlsrpt_analysis.intake.authenticity.wanted import Authentication
from tlsrpt_analysis.intake.limits import DEFAULT_LIMITS
from tlsrpt_analysis.intake.outcomes import Rejected, ReportRead, Skipped
from tlsrpt_analysis.intake.tolerant.reader import read_content
from tlsrpt_analysis.intake.wrappings import outlook
from tlsrpt_analysis.loading.load import load_reports

HEADERS = (
    "Received: from a.example by mx.example.com; Thu, 2 Jul 2026 04:00:00 +0000\r\n"
    "From: reports@google.com\r\nTLS-Report-Domain: example.com\r\n"
    'Content-Type: multipart/report; report-type=tlsrpt; boundary="a"\r\n\r\n'
)
NAME = f"{FILE_NAME}.gz"


def read(content):
    """Return what becomes of each member."""
    return list(read_content("a.msg", content, DEFAULT_LIMITS))


def test_a_report_attached_to_a_message_is_read():
    """With the time at which it came; what is lost is said."""
    (found,) = read(ole_file(message([(NAME, gzipped(REPORT))], HEADERS)))
    assert isinstance(found, ReportRead)
    assert found.source == f"a.msg!{NAME}"
    assert f"{found.received_datetime:%Y-%m-%d %H}" == "2026-07-02 04"
    assert [each.message for each in found.problems] == [outlook.LENIENCY]


def test_a_message_in_a_message_and_in_wrappings_is_read():
    """As people forward reports."""
    inner = message([(NAME, gzipped(REPORT))], HEADERS)
    for content in (
        ole_file(message([("hello.txt", b"hello")], inner=[inner])),
        zipped(ole_file(inner)),
        mailed(ole_file(inner), subtype="vnd.ms-outlook", name="report.msg"),
        forwarded(mailed(ole_file(inner), subtype="octet-stream", name="report.msg")),
    ):
        reports = [each for each in read(content) if isinstance(each, ReportRead)]
        assert [each.report.policies[0].policy.policy_domain for each in reports] == ["example.com"]


def test_a_message_without_a_report_is_one_member():
    """As a mail without one is."""
    (found,) = read(ole_file(message([("hello.txt", b"hello")], "From: a@example.com\r\n\r\n")))
    assert isinstance(found, Skipped)
    assert "a mail without a TLS report" in found.problem.message


def test_another_ole_file_is_named():
    """A document of Word is one too."""
    (found,) = read(ole_file({"WordDocument": b"text"}))
    assert isinstance(found, Rejected)
    assert "an OLE file, for example of Word or Excel" in found.problem.message


def test_a_message_is_neither_verified_nor_failed(tmp_path):
    """Its signature is lost; within a mail, the signature of that one decides."""
    (tmp_path / "keys.json").write_text(json.dumps(dict(keys())))
    single = ole_file(message([(NAME, gzipped(REPORT))], HEADERS))
    (tmp_path / "report.msg").write_bytes(single)
    (tmp_path / "forged.eml").write_bytes(mailed(single, subtype="vnd.ms-outlook", name="a.msg"))
    wanted = Authentication(keys=DkimKeys(tmp_path / "keys.json"))
    for name, authenticity in (("report.msg", "unknown"), ("forged.eml", "unsigned")):
        tables = load_reports(tmp_path / name, authentication=wanted, progress=False)
        assert tables.reports["authenticity"].tolist() == [authenticity]


def test_without_the_extra_the_row_has_the_command(monkeypatch):
    """And the way around it."""
    monkeypatch.setitem(sys.modules, "olefile", None)
    (found,) = read(ole_file(message([(NAME, gzipped(REPORT))], HEADERS)))
    assert isinstance(found, Rejected)
    assert "pip install 'tlsrpt-analysis[mailbox]'" in found.problem.message
    assert "save the mail as .eml" in found.problem.message


def test_messages_nested_too_deep_are_refused():
    """They call the reader again and again."""
    tree = message([(NAME, gzipped(REPORT))], HEADERS)
    for _ in range(outlook.DEEPEST + 1):
        tree = message(inner=[tree])
    (found,) = read(ole_file(tree))
    assert f"nested more than {outlook.DEEPEST} levels deep" in found.problem.message


@pytest.mark.parametrize("cut", [8, 100, 600, 5_000])
def test_a_message_that_is_cut_off_is_rejected(cut):
    """With what to do."""
    (found,) = read(ole_file(message([(NAME, gzipped(REPORT))], HEADERS))[:cut])
    assert isinstance(found, Rejected | Skipped)


def test_no_damage_ends_the_reading():
    """Whatever olefile raises."""
    chance = random.Random(7)  # noqa: S311 - nobody is to be kept from guessing it
    whole = ole_file(message([(NAME, gzipped(REPORT))], HEADERS))
    for _ in range(400):
        damaged = bytearray(whole)
        for _ in range(chance.randint(1, 30)):
            place = chance.choice((chance.randrange(512), chance.randrange(len(damaged))))
            damaged[place] = chance.randrange(256)
        outcomes = read(bytes(damaged))
        assert outcomes
        assert not any("unexpectedly" in p.message for o in outcomes for p in problems(o))


def problems(outcome):
    """Return the problems of an outcome."""
    return outcome.problems if isinstance(outcome, ReportRead) else [outcome.problem]
