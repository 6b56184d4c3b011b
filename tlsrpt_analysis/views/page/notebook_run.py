"""Notebooks run from top to bottom, with parameters, in their own kernel."""

import ast
import copy
import datetime as dt
import glob
import keyword
import math
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

import nbformat
from jupyter_client.kernelspec import NoSuchKernel
from jupyter_client.manager import KernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbclient.util import ensure_async, run_sync

from tlsrpt_analysis.errors import ExportError
from tlsrpt_analysis.loading.load import NO_BAR

PARAMETERS = "parameters"
"""The tag of the cell with the default values, as in papermill."""

INJECTED = "injected-parameters"

ATTEMPTS = 2  # a kernel hangs, though rarely (jupyter/nbclient#312); a second try works

QUIET_KERNEL = ["--HistoryManager.enabled=False", "--Application.log_level=ERROR"]
"""A kernel for one run keeps no history, and does not warn about its local sockets."""


def find_notebook(name: str) -> Path:
    """Return the path of a notebook of this package, installed or in the repository.

    Parameters
    ----------
    name : str
        For example ``"stakeholder-report"``, with or without ``.ipynb``.

    Returns
    -------
    Path
        The notebook.

    Raises
    ------
    ExportError
        When there is no notebook of that name.

    Examples
    --------
    >>> find_notebook("stakeholder-report").name
    'stakeholder-report.ipynb'
    """
    file_name = name if name.endswith(".ipynb") else f"{name}.ipynb"
    package = Path(__file__).resolve().parents[2]
    folders = [package / "notebooks", package.parent / "notebooks"]
    for folder in folders:
        if (folder / file_name).is_file():
            return folder / file_name
    known = sorted({path.stem for folder in folders for path in folder.glob("*.ipynb")})
    raise ExportError(f"There is no notebook {name!r}. Choose one of: {', '.join(known)}.")


class NotebookKernel:
    """A kernel in which notebooks of one folder run in turn, each from an empty namespace.

    Starting a kernel and importing this package takes longer than most pages do.
    """

    def __init__(self, timeout_seconds: float) -> None:
        self.timeout_seconds = timeout_seconds
        self._client: NotebookClient | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stop()

    def run(
        self,
        path: Path,
        parameters: Mapping[str, object],
        shown_parameters: Mapping[str, object] | None = None,
    ) -> nbformat.NotebookNode:
        """Run a notebook in its own folder and return it with its outputs."""
        notebook = _with_parameters(_read(path), parameters, path)
        for attempt in range(1, ATTEMPTS + 1):
            trial = copy.deepcopy(notebook)
            try:
                self._execute(trial, path)
            except CellExecutionError as error:
                raise ExportError(_failure(trial, path, error)) from error
            except NoSuchKernel as error:
                raise ExportError(
                    f"{path.name}: there is no Jupyter kernel {error.name!r}."
                    " Install this package together with ipykernel."
                ) from error
            except (CellTimeoutError, DeadKernelError) as error:
                self._stop()
                if attempt == ATTEMPTS:
                    raise ExportError(
                        f"{path.name}: a cell took longer than {self.timeout_seconds:g} seconds,"
                        " twice. Give a longer timeout_seconds, or fewer reports."
                    ) from error
            else:
                break
        return _with_shown_parameters(
            trial, parameters if shown_parameters is None else shown_parameters
        )

    def _execute(self, notebook: nbformat.NotebookNode, path: Path) -> None:
        environment = {**os.environ, NO_BAR: "1"}  # a bar of a slow load would stay on the page
        if self._client is None:
            self._client = _client(notebook, path, self.timeout_seconds)
        else:  # this notebook must not see anything of the one before
            self._client.nb = nbformat.v4.new_notebook(  # type: ignore[no-untyped-call]
                cells=[nbformat.v4.new_code_cell("%reset -f")]  # type: ignore[no-untyped-call]
            )
            self._client.execute(cleanup_kc=False)
            self._client.nb = notebook
        self._client.execute(cleanup_kc=False, env=environment)

    def _stop(self) -> None:
        client, self._client = self._client, None
        if client is not None and client.km is not None:
            run_sync(_shut_down)(client.km)
            if client.kc is not None:
                client.kc.stop_channels()


async def _shut_down(manager: KernelManager) -> None:
    await ensure_async(manager.shutdown_kernel(now=True))


