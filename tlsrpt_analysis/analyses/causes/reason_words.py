"""The causes that the words of reason codes name, as the catalogue lists them."""

from collections.abc import Iterator

import numpy as np

from tlsrpt_analysis.analyses.cause_catalogue.cause import Cause
from tlsrpt_analysis.analyses.cause_catalogue.causes import BY_REASON
from tlsrpt_analysis.analyses.causes.rows import Rows
from tlsrpt_analysis.analyses.numbering import distinct
from tlsrpt_analysis.arrays import Booleans, Integers


def split_by_cause(rows: Rows) -> Iterator[tuple[Cause | None, Rows]]:
    """Yield each cause that reason codes name with its failures, and none with the rest.

    The words of a cause are kept apart as the catalogue has them, so a cause may come twice.
    """
    places = cause_places(rows)
    for place in distinct(places):
        yield (BY_REASON[place][1] if place >= 0 else None), rows.where(places == place)


def split_by_certain_cause(rows: Rows) -> Iterator[tuple[Cause | None, Rows]]:
    """Yield the same only for causes that their words make certain, under DANE too."""
    places = cause_places(rows)
    is_certain = np.array([cause.is_certain_by_reason for _, cause in BY_REASON] + [False])
    places = np.where(is_certain[places], places, -1)
    for place in distinct(places):
        yield (BY_REASON[place][1] if place >= 0 else None), rows.where(places == place)


def has_words(rows: Rows) -> Booleans:
    """Return for each failure whether its reason code names any cause."""
    return cause_places(rows) >= 0


def with_words_of(rows: Rows, cause: Cause) -> Booleans:
    """Return for each failure whether its reason code has words of a cause."""
    found = np.zeros(len(rows), bool)
    for words in cause.reasons:
        found |= rows.matching(words.pattern)
    return found


def cause_places(rows: Rows) -> Integers:
    """Return for each failure the place in the catalogue of the words that decide, or -1."""
    places = np.full(len(rows), -1)
    for place, (pattern, _) in reversed(list(enumerate(BY_REASON))):
        places[rows.matching(pattern)] = place
    return places
