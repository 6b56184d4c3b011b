"""Folders in which others write: what a store reads, removes and lets others read."""

import os
import shutil
import stat
from pathlib import Path

import msgspec
import pytest
from support.wrappings import REPORT, report_document

from tlsrpt_analysis.errors import StoreError
from tlsrpt_analysis.store import Store
from tlsrpt_analysis.store.commits import COMMIT, file_digest


def _store(tmp_path: Path) -> Store:
    mails = tmp_path / "mails"
    mails.mkdir()
    (mails / "a.json").write_bytes(REPORT)
    store = Store(tmp_path / "store")
    store.add(mails)
    return store


def _first_part(store: Store) -> Path:
    return min(store.directory.glob("failures-*.parquet"))


@pytest.mark.parametrize(
    "name",
    [
        "../outside.parquet",
        "/etc/passwd",
        "failures-2026-07-00000001.parquet\0",
        "sub/failures-2026-07-00000001.parquet",
        "notes.parquet",
        "",
    ],
)
def test_a_commit_that_names_other_files_is_refused(tmp_path: Path, name: str) -> None:
    """Even with a digest that fits."""
    store = _store(tmp_path)
    commit = store.directory / COMMIT
    document = msgspec.json.decode(commit.read_bytes())
    document.pop("digest")
    document["files"][0]["name"] = name
    document["digest"] = file_digest(msgspec.json.encode(document))
    commit.write_bytes(msgspec.json.encode(document))

    for read in (store.open, store.verify):
        with pytest.raises(StoreError, match="which no writer named so"):
            read()


@pytest.mark.parametrize("kind", ["link", "pipe", "folder"])
def test_a_file_that_is_none_is_refused_and_never_opened(tmp_path: Path, kind: str) -> None:
    """A link leads out of the store, and a pipe would hang."""
    store = _store(tmp_path)
    part = _first_part(store)
    elsewhere = part.rename(tmp_path / "elsewhere")
    if kind == "link":
        part.symlink_to(elsewhere)
    elif kind == "pipe":
        os.mkfifo(part)
    else:
        part.mkdir()

    assert store.verify() == [f"{part.name} is a link, a pipe or a device"]
    with pytest.raises(StoreError, match="is a link, a pipe or a device"):
        store.open()


def test_a_commit_that_is_a_pipe_is_refused(tmp_path: Path) -> None:
    """Reading it would hang."""
    store = _store(tmp_path)
    (store.directory / COMMIT).unlink()
    os.mkfifo(store.directory / COMMIT)

    with pytest.raises(StoreError, match="is not a file"):
        store.open()


def test_what_a_user_keeps_in_the_folder_stays(tmp_path: Path) -> None:
    """Only files that a writer may have written are removed."""
    store = _store(tmp_path)
    kept = [store.directory / name for name in ("notes.parquet", "failures.parquet", "x.txt")]
    for path in kept:
        path.write_text("mine")
    stray = shutil.copy(_first_part(store), store.directory / "failures-2026-07-00000099.parquet")

    store.compact()

    assert [path.read_text() for path in kept] == ["mine"] * 3
    assert not stray.exists()


def test_a_store_inside_the_folder_is_not_read_as_reports(tmp_path: Path) -> None:
    """Nor on the next run, when it has files."""
    (tmp_path / "a.json").write_bytes(REPORT)
    store = Store(tmp_path / "store")

    first, second = store.add(tmp_path), store.add(tmp_path)

    assert (first.read_sources, second.read_sources, second.known_sources) == (1, 0, 1)
    assert store.open().problems.empty


def test_files_are_readable_by_their_owner_only(tmp_path: Path) -> None:
    """Reports name hosts and customers."""
    store = _store(tmp_path)
    store.compact()

    assert stat.S_IMODE(store.directory.stat().st_mode) == 0o700
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in store.directory.iterdir()}
    assert {name: mode for name, mode in modes.items() if mode & 0o077} == {}


@pytest.mark.parametrize("names", [(b"a\xff.json", b"a\xfe.json"), (b"a\n.json", b"a\r.json")])
def test_files_whose_shown_names_are_alike_are_two(
    tmp_path: Path, names: tuple[bytes, bytes]
) -> None:
    """Of the same size and time, both are read, once each."""
    mails = tmp_path / "mails"
    mails.mkdir()
    for number, name in enumerate(names):
        path = mails / os.fsdecode(name)
        path.write_bytes(report_document(report_id=str(number)))
        os.utime(path, ns=(1, 1))
    store = Store(tmp_path / "store")

    first, second = store.add(mails), store.add(mails)

    assert first.balance.reports == 2
    assert (second.read_sources, second.known_sources) == (0, 2)
