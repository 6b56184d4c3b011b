"""The command that logs in to a mailbox with OAuth 2, and keeps the login in the keyring: login."""

import argparse
import os

from tlsrpt_analysis.errors import UsageError
from tlsrpt_analysis.extras import needed_extra
from tlsrpt_analysis.shown_texts import without_controls


def add_login(command: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``login``."""
    command.add_argument(
        "address", help="the mailbox: imaps://user@host or graph://user@example.com"
    )
    command.add_argument(
        "--client-id", metavar="ID", help="the id of the application that you registered"
    )
    command.add_argument(
        "--tenant", metavar="NAME", help="your tenant at Microsoft (default: organizations)"
    )
    command.add_argument(
        "--authority",
        metavar="ADDRESS",
        help="who issues the tokens, where that is neither Google nor Microsoft's public cloud",
    )
    command.add_argument(
        "--scope", metavar="SCOPE", help="what to ask for, instead of reading mail"
    )
    command.add_argument(
        "--may-move", action="store_true", help="ask Graph for permission to move mails as well"
    )
    command.add_argument(
        "--forget", action="store_true", help="remove the login from the keyring instead"
    )
    command.set_defaults(run=_login)


def _login(chosen: argparse.Namespace) -> int:
    with needed_extra("mailbox", "logging in to a mailbox"):
        from tlsrpt_analysis.intake.sources.oauth import kept_logins, new_logins  # noqa: PLC0415 - --help is quick

    account = new_logins.account_of(chosen.address)
    if chosen.forget:
        found = kept_logins.forget_login(account.name)
        print(f"{'Removed the' if found else 'There is no'} login for {account.name}")
        return 0
    if not chosen.client_id:
        raise UsageError(
            "give --client-id: the id of an application that you register once, as docs/sources.md"
            " shows step by step"
        )
    wish = new_logins.Wish(
        client_id=chosen.client_id,
        client_secret=os.environ.get(new_logins.SECRET, ""),
        tenant=chosen.tenant or "",
        authority=chosen.authority or "",
        scope=chosen.scope or "",
        may_move=chosen.may_move,
    )
    kept_logins.assert_keyring()
    login = new_logins.log_in(account, wish, _show)
    kept_logins.keep_login(account.name, login)
    print(f"Logged in: {account.name} is read without a password from now on")
    return 0


def _show(text: str) -> None:
    print(without_controls(text), flush=True)
