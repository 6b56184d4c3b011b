"""The state of the checks of a store: one small file beside its commits, replaced in one step."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from tlsrpt_analysis.analyses.alerts.known import Known
from tlsrpt_analysis.errors import StoreError
from tlsrpt_analysis.store.commits import OWNER_ONLY, flush_folder, is_plain_file, write_whole

STATE = "checks.json"
LOCK = "checks.lock"
VERSION = 1
LOCK_SECONDS = 5.0
"""How long a check waits for another one."""


class _State(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The file: its version, and what is known."""

    version: int
    known: Known


def read_state(directory: Path) -> Known:
    """Return what earlier checks know; nothing before the first.

    Raises
    ------
    StoreError
        When the file is damaged, or a newer version wrote it.
    """
    path = directory / STATE
    try:
        if not is_plain_file(path):
            raise _unreadable(path, "is not a file")
        content = path.read_bytes()
    except FileNotFoundError:
        return Known()
    except OSError as error:
        raise StoreError(f"{path} cannot be read ({error.strerror})") from error
    try:
        state = msgspec.json.decode(content, type=_State)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise _unreadable(path, f"is damaged, or a newer version wrote it ({error})") from error
    if state.version != VERSION:
        raise _unreadable(path, f"has version {state.version}, this package reads {VERSION}")
    return state.known


def write_state(directory: Path, known: Known) -> None:
    """Replace the state: until this returns, a check that is killed leaves the last one."""
    content = msgspec.json.encode(_State(VERSION, known))
    beside = directory / f"{STATE}.new"
    try:
        write_whole(beside, content)
        os.replace(beside, directory / STATE)  # noqa: PTH105 - the atomic call, by its name
        flush_folder(directory)
    except OSError as error:
        raise StoreError(
            f"{directory / STATE} cannot be written ({error.strerror}): what is new would be said"
            " again by the next check"
        ) from error


@contextmanager
def one_check(directory: Path) -> Iterator[None]:
    """Let one check of a store run at a time, so that nothing is said twice."""
    from filelock import FileLock, Timeout  # noqa: PLC0415 - only checks need it

    lock = FileLock(directory / LOCK, timeout=LOCK_SECONDS, mode=OWNER_ONLY)
    try:
        lock.acquire()
    except Timeout:
        raise StoreError(
            f"another check of {directory} is running: wait until it is done, and try again"
        ) from None
    except OSError as error:
        raise StoreError(
            f"{directory / LOCK} cannot be written ({error.strerror}): check as the user who imports"
        ) from error
    try:
        yield
    finally:
        lock.release()


def _unreadable(path: Path, what: str) -> StoreError:
    return StoreError(f"{path} {what}: remove it, and the next check sets a new base")
