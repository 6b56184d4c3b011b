"""The page of a notebook: one file, two scripts, no request, and only escaped text of reports."""

import base64
import hashlib
import html
import json
import os
import re
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest
from nbclient.exceptions import CellTimeoutError
from support.page_elements import Elements

from tlsrpt_analysis.errors import ExportError
from tlsrpt_analysis.views import export_notebook, find_notebook
from tlsrpt_analysis.views.page import notebook_run
from tlsrpt_analysis.views.page.embedding import embedded_json
from tlsrpt_analysis.views.page.notebook_export import notebook_page

HOSTILE = "</script><script>alert(1)</script><!--<script>"

PARAMETERS = "paths = []\nname = 'x'"

CELLS = f"""
import pandas as pd, sys
from IPython.display import display
from ipywidgets import Label
from tlsrpt_analysis import views
from support.view_frames import impact_of, shares_of
views.use_offline_renderer()
hostile = {HOSTILE!r}
display(views.charts.failure_share_by_mx(shares_of(hostile, hostile)))
display(views.charts.enforce_impact(impact_of(hostile, hostile)))
display(views.page_table(pd.DataFrame({{hostile: [hostile]}})))
display(pd.DataFrame({{hostile: [hostile]}}))
display(Label(hostile))
print(hostile, name, len(paths))
import os; print("bars:", os.environ.get("TQDM_DISABLE"))
print("not for readers", file=sys.stderr)
"""


