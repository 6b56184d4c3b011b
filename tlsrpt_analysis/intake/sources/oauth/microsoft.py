"""Tokens of Microsoft Entra, by its own library: the device code, renewal, and applications."""

import os
import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import urlencode

import msal
from msal.exceptions import MsalError

from tlsrpt_analysis.errors import SourceError
from tlsrpt_analysis.intake.sources.oauth.grants import ODD_ANSWERS, Grant, grant_of, refusal
from tlsrpt_analysis.intake.sources.oauth.tokens import Tokens, first_line
from tlsrpt_analysis.intake.sources.web_connections import failed, place_of
from tlsrpt_analysis.intake.sources.web_requests import WebClient
from tlsrpt_analysis.shown_texts import shown

PUBLIC_CLOUD = "https://login.microsoftonline.com"
"""Where accounts of Microsoft 365 log in, except those of national clouds."""

CLIENT_ID, TENANT, AUTHORITY = "TLSRPT_CLIENT_ID", "TLSRPT_TENANT", "TLSRPT_AUTHORITY"
SECRET = "TLSRPT_CLIENT_SECRET"  # noqa: S105 - the name of a variable
CERTIFICATE = "TLSRPT_CLIENT_CERTIFICATE"
"""Variables with an application that reads mailboxes by itself; `_FILE` and `_COMMAND` may follow
the name of the secret."""

LONGEST_DEVICE_LOGIN = 1_800
"""Seconds for entering a code; Microsoft gives 15 minutes."""

SLOWER_SECONDS = 5
"""What ``slow_down`` adds to the pause between two questions (RFC 8628 §3.5)."""

LONGEST_PAUSE = 60
_HTTP_ERROR = re.compile(r"HTTP Error: \d{3}")  # as msal says it
LARGEST_ANSWER = 200_000
LARGEST_CREDENTIAL = 65_536


class _Answer:
    """An answer as msal wants it."""

    def __init__(self, status: int, text: str, fields: Mapping[str, str]) -> None:
        self.status_code = status
        self.text = text
        self.headers = dict(fields)

    def raise_for_status(self) -> None:
        if self.status_code >= 400:
            raise failed(f"HTTP status {self.status_code}")


class _Http:
    """The requests of msal: bounded, without redirects, and secrets only to the authority."""

    def __init__(self, authority: str) -> None:
        self._host = place_of(authority).netloc
        self._client = WebClient()

    def get(
        self,
        url: str,
        params: Mapping[str, str] = MappingProxyType({}),
        headers: Mapping[str, str] | None = None,
        **_: object,
    ) -> _Answer:
        address = f"{url}?{urlencode(params)}" if params else url
        return self._answer("GET", address, headers or {}, b"")

    def post(
        self,
        url: str,
        params: Mapping[str, str] | None = None,  # noqa: ARG002 - msal sends none
        data: Mapping[str, str | None] | None = None,
        headers: Mapping[str, str] | None = None,
        **_: object,
    ) -> _Answer:
        if place_of(url).netloc != self._host:
            raise failed("it wants the login at another host")
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        sent = {key: value for key, value in (data or {}).items() if value is not None}
        return self._answer("POST", url, {**(headers or {}), **form}, urlencode(sent).encode())

    def close(self) -> None:
        self._client.close()

    def _answer(self, method: str, url: str, fields: Mapping[str, str], body: bytes) -> _Answer:
        texts = {key: str(value) for key, value in fields.items()}
        answer = self._client.request(method, url, texts, body, most_bytes=LARGEST_ANSWER)
        return _Answer(answer.status, answer.body.decode("utf-8", "replace"), answer.fields)


@dataclass(frozen=True, slots=True)
class Registration:
    """An application as it is registered: its id, its tenant, and where that logs in."""

    client_id: str
    tenant: str
    authority: str = PUBLIC_CLOUD

    @property
    def host(self) -> str:
        """The host that issues its tokens, for errors."""
        return shown(place_of(self.authority).hostname or "")


