"""What an OAuth 2 server answers to a request for a token (RFC 6749 §5): tokens, or why not."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from tlsrpt_analysis.errors import SourceError
from tlsrpt_analysis.intake.sources.oauth.tokens import LARGEST_TOKEN

ODD_ANSWERS = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
"""What reading an answer raises when it is not what the standard says."""

_CODE = re.compile(r"[a-z_]{1,40}")
_MICROSOFT_CODE = re.compile(r"\bAADSTS[0-9]{4,9}\b")

_REMEDIES = {
    "access_denied": "the consent was refused: ask whoever administers the account to consent",
    "authorization_pending": "nobody entered the code in time: run it again",
    "expired_token": "nobody entered the code in time: run it again",
    "invalid_client": "check the client id, and the secret or certificate of the application",
    "invalid_grant": "the consent was revoked, the password changed, or the login is too old:"
    " run `tlsrpt-analysis login` again",
    "invalid_scope": "check the permissions of the application's registration",
    "unauthorized_client": "check the client id and the tenant, and that the application's"
    " registration allows this kind of login",
}


@dataclass(frozen=True, slots=True)
class Grant:
    """An access token, and the refresh token that brings the next one, where there is one."""

    access_token: str = field(repr=False)
    refresh_token: str = field(default="", repr=False)


def grant_of(answer: object, host: str) -> Grant:
    """Return the tokens of an answer.

    Raises
    ------
    SourceError
        When it holds none; only codes of the server are repeated, none of its sentences.
    """
    if not isinstance(answer, dict):
        raise SourceError(f"{host} sent no answer of OAuth 2: check the authority")
    access, refresh = answer.get("access_token"), answer.get("refresh_token") or ""
    if not isinstance(access, str) or not isinstance(refresh, str):
        raise SourceError(f"{host} issues no token ({refusal(answer)}")
    if max(len(access), len(refresh)) > LARGEST_TOKEN:
        raise SourceError(f"{host} issues a token of more than {LARGEST_TOKEN:,} bytes")
    return Grant(access, refresh)


def refusal(answer: Mapping[str, object]) -> str:
    """Return the code of an error and what to do, as the end of a sentence in parentheses."""
    error, description = answer.get("error"), answer.get("error_description")
    code = error if isinstance(error, str) and _CODE.fullmatch(error) else "no known reason"
    found = _MICROSOFT_CODE.search(description[:2_000]) if isinstance(description, str) else None
    remedy = _REMEDIES.get(code, "check the application's registration")
    return f"{code}{f', {found[0]}' if found else ''}): {remedy}"


def json_object(content: bytes | str, host: str) -> dict[str, object]:
    """Return an object of JSON.

    Raises
    ------
    SourceError
        When it is none.
    """
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise SourceError(f"{host} sent no JSON: check the address, and try again later")
    return found
