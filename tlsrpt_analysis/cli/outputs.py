"""Where the output goes: lines to a reader that may leave, and files tried before the work begins."""

import argparse
import contextlib
import os
import stat
import sys
from pathlib import Path

from tlsrpt_analysis.errors import ExportError
from tlsrpt_analysis.whole_files import part_beside

WRITTEN = ("output", "pdf", "save", "problems")
"""The options, of any command, that name a file to be written."""


def try_outputs(chosen: argparse.Namespace) -> None:
    """Check that the files which a command is to write can be written, before it works for long.

    Raises
    ------
    ExportError
        When one cannot.
    """
    for option in WRITTEN:
        name = getattr(chosen, option, None)
        if name:
            try_file(Path(name))


def try_file(target: Path) -> None:
    """Check that one file can be written, as `try_outputs` does."""
    if target.is_dir():
        raise ExportError(f"{target} cannot be written: it is a folder.")
    if not target.parent.is_dir():
        raise ExportError(f"{target} cannot be written: there is no folder {target.parent}.")
    try:
        place = target.resolve()
        if place.exists() and not stat.S_ISREG(place.stat().st_mode):
            return  # a pipe or a device: opening it has effects
        beside = part_beside(place)
        beside.touch(exist_ok=False)
        beside.unlink()
    except OSError as error:
        raise ExportError(f"{target} cannot be written: {error.strerror or error}.") from error


def say(line: str) -> None:
    """Print a line at once; a reader that has left, as `| head` does, does not end the work."""
    try:
        print(line, flush=True)
    except BrokenPipeError:
        silence_output()


def silence_output() -> None:
    """Send the rest of the output nowhere, or Python would try to print it at its end."""
    with contextlib.suppress(OSError, ValueError):  # ValueError: it is no file, as in a test
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
