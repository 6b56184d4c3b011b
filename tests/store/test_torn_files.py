"""Files that were torn when they were read, and are whole later."""

import gzip
from pathlib import Path

import pytest
from support.wrappings import REPORT, mailed, mbox, report_document

from tlsrpt_analysis.loading.load import load_reports
from tlsrpt_analysis.store import Store

TORN = {
    "half of it": gzip.compress(REPORT)[:-30],
    "nothing yet": b"",
    "not JSON yet": b'{"date-range": ',
}


@pytest.mark.parametrize("torn", TORN.values(), ids=TORN.keys())
def test_a_torn_file_that_is_whole_later_loses_its_row_and_its_count(
    tmp_path: Path, torn: bytes
) -> None:
    """The store says the same as a load of the files as they are now."""
    mails = tmp_path / "mails"
    mails.mkdir()
    (mails / "bad.json").write_bytes(b"{")
    (mails / "report.json.gz").write_bytes(torn)
    store = Store(tmp_path / "store")
    store.add(mails)
    (mails / "report.json.gz").write_bytes(gzip.compress(REPORT))

    store.add(mails)
    opened, loaded = store.open(), load_reports(mails)

    assert opened.balance == loaded.balance
    assert opened.problems["source"].tolist() == loaded.problems["source"].tolist()
    assert store.verify() == []


def test_what_is_wrong_with_a_mailbox_that_grows_stays(tmp_path: Path) -> None:
    """It is read again, and the same mail is wrong again, once."""
    path = tmp_path / "box.mbox"
    mails = [mailed(report_document(report_id=str(number))) for number in range(3)]
    mails[1] = mails[1].replace(b"application/tlsrpt", b"application/nothing").replace(b"ey", b"")
    path.write_bytes(mbox(mails[:2]))
    store = Store(tmp_path / "store")
    store.add(path)
    path.write_bytes(mbox(mails))

    store.add(path)

    assert store.open().balance == load_reports(path).balance
    assert store.open().balance.rejected == 1
    assert store.verify() == []


def test_a_file_that_stays_torn_keeps_its_row(tmp_path: Path) -> None:
    """Another file that changed says nothing about it."""
    for name in ("a.json", "b.json"):
        (tmp_path / name).write_bytes(b"{")
    store = Store(tmp_path / "store")
    store.add(tmp_path / "a.json", tmp_path / "b.json")
    (tmp_path / "b.json").write_bytes(report_document(report_id="b"))

    store.add(tmp_path / "a.json", tmp_path / "b.json")

    assert [Path(name).name for name in store.open().problems["source"]] == ["a.json"]
    assert (store.open().balance.rejected, store.open().balance.members) == (1, 2)
