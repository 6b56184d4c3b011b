"""How a share is written, in every headline, chart and table."""

from typing import Any

import pandas as pd

FINEST = 0.001
"""One decimal of a percentage; what is nearer to none or to all is said in words."""


def percent(share: Any) -> str:
    """Write a share as a percentage with one decimal that never rounds to none or to all.

    Examples
    --------
    >>> percent(0.3012), percent(0), percent(0.0002), percent(0.9999), percent(1), percent(None)
    ('30.1 %', '0 %', 'less than 0.1 %', 'more than 99.9 %', '100 %', '(not given)')
    """
    if pd.isna(share):
        return "(not given)"
    if share <= 0:
        return "0 %"
    if share >= 1:
        return "100 %"
    if share < FINEST:
        return "less than 0.1 %"
    return "more than 99.9 %" if share > 1 - FINEST else f"{100 * share:.1f} %"
