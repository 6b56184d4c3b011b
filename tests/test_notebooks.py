"""The notebooks: short, without outputs, made of public names, and they run on the samples."""

import ast
import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from support.wrappings import report_document

import tlsrpt_analysis
from tlsrpt_analysis import probes, views
from tlsrpt_analysis.views.page.notebook_run import NotebookKernel

FOLDER = Path(__file__).parent.parent / "notebooks"
DATA = Path(__file__).parent / "data"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
MOST_CELLS = 30
PUBLIC = {"tlsrpt": tlsrpt_analysis, "probes": probes, "views": views}

every_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def code_of(path: Path) -> ast.Module:
    """Return the code of all cells."""
    notebook = nbformat.read(path, as_version=4)
    return ast.parse("\n".join(cell.source for cell in notebook.cells if cell.cell_type == "code"))


def test_there_are_seven() -> None:
    """The folder is found."""
    assert len(NOTEBOOKS) >= 7


@every_notebook
def test_notebook_is_short_and_clean(path: Path) -> None:
    """No outputs, no counts, fixed ids in order, at most 30 cells, sorted keys."""
    text = path.read_text(encoding="utf-8")
    content = json.loads(text)
    assert text == json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
    assert len(content["cells"]) <= MOST_CELLS
    assert [cell["id"] for cell in content["cells"]] == list(map(str, range(len(content["cells"]))))
    for cell in content["cells"]:
        assert not cell.get("outputs")
        assert cell.get("execution_count") is None


@every_notebook
def test_notebook_has_one_parameters_cell_that_asks_for_the_samples(path: Path) -> None:
    """A reader changes one cell; the report is made by changing it."""
    cells = nbformat.read(path, as_version=4).cells
    (parameters,) = [cell for cell in cells if "parameters" in cell.metadata.get("tags", ())]
    assert 'paths = ["../sample_reports"]' in parameters.source


@every_notebook
def test_notebook_uses_public_names_only(path: Path) -> None:
    """A notebook shows what a user may rely on."""
    for node in ast.walk(code_of(path)):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            module = PUBLIC.get(node.value.id)
            assert module is None or node.attr in module.__all__, node.attr
        if isinstance(node, ast.ImportFrom):
            assert node.module == "tlsrpt_analysis"
            assert {name.name for name in node.names} <= {"probes", "views"}


@every_notebook
def test_notebook_defines_no_function(path: Path) -> None:
    """The logic is in the package, with its tests."""
    kinds = (ast.FunctionDef, ast.ClassDef, ast.Lambda)
    assert not [node for node in ast.walk(code_of(path)) if isinstance(node, kinds)]


@every_notebook
def test_prose_is_true_for_any_archive(path: Path) -> None:
    """A reader's archive is not made of the samples."""
    cells = nbformat.read(path, as_version=4).cells
    prose = [cell.source for cell in cells if cell.cell_type == "markdown"]
    assert not re.findall(r"(?i)\bin the samples\b", "\n".join(prose))


@every_notebook
def test_text_of_a_report_never_becomes_markup(path: Path) -> None:
    """No Markdown or HTML is built in a notebook."""
    names = {node.id for node in ast.walk(code_of(path)) if isinstance(node, ast.Name)}
    assert not names & {"HTML", "Markdown", "display"}


@pytest.fixture(scope="module")
def kernel() -> Iterator[NotebookKernel]:
    """Return one kernel: each notebook begins in an empty namespace, and the imports are there."""
    with NotebookKernel(300) as running:
        yield running


def clean_report(day: int) -> bytes:
    """Return a report of one day about one domain, without failures and without MTA-STS."""
    date = f"2026-07-{day:02d}"
    reported = {"policy-type": "no-policy-found", "policy-domain": "example.org"}
    counts = {"total-successful-session-count": 9, "total-failure-session-count": 0}
    return report_document(
        report_id=date,
        date_range={"start-datetime": f"{date}T00:00:00Z", "end-datetime": f"{date}T23:59:59Z"},
        policies=[{"policy": reported, "summary": counts}],
    )


def outputs_of(notebook: nbformat.NotebookNode) -> list[nbformat.NotebookNode]:
    """Return what all cells put out."""
    return [output for cell in notebook.cells for output in cell.get("outputs", ())]


@every_notebook
def test_notebook_runs_on_the_samples(path: Path, kernel: NotebookKernel) -> None:
    """From top to bottom, without a word on standard error."""
    outputs = outputs_of(kernel.run(path, {}))
    assert not [output for output in outputs if output.get("name") == "stderr"]
    charts = [output for output in outputs if "image/svg+xml" in output.get("data", {})]
    assert charts


def test_many_domains_of_a_made_up_provider(kernel: NotebookKernel) -> None:
    """A script of the samples writes them on request; fewer here, as 2,000 take a minute."""
    notebook = kernel.run(FOLDER / "06-many-domains.ipynb", {"made_up_domains": 40})
    outputs = outputs_of(notebook)
    assert not [output for output in outputs if output.get("name") == "stderr"]
    shown = "\n".join(str(output.get("data", {}).get("text/html", "")) for output in outputs)
    assert "mx1.host.example" in shown
    assert "customer0000" in shown


@every_notebook
@pytest.mark.parametrize("archive", ["rfc8460-appendix-b.json", "no-report.txt", "clean.json"])
def test_notebook_runs_on_an_archive_of_the_reader(
    path: Path, archive: str, kernel: NotebookKernel, tmp_path: Path
) -> None:
    """However little there is to see in it."""
    shutil.copy(DATA / "rfc8460-appendix-b.json", tmp_path)
    (tmp_path / "no-report.txt").write_text("nothing")
    (tmp_path / "clean.json").write_bytes(b"\n".join(map(clean_report, range(1, 21))))
    outputs = outputs_of(kernel.run(path, {"paths": [str(tmp_path / archive)]}))
    assert not [output for output in outputs if output.get("name") == "stderr"]
