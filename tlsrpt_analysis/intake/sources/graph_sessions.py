"""Requests to Microsoft Graph: with a token, in the pace that it allows, to its own host only."""

import json
import os
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Self
from urllib.parse import quote, unquote, urlsplit

from tlsrpt_analysis.errors import SourceError
from tlsrpt_analysis.intake.sources.oauth.grants import json_object
from tlsrpt_analysis.intake.sources.oauth.tokens import Tokens, without_token
from tlsrpt_analysis.intake.sources.web_connections import place_of
from tlsrpt_analysis.intake.sources.web_requests import LARGEST_ANSWER, WebAnswer, WebClient
from tlsrpt_analysis.intake.wrappings.streams import readable_name

GRAPH = "TLSRPT_GRAPH"
"""The environment variable with the address of Graph, for national clouds."""

PUBLIC_GRAPH = "https://graph.microsoft.com"

SESSION_SECONDS = 4 * 3_600
"""From the first request to the last."""

LONGEST_WAIT = 300
"""The longest time to wait, in seconds, before Graph is asked again."""

MOST_WAITS = 8
"""How often one request is repeated because Graph is busy."""

_BUSY = frozenset({429, 503, 504})
_CODE = re.compile(r"[A-Za-z.]{1,60}")
_PREFERENCES = 'IdType="ImmutableId", odata.maxpagesize=50'  # a mail that is moved keeps its id


class NotFoundError(Exception):
    """Graph does not have what was asked for."""


class FailedError(SourceError):
    """Graph fails at one thing, and may not fail at others."""


class ForgottenError(Exception):
    """Graph no longer knows what it listed before."""


@dataclass(frozen=True, slots=True)
class GraphAccount:
    """A folder of a mailbox, by the names of the folders that lead to it."""

    user: str
    folders: tuple[str, ...]
    graph: str = PUBLIC_GRAPH
    tokens: Tokens = field(default_factory=Tokens, compare=False)

    @property
    def name(self) -> str:
        """The address as it is shown."""
        return readable_name(f"{self.account}/{'/'.join(self.folders)}")

    @property
    def account(self) -> str:
        """The address without the folder, under which a login is kept."""
        return readable_name(f"graph://{self.user}")

    @property
    def host(self) -> str:
        """The host of Graph."""
        return place_of(self.graph).hostname or ""

    def address(self, *path: str) -> str:
        """Return the address of something in the mailbox."""
        words = "/".join(quote(word, safe="") for word in ("users", self.user, *path))
        return f"{self.graph}/v1.0/{words}"


def parse_graph_address(address: str) -> GraphAccount:
    """Read an address like ``graph://user@example.com/Inbox``; the default folder is the Inbox.

    Raises
    ------
    SourceError
        When it has no user, or Graph is at no address.

    Examples
    --------
    >>> parse_graph_address("graph://reports@example.com/Inbox/TLS%20reports").folders
    ('Inbox', 'TLS reports')
    """
    graph = (os.environ.get(GRAPH) or PUBLIC_GRAPH).rstrip("/")
    try:
        parts = urlsplit(address)
        is_secure = place_of(graph).scheme == "https"
    except (ValueError, OSError):
        is_secure = False
    if not is_secure:
        raise SourceError(f"this is not an address: write graph://user@host/folder, and {GRAPH} as https://host")  # fmt: skip
    user = unquote(parts.netloc)
    folders = tuple(unquote(name) for name in parts.path.split("/") if name) or ("Inbox",)
    if not user or ":" in user or not "".join((user, *folders)).isprintable():
        raise SourceError("the user is missing or odd: write graph://user@example.com/folder")
    return GraphAccount(user, folders, graph)


