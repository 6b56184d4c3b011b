"""Files at ``https://`` and ``http://`` addresses: bounded, timed, and never from HTTPS to HTTP.

A file is fetched whole into a temporary file without a name, as archives are read from their end.
"""

import errno
import io
import ipaddress
import socket
import ssl
import tempfile
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import SplitResult, quote, unquote, urljoin, urlsplit

import h11

from tlsrpt_analysis.errors import SourceError
from tlsrpt_analysis.intake.sources.files import Source, change_number, shown_address
from tlsrpt_analysis.intake.wrappings.streams import readable_name

LARGEST_BYTES = 2_000_000_000
"""The largest file: the archives of years are smaller."""

CONNECT_SECONDS = 20
SILENT_SECONDS = 60
"""How long a server may send nothing."""

FETCH_SECONDS = 3_600
"""How long fetching one file may take, redirects included."""

MOST_REDIRECTS = 5
LARGEST_HEADER = 65_536
PIECE_BYTES = 65_536

_SAFE = "/%:@!$&'()*+,;=~?"
"""Characters of a path or query that stay as they are (RFC 3986 §3.3)."""

_NO_HEAD = frozenset({405, 501})
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_CHANGES = ("etag", "last-modified")


class WebFile(Source, frozen=True):
    """A file on a web server."""

    version: int  # from its header when it was found

    def state(self) -> tuple[int, int]:
        """Return its size, and a number that changes when the file changes on the server.

        Raises
        ------
        OSError
            When the server sends no field that shows changes.
        """
        if not self.version:
            raise OSError(errno.ENODATA, "nothing shows whether it has changed")
        return self.size, self.version

    def open(self, *, on_read: Callable[[int], object] | None = None) -> io.RawIOBase:
        """Fetch the file; `on_read` is called with the number of bytes of each piece."""
        file = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115 - the caller closes it
        try:
            with _answered(self.path, "GET") as (answer, _):
                for piece in answer.body():
                    file.write(piece)
                    if on_read is not None:
                        on_read(len(piece))
            file.seek(0)
        except BaseException:
            file.close()
            raise
        return file


def find_web_file(address: str) -> WebFile:
    """Find a file by its address, with its size if the server says it.

    Raises
    ------
    SourceError
        When the server does not have it.
    """
    try:
        try:
            with _answered(address, "HEAD") as (answer, place):
                return _found(address, answer, place)
        except _NoHeadError:
            with _answered(address, "GET") as (answer, place):
                return _found(address, answer, place)
    except OSError as error:
        raise SourceError(f"it cannot be read ({error.strerror})") from None


def _found(address: str, answer: "_Answer", place: SplitResult) -> WebFile:
    host, name = urlsplit(address).hostname, shown_address(address)
    if place.hostname != host:
        name = f"{name} (from {readable_name(place.hostname or '')})"
    attributes = [f"{key}={value}" for key in _CHANGES if (value := answer.field(key))]
    return WebFile(name, address, answer.size(), change_number(attributes))


class _NoHeadError(OSError):
    """The server knows no HEAD."""


@contextmanager
def _answered(address: str, method: str) -> Iterator[tuple["_Answer", SplitResult]]:
    """Yield the answer to a request, and the address that it came from after redirects."""
    deadline = time.monotonic() + FETCH_SECONDS
    place = _place(address)
    user = _credentials(place)
    is_local = False
    for turn in range(MOST_REDIRECTS + 1):
        with _connected(place, deadline) as connection:
            if turn and not is_local and _is_local(connection.sock):
                raise _failed(f"a redirect into a local network, to {_host(place)}")
            is_local = is_local or (turn == 0 and _is_local(connection.sock))
            answer = connection.request(method, place, user)
            if answer.status not in _REDIRECTS:
                answer.check()
                yield answer, place
                return
            target = _place(answer.field("location"), base=place.geturl())
        if place.scheme == "https" and target.scheme != "https":
            raise _failed(f"a redirect from HTTPS to plain HTTP, to {_host(target)}")
        if (target.scheme, target.netloc) != (place.scheme, place.netloc):
            user = ""  # a password is for its own server
        place = target
    raise _failed(f"more than {MOST_REDIRECTS} redirects")


def _place(address: str, base: str = "") -> SplitResult:
    try:
        place = urlsplit(urljoin(base, address))
        _ = place.port, (place.hostname or "").encode("idna")
    except ValueError:
        raise _failed("an address that is none") from None
    if place.scheme not in {"http", "https"} or not place.hostname:
        raise _failed("an address that is none")
    return place


def _host(place: SplitResult) -> str:
    return readable_name(place.hostname or "")


def _authority(place: SplitResult) -> str:
    port = f":{place.port}" if place.port else ""
    host = (place.hostname or "").encode("idna").decode()
    return f"[{host}]{port}" if ":" in host else f"{host}{port}"


