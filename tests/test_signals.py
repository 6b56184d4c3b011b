"""Signals in the middle of a command: nothing is left behind, and no end looks like a success."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from support.wrappings import report_document

PROGRAM = """
import signal, sys, time
from tlsrpt_analysis import whole_files
from tlsrpt_analysis.cli import main

def wait(*_):
    print("ready", file=sys.stderr, flush=True)
    time.sleep(30)

signal.signal(signal.SIGHUP, signal.SIG_DFL)  # the tests may run under nohup
whole_files.replace_whole = wait
sys.exit(main(["report", sys.argv[1], "-o", sys.argv[2]]))
"""
"""The command, which waits when its page is whole but not yet in its place."""


@contextmanager
def _writing(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """Yield a command that has just written a page beside its place."""
    (folder / "report.json").write_bytes(report_document())
    (folder / "out").mkdir()
    (folder / "tmp").mkdir()
    words = [sys.executable, "-c", PROGRAM, folder / "report.json", folder / "out" / "page.html"]
    with subprocess.Popen(
        words,
        env={**os.environ, "TMPDIR": str(folder / "tmp")},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None
        assert any(line == "ready\n" for line in process.stderr)
        yield process
        process.stderr.read()


@pytest.mark.parametrize(
    ("signals", "codes"),
    [
        ([signal.SIGTERM], {143}),
        ([signal.SIGHUP], {129}),
        ([signal.SIGTERM, signal.SIGTERM], {143, -signal.SIGTERM}),
        ([signal.SIGINT], {130}),
        ([signal.SIGINT, signal.SIGINT], {130, -signal.SIGINT}),
    ],
)
def test_a_signal_leaves_nothing_behind(
    tmp_path: Path, signals: list[signal.Signals], codes: set[int]
) -> None:
    """A page or a mailbox in a temporary file would stay there for anybody to read."""
    with _writing(tmp_path) as process:
        for number in signals:
            process.send_signal(number)

    assert process.returncode in codes
    if len(signals) == 1:
        assert list((tmp_path / "out").iterdir()) == []
        assert list((tmp_path / "tmp").iterdir()) == []