class GraphSession:
    """Requests for one mailbox, over one connection."""

    def __init__(self, account: GraphAccount) -> None:
        self._account = account
        self._client = WebClient()
        self._end = time.monotonic() + SESSION_SECONDS

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def page(self, address: str) -> dict[str, object]:
        """Return an object of JSON.

        Raises
        ------
        SourceError
            When there is none, with what to do.
        NotFoundError, ForgottenError
            When Graph does not have it, or has it no more.
        """
        answer = self.answer("GET", address)
        return json_object(answer.body, self._account.host)

    def answer(
        self,
        method: str,
        address: str,
        content: Mapping[str, str] | None = None,
        *,
        most_bytes: int = LARGEST_ANSWER,
    ) -> WebAnswer:
        """Return an answer, waiting as Graph wishes; see `page`."""
        self._assert_own(address)
        is_renewed = False
        for turn in range(MOST_WAITS + 1):
            answer = self._once(method, address, content, most_bytes)
            if answer.status == 401 and not is_renewed and self._account.tokens.renewed():
                is_renewed = True
                answer = self._once(method, address, content, most_bytes)
            if answer.status not in _BUSY or turn == MOST_WAITS:
                break
            self._wait(_pause(answer.fields.get("retry-after", ""), turn))
        if answer.status in {200, 201}:
            return answer
        raise self._failure(answer)

    def _assert_own(self, address: str) -> None:
        """Refuse a link that leads elsewhere, where the token would go with it."""
        try:
            place, own = place_of(address), place_of(self._account.graph)
        except OSError:
            raise SourceError(f"{self._account.host} sent a link that is none") from None
        if (place.scheme, place.netloc) != (own.scheme, own.netloc):
            host = readable_name(place.hostname or "")
            raise SourceError(f"{self._account.host} sent a link to another host, {host}")

    def _once(
        self, method: str, address: str, content: Mapping[str, str] | None, most_bytes: int
    ) -> WebAnswer:
        fields = {
            "Authorization": f"Bearer {self._account.tokens.token()}",
            "Prefer": _PREFERENCES,
        }
        body = b"" if content is None else json.dumps(content).encode()
        if content is not None:
            fields["Content-Type"] = "application/json"
        for is_last in (False, True):
            if time.monotonic() >= self._end:
                raise SourceError("the session took too long: run it again to read the rest")
            try:
                return self._client.request(method, address, fields, body, most_bytes=most_bytes)
            except OSError as error:
                if is_last or method != "GET":
                    raise SourceError(
                        f"no answer from {self._account.host} ({error.strerror}): run it again"
                    ) from None
        raise SourceError("no answer")  # pragma: no cover - the second turn returns or raises

    def _wait(self, seconds: float) -> None:
        if seconds > LONGEST_WAIT:
            raise SourceError(
                f"{self._account.host} is busy for more than {LONGEST_WAIT} seconds: run it later"
            )
        time.sleep(seconds)

    def _failure(self, answer: WebAnswer) -> Exception:
        account, code = self._account, _code_of(answer.body, self._account.tokens)
        if answer.status == 404:
            return NotFoundError(code)
        if answer.status == 410 or code in {"SyncStateNotFound", "resyncRequired"}:
            return ForgottenError(code)
        reason = f"HTTP status {answer.status}{f', {code}' if code else ''}"
        if answer.status == 401:
            remedy = account.tokens.remedy
            return SourceError(
                f"{account.host} refuses the token of {account.user!r} ({reason}): {remedy}"
            )
        if answer.status == 403:
            return SourceError(
                f"the application may not read the mailbox of {account.user!r} ({reason}): give it"
                " Mail.Read (Mail.ReadWrite to move mails), consent, and access to this mailbox"
            )
        if answer.status in _BUSY:
            return SourceError(f"{account.host} stays busy ({reason}): run it later")
        return FailedError(f"{account.host} does not answer ({reason})")


def _pause(wish: str, turn: int) -> float:
    """Return how many seconds to wait, as an answer wishes or twice as long each time."""
    if wish.isascii() and wish.isdecimal() and len(wish) < 10:
        return int(wish)
    try:
        return max(0.0, parsedate_to_datetime(wish[:100]).timestamp() - time.time())
    except (ValueError, OverflowError):
        return min(2.0**turn, LONGEST_WAIT)


def _code_of(body: bytes, tokens: Tokens) -> str:
    try:
        code = json.loads(body)["error"]["code"]
    except (LookupError, RecursionError, TypeError, ValueError):
        return ""
    is_one = isinstance(code, str) and _CODE.fullmatch(code)
    return without_token(code, tokens.token()) if is_one else ""
