"""A notebook as one HTML file that stays interactive without Python and without a network.

``docs/decisions/0003-charts-in-one-file.md`` explains how the charts get into the page, and what
the page is allowed to do.
"""

import base64
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import nbformat
from nbconvert import HTMLExporter, TemplateExporter

from tlsrpt_analysis.errors import ExportError
from tlsrpt_analysis.views.page import embedding
from tlsrpt_analysis.views.page.chart_files import write_charts
from tlsrpt_analysis.views.page.embedding import (
    TEMPLATES,
    content_policy,
    embedded_json,
    vega_bundle,
)
from tlsrpt_analysis.views.page.notebook_run import NotebookKernel
from tlsrpt_analysis.views.page.selectors import SELECTORS_MIME
from tlsrpt_analysis.views.page.written_files import target_of
from tlsrpt_analysis.views.palette import style_sheet
from tlsrpt_analysis.views.style import VEGA_LITE_MIME
from tlsrpt_analysis.whole_files import write_whole_file

TEMPLATE = "stakeholder"
OWN_SCRIPTS = ("charts.js", "selection.js")
WIDGET_MIME = "application/vnd.jupyter.widget-view+json"
WIDGET_WAS_HERE = "*Here the notebook shows a widget, which needs Python: open it in JupyterLab.*"
SHOWN = [VEGA_LITE_MIME, "text/html", "image/svg+xml", "image/png", "text/markdown", "text/plain"]
"""The forms of an output that the page can show; it shows the first of these."""


def export_notebook(  # noqa: PLR0913 - each is a choice of its own, by keyword
    notebook: str | Path,
    output: str | Path,
    *,
    parameters: Mapping[str, object] | None = None,
    shown_parameters: Mapping[str, object] | None = None,
    charts: str | Path | None = None,
    timeout_seconds: float = 600,
) -> Path:
    """Run a notebook and write it as one HTML file that needs neither Python nor a network.

    Parameters
    ----------
    notebook : str or Path
        The notebook; it runs in its own folder and is not changed.
    output : str or Path
        The HTML file to write.
    parameters : mapping of str to object, optional
        Values for the names that its cell tagged ``parameters`` sets.
        Relative ``paths`` start from the caller's folder if they exist there.
    shown_parameters : mapping of str to object, optional
        What the page shows instead, when `parameters` name temporary files.
    charts : str or Path, optional
        A folder to which each chart is also written, as PNG and as SVG.
    timeout_seconds : float
        The longest time for one cell.

    Returns
    -------
    Path
        The file that was written.

    Raises
    ------
    ExportError
        When the notebook cannot be read or run, or the file cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> cell = nbformat.v4.new_code_cell("answer = 1", metadata={"tags": ["parameters"]})
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     notebook = Path(folder, "tiny.ipynb")
    ...     nbformat.write(nbformat.v4.new_notebook(cells=[cell]), notebook)
    ...     page = export_notebook(notebook, Path(folder, "p.html"), parameters={"answer": 42})
    ...     "answer = 42" in page.read_text()
    True
    """
    target = target_of(output)
    source = Path(notebook).resolve()
    # the scripts take a second or two to build, while the kernel works
    with NotebookKernel(timeout_seconds) as kernel, ThreadPoolExecutor(1) as beside:
        beside.submit(vega_bundle)
        executed = kernel.run(source, parameters or {}, shown_parameters)
    if charts is not None:
        write_charts(executed, charts)
    page = notebook_page(executed, title=source.stem)
    try:
        write_whole_file(target, page.encode())
    except OSError as error:
        raise ExportError(f"{target} cannot be written: {error.strerror}.") from error
    return target