def _client(notebook: nbformat.NotebookNode, path: Path, timeout_seconds: float) -> NotebookClient:
    return NotebookClient(
        notebook,
        timeout=math.ceil(timeout_seconds),
        extra_arguments=QUIET_KERNEL,
        resources={"metadata": {"path": str(path.parent)}},
    )


def _failure(notebook: nbformat.NotebookNode, path: Path, error: CellExecutionError) -> str:
    failed = [
        place
        for place, cell in enumerate(notebook.cells, start=1)
        for output in cell.get("outputs", ())
        if output.output_type == "error"
    ]
    where = f"cell {failed[0]} of {path.name}" if failed else path.name
    return (
        f"{where} failed: {error.ename}: {error.evalue}."
        " Open the notebook in JupyterLab and run it there to see more."
    )


def _read(path: Path) -> nbformat.NotebookNode:
    try:
        notebook: nbformat.NotebookNode = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
    except OSError as error:
        raise ExportError(f"{path} cannot be read: {error.strerror}.") from error
    except (nbformat.reader.NotJSONError, nbformat.ValidationError) as error:
        raise ExportError(f"{path} is not a Jupyter notebook: {error}.") from error
    return notebook


def _with_parameters(
    notebook: nbformat.NotebookNode, parameters: Mapping[str, object], path: Path
) -> nbformat.NotebookNode:
    if not parameters:
        return notebook
    places = [
        place
        for place, cell in enumerate(notebook.cells)
        if PARAMETERS in cell.metadata.get("tags", ())
    ]
    if not places:
        raise ExportError(f"{path.name} takes no parameters: no cell has the tag {PARAMETERS!r}.")
    known = _assigned(notebook.cells[places[0]].source)
    unknown = [name for name in parameters if name not in known]
    if unknown:
        raise ExportError(
            f"{path.name} has no parameter {', '.join(unknown)}. It has: {', '.join(known)}."
        )
    source = _assignments({name: _anchored(name, value) for name, value in parameters.items()})
    injected = nbformat.v4.new_code_cell(source, metadata={"tags": [INJECTED]})  # type: ignore[no-untyped-call]
    notebook.cells.insert(places[0] + 1, injected)
    return notebook


def _with_shown_parameters(
    notebook: nbformat.NotebookNode, parameters: Mapping[str, object]
) -> nbformat.NotebookNode:
    """Show the parameters as the caller wrote them, so that the page names no local folders."""
    for cell in notebook.cells:
        if INJECTED in cell.metadata.get("tags", ()):
            cell.source = _assignments(parameters)
    return notebook


def _assignments(parameters: Mapping[str, object]) -> str:
    return "\n".join(f"{name} = {_literal(name, value)}" for name, value in parameters.items())


def _assigned(source: str) -> list[str]:
    return [
        target.id
        for statement in ast.parse(source).body
        if isinstance(statement, ast.Assign)
        for target in statement.targets
        if isinstance(target, ast.Name)
    ]


def _literal(name: str, value: object) -> str:
    if not name.isidentifier() or keyword.iskeyword(name):
        raise ExportError(f"{name!r} cannot be the name of a parameter.")
    return repr(_plain(name, value))


def _plain(name: str, value: object) -> Any:
    match value:
        case None | bool() | int() | str():
            return value
        case float() if math.isfinite(value):
            return value
        case dt.datetime() if value.time() == dt.time() and value.tzinfo is None:
            return str(value.date())
        case dt.date() | os.PathLike():
            return str(value)
        case Mapping():
            return {str(key): _plain(name, item) for key, item in value.items()}
        case list() | tuple() | set() | frozenset():
            return [_plain(name, item) for item in value]
    raise ExportError(
        f"The parameter {name} cannot hold {value!r}."
        " Give texts, numbers, dates, None, or lists of them."
    )


def _anchored(name: str, value: object) -> object:
    """Return paths of the caller's folder as absolute ones: the notebook runs in its own folder."""
    paths = [value] if isinstance(value, str | os.PathLike) else value
    if name != "paths" or not isinstance(paths, list | tuple):
        return value
    texts = [str(path) for path in paths]
    return [str(Path(path).absolute()) if _is_here(path) else path for path in texts]


def _is_here(path: str) -> bool:
    return Path(path).exists() or bool(glob.glob(path, recursive=True))  # noqa: PTH207 - any path
