"""Frames as tables on a page: titles for columns, shares in percent, everything escaped."""

import datetime as dt
import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

import pandas as pd
from pandas.io.formats.style import Styler

from tlsrpt_analysis.analyses.percentages import percent
from tlsrpt_analysis.shown_texts import AS_TEXT, without_controls
from tlsrpt_analysis.tables import DAY
from tlsrpt_analysis.views.style import NOT_GIVEN

if TYPE_CHECKING:
    from pandas.io.formats.style_render import CSSDict

MOST_ROWS = 200
"""The most rows of one table on a page: more belong in a file."""

LONG_TEXT = 60
"""The most characters of a cell in a narrow column; longer texts wrap in a wide one."""

UNBROKEN = "\u00a0%"
"""A number and its percent sign stay on one line."""

CHOSEN_BY = {"policy_domain": " policy-domain", "day": " day"}
"""The classes of the cells by which the exported page filters rows."""

STYLES: "list[CSSDict]" = [
    {"selector": "th, td", "props": "text-align: left; vertical-align: top"},
    # the lines of a policy stay separate
    {"selector": "td.words", "props": "overflow-wrap: break-word; white-space: pre-line"},
    {"selector": "td.long", "props": "overflow-wrap: anywhere; min-width: 11em"},
    {
        "selector": "td.long:last-child",
        "props": "min-width: 16em",
    },  # the last column usually has the longest text
    {"selector": "td.date", "props": "white-space: nowrap"},
    {"selector": "td.number", "props": "text-align: right"},
    {"selector": "td.later", "props": "display: none"},
    {"selector": "caption", "props": "caption-side: bottom; text-align: left"},
]

SHARES = (
    "_share",
    "_share_before",
    "_share_after",
    "_rate",
    "_share_low",
    "_share_high",
    "share_of_failures",
    "failed_per_session",
)
PROBABILITIES = ("p_value", "q_value")
LEAST_PROBABILITY = 0.0001
"""The least probability that is shown as a number: no test is exact beyond it, and none is 0."""


def page_table(
    frame: pd.DataFrame,
    columns: Mapping[str, str] | None = None,
    *,
    rows: int = MOST_ROWS,
    held: int = MOST_ROWS,
    na_rep: Mapping[str, str] | None = None,
) -> Styler:
    r"""Return a frame as a table: chosen columns with titles, shares in percent, no index.

    Text from reports is escaped.

    Parameters
    ----------
    frame : DataFrame
        Any result of an analysis.
    columns : mapping of str to str, optional
        The columns to show and their titles; by default all.
    rows : int
        The most rows to show; in the exported page, choosing a domain shows the other rows of
        that domain as well.
    held : int
        The most rows to hold for such a choice.
    na_rep : mapping of str to str, optional
        What stands for a missing value, by column; by default "(not given)".

    Returns
    -------
    pandas.io.formats.style.Styler
        The table. A p-value or q-value below 0.0001 is shown as that, never as 0.

    Examples
    --------
    >>> frame = pd.DataFrame({"policy_domain": ["example.com"], "lost_share_low": [0.25]})
    >>> table = page_table(frame, {"policy_domain": "Domain", "lost_share_low": "Lost at least"})
    >>> "25.0\u00a0%" in table.to_html()
    True
    """
    missing = na_rep or {}
    titles = columns or {str(name): str(name).replace("_", " ") for name in frame.columns}
    shown = frame.loc[:, list(titles)].head(max(rows, held)).reset_index(drop=True)
    texts = pd.DataFrame(
        {
            title: [
                _text(value, name, missing.get(name, NOT_GIVEN)).replace(" %", UNBROKEN)
                for value in _plain(shown[name])
            ]
            for name, title in titles.items()
        },
        dtype="object",
    )
    table = (
        texts.style.format(escape="html")
        .format_index(escape="html", axis=1)
        .hide(axis="index")
        .set_td_classes(_classes(shown, texts, titles, rows=rows))
        .set_table_styles(STYLES)
        .set_table_attributes(f'class="{AS_TEXT}"')
    )
    return (
        table.set_caption(_caption(len(frame), rows, max(rows, held)))
        if len(frame) > rows
        else table
    )


def _classes(
    shown: pd.DataFrame, texts: pd.DataFrame, titles: Mapping[str, str], *, rows: int
) -> pd.DataFrame:
    """Return the classes of each cell, which take less space than a rule per cell."""
    classes = [
        ("number" if pd.api.types.is_numeric_dtype(shown[name].dtype) else "words")
        + CHOSEN_BY.get(name, "")
        + (" date" if shown[name].dtype == DAY else "")
        + (" long" if texts[title].map(len).max() > LONG_TEXT else "")
        for name, title in titles.items()
    ]
    later = [f"{each} later" for each in classes]
    cells = [classes if place < rows else later for place in range(len(shown))]
    return pd.DataFrame(cells, index=shown.index, columns=list(titles.values()))


def _caption(count: int, rows: int, held: int) -> str:
    caption = f"The first {rows:,} of {count:,} rows."
    return f"{caption} The page holds {held:,}." if count > held > rows else caption


def _plain(values: pd.Series) -> pd.Series:
    """Return Python's own values; a day is a date, without a time."""
    plain: pd.Series = values.dt.date if values.dtype == DAY else values.astype("object")
    return plain


def _text(value: object, name: str, missing: str) -> str:
    match value:
        case list() | tuple():
            return without_controls(", ".join(map(str, value)))
        case bool():
            return "yes" if value else "no"
        case int():
            return f"{value:,}"
        case float() if math.isfinite(value):
            return _number(value, name)
        case str() | dt.date() if not pd.isna(value):
            return without_controls(str(value))
    return missing


def _number(value: float, name: str) -> str:
    if name.endswith(PROBABILITIES):
        return (
            f"{value:.2g}" if value >= LEAST_PROBABILITY else f"< {LEAST_PROBABILITY:f}".rstrip("0")
        )
    return percent(value) if name.endswith(SHARES) else f"{value:,.3g}"
