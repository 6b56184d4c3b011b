"""What cannot be read is named, with the way out."""

from pathlib import Path

import pytest
from support.readings import outcomes_of
from support.wrappings import zipped

from tlsrpt_analysis.intake.outcomes import Rejected, Skipped
from tlsrpt_analysis.loading.load import load_reports

FORMATS = {
    b"Rar!\x1a\x07\x00": "`unrar x`",
    b"Rar!\x1a\x07\x01\x00": "`unrar x`",
    b"!BDN": "`readpst`",
    b"\x78\x9f\x3e\x22": "`tnef`",
    b"MSCF\x00\x00\x00\x00": "`cabextract`",
    b"\x04\x22\x4d\x18": "`lz4 -d`",
    b"\x1f\x9d\x90": "`gzip -d`",
    b"LZIP\x01": "`lzip -d`",
}


def test_b09_a_message_of_outlook_that_is_cut_off_is_named(data: Path) -> None:
    """Only its first bytes are left."""
    tables = load_reports(data / "cases/B09-outlook-header-only.msg", progress=False)

    assert tables.balance.rejected == 1
    (message,) = tables.problems["message"]
    assert message.startswith("the Outlook message is damaged (")


@pytest.mark.parametrize("start", FORMATS)
def test_b09_each_format_has_its_way_out(tmp_path: Path, start: bytes) -> None:
    """A command that unpacks it."""
    (outcome,) = outcomes_of(tmp_path, start + bytes(100))

    assert isinstance(outcome, Rejected)
    assert FORMATS[start] in outcome.problem.message


def test_b09_a_foreign_archive_in_a_zip_is_named(tmp_path: Path) -> None:
    """Where it is."""
    outcomes = outcomes_of(tmp_path, zipped(next(iter(FORMATS))))

    assert any(
        "RAR archive" in outcome.problem.message
        for outcome in outcomes
        if isinstance(outcome, Rejected)
    )


def test_an_attachment_of_an_ordinary_mail_is_none(tmp_path: Path) -> None:
    """Its documents are nobody's reports."""
    mail = (
        b"From: a@example.com\nContent-Type: application/msword\nContent-Transfer-Encoding: base64"
        b"\n\n0M8R4KGxGuEAAAAA\n"
    )
    (outcome,) = outcomes_of(tmp_path, mail)

    assert isinstance(outcome, Skipped)
