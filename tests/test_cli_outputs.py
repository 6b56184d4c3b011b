"""Where the command line's output goes: readers that leave, and files that cannot be written."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from support.wrappings import report_document

from tlsrpt_analysis.cli import main


@pytest.fixture
def report_file(tmp_path: Path) -> Path:
    """Write one report."""
    path = tmp_path / "report.json"
    path.write_bytes(report_document())
    return path


@pytest.mark.parametrize(
    "words",
    [
        ["report", "REPORTS", "--output"],
        ["report", "REPORTS", "--output", "page.html", "--pdf"],
        ["summary", "REPORTS", "--problems"],
        ["plan", "REPORTS", "--output"],
        ["redact", "REPORTS", "--output"],
        ["probe", "example.com", "--save"],
    ],
    ids=" ".join,
)
@pytest.mark.parametrize(
    ("place", "reason"),
    [("nowhere/x.json", "there is no folder nowhere"), ("folder", "it is a folder")],
)
def test_a_file_that_cannot_be_written_is_named_before_the_work(
    words: list[str],
    place: str,
    reason: str,
    *,
    report_file: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Nothing is read, probed or printed first, and nothing is left behind."""
    monkeypatch.chdir(report_file.parent)
    Path("folder").mkdir()
    given = [str(report_file) if word == "REPORTS" else word for word in words]

    assert main([*given, place]) == 1

    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err == f"tlsrpt-analysis: {place} cannot be written: {reason}.\n"
    assert sorted(path.name for path in Path().iterdir()) == ["folder", "report.json"]


def test_a_reader_that_leaves_does_not_end_the_page(report_file: Path, tmp_path: Path) -> None:
    """`report … | head` still writes the file."""
    reading, writing = os.pipe()
    os.close(reading)
    page = tmp_path / "page.html"
    words = ["report", str(report_file), "--output", str(page)]
    command = [sys.executable, "-m", "tlsrpt_analysis.cli", *words]
    ended = subprocess.run(command, stdout=writing, stderr=subprocess.PIPE, check=False)
    os.close(writing)
    assert (ended.returncode, ended.stderr) == (0, b"")
    assert page.read_text().endswith("</html>")


def test_a_complaint_is_one_readable_line(capsys: pytest.CaptureFixture[str]) -> None:
    """Several wrong paths are a list."""
    assert main(["summary", "nowhere", "no-such"]) == 1
    assert capsys.readouterr().err == (
        "tlsrpt-analysis: 2 paths lead nowhere: 'nowhere': no such file or folder;"
        " 'no-such': no such file or folder."
        " Check the spelling; a relative path starts at the current folder.\n"
    )
