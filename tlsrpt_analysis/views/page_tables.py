"""Frames as a reader wants them on a page: words for columns, shares in percent, all escaped."""

import datetime as dt
import math
from collections.abc import Mapping

import pandas as pd
from pandas.io.formats.style import Styler

from tlsrpt_analysis.analyses.percentages import percent
from tlsrpt_analysis.views.style import NOT_GIVEN

MOST_ROWS = 200
"""Rows of one table on a page: more belong in a file."""

UNBROKEN = "\u00a0%"
"""A number and its sign stay on one line."""

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


def page_table(
    frame: pd.DataFrame, columns: Mapping[str, str] | None = None, *, rows: int = MOST_ROWS
) -> Styler:
    r"""Give a frame as a table to read: chosen columns with titles, shares in percent, no index.

    Whatever a report wrote is shown as text and never run.

    Parameters
    ----------
    frame : DataFrame
        Any result of an analysis.
    columns : mapping of str to str, optional
        The columns to show and their titles; all of them by default.
    rows : int
        The first rows to show at most.

    Returns
    -------
    pandas.io.formats.style.Styler
        The table; a missing value says "(not given)".

    Examples
    --------
    >>> frame = pd.DataFrame({"policy_domain": ["example.com"], "lost_share_low": [0.25]})
    >>> table = page_table(frame, {"policy_domain": "Domain", "lost_share_low": "Lost at least"})
    >>> "25.0\u00a0%" in table.to_html()
    True
    """
    titles = columns or {str(name): str(name).replace("_", " ") for name in frame.columns}
    shown = frame.loc[:, list(titles)].head(rows).reset_index(drop=True)
    texts = pd.DataFrame(
        {
            title: [_text(value, name).replace(" %", UNBROKEN) for value in _plain(shown[name])]
            for name, title in titles.items()
        },
        dtype="object",
    )
    numeric = [pd.api.types.is_numeric_dtype(shown[name].dtype) for name in titles]
    # classes, not a rule per cell: the page stays small
    sides = [["number" if number else "words" for number in numeric]] * len(texts)
    classes = pd.DataFrame(sides, index=texts.index, columns=texts.columns)
    return (
        texts.style.format(escape="html")
        .format_index(escape="html", axis=1)
        .hide(axis="index")
        .set_td_classes(classes)
        .set_table_styles(
            [
                {"selector": "th, td", "props": "text-align: left; vertical-align: top"},
                # the lines of a policy stay lines
                {
                    "selector": "td.words",
                    "props": "overflow-wrap: break-word; white-space: pre-line",
                },
                {"selector": "td.number", "props": "text-align: right"},
            ]
        )
    )


def _plain(values: pd.Series) -> pd.Series:
    plain: pd.Series = values.astype("object")
    return plain


def _text(value: object, name: str) -> str:
    match value:
        case list() | tuple():
            return ", ".join(map(str, value))
        case bool():
            return "yes" if value else "no"
        case int():
            return f"{value:,}"
        case float() if math.isfinite(value):
            return percent(value) if name.endswith(SHARES) else f"{value:,.3g}"
        case str() | dt.date():
            return str(value)
    return NOT_GIVEN
