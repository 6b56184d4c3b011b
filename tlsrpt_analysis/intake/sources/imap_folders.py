"""The mails of an IMAP folder, read in batches and never marked as read (RFC 3501 §6.4.5).

A large mail whose structure shows that it can hold no report is not fetched.
"""

import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any, Self

from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientError

from tlsrpt_analysis.errors import SourceError
from tlsrpt_analysis.intake.limits import Limits
from tlsrpt_analysis.intake.outcomes import Problem, Rejected, Skipped
from tlsrpt_analysis.intake.sources.files import FetchedMail, MailEnd, MailFolder, MailRead
from tlsrpt_analysis.intake.sources.imap_accounts import (
    ImapAccount,
    close,
    parse_imap_address,
    whole,
    with_tokens,
)
from tlsrpt_analysis.intake.sources.imap_connection import (
    COMMAND_BYTES,
    FAILURES,
    ODD_ANSWERS,
    Bounds,
)
from tlsrpt_analysis.intake.sources.imap_moves import assert_target, move_mails
from tlsrpt_analysis.intake.sources.imap_structure import may_start_report, text_sections
from tlsrpt_analysis.intake.sources.mailbox_access import MailboxAccess
from tlsrpt_analysis.intake.wrappings.streams import member_name

BATCH_MAILS = 500
"""Mails whose sizes are requested at once."""

BATCH_BYTES = 8_000_000
"""Mails are fetched together up to this many bytes, which are held in memory."""

SMALL_MAIL_BYTES = 32_768
"""A mail up to this size is fetched without checking its structure, which costs as much."""

SESSION_SECONDS = 4 * 3_600
"""From logging in to the last mail: a gigabyte takes two hours at a megabit a second."""

_HEAD_BYTES = 256  # of a text, to see whether it starts like a report


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
        return _numbers(position)[0] == self.validity

    def mails(self, limits: Limits) -> Iterator[MailRead]:
        """Yield each mail of the folder, or why it was not fetched."""
        try:
            with _Session(self.account, limits) as session:
                yield from self._mails(session, limits)
        except SourceError as error:
            yield Rejected(Problem(self.name, "source", "rejected", str(error)))

    def move(self, mails: Sequence[str], target: str) -> None:
        """Move mails by their UIDs."""
        move_mails(self.account, self.validity, [int(uid) for uid in mails], target)

    def _mails(self, session: "_Session", limits: Limits) -> Iterator[MailRead]:
        validity, last = _numbers(self.start or "")
        if last and validity != session.validity:
            raise SourceError("the server has numbered the mails anew: run it again")
        uids = session.uids(last)
        if not uids:
            if not last:
                yield Skipped(Problem(self.name, "source", "skipped", "a folder without mails"))
            uids_read = [MailEnd("", f"{session.validity} {last}")]
            yield from uids_read if self.start is not None else ()
        for start in range(0, len(uids), BATCH_MAILS):
            for uid, found in session.batch(uids[start : start + BATCH_MAILS], limits):
                if self.start is None:
                    yield found
                    continue
                if session.is_lost:  # the mails that follow are read next time
                    raise SourceError(f"{session.loss()}: run it again to read the rest")
                yield found
                yield MailEnd(str(uid), f"{session.validity} {uid}")


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


def _numbers(position: str) -> tuple[int, int]:
    """Return the UIDVALIDITY and the UID of a position; zeros for the beginning of a folder."""
    validity, _, uid = position.partition(" ")
    is_one = validity.isdecimal() and uid.isdecimal() and len(position) < 30
    return (int(validity), int(uid)) if is_one else (0, 0)


class _LostError(Exception):
    """The server does not answer, even after a second connection."""


