"""Results as text that programs read: JSON, CSV and Markdown."""

import argparse
import json
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from tlsrpt_analysis.shown_texts import on_one_line, without_controls

if TYPE_CHECKING:
    import pandas as pd

TEXT = "text"
"""The format for people, which is the default."""

_MARKUP = re.compile(r"[\\`*\[\]|$]")


def add_option(command: argparse.ArgumentParser, names: Iterable[str]) -> None:
    """Declare the format of what a command prints."""
    command.add_argument(
        "--format",
        choices=[TEXT, *names],
        default=TEXT,
        help="text for people, the others for scripts (docs/scripts.md)",
    )


def csv_text(frame: "pd.DataFrame") -> str:
    """Return a frame as CSV in which neither a terminal nor a spreadsheet finds a command."""
    from tlsrpt_analysis.views import csv_files  # noqa: PLC0415 - --help is quick

    lines = {name: frame[name].map(_lines) for name in frame.columns if name in _OF_LINES}
    return csv_files.csv_text(frame.map(one_line).assign(**lines))


_OF_LINES = ("policy_text", "roll_back_policy_text")
"""The columns whose texts have several lines."""


def one_line(value: object) -> object:
    """Return a text on one line without controls; any other value as it is."""
    return on_one_line(value) if isinstance(value, str) else value


def _lines(value: object) -> object:
    """Return a text for a terminal, its lines ended as those of the file around it."""
    return without_controls(value.replace("\r\n", "\n")) if isinstance(value, str) else value


def json_text(content: dict[str, object]) -> str:
    """Return frames and other values as JSON, in ASCII, days as ISO dates."""
    import pandas as pd  # noqa: PLC0415 - --help is quick

    rows = {
        name: _records(value) if isinstance(value, pd.DataFrame) else value
        for name, value in content.items()
    }
    return json.dumps(rows, indent=2) + "\n"


def _records(frame: "pd.DataFrame") -> object:
    days = frame.select_dtypes("datetime")
    texts = frame.assign(**{name: days[name].dt.strftime("%Y-%m-%d") for name in days.columns})
    return json.loads(texts.to_json(orient="records"))


def markdown_text(frame: "pd.DataFrame") -> str:
    r"""Return a frame as a table in Markdown, whose cells hold no markup.

    Examples
    --------
    >>> import pandas as pd
    >>> print(markdown_text(pd.DataFrame({"policy_domain": ["a|b"], "share": [0.25]})))
    | policy_domain | share |
    |---|---|
    | a\|b | 0.25 |
    """
    rows = [[_cell(value) for value in row] for row in frame.itertuples(index=False)]
    lines = [_line(list(map(_cell, frame.columns))), "|" + "---|" * len(frame.columns)]
    return "\n".join([*lines, *map(_line, rows)])


def markdown_line(text: str) -> str:
    """Return a text as one line of Markdown without markup."""
    return _MARKUP.sub(r"\\\g<0>", without_controls(text).replace("\n", " ")).replace("<", "&lt;")


def _line(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cell(value: object) -> str:
    import pandas as pd  # noqa: PLC0415 - --help is quick

    if value is None or value is pd.NaT or value is pd.NA or value != value:  # noqa: PLR0124 - NaN
        return ""
    if isinstance(value, pd.Timestamp):
        return value.date().isoformat()
    text = f"{value:.4g}" if isinstance(value, float) else str(value)
    return markdown_line(text)
