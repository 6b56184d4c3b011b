"""The charts of a notebook that has run, as picture files for slides and documents."""

import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat

from tlsrpt_analysis.views.page.pictures import write_pictures
from tlsrpt_analysis.views.style import VEGA_LITE_MIME

MOST_NAME_LETTERS = 60


def write_charts(notebook: nbformat.NotebookNode, folder: str | Path) -> list[Path]:
    """Write each chart of a notebook that has run as PNG and as SVG.

    Parameters
    ----------
    notebook : NotebookNode
        A notebook with its outputs.
    folder : str or Path
        Where to write the files; created if missing.

    Returns
    -------
    list of Path
        The files, named by number and section, for example ``02-when-it-happened.png``.

    Raises
    ------
    ExportError
        When a file cannot be written.

    Examples
    --------
    >>> write_charts(nbformat.v4.new_notebook(), "no-charts-no-folder")
    []
    """
    target = Path(folder)
    written = []
    for place, (heading, specification) in enumerate(_charts(notebook), start=1):
        name = f"{place:02d}-{file_name_of(heading) or 'chart'}"
        written += write_pictures(target, name, specification)
    return written


def file_name_of(text: str) -> str:
    """Return a short text of plain letters, digits and hyphens, which is safe in a file name.

    Examples
    --------
    >>> file_name_of("Où est-ce ? ../../etc")
    'ou-est-ce-etc'
    """
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:MOST_NAME_LETTERS].rstrip("-")


def _charts(notebook: nbformat.NotebookNode) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each chart with the last heading above it."""
    heading = ""
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            headings = re.findall(r"^#+ (.+)$", cell.source, re.MULTILINE)
            heading = headings[-1] if headings else heading
        for output in cell.get("outputs", ()):
            if VEGA_LITE_MIME in output.get("data", {}):
                yield heading, output.data[VEGA_LITE_MIME]
