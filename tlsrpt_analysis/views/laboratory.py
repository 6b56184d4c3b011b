"""The notebooks beside the user's own archive, and JupyterLab opened on them."""

import shutil
import subprocess
import sys
from pathlib import Path

from tlsrpt_analysis.errors import ExportError
from tlsrpt_analysis.views.notebook_run import find_notebook


def copy_notebooks(folder: str | Path) -> list[Path]:
    """Copy the notebooks of this package, and their findings, into a folder; overwrite none.

    Parameters
    ----------
    folder : str or Path
        Where they shall stand; it is made if it is not there.

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
    ...     first, second = copy_notebooks(folder), copy_notebooks(folder)
    >>> first[0].name, second
    ('01-load-and-look.ipynb', [])
    """
    target = Path(folder)
    copied = []
    try:
        target.mkdir(parents=True, exist_ok=True)
        home = find_notebook("stakeholder-report").parent
        for original in sorted([*home.glob("*.ipynb"), *home.glob("findings-*.json")]):
            copy = target / original.name
            if not copy.exists():
                shutil.copyfile(original, copy)
                copied.append(copy)
    except OSError as error:
        raise ExportError(f"{target} cannot be written: {error.strerror}.") from error
    return copied


def open_laboratory(folder: str | Path) -> int:
    """Run JupyterLab on a folder until it is closed, and give its exit code."""
    command = [sys.executable, "-m", "jupyterlab", f"--ServerApp.root_dir={Path(folder).resolve()}"]
    return subprocess.run(command, check=False).returncode  # noqa: S603 - this Python, no shell
