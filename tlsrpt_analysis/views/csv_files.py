"""CSV files in which a spreadsheet finds no formula."""

import csv
import re
from pathlib import Path

import pandas as pd

from tlsrpt_analysis.errors import ExportError
from tlsrpt_analysis.tables import DAY
from tlsrpt_analysis.whole_files import write_whole_file

_SIGNS = r"=+\-@\uff1d\uff0b\uff0d\uff20"
"""With what a formula starts, including East Asian full-width forms."""

_ENDS = r";|\t\r\n"
"""What a spreadsheet may take for the end of a cell, besides a comma, against which quotes help."""

_UNSEEN = (
    r"\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\xad\u061c\u115f\u1160\u180e\u200b-\u200f"
    r"\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb"
)
"""What a spreadsheet may remove: LibreOffice Calc evaluates what follows a byte order mark."""

_FORMULA = re.compile(rf"[\s{_UNSEEN}]*[{_SIGNS}]|[\t\r\n]")
_INNER_FORMULA = re.compile(rf"([{_ENDS}](?:[^\S\t\r\n]|[\"'{_UNSEEN}])*)(?=[{_SIGNS}])")


def write_csv(frame: pd.DataFrame, output: str | Path) -> Path:
    """Write a frame as CSV; text that a spreadsheet would evaluate gets an apostrophe before it.

    Every text is in quotation marks, and one that starts a formula after a line end, a tab or a
    semicolon is guarded too: a spreadsheet may take these for the ends of cells.

    Parameters
    ----------
    frame : DataFrame
        Any result of an analysis, or a frame of `ReportTables`.
    output : str or Path
        The file to write.

    Returns
    -------
    Path
        The file that was written.

    Raises
    ------
    ExportError
        When the file cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> frame = pd.DataFrame({"organization_name": ["=1+1", "Google"], "lost": [-1, 2]})
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     print(write_csv(frame, Path(folder, "lost.csv")).read_text(), end="")
    "organization_name","lost"
    "'=1+1",-1
    "Google",2
    """
    target = Path(output)
    try:
        write_whole_file(target, csv_text(frame).encode("utf-8", "backslashreplace"))
    except OSError as error:
        raise ExportError(f"{target} cannot be written: {error.strerror}.") from error
    return target


def csv_text(frame: pd.DataFrame) -> str:
    """Return what `write_csv` writes."""
    inert = pd.DataFrame({_inert(name): _cells(frame[name]).map(_inert) for name in frame.columns})
    text: str = inert.to_csv(index=False, lineterminator="\n", quoting=csv.QUOTE_NONNUMERIC)
    return text


def _cells(values: pd.Series) -> pd.Series:
    """Return the values as objects; days without a time."""
    cells: pd.Series = values.dt.date if values.dtype == DAY else values.astype("object")
    return cells


def _inert(value: object) -> object:
    if not isinstance(value, str):
        return value
    guarded = _INNER_FORMULA.sub(r"\1'", value)
    return f"'{guarded}" if _FORMULA.match(value) else guarded