def device_login(
    registration: Registration, scopes: list[str], show: Callable[[str], object]
) -> Grant:
    """Log in a user, who enters a code on any device (RFC 8628 §3).

    Parameters
    ----------
    registration : Registration
        The application.
    scopes : list of str
        What it may do.
    show : callable
        Called with the sentence that names the page and the code.

    Raises
    ------
    SourceError
        When nobody enters the code in time, or consent is refused.
    """
    with _application(registration) as application:
        flow = application.initiate_device_flow(scopes)
        if not isinstance(flow.get("user_code"), str):
            raise SourceError(f"{registration.host} begins no login ({refusal(flow)}")
        end = time.monotonic() + min(flow["expires_in"], LONGEST_DEVICE_LOGIN)
        page = place_of(str(flow["verification_uri"])).geturl()
        show(f"Open {shown(page)} in a browser and enter the code {shown(flow['user_code'], 40)}")
        pause = max(1, min(flow["interval"], LONGEST_PAUSE))
        while True:
            time.sleep(pause)
            answer = application.acquire_token_by_device_flow(
                dict(flow),  # or msal would warn of pauses that it did not make
                exit_condition=lambda _: True,
            )
            code = answer.get("error")
            if code not in {"authorization_pending", "slow_down"} or time.monotonic() >= end:
                return grant_of(answer, registration.host)
            pause = min(pause + SLOWER_SECONDS * (code == "slow_down"), LONGEST_PAUSE)


def renewed_grant(registration: Registration, scopes: list[str], refresh_token: str) -> Grant:
    """Exchange a refresh token for an access token (RFC 6749 §6).

    Raises
    ------
    SourceError
        When the consent was revoked, or there is no answer.
    """
    with _application(registration) as application:
        answer = application.acquire_token_by_refresh_token(refresh_token, scopes)
        return grant_of(answer, registration.host)


class ApplicationTokens(Tokens):
    """Tokens of an application that reads mailboxes by itself, without a user who logs in."""

    def __init__(self, scope: str) -> None:
        super().__init__()
        self._scope = scope

    def asked(self) -> str:
        """Ask with the application's secret or certificate (RFC 6749 §4.4)."""
        tenant = os.environ.get(TENANT)
        if not tenant:
            raise SourceError(f"{CLIENT_ID} is set but not {TENANT}: name the tenant")
        authority = os.environ.get(AUTHORITY) or PUBLIC_CLOUD
        registration = Registration(os.environ[CLIENT_ID], tenant, authority)
        with _application(registration, _credential()) as application:
            answer = application.acquire_token_for_client([self._scope])
            return grant_of(answer, registration.host).access_token

    @property
    def origin(self) -> str:
        """The application."""
        return "what the application got"

    @property
    def remedy(self) -> str:
        """Permissions are given in two places."""
        return (
            "check the application's permissions and the administrator's consent, and that it was"
            " granted access to this mailbox (docs/sources.md)"
        )


@contextmanager
def _application(registration: Registration, credential: object = None) -> Iterator[Any]:
    """Yield msal's client; whatever goes wrong with it is one plain error."""
    kind = msal.PublicClientApplication
    if credential is not None:
        kind = msal.ConfidentialClientApplication
    authority = registration.authority.rstrip("/")
    try:
        http = _Http(authority)
        try:
            yield kind(
                registration.client_id,
                client_credential=credential,
                authority=f"{authority}/{registration.tenant}",
                http_client=http,
                instance_discovery=None if authority == PUBLIC_CLOUD else False,
            )
        finally:
            http.close()
    except (OSError, MsalError, *ODD_ANSWERS) as error:
        raise SourceError(
            f"no token from {shown(authority)} ({_reason(error)}): check the client id, the tenant,"
            " the authority and the network, or try again later"
        ) from None


def _reason(error: Exception) -> str:
    """Return what may be shown of an error: never a sentence of the server."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    text = str(error)[:40]
    return text if _HTTP_ERROR.fullmatch(text) else type(error).__name__


def _credential() -> object:
    """Return the secret or certificate that the environment names."""
    if certificate := os.environ.get(CERTIFICATE):
        pem = _content(certificate)
        return {"private_key": pem, "public_certificate": pem}
    if secret := os.environ.get(SECRET):
        return secret
    if file := os.environ.get(f"{SECRET}_FILE"):
        return _content(file).strip()
    if command := os.environ.get(f"{SECRET}_COMMAND"):
        return first_line(command, "the command for the application's secret")
    raise SourceError(
        f"{CLIENT_ID} is set, but no secret: set {SECRET}, {SECRET}_FILE or {SECRET}_COMMAND, or"
        f" {CERTIFICATE} to a file with the certificate and its key"
    )


def _content(path: str) -> str:
    try:
        with Path(path).open(encoding="utf-8") as file:
            return file.read(LARGEST_CREDENTIAL)
    except (OSError, UnicodeDecodeError) as error:
        why = (error.strerror if isinstance(error, OSError) else "") or "no text"
        raise SourceError(f"{shown(path)} cannot be read ({why})") from None
