"""How results show themselves in a notebook: the answer as sentences, then a table, all escaped."""

from collections.abc import Iterable, Sequence
from html import escape
from itertools import islice

from tlsrpt_analysis.shown_texts import AS_TEXT, without_controls

MOST_ROWS = 50
"""The most rows that are shown; the frames have all of them."""

LEFT = "style='text-align: left; vertical-align: top'"


def result_html(headline: str, *parts: str) -> str:
    """Return the HTML of a result: its headline, then what `sentence`, `lines` and `table` made.

    No text in it is mathematics for JupyterLab, whatever dollar signs it has.

    Examples
    --------
    >>> result_html("5 < 6", sentence("A policy for $host."))
    "<div class='tex2jax_ignore mathjax_ignore'><p><strong>5 &lt; 6</strong></p><p>A policy for $host.</p></div>"
    """
    return f"<div class='{AS_TEXT}'><p><strong>{_text(headline)}</strong></p>{''.join(parts)}</div>"


def sentence(text: str) -> str:
    """Return a paragraph, or nothing for an empty text."""
    return f"<p>{_text(text)}</p>" if text else ""


def lines(text: str) -> str:
    """Return a text with its line breaks, to be copied."""
    shown = _text(text.replace("\r\n", "\n"))
    return f"<pre>{shown}</pre>"


def items(texts: Sequence[str]) -> str:
    """Return a list, or nothing without items."""
    listed = "".join(f"<li>{_text(text)}</li>" for text in texts)
    return f"<ul>{listed}</ul>" if listed else ""


def table(titles: Sequence[str], rows: Iterable[Sequence[object]], *, count: int) -> str:
    """Return the first rows of a table, and how many there are; nothing without rows.

    Examples
    --------
    >>> table(["Domain"], [["<b>"]], count=1).count("&lt;b&gt;")
    1
    """
    head = "".join(f"<th {LEFT}>{_text(title)}</th>" for title in titles)
    body = "".join(
        "<tr>" + "".join(f"<td {LEFT}>{_text(str(cell))}</td>" for cell in row) + "</tr>"
        for row in islice(rows, MOST_ROWS)
    )
    rest = f"<p>The first {MOST_ROWS} of {count:,} rows.</p>" if count > MOST_ROWS else ""
    return (
        f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{rest}" if body else ""
    )


def _text(text: str) -> str:
    return escape(without_controls(text))
