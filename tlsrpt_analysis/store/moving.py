"""Mails that are moved once their reports are in the store, if the user asks for it."""

from collections.abc import Iterable

from tlsrpt_analysis.errors import SourceError
from tlsrpt_analysis.loading.reading import Reached


class Moves:
    """Moves mails to a folder after each commit; a failure is kept, as nothing is lost by it."""

    def __init__(self, target: str) -> None:
        self._target = target
        self._failures: dict[str, str] = {}
        self.count = 0

    @property
    def failures(self) -> tuple[str, ...]:
        """Each folder whose mails could not be moved, and why."""
        return tuple(f"{name}: {reason}" for name, reason in self._failures.items())

    def move(self, committed: Iterable[Reached]) -> None:
        """Move the mails whose reports have just been committed."""
        for reached in committed:
            folder, mails = reached.folder, reached.mails
            if not self._target or not mails or folder.name in self._failures:
                continue
            try:
                folder.move(mails, self._target)
            except SourceError as error:
                self._failures[folder.name] = str(error)
            else:
                self.count += len(mails)
