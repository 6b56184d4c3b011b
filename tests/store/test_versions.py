"""Stores that earlier versions of the package wrote: they open, grow, and take later columns."""

import shutil
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from support.same_tables import assert_same_cells
from support.wrappings import REPORT, gzipped, mbox, numbered_mails, ordinary_mail, report_document

from tlsrpt_analysis.errors import StoreError
from tlsrpt_analysis.loading.batches import BatchBuilder
from tlsrpt_analysis.loading.load import load_reports
from tlsrpt_analysis.loading.report_columns import texts
from tlsrpt_analysis.store import Store, columns, commits
from tlsrpt_analysis.store.columns import Derivation
from tlsrpt_analysis.store.filters import OneOf
from tlsrpt_analysis.store.parts import read_parts
from tlsrpt_analysis.tables import SCHEMAS

DATA = Path(__file__).parents[1] / "data"
VERSIONS = ["store-1", "store-2"]


@pytest.fixture(params=VERSIONS)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    """Return a copy of a store that the first code of each version wrote, in two runs."""
    return Store(shutil.copytree(DATA / request.param, tmp_path / "store"))


@pytest.fixture
def inbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder with the files from which each store was made, which are touched."""
    monkeypatch.chdir(tmp_path)
    folder = Path("inbox")
    folder.mkdir()
    (folder / "a.json").write_bytes(REPORT)
    mails = [*numbered_mails(1, 2, 1), ordinary_mail(), *numbered_mails(3)]
    (folder / "box").write_bytes(mbox(mails))
    (folder / "b.json.gz").write_bytes(gzipped(REPORT))
    return folder


def test_there_is_a_store_of_each_version() -> None:
    """Whoever raises the version adds one that the code before it wrote."""
    assert sorted(path.name for path in DATA.glob("store-*")) == VERSIONS
    assert set(commits.MIGRATIONS) == set(range(1, commits.SCHEMA))
    assert len(VERSIONS) == commits.SCHEMA


def test_an_older_version_is_migrated_and_a_newer_one_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the table of migrations; an unknown version is not guessed."""
    store = Store(shutil.copytree(DATA / "store-1", tmp_path / "store"))
    commit = store.directory / "commit.json"
    first = commit.read_bytes()
    assert b'"schema":1,' in first
    reports = store.open().reports
    with monkeypatch.context() as patched:
        patched.setattr(commits, "MIGRATIONS", {})
        with pytest.raises(StoreError, match="has version 1 of the store"):
            store.open()
    store.compact()  # the next commit is of this version
    assert b'"schema":2,' in commit.read_bytes()
    pd.testing.assert_frame_equal(store.open().reports, reports)
    commit.write_bytes(first.replace(b'"schema":1,', b'"schema":9,'))
    with pytest.raises(StoreError, match="has version 9 of the store, this package reads version"):
        store.open()
    commit.write_bytes(b"{")
    with pytest.raises(StoreError, match="is damaged"):
        store.open()


def test_a_store_of_each_version_opens_and_grows(store: Store, inbox: Path) -> None:
    """As if today's code had written it."""
    assert store.verify() == []
    in_its_order = [inbox / name for name in ("a.json", "box", "b.json.gz")]
    expected = load_reports(*in_its_order)
    assert sorted(store.open().reports["report_id"]) == sorted(expected.reports["report_id"])
    assert store.open().balance == expected.balance
    added = store.add(inbox)  # the times of change are others, the contents are not
    assert (added.read_sources, added.balance.members) == (3, 0)
    (inbox / "c.json").write_bytes(report_document(report_id="r9"))
    assert store.add(inbox).balance.reports == 1
    store.compact()
    assert store.verify() == []
    assert store.open().balance == load_reports(*in_its_order, inbox / "c.json").balance


