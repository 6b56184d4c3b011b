"""A store whose files are damaged: nothing of the damage is read, and the damaged file is named."""

import random
import shutil
from pathlib import Path

import pytest
from support.same_tables import assert_same_cells
from support.wrappings import REPORT, mbox, numbered_mails, ordinary_mail

from tlsrpt_analysis.errors import StoreError
from tlsrpt_analysis.store import Store
from tlsrpt_analysis.tables import ReportTables

OLD = Path(__file__).parents[1] / "data/store-1"


def test_a_damaged_file_is_found(tmp_path: Path, samples: Path) -> None:
    """One letter that changed, and a file that is gone."""
    directory = shutil.copytree(samples, tmp_path / "store")
    assert Store(directory).verify() == []
    first, second = sorted(directory.glob("*.parquet"))[:2]
    content = bytearray(first.read_bytes())
    content[len(content) // 2] ^= 1
    first.write_bytes(content)
    second.unlink()
    faults = Store(directory).verify()
    assert faults == [
        f"{first.name} is not as it was written",
        f"{second.name} cannot be read (No such file or directory)",
    ]


def _assert_no_changed_bit_is_read(store: Store, *more: Path) -> None:
    parts = sorted(store.directory.glob("*.parquet"))
    files = [*(one for one in parts if not one.name.startswith("sources")), *more]
    whole = store.open()
    chance = random.Random(8460)  # noqa: S311 - which bits are tried
    refused = 0
    for file in files:
        content = file.read_bytes()
        for _ in range(40):
            damaged = bytearray(content)
            damaged[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
            file.write_bytes(damaged)
            if (opened := _opened(store, file)) is None:
                refused += 1
            else:
                assert_same_cells(opened, whole)
        for part in (b"", content[: len(content) // 2], content[1:], content + b"\0"):
            file.write_bytes(part)
            assert _opened(store, file) is None
        file.write_bytes(content)
    assert refused > 20 * len(files)
    assert store.verify() == []


def _opened(store: Store, damaged: Path) -> ReportTables | None:
    try:
        return store.open()
    except StoreError as error:
        if str(damaged) not in str(error) and "has version" not in str(error):
            raise
        return None


def test_no_changed_bit_is_read(tmp_path: Path) -> None:
    """In any file: the store opens as it was, or the error names the damaged file."""
    store = Store(tmp_path / "store")
    for number, mails in enumerate(
        [numbered_mails(1, 2, 3), [*numbered_mails(4), ordinary_mail()]]
    ):
        (tmp_path / f"box{number}").write_bytes(mbox(mails))
        store.add(tmp_path / f"box{number}")
    _assert_no_changed_bit_is_read(store, store.directory / "commit.json")


def test_no_changed_bit_of_a_file_of_the_first_version_is_read(tmp_path: Path) -> None:
    """They have no checksums of their pages, so they are compared whole."""
    store = Store(shutil.copytree(OLD, tmp_path / "store"))
    _assert_no_changed_bit_is_read(store)


def test_nothing_is_added_to_a_store_whose_list_of_files_is_damaged(tmp_path: Path) -> None:
    """Or every report of it would be read again."""
    (tmp_path / "a.json").write_bytes(REPORT)
    store = Store(tmp_path / "store")
    store.add(tmp_path / "a.json")
    (sources,) = store.directory.glob("sources*")
    sources.write_bytes(sources.read_bytes()[:-1])
    with pytest.raises(StoreError, match=r"sources.* is not as it was written"):
        store.add(tmp_path / "a.json")
