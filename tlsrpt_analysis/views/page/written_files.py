"""Files of a page, written whole, with an error that names them."""

from pathlib import Path

from tlsrpt_analysis.errors import ExportError
from tlsrpt_analysis.whole_files import write_whole_file


def target_of(output: str | Path) -> Path:
    """Return the file to write, once its folder is there: a mistyped one is not made without a word."""
    target = Path(output)
    if not target.parent.is_dir():
        raise ExportError(f"{target} cannot be written: there is no folder {target.parent}.")
    return target


def write_file(target: Path, content: bytes) -> Path:
    """Write a file, and create its folder if missing."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        write_whole_file(target, content)
    except OSError as error:
        raise ExportError(f"{target} cannot be written: {error.strerror or error}.") from error
    return target
