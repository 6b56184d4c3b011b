"""Scripts whose processes are killed: how a test starts one, and how a process dies at a step."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path


def run_kills(script: Path, folder: Path, kills: int) -> str:
    """Return what a script that kills its own children printed; it must end well and in silence."""
    paths = os.pathsep.join([str(script.parents[1]), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(
        [sys.executable, script, folder, str(kills)],
        env=os.environ | {"PYTHONPATH": paths},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def killing_at(step: int) -> Callable[[Callable[..., object]], Callable[..., object]]:
    """Return a wrapper for functions that kills this process before their so-many-th call in all."""
    left = [step]

    def counted(work: Callable[..., object]) -> Callable[..., object]:
        def run(*arguments: object, **named: object) -> object:
            left[0] -= 1
            if not left[0]:
                os.kill(os.getpid(), signal.SIGKILL)
            return work(*arguments, **named)

        return run

    return counted