def notebook_page(notebook: nbformat.NotebookNode, *, title: str) -> str:
    """Return the page of a notebook that has run."""
    exporter = PageExporter(  # type: ignore[no-untyped-call]
        template_name=TEMPLATE, extra_template_basedirs=[str(TEMPLATES)]
    )
    notebook.metadata.pop("widgets", None)
    notebook.metadata["title"] = _title(notebook) or title
    scripts = {"bundle": vega_bundle(), "own": own_script()}
    policy = content_policy(scripts.values())
    resources = {
        "scripts": scripts,
        "style": style_sheet() + template_text("page.css"),
        "content_policy": policy,
        "contents": _contents(notebook),
        "chart_mime_type": VEGA_LITE_MIME,
        "selectors": _selectors(notebook),
    }
    page, _ = exporter.from_notebook_node(notebook, resources)
    return str(page)


class PageExporter(HTMLExporter):
    """The page: text, tables, and charts that draw themselves."""

    exclude_anchor_links = True

    def from_notebook_node(  # type: ignore[override]  # as HTMLExporter does
        self, *arguments: Any, **options: Any
    ) -> tuple[str, dict[str, Any]]:
        """Return the page as the template writes it; nbconvert would parse and rewrite it again."""
        page: tuple[str, dict[str, Any]] = TemplateExporter.from_notebook_node(
            self, *arguments, **options
        )
        return page

    def default_filters(self) -> Iterator[tuple[str, Any]]:
        """Yield the filters of the template, including those for charts."""
        yield from super().default_filters()  # type: ignore[no-untyped-call]
        yield "chart_json", embedded_json
        yield "svg_address", _svg_address
        yield "shown", _shown


def own_script() -> str:
    """Return the script that draws the charts and filters the page, in its own scope."""
    parts = "\n".join(template_text(name) for name in OWN_SCRIPTS)
    return f'"use strict";\n{{\n{parts}\nselection.begin();\n}}\n'


def template_text(name: str) -> str:
    """Return the text of a file of the page's template."""
    return embedding.template_text(TEMPLATE, name)


def _svg_address(drawing: str) -> str:
    return "data:image/svg+xml;base64," + base64.b64encode(drawing.encode()).decode()


def _shown(outputs: Iterable[nbformat.NotebookNode]) -> list[dict[str, Any]]:
    """Return the form in which the page shows each output."""
    return [form for form in map(_form, outputs) if form]


def _form(output: nbformat.NotebookNode) -> dict[str, Any] | None:
    """Return the form of an output on the page, a note for a widget, or None for standard error."""
    if output.output_type == "stream":
        return (
            {"mime_type": "text/plain", "value": output.text} if output.name == "stdout" else None
        )
    data = output.get("data", {})
    mime_type = next((form for form in SHOWN if form in data), None)
    if mime_type is None or SELECTORS_MIME in data:
        return None
    if WIDGET_MIME in data and mime_type != VEGA_LITE_MIME:
        return {"mime_type": "text/markdown", "value": WIDGET_WAS_HERE}
    return {
        "mime_type": mime_type,
        "value": data[mime_type],
        "picture": data.get("image/svg+xml", ""),
    }


def _selectors(notebook: nbformat.NotebookNode) -> Any:
    """Return the content of the first selectors of a notebook, or None."""
    outputs = (output for cell in notebook.cells for output in cell.get("outputs", ()))
    offered = (output.get("data", {}).get(SELECTORS_MIME) for output in outputs)
    return next(filter(None, offered), None)


def _title(notebook: nbformat.NotebookNode) -> str | None:
    return next((text for text in _headings(notebook, "# ") if text), None)


def _contents(notebook: nbformat.NotebookNode) -> list[dict[str, str]]:
    """Return the sections, and set the address of each cell that begins one."""
    sections: list[dict[str, str]] = []
    for cell, text in zip(notebook.cells, _headings(notebook, "## "), strict=True):
        if text:
            cell.metadata["address"] = f"section-{len(sections) + 1}"
            sections.append({"text": text, "address": cell.metadata["address"]})
    return sections


def _headings(notebook: nbformat.NotebookNode, mark: str) -> Iterator[str]:
    """Yield the heading that each cell begins with, or ""."""
    for cell in notebook.cells:
        first = cell.source.partition("\n")[0] if cell.cell_type == "markdown" else ""
        yield first.removeprefix(mark).strip() if first.startswith(mark) else ""
