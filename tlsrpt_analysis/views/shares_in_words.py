"""Shares as a reader takes them in: at most two digits that matter, and a range where it is one."""

import math
from collections.abc import Callable
from typing import Any

import pandas as pd

from tlsrpt_analysis.views.style import NOT_GIVEN

THOUSANDTH, HUNDREDTH = 0.001, 0.01
FIRST_WHOLE = 9.95
"""The percentage from which no decimal is shown."""
SLIGHTLY = 1e-9
"""What binary fractions may be off."""


def is_missing(value: Any) -> bool:
    """Whether a cell of a frame holds nothing.

    Examples
    --------
    >>> is_missing(pd.NaT), is_missing(None), is_missing(0.0)
    (True, True, False)
    """
    return bool(pd.isna(value))


def rough_percent(share: float) -> str:
    """Return a share as a percentage with two digits at most, which never rounds to none or all.

    Examples
    --------
    >>> rough_percent(0.2731), rough_percent(0.0453), rough_percent(0.0), rough_percent(0.0002)
    ('27 %', '4.5 %', '0 %', 'under 0.1 %')
    >>> rough_percent(0.996), rough_percent(1.0), rough_percent(math.nan)
    ('over 99 %', '100 %', '(not given)')
    """
    if is_missing(share):
        return NOT_GIVEN
    if share <= 0 or share >= 1:
        return "0 %" if share <= 0 else "100 %"
    if share < THOUSANDTH:
        return "under 0.1 %"
    if share > 1 - HUNDREDTH:
        return "over 99 %"
    hundred = 100 * share
    return f"{hundred:.1f} %".replace(".0 %", " %") if hundred < FIRST_WHOLE else f"{hundred:.0f} %"


def rough_range(low: float, high: float) -> str:
    """Return a range of shares, or nothing where it is not known or no wider than its digits.

    Its ends are rounded outwards, as in `of_hundred`.

    Examples
    --------
    >>> rough_range(0.25, 0.31), rough_range(0.0, 0.006), rough_range(0.27, 0.271)
    ('25 to 31 %', 'at most 0.6 %', '')
    >>> rough_range(0.286, 0.364)
    '28 to 37 %'
    """
    if is_missing(low) or is_missing(high) or rough_percent(low) == rough_percent(high):
        return ""
    first, last = (rough_percent(_outwards(*end)) for end in ((low, math.floor), (high, math.ceil)))
    if low <= 0:
        return f"at most {last}"
    return f"{first.removesuffix(' %')} to {last}" if first[0].isdigit() else f"{first} to {last}"


def _outwards(share: float, rounded: Callable[[float], int]) -> float:
    """Round an end of a range to the digits that `rough_percent` shows."""
    if share < THOUSANDTH or share > 1 - HUNDREDTH:
        return share
    tenths = 10 if 100 * share < FIRST_WHOLE else 1
    nudge = -SLIGHTLY if rounded is math.ceil else SLIGHTLY
    return rounded(100 * share * tenths + nudge) / tenths / 100


def of_hundred(low: float, high: float) -> str:
    """Return a range as a worked example: how many of a number of connections.

    Examples
    --------
    >>> of_hundred(0.251, 0.309)
    'of 100 connections, between 25 and 31'
    >>> of_hundred(0.0, 0.0061), of_hundred(0.9, 1.0)
    ('of 1,000 connections, at most 7', 'of 100 connections, between 90 and 100')
    """
    size = 100
    while high * size < 5 and size < 1_000_000:
        size *= 10
    least, most = math.floor(low * size + 1e-9), math.ceil(high * size - 1e-9)
    amount = f"at most {most:,}" if low <= 0 else f"between {least:,} and {most:,}"
    return f"of {size:,} connections, {amount}"


def nice_top(share: float) -> float:
    """Return the end of an axis that a share fits in.

    Examples
    --------
    >>> nice_top(0.27), nice_top(0.0031), nice_top(0.98)
    (0.5, 0.05, 1.0)
    """
    return next((top for top in (0.05, 0.1, 0.25, 0.5) if share <= top), 1.0)
