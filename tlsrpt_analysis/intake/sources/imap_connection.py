"""An IMAP connection that bounds what its server may send, and until when.

imaplib takes literals of any size, and a server may send a byte a minute.
"""

import socket
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from imapclient import IMAPClient, SocketTimeout
from imapclient.exceptions import IMAPClientError
from imapclient.imap4 import IMAP4WithTimeout
from imapclient.tls import IMAP4_TLS

COMMAND_BYTES = 40_000_000
"""What a server may send from one command to the next: a batch of mails, or one of the largest."""

LINE_BYTES = 10_000_000
"""The longest line: the numbers of a million mails."""

CONNECT_SECONDS = 20
READ_SECONDS = 120
"""How long a server may be silent."""

PIECE_BYTES = 65_536

ODD_ANSWERS = (
    *(ArithmeticError, AssertionError, AttributeError, LookupError, RecursionError, TypeError),
    ValueError,
)
"""What imaplib and imapclient raise when an answer is not what the standard says (RFC 3501 §7)."""

FAILURES = (IMAPClientError, OSError, *ODD_ANSWERS)
"""What any request may raise: a refusal, a lost connection or an odd answer."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """Until when a session lasts, by the clock of `time.monotonic`, and what one answer may hold."""

    deadline: float
    most_bytes: int = COMMAND_BYTES


class BoundedClient(IMAPClient):  # type: ignore[misc]  # it has no types
    """A client whose server is kept within bounds."""

    def __init__(
        self,
        host: str,
        port: int,
        *,
        is_tls: bool,
        context: ssl.SSLContext,
        bounds: Bounds,
    ) -> None:
        self._bounds = bounds
        timeout = SocketTimeout(CONNECT_SECONDS, READ_SECONDS)
        super().__init__(host, port, ssl=is_tls, ssl_context=context, timeout=timeout)
        self._imap.debug = 0  # imapclient turns it on, which costs ten times the memory of a mail

    def _create_IMAP4(self) -> "_Bounded":  # noqa: N802 - the name of imapclient
        if self.ssl:
            return _OverTls(self._bounds, self.host, self.port, self.ssl_context, CONNECT_SECONDS)
        return _Plain(self._bounds, self.host, self.port, CONNECT_SECONDS)


class _Bounded:
    """The reading of `imaplib.IMAP4`, counted and timed."""

    sock: socket.socket
    untagged_responses: dict[str, Any]
    abort: Callable[[str], Exception]

    def __init__(self, bounds: Bounds, *connection: object) -> None:
        self._bounds = bounds
        self._left_bytes = bounds.most_bytes
        self._received = bytearray()
        self._from: socket.socket | None = None
        super().__init__(*connection)

    def _new_tag(self) -> bytes:
        """Begin a command, and forget what the server said unasked."""
        self._left_bytes = self._bounds.most_bytes
        self.untagged_responses.clear()
        tag: bytes = super()._new_tag()  # type: ignore[misc]
        return tag

    def read(self, size: int) -> bytes:
        """Read a literal."""
        self._spend(size)
        self._forget_plain_text()
        while len(self._received) < size and self._receive():
            pass
        return self._taken(size)

    def readline(self) -> bytes:
        """Read a line with its end."""
        self._forget_plain_text()
        seen = 0
        while (end := self._received.find(b"\n", seen)) < 0:
            seen = len(self._received)
            if seen > LINE_BYTES:
                raise self.abort(f"the server sent a line of more than {LINE_BYTES:,} bytes")
            if not self._receive():
                break
        line = self._taken(end + 1 if end >= 0 else len(self._received))
        self._spend(len(line))
        return line

    def _receive(self) -> bool:
        """Wait for more bytes; return False at their end."""
        left = self._bounds.deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("the session took too long")
        self.sock.settimeout(min(READ_SECONDS, left))
        piece = self.sock.recv(PIECE_BYTES)
        self._received += piece
        return bool(piece)

    def _forget_plain_text(self) -> None:
        """Drop what came before STARTTLS and was not read: anybody may have sent it."""
        if self.sock is not self._from:
            self._from = self.sock
            self._received.clear()

    def _taken(self, size: int) -> bytes:
        taken = bytes(self._received[:size])
        del self._received[:size]
        return taken

    def _spend(self, count: int) -> None:
        self._left_bytes -= count
        if self._left_bytes < 0:
            most = self._bounds.most_bytes
            raise self.abort(f"the server sent more than {most:,} bytes at once")


class _OverTls(_Bounded, IMAP4_TLS):  # type: ignore[misc]
    """Over TLS from the first byte on."""


class _Plain(_Bounded, IMAP4WithTimeout):  # type: ignore[misc]
    """Without TLS, until STARTTLS."""
