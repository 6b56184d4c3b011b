"""What Arrow holds while much is read, given back as soon as it is done with."""

from collections.abc import Iterator
from contextlib import contextmanager

import pyarrow as pa

LARGE = 4_000_000
"""Bytes from which on it is worth to give memory back."""


@contextmanager
def lean_memory() -> Iterator[None]:
    """Let Arrow take memory from the system, which has it back at once when it is let go.

    Arrow's own allocators are no faster here, and keep much of it for later.

    Examples
    --------
    >>> with lean_memory():
    ...     pa.default_memory_pool().backend_name
    'system'
    """
    before = pa.default_memory_pool()
    pa.set_memory_pool(pa.system_memory_pool())
    try:
        yield
    finally:
        pa.set_memory_pool(before)


def release_memory(size: int = LARGE) -> None:
    """Give back what the allocator keeps for later, which adds up, if so many bytes are large."""
    if size >= LARGE:
        pa.default_memory_pool().release_unused()
