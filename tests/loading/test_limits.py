"""Each documented limit of loading, tested on both sides of its edge."""

import os
import sys
from pathlib import Path

import pytest
from support.wrappings import mbox, numbered_mails, report_document

from tlsrpt_analysis.intake.sources.walk import Source, find_sources
from tlsrpt_analysis.loading import joining, reading, sources_ahead, workers
from tlsrpt_analysis.loading.batches import BatchBuilder, ReportRules
from tlsrpt_analysis.loading.reading import ReadingOptions, gathered
from tlsrpt_analysis.loading.sources_ahead import SourcesAhead
from tlsrpt_analysis.loading.workers import SourceChunk, Work


def _sources(count: int, size: int) -> list[Source]:
    return [Source(f"{number}", f"{number}", size) for number in range(count)]


@pytest.fixture
def four_reports(tmp_path: Path) -> list[Source]:
    """Return four files of one report each."""
    for number in range(4):
        (tmp_path / f"{number}.json").write_bytes(report_document(report_id=f"r{number}"))
    return find_sources(tmp_path)


def _batch_sizes(sources: list[Source]) -> list[int]:
    parts = gathered(sources, ReadingOptions(), on_read=lambda _count: None)
    return [len(part.batch.reports) for part in parts]


@pytest.mark.parametrize(("limit", "sizes"), [(4, [4, 0]), (5, [4]), (2, [2, 2, 0])])
def test_a_batch_ends_at_its_number_of_members(
    four_reports: list[Source], monkeypatch: pytest.MonkeyPatch, limit: int, sizes: list[int]
) -> None:
    """The next one begins empty."""
    monkeypatch.setattr(reading, "BATCH_MEMBERS", limit)
    assert _batch_sizes(four_reports) == sizes


def test_a_batch_ends_at_its_number_of_bytes(
    four_reports: list[Source], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two of four equal reports reach the limit that is twice the size of one."""
    size = four_reports[0].size
    monkeypatch.setattr(reading, "BATCH_BYTES", 2 * size)
    assert _batch_sizes(four_reports) == [2, 2, 0]
    monkeypatch.setattr(reading, "BATCH_BYTES", 2 * size + 1)
    assert _batch_sizes(four_reports) == [3, 1]


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere one process reads by default")
@pytest.mark.parametrize(
    ("sources", "is_large"),
    [
        (_sources(workers.FEWEST_SOURCES - 1, 0), False),
        (_sources(workers.FEWEST_SOURCES, 0), True),
        (_sources(2, workers.FEWEST_BYTES // 2 - 1), False),
        (_sources(2, workers.FEWEST_BYTES // 2), True),
    ],
)
def test_all_cores_read_from_so_many_files_or_bytes_on(
    monkeypatch: pytest.MonkeyPatch, sources: list[Source], *, is_large: bool
) -> None:
    """Below both limits one process reads."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda _process: {0, 1, 2})
    assert workers.worker_count(None, SourcesAhead(sources)) == (3 if is_large else 1)


@pytest.mark.parametrize(
    ("sources", "sizes"),
    [
        (_sources(workers.CHUNK_SOURCES, 0), [workers.CHUNK_SOURCES]),
        (_sources(workers.CHUNK_SOURCES + 1, 0), [workers.CHUNK_SOURCES, 1]),
        (_sources(3, workers.CHUNK_BYTES // 2), [2, 1]),
        (_sources(3, workers.CHUNK_BYTES // 2 - 1), [3]),
    ],
)
def test_a_chunk_ends_at_its_number_of_files_or_bytes(
    monkeypatch: pytest.MonkeyPatch, sources: list[Source], sizes: list[int]
) -> None:
    """No file of them is split."""
    monkeypatch.setattr(workers, "LARGE_FILE", sys.maxsize)
    chunks = list(Work(ReadingOptions()).chunks(sources))
    assert [len(chunk.sources) for chunk in chunks if isinstance(chunk, SourceChunk)] == sizes
    assert sum(sizes) == len(sources)


def test_a_file_is_split_from_its_number_of_bytes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A smaller mbox is read whole."""
    (tmp_path / "box").write_bytes(mbox(numbered_mails(1, 2)))
    (source,) = find_sources(tmp_path)
    for limit, is_split in ((source.size, True), (source.size + 1, False)):
        monkeypatch.setattr(workers, "LARGE_FILE", limit)
        (chunk,) = Work(ReadingOptions()).chunks([source])
        assert isinstance(chunk, SourceChunk) is not is_split


def test_no_more_sources_are_found_ahead_than_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """Taking one makes room for one."""
    monkeypatch.setattr(sources_ahead, "MOST_AHEAD", 3)
    ahead = SourcesAhead(_sources(5, 1))
    assert len(ahead.peek(2)) == 2
    assert len(ahead.peek(9)) == 3
    assert not ahead.look(1)
    next(iter(ahead))
    assert len(ahead.peek(9)) == 3


@pytest.mark.parametrize(
    ("count", "merged"), [(joining.MERGED_BATCHES, 1), (joining.MERGED_BATCHES + 1, 2)]
)
def test_so_many_batches_become_one(count: int, merged: int) -> None:
    """One more begins the next."""
    batches = [BatchBuilder(ReportRules()).batch() for _ in range(count)]
    assert len(list(joining.merged_in_turn(batches))) == merged
