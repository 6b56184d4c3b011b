"""Requests over HTTP, each bounded in time and size; nothing here follows a redirect."""

import errno
import selectors
import socket
import ssl
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Self
from urllib.parse import SplitResult, quote, urljoin, urlsplit

import h11

CONNECT_SECONDS = 20
SILENT_SECONDS = 60
"""How long a server may send nothing."""

LARGEST_HEADER = 65_536
PIECE_BYTES = 65_536

_SAFE = "/%:@!$&'()*+,;=~?"
"""Characters of a path or query that stay as they are (RFC 3986 §3.3)."""


@dataclass(frozen=True, slots=True)
class Deadline:
    """Until when a request lasts, by the clock of `time.monotonic`, and how long that was."""

    end: float
    seconds: float

    @classmethod
    def after(cls, seconds: float) -> Self:
        """Return the deadline so many seconds from now."""
        return cls(time.monotonic() + seconds, seconds)


class Connection:
    """A connection to a server, for one request after the other."""

    def __init__(self, sock: socket.socket, deadline: Deadline) -> None:
        self.sock = sock
        self.deadline = deadline
        self._protocol = h11.Connection(h11.CLIENT, max_incomplete_event_size=LARGEST_HEADER)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection in any state."""
        self.sock.close()

    def request(
        self,
        method: str,
        place: SplitResult,
        fields: Sequence[tuple[str, str]] = (),
        body: bytes = b"",
    ) -> "Answer":
        """Send a request and wait for the header of the answer.

        Raises
        ------
        OSError
            When the server is gone, too slow, or speaks no HTTP.
        """
        headers = [("Host", authority(place)), ("Accept-Encoding", "identity"), *fields]
        if body:
            headers.append(("Content-Length", str(len(body))))
        try:
            request = h11.Request(method=method, target=target(place), headers=headers)
        except h11.LocalProtocolError:
            raise failed("an address that is none") from None
        parts: list[h11.Event] = [request, *([h11.Data(data=body)] if body else [])]
        content = b"".join(self._protocol.send(part) or b"" for part in parts)
        content += self._protocol.send(h11.EndOfMessage()) or b""
        try:
            self.sock.settimeout(SILENT_SECONDS)
            self.sock.sendall(content)
        except OSError as error:
            raise failed(type(error).__name__) from None
        for event in self.events():
            if isinstance(event, h11.Response):
                return Answer(self, event)
        raise failed("no answer")

    def is_closed_by_server(self) -> bool:
        """Whether the server has ended an idle connection, or sent something unasked."""
        with selectors.DefaultSelector() as selector:
            selector.register(self.sock, selectors.EVENT_READ)
            return bool(selector.select(0))

    def is_ready_for_more(self) -> bool:
        """Whether the last answer was read to its end, and the server takes another request."""
        try:
            self._protocol.start_next_cycle()
        except h11.LocalProtocolError:
            return False
        return True

    def events(self) -> Iterator[object]:
        """Yield what the server sends."""
        try:
            while True:
                event = self._protocol.next_event()
                if event is h11.NEED_DATA:
                    self._protocol.receive_data(self._received())
                elif isinstance(event, (h11.EndOfMessage, h11.ConnectionClosed)):
                    return
                else:
                    yield event
        except h11.RemoteProtocolError:
            raise failed("no HTTP, or less than it announced") from None

    def _received(self) -> bytes:
        try:
            left = self.deadline.end - time.monotonic()
            if left > 0:
                self.sock.settimeout(min(SILENT_SECONDS, left))
                return self.sock.recv(PIECE_BYTES)
        except TimeoutError:
            if left > SILENT_SECONDS:
                raise failed("silent for too long") from None
        except OSError as error:
            raise failed(type(error).__name__) from None
        raise failed(f"not whole after {self.deadline.seconds:,} seconds")


@dataclass(frozen=True, slots=True)
class Answer:
    """The header of an answer, and its body as it comes."""

    connection: Connection
    response: h11.Response

    @property
    def status(self) -> int:
        """The status code."""
        return self.response.status_code

    def field(self, name: str) -> str:
        """Return a field of the header, named in lower case; empty if it is missing."""
        found = (value for key, value in self.response.headers if key == name.encode())
        return next(found, b"").decode("latin-1")

    def fields(self) -> dict[str, str]:
        """Return the fields of the header, each once."""
        return {
            key.decode("latin-1"): value.decode("latin-1") for key, value in self.response.headers
        }

    def size(self) -> int:
        """Return how many bytes the body has, if the server says it."""
        text = self.field("content-length")
        return int(text) if text.isdecimal() and len(text) < 15 else 0

    def body(self, most_bytes: int) -> Iterator[bytes]:
        """Yield the body, piece by piece.

        Raises
        ------
        OSError
            When it is larger than it may be, or ends too soon.
        """
        size = 0
        for event in self.connection.events():
            if isinstance(event, h11.Data):
                size += len(event.data)
                if size > most_bytes:
                    raise failed(f"it has more than {most_bytes:,} bytes")
                yield bytes(event.data)


def connected(place: SplitResult, deadline: Deadline) -> Connection:
    """Return a connection to the server of an address.

    Raises
    ------
    OSError
        When there is none, or its certificate is not trusted.
    """
    port = place.port or (443 if place.scheme == "https" else 80)
    try:
        sock = socket.create_connection((place.hostname or "", port), CONNECT_SECONDS)
    except OSError as error:
        raise failed(f"no connection: {error.strerror or type(error).__name__}") from None
    if place.scheme == "https":
        try:
            sock = _over_tls(sock, place.hostname or "")
        except BaseException:
            sock.close()
            raise
    return Connection(sock, deadline)


def place_of(address: str, base: str = "") -> SplitResult:
    """Return the parts of an address, which may be relative to another one.

    Raises
    ------
    OSError
        When it is no address of a web server.
    """
    try:
        place = urlsplit(urljoin(base, address))
        _ = place.port, (place.hostname or "").encode("idna")
    except ValueError:
        raise failed("an address that is none") from None
    if place.scheme not in {"http", "https"} or not place.hostname:
        raise failed("an address that is none")
    return place


def authority(place: SplitResult) -> str:
    """Return the host and port of an address as a request names them."""
    port = f":{place.port}" if place.port else ""
    host = (place.hostname or "").encode("idna").decode()
    return f"[{host}]{port}" if ":" in host else f"{host}{port}"


def target(place: SplitResult) -> str:
    """Return the path and query of an address as a request names them."""
    path = quote(place.path or "/", safe=_SAFE)
    return f"{path}?{quote(place.query, safe=_SAFE)}" if place.query else path


def failed(why: str) -> OSError:
    """Return the error for a request that failed."""
    return OSError(errno.EIO, why)


def _over_tls(sock: socket.socket, host: str) -> socket.socket:
    try:
        return ssl.create_default_context().wrap_socket(sock, server_hostname=host)
    except ssl.SSLCertVerificationError as error:
        raise failed(f"its certificate is not trusted: {error.verify_message}") from None
    except OSError as error:
        raise failed(f"no TLS: {type(error).__name__}") from None
