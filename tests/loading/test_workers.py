"""Several processes and machines give what one gives: cell by cell, in the same order."""

import datetime as dt
import math
import os
import signal
from dataclasses import replace
from functools import partial
from pathlib import Path

import pandas as pd
import pytest
from support.counted_chunks import read_and_note, readers_of_chunks
from support.dask_clusters import dask_client
from support.same_tables import assert_same_cells
from support.wrappings import (
    WRAPPINGS,
    forwarded,
    gzipped,
    mailed,
    mbox,
    ordinary_mail,
    report_document,
    zipped,
)

from tlsrpt_analysis.intake.fast import mbox_pieces, zip_pieces
from tlsrpt_analysis.intake.limits import DEFAULT_LIMITS
from tlsrpt_analysis.intake.red_flags import Expectations
from tlsrpt_analysis.intake.sources.walk import find_sources
from tlsrpt_analysis.loading import reading, workers
from tlsrpt_analysis.loading.batches import ReportRules
from tlsrpt_analysis.loading.joining import join
from tlsrpt_analysis.loading.load import load_reports
from tlsrpt_analysis.loading.reading import FoundSource, Gathered, ReadingOptions, gathered
from tlsrpt_analysis.loading.sources_ahead import SourcesAhead
from tlsrpt_analysis.store import Store
from tlsrpt_analysis.tables import SCHEMAS, ReportTables


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Write reports of many kinds, a copy and a changed one, to be read in chunks of seven."""
    monkeypatch.setattr(workers, "CHUNK_SOURCES", 7)
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    for number in range(40):
        document = report_document(
            report_id=f"r{number % 30}", contact_info=f"a{number % 7}@b.example"
        )
        (inbox / f"{number:03}.json.gz").write_bytes(gzipped(document))
    for name, content in WRAPPINGS.items():
        (inbox / name).write_bytes(content)
    return inbox


def assert_same(actual: ReportTables, expected: ReportTables) -> None:
    """Every cell and the balance."""
    for name in SCHEMAS:
        pd.testing.assert_frame_equal(getattr(actual, name), getattr(expected, name))
    assert actual.balance == expected.balance


def test_processes_give_what_one_gives(folder: Path) -> None:
    """Order, keys, duplicates, problems and balance, whatever their number."""
    expected = load_reports(folder, workers=1)
    assert expected.balance.duplicates > 0
    for count in (2, 3):
        assert_same(load_reports(folder, workers=count), expected)


def test_a_batch_of_large_reports_is_small(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it holds is bounded by bytes as well, and the tables are the same."""
    expected = load_reports(folder, workers=1)
    monkeypatch.setattr(reading, "BATCH_BYTES", 2_000)
    options = ReadingOptions(rules=ReportRules(Expectations(today=dt.datetime.now(dt.UTC).date())))
    parts = list(gathered(find_sources(folder), options, on_read=lambda _count: None))
    assert max(len(part.batch.reports) for part in parts) < 7
    assert_same(join([part.batch for part in parts]).tables(), expected)


PARENT = os.getpid()


def _killed_once(sources: list[FoundSource], options: ReadingOptions) -> list[Gathered]:
    """Die in a child at the third chunk; in the parent, read."""
    if os.getpid() != PARENT and any(source.name.endswith("020.json.gz") for source in sources):
        os.kill(os.getpid(), signal.SIGKILL)
    return workers_read_chunk(sources, options)


workers_read_chunk = workers.read_chunk