class _Session:
    """An open folder; a broken connection is renewed once per request."""

    def __init__(self, account: ImapAccount, limits: Limits) -> None:
        self._account = account
        most_bytes = max(COMMAND_BYTES, 2 * limits.mail_bytes)
        self._bounds = Bounds(time.monotonic() + SESSION_SECONDS, most_bytes)
        self._client, self.validity = account.open_folder(self._bounds)
        self.is_lost = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        close(self._client)

    def uids(self, last: int) -> list[int]:
        """Return the UIDs of all mails in the folder after the last one that was read before."""
        wanted = ["UID", f"{last + 1}:*"] if last else "ALL"  # * is the last mail, even a known one
        try:
            found = {whole(uid) for uid in self._client.search(wanted)}
            return sorted(uid for uid in found if uid > last)
        except FAILURES as error:
            raise SourceError(f"the folder cannot be searched ({type(error).__name__})") from None

    def batch(
        self, uids: list[int], limits: Limits
    ) -> Iterator[tuple[int, FetchedMail | Rejected | Skipped]]:
        """Yield some mails in order with their UIDs, or the outcome if one was not fetched."""
        try:
            sizes = self._sizes(uids)
            large = [uid for uid in uids if sizes.get(uid, 0) > SMALL_MAIL_BYTES]
            passed_over = self._without_reports(large)
        except _LostError:
            yield from ((uid, self._not_read(uid)) for uid in uids)
            return
        waiting: list[int] = []
        for uid in uids:
            if uid in passed_over:
                yield from self._fetched(waiting, limits)
                waiting = []
                message = "a mail without a TLS report"
                yield uid, Skipped(Problem(self._name(uid), "mail", "skipped", message))
                continue
            if (
                sum(sizes.get(next_uid, limits.mail_bytes) for next_uid in (*waiting, uid))
                > BATCH_BYTES
            ):
                yield from self._fetched(waiting, limits)
                waiting = []
            waiting.append(uid)
        yield from self._fetched(waiting, limits)

    def _fetched(
        self, uids: list[int], limits: Limits
    ) -> Iterator[tuple[int, FetchedMail | Rejected]]:
        key = f"BODY[]<0.{limits.mail_bytes + 1}>"
        try:
            mails = self._fetch(uids, [key.replace("BODY", "BODY.PEEK")])
        except _LostError:
            mails = {}
        except IMAPClientError:  # the server cannot read one of them: find out which
            if len(uids) > 1:
                for uid in uids:
                    yield from self._fetched([uid], limits)
                return
            mails = {}
        for uid in uids:
            raw = mails.get(uid, {}).get(b"BODY[]<0>")
            if isinstance(raw, bytes):
                yield uid, FetchedMail(self._name(uid), raw)
            else:
                yield uid, self._not_read(uid)

    def _without_reports(self, uids: list[int]) -> set[int]:
        """Return the mails that cannot hold a report, by their structure and the start of their texts."""
        passed_over = set()
        by_sections: dict[tuple[str, ...], dict[int, dict[str, str]]] = {}
        for uid, data in self._structures(uids).items():
            sections = text_sections(data.get(b"BODYSTRUCTURE"))
            if sections is not None:
                by_sections.setdefault(tuple(sections), {})[uid] = sections
        for names, mails in by_sections.items():
            items = [f"BODY.PEEK[{name}]<0.{_HEAD_BYTES}>" for name in names]
            heads = self._heads(list(mails), items)
            for uid, sections in mails.items():
                starts = [heads.get(uid, {}).get(f"BODY[{name}]<0>".encode()) for name in names]
                texts = zip(starts, sections.values(), strict=True)
                if not any(may_start_report(head, encoding) for head, encoding in texts):
                    passed_over.add(uid)
        return passed_over

    def _heads(self, uids: list[int], items: list[str]) -> dict[int, dict[bytes, Any]]:
        try:
            return self._fetch(uids, items) if items else {}
        except IMAPClientError:
            return {}

    def _sizes(self, uids: list[int]) -> dict[int, int]:
        try:
            found = self._fetch(uids, ["RFC822.SIZE"])
        except IMAPClientError:
            return {}
        sizes = {uid: data.get(b"RFC822.SIZE") for uid, data in found.items()}
        return {uid: size for uid, size in sizes.items() if isinstance(size, int) and size >= 0}

    def _structures(self, uids: list[int]) -> dict[int, dict[bytes, Any]]:
        try:
            return self._fetch(uids, ["BODYSTRUCTURE"])
        except IMAPClientError:
            return {}  # a structure can be unreadable: then the mail is fetched

    def _fetch(self, uids: list[int], items: list[str]) -> dict[int, dict[bytes, Any]]:
        if not uids:
            return {}
        for _ in range(2):
            if self.is_lost:
                break
            try:
                return dict(self._client.fetch(uids, items))
            except (IMAPClient.AbortError, OSError):
                self._reconnect()
            except ODD_ANSWERS:
                raise IMAPClientError("an odd answer") from None
        self.is_lost = True
        raise _LostError

    def _reconnect(self) -> None:
        close(self._client)
        try:
            self._client, validity = self._account.open_folder(self._bounds)
        except SourceError:
            self.is_lost = True
            return
        self.is_lost = validity != self.validity  # the UIDs now mean other mails

    def loss(self) -> str:
        """Return why the server does not answer any more."""
        is_late = time.monotonic() >= self._bounds.deadline
        return "the session took too long" if is_late else "the connection was lost"

    def _name(self, uid: int) -> str:
        return member_name(self._account.name, f"mail {uid}")

    def _not_read(self, uid: int) -> Rejected:
        reason = self.loss() if self.is_lost else "it was deleted, or the server failed"
        message = f"the mail could not be fetched ({reason}): load the folder again"
        return Rejected(Problem(self._name(uid), "source", "rejected", message))
