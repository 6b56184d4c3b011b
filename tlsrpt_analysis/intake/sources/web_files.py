"""Files at ``https://`` and ``http://`` addresses: bounded, timed, and never from HTTPS to HTTP.

A file is fetched whole into a temporary file without a name, as archives are read from their end.
"""

import errno
import io
import ipaddress
import socket
import tempfile
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import SplitResult, unquote, urlsplit

from tlsrpt_analysis.errors import SourceError
from tlsrpt_analysis.intake.sources.files import Source, change_number, shown_address
from tlsrpt_analysis.intake.sources.web_connections import (
    Answer,
    Deadline,
    connected,
    failed,
    place_of,
)
from tlsrpt_analysis.intake.wrappings.streams import readable_name

LARGEST_BYTES = 2_000_000_000
"""The largest file: the archives of years are smaller."""

FETCH_SECONDS = 3_600
"""How long fetching one file may take, redirects included."""

MOST_REDIRECTS = 5

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
                for piece in answer.body(LARGEST_BYTES):
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


def _found(address: str, answer: Answer, place: SplitResult) -> WebFile:
    host, name = urlsplit(address).hostname, shown_address(address)
    if place.hostname != host:
        name = f"{name} (from {readable_name(place.hostname or '')})"
    attributes = [f"{key}={value}" for key in _CHANGES if (value := answer.field(key))]
    return WebFile(name, address, answer.size(), change_number(attributes))


class _NoHeadError(OSError):
    """The server knows no HEAD."""


@contextmanager
def _answered(address: str, method: str) -> Iterator[tuple[Answer, SplitResult]]:
    """Yield the answer to a request, and the address that it came from after redirects."""
    deadline = Deadline.after(FETCH_SECONDS)
    place = place_of(address)
    user = _credentials(place)
    is_local = False
    for turn in range(MOST_REDIRECTS + 1):
        with connected(place, deadline) as connection:
            if turn and not is_local and _is_local(connection.sock):
                raise failed(f"a redirect into a local network, to {_host(place)}")
            is_local = is_local or (turn == 0 and _is_local(connection.sock))
            fields = [("Connection", "close"), *([("Authorization", user)] if user else [])]
            answer = connection.request(method, place, fields)
            if answer.status not in _REDIRECTS:
                _check(answer)
                yield answer, place
                return
            target = place_of(answer.field("location"), base=place.geturl())
        if place.scheme == "https" and target.scheme != "https":
            raise failed(f"a redirect from HTTPS to plain HTTP, to {_host(target)}")
        if (target.scheme, target.netloc) != (place.scheme, place.netloc):
            user = ""  # a password is for its own server
        place = target
    raise failed(f"more than {MOST_REDIRECTS} redirects")


def _host(place: SplitResult) -> str:
    return readable_name(place.hostname or "")


def _credentials(place: SplitResult) -> str:
    """Return the field of a user and password in an address."""
    if place.username is None:
        return ""
    pair = f"{unquote(place.username)}:{unquote(place.password or '')}"
    return f"Basic {b64encode(pair.encode()).decode()}"


def _is_local(sock: socket.socket) -> bool:
    return not ipaddress.ip_address(sock.getpeername()[0].partition("%")[0]).is_global


def _check(answer: Answer) -> None:
    """Raise an error unless this is the whole file."""
    if answer.status in _NO_HEAD:
        raise _NoHeadError(errno.EIO, f"HTTP status {answer.status}")
    if answer.status != 200:
        raise failed(f"HTTP status {answer.status}")
    if answer.size() > LARGEST_BYTES:
        raise failed(f"it has more than {LARGEST_BYTES:,} bytes")
