"""A writer that is killed at any moment leaves the last commit."""

import os
from pathlib import Path

import pytest
from support.killed_scripts import run_kills

KILLS = 200


@pytest.mark.skipif(not hasattr(os, "fork"), reason="only where processes can be forked")
def test_a_killed_writer_leaves_the_last_commit(tmp_path: Path) -> None:
    """Hundreds of times: before each write, flush, rename and removal, and at random moments."""
    printed = run_kills(Path(__file__).with_name("killed_writers.py"), tmp_path, KILLS)
    killed, turns = (int(word) for word in printed.split() if word.isdigit())
    assert killed == KILLS
    assert turns > 0, "a writer has so many steps that not each was tried"
