"""Answers over HTTPS, read from bytes instead of a server."""

import asyncio
import contextlib
import io

from tlsrpt_analysis.intake.sources.web_connections import Connection, Deadline, place_of
from tlsrpt_analysis.probes.policy_fetch import LARGEST_POLICY, get_policy

PIECE_BYTES = 700
MOST_BYTES = 10_000

_POLICY = b"version: STSv1\r\nmode: enforce\r\nmx: *.example.com\r\nmax_age: 86400\r\n"
SERVED = [
    b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 66\r\n\r\n" + _POLICY,
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n42\r\n" + _POLICY + b"\r\n0\r\n\r\n",
    b"HTTP/1.1 302 Found\r\nLocation: https://a.example/\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 206 Partial\r\nContent-Range: bytes 0-1/2\r\n\r\nab",
]


class _Server:
    """A connection, over TLS or not, on which a server sends some bytes and is gone."""

    def __init__(self, content: bytes) -> None:
        self._left = io.BytesIO(content)

    def settimeout(self, seconds: float) -> None:
        """Wait for nothing."""

    def sendall(self, content: bytes) -> None:
        """Ignore what is asked."""

    def recv(self, size: int) -> bytes:
        """Return the next piece."""
        return self._left.read(min(size, PIECE_BYTES))

    async def write(self, content: bytes) -> None:
        """Ignore what is asked."""

    async def read(self) -> bytes:
        """Return the next piece."""
        return self._left.read(PIECE_BYTES)

    async def close_notify(self) -> None:
        """End the connection."""


def read_policy(content: bytes) -> None:
    """Read an answer as a probe reads that of a policy host."""
    answer = asyncio.run(get_policy(_Server(content), "mta-sts.example.com"))
    assert answer.outcome
    assert len(answer.body) <= LARGEST_POLICY


def read_file(content: bytes) -> None:
    """Read an answer as that of a web server with reports."""
    connection = Connection(_Server(content), Deadline.after(60))
    with contextlib.suppress(OSError):
        answer = connection.request("GET", place_of("https://reports.example/a.json"))
        assert answer.size() < 10**15
        assert sum(map(len, answer.body(MOST_BYTES))) <= MOST_BYTES
