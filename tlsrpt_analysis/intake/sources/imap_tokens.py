"""Logging in to an IMAP server with a token of OAuth 2, in whichever way the server offers."""

import json
import re

from imapclient import IMAPClient
from imapclient.exceptions import LoginError

from tlsrpt_analysis.errors import SourceError
from tlsrpt_analysis.intake.sources.imap_connection import FAILURES
from tlsrpt_analysis.intake.sources.oauth.tokens import without_token

_STATUS = re.compile(r"[A-Za-z0-9_.-]{1,40}")
_SCOPE = re.compile(r"[\x21-\x7e ]{1,200}")
_LARGEST_ANSWER = 2_000  # bytes of a refusal


class TokenRefusedError(Exception):
    """The server refuses a token; the text says why, as far as it says it."""


class _Dialogue:
    """The client's side: the token once, and an empty answer to the error that follows.

    A server explains a refusal in JSON before it refuses (RFC 7628 §3.2.2).
    """

    def __init__(self, first: str, last: bytes) -> None:
        self._answers = [first.encode(), last]
        self.challenge = b""

    def __call__(self, challenge: bytes) -> bytes | None:
        self.challenge = challenge[:_LARGEST_ANSWER]
        return self._answers.pop(0) if self._answers else None


def log_in_with_token(client: IMAPClient, user: str, server: tuple[str, int], token: str) -> None:
    """Log in with OAUTHBEARER or XOAUTH2.

    Raises
    ------
    TokenRefusedError
        When the server refuses the token.
    SourceError
        When the server offers neither, or does not answer.
    """
    host, port = server
    try:
        if client.has_capability("AUTH=OAUTHBEARER"):  # RFC 7628 §3
            mechanism, dialogue = "OAUTHBEARER", _Dialogue(_bearer(user, host, port, token), b"\1")
        elif client.has_capability("AUTH=XOAUTH2"):
            mechanism, dialogue = "XOAUTH2", _Dialogue(_older(user, token), b"")
        else:
            raise SourceError(
                f"{host} takes no OAuth 2 token (it offers neither OAUTHBEARER nor XOAUTH2):"
                " use a password"
            )
        client.sasl_login(mechanism, dialogue)
    except LoginError:
        raise TokenRefusedError(reason_of(dialogue.challenge, token)) from None
    except FAILURES as error:
        raise SourceError(f"{host} refused the login ({type(error).__name__})") from None


def _bearer(user: str, host: str, port: int, token: str) -> str:
    name = user.replace("=", "=3D").replace(",", "=2C")  # RFC 5801 §4
    return f"n,a={name},\1host={host}\1port={port}\1auth=Bearer {token}\1\1"


def _older(user: str, token: str) -> str:
    return f"user={user}\1auth=Bearer {token}\1\1"


def reason_of(challenge: bytes, token: str) -> str:
    """Return what may be shown of the reason for which a server refuses a token.

    Examples
    --------
    >>> reason_of(b'{"status": "invalid_token"}', "a-token")
    ' (status invalid_token)'
    """
    try:
        found = json.loads(challenge)
        status, scope = found.get("status", ""), found.get("scope", "")
    except (ValueError, AttributeError, RecursionError):
        return ""
    parts = []
    if isinstance(status, str) and _STATUS.fullmatch(status):
        parts.append(f"status {without_token(status, token)}")
    if isinstance(scope, str) and _SCOPE.fullmatch(scope):
        parts.append(f"it wants the scope {without_token(scope, token)}")
    return f" ({'; '.join(parts)})" if parts else ""
