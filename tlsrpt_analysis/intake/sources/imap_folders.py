"""Folders of mails on IMAP servers: found, read from where the last run ended, and left as they are."""

import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress

from imapclient import IMAPClient

from tlsrpt_analysis.errors import SourceError
from tlsrpt_analysis.intake.limits import Limits
from tlsrpt_analysis.intake.outcomes import Problem, Rejected, Skipped
from tlsrpt_analysis.intake.sources.files import MailEnd, MailFolder, MailRead
from tlsrpt_analysis.intake.sources.imap_accounts import (
    ImapAccount,
    close,
    parse_imap_address,
    whole,
    with_tokens,
)
from tlsrpt_analysis.intake.sources.imap_connection import FAILURES
from tlsrpt_analysis.intake.sources.imap_moves import assert_target, move_mails
from tlsrpt_analysis.intake.sources.imap_positions import ImapPosition
from tlsrpt_analysis.intake.sources.imap_sessions import ImapSession, mail_name
from tlsrpt_analysis.intake.sources.mailbox_access import MailboxAccess

BATCH_MAILS = 500
"""Mails whose sizes are requested at once."""


class ImapFolder(MailFolder, frozen=True):
    """A folder of mails on an IMAP server; a position is its UIDVALIDITY and the last UID read."""

    account: ImapAccount
    contents: tuple[int, int]  # how many mails, and a number that changes when they do
    validity: int = 0  # while it stays the same, so do the UIDs (RFC 3501 §2.3.1.1)

    def state(self) -> tuple[int, int]:
        """Return how many mails it had when it was found, and a number that new mails change."""
        return self.contents

    def continues(self, position: str) -> bool:
        """Whether UIDs still mean the same mails."""
        return ImapPosition.of(position).validity == self.validity

    def mails(self, limits: Limits) -> Iterator[MailRead]:
        """Yield each mail of the folder, or why it was not fetched."""
        try:
            with ImapSession(self.account, limits) as session:
                yield from self._mails(session, limits)
        except SourceError as error:
            yield Rejected(Problem(self.name, "source", "rejected", str(error)))

    def move(self, mails: Sequence[str], target: str) -> None:
        """Move mails by their UIDs."""
        move_mails(self.account, self.validity, [int(uid) for uid in mails], target)

    def tried_again(self) -> tuple[str, ...]:
        """Return the names of mails at which the server failed before."""
        return tuple(mail_name(self.account, uid) for uid in ImapPosition.of(self.start).failed)

    def _mails(self, session: ImapSession, limits: Limits) -> Iterator[MailRead]:
        position = ImapPosition.of(self.start)
        if position.validity not in {0, session.validity}:
            raise SourceError("the server has numbered the mails anew: run it again")
        position.validity = session.validity
        uids = [*position.failed, *session.uids(position.last)]
        if not uids:
            if not position.last:
                yield Skipped(Problem(self.name, "source", "skipped", "a folder without mails"))
            yield from [MailEnd("", position.text())] if self.start is not None else ()
        for start in range(0, len(uids), BATCH_MAILS):
            for uid, found in session.batch(uids[start : start + BATCH_MAILS], limits):
                if self.start is None:
                    yield found
                    continue
                if session.is_lost:  # the mails that follow are read next time
                    raise SourceError(f"{session.loss()}: run it again to read the rest")
                position.note(uid, is_failed=uid in session.failed)
                yield found
                yield MailEnd(str(uid), position.text())


def find_imap_folder(address: str, access: MailboxAccess) -> ImapFolder:
    """Find a folder by its address and check that it can be opened.

    Raises
    ------
    SourceError
        When it cannot be opened, or there is no folder to move mails to.
    """
    account = with_tokens(parse_imap_address(address), access.token_command)
    client, validity = account.open_folder()
    try:
        if access.move_to:
            assert_target(client, account, access.move_to)
        size = _size(client, account.folder)
        contents = _contents(client, account.folder, validity)
        return ImapFolder(account.name, account.name, size, account, contents, validity)
    finally:
        close(client)


def _size(client: IMAPClient, folder: str) -> int:
    """Return the size of a folder if the server knows it, for the progress bar."""
    with suppress(*FAILURES):
        if client.has_capability("STATUS=SIZE"):
            size = int(client.folder_status(folder, ["SIZE"])[b"SIZE"])
            return size if 0 <= size < sys.maxsize else 0
    return 0


def _contents(client: IMAPClient, folder: str, validity: int) -> tuple[int, int]:
    """Return the number of mails, and UIDVALIDITY with UIDNEXT as one number."""
    with suppress(*FAILURES):
        status = client.folder_status(folder, ["MESSAGES", "UIDNEXT"])
        return whole(status[b"MESSAGES"]), (validity << 31) ^ whole(status[b"UIDNEXT"])
    return 0, time.time_ns()
