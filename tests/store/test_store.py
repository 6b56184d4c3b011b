"""A store returns what a load returns, reads nothing twice, and joins its files."""

import os
import shutil
from pathlib import Path

import pytest
from support.same_tables import assert_same_cells
from support.wrappings import (
    REPORT,
    gzipped,
    mbox,
    numbered_mails,
    ordinary_mail,
    report_document,
    zipped,
)

from tlsrpt_analysis.errors import StoreError
from tlsrpt_analysis.loading.load import load_reports
from tlsrpt_analysis.store import Store, commits, known, open_store
from tlsrpt_analysis.store.parts import read_parts
from tlsrpt_analysis.tables import Balance

SAMPLES = Path(__file__).parents[2] / "sample_reports"


def test_a_store_gives_what_a_load_gives(samples: Path) -> None:
    """To the cell, with keys, order, problems and balance."""
    assert_same_cells(open_store(samples), load_reports(SAMPLES))


@pytest.mark.parametrize(
    "wanted",
    [
        {"since": "2026-08-01"},
        {"until": "2026-07-15"},
        {"since": "2026-07-10", "until": "2026-08-10"},
        {"reporters": ["Google"]},
        {"reporters": "Microsoft", "since": "2026-08-01"},
        {"policy_domains": "no.example"},
        {"policy_domains": ["example.com", "no.example", "chain.example"]},
        {"policy_domains": ["healthy.example"], "reporters": ["Google"], "until": "2026-09-03"},
        {"since": "2001-01-01", "until": "2001-01-31"},
        {"since": "2001-01-01"},
    ],
)
@pytest.mark.filterwarnings("ignore::tlsrpt_analysis.errors.UnknownNameWarning")
def test_filters_give_what_select_gives(samples: Path, wanted: dict[str, object]) -> None:
    """Although only the files and row groups are read that may hold it."""
    assert_same_cells(open_store(samples, **wanted), open_store(samples).select(**wanted))


def test_each_domain_opens_alone(samples: Path) -> None:
    """Its reports, and no others."""
    whole = open_store(samples)
    for domain in whole.policies["policy_domain"].cat.categories[:4]:
        assert_same_cells(
            open_store(samples, policy_domains=[domain.upper()]),
            whole.select(policy_domains=[domain]),
        )


def test_a_second_run_reads_nothing(tmp_path: Path, samples: Path) -> None:
    """What is known is left alone, and changes no row."""
    store = Store(shutil.copytree(samples, tmp_path / "store"))
    before = store.open()
    added = store.add(SAMPLES)
    assert (added.read_sources, added.balance.members) == (0, 0)
    assert_same_cells(store.open(), before)


def test_duplicates_are_found_across_runs(tmp_path: Path) -> None:
    """A copy in another file is a duplicate, and another content is noted."""
    (tmp_path / "a.json").write_bytes(REPORT)
    (tmp_path / "b.json.gz").write_bytes(gzipped(REPORT))
    (tmp_path / "c.json").write_bytes(report_document(contact_info="other@google.com"))
    store = Store(tmp_path / "store")
    for name in ("a.json", "b.json.gz", "c.json"):
        store.add(tmp_path / name)
    expected = load_reports(*(tmp_path / name for name in ("a.json", "b.json.gz", "c.json")))
    assert expected.balance.duplicates == 1
    assert len(expected.problems) == 1
    assert_same_cells(store.open(), expected)


