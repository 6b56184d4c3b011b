"""Numbers and names in the texts of charts."""

import re
from typing import Any

from tlsrpt_analysis.shown_texts import without_controls
from tlsrpt_analysis.views.shares_in_words import rough_percent, rough_range

_HOST = re.compile(r"[a-z0-9_]([a-z0-9_.-]{0,98}[a-z0-9_])?")


def with_range(share: Any, low: Any, high: Any) -> str:
    """Return a share with its interval in brackets, if there is one and it is wider than a point.

    Examples
    --------
    >>> with_range(0.27, 0.25, 0.31), with_range(0.27, None, None)
    ('27 % (25 to 31 %)', '27 %')
    """
    span = rough_range(low, high)
    return f"{rough_percent(share)} ({span})" if span else rough_percent(share)


def in_title(name: Any, otherwise: str) -> str:
    """Return a host name for a title, or other words for a text that is no host name.

    A title is no data: nothing that a stranger wrote stands there, except plain names.

    Examples
    --------
    >>> in_title("example.com", "one domain"), in_title("<b>", "one domain")
    ('example.com', 'one domain')
    """
    return name if isinstance(name, str) and _HOST.fullmatch(name) else otherwise


def reporter_in_title(name: Any, known: frozenset[str]) -> str:
    """Return a well-known reporter, or "one sender"."""
    return without_controls(name) if name in known else "one sender"
