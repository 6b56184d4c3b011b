"""Copies of the notebooks beside the user's reports, and JupyterLab to open them."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tlsrpt_analysis.errors import ExportError
from tlsrpt_analysis.views.page.notebook_run import PARAMETERS, find_notebook

MASKS = ("*.ipynb", "findings-*.json")
SAMPLE_PATHS = '["../sample_reports"]'
"""The paths that the notebooks read in the repository."""

MOST_PATHS = 20
"""The most files that are listed one by one; with more, the folder is named."""


def copy_notebooks(folder: str | Path, paths: Sequence[str | os.PathLike[str]] = ()) -> list[Path]:
    """Copy the notebooks of this package and their findings to a folder, overwriting none.

    Parameters
    ----------
    folder : str or Path
        Where to copy them; created if missing.
    paths : sequence of str or os.PathLike
        The reports that the copies read; by default what is in the folder already.

    Returns
    -------
    list of Path
        The files that were copied, without those that were there already.

    Raises
    ------
    ExportError
        When the folder cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     first, second = copy_notebooks(folder, ["mail"]), copy_notebooks(folder)
    ...     "mail" in first[0].read_text()
    True
    >>> first[0].name, second
    ('01-load-and-look.ipynb', [])
    """
    target = Path(folder)
    try:
        target.mkdir(parents=True, exist_ok=True)
        chosen = [_address(path) for path in paths] or _archive_in(target)
        originals = _originals()
        copied = [target / name for name in originals if not (target / name).exists()]
        for copy in copied:
            copy.write_text(_with_paths(chosen, originals[copy.name]), encoding="utf-8")
    except OSError as error:
        raise ExportError(f"{target} cannot be written: {error.strerror}.") from error
    return copied


def _originals() -> dict[str, Path]:
    home = find_notebook("stakeholder-report").parent
    return {path.name: path for mask in MASKS for path in sorted(home.glob(mask))}


def _archive_in(folder: Path) -> list[str]:
    """Return the entries of a folder except notebooks and findings, or "." when they are many."""
    own_names = {path.name for mask in (*MASKS, ".*") for path in folder.glob(mask)}
    names = sorted(path.name for path in folder.iterdir() if path.name not in own_names)
    return names if 0 < len(names) <= MOST_PATHS else ["."]


def _address(path: str | os.PathLike[str]) -> str:
    """Return a path that a notebook in another folder can open; a server's address stays."""
    return str(Path(path).absolute()) if Path(path).exists() else str(path)


def _with_paths(paths: list[str], original: Path) -> str:
    """Return the text of a notebook whose parameters name the paths; findings stay unchanged."""
    text = original.read_text(encoding="utf-8")
    if original.suffix != ".ipynb":
        return text
    content = json.loads(text)
    for cell in content["cells"]:
        if PARAMETERS in cell["metadata"].get("tags", ()):
            listed = f"paths = {json.dumps(paths, ensure_ascii=False)}"
            source = "".join(cell["source"]).replace(f"paths = {SAMPLE_PATHS}", listed)
            cell["source"] = source.splitlines(keepends=True)
    return json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def open_laboratory(folder: str | Path, options: Sequence[str] = ()) -> int:
    """Run JupyterLab on a folder until it is closed, and return its exit code.

    Parameters
    ----------
    folder : str or Path
        What it shows.
    options : sequence of str, default ()
        Options of JupyterLab, for example ``--no-browser``.

    Returns
    -------
    int
        The exit code of JupyterLab.
    """
    root = f"--ServerApp.root_dir={Path(folder).resolve()}"
    command = [sys.executable, "-m", "jupyterlab", root, *options]
    return subprocess.run(command, check=False).returncode  # noqa: S603 - this Python, no shell