def test_reports_of_a_new_day_are_compared_with_those_of_days_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is stored of other days of the month is not read, however much it is."""
    store = Store(tmp_path / "store")
    for day in (1, 2, 20):
        path = tmp_path / f"{day}.json"
        path.write_bytes(REPORT.replace(b"2026-07-01", b"2026-07-%02d" % day))
        store.add(path, progress=False, workers=1)
    read = []
    monkeypatch.setattr(
        known,
        "read_parts",
        lambda directory, files, *rest: read.append(files) or read_parts(directory, files, *rest),
    )
    copy = tmp_path / "copy.json.gz"
    copy.write_bytes(gzipped(REPORT))
    assert store.add(copy, progress=False, workers=1).balance.duplicates == 1
    assert len(read) == 3  # the files of two days, and in full those that may hold the copy


def test_runs_and_their_compaction_give_what_one_load_gives(tmp_path: Path) -> None:
    """In the order in which the files were added."""
    parts = sorted(path for path in SAMPLES.rglob("*") if path.is_file())[:40]
    store = Store(tmp_path / "store")
    for start in range(0, len(parts), 10):
        store.add(*parts[start : start + 10])
    expected = load_reports(*parts)
    assert_same_cells(store.open(), expected)
    store.compact()
    assert store.verify() == []
    assert_same_cells(store.open(), expected)
    files = [(file.frame, file.month) for file in commits.read_commit(store.directory).files]
    assert len(files) == len(set(files))


def test_a_report_without_an_identity_comes_to_a_store_that_has_such_ones(tmp_path: Path) -> None:
    """One after the other: what they say lies between that of the others, or not."""
    paths = [tmp_path / f"{number}.json" for number in range(8)]
    named = [report_document(report_id=name) for name in ("a", "z")]
    nameless = [report_document(report_id=None, contact_info=f"{n}@a.example") for n in range(5)]
    for path, content in zip(paths, [*named, *nameless, nameless[0]], strict=True):
        path.write_bytes(content)
    store = Store(tmp_path / "store")
    store.add(*paths[:3])
    for path in paths[3:]:
        store.add(path)
    assert store.open().balance == Balance(8, 7, 1, 0, 0)
    assert_same_cells(store.open(), load_reports(*paths))


def test_a_mailbox_that_grew_adds_only_its_new_mails(tmp_path: Path) -> None:
    """Its old mails are no duplicates, and what was skipped is not reported again."""
    box = tmp_path / "box"
    box.write_bytes(mbox([*numbered_mails(1, 2, 1), ordinary_mail()]))
    store = Store(tmp_path / "store")
    store.add(box)
    box.write_bytes(mbox([*numbered_mails(1, 2, 1), ordinary_mail(), *numbered_mails(3)]))
    added = store.add(box)
    assert (added.balance.members, added.balance.reports) == (1, 1)
    assert_same_cells(store.open(), load_reports(box))


def test_a_copy_that_a_mailbox_grew_by_is_a_duplicate(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in a load of the mailbox, also where a commit ends between the two."""
    monkeypatch.setattr("tlsrpt_analysis.store.adding.COMMIT_MEMBERS", 1)
    monkeypatch.setattr("tlsrpt_analysis.loading.reading.BATCH_MEMBERS", 1)
    box = tmp_path / "box"
    box.write_bytes(mbox(numbered_mails(1, 2, 1)))
    store = Store(tmp_path / "store")
    store.add(box)
    box.write_bytes(mbox(numbered_mails(1, 2, 1, 2, 3, 3)))
    added = store.add(box)
    assert (added.balance.reports, added.balance.duplicates) == (1, 2)
    assert_same_cells(store.open(), load_reports(box))


def test_a_touched_file_adds_nothing(tmp_path: Path) -> None:
    """Its modification time is new, its content is not."""
    path = tmp_path / "a.zip"
    path.write_bytes(zipped(REPORT, b"none"))
    store = Store(tmp_path / "store")
    store.add(path)
    os.utime(path, ns=(1, 1))
    added = store.add(path)
    assert (added.read_sources, added.balance.members) == (1, 0)
    assert store.add(path).known_sources == 1


def test_many_commits_give_what_one_gives(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where a commit ends within a source, and where sources are looked for in slices."""
    monkeypatch.setattr("tlsrpt_analysis.store.directory.SOURCES_AT_ONCE", 1)
    monkeypatch.setattr("tlsrpt_analysis.store.adding.COMMIT_MEMBERS", 3)
    monkeypatch.setattr("tlsrpt_analysis.loading.reading.BATCH_MEMBERS", 2)
    (tmp_path / "box").write_bytes(
        mbox([*numbered_mails(*range(9)), ordinary_mail(), *numbered_mails(2, 11)])
    )
    (tmp_path / "c.json").write_bytes(REPORT)
    store = Store(tmp_path / "store")
    store.add(tmp_path / "box", tmp_path / "c.json")
    assert commits.read_commit(store.directory).generation > 3
    assert commits.read_commit(store.directory).unfinished == ()
    assert_same_cells(store.open(), load_reports(tmp_path / "box", tmp_path / "c.json"))
    assert store.add(tmp_path / "box", tmp_path / "c.json").known_sources == 2
    assert store.verify() == []


def test_the_bar_of_a_large_import_says_where_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As the files come some at a time, each time with its own bar."""
    monkeypatch.setattr("tlsrpt_analysis.store.directory.SOURCES_AT_ONCE", 2)
    for number in range(3):
        (tmp_path / f"{number}.json").write_bytes(report_document(report_id=f"r{number}"))
    Store(tmp_path / "store").add(*sorted(tmp_path.glob("*.json")), progress=True)
    shown = capsys.readouterr().err
    assert "Reading reports:" in shown
    assert "Reading from file 3 on:" in shown


def test_what_is_no_store_is_left_alone(tmp_path: Path) -> None:
    """A folder with other files is not taken, and a missing one says how to make it."""
    (tmp_path / "letter.txt").write_text("dear")
    with pytest.raises(StoreError, match=r"holds other files, such as 'letter.txt'"):
        Store(tmp_path).add(SAMPLES)
    with pytest.raises(StoreError, match="is not a store of reports"):
        open_store(tmp_path)


def test_one_process_writes_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second one says so, and readers do not wait."""
    from filelock import FileLock  # noqa: PLC0415 - only here

    monkeypatch.setattr("tlsrpt_analysis.store.directory.LOCK_SECONDS", 0.1)
    path = tmp_path / "a.json"
    path.write_bytes(REPORT)
    store = Store(tmp_path / "store")
    store.add(path)
    with FileLock(store.directory / "writer.lock"):
        with pytest.raises(StoreError, match="another process is writing"):
            store.add(path)
        assert len(store.open().reports) == 1
