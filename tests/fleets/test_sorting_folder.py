"""The temporary folder of a run: removed at its end, or by the next run."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from tlsrpt_analysis.fleets.sorting_folder import LOCK, PREFIX, YOUNGEST_SECONDS, sorting_folder

KILLED = """
import os, signal
from tlsrpt_analysis.fleets.sorting_folder import sorting_folder
with sorting_folder() as folder:
    (folder / "policies.feather").write_bytes(b"rows")
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def temporary(tmp_path, monkeypatch):
    """Have a folder for temporary files of our own."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def _grow_old(folder: Path) -> None:
    began = (folder / LOCK).stat().st_mtime - YOUNGEST_SECONDS - 1
    os.utime(folder / LOCK, (began, began))


def test_a_run_leaves_nothing(temporary):
    """Neither its folder nor its lock."""
    with sorting_folder() as folder:
        assert folder.parent == temporary
    assert list(temporary.iterdir()) == []


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
def test_what_a_killed_run_leaves_is_removed_by_a_later_one(temporary):
    """Once the folder is no longer brand-new."""
    environment = {**os.environ, "TMPDIR": str(temporary)}
    subprocess.run([sys.executable, "-c", KILLED], env=environment, check=False)
    (left,) = temporary.iterdir()
    with sorting_folder():
        assert left.exists()
    _grow_old(left)
    with sorting_folder():
        assert not left.exists()


def test_the_folder_of_a_run_that_goes_on_stays(temporary):
    """However old it is."""
    with sorting_folder() as first:
        _grow_old(first)
        with sorting_folder():
            assert first.is_dir()
    assert list(temporary.iterdir()) == []


def test_what_another_program_keeps_stays(temporary):
    """A folder without a lock, a link, and another name."""
    other = temporary / "other"
    for folder in (temporary / f"{PREFIX}unlocked", other):
        folder.mkdir()
    (other / LOCK).touch()
    _grow_old(other)
    (temporary / f"{PREFIX}link").symlink_to(other, target_is_directory=True)
    with sorting_folder():
        pass
    names = {path.name for path in temporary.iterdir()}
    assert names == {"other", f"{PREFIX}unlocked", f"{PREFIX}link"}
    assert (other / LOCK).exists()
