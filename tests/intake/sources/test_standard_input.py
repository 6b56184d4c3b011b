"""One mail, report or archive from a pipe, as a mail server delivers it."""

import io
import os
import subprocess
import sys

import pytest
from support.wrappings import REPORT, gzipped, mailed, zipped

from tlsrpt_analysis import open_store
from tlsrpt_analysis.cli import main


@pytest.fixture
def run(monkeypatch, capfd):
    """Run the command with something piped in; return its exit code and what it printed."""

    def run(*words, content):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))
        code = main([str(word) for word in words])
        return code, *capfd.readouterr()

    return run


@pytest.mark.parametrize(
    "content",
    [REPORT, gzipped(REPORT), mailed(REPORT), zipped(REPORT)],
    ids=["JSON", "gzip", "mail", "zip"],
)
def test_summary_reads_what_is_piped_in(run, content):
    """Whatever it is wrapped in."""
    code, output, _ = run("summary", "-", content=content)
    assert code == 0
    assert "1 input = 1 report" in output


def test_each_mail_is_a_source_of_its_own_and_the_same_one_a_duplicate(run, tmp_path):
    """However many are delivered."""
    other = REPORT.replace(b"2026-07-01", b"2026-07-02")
    for content in (REPORT, other, REPORT):
        assert run("import", "-", "--store", tmp_path / "store", content=content)[0] == 0
    assert open_store(tmp_path / "store").balance.reports == 2


def test_a_mail_without_a_report_is_kept_in_mind_and_not_bounced(run, tmp_path):
    """Or the reporter would get it back."""
    mail = b"Subject: hello\n\nyou\n"
    assert run("import", "-", "--store", tmp_path / "store", content=mail)[0] == 0
    assert open_store(tmp_path / "store").balance.skipped == 1


def test_a_store_that_cannot_be_written_asks_the_mail_server_to_try_again(run, tmp_path):
    """EX_TEMPFAIL, and one line that says why."""
    (tmp_path / "file").write_text("in the way")
    code, _, errors = run("import", "-", "--store", tmp_path / "file" / "store", content=REPORT)
    assert code == 75
    (line,) = errors.splitlines()
    assert line.startswith("tlsrpt-analysis: ")


def test_a_terminal_is_not_waited_for():
    """It says how to pipe."""
    terminal, inner = os.openpty()
    command = [sys.executable, "-m", "tlsrpt_analysis", "summary", "-"]
    done = subprocess.run(command, stdin=inner, capture_output=True, check=False)
    os.close(terminal)
    os.close(inner)
    assert done.returncode == 1
    assert b"nothing is piped into the command" in done.stderr
