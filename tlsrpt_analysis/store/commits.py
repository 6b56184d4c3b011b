"""The commit: one small file that names all files of the store, and is replaced in one step.

Data files are written whole, flushed to the disk and never changed: a reader of a commit finds
every file that it names, and a killed writer leaves only files that no commit names.
"""

import os
import re
import stat
from collections.abc import Callable, Mapping
from hashlib import blake2b
from pathlib import Path

import msgspec

from tlsrpt_analysis.errors import StoreError
from tlsrpt_analysis.tables import Balance

SCHEMA = 2
"""The version of the store's files; a store of an older one is migrated when it is read."""

MIGRATIONS: Mapping[int, Callable[[dict[str, object]], dict[str, object]]] = {
    1: lambda document: document | {"schema": 2},  # its files have no digest of their footer
}
"""How a commit of each older version is rewritten as the next version."""

COMMIT = "commit.json"

OWNER_ONLY = 0o600
"""Permissions of new files: reports name hosts, addresses and customers."""

_HOW = getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0)  # where the system has them
FRAMES = ("reports", "policies", "failures", "problems", "sources")


PART_NAME = re.compile(
    rf"(?:{'|'.join(FRAMES)})-(?:all|\d{{4}}-\d\d)-\d{{8,12}}(?:-\d{{1,9}})?\.parquet"
)
"""The names that a writer gives to files; a store reads and removes no other."""


class DataFile(msgspec.Struct, frozen=True):
    """A file of the store: what it holds, and the digests that show whether it is whole."""

    frame: str
    month: str  # as 2026-07; empty for problems and sources
    name: str
    rows: int
    size: int
    digest: str
    footer: str = ""  # the digest of the Parquet footer; files of version 1 have none


class Commit(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The state of a store."""

    schema: int = SCHEMA
    generation: int = 0
    next_policy_key: int = 0
    balance: Balance = Balance()
    unfinished: tuple[str, ...] = ()  # sources of which only a first part is in the store
    files: tuple[DataFile, ...] = ()

    def of(self, frame: str, *, months: tuple[str, str] = ("", "9999-99")) -> list[DataFile]:
        """Return the files of one frame within a range of months."""
        first, last = months
        return [
            file
            for file in self.files
            if file.frame == frame and (not file.month or first <= file.month <= last)
        ]

    def rows(self, frame: str) -> int:
        """Count the rows of one frame."""
        return sum(file.rows for file in self.of(frame))


def read_commit(directory: Path) -> Commit:
    """Read the last commit.

    Raises
    ------
    StoreError
        When there is no commit, it is damaged, or a newer version wrote it.
    """
    try:
        if not stat.S_ISREG((directory / COMMIT).stat().st_mode):
            raise lost(directory / COMMIT, "is not a file")
        content = (directory / COMMIT).read_bytes()
    except FileNotFoundError:
        raise StoreError(
            f"{directory} is not a store of reports: create one with"
            f" `tlsrpt-analysis import PATHS --store {directory}`"
        ) from None
    except OSError as error:
        raise StoreError(f"{directory / COMMIT} cannot be read ({error.strerror})") from error
    try:
        document = msgspec.json.decode(content, type=dict[str, object])
        digest = document.pop("digest", None)
        commit = msgspec.convert(_migrated(directory, document), Commit)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise lost(directory / COMMIT, f"is damaged ({error})") from error
    if document.get("schema") != 1 and digest != file_digest(msgspec.json.encode(document)):
        raise lost(directory / COMMIT, "is damaged (its digest does not match)")
    _assert_own_names(directory, commit)
    return commit


def lost(path: Path, what: str) -> StoreError:
    """Return the error for a file that is no longer as it was written."""
    return StoreError(f"{path} {what}: restore it from a backup, or import the reports again")


def _assert_own_names(directory: Path, commit: Commit) -> None:
    """Refuse a commit that leads out of the store, or to a file that no writer wrote."""
    for file in commit.files:
        if not PART_NAME.fullmatch(file.name):
            raise lost(directory / COMMIT, f"names {file.name[:80]!r}, which no writer named so")


def is_plain_file(path: Path) -> bool:
    """Whether a path is a file itself: not a link, a pipe or a device, whose opening could hang.

    Raises
    ------
    OSError
        When it does not exist.
    """
    return stat.S_ISREG(path.lstat().st_mode)


def write_commit(directory: Path, commit: Commit) -> None:
    """Replace the last commit atomically: until this returns, readers see the old one or the new one."""
    flush_folder(directory)  # so that every file the commit names is on the disk
    document = msgspec.to_builtins(commit)
    document["digest"] = file_digest(msgspec.json.encode(document))
    write_whole(directory / f"{COMMIT}.new", msgspec.json.encode(document))
    os.replace(directory / f"{COMMIT}.new", directory / COMMIT)  # noqa: PTH105 - the atomic call, by its name
    flush_folder(directory)


def write_whole(path: Path, content: bytes | memoryview) -> None:
    """Write a file and wait until it is on the disk."""
    number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | _HOW, OWNER_ONLY)
    with os.fdopen(number, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def flush_folder(directory: Path) -> None:
    """Wait until the names in a folder are on the disk."""
    if os.name == "nt":  # Windows cannot flush folders
        return
    number = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def file_digest(content: bytes | memoryview) -> str:
    """Return the digest by which `verify` checks that a file is whole."""
    return blake2b(content, digest_size=16).hexdigest()


def _migrated(directory: Path, document: dict[str, object]) -> dict[str, object]:
    while isinstance(version := document.get("schema"), int) and version != SCHEMA:
        migrate = MIGRATIONS.get(version)
        if migrate is None:
            raise StoreError(
                f"{directory} has version {version} of the store, this package reads"
                f" version {SCHEMA}: install the version of the package that wrote it, or a newer one"
            )
        document = migrate(document)
    return document
