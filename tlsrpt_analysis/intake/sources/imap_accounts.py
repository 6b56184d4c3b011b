"""An account on an IMAP server: its address, its password or token, and a folder opened read-only.

The folder is opened with EXAMINE (RFC 3501 §6.3.2), so nothing in it can change, unless mails are
to be moved.
"""

import os
import ssl
import time
from contextlib import suppress
from dataclasses import dataclass, field, replace
from urllib.parse import unquote, urlsplit

import keyring
import keyring.errors
from imapclient import IMAPClient
from imapclient.exceptions import CapabilityError, IMAPClientError, LoginError

from tlsrpt_analysis.errors import SourceError
from tlsrpt_analysis.intake.sources.imap_connection import (
    FAILURES,
    ODD_ANSWERS,
    BoundedClient,
    Bounds,
)
from tlsrpt_analysis.intake.sources.imap_tokens import TokenRefusedError, log_in_with_token
from tlsrpt_analysis.intake.sources.oauth.choice import IMAP_TOKEN, imap_tokens
from tlsrpt_analysis.intake.sources.oauth.tokens import Tokens
from tlsrpt_analysis.intake.wrappings.streams import readable_name

PASSWORD = "TLSRPT_IMAP_PASSWORD"  # noqa: S105 - the name of a variable
"""The environment variable with the password of the account."""

OPENING_SECONDS = 300
"""Logging in and opening a folder together."""

LARGEST_NUMBER = 2**32 - 1
"""Of mails, UIDs, UIDVALIDITY and the like (RFC 3501 §9)."""

_FOLDERS_SHOWN = 10


@dataclass(frozen=True, slots=True)
class ImapAccount:
    """Where a folder of mails is; neither password nor token is part of it."""

    host: str
    port: int
    is_tls: bool  # from the first byte on; else STARTTLS
    user: str
    folder: str
    tokens: Tokens | None = field(default=None, compare=False)  # instead of a password

    @property
    def name(self) -> str:
        """The address as it is shown."""
        return readable_name(f"{self.account}/{self.folder}")

    @property
    def account(self) -> str:
        """The address without the folder, under which a login is kept."""
        scheme = "imaps" if self.is_tls else "imap"
        return readable_name(f"{scheme}://{self.user}@{self.host}")

    def open_folder(
        self, bounds: Bounds | None = None, *, is_writable: bool = False
    ) -> tuple[IMAPClient, int]:
        """Log in and open the folder read-only; return the connection and its UIDVALIDITY.

        By default the session lasts some minutes.
        A token that the server refuses is renewed once.

        Raises
        ------
        SourceError
            When any of it fails.
        """
        bounds = bounds or Bounds(time.monotonic() + OPENING_SECONDS)
        try:
            return self._opened(bounds, is_writable=is_writable)
        except TokenRefusedError as error:
            refused = error
        try:
            if self.tokens is not None and self.tokens.renewed():
                return self._opened(bounds, is_writable=is_writable)
        except TokenRefusedError as error:
            refused = error
        remedy = self.tokens.remedy if self.tokens is not None else ""
        raise SourceError(
            f"{self.host} refuses the token of the user {self.user!r}{refused}: {remedy}"
        )

    def _opened(self, bounds: Bounds, *, is_writable: bool) -> tuple[IMAPClient, int]:
        secret = self.tokens.token() if self.tokens is not None else self._password()
        client = self._connected(bounds)
        try:
            if self.tokens is not None:
                log_in_with_token(client, self.user, (self.host, self.port), secret)
            else:
                self._log_in(client, secret)
            return client, self._selected(client, is_writable=is_writable)
        except BaseException:
            close(client)
            raise

    def _connected(self, bounds: Bounds) -> IMAPClient:
        context = ssl.create_default_context()  # respects SSL_CERT_FILE
        try:
            client = BoundedClient(
                self.host, self.port, is_tls=self.is_tls, context=context, bounds=bounds
            )
            try:
                if not self.is_tls:
                    client.starttls(context)
            except BaseException:
                close(client)
                raise
        except ssl.SSLCertVerificationError as error:
            raise SourceError(
                f"the certificate of {self.host} is not trusted ({error.verify_message}): name the"
                " host as its certificate does, or name its issuer's file in SSL_CERT_FILE"
            ) from None
        except CapabilityError:
            raise SourceError(
                f"{self.host} offers no STARTTLS, and no password is sent without TLS: use imaps://"
            ) from None
        except FAILURES as error:
            why = (error.strerror if isinstance(error, OSError) else "") or type(error).__name__
            raise SourceError(
                f"no connection to {self.host} port {self.port} ({why}): check the host, the port"
                " and the firewall"
            ) from None
        return client

    def _log_in(self, client: IMAPClient, password: str) -> None:
        try:
            client.login(self.user, password)
        except LoginError:
            raise SourceError(
                f"{self.host} refuses the user {self.user!r} with this password: check {PASSWORD},"
                " or the keyring; if it wants OAuth 2, use `tlsrpt-analysis login` or --token-command"
            ) from None
        except FAILURES as error:
            raise SourceError(f"{self.host} refused the login ({type(error).__name__})") from None

    def _password(self) -> str:
        if password := os.environ.get(PASSWORD):
            return password
        try:
            kept = keyring.get_password(self.host, self.user)
        except keyring.errors.KeyringError:
            kept = None
        if kept is None:
            raise SourceError(
                f"no password for {self.user!r} at {self.host}: set {PASSWORD}, or store it with"
                f" 'keyring set {self.host} {self.user}'; for OAuth 2 log in with"
                f" `tlsrpt-analysis login {self.account}`, or set {IMAP_TOKEN}"
            )
        return kept

    def _selected(self, client: IMAPClient, *, is_writable: bool) -> int:
        try:
            opened = client.select_folder(self.folder, readonly=not is_writable)
            return whole(opened[b"UIDVALIDITY"])
        except (IMAPClientError, *ODD_ANSWERS):
            known = _folders(client)
        except OSError as error:
            raise SourceError(f"{self.host} does not answer ({type(error).__name__})") from None
        raise SourceError(f"no folder {readable_name(self.folder)!r}; the account has: {known}")


