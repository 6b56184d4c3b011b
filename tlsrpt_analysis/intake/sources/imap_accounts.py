"""An account on an IMAP server: its address, its password, and a folder opened read-only.

The folder is opened with EXAMINE (RFC 3501 §6.3.2), so nothing in it can change.
"""

import os
import ssl
import time
from contextlib import suppress
from dataclasses import dataclass
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
from tlsrpt_analysis.intake.wrappings.streams import readable_name

PASSWORD = "TLSRPT_IMAP_PASSWORD"  # noqa: S105 - the name of a variable
"""The environment variable with the password of the account."""

TOKEN = "TLSRPT_IMAP_TOKEN"  # noqa: S105 - the name of a variable
"""The environment variable with an OAuth 2 token, which Google and Microsoft ask for."""

OPENING_SECONDS = 300
"""Logging in and opening a folder together."""

LARGEST_NUMBER = 2**32 - 1
"""Of mails, UIDs, UIDVALIDITY and the like (RFC 3501 §9)."""

_FOLDERS_SHOWN = 10


@dataclass(frozen=True, slots=True)
class ImapAccount:
    """Where a folder of mails is; the password is not part of it."""

    host: str
    port: int
    is_tls: bool  # from the first byte on; else STARTTLS
    user: str
    folder: str

    @property
    def name(self) -> str:
        """The address as it is shown."""
        scheme = "imaps" if self.is_tls else "imap"
        return readable_name(f"{scheme}://{self.user}@{self.host}/{self.folder}")

    def open_folder(self, bounds: Bounds | None = None) -> tuple[IMAPClient, int]:
        """Log in and open the folder read-only; return the connection and its UIDVALIDITY.

        By default the session lasts some minutes.

        Raises
        ------
        SourceError
            When any of it fails.
        """
        token = os.environ.get(TOKEN)
        secret = token or self._password()
        client = self._connected(bounds or Bounds(time.monotonic() + OPENING_SECONDS))
        try:
            self._log_in(client, secret, is_token=bool(token))
            return client, self._examined(client)
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

    def _log_in(self, client: IMAPClient, secret: str, *, is_token: bool) -> None:
        try:
            if is_token:
                client.oauth2_login(self.user, secret)
            else:
                client.login(self.user, secret)
        except LoginError:
            raise SourceError(
                f"{self.host} refuses the user {self.user!r} with this password:"
                f" check {PASSWORD}, or the keyring; for OAuth 2 set {TOKEN}"
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
                f" 'keyring set {self.host} {self.user}'"
            )
        return kept

    def _examined(self, client: IMAPClient) -> int:
        try:
            return whole(client.select_folder(self.folder, readonly=True)[b"UIDVALIDITY"])
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
    folder = unquote(parts.path.strip("/")) or "INBOX"
    return ImapAccount(
        parts.hostname, port or (993 if is_tls else 143), is_tls, unquote(parts.username), folder
    )


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
