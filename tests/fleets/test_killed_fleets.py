"""A run over a fleet that is killed at any moment leaves the answers of the one before."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

KILLS = 8


@pytest.mark.skipif(not hasattr(os, "fork"), reason="only where processes can be forked")
def test_a_killed_run_leaves_the_last_answers(tmp_path: Path) -> None:
    """Before each step that changes the disk, and at random moments."""
    script = Path(__file__).with_name("killed_fleets.py")
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
    assert done.stdout == f"{KILLS} killed\n"
