"""Logins kept in the system's keyring by ``tlsrpt-analysis login``, and the tokens they bring."""

import keyring
import keyring.errors
import msgspec

from tlsrpt_analysis.errors import SourceError
from tlsrpt_analysis.intake.sources.oauth import browser, microsoft
from tlsrpt_analysis.intake.sources.oauth.grants import Grant
from tlsrpt_analysis.intake.sources.oauth.tokens import Tokens

SERVICE = "tlsrpt-analysis"
"""The name under which a keyring shows what is kept here."""

PIECE_LETTERS = 1_000
"""The keyring of Windows takes 1,280 letters; a refresh token has up to 2,000."""

MOST_PIECES = 64


class Login(msgspec.Struct, frozen=True):
    """What renews the tokens of an account; a login in a browser has a `token_endpoint`."""

    client_id: str
    scopes: list[str]
    refresh_token: str
    authority: str
    tenant: str = ""
    token_endpoint: str = ""
    client_secret: str = ""

    def __repr__(self) -> str:
        """Leave out the secrets."""
        return f"Login(client_id={self.client_id!r}, scopes={self.scopes!r})"

    def renewed(self) -> Grant:
        """Ask for an access token.

        Raises
        ------
        SourceError
            When the consent was revoked, or there is no answer.
        """
        if self.token_endpoint:
            client = browser.Client(self.client_id, self.client_secret)
            return browser.renewed_grant(self.token_endpoint, client, self.refresh_token)
        registration = microsoft.Registration(self.client_id, self.tenant, self.authority)
        return microsoft.renewed_grant(registration, self.scopes, self.refresh_token)


class LoginTokens(Tokens):
    """The tokens of a login in the keyring, which keeps each new refresh token."""

    def __init__(self, account: str) -> None:
        super().__init__()
        self._account = account

    def asked(self) -> str:
        """Renew the token, and keep what renews the next one."""
        login = kept_login(self._account)
        if login is None:
            raise SourceError(f"no login for {self._account}: run `tlsrpt-analysis login` again")
        grant = login.renewed()
        if grant.refresh_token not in {"", login.refresh_token}:
            keep_login(
                self._account, msgspec.structs.replace(login, refresh_token=grant.refresh_token)
            )
        return grant.access_token

    @property
    def origin(self) -> str:
        """The login."""
        return "what the login brought"

    @property
    def remedy(self) -> str:
        """Log in again."""
        return f"run `tlsrpt-analysis login {self._account}` again, as the user of that mailbox"


def kept_login(account: str) -> Login | None:
    """Return the login of an account such as ``imaps://user@host``, if the keyring has one."""
    pieces: list[str] = []
    try:
        while len(pieces) < MOST_PIECES:
            piece = keyring.get_password(SERVICE, _entry(account, len(pieces)))
            pieces.append(piece or "")
            if len(pieces[-1]) < PIECE_LETTERS:
                break
    except keyring.errors.KeyringError:
        return None
    try:
        return msgspec.json.decode("".join(pieces), type=Login)
    except msgspec.MsgspecError:
        return None


def keep_login(account: str, login: Login) -> None:
    """Keep a login in the keyring.

    Raises
    ------
    SourceError
        When there is no keyring.
    """
    text = msgspec.json.encode(login).decode()
    starts = range(0, len(text) + 1, PIECE_LETTERS)  # the last piece is a shorter one
    try:
        for number, start in enumerate(starts):
            piece = text[start : start + PIECE_LETTERS]
            keyring.set_password(SERVICE, _entry(account, number), piece)
    except keyring.errors.KeyringError as error:
        raise SourceError(
            f"the keyring keeps no login ({type(error).__name__}): unlock or install one, or use"
            " --token-command or an application's own permission (docs/sources.md)"
        ) from None


def forget_login(account: str) -> bool:
    """Remove a login from the keyring; return whether there was one."""
    number = 0
    try:
        while number < MOST_PIECES and keyring.get_password(SERVICE, _entry(account, number)):
            keyring.delete_password(SERVICE, _entry(account, number))
            number += 1
    except keyring.errors.KeyringError:
        return False
    return number > 0


def assert_keyring() -> None:
    """Make sure that the keyring keeps what it is given, before a user logs in.

    Raises
    ------
    SourceError
        When it does not.
    """
    trial = Login("trial", [], "", "")
    keep_login("trial", trial)
    forget_login("trial")


def _entry(account: str, number: int) -> str:
    return f"{account} {number}" if number else account
