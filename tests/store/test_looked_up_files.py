"""Stored reports are looked up only where a new one may have its copy."""

import pytest
from support.wrappings import report_document

from tlsrpt_analysis.store import Store, known


@pytest.fixture
def looked_up(monkeypatch):
    """Note how many files each look-up of stored reports reads."""
    counts = []
    read_parts = known.read_parts

    def noting(directory, files, columns=None, rows=None):
        files = list(files)
        if rows is not None:
            counts.append(len(files))
        return read_parts(directory, files, columns, rows)

    monkeypatch.setattr(known, "read_parts", noting)
    return counts


def _add(folder, name, day="2026-07-15", **members):
    moments = {"start-datetime": f"{day}T00:00:00Z", "end-datetime": f"{day}T23:59:59Z"}
    (folder / name).write_bytes(report_document(report_id="one", date_range=moments, **members))
    Store(folder / "store").add(folder / name, progress=False)


def test_reports_of_two_reporters_may_have_one_id(tmp_path, looked_up):
    """Nothing stored is read for them, as they are no copies."""
    _add(tmp_path, "first.json", contact_info="tls@one.example")
    _add(tmp_path, "second.json", contact_info="tls@two.example")
    assert looked_up == []


def test_a_copy_is_looked_up_in_the_files_of_its_days(tmp_path, looked_up):
    """Of three files of the month only one has it."""
    _add(tmp_path, "first.json", "2026-07-05")
    _add(tmp_path, "second.json", "2026-07-15")
    _add(tmp_path, "third.json", "2026-07-25")
    _add(tmp_path, "copy.json", "2026-07-15")
    assert looked_up == [1]
    assert Store(tmp_path / "store").open().balance.duplicates == 1
