"""The temporary folder of a run; those that killed runs left behind are removed."""

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PREFIX = "tlsrpt-analysis-fleet-"
LOCK = "in-use.lock"

YOUNGEST_SECONDS = 60
"""A folder is left alone for so long, as another run may be about to lock it."""


@contextmanager
def sorting_folder() -> Iterator[Path]:
    """Yield a temporary folder that is locked while it is in use.

    A lock says more than a process id would, which another process may have by now.
    """
    from filelock import FileLock  # noqa: PLC0415 - an import of the package needs none

    _remove_left_behind(Path(tempfile.gettempdir()))
    with tempfile.TemporaryDirectory(prefix=PREFIX) as name:
        folder = Path(name)
        with FileLock(folder / LOCK):
            yield folder


def _remove_left_behind(parent: Path) -> None:
    """Remove this user's folders whose lock nobody holds."""
    from filelock import FileLock, Timeout  # noqa: PLC0415

    for folder in parent.glob(f"{PREFIX}*"):
        try:
            if _may_be_left_behind(folder):
                with FileLock(folder / LOCK, timeout=0):
                    pass
                shutil.rmtree(folder)
        except (OSError, Timeout):  # in use, or another run is removing it
            continue


def _may_be_left_behind(folder: Path) -> bool:
    """Whether a folder is this user's own, no link, locked once, and not brand-new."""
    is_own = not hasattr(os, "getuid") or folder.lstat().st_uid == os.getuid()
    lock = folder / LOCK
    if not is_own or folder.is_symlink() or not lock.is_file() or lock.is_symlink():
        return False
    return time.time() - lock.lstat().st_mtime > YOUNGEST_SECONDS
