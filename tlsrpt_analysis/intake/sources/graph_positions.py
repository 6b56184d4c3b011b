"""How far a folder at Microsoft 365 was read, as a text that a store keeps."""

from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Self

from tlsrpt_analysis.errors import SourceError

MOST_FAILED = 20
"""Mails at which Graph failed and which are tried again; with more, Graph is at fault."""

_EMPTY = "empty"
_FAILED = "failed\t"


@dataclass(slots=True)
class GraphPosition:
    """The id of the folder, the link that lists what follows, and which of that was read.

    Examples
    --------
    >>> position = GraphPosition.of("id", None, "https://graph.example.com/list")
    >>> position.note("mail-1")
    >>> GraphPosition.of("id", position.text(), "").has("mail-1")
    True
    """

    folder_id: str
    link: str
    read: list[str] = field(default_factory=list)  # digests
    failed: dict[str, str] = field(default_factory=dict)  # mails to try again, with their names
    is_empty: bool = False  # so far, the folder had no mail

    @classmethod
    def of(cls, folder_id: str, text: str | None, beginning: str) -> Self:
        """Read a position; the beginning of the folder if it is none."""
        _, *lines = (text or "").split("\n")
        if not lines:
            return cls(folder_id, beginning, is_empty=True)
        link, *words = lines
        failed = [word.split("\t") for word in words if word.startswith(_FAILED)]
        return cls(
            folder_id,
            link,
            [word for word in words if word != _EMPTY and not word.startswith(_FAILED)],
            {fields[1]: fields[2] for fields in failed if len(fields) == 3},
            _EMPTY in words,
        )

    def has(self, mail: str) -> bool:
        """Whether a mail behind the link was read."""
        return mail_digest(mail) in self.read

    def note(self, mail: str) -> None:
        """Note that a mail was read."""
        self.is_empty = False
        if self.failed.pop(mail, None) is None:
            self.read.append(mail_digest(mail))

    def note_failed(self, mail: str, name: str) -> None:
        """Note that Graph failed at a mail.

        Raises
        ------
        SourceError
            When it failed too often.
        """
        if mail not in self.failed:
            self.read.append(mail_digest(mail))
        self.failed[mail] = name
        if len(self.failed) > MOST_FAILED:
            raise SourceError("Graph fails at many mails: run it again later")

    def turn(self, link: str, *, is_empty: bool) -> None:
        """Go on to the next page."""
        self.link, self.read, self.is_empty = link, [], is_empty

    def text(self) -> str:
        """Return it as a text."""
        failed = [f"{_FAILED}{mail}\t{name}" for mail, name in self.failed.items()]
        empty = [_EMPTY] if self.is_empty else []
        return "\n".join((self.folder_id, self.link, *self.read, *failed, *empty))


def mail_digest(mail: str) -> str:
    """Return a short digest of the long id of a mail."""
    return blake2b(mail.encode(), digest_size=8).hexdigest()