def _target(place: SplitResult) -> str:
    target = quote(place.path or "/", safe=_SAFE)
    return f"{target}?{quote(place.query, safe=_SAFE)}" if place.query else target


def _credentials(place: SplitResult) -> str:
    """Return the field of a user and password in an address."""
    if place.username is None:
        return ""
    pair = f"{unquote(place.username)}:{unquote(place.password or '')}"
    return f"Basic {b64encode(pair.encode()).decode()}"


def _is_local(sock: socket.socket) -> bool:
    return not ipaddress.ip_address(sock.getpeername()[0].partition("%")[0]).is_global


@contextmanager
def _connected(place: SplitResult, deadline: float) -> Iterator["_Connection"]:
    port = place.port or (443 if place.scheme == "https" else 80)
    try:
        sock = socket.create_connection((place.hostname or "", port), CONNECT_SECONDS)
    except OSError as error:
        raise _failed(f"no connection: {error.strerror or type(error).__name__}") from None
    with sock:
        if place.scheme == "https":
            sock = _over_tls(sock, place.hostname or "")
        with sock:
            yield _Connection(sock, deadline)


def _over_tls(sock: socket.socket, host: str) -> socket.socket:
    try:
        return ssl.create_default_context().wrap_socket(sock, server_hostname=host)
    except ssl.SSLCertVerificationError as error:
        raise _failed(f"its certificate is not trusted: {error.verify_message}") from None
    except OSError as error:
        raise _failed(f"no TLS: {type(error).__name__}") from None


@dataclass(slots=True)
class _Connection:
    """One request over one connection."""

    sock: socket.socket
    deadline: float

    def request(self, method: str, place: SplitResult, user: str) -> "_Answer":
        """Send the request and wait for the header of the answer."""
        protocol = h11.Connection(h11.CLIENT, max_incomplete_event_size=LARGEST_HEADER)
        headers = [
            ("Host", _authority(place)),
            ("Accept-Encoding", "identity"),
            ("Connection", "close"),
            *([("Authorization", user)] if user else []),
        ]
        try:
            request = h11.Request(method=method, target=_target(place), headers=headers)
        except h11.LocalProtocolError:
            raise _failed("an address that is none") from None
        asked = (protocol.send(request) or b"") + (protocol.send(h11.EndOfMessage()) or b"")
        try:
            self.sock.sendall(asked)
        except OSError as error:
            raise _failed(type(error).__name__) from None
        for event in self.events(protocol):
            if isinstance(event, h11.Response):
                return _Answer(self, protocol, event)
        raise _failed("no answer")

    def events(self, protocol: h11.Connection) -> Iterator[object]:
        """Yield what the server sends."""
        try:
            while True:
                event = protocol.next_event()
                if event is h11.NEED_DATA:
                    protocol.receive_data(self._received())
                elif isinstance(event, (h11.EndOfMessage, h11.ConnectionClosed)):
                    return
                else:
                    yield event
        except h11.RemoteProtocolError:
            raise _failed("no HTTP, or less than it announced") from None

    def _received(self) -> bytes:
        try:
            left = self.deadline - time.monotonic()
            if left > 0:
                self.sock.settimeout(min(SILENT_SECONDS, left))
                return self.sock.recv(PIECE_BYTES)
        except TimeoutError:
            if left > SILENT_SECONDS:
                raise _failed("silent for too long") from None
        except OSError as error:
            raise _failed(type(error).__name__) from None
        raise _failed(f"not whole after {FETCH_SECONDS:,} seconds")


@dataclass(slots=True)
class _Answer:
    """The header of an answer, and its body as it comes."""

    connection: _Connection
    protocol: h11.Connection
    response: h11.Response

    @property
    def status(self) -> int:
        return self.response.status_code

    def field(self, name: str) -> str:
        found = (value for key, value in self.response.headers if key == name.encode())
        return next(found, b"").decode("latin-1")

    def size(self) -> int:
        """Return how many bytes the body has, if the server says it."""
        text = self.field("content-length")
        return int(text) if text.isdecimal() and len(text) < 15 else 0

    def check(self) -> None:
        """Raise an error unless this is the whole file."""
        if self.status in _NO_HEAD:
            raise _NoHeadError(errno.EIO, f"HTTP status {self.status}")
        if self.status != 200:
            raise _failed(f"HTTP status {self.status}")
        if self.size() > LARGEST_BYTES:
            raise _failed(f"it has more than {LARGEST_BYTES:,} bytes")

    def body(self) -> Iterator[bytes]:
        """Yield the file, piece by piece."""
        size = 0
        for event in self.connection.events(self.protocol):
            if isinstance(event, h11.Data):
                size += len(event.data)
                if size > LARGEST_BYTES:
                    raise _failed(f"it has more than {LARGEST_BYTES:,} bytes")
                yield bytes(event.data)


def _failed(why: str) -> OSError:
    return OSError(errno.EIO, why)
