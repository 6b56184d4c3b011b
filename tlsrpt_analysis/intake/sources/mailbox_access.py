"""What a user asks for where mailboxes are read: how tokens come, and where read mails go."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class MailboxAccess:
    """How mailboxes are read; by default nothing in them changes.

    Attributes
    ----------
    token_command : str
        A command that prints an OAuth 2 token; its words may hold a secret.
    move_to : str
        The folder to which mails go once their reports are in a store.
    """

    token_command: str = field(default="", repr=False)
    move_to: str = ""


AS_IT_IS = MailboxAccess()
"""Without a token command, and no mail is moved."""
