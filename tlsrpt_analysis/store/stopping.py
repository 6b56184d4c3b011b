"""Ctrl-C while a store is written: what has been read is committed first."""

import signal
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from types import FrameType

from tlsrpt_analysis.loading.reading import Gathered


class Stop:
    """Whether the user has asked to stop."""

    def __init__(self) -> None:
        self.is_asked = False

    def until_asked(self, parts: Iterable[Gathered]) -> Iterator[Gathered]:
        """Yield batches until the user has asked to stop."""
        for part in parts:
            yield part
            if self.is_asked:
                return


@contextmanager
def held_ctrl_c() -> Iterator[Stop]:
    """Treat the first Ctrl-C as a request to stop soon; the second one stops at once.

    Only where Python would raise KeyboardInterrupt; a handler that the caller set is kept.
    """
    stop = Stop()

    def ask(number: int, frame: FrameType | None) -> None:
        if stop.is_asked:
            signal.default_int_handler(number, frame)
        stop.is_asked = True

    is_ours = (
        threading.current_thread() is threading.main_thread()
        and signal.getsignal(signal.SIGINT) is signal.default_int_handler
    )
    if not is_ours:
        yield stop
        return
    signal.signal(signal.SIGINT, ask)
    try:
        yield stop
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
