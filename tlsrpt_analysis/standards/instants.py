"""Instants as whole microseconds since 1970, which is how columns of time hold them."""

from datetime import UTC, datetime
from functools import lru_cache

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


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
