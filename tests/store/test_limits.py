"""Each documented limit of the store, tested on both sides of its edge."""

import datetime as dt
from pathlib import Path

import pyarrow as pa
import pytest
from support.same_tables import assert_same_cells
from support.wrappings import mbox, numbered_mails, report_document

from tlsrpt_analysis.loading.load import load_reports
from tlsrpt_analysis.store import Store, adding, directory, keeping, known
from tlsrpt_analysis.store.commits import read_commit
from tlsrpt_analysis.store.filters import MOST_COMPARED, Between, OneOf

DOCUMENT = Path(__file__).parents[2] / "docs/store.md"


def test_the_documented_limits_are_those_of_the_code() -> None:
    """Whoever changes one changes the page as well."""
    text = DOCUMENT.read_text()
    assert f"at least every {adding.COMMIT_MEMBERS:,} members" in text
    assert f"up to {keeping.JOINED_ROWS:,} rows a file" in text
    assert (directory.LOCK_SECONDS, "waits five seconds" in text) == (5.0, True)
    assert (keeping.MOST_FILES, "spare sixteen files of a month" in text) == (16, True)


@pytest.mark.parametrize(("count", "generation"), [(3, 1), (4, 2), (6, 2), (7, 3)])
def test_a_commit_ends_at_its_number_of_members(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, count: int, generation: int
) -> None:
    """The rest is in a last commit."""
    monkeypatch.setattr(adding, "COMMIT_MEMBERS", 3)
    monkeypatch.setattr("tlsrpt_analysis.loading.reading.BATCH_MEMBERS", 1)
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    for number in range(count):
        (inbox / f"{number}.json").write_bytes(report_document(report_id=f"r{number}"))
    store = Store(tmp_path / "store")
    store.add(inbox)
    assert read_commit(store.directory).generation == generation
    assert len(store.open().reports) == count


@pytest.mark.parametrize(("rows", "files"), [(4, 1), (5, 2)])
def test_files_are_joined_up_to_their_number_of_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rows: int, files: int
) -> None:
    """Two reports and then two or three."""
    monkeypatch.setattr(keeping, "JOINED_ROWS", 4)
    store = Store(tmp_path / "store")
    for name, numbers in (("first", range(2)), ("second", range(2, rows))):
        (tmp_path / name).write_bytes(mbox(numbered_mails(*numbers)))
        store.add(tmp_path / name)
    store.compact()
    assert len(read_commit(store.directory).of("reports")) == files


def test_a_run_joins_files_when_that_leaves_sixteen_fewer(tmp_path: Path) -> None:
    """Seventeen become one."""
    store = Store(tmp_path / "store")
    counts = []
    for number in range(keeping.MOST_FILES + 1):
        path = tmp_path / f"{number}.json"
        path.write_bytes(report_document(report_id=f"r{number}"))
        store.add(path)
        counts.append(len(read_commit(store.directory).of("reports")))
    assert counts == [*range(1, keeping.MOST_FILES + 1), 1]


@pytest.mark.parametrize("count", [known.MOST_PREFIXES, known.MOST_PREFIXES + 1])
def test_any_number_of_mailboxes_may_have_grown(tmp_path: Path, count: int) -> None:
    """Their names are compared in two ways, by how many they are."""
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    store = Store(tmp_path / "store")
    for mails in (1, 2):
        for number in range(count):
            numbers = range(10 * number, 10 * number + mails)
            (inbox / f"{number:02}").write_bytes(mbox(numbered_mails(*numbers)))
        assert store.add(inbox).balance.members == count
    assert sorted(store.open().reports["report_id"]) == sorted(
        load_reports(inbox).reports["report_id"]
    )
    store.compact()
    assert store.add(inbox).read_sources == 0


@pytest.mark.parametrize(
    ("value", "may_be_in"), [("a", False), ("b", True), ("c", True), ("d", True), ("e", False)]
)
def test_a_row_group_is_read_for_each_value_in_its_range(value: str, *, may_be_in: bool) -> None:
    """The least and the greatest value are in it."""
    wanted = OneOf("reporter", pa.array([value]))
    assert wanted.may_be_in(lambda _column: ("b", "d")) is may_be_in


def test_many_values_are_not_compared_with_the_range() -> None:
    """One more than the limit, and every row group is read."""
    below = [f"a{number:05}" for number in range(MOST_COMPARED + 1)]
    wanted = OneOf("reporter", pa.array(below[:-1]))
    assert not wanted.may_be_in(lambda _column: ("b", "d"))
    assert OneOf("reporter", pa.array(below)).may_be_in(lambda _column: ("b", "d"))


@pytest.mark.parametrize(
    ("first", "last", "may_be_in"),
    [(1, 4, False), (1, 5, True), (7, 9, True), (8, 9, False), (None, 4, False), (8, None, False)],
)
def test_a_row_group_is_read_where_the_days_overlap(
    first: int | None, last: int | None, *, may_be_in: bool
) -> None:
    """Both ends are included, here of the fifth to the seventh day."""
    days = [None if number is None else dt.date(2026, 7, number) for number in (first, last)]
    statistics = (dt.date(2026, 7, 5), dt.date(2026, 7, 7))
    assert Between("day", *days).may_be_in(lambda _column: statistics) is may_be_in


def test_a_month_is_opened_by_its_first_and_its_last_day(tmp_path: Path) -> None:
    """The days beside them are in other files."""
    store = Store(tmp_path / "store")
    for day in ("2026-06-30", "2026-07-01", "2026-07-31", "2026-08-01"):
        moments = {"start-datetime": f"{day}T00:00:00Z", "end-datetime": f"{day}T23:59:59Z"}
        (tmp_path / f"{day}.json").write_bytes(report_document(report_id=day, date_range=moments))
        store.add(tmp_path / f"{day}.json")
    july = store.open(since="2026-07-01", until="2026-07-31")
    assert july.reports["report_id"].tolist() == ["2026-07-01", "2026-07-31"]
    assert_same_cells(july, store.open().select(since="2026-07-01", until="2026-07-31"))
