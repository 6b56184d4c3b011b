"""Sources that are found while earlier ones are read, so that neither waits for the other."""

from collections import deque
from collections.abc import Iterable, Iterator
from itertools import islice

from tlsrpt_analysis.intake.sources.walk import Source
from tlsrpt_analysis.loading.reading import FoundSource

MOST_AHEAD = 100_000
"""How many sources are found before they are read, which take tens of megabytes."""

_AT_ONCE = 100


class SourcesAhead:
    """Yields sources in their order, and looks for more of them when there is time.

    Parameters
    ----------
    found : iterable of Source, Rejected or Skipped
        The sources, as `tlsrpt_analysis.intake.sources.walk.walk_sources` yields them.

    Examples
    --------
    >>> ahead = SourcesAhead([Source("a", "a", 3), Source("b", "b", 4)])
    >>> ahead.look(1), ahead.total_bytes
    (True, None)
    >>> ahead.look(5), ahead.total_bytes
    (False, 7)
    >>> [source.name for source in ahead]
    ['a', 'b']
    """

    def __init__(self, found: Iterable[FoundSource]) -> None:
        self._found = iter(found)
        self._waiting: deque[FoundSource] = deque()
        self._found_bytes = 0
        self._is_complete = False

    @property
    def total_bytes(self) -> int | None:
        """The bytes of all sources, once all are found."""
        return self._found_bytes if self._is_complete else None

    def look(self, count: int) -> bool:
        """Look for so many more, and return whether there may be others."""
        room = min(count, MOST_AHEAD - len(self._waiting))
        if room <= 0 or self._is_complete:
            return False
        found = list(islice(self._found, room))
        self._found_bytes += sum(source.size for source in found if isinstance(source, Source))
        self._is_complete = len(found) < room
        self._waiting += found
        return not self._is_complete

    def peek(self, count: int) -> list[FoundSource]:
        """Return the next sources without taking them."""
        self.look(count - len(self._waiting))
        return list(islice(self._waiting, count))

    def __iter__(self) -> Iterator[FoundSource]:
        while self._waiting or self._has_found_more():
            yield self._waiting.popleft()

    def _has_found_more(self) -> bool:
        self.look(_AT_ONCE)
        return bool(self._waiting)
