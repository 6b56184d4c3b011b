"""Bad days: full, read-only and missing disks, a browser that fails, and outputs that nobody reads."""

import errno
import io
import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from tlsrpt_analysis import whole_files
from tlsrpt_analysis.cli import FAILED, main
from tlsrpt_analysis.errors import ExportError
from tlsrpt_analysis.views import print_page, write_csv
from tlsrpt_analysis.views.page.written_files import write_file
from tlsrpt_analysis.whole_files import write_whole_file

DISASTERS = [errno.ENOSPC, errno.EROFS, errno.EACCES, errno.ENOTDIR, errno.EEXIST]


def _csv(target: Path) -> object:
    return write_csv(pd.DataFrame({"a": ["new"]}), target)


def _page(target: Path) -> object:
    return write_file(target, b"new")


@pytest.mark.parametrize("code", DISASTERS, ids=errno.errorcode.get)
@pytest.mark.parametrize("step", ["write_bytes", "replace"])
@pytest.mark.parametrize("write", [_csv, _page])
def test_a_file_that_cannot_be_written_is_as_it_was(tmp_path, monkeypatch, write, step, code):
    """One line says why; nothing is left beside it."""
    target = tmp_path / "a.txt"
    target.write_text("old")

    def fails(*_):
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(Path, step, fails)
    with pytest.raises(ExportError) as failure:
        write(target)

    assert str(failure.value) == f"{target} cannot be written: {os.strerror(code)}."
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_a_full_disk_that_shows_late_leaves_the_old_file(tmp_path, monkeypatch):
    """Some file systems only say so when they flush."""
    target = tmp_path / "a.txt"
    target.write_text("old")

    def full(_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(whole_files.os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write_whole_file(target, b"new")
    assert (target.read_text(), list(tmp_path.iterdir())) == ("old", [target])


def test_the_permissions_and_the_link_of_a_file_stay(tmp_path):
    """As when it is written in place."""
    target, link = tmp_path / "a.txt", tmp_path / "link.txt"
    target.write_text("old")
    target.chmod(0o640)
    link.symlink_to(target)

    write_whole_file(link, b"new")

    assert (target.read_bytes(), link.is_symlink()) == (b"new", True)
    assert target.stat().st_mode & 0o777 == 0o640


def test_a_device_is_written_to_as_it_is():
    """A file beside it would be of no use."""
    assert write_whole_file(Path(os.devnull), b"x") == Path(os.devnull)
    with pytest.raises(OSError, match="No space left"):
        write_whole_file(Path("/dev/full"), b"x")


BROWSERS = {
    "nothing": "exit 0",
    "half": "printf '%%PDF-1.4 half' > \"$out\"",
    "no PDF": 'echo oops > "$out"',
    "a failure after all of it": "printf '%%PDF-1.4 all %%%%EOF' > \"$out\"; exit 1",
}
SCRIPT = '#!/bin/sh\nfor word; do case "$word" in --print-to-pdf=*) out="${word#*=}";; esac; done\n'


def _browser(folder: Path, ends: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    browser = folder / "bin" / "chromium"
    browser.parent.mkdir()
    browser.write_text(f"{SCRIPT}{ends}\n")
    browser.chmod(0o755)
    monkeypatch.setenv("PATH", f"{browser.parent}:{os.environ['PATH']}")
    page = folder / "page.html"
    page.write_text("<p>a page")
    return page


@pytest.mark.parametrize("ends", BROWSERS.values(), ids=BROWSERS.keys())
def test_a_pdf_is_written_only_when_it_is_whole(tmp_path, monkeypatch, ends):
    """Chromium may end well and have written nothing, or half; the old PDF stays."""
    page = _browser(tmp_path, ends, monkeypatch)
    old = tmp_path / "out" / "page.pdf"
    old.parent.mkdir()
    old.write_text("old")

    with pytest.raises(ExportError, match="wrote no whole PDF"):
        print_page(page, old)

    assert (old.read_text(), list(old.parent.iterdir())) == ("old", [old])


def test_a_whole_pdf_replaces_the_old_one(tmp_path, monkeypatch):
    """In one step."""
    page = _browser(tmp_path, "printf '%%PDF-1.4 all %%%%EOF\\n' > \"$out\"", monkeypatch)
    pdf = tmp_path / "page.pdf"
    pdf.write_text("old")

    assert print_page(page, pdf).read_bytes() == b"%PDF-1.4 all %%EOF\n"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bin", "page.html", "page.pdf"]


def test_a_pdf_into_no_folder_is_a_plain_error(tmp_path, monkeypatch):
    """Nothing is left elsewhere."""
    page = _browser(tmp_path, "printf '%%PDF-1.4 all %%%%EOF' > \"$out\"", monkeypatch)
    with pytest.raises(ExportError, match=r"x\.pdf"):
        print_page(page, tmp_path / "none" / "x.pdf")


COMMANDS = {
    "import into a file": ["import", "{report}", "--store", "{file}"],
    "import below a file": ["import", "{report}", "--store", "{file}/store"],
    "summary of a file as store": ["summary", "--store", "{file}"],
    "verify a file": ["verify", "{file}"],
    "compact a file": ["compact", "{file}/store"],
    "keys in a file": ["summary", "{report}", "--dkim-keys", "{file}/keys"],
    "lab in a file": ["lab", "{file}"],
    "lab below a file": ["lab", "{file}/lab"],
    "roots in a file": ["probe", "a.example", "--roots", "{file}/roots"],
}


@pytest.mark.parametrize("words", COMMANDS.values(), ids=COMMANDS.keys())
def test_every_command_ends_in_one_line_where_a_file_is_in_the_way(tmp_path, capsys, words):
    """What, where and why; without a traceback."""
    file, report = tmp_path / "file", tmp_path / "report.json"
    file.write_text("kept")
    report.write_text("{}")

    assert main([word.format(file=file, report=report) for word in words]) == FAILED

    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("tlsrpt-analysis: ")
    assert str(file) in line
    assert file.read_text() == "kept"


@pytest.mark.parametrize("code", DISASTERS, ids=errno.errorcode.get)
def test_an_error_of_the_system_is_one_line(monkeypatch, capsys, code):
    """From wherever it comes."""

    def fails(_):
        raise OSError(code, os.strerror(code), "/some/where\n[ready]")

    monkeypatch.setattr("tlsrpt_analysis.cli.stores._verify", fails)
    assert main(["verify", "store"]) == FAILED
    (line,) = capsys.readouterr().err.splitlines()
    assert line == f"tlsrpt-analysis: /some/where; [ready]: {os.strerror(code)}"


def test_a_terminal_that_knows_only_ascii_shows_the_rest_escaped(monkeypatch, tmp_path):
    """Rather than ending in a traceback."""
    screens = [io.TextIOWrapper(io.BytesIO(), encoding="ascii") for _ in range(2)]
    monkeypatch.setattr(sys, "stdout", screens[0])
    monkeypatch.setattr(sys, "stderr", screens[1])

    assert main(["verify", str(tmp_path / "bücher")]) == FAILED

    screens[1].flush()
    assert b"b\\xfccher is not a store" in screens[1].buffer.getvalue()


@pytest.mark.parametrize("redirection", [">/dev/full", ">&-"])
def test_an_output_that_is_full_or_closed_ends_in_one_line(redirection):
    """And not in a traceback when Python ends."""
    command = f'"{sys.executable}" -m tlsrpt_analysis.cli --help {redirection}'

    environment = {k: v for k, v in os.environ.items() if k != "PYTHONUNBUFFERED"}
    ended = subprocess.run(  # noqa: S602 - the redirections are those of a shell
        command,
        shell=True,
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
        env=environment,
    )

    assert ended.returncode == FAILED
    assert len(ended.stderr.splitlines()) == 1
    assert "Traceback" not in ended.stderr
