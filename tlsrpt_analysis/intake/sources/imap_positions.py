"""How far a folder on an IMAP server was read, as a text that a store keeps."""

from dataclasses import dataclass
from typing import Self

from tlsrpt_analysis.errors import SourceError

MOST_FAILED = 100
"""Mails at which the server failed and which are tried again; with more, the server is at fault."""

_LONGEST = 2_000


@dataclass(slots=True)
class ImapPosition:
    """The UIDVALIDITY, the last UID that was read, and those of mails to try again.

    Examples
    --------
    >>> position = ImapPosition.of("7 120 35")
    >>> position.note(121, is_failed=True)
    >>> position.note(35, is_failed=False)
    >>> position.text()
    '7 121 121'
    """

    validity: int = 0
    last: int = 0
    failed: tuple[int, ...] = ()

    @classmethod
    def of(cls, text: str | None) -> Self:
        """Read a position; the beginning of a folder if it is none."""
        words = (text or "").split(" ")
        if len(words) < 2 or len(text or "") > _LONGEST or not all(map(str.isdecimal, words)):
            return cls()
        validity, last, *failed = map(int, words)
        return cls(validity, last, tuple(failed))

    def note(self, uid: int, *, is_failed: bool) -> None:
        """Note that a mail was read, or that the server failed at it.

        Raises
        ------
        SourceError
            When it failed too often.
        """
        self.last = max(self.last, uid)
        others = tuple(other for other in self.failed if other != uid)
        self.failed = (*others, uid) if is_failed else others
        if len(self.failed) > MOST_FAILED:
            raise SourceError("the server fails at many mails: run it again later")

    def text(self) -> str:
        """Return it as a text."""
        return " ".join(map(str, (self.validity, self.last, *self.failed)))
