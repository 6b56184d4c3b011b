"""Numbers in charts: at most two digits that matter, and a range where it is one."""

import re
from typing import Any

import pandas as pd

from tlsrpt_analysis.shown_texts import without_controls

_HOST = re.compile(r"[a-z0-9_]([a-z0-9_.-]{0,98}[a-z0-9_])?")


def short_percent(share: Any) -> str:
    """Return a share as a percentage with two digits, never rounded to none or to all.

    Examples
    --------
    >>> [short_percent(share) for share in (0.2712, 0.0453, 0.0042, 0.00002, 0.9996, 0, 1)]
    ['27 %', '4.5 %', '0.42 %', 'less than 0.01 %', 'more than 99 %', '0 %', '100 %']
    """
    if pd.isna(share):
        return "(not given)"
    if share <= 0 or share >= 1:
        return "0 %" if share <= 0 else "100 %"
    if share < 0.0001:
        return "less than 0.01 %"
    if share > 0.995:
        return "more than 99 %"
    hundreds = 100 * float(share)
    decimals = 0 if hundreds >= 9.95 else 1 if hundreds >= 0.995 else 2
    return f"{hundreds:.{decimals}f} %"


def short_range(low: Any, high: Any) -> str:
    """Return an interval of shares.

    Examples
    --------
    >>> short_range(0.25, 0.312), short_range(0.2, 0.2), short_range(None, None)
    ('25 to 31 %', '20 %', '')
    """
    if pd.isna(low) or pd.isna(high):
        return ""
    first, last = short_percent(low), short_percent(high)
    return last if first == last else f"{first.removesuffix(' %')} to {last}"


def with_range(share: Any, low: Any, high: Any) -> str:
    """Return a share with its interval in brackets, if there is one and it is wider than a point.

    Examples
    --------
    >>> with_range(0.27, 0.25, 0.31), with_range(0.27, None, None)
    ('27 % (25 to 31 %)', '27 %')
    """
    span = short_range(low, high)
    alone = short_percent(share)
    return alone if span in {"", alone} else f"{alone} ({span})"


def counted(count: int, noun: str) -> str:
    """Return a number of things.

    Examples
    --------
    >>> counted(1, "domain"), counted(1200, "domain")
    ('1 domain', '1,200 domains')
    """
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


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
