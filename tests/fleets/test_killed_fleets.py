"""A run over a fleet that is killed at any moment leaves the answers of the one before."""

import os
from pathlib import Path

import pytest
from support.killed_scripts import run_kills

KILLS = 8


@pytest.mark.skipif(not hasattr(os, "fork"), reason="only where processes can be forked")
def test_a_killed_run_leaves_the_last_answers(tmp_path: Path) -> None:
    """Before each step that changes the disk, and at random moments."""
    printed = run_kills(Path(__file__).with_name("killed_fleets.py"), tmp_path, KILLS)
    assert printed == f"{KILLS} killed\n"
