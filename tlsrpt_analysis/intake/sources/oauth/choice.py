"""Which token a mailbox gets: from a variable, a command, an application, or a kept login."""

import os

from tlsrpt_analysis.errors import SourceError
from tlsrpt_analysis.intake.sources.oauth.kept_logins import LoginTokens, kept_login
from tlsrpt_analysis.intake.sources.oauth.microsoft import CLIENT_ID, ApplicationTokens
from tlsrpt_analysis.intake.sources.oauth.tokens import CommandTokens, Tokens, VariableTokens

IMAP_TOKEN = "TLSRPT_IMAP_TOKEN"  # noqa: S105 - the name of a variable
GRAPH_TOKEN = "TLSRPT_GRAPH_TOKEN"  # noqa: S105 - the name of a variable
SCOPE = "TLSRPT_SCOPE"

MICROSOFT_IMAP = {
    "outlook.office365.com": "https://outlook.office365.com",
    "outlook.office.com": "https://outlook.office365.com",
    "outlook.office365.us": "https://outlook.office365.us",
    "partner.outlook.cn": "https://partner.outlook.cn",
}
"""The IMAP servers of Microsoft, and what their tokens are for; no other gets an application's."""


def imap_tokens(account: str, host: str, *, command: str, has_password: bool) -> Tokens | None:
    """Return the tokens of a mailbox; None where a password is to be used."""
    if os.environ.get(IMAP_TOKEN):
        return VariableTokens(IMAP_TOKEN)
    if command:
        return CommandTokens(command)
    if has_password:
        return None
    scope = os.environ.get(SCOPE) or _default_scope(MICROSOFT_IMAP.get(host.lower()))
    if os.environ.get(CLIENT_ID) and scope:
        return ApplicationTokens(scope)
    return LoginTokens(account) if kept_login(account) is not None else None


def graph_tokens(account: str, graph: str, *, command: str) -> Tokens:
    """Return the tokens of a mailbox that is read over Microsoft Graph.

    Raises
    ------
    SourceError
        When nothing says where to get one.
    """
    if os.environ.get(GRAPH_TOKEN):
        return VariableTokens(GRAPH_TOKEN)
    if command:
        return CommandTokens(command)
    if os.environ.get(CLIENT_ID):
        return ApplicationTokens(os.environ.get(SCOPE) or f"{graph}/.default")
    if kept_login(account) is None:
        raise SourceError(
            f"no token for {account}: log in with `tlsrpt-analysis login {account} --client-id ID`,"
            f" or set {CLIENT_ID} and its secret, or {GRAPH_TOKEN}, or give --token-command"
        )
    return LoginTokens(account)


def _default_scope(resource: str | None) -> str:
    return f"{resource}/.default" if resource else ""
