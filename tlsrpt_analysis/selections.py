"""Which days, domains and reporters are wanted, as users write them."""

import datetime as dt
from collections.abc import Collection

import pandas as pd

from tlsrpt_analysis.standards.domain_names import normalize_domain


def within(days: pd.Series, since: dt.date | str | None, until: dt.date | str | None) -> pd.Series:
    """Whether each day is wanted."""
    kept = pd.Series(True, index=days.index)  # noqa: FBT003 - a fill value
    if since is not None:
        kept &= days >= pd.Timestamp(as_day(since))
    if until is not None:
        kept &= days <= pd.Timestamp(as_day(until))
    return kept


def check_order(since: dt.date | str | None, until: dt.date | str | None) -> None:
    """Refuse a first day after the last one."""
    if since is not None and until is not None and as_day(since) > as_day(until):
        raise ValueError(
            f"since ({as_day(since)}) is after until ({as_day(until)}): no day is between them;"
            " exchange the two"
        )


def selected_values(column: str, values: Collection[str]) -> list[str]:
    """Return values in the form of their column; a single string is one value."""
    listed = [values] if isinstance(values, str) else list(values)
    return [normalize_domain(name) for name in listed] if column == "policy_domain" else listed


def as_day(day: dt.date | str) -> dt.date:
    """Return a day that may be given as text."""
    if isinstance(day, dt.datetime):
        return day.date()
    return day if isinstance(day, dt.date) else dt.datetime.fromisoformat(day).date()
