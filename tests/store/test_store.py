"""A store gives what a load gives, reads nothing twice, and joins its files."""

import os
import random
import shutil
from pathlib import Path

import pandas as pd
import pytest
from support.same_tables import assert_same_cells
from support.wrappings import REPORT, gzipped, mailed, mbox, ordinary_mail, report_document, zipped

from tlsrpt_analysis.errors import StoreError
from tlsrpt_analysis.loading.load import load_reports
from tlsrpt_analysis.store import Store, commits, open_store
from tlsrpt_analysis.tables import Balance, ReportTables

OLD = Path(__file__).parents[1] / "data/store-1"
SAMPLES = Path(__file__).parents[2] / "sample_reports"


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Keep the samples in a store, in row groups so small that some are passed over."""
    directory = tmp_path_factory.mktemp("stores") / "samples"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tlsrpt_analysis.store.parts.ROW_GROUP", 64)
        Store(directory).add(SAMPLES)
    return directory


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


def test_duplicates_are_told_across_runs(tmp_path: Path) -> None:
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


def _reports(*numbers: int) -> list[bytes]:
    return [mailed(gzipped(report_document(report_id=f"r{number}"))) for number in numbers]


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
    """Its old mails are no duplicates, and what was passed over is not told again."""
    box = tmp_path / "box"
    box.write_bytes(mbox([*_reports(1, 2, 1), ordinary_mail()]))
    store = Store(tmp_path / "store")
    store.add(box)
    box.write_bytes(mbox([*_reports(1, 2, 1), ordinary_mail(), *_reports(3)]))
    added = store.add(box)
    assert (added.balance.members, added.balance.reports) == (1, 1)
    assert_same_cells(store.open(), load_reports(box))


def test_a_copy_that_a_mailbox_grew_by_is_told_as_a_duplicate(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a load of the mailbox tells it, also where a commit ends between the two."""
    monkeypatch.setattr("tlsrpt_analysis.store.adding.COMMIT_MEMBERS", 1)
    monkeypatch.setattr("tlsrpt_analysis.loading.reading.BATCH_MEMBERS", 1)
    box = tmp_path / "box"
    box.write_bytes(mbox(_reports(1, 2, 1)))
    store = Store(tmp_path / "store")
    store.add(box)
    box.write_bytes(mbox(_reports(1, 2, 1, 2, 3, 3)))
    added = store.add(box)
    assert (added.balance.reports, added.balance.duplicates) == (1, 2)
    assert_same_cells(store.open(), load_reports(box))


def test_a_touched_file_adds_nothing(tmp_path: Path) -> None:
    """Its time of change is new, its content is not."""
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
    (tmp_path / "box").write_bytes(mbox([*_reports(*range(9)), ordinary_mail(), *_reports(2, 11)]))
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
    """As the files come some at a time, each time with a bar of its own."""
    monkeypatch.setattr("tlsrpt_analysis.store.directory.SOURCES_AT_ONCE", 2)
    for number in range(3):
        (tmp_path / f"{number}.json").write_bytes(report_document(report_id=f"r{number}"))
    Store(tmp_path / "store").add(*sorted(tmp_path.glob("*.json")), progress=True)
    shown = capsys.readouterr().err
    assert "Reading reports:" in shown
    assert "Reading from file 3 on:" in shown


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
    """In any file: the store opens as it was, or it is told which file is damaged."""
    store = Store(tmp_path / "store")
    for number, some in enumerate([_reports(1, 2, 3), [*_reports(4), ordinary_mail()]]):
        (tmp_path / f"box{number}").write_bytes(mbox(some))
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


def test_what_is_no_store_is_left_alone(tmp_path: Path) -> None:
    """A folder with other files is not taken, and a missing one says how to make it."""
    (tmp_path / "letter.txt").write_text("dear")
    with pytest.raises(StoreError, match=r"holds other files, such as 'letter.txt'"):
        Store(tmp_path).add(SAMPLES)
    with pytest.raises(StoreError, match="is no store of reports"):
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
        with pytest.raises(StoreError, match="another process writes"):
            store.add(path)
        assert len(store.open().reports) == 1


def test_an_older_version_is_migrated_and_a_newer_one_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the table of migrations; what no table knows is not guessed."""
    store = Store(shutil.copytree(OLD, tmp_path / "store"))
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


def test_a_store_of_the_first_version_opens_and_grows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was written by the first code that had stores, in two runs; every version must read it."""
    monkeypatch.chdir(tmp_path)
    inbox = Path("inbox")
    inbox.mkdir()
    (inbox / "a.json").write_bytes(REPORT)
    (inbox / "box").write_bytes(mbox([*_reports(1, 2, 1), ordinary_mail(), *_reports(3)]))
    store = Store(shutil.copytree(OLD, tmp_path / "store"))
    assert store.verify() == []
    (inbox / "b.json.gz").write_bytes(gzipped(REPORT))
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
