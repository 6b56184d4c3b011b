"""A client of one HTTPS service: its connection is kept, its answers are bounded, redirects refused."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self
from urllib.parse import SplitResult

from tlsrpt_analysis.intake.sources.web_connections import (
    Connection,
    Deadline,
    connected,
    failed,
    place_of,
)

LARGEST_ANSWER = 4_000_000
"""Bytes of an answer: a page of a thousand messages has a tenth of it."""

REQUEST_SECONDS = 120
"""How long one request may take."""


@dataclass(frozen=True, slots=True)
class WebAnswer:
    """A whole answer; its header's fields are named in lower case."""

    status: int
    fields: Mapping[str, str]
    body: bytes


class WebClient:
    """Requests to HTTPS addresses; the last connection is used again for the same server."""

    def __init__(self) -> None:
        self._connection: Connection | None = None
        self._server = ("", 0)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def request(
        self,
        method: str,
        address: str,
        fields: Mapping[str, str],
        body: bytes = b"",
        *,
        most_bytes: int = LARGEST_ANSWER,
    ) -> WebAnswer:
        """Send a request and return the answer, whatever its status; no redirect is followed.

        Of a body, no more than `most_bytes` are read.

        Raises
        ------
        OSError
            When the address is not HTTPS, or the server is gone or too slow.
        """
        place = place_of(address)
        if place.scheme != "https":
            raise failed("an address without HTTPS")
        connection = self._opened(place, Deadline.after(REQUEST_SECONDS))
        try:
            answer = connection.request(method, place, tuple(fields.items()), body)
            content = bytearray()
            for piece in answer.body(sys.maxsize):
                content += piece
                if len(content) >= most_bytes:
                    break
        except BaseException:
            self.close()
            raise
        if not connection.is_ready_for_more():
            self.close()
        return WebAnswer(answer.status, answer.fields(), bytes(content[:most_bytes]))

    def _opened(self, place: SplitResult, deadline: Deadline) -> Connection:
        connection = self._connection
        if connection is None or self._server != _server(place) or connection.is_closed_by_server():
            self.close()
            connection = self._connection = connected(place, deadline)
            self._server = _server(place)
        connection.deadline = deadline
        return connection


def _server(place: SplitResult) -> tuple[str, int]:
    return place.hostname or "", place.port or 443
