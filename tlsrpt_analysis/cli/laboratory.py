"""The command that opens JupyterLab: lab."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from tlsrpt_analysis.errors import TlsrptError
from tlsrpt_analysis.near_names import nearest
from tlsrpt_analysis.shown_texts import shown


def add_lab(lab: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``lab``."""
    lab.add_argument("folder", nargs="?", default=".", help="where to copy them (default: here)")
    lab.add_argument(
        "--reports",
        action="append",
        default=[],
        metavar="PATH",
        help="what the notebooks read (repeatable; default: what is in the folder)",
    )
    lab.add_argument("--create", action="store_true", help="create the folder if it is missing")
    lab.add_argument("--port", type=int, help="the port of JupyterLab (its own default: 8888)")
    lab.add_argument("--ip", metavar="ADDRESS", help="the address on which JupyterLab listens")
    lab.add_argument(
        "--no-browser", action="store_true", help="open no browser, and print the address"
    )
    lab.add_argument("--allow-root", action="store_true", help="run as root, as in a container")
    lab.epilog = "What follows -- is passed to JupyterLab."
    lab.set_defaults(run=_open_lab)


def split_words(words: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return the words of a command line, and those after ``--`` that ``lab`` passes on.

    Examples
    --------
    >>> split_words(["lab", "mail", "--", "--debug"])
    (['lab', 'mail'], ['--debug'])
    >>> split_words(["summary", "--", "-odd-name.json"])
    (['summary', '--', '-odd-name.json'], [])
    """
    if "--" not in words or words[0] != "lab":
        return list(words), []
    place = list(words).index("--")
    return list(words[:place]), list(words[place + 1 :])


def _open_lab(chosen: argparse.Namespace) -> int:
    from tlsrpt_analysis.views import copy_notebooks, open_laboratory  # noqa: PLC0415 - loads jupyter

    _check_folder(Path(chosen.folder), may_create=chosen.create)
    for notebook in copy_notebooks(chosen.folder, chosen.reports):
        print(f"Copied {notebook}")
    return open_laboratory(chosen.folder, _options(chosen))


def _check_folder(folder: Path, *, may_create: bool) -> None:
    """Refuse a folder that does not exist, which may be a typing error."""
    if may_create or folder.exists():
        return
    parent = folder.absolute().parent
    beside = [each.name for each in parent.iterdir() if each.is_dir()] if parent.is_dir() else []
    raise TlsrptError(
        f"there is no folder {shown(str(folder))}{nearest(folder.name, beside) or ':'}"
        f" add --create to make it"
    )


def _options(chosen: argparse.Namespace) -> list[str]:
    """Return the options as JupyterLab takes them."""
    options = [f"--ServerApp.port={chosen.port}"] if chosen.port is not None else []
    options += [f"--ServerApp.ip={chosen.ip}"] if chosen.ip else []
    options += ["--no-browser"] if chosen.no_browser else []
    options += ["--allow-root"] if chosen.allow_root else []
    return [*options, *chosen.jupyter]
