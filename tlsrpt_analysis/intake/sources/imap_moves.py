"""Mails moved to another folder once they were read, which happens only if a user asks for it."""

from collections.abc import Sequence

from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientError

from tlsrpt_analysis.errors import SourceError
from tlsrpt_analysis.intake.sources.imap_accounts import ImapAccount, close
from tlsrpt_analysis.intake.sources.imap_connection import FAILURES
from tlsrpt_analysis.intake.wrappings.streams import readable_name

MOVED_AT_ONCE = 500
"""Mails that one command names, whose numbers make a line of 5 kB."""


def assert_target(client: IMAPClient, account: ImapAccount, target: str) -> None:
    """Make sure that mails can be moved to a folder, before any is read.

    Raises
    ------
    SourceError
        When they cannot.
    """
    if target == account.folder:
        raise SourceError("the mails are in the folder to which they would be moved: name another")
    try:
        if not client.folder_exists(target):
            raise SourceError(
                f"no folder {readable_name(target)!r} to move mails to: create it first"
            )
        _is_moved_at_once(client)
    except FAILURES as error:
        raise SourceError(f"the target cannot be looked up ({type(error).__name__})") from None


def move_mails(account: ImapAccount, validity: int, uids: Sequence[int], target: str) -> None:
    """Move mails of a folder to another one.

    Raises
    ------
    SourceError
        When the server does not move them; those before stay moved.
    """
    client, now = account.open_folder(is_writable=True)
    try:
        if now != validity:
            raise SourceError("the server has numbered the mails anew: move them by hand")
        for start in range(0, len(uids), MOVED_AT_ONCE):
            _move(client, list(uids[start : start + MOVED_AT_ONCE]), target)
    except FAILURES as error:
        why = "it refuses to" if isinstance(error, IMAPClientError) else type(error).__name__
        raise SourceError(f"{account.host} does not move mails ({why})") from None
    finally:
        close(client)


def _move(client: IMAPClient, uids: list[int], target: str) -> None:
    if _is_moved_at_once(client):  # RFC 6851 §3.1
        client.move(uids, target)
        return
    client.copy(uids, target)
    client.delete_messages(uids, silent=True)
    client.uid_expunge(uids)  # no other mail that someone has marked (RFC 4315 §2.1)


def _is_moved_at_once(client: IMAPClient) -> bool:
    """Whether the server knows MOVE; otherwise it must remove single mails."""
    if client.has_capability("MOVE"):
        return True
    if not client.has_capability("UIDPLUS"):
        raise SourceError("the server moves no mails (it offers neither MOVE nor UIDPLUS)")
    return False
