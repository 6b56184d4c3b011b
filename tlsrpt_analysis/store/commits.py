"""The commit: one small file that names all files of the store; replacing it is the only step.

Data files are written whole, flushed to the disk and never changed, so whoever reads a commit
finds what it names, and a writer that dies leaves files that no commit names.
"""

import os
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
"""From each older version, how its commit is written in the next one."""

COMMIT = "commit.json"
FRAMES = ("reports", "policies", "failures", "problems", "sources")


class DataFile(msgspec.Struct, frozen=True):
    """A file of the store: what it holds, and how to know that it is whole."""

    frame: str
    month: str  # as 2026-07; empty for problems and sources
    name: str
    rows: int
    size: int
    digest: str
    footer: str = ""  # the digest of its end, which no file of the first version has


class Commit(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The state of a store."""

    schema: int = SCHEMA
    generation: int = 0
    next_policy_key: int = 0
    balance: Balance = Balance()
    unfinished: tuple[str, ...] = ()  # sources of which only a first part is in the store
    files: tuple[DataFile, ...] = ()

    def of(self, frame: str, *, months: tuple[str, str] = ("", "9999-99")) -> list[DataFile]:
        """Return the files of one frame, of some months."""
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
        When there is none, or it is damaged, or a newer version wrote it.
    """
    try:
        content = (directory / COMMIT).read_bytes()
    except FileNotFoundError:
        raise StoreError(
            f"{directory} is no store of reports: make one with"
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
        raise lost(directory / COMMIT, "is damaged (its digest is another)")
    return commit


def lost(path: Path, what: str) -> StoreError:
    """Return the error of a file of a store that is no longer what was written."""
    return StoreError(f"{path} {what}: restore it from a backup, or import anew")


def write_commit(directory: Path, commit: Commit) -> None:
    """Replace the last commit: before this returns it may count or not, and never in part."""
    flush_folder(directory)  # the data files are found before a commit names them
    document = msgspec.to_builtins(commit)
    document["digest"] = file_digest(msgspec.json.encode(document))
    write_whole(directory / f"{COMMIT}.new", msgspec.json.encode(document))
    os.replace(directory / f"{COMMIT}.new", directory / COMMIT)  # noqa: PTH105 - its atomicity is meant
    flush_folder(directory)


def write_whole(path: Path, content: bytes | memoryview) -> None:
    """Write a file and wait until the disk has it."""
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def flush_folder(directory: Path) -> None:
    """Wait until the disk has the names in a folder."""
    if os.name == "nt":  # Windows flushes no folders
        return
    number = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def file_digest(content: bytes | memoryview) -> str:
    """Return the fingerprint by which `verify` knows that a file is whole."""
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
