"""The mails of a folder at Microsoft 365, read over Microsoft Graph and left as they are."""

import errno
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import quote, urlencode

from tlsrpt_analysis.errors import SourceError
from tlsrpt_analysis.intake.limits import Limits
from tlsrpt_analysis.intake.outcomes import Problem, Rejected, Skipped
from tlsrpt_analysis.intake.sources.files import FetchedMail, MailEnd, MailFolder, MailRead
from tlsrpt_analysis.intake.sources.graph_positions import GraphPosition, mail_digest
from tlsrpt_analysis.intake.sources.graph_sessions import (
    FailedError,
    ForgottenError,
    GraphAccount,
    GraphSession,
    NotFoundError,
    parse_graph_address,
)
from tlsrpt_analysis.intake.sources.mailbox_access import MailboxAccess
from tlsrpt_analysis.intake.sources.oauth.choice import graph_tokens
from tlsrpt_analysis.intake.wrappings.streams import member_name, readable_name

MOST_PAGES = 100_000
"""Pages of 50 mails: more than a mailbox holds."""

MOST_EMPTY_PAGES = 1_000
"""Pages in a row without a mail."""

LONGEST_LINK = 8_000
LONGEST_ID = 1_000
MOST_IN_PAGE = 1_000

FORGOTTEN = "forgotten"
"""The position in a folder of which Graph no longer knows what it listed."""

