"""A large tar read by several processes gives what one gives: cell by cell, in the same order."""

import os
import signal
from dataclasses import replace
from pathlib import Path

import pytest
from support.same_tables import assert_same_cells
from support.wrappings import gzipped, mailed, report_document, tarred, zipped

from tlsrpt_analysis.intake.fast import tar_pieces, zip_pieces
from tlsrpt_analysis.intake.fast import tars as plain_tars
from tlsrpt_analysis.intake.fast.members import FastOutcome, FastReader
from tlsrpt_analysis.intake.fast.tar_pieces import TarPiece
from tlsrpt_analysis.intake.limits import DEFAULT_LIMITS
from tlsrpt_analysis.intake.sources.walk import find_sources
from tlsrpt_analysis.loading import reading, workers
from tlsrpt_analysis.loading.load import load_reports
from tlsrpt_analysis.loading.sources_ahead import SourcesAhead
from tlsrpt_analysis.store import Store

MODES = ["w", "w:gz"]


def tar_of(kind: str, mode: str) -> bytes:
    """Write a tar of forty reports, with copies among them, in which something may be wrong."""
    reports = [gzipped(report_document(report_id=f"r{number % 30}")) for number in range(40)]
    reports[9] = mailed(reports[9])
    if kind == "an odd member":
        reports[20] = zipped(reports[20], gzipped(report_document(report_id="inner")))
    if kind == "no report":
        reports[3:5] = [b'{"some": "thing"}', b"{broken"]
    if kind == "only folders":
        reports = []
    content = tarred(*reports, mode=mode)
    if kind == "damaged":
        place = len(content) // 2
        content = content[:place] + b"\0\xff" + content[place + 2 :]
    if kind == "cut off":
        content = content[: len(content) * 2 // 3]
    if kind == "a wrong checksum":
        content = content[:-8] + bytes(8)
    return content


@pytest.fixture(params=MODES)
def mode(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Have tars, packed or not, cut into many pieces."""
    monkeypatch.setattr(workers, "LARGE_FILE", 1)
    monkeypatch.setattr(tar_pieces, "PIECE_BYTES", 5_000)
    monkeypatch.setattr(plain_tars, "_READ_BYTES", 2_000)
    return str(request.param)


def inbox_of(folder: Path, content: bytes) -> Path:
    """Write a tar among files."""
    inbox = folder / "inbox"
    inbox.mkdir()
    (inbox / "b.tar").write_bytes(content)
    for name in ("a", "c"):
        (inbox / f"{name}.json.gz").write_bytes(gzipped(report_document(report_id=name)))
    return inbox


@pytest.mark.parametrize(
    "kind",
    [
        "plain",
        "an odd member",
        "no report",
        "only folders",
        "damaged",
        "cut off",
        "a wrong checksum",
    ],
)
def test_pieces_of_a_tar_give_what_the_whole_gives(kind: str, mode: str, tmp_path: Path) -> None:
    """Order, keys, duplicates, problems and balance; in a store as well."""
    inbox = inbox_of(tmp_path, tar_of(kind, mode))
    expected = load_reports(inbox, workers=1)
    if kind in {"no report", "damaged", "cut off"}:
        assert not expected.problems.empty
    assert_same_cells(load_reports(inbox, workers=2), expected)
    store = Store(tmp_path / "store")
    store.add(inbox, workers=2)
    assert store.open().balance == expected.balance


def test_the_tolerant_reader_is_not_needed_for_a_plain_tar(
    mode: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Or cutting it is for nothing."""
    inbox = inbox_of(tmp_path, tar_of("plain", mode))
    monkeypatch.setattr(workers, "read_rest", None)  # would raise
    assert load_reports(inbox, workers=2).balance.reports == 32
    (source,) = find_sources(inbox / "b.tar")
    assert len(list(tar_pieces.tar_pieces(source, DEFAULT_LIMITS) or ())) > 3
    assert workers.worker_count(2, SourcesAhead([source])) == 2


@pytest.mark.parametrize("changed", ["unpacked_bytes", "archive_members"])
@pytest.mark.parametrize("limit", [0, 17, 9_000, 20_000, 60_000, 120_000])
def test_pieces_of_a_tar_meet_a_limit_where_the_whole_meets_it(
    changed: str, limit: int, mode: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The tolerant reader continues from there."""
    inbox = inbox_of(tmp_path, tar_of("plain", mode))
    small = replace(DEFAULT_LIMITS, **{changed: limit})
    for module in (workers, reading):
        monkeypatch.setattr(module, "DEFAULT_LIMITS", small)
    expected = load_reports(inbox, workers=1, limits=small)
    assert_same_cells(load_reports(inbox, workers=2, limits=small), expected)


PARENT = os.getpid()
_read_tar_piece = tar_pieces.read_tar_piece


def _killed_later(piece: TarPiece, reader: FastReader) -> list[FastOutcome]:
    """Die in a child at a piece that is not the first; in the parent, read."""
    if os.getpid() != PARENT and not piece.is_first:
        os.kill(os.getpid(), signal.SIGKILL)
    return list(_read_tar_piece(piece, reader))


def test_a_killed_process_loses_nothing_of_a_tar(
    mode: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it had in hand is read by the parent."""
    inbox = inbox_of(tmp_path, tar_of("plain", mode))
    expected = load_reports(inbox, workers=1)
    monkeypatch.setattr(reading, "read_tar_piece", _killed_later)
    with pytest.warns(UserWarning, match="was killed"):
        actual = load_reports(inbox, workers=2)
    assert_same_cells(actual, expected)


def test_a_zip_of_folders_is_recognized_by_several_processes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An archive without files is one member that is skipped."""
    monkeypatch.setattr(workers, "LARGE_FILE", 1)
    monkeypatch.setattr(zip_pieces, "PIECE_MEMBERS", 1)
    inbox = inbox_of(tmp_path, zipped())
    expected = load_reports(inbox, workers=1)
    assert expected.balance.skipped == 1
    assert_same_cells(load_reports(inbox, workers=2), expected)


def test_a_cluster_reads_pieces_of_archives(
    mode: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each is sent with all that it takes to read it."""
    distributed = pytest.importorskip("distributed", reason="Dask is an extra: pip install .[dask]")
    monkeypatch.setattr(zip_pieces, "PIECE_MEMBERS", 6)
    monkeypatch.setattr(workers.Work, "read", None)  # would raise: nothing is left to this process
    inbox = inbox_of(tmp_path, tar_of("plain", mode))
    reports = [gzipped(report_document(report_id=f"z{number}")) for number in range(20)]
    (inbox / "d.zip").write_bytes(zipped(*reports))
    with distributed.Client(
        n_workers=1, threads_per_worker=1, processes=False, dashboard_address=":0"
    ) as client:
        actual = load_reports(inbox, client=client)
    assert_same_cells(actual, load_reports(inbox, workers=1))
