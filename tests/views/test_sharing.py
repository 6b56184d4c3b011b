"""What is shared besides the page: PDF, CSV, and the notebooks themselves."""

import csv
import io
import json
import os
import re
import shutil
import tempfile
from pathlib import Path

import nbformat
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.growth import growth

from tlsrpt_analysis.errors import ExportError
from tlsrpt_analysis.views import copy_notebooks, print_page, write_csv

UNSEEN = "\ufeff\u200b\u202e\xad\x07\x85\x1f\ufe0f"


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+1", "-1", "@A1", "  =1", "\uff1d1", "\t1", *(f"{odd} =1" for odd in UNSEEN)],
)
def test_formula_in_a_cell_or_a_title_is_inert(tmp_path, text):
    """A spreadsheet shows the text and evaluates nothing."""
    path = write_csv(pd.DataFrame({text: pd.Series([text], dtype="category")}), tmp_path / "a.csv")
    again = pd.read_csv(path)
    assert [list(again.columns), again.iloc[0].tolist()] == [[f"'{text}"], [f"'{text}"]]


SEPARATORS = [",", ";", "\t", "|"]


def _cells(text: str, separator: str) -> list[str]:
    """Return the cells as a spreadsheet with this separator finds them, at any line end."""
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    cells = [cell for row in rows for cell in row]
    if separator == ",":  # its text is in quotation marks, which every reader honours
        return cells
    raw = [part for line in re.split(r"[\r\n]", text) for part in line.split(separator)]
    return [*cells, *(part.removeprefix('"') for part in raw)]


@pytest.mark.parametrize("separator", SEPARATORS)
@given(st.lists(st.text("=+-@;,|\t\r\n \"'a\uff1d\ufeff", max_size=8), min_size=1, max_size=3))
def test_no_cell_is_a_formula_whatever_separates_cells(separator, texts):
    """A spreadsheet may ask for the separator, or take the system's; text is always quoted."""
    frame = pd.DataFrame({"a": ["x", *texts], "b": [*texts, "x"]})
    with tempfile.TemporaryDirectory() as folder:
        written = write_csv(frame, Path(folder, "a.csv")).read_bytes().decode()

    assert [
        cell
        for cell in _cells(written, separator)
        if cell.lstrip(" \ufeff").startswith(tuple("=+-@\uff1d"))
    ] == []
    assert next(csv.reader(io.StringIO(written))) == ["a", "b"]


@pytest.mark.parametrize(
    "text", ["a;=1", "a\r=1", "a\n=1", "a\t=1", "a; @x", "a;\uff0b1", "a|\ufeff=1"]
)
def test_a_formula_within_a_text_is_guarded(tmp_path, text):
    """After everything that may end a cell."""
    written = write_csv(pd.DataFrame({"a": [text]}), tmp_path / "a.csv").read_bytes().decode()
    start = max(text.find(letter) for letter in "=@\uff0b")
    assert f'"{text[:start]}\'{text[start:]}"' in written


def test_guarding_grows_with_the_text(tmp_path):
    """Not with its square."""
    growth(
        lambda size: write_csv(pd.DataFrame({"a": ["; \t " * size]}), tmp_path / "a.csv"), 50_000
    )


def test_csv_into_no_folder_is_a_plain_error(tmp_path):
    """The error names the file."""
    with pytest.raises(ExportError, match=r"a\.csv cannot be written"):
        write_csv(pd.DataFrame({"a": [1]}), tmp_path / "missing" / "a.csv")


def test_notebooks_are_copied_and_never_overwritten(tmp_path):
    """The user's changes are kept."""
    changed = tmp_path / "03-mx-hosts.ipynb"
    changed.write_text("changed")
    copied = [path.name for path in copy_notebooks(tmp_path)]
    assert "stakeholder-report.ipynb" in copied
    assert changed.name not in copied
    assert changed.read_text() == "changed"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ([], ["august", "mail.mbox"]),
        (["imaps://me@mail.example/tlsrpt"], ["imaps://me@mail.example/tlsrpt"]),
    ],
)
def test_copies_ask_for_the_archive_beside_them(tmp_path, given, expected):
    """Or for the given paths; a second call finds the same reports, as notebooks do not count."""
    (tmp_path / "august").mkdir()
    (tmp_path / "mail.mbox").touch()
    for name in ("01-load-and-look.ipynb", "05-live-probes.ipynb"):
        copy_notebooks(tmp_path, given)
        cells = nbformat.read(tmp_path / name, as_version=4).cells
        (source,) = [c.source for c in cells if "parameters" in c.metadata.get("tags", ())]
        assert source.splitlines()[0] == f"paths = {json.dumps(expected)}"
        (tmp_path / name).unlink()


def test_copies_name_a_folder_of_many_files(tmp_path):
    """The list would be long."""
    for number in range(21):
        (tmp_path / f"{number}.json").touch()
    first, *_ = copy_notebooks(tmp_path)
    assert r'"paths = [\".\"]' in first.read_text()


def test_missing_browser_is_a_plain_error(tmp_path, monkeypatch):
    """The error says what to install and what else to do."""
    page = tmp_path / "page.html"
    page.write_text("<p>a page")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ExportError, match="Install chromium"):
        print_page(page, tmp_path / "page.pdf")


@pytest.mark.browser
def test_page_is_printed(tmp_path):
    """Chromium writes a PDF."""
    if not shutil.which("chromium"):
        reason = "chromium is missing: apt-get install chromium"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    page = tmp_path / "page.html"
    page.write_text("<p>a page")
    assert print_page(page, tmp_path / "page.pdf").read_bytes()[:5] == b"%PDF-"