_WELL_KNOWN = frozenset({"inbox", "archive", "junkemail", "deleteditems", "drafts", "sentitems"})
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a list of mails: their ids and names, and where the list continues or ended."""

    mails: list[tuple[str, str]]
    next_link: str
    end_link: str


class GraphFolder(MailFolder, frozen=True):
    """A folder of mails at Microsoft 365.

    A position is the id of the folder, a link that lists mails, and which of those were read.
    """

    account: GraphAccount
    folder_id: str

    def state(self) -> tuple[int, int]:
        """Raise, as only its list shows whether mails came; it is short if none did.

        Raises
        ------
        OSError
            Always.
        """
        raise OSError(errno.ENODATA, "only its list shows whether mails came")

    def continues(self, position: str) -> bool:
        """Whether the position is one of this folder, which may be another of the same name."""
        return position.startswith(f"{self.folder_id}\n")

    def tried_again(self) -> tuple[str, ...]:
        """Return the names of mails at which Graph failed before."""
        position = GraphPosition.of(self.folder_id, self.start, "")
        return tuple(member_name(self.name, name) for name in position.failed.values())

    def mails(self, limits: Limits) -> Iterator[MailRead]:
        """Yield each mail of the folder, or why it was not fetched."""
        reason = "the folder is gone: check its name"
        try:
            with GraphSession(self.account) as session:
                yield from self._mails(session, limits)
        except SourceError as error:
            reason = str(error)
        except NotFoundError:
            pass
        except ForgottenError:
            reason = "Graph has forgotten what was read: run it again to read the whole folder"
            if self.start is not None:
                yield MailEnd("", FORGOTTEN)
        else:
            return
        yield Rejected(Problem(self.name, "source", "rejected", reason))

    def move(self, mails: Sequence[str], target: str) -> None:
        """Move mails by their ids, one by one."""
        with GraphSession(self.account) as session:
            folder_id = _folder_id(session, self.account, _names(target))
            for mail in mails:
                address = self.account.address("messages", mail, "move")
                try:
                    session.answer("POST", address, {"destinationId": folder_id})
                except NotFoundError:
                    continue  # someone else was faster
                except ForgottenError:
                    raise SourceError("Graph moves no mails") from None

    def _mails(self, session: GraphSession, limits: Limits) -> Iterator[MailRead]:
        position = GraphPosition.of(self.folder_id, self.start, self._list())
        for mail, name in list(position.failed.items()):
            yield from self._read(session, position, (mail, name), limits)
        is_empty = position.is_empty
        empty = 0
        for _ in range(MOST_PAGES):
            page = page_of(session.page(position.link))
            for mail, name in page.mails:
                if not position.has(mail):
                    yield from self._read(session, position, (mail, name), limits)
            is_empty = is_empty and not page.mails
            if page.end_link:
                if is_empty:
                    yield Skipped(Problem(self.name, "source", "skipped", "a folder without mails"))
                position.turn(page.end_link, is_empty=is_empty)
                yield from self._end("", position)
                return
            empty = 0 if page.mails else empty + 1
            if page.next_link == position.link or empty > MOST_EMPTY_PAGES:
                break
            position.turn(page.next_link, is_empty=is_empty)
        raise SourceError("the list of mails has no end: run it again later")

    def _read(
        self, session: GraphSession, position: GraphPosition, named: tuple[str, str], limits: Limits
    ) -> Iterator[MailRead]:
        """Yield a mail, or why it was not fetched, and its end."""
        mail, name = named
        try:
            found = self._fetched(session, mail, name, limits)
            position.note(mail)
        except FailedError as error:
            position.note_failed(mail, name)
            message = f"the mail could not be fetched: {error}"
            found = Rejected(Problem(member_name(self.name, name), "source", "rejected", message))
        yield found
        yield from self._end(mail, position)

    def _end(self, mail: str, position: GraphPosition) -> Iterator[MailEnd]:
        if self.start is not None:
            yield MailEnd(mail, position.text())

    def _list(self) -> str:
        """Return the link to the first page: of all mails, and later of those that came."""
        address = self.account.address("mailFolders", self.folder_id, "messages", "delta")
        return f"{address}?changeType=created&$select=id,receivedDateTime"

    def _fetched(
        self, session: GraphSession, mail: str, name: str, limits: Limits
    ) -> FetchedMail | Rejected:
        shown = member_name(self.name, name)
        address = f"{self.account.address('messages', mail)}/$value"
        try:
            answer = session.answer("GET", address, most_bytes=limits.mail_bytes + 1)
        except (NotFoundError, ForgottenError):
            message = (
                "the mail could not be fetched (it was deleted or moved): load the folder again"
            )
            return Rejected(Problem(shown, "source", "rejected", message))
        return FetchedMail(shown, answer.body)


def find_graph_folder(address: str, access: MailboxAccess) -> GraphFolder:
    """Find a folder by its address and check that it can be read.

    Raises
    ------
    SourceError
        When it cannot, or there is no folder to move mails to.
    """
    account = parse_graph_address(address)
    tokens = graph_tokens(account.account, account.graph, command=access.token_command)
    account = replace(account, tokens=tokens)
    with GraphSession(account) as session:
        folder_id = _folder_id(session, account, account.folders)
        if access.move_to and _folder_id(session, account, _names(access.move_to)) == folder_id:
            raise SourceError(
                "the mails are in the folder to which they would be moved: name another"
            )
    return GraphFolder(account.name, account.name, 0, account, folder_id)


def _names(folder: str) -> tuple[str, ...]:
    return tuple(name for name in folder.split("/") if name)


def _folder_id(session: GraphSession, account: GraphAccount, names: tuple[str, ...]) -> str:
    """Return the id of a folder that names lead to."""
    folder_id = ""
    for name in names:
        path = ("mailFolders", folder_id, "childFolders") if folder_id else ("mailFolders",)
        try:
            if not folder_id and name.lower() in _WELL_KNOWN:
                found = session.page(account.address("mailFolders", name.lower()))
            else:
                quoted = name.replace("'", "''")
                query = urlencode({"$filter": f"displayName eq '{quoted}'"}, quote_via=quote)
                listed = session.page(f"{account.address(*path)}?{query}").get("value")
                found = listed[0] if isinstance(listed, list) and listed else {}
        except (NotFoundError, ForgottenError):
            found = {}
        folder_id = _id_of(found)
        if not folder_id:
            raise SourceError(
                f"no folder {readable_name(name)!r} in the mailbox of {account.user!r}, or no such"
                " mailbox: check the address"
            )
    return folder_id


def _id_of(found: object) -> str:
    """Return the id of a folder or mail; empty when it has none that is usable."""
    value = found.get("id") if isinstance(found, dict) else None
    is_one = isinstance(value, str) and value.isprintable() and len(value) <= LONGEST_ID
    return value if isinstance(value, str) and is_one else ""


def page_of(content: dict[str, object]) -> Page:
    """Return a page of a list of mails.

    Raises
    ------
    SourceError
        When it is none, or names a mail without an id.
    """
    listed = content.get("value")
    links = [str(content.get(f"@odata.{name}Link") or "") for name in ("next", "delta")]
    is_one = isinstance(listed, list) and any(links) and len(max(links, key=len)) <= LONGEST_LINK
    if not isinstance(listed, list) or not is_one or len(listed) > MOST_IN_PAGE:
        raise SourceError("the list of mails is odd: run it again later")
    mails = {_id_of(found): found for found in listed if not _is_removed(found)}
    if "" in mails:
        raise SourceError("the list of mails has one without an id: run it again later")
    names = [(mail, _mail_name(mail, found)) for mail, found in mails.items()]
    return Page(names, *("".join(link.split()) for link in links))


def _is_removed(found: object) -> bool:
    return isinstance(found, dict) and "@removed" in found


def _mail_name(mail: str, found: Mapping[str, object]) -> str:
    """Return the name of a mail: when it came, and a part of the digest of its long id."""
    received = found.get("receivedDateTime")
    when = received if isinstance(received, str) and _TIME.fullmatch(received) else ""
    return " ".join(filter(None, ("mail", when, mail_digest(mail)[:8])))