def parse_imap_address(address: str) -> ImapAccount:
    """Read an address like ``imaps://user@host/folder``; the default folder is INBOX.

    Raises
    ------
    SourceError
        When it has no user or no host, or contains a password.

    Examples
    --------
    >>> parse_imap_address("imaps://reports%40example.com@mail.example.com/TLS").user
    'reports@example.com'
    """
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        raise SourceError("this is not an address: write imaps://user@host/folder") from None
    if parts.password is not None:
        raise SourceError(
            f"an address must not contain a password: set {PASSWORD}, or use the keyring"
        )
    if not parts.username or not parts.hostname:
        raise SourceError("the user or the host is missing: write imaps://user@host/folder")
    is_tls = parts.scheme.lower() == "imaps"
    user, folder = unquote(parts.username), unquote(parts.path.strip("/")) or "INBOX"
    if not (user + folder).isprintable():
        raise SourceError("the user or the folder has control characters: check the address")
    return ImapAccount(parts.hostname, port or (993 if is_tls else 143), is_tls, user, folder)


def with_tokens(account: ImapAccount, command: str) -> ImapAccount:
    """Return an account with the tokens that its user chose, if there are any."""
    has_password = bool(os.environ.get(PASSWORD))
    tokens = imap_tokens(account.account, account.host, command=command, has_password=has_password)
    return replace(account, tokens=tokens)


def close(client: IMAPClient) -> None:
    """Close a connection in any state."""
    with suppress(*FAILURES):
        client.logout()
    with suppress(*FAILURES):
        client.shutdown()


def whole(value: object) -> int:
    """Return a number of a server.

    Raises
    ------
    ValueError
        When it is none that IMAP knows.

    Examples
    --------
    >>> whole(1784000000)
    1784000000
    """
    if not isinstance(value, int) or not 0 <= value <= LARGEST_NUMBER:
        raise ValueError("this is no number of IMAP")
    return value


def _folders(client: IMAPClient) -> str:
    try:
        names = [str(name) for _, _, name in client.list_folders()]
    except FAILURES:
        return "(the server does not list them)"
    more = ", …" if len(names) > _FOLDERS_SHOWN else ""
    return ", ".join(readable_name(name) for name in names[:_FOLDERS_SHOWN]) + more
