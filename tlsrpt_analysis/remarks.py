"""What is said beside the results, on standard error: remarks, and on request what was done."""

import argparse
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from tlsrpt_analysis.shown_texts import shown

LONGEST = 4_000
"""Characters of a line: it may name several paths."""


def remark(chosen: argparse.Namespace, text: str) -> None:
    """Print a line that a user should see, unless ``--quiet`` is given."""
    if not chosen.quiet:
        _print(text)


def detail(chosen: argparse.Namespace, text: str) -> None:
    """Print a line about what was done, if ``--verbose`` is given."""
    if chosen.verbose and not chosen.quiet:
        _print(text)


@contextmanager
def timed(chosen: argparse.Namespace, what: str) -> Iterator[None]:
    """Print how long something took, if ``--verbose`` is given."""
    start = time.monotonic()
    yield
    detail(chosen, f"{what}: {time.monotonic() - start:.2f} s")


def progress(chosen: argparse.Namespace) -> bool | None:
    """Return whether a bar is shown: never with ``--quiet``, else on a terminal."""
    return False if chosen.quiet else None


def _print(text: str) -> None:
    if sys.stderr is not None:
        sys.stderr.write(f"tlsrpt-analysis: {shown(text, LONGEST)}\n")
