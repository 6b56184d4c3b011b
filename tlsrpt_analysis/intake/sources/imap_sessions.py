"""A folder on an IMAP server while its mails are fetched, in batches and never marked as read.

They are fetched with BODY.PEEK (RFC 3501 §6.4.5).
A large mail whose structure shows that it can hold no report is not fetched.
"""

import time
from collections.abc import Iterator
from typing import Any, Self

from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientError

from tlsrpt_analysis.errors import SourceError
from tlsrpt_analysis.intake.limits import Limits
from tlsrpt_analysis.intake.outcomes import Problem, Rejected, Skipped
from tlsrpt_analysis.intake.sources.files import FetchedMail
from tlsrpt_analysis.intake.sources.imap_accounts import ImapAccount, close, whole
from tlsrpt_analysis.intake.sources.imap_connection import (
    COMMAND_BYTES,
    FAILURES,
    ODD_ANSWERS,
    Bounds,
)
from tlsrpt_analysis.intake.sources.imap_structure import may_start_report, text_sections
from tlsrpt_analysis.intake.wrappings.streams import member_name

BATCH_BYTES = 8_000_000
"""Mails are fetched together up to this many bytes, which are held in memory."""

SMALL_MAIL_BYTES = 32_768
"""A mail up to this size is fetched without checking its structure, which costs as much."""

SESSION_SECONDS = 4 * 3_600
"""From logging in to the last mail: a gigabyte takes two hours at a megabit a second."""

_HEAD_BYTES = 256  # of a text, to see whether it starts like a report


def mail_name(account: ImapAccount, uid: int) -> str:
    """Return the name of a mail, for people."""
    return member_name(account.name, f"mail {uid}")


class LostError(Exception):
    """The server does not answer, even after a second connection."""


class ImapSession:
    """An open folder; a broken connection is renewed once per request."""

    def __init__(self, account: ImapAccount, limits: Limits) -> None:
        self._account = account
        most_bytes = max(COMMAND_BYTES, 2 * limits.mail_bytes)
        self._bounds = Bounds(time.monotonic() + SESSION_SECONDS, most_bytes)
        self._client, self.validity = account.open_folder(self._bounds)
        self.is_lost = False
        self.failed: set[int] = set()  # mails at which the server failed

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
        except LostError:
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
        except LostError:
            mails = {}
        except IMAPClientError:  # the server cannot read one of them: find out which
            if len(uids) > 1:
                for uid in uids:
                    yield from self._fetched([uid], limits)
                return
            mails = {}
            self.failed.update(uids)
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
        raise LostError

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
        if time.monotonic() >= self._bounds.deadline:
            return "the session took too long"
        return "the connection was lost"

    def _name(self, uid: int) -> str:
        return mail_name(self._account, uid)

    def _not_read(self, uid: int) -> Rejected:
        reason = self.loss() if self.is_lost else "it was deleted, or the server failed"
        why = f"the mail could not be fetched ({reason}): load the folder again"
        return Rejected(Problem(self._name(uid), "source", "rejected", why))