@pytest.fixture(scope="module")
def write_notebook(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Return a function that writes a notebook of some code cells."""

    def write(*sources: str, markdown: str = "# A title & more") -> Path:
        cells = [nbformat.v4.new_markdown_cell(markdown)]
        cells += [nbformat.v4.new_markdown_cell(f"## Part {part}") for part in range(3)]
        cells += [nbformat.v4.new_code_cell(source) for source in sources]
        for cell in cells:
            if cell.source == PARAMETERS:
                cell.metadata["tags"] = ["parameters"]
        path = tmp_path_factory.mktemp("notebook") / "tiny.ipynb"
        nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
        return path

    return write


@pytest.fixture(scope="module")
def page(write_notebook: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return the page of a tiny notebook that shows hostile text in every way."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(Path(__file__).parents[2]), prepend=os.pathsep)
        target = tmp_path_factory.mktemp("page") / "tiny.html"
        notebook = write_notebook(PARAMETERS, CELLS)
        export_notebook(notebook, target, parameters={"name": "it's", "paths": ("a", "b")})
    return target.read_text(encoding="utf-8")


def test_page_is_small_and_says_its_title(page: str) -> None:
    """One file that can be mailed."""
    assert len(page) < 2_000_000
    assert "<title>A title &amp; more</title>" in page


def test_policy_allows_exactly_the_two_scripts(page: str) -> None:
    """The hashes of the policy are those of the two scripts that run, and of nothing else."""
    elements = Elements(page)
    running = [text for attributes, text in elements.scripts if "type" not in attributes]
    hashes = [
        "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        for text in running
    ]
    policies = [
        attributes["content"]
        for tag, attributes in elements.tags
        if tag == "meta" and attributes.get("http-equiv") == "Content-Security-Policy"
    ]
    scripts = " ".join(f"'{value}'" for value in hashes)
    assert len(running) == 2
    (policy,) = policies
    assert policy == (
        f"default-src 'none'; script-src {scripts}; style-src 'unsafe-inline'; img-src data:;"
        " font-src data:; base-uri 'none'; form-action 'none'"
    )


def test_page_loads_nothing(page: str) -> None:
    """No element has an address but of this page or of its own data."""
    for tag, attributes in Elements(page).tags:
        for name in ("src", "href", "data", "action", "srcset", "poster"):
            address = attributes.get(name)
            assert address is None or address.startswith(("#", "data:image/")), (tag, address)
    assert "@import" not in page
    assert "url(http" not in page


def test_text_of_a_report_never_becomes_an_element(page: str) -> None:
    """Neither in tables, nor in printed text, nor in charts."""
    elements = Elements(page)
    charts = [json.loads(text) for attributes, text in elements.scripts if "type" in attributes]
    assert len(charts) == 2
    assert HOSTILE in json.dumps(charts[0])
    assert len(elements.scripts) == 4
    assert "<script>alert" not in page


def test_page_shows_what_was_printed_and_notes_widgets_and_hides_logs(page: str) -> None:
    """A widget needs Python; what is written to standard error is for the author."""
    text = re.sub(r"<details.*?</details>", "", page, flags=re.DOTALL)
    assert "it's 2" in html.unescape(text)
    assert "bars: 1" in text  # the bar of a slow load is no part of what is handed on
    assert "not for readers" not in text
    assert "Label(" not in text


def test_page_lists_its_parts_and_hides_its_code(page: str) -> None:
    """The code is there for those who want it."""
    assert '<a href="#section-2">Part 1</a>' in page
    assert 'id="section-2"' in page
    assert page.count('<details class="source">') == 3


def test_charts_have_a_picture_for_readers_without_script(page: str) -> None:
    """Each chart has an image with a text beside its data."""
    pictures = [
        attributes["alt"]
        for tag, attributes in Elements(page).tags
        if tag == "img" and str(attributes["src"]).startswith("data:image/svg+xml")
    ]
    assert [str(text).split()[0] for text in pictures] == ["70", "Enforce"]


def test_other_outputs_of_a_notebook_are_shown_as_well() -> None:
    """Pictures, Markdown and drawings of other packages."""
    data = [
        {"image/png": "aGVsbG8=", "text/plain": "x"},
        {"image/svg+xml": "<svg/>"},
        {"text/markdown": "*text*"},
        {"application/x-unknown": "?"},
        {"application/vnd.jupyter.widget-view+json": {}, "text/plain": "Box()"},
    ]
    outputs = [nbformat.v4.new_output("display_data", item) for item in data]
    outputs.append(nbformat.v4.new_output("error", ename="E", evalue="x", traceback=[]))
    cell = nbformat.v4.new_code_cell("1", outputs=outputs)
    page = notebook_page(nbformat.v4.new_notebook(cells=[cell]), title="untitled")
    assert "data:image/png;base64,aGVsbG8=" in page
    assert "data:image/svg+xml;base64," in page
    assert "<em>text</em>" in page
    assert "Box()" not in page
    assert "<em>Here the notebook shows a widget, which needs Python" in page
    assert "<nav" not in page
    assert "<title>untitled</title>" in page


def test_chart_data_that_is_no_json_is_refused() -> None:
    """NaN is not JSON; browsers would show no chart."""
    with pytest.raises(ValueError, match="JSON"):
        embedded_json({"value": float("nan")})


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"nmae": 1}, "has no parameter nmae. It has: paths, name"),
        ({"name": object()}, "The parameter name cannot hold"),
        ({"name": float("nan")}, "The parameter name cannot hold nan"),
    ],
)
def test_wrong_parameter_says_what_is_possible(
    write_notebook: Callable[..., Path], tmp_path: Path, parameters: dict[str, object], message: str
) -> None:
    """Before anything runs."""
    with pytest.raises(ExportError, match=message):
        export_notebook(write_notebook(PARAMETERS), tmp_path / "x.html", parameters=parameters)


def test_notebook_without_parameters_says_so(
    write_notebook: Callable[..., Path], tmp_path: Path
) -> None:
    """A parameter that would be ignored is an error."""
    with pytest.raises(ExportError, match="takes no parameters"):
        export_notebook(write_notebook("1"), tmp_path / "x.html", parameters={"name": 1})


def test_failing_cell_is_reported_in_plain_words(
    write_notebook: Callable[..., Path], tmp_path: Path
) -> None:
    """The message says which cell of which notebook, why, and what to do; no traceback."""
    with pytest.raises(
        ExportError, match=r"^cell 5 of tiny.ipynb failed: ZeroDivisionError: "
    ) as e:
        export_notebook(write_notebook("1 / 0"), tmp_path / "x.html")
    assert "Traceback" not in str(e.value)
    assert not (tmp_path / "x.html").exists()


def test_hanging_notebook_is_run_again_once(
    write_notebook: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once may be chance (jupyter/nbclient#312); twice is an error."""
    tries = []

    class Hanging:
        km = None

        def execute(self, *, cleanup_kc: bool, **_: object) -> None:
            assert not cleanup_kc
            tries.append(1)
            if len(tries) < hangs + 1:
                raise CellTimeoutError("hangs")

    monkeypatch.setattr(notebook_run, "_client", lambda *_: Hanging())
    hangs = 1
    assert export_notebook(write_notebook("1"), tmp_path / "x.html").exists()
    hangs = 9
    tries.clear()
    with pytest.raises(ExportError, match="took longer than 5 seconds, twice"):
        export_notebook(write_notebook("1"), tmp_path / "x.html", timeout_seconds=5)
    assert len(tries) == 2


def test_files_that_cannot_be_read_or_written_are_named(tmp_path: Path) -> None:
    """The message says what and where, without a traceback of another package."""
    (tmp_path / "broken.ipynb").write_text("{")
    with pytest.raises(ExportError, match="there is no folder"):
        export_notebook("x.ipynb", tmp_path / "none" / "x.html")
    with pytest.raises(ExportError, match=r"none.ipynb cannot be read"):
        export_notebook(tmp_path / "none.ipynb", tmp_path / "x.html")
    with pytest.raises(ExportError, match="is not a Jupyter notebook"):
        export_notebook(tmp_path / "broken.ipynb", tmp_path / "x.html")


def test_unwritable_page_is_an_export_error(
    write_notebook: Callable[..., Path], tmp_path: Path
) -> None:
    """A folder in the place of the page."""
    with pytest.raises(ExportError, match="cannot be written"):
        export_notebook(write_notebook("1"), tmp_path)


def test_unknown_notebook_names_the_known() -> None:
    """A typing error is answered with the possible names."""
    with pytest.raises(ExportError, match="stakeholder-report"):
        find_notebook("stakehold")


def test_paths_start_from_the_folder_of_the_caller(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The notebook runs in its own folder; a glob and an address stay as they are."""
    (tmp_path / "here.json").write_text("{}")
    monkeypatch.chdir(tmp_path)
    paths = ["here.json", "*.json", "../sample_reports", "imap://mail.example"]
    seen = notebook_run._anchored("paths", paths)
    assert seen == [str(tmp_path / "here.json"), str(tmp_path / "*.json"), *paths[2:]]
    assert notebook_run._anchored("paths", "here.json") == [str(tmp_path / "here.json")]


def test_the_page_shows_paths_as_the_caller_wrote_them(
    write_notebook: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The reader of the page does not see the folders of its author."""
    notebook = write_notebook(PARAMETERS, "__import__('os').path.isabs(paths[0])")
    (tmp_path / "mails").mkdir()
    monkeypatch.chdir(tmp_path)
    page = export_notebook(
        notebook, tmp_path / "x.html", parameters={"paths": ["mails"]}
    ).read_text()
    assert "True" in page
    assert "paths = ['mails']" in html.unescape(page)
    assert str(tmp_path) not in page
