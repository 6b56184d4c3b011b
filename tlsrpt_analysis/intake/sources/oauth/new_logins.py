"""A login to a mailbox, with whoever issues its tokens: Microsoft, Google or another provider."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from tlsrpt_analysis.errors import SourceError
from tlsrpt_analysis.intake.sources.files import scheme_of
from tlsrpt_analysis.intake.sources.graph_sessions import parse_graph_address
from tlsrpt_analysis.intake.sources.imap_accounts import parse_imap_address
from tlsrpt_analysis.intake.sources.oauth import browser, microsoft
from tlsrpt_analysis.intake.sources.oauth.choice import MICROSOFT_IMAP
from tlsrpt_analysis.intake.sources.oauth.kept_logins import Login
from tlsrpt_analysis.intake.sources.oauth.microsoft import SECRET as SECRET  # noqa: PLC0414 - for the command

ANY_TENANT = "organizations"
"""The tenant of whoever logs in."""

_ALWAYS_ASKED = frozenset({"offline_access", "openid", "profile"})
"""Scopes that msal adds itself."""

_TENANT = re.compile(r"[A-Za-z0-9.-]{1,253}")
_GOOGLE_HOSTS = frozenset({"imap.gmail.com", "imap.googlemail.com"})


@dataclass(frozen=True, slots=True)
class Account:
    """A mailbox: its address without a folder, its user, its server, and what its tokens are for."""

    name: str
    user: str
    host: str
    resource: str  # of Microsoft; empty for other servers


@dataclass(frozen=True, slots=True)
class Wish:
    """How the user wants to log in."""

    client_id: str
    client_secret: str = field(default="", repr=False)
    tenant: str = ""
    authority: str = ""
    scope: str = ""
    may_move: bool = False


def account_of(address: str) -> Account:
    """Read the address of a mailbox.

    Raises
    ------
    SourceError
        When it is none.

    Examples
    --------
    >>> account_of("imaps://reports%40example.com@outlook.office365.com/Inbox").name
    'imaps://reports@example.com@outlook.office365.com'
    """
    if scheme_of(address) == "graph":
        graph = parse_graph_address(address)
        return Account(graph.account, graph.user, graph.host, graph.graph)
    if scheme_of(address) not in {"imap", "imaps"}:
        raise SourceError("no mailbox: write imaps://user@host or graph://user@example.com")
    imap = parse_imap_address(address)
    return Account(imap.account, imap.user, imap.host, MICROSOFT_IMAP.get(imap.host.lower(), ""))


def log_in(account: Account, wish: Wish, show: Callable[[str], object]) -> Login:
    """Log in: with a code at Microsoft, in a browser on this machine everywhere else.

    Raises
    ------
    SourceError
        When that fails, or brings nothing that lasts.
    """
    is_microsoft = bool(account.resource or wish.tenant)
    login = _by_code(account, wish, show) if is_microsoft else _in_browser(account, wish, show)
    if not login.refresh_token:
        raise SourceError(
            "the login brought no refresh token, so it would end in an hour: check that the"
            " application may have offline access"
        )
    return login


def _by_code(account: Account, wish: Wish, show: Callable[[str], object]) -> Login:
    tenant = wish.tenant or ANY_TENANT
    if not _TENANT.fullmatch(tenant):
        raise SourceError("the tenant is neither a domain nor an id: check --tenant")
    resource = "https://outlook.office.com"  # the public cloud names it otherwise for users
    if account.resource not in {"", MICROSOFT_IMAP["outlook.office365.com"]}:
        resource = account.resource
    permission = "IMAP.AccessAsUser.All"
    if account.name.startswith("graph:"):
        permission = "Mail.ReadWrite" if wish.may_move else "Mail.Read"
    wished = [scope for scope in wish.scope.split() if scope not in _ALWAYS_ASKED]
    scopes = wished or [f"{resource}/{permission}"]
    authority = wish.authority or microsoft.PUBLIC_CLOUD
    registration = microsoft.Registration(wish.client_id, tenant, authority)
    grant = microsoft.device_login(registration, scopes, show)
    return Login(wish.client_id, scopes, grant.refresh_token, authority, tenant=tenant)


def _in_browser(account: Account, wish: Wish, show: Callable[[str], object]) -> Login:
    is_google = account.host.lower() in _GOOGLE_HOSTS
    authority = wish.authority or (browser.GOOGLE if is_google else "")
    scope = wish.scope or (browser.GOOGLE_SCOPE if is_google else "")
    if not authority or not scope:
        raise SourceError(
            f"who issues tokens for {account.host} is not known: give --authority and --scope,"
            " or --tenant if it is Microsoft"
        )
    provider = browser.find_provider(authority)
    client = browser.Client(wish.client_id, wish.client_secret)
    request = {
        "scope": scope,
        "login_hint": account.user,
        "access_type": "offline",  # Google's word for a refresh token
        "prompt": "consent",
    }
    grant = browser.browser_login(provider, client, request, show)
    return Login(
        wish.client_id,
        scope.split(),
        grant.refresh_token,
        provider.issuer,
        token_endpoint=provider.token_endpoint,
        client_secret=wish.client_secret,
    )
