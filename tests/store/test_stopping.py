"""Ctrl-C and a killed worker, in real processes: nothing is lost, and it is said."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from support.same_tables import assert_same_cells
from support.wrappings import gzipped, report_document

from tlsrpt_analysis.loading.load import load_reports
from tlsrpt_analysis.store import Store

pytestmark = pytest.mark.skipif(
    not hasattr(os, "killpg"), reason="only where processes have groups"
)


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    """Write a hundred reports, every tenth a copy."""
    folder = tmp_path / "inbox"
    folder.mkdir()
    for number in range(100):
        document = report_document(report_id=f"r{number - number % 10 // 9}")
        (folder / f"{number:03}.json.gz").write_bytes(gzipped(document))
    return folder


def _started(event: str, *arguments: object) -> subprocess.Popen[str]:
    script = Path(__file__).with_name("stopped_reading.py")
    return subprocess.Popen(
        [sys.executable, script, event, *map(str, arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def _interrupted(process: subprocess.Popen[str]) -> str:
    """Send Ctrl-C as a terminal does, to all processes of the command, and return what it printed last."""
    assert process.stdout is not None
    assert process.stdout.readline() == "waiting\n"
    os.killpg(process.pid, signal.SIGINT)
    _, printed = process.communicate("go on\n", timeout=60)
    assert process.returncode == 130
    with pytest.raises(ProcessLookupError):  # no worker is left
        os.killpg(process.pid, 0)
    return printed


def test_ctrl_c_in_an_import_keeps_what_was_read(inbox: Path, tmp_path: Path) -> None:
    """It says how much; the next run reads the rest, and the store is that of one run."""
    store = tmp_path / "store"
    printed = _interrupted(_started("stop", "import", inbox, "--store", store))
    found = re.search(rf"stopped: what was read is in {store}, (\d+) inputs? = ", printed)
    assert found is not None
    kept = int(found[1])
    assert 0 < kept < 100
    assert Store(store).verify() == []
    assert Store(store).open().balance.members == kept
    added = Store(store).add(inbox)
    assert (added.known_sources, added.read_sources) == (kept, 100 - kept)
    assert_same_cells(Store(store).open(), load_reports(inbox))


def test_ctrl_c_in_a_load_says_so(inbox: Path) -> None:
    """There is nothing to lose but time, and no process stays behind."""
    printed = _interrupted(_started("stop", "summary", inbox))
    assert printed.endswith("tlsrpt-analysis: stopped; the reports were not changed\n")


def test_a_second_ctrl_c_stops_at_once(inbox: Path, tmp_path: Path) -> None:
    """What was committed before counts."""
    process = _started("stop", "import", inbox, "--store", tmp_path / "store")
    assert process.stdout is not None
    assert process.stdout.readline() == "waiting\n"
    os.killpg(process.pid, signal.SIGINT)
    process.send_signal(signal.SIGINT)
    process.communicate("go on\n", timeout=60)
    assert process.returncode == 130
    assert Store(tmp_path / "store").verify() == []
    Store(tmp_path / "store").add(inbox)
    assert_same_cells(Store(tmp_path / "store").open(), load_reports(inbox))


def test_a_killed_worker_loses_nothing_of_an_import_and_is_reported(
    inbox: Path, tmp_path: Path
) -> None:
    """What it had in hand is read by the parent."""
    process = _started("kill", "import", inbox, "--store", tmp_path / "store")
    shown, printed = process.communicate(timeout=60)
    assert process.returncode == 0
    assert "100 files read, 0 known before" in shown
    assert "a process that was reading reports was killed" in printed
    assert_same_cells(Store(tmp_path / "store").open(), load_reports(inbox))
