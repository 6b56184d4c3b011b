"""Instants: how texts write them, and as whole microseconds since 1970, as columns hold them."""

import re
from datetime import UTC, datetime
from functools import lru_cache

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

DAY_MICROSECONDS = 86_400_000_000

_LEAP_SECOND = re.compile(r"(?<=:[0-5]\d):60(?!\d)")  # RFC 3339 §5.7


def read_instant(text: str) -> datetime:
    """Return the date and time in a text, without a time zone where the text has none.

    ``t`` and ``z`` may be in lower case (RFC 3339 §5.6); a leap second is read as the second
    before it, so that it stays in its day.

    Raises
    ------
    ValueError
        When it is no date and time.

    Examples
    --------
    >>> read_instant("2016-12-31t23:59:60z").isoformat()
    '2016-12-31T23:59:59+00:00'
    """
    upper = text.strip().upper()
    return datetime.fromisoformat(_LEAP_SECOND.sub(":59", upper) if ":60" in upper else upper)


def microseconds_of(moment: datetime) -> int:
    """Return the microseconds from 1970 to an instant.

    Examples
    --------
    >>> microseconds_of(datetime(1970, 1, 2, tzinfo=UTC))
    86400000000
    """
    elapsed = moment - EPOCH
    return (elapsed.days * 86_400 + elapsed.seconds) * 1_000_000 + elapsed.microseconds


@lru_cache(maxsize=65_536)
def microseconds_of_text(text: str) -> int:
    """Return the microseconds from 1970 to an instant in the form of `datetime.isoformat`.

    Examples
    --------
    >>> microseconds_of_text("1970-01-01T00:00:01+00:00")
    1000000
    """
    return microseconds_of(datetime.fromisoformat(text))


@lru_cache(maxsize=65_536)
def main_day(start: int, end: int) -> int:
    """Return the UTC day that holds most of a range, as days since 1970; the first of equals.

    A report is about one day (RFC 8460 §4.1), which some senders start at their own midnight.

    Parameters
    ----------
    start, end : int
        Microseconds since 1970.

    Examples
    --------
    >>> start = microseconds_of_text("1970-01-01T22:00:00+00:00")
    >>> main_day(start, start + DAY_MICROSECONDS - 1)
    1
    """
    first = start // DAY_MICROSECONDS
    midnight = (first + 1) * DAY_MICROSECONDS
    is_next = min(end - midnight, DAY_MICROSECONDS) > midnight - start
    return first + 1 if is_next else first
