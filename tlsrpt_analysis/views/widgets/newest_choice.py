"""Which of several choices the reader made last, whatever the order in which they arrive.

JupyterLab sends messages in the order of the reader's actions. But a kernel with subshells, as
ipykernel 7, handles those of some widgets in another thread: a click can overtake the end of a drag.
"""

import datetime as dt

from IPython.core.getipython import get_ipython

MOST_APART = dt.timedelta(minutes=1)
"""A message that seems older by more was not overtaken: the clock of the browser was set."""


class NewestChoice:
    """The time at which the browser sent the newest choice of one thing."""

    def __init__(self) -> None:
        self._sent: dt.datetime | None = None

    def is_overtaken(self) -> bool:
        """Whether a choice that was sent later has been handled; otherwise this is the newest."""
        sent = sent_at()
        is_late = sent and self._sent and dt.timedelta() < self._sent - sent < MOST_APART
        if not is_late:
            self._sent = sent
        return bool(is_late)


def sent_at() -> dt.datetime | None:
    """Return when the browser sent the message that is being handled; None in a cell or a script."""
    shell = get_ipython()
    header = getattr(shell, "parent_header", None) or {}
    header = header.get("header", header)
    is_from_a_widget = header.get("msg_type") == "comm_msg"
    return header.get("date") if is_from_a_widget else None