def test_a_killed_process_loses_nothing_and_is_reported(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it had in hand is read by the parent."""
    expected = load_reports(folder, workers=1)
    monkeypatch.setattr(workers, "read_chunk", _killed_once)
    with pytest.warns(UserWarning, match="was killed"):
        actual = load_reports(folder, workers=2)
    assert_same(actual, expected)


@pytest.fixture
def large_mbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Write an mbox among files, which is cut into many pieces."""
    monkeypatch.setattr(workers, "LARGE_FILE", 1)
    monkeypatch.setattr(mbox_pieces, "PIECE_BYTES", 5_000)
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    reports = [gzipped(report_document(report_id=f"r{number % 30}")) for number in range(40)]
    letters = [mailed(report) for report in reports]
    letters[7:7] = [ordinary_mail(), forwarded(mailed(gzipped(report_document(report_id="7"))))]
    (inbox / "b.mbox").write_bytes(mbox(letters))
    for name in ("a", "c"):
        (inbox / f"{name}.json.gz").write_bytes(gzipped(report_document(report_id=name)))
    return inbox


def test_pieces_of_an_mbox_give_what_the_whole_gives(large_mbox: Path, tmp_path: Path) -> None:
    """Order, keys, duplicates, problems and balance; in a store as well."""
    expected = load_reports(large_mbox, workers=1)
    assert expected.balance.duplicates > 0
    assert_same(load_reports(large_mbox, workers=2), expected)
    store = Store(tmp_path / "store")
    store.add(large_mbox, workers=2)
    assert_same_cells(store.open(), expected)


@pytest.mark.parametrize("limit", [0, 2_000, 9_000, 20_000])
def test_pieces_of_an_mbox_meet_a_limit_where_the_whole_meets_it(
    large_mbox: Path, limit: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The piece that goes beyond is read again, and nothing after it."""
    small = replace(DEFAULT_LIMITS, unpacked_bytes=limit)
    for module in (workers, reading):
        monkeypatch.setattr(module, "DEFAULT_LIMITS", small)
    expected = load_reports(large_mbox, workers=1, limits=small)
    assert_same(load_reports(large_mbox, workers=2, limits=small), expected)
    assert "rejected" in set(expected.problems["severity"])


@pytest.fixture(params=["plain", "an odd member", "damaged", "no report"])
def large_zip(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """Write a zip among files, which is cut into many pieces."""
    monkeypatch.setattr(workers, "LARGE_FILE", 1)
    monkeypatch.setattr(zip_pieces, "PIECE_MEMBERS", 6)
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    reports = [gzipped(report_document(report_id=f"r{number % 30}")) for number in range(40)]
    reports[9] = mailed(reports[9])
    if request.param == "an odd member":
        reports[20] = zipped(reports[20], gzipped(report_document(report_id="inner")))
    if request.param == "no report":
        reports[3:5] = [b'{"some": "thing"}', b"{broken"]
    content = zipped(*reports)
    if request.param == "damaged":
        place = content.index(b"PK\x03\x04", len(content) // 3) + 90
        content = content[:place] + b"\0\xff" + content[place + 2 :]
    (inbox / "b.zip").write_bytes(content)
    for name in ("a", "c"):
        (inbox / f"{name}.json.gz").write_bytes(gzipped(report_document(report_id=name)))
    return inbox


def test_pieces_of_a_zip_give_what_the_whole_gives(large_zip: Path, tmp_path: Path) -> None:
    """Order, keys, duplicates, problems and balance; in a store as well."""
    expected = load_reports(large_zip, workers=1)
    assert expected.balance.duplicates > 0
    assert_same(load_reports(large_zip, workers=2), expected)
    store = Store(tmp_path / "store")
    store.add(large_zip, workers=2)
    assert store.open().balance == expected.balance


@pytest.mark.parametrize("large_zip", ["plain"], indirect=True)
def test_the_tolerant_reader_is_not_needed_for_a_plain_zip(
    large_zip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Or cutting it is for nothing."""
    monkeypatch.setattr(workers, "read_rest", None)  # would raise
    assert load_reports(large_zip, workers=2).balance.reports == 32


@pytest.mark.parametrize("changed", ["unpacked_bytes", "archive_members"])
@pytest.mark.parametrize("limit", [0, 17, 9_000, 20_000])
def test_pieces_of_a_zip_meet_a_limit_where_the_whole_meets_it(
    large_zip: Path, changed: str, limit: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The tolerant reader continues from there."""
    small = replace(DEFAULT_LIMITS, **{changed: limit})
    for module in (workers, reading):
        monkeypatch.setattr(module, "DEFAULT_LIMITS", small)
    expected = load_reports(large_zip, workers=1, limits=small)
    assert_same(load_reports(large_zip, workers=2, limits=small), expected)


def test_few_files_are_read_by_one_process(folder: Path) -> None:
    """A second one would cost more than it saves."""
    assert workers.worker_count(None, SourcesAhead([])) == 1
    assert workers.worker_count(0, SourcesAhead([])) == 1
    assert workers.worker_count(3, SourcesAhead([])) == 3
    assert load_reports(folder).balance.adds_up


def test_a_file_that_cannot_be_cut_is_read_by_one_process(
    large_mbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A second one would have nothing to do."""
    (report,) = find_sources(large_mbox / "a.json.gz")
    (box,) = find_sources(large_mbox / "b.mbox")
    assert workers.worker_count(2, SourcesAhead([report])) == 1
    assert workers.worker_count(2, SourcesAhead([box])) == 2
    monkeypatch.setattr(workers, "LARGE_FILE", 1_000_000)
    assert workers.worker_count(2, SourcesAhead([box])) == 1


@pytest.fixture
def cluster():
    """Run a real Dask cluster of two processes."""
    with dask_client() as client:
        yield client


def test_a_cluster_that_loses_a_worker_gives_what_one_process_gives(
    folder: Path, tmp_path: Path, cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cell by cell; only what the lost worker had read or in hand is read once more."""
    notes = tmp_path / "notes"
    notes.mkdir()
    monkeypatch.setattr(workers, "read_chunk", partial(read_and_note, notes))
    expected = load_reports(folder, workers=1)
    victim = cluster.run(os.getpid).popitem()[1]
    sources = find_sources(folder)
    options = ReadingOptions(rules=ReportRules(Expectations(today=dt.datetime.now(dt.UTC).date())))
    parts = workers.in_cluster(SourcesAhead(sources), options, cluster, on_read=lambda _count: None)
    first = next(parts)
    os.kill(victim, signal.SIGKILL)
    assert_same(join([part.batch for part in [first, *parts]]).tables(), expected)
    readers = readers_of_chunks(notes)
    assert len(readers) == math.ceil(len(sources) / workers.CHUNK_SOURCES)
    assert [names for names in readers.values() if len(names) > 1 and victim not in names] == []
    assert max(map(len, readers.values())) <= 2


def test_a_cluster_fills_the_store_that_one_process_fills(
    folder: Path, tmp_path: Path, cluster
) -> None:
    """All four tables, cell by cell, from paths and from addresses that fsspec reads."""
    address = f"local://{folder}"
    assert_same(load_reports(address, client=cluster), load_reports(address, workers=1))
    for name, source in {"paths": folder, "addresses": address}.items():
        store = Store(tmp_path / name)
        store.add(source, client=cluster)
        assert store.verify() == []
        assert_same_cells(store.open(), load_reports(source, workers=1))