@pytest.fixture(params=SCHEMAS)
def frame(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return a frame to which a later version adds a column of texts."""
    name: str = request.param
    batch_of = BatchBuilder.batch

    def batch(builder: BatchBuilder) -> object:
        whole = batch_of(builder)
        table = getattr(whole, name)
        column = texts(["later"] * len(table))
        return replace(whole, **{name: table.append_column("later_column", column)})

    monkeypatch.setitem(SCHEMAS[name], "later_column", "category")
    monkeypatch.setattr(BatchBuilder, "batch", batch)
    return name


def test_a_later_column_is_missing_in_what_was_read_before_it(
    store: Store, inbox: Path, frame: str
) -> None:
    """A store of each version opens, is selected from, grows, is joined and verified."""
    before = store.open()
    assert getattr(before, frame)["later_column"].isna().all()
    assert_same_cells(
        Store(store.directory).open(policy_domains=["example.com"], since="2026-07-01"),
        before.select(policy_domains=["example.com"], since="2026-07-01"),
    )
    assert store.add(inbox).balance.members == 0  # the files are read again, and nothing is new
    mails = [*numbered_mails(9), ordinary_mail()]
    (inbox / "later-box").write_bytes(mbox(mails))
    assert store.add(inbox).balance.members == 2
    after = store.open()
    values = getattr(after, frame)["later_column"]
    assert values.isna().sum() == len(getattr(before, frame))
    assert values.dropna().tolist() == ["later"]
    store.compact()
    assert_same_cells(store.open(), after)
    assert store.verify() == []


def test_a_later_column_can_be_filtered_by(store: Store, inbox: Path, frame: str) -> None:
    """No row of an older file has a value of it."""
    (inbox / "later-box").write_bytes(mbox([*numbered_mails(9), ordinary_mail()]))
    store.add(inbox)
    files = commits.read_commit(store.directory).of(frame)
    wanted = OneOf("later_column", pa.array(["later"]))
    found = read_parts(store.directory, files, ["later_column"], wanted)
    assert found["later_column"].to_pylist() == ["later"]
    missing = OneOf("later_column", pa.array([None], pa.string()))
    found = read_parts(store.directory, files, ["later_column"], missing)
    assert len(found) == sum(file.rows for file in files) - 1


def test_a_later_column_is_computed_where_a_derivation_says_how(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the columns that older files have, also when it is asked for without them."""
    lengths = Derivation(("policy_string",), _text_lengths)
    monkeypatch.setitem(SCHEMAS["policies"], "text_length", "int64")
    monkeypatch.setattr(columns, "DERIVATIONS", {"policies": {"text_length": lengths}})
    policies = store.open().policies
    assert policies["text_length"].tolist() == policies["policy_string"].str.len().tolist()
    files = commits.read_commit(store.directory).of("policies")
    found = read_parts(store.directory, files, ["text_length"])
    assert found.column_names == ["text_length"]
    assert set(found["text_length"].to_pylist()) == set(policies["text_length"])


def _text_lengths(table: pa.Table) -> pa.ChunkedArray:
    lengths = pc.utf8_length(table["policy_string"].cast(pa.string()))
    return lengths.cast(pa.int64())


@pytest.mark.parametrize(
    "dtype", ["str", "Int64", *(SCHEMAS["reports"][name] for name in ("day", "start_datetime"))]
)
def test_a_later_column_may_be_of_each_type_that_can_be_null(
    store: Store, monkeypatch: pytest.MonkeyPatch, dtype: object
) -> None:
    """Its values are missing, in the type of the schema."""
    monkeypatch.setitem(SCHEMAS["policies"], "later_column", dtype)
    column = store.open().policies["later_column"]
    assert column.isna().all()
    assert column.dtype == dtype


def test_a_later_column_that_cannot_be_null_needs_a_derivation(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its author sees which."""
    monkeypatch.setitem(SCHEMAS["policies"], "later_count", "int64")
    with pytest.raises(TypeError, match="policies lacks later_count, which cannot be null"):
        store.open()
