"""Whether work grows in proportion to its input."""

import time
from collections.abc import Callable

MOST_GROWTH = 2.5
"""Twice the input may take this many times as long."""

SHORTEST_SECONDS = 0.02
"""Below it the clock and the other processes decide, so a quick answer is never too slow."""


def growth(work: Callable[[int], object], size: int) -> None:
    """Assert that work on twice the input takes at most 2.5 times as long, in its best of three."""
    for attempt in range(3):
        before, after = (_best(work, size * times) for times in (1, 2))
        if after <= MOST_GROWTH * max(before, SHORTEST_SECONDS):
            return
        assert attempt < 2, f"{before:.3f} s for {size:,}, and {after:.3f} s for twice as much"


def _best(work: Callable[[int], object], size: int) -> float:
    seconds = []
    for _ in range(3):
        start = time.process_time()
        work(size)
        seconds.append(time.process_time() - start)
    return min(seconds)
