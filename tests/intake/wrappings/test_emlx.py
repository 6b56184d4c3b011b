"""Apple Mail's files hold a mail between its size and a property list."""

from pathlib import Path

import pytest
from support.readings import outcomes_of
from support.wrappings import REPORT, gzipped, mailed, zipped

from tlsrpt_analysis.intake.outcomes import ReportRead
from tlsrpt_analysis.intake.wrappings.emlx import is_emlx
from tlsrpt_analysis.loading.load import load_reports

MAIL = mailed(gzipped(REPORT))
PROPERTIES = b'<?xml version="1.0" encoding="UTF-8"?>\n<plist version="1.0"><dict/></plist>\n'
SIZE = str(len(MAIL)).encode()


def test_b09_a_file_of_apple_mail_is_read(data: Path) -> None:
    """As the mail in it would be."""
    tables = load_reports(data / "cases/B09-apple-mail.emlx", progress=False)

    assert tables.reports["reporter"].tolist() == ["Google"]


@pytest.mark.parametrize(
    "content",
    [
        SIZE + b"\n" + MAIL + PROPERTIES,
        SIZE + b"      \n" + MAIL + PROPERTIES,
        SIZE + b"\r\n" + MAIL + b"\n" + PROPERTIES,
        SIZE + b"\n" + MAIL,
        b"12\n" + MAIL + PROPERTIES,
        b"12\n" + MAIL,
        b"9999999\n" + MAIL,
        (SIZE + b"\n" + MAIL + PROPERTIES).replace(b"\n", b"\r\n"),
        gzipped(SIZE + b"\n" + MAIL + PROPERTIES),
        zipped(SIZE + b"\n" + MAIL + PROPERTIES),
    ],
)
def test_b09_a_wrong_size_does_no_harm(tmp_path: Path, content: bytes) -> None:
    """Files are copied between systems with other line breaks."""
    (outcome,) = outcomes_of(tmp_path, content, name="1.emlx")

    assert isinstance(outcome, ReportRead)
    assert outcome.problems == ()
    assert outcome.report.organization_name == "Google Inc."


@pytest.mark.parametrize("head", [b"", b"12", b"12\n", b"12\nhello", b"x\nSubject: a\n\n", MAIL])
def test_other_files_are_none_of_apple_mail(head: bytes) -> None:
    """A number alone is none."""
    assert not is_emlx(head)
