"""A writer that is killed at any moment leaves the last commit."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

KILLS = 200


@pytest.mark.skipif(not hasattr(os, "fork"), reason="only where processes can be forked")
def test_a_killed_writer_leaves_the_last_commit(tmp_path: Path) -> None:
    """Hundreds of times: before each write, flush, rename and removal, and at random moments."""
    script = Path(__file__).with_name("killed_writers.py")
    paths = os.pathsep.join([str(script.parents[1]), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(
        [sys.executable, script, tmp_path, str(KILLS)],
        env=os.environ | {"PYTHONPATH": paths},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    killed, turns = (int(word) for word in done.stdout.split() if word.isdigit())
    assert killed == KILLS
    assert turns > 0, "a writer has so many steps that not each was tried"
