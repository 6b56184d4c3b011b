"""The notebooks beside the user's own archive, and JupyterLab opened on them."""

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
"""What the notebooks ask for in the repository."""

MOST_PATHS = 20
"""What is listed one by one; of a folder with more, the folder is named."""


def copy_notebooks(folder: str | Path, paths: Sequence[str | os.PathLike[str]] = ()) -> list[Path]:
    """Copy the notebooks of this package, and their findings, into a folder; overwrite none.

    Parameters
    ----------
    folder : str or Path
        Where they shall stand; it is made if it is not there.
    paths : sequence of str or os.PathLike
        The reports that the copies ask for; by default what stands in the folder already.

    Returns
    -------
    list of Path
        The files that were copied; those that stood there already are left as they are.

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
            copy.write_text(_asking_for(chosen, originals[copy.name]), encoding="utf-8")
    except OSError as error:
        raise ExportError(f"{target} cannot be written: {error.strerror}.") from error
    return copied


def _originals() -> dict[str, Path]:
    home = find_notebook("stakeholder-report").parent
    return {path.name: path for mask in MASKS for path in sorted(home.glob(mask))}


def _archive_in(folder: Path) -> list[str]:
    """Return what a folder holds but for notebooks and findings, or the folder where that is much."""
    ours = {path.name for mask in (*MASKS, ".*") for path in folder.glob(mask)}
    names = sorted(path.name for path in folder.iterdir() if path.name not in ours)
    return names if 0 < len(names) <= MOST_PATHS else ["."]


def _address(path: str | os.PathLike[str]) -> str:
    """Return a path as a notebook in another folder finds it; an address of a server stays."""
    return str(Path(path).absolute()) if Path(path).exists() else str(path)


def _asking_for(paths: list[str], original: Path) -> str:
    """Return the text of a notebook whose parameters ask for some paths; findings stay as they are."""
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


def open_laboratory(folder: str | Path) -> int:
    """Run JupyterLab on a folder until it is closed, and give its exit code."""
    command = [sys.executable, "-m", "jupyterlab", f"--ServerApp.root_dir={Path(folder).resolve()}"]
    return subprocess.run(command, check=False).returncode  # noqa: S603 - this Python, no shell
