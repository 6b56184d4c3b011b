"""Results written whole: beside their place first, and renamed, so that no file is half of one."""

import os
import secrets
import stat
from pathlib import Path


def write_whole_file(target: Path, content: bytes) -> Path:
    """Write a file in one step: until it is whole, what stood there before stays.

    A link leads to the file that is replaced; a device or pipe is written to as it is.

    Parameters
    ----------
    target : Path
        The file.
    content : bytes
        All of it.

    Returns
    -------
    Path
        The target.

    Raises
    ------
    OSError
        When it cannot be written; the old file is as it was, and nothing is left beside it.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_whole_file(Path(folder, "a.csv"), b"a").read_bytes()
    b'a'
    """
    place = target.resolve()
    if place.exists() and not stat.S_ISREG(place.stat().st_mode):
        target.write_bytes(content)
        return target
    beside = part_beside(place)
    try:
        beside.write_bytes(content)
        replace_whole(beside, place)
    finally:
        beside.unlink(missing_ok=True)
    return target


def part_beside(place: Path) -> Path:
    """Return a new name in the folder of a file, short and hidden, with the same ending."""
    return place.with_name(f".{secrets.token_hex(8)}.part{place.suffix[:8]}")


def replace_whole(beside: Path, place: Path) -> None:
    """Put a file that is whole in the place of another, with that one's permissions."""
    with beside.open("rb") as file:
        os.fsync(file.fileno())  # a full disk may only show here
    if place.exists():
        beside.chmod(stat.S_IMODE(place.stat().st_mode))
    beside.replace(place)
