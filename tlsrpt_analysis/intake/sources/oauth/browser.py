"""Tokens of any OpenID provider, for example Google: a login in the browser of this machine.

The browser comes back to a port of this machine (RFC 8252 §7.3), with a code that only the process
that asked can exchange (RFC 7636 §4).
"""

import base64
import hashlib
import os
import secrets
import sys
import time
import webbrowser
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import ClassVar
from urllib.parse import parse_qs, urlencode, urlsplit

from tlsrpt_analysis.errors import SourceError
from tlsrpt_analysis.intake.sources.oauth.grants import Grant, grant_of, json_object, refusal
from tlsrpt_analysis.intake.sources.web_connections import place_of
from tlsrpt_analysis.intake.sources.web_requests import WebClient
from tlsrpt_analysis.shown_texts import shown

GOOGLE = "https://accounts.google.com"
GOOGLE_SCOPE = "https://mail.google.com/"

LOGIN_SECONDS = 600
"""How long the user may take in the browser."""

SILENT_SECONDS = 2
"""How long a browser may keep the port busy without a request."""

LARGEST_ANSWER = 200_000


@dataclass(frozen=True, slots=True)
class Provider:
    """Where a provider lets users log in and issues tokens."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str


@dataclass(frozen=True, slots=True)
class Client:
    """An application as it is registered; installed ones have a secret that is none."""

    client_id: str
    client_secret: str = field(default="", repr=False)


def find_provider(authority: str) -> Provider:
    """Find the addresses of a provider in the document that it publishes.

    Raises
    ------
    SourceError
        When there is none, or it speaks for another provider.
    """
    issuer = authority.rstrip("/")
    found = _asked("GET", f"{issuer}/.well-known/openid-configuration", {})
    if str(found.get("issuer", "")).rstrip("/") != issuer:
        raise SourceError(f"{shown(issuer)} speaks for another issuer: check --authority")
    addresses = [str(found.get(f"{name}_endpoint", "")) for name in ("authorization", "token")]
    if any(_scheme(address) != "https" for address in addresses):
        raise SourceError(f"{shown(issuer)} names no HTTPS address for logins and tokens")
    return Provider(issuer, *addresses)


def browser_login(
    provider: Provider, client: Client, request: Mapping[str, str], show: Callable[[str], object]
) -> Grant:
    """Log in a user in a browser.

    Parameters
    ----------
    provider : Provider
        Where.
    client : Client
        The application.
    request : mapping of str to str
        The scope, and whatever else the provider should know.
    show : callable
        Called with the sentence that names the page.

    Raises
    ------
    SourceError
        When nobody logs in in time, or consent is refused.
    """
    verifier, state = secrets.token_urlsafe(48), secrets.token_urlsafe(24)
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest())
    with _listener(state) as server:
        redirect = f"http://127.0.0.1:{server.server_port}/"
        query = {
            **request,
            "response_type": "code",
            "client_id": client.client_id,
            "redirect_uri": redirect,
            "state": state,
            "code_challenge": challenge.rstrip(b"=").decode(),
            "code_challenge_method": "S256",
        }
        address = f"{provider.authorization_endpoint}?{urlencode(query)}"
        port = server.server_port
        show(
            f"Open this page in a browser on this machine, or on one where `ssh -L {port}:127.0.0.1:"
            f"{port} HOST` leads here:\n{address}"
        )
        if _has_desktop():
            webbrowser.open(address)
        answer = server.waited_for(time.monotonic() + LOGIN_SECONDS)
    if answer.get("iss", provider.issuer).rstrip("/") != provider.issuer:  # RFC 9207 §2.4
        raise SourceError("another provider answered: run it again")
    if "code" not in answer:
        raise SourceError(f"the login failed ({refusal(answer)}")
    form = {
        "grant_type": "authorization_code",
        "code": answer["code"],
        "redirect_uri": redirect,
        "code_verifier": verifier,
    }
    return _granted(provider.token_endpoint, client, form)


def renewed_grant(token_endpoint: str, client: Client, refresh_token: str) -> Grant:
    """Exchange a refresh token for an access token (RFC 6749 §6).

    Raises
    ------
    SourceError
        When the consent was revoked, or there is no answer.
    """
    form = {"grant_type": "refresh_token", "refresh_token": refresh_token}
    return _granted(token_endpoint, client, form)


def _granted(endpoint: str, client: Client, form: Mapping[str, str]) -> Grant:
    secret = {"client_secret": client.client_secret} if client.client_secret else {}
    answer = _asked("POST", endpoint, {**form, "client_id": client.client_id, **secret})
    return grant_of(answer, shown(urlsplit(endpoint).hostname or ""))


def _asked(method: str, address: str, form: Mapping[str, str]) -> dict[str, object]:
    fields = {"Accept": "application/json"}
    if form:
        fields["Content-Type"] = "application/x-www-form-urlencoded"
    try:
        host = shown(place_of(address).hostname or "")
        with WebClient() as client:
            answer = client.request(
                method, address, fields, urlencode(form).encode(), most_bytes=LARGEST_ANSWER
            )
    except OSError as error:
        raise SourceError(
            f"no answer from {shown(address)} ({error.strerror}): check the authority and the network"
        ) from None
    return json_object(answer.body, host)


def _has_desktop() -> bool:
    """Whether a browser opens beside the terminal, and not in it."""
    is_shown = any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))
    return is_shown or sys.platform in {"darwin", "win32"}


def _scheme(address: str) -> str:
    try:
        return place_of(address).scheme
    except OSError:
        return ""


class _Listener(HTTPServer):
    """Waits for the browser; what others send to its port changes nothing."""

    state: str
    answer: dict[str, str] | None = None

    def waited_for(self, end: float) -> dict[str, str]:
        """Return what the browser brings."""
        while self.answer is None:
            self.timeout = end - time.monotonic()
            if self.timeout <= 0:
                raise SourceError("nobody logged in in time: run it again")
            self.handle_request()
        return self.answer

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of a browser that leaves."""


class _Request(BaseHTTPRequestHandler):
    server: _Listener
    timeout = SILENT_SECONDS
    _PAGE: ClassVar = b"You are logged in, or have declined: close this page.\n"

    def do_GET(self) -> None:
        found = {key: values[0] for key, values in parse_qs(urlsplit(self.path).query).items()}
        is_ours = secrets.compare_digest(
            found.get("state", "").encode(), self.server.state.encode()
        )
        if is_ours:
            self.server.answer = found
        self.send_response(200 if is_ours else 404)
        self.send_header("Content-Type", "text/plain")
        self.end_headers()
        self.wfile.write(self._PAGE if is_ours else b"")

    def log_message(self, *_: object) -> None:
        """Say nothing, as the address holds the code."""


@contextmanager
def _listener(state: str) -> Iterator[_Listener]:
    with _Listener(("127.0.0.1", 0), _Request) as server:
        server.state = state
        yield server
