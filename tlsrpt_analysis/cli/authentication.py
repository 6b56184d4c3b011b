"""The options that say how reports are authenticated and which domains are the user's own."""

import argparse
from typing import Any


def add_options(command: argparse.ArgumentParser) -> None:
    """Declare the options of a command that reads reports."""
    group = command.add_argument_group("authentication of reports")
    group.add_argument(
        "--own-domain",
        action="append",
        dest="own_domains",
        metavar="DOMAIN",
        help="one of your domains; reports about other domains are flagged (repeatable)",
    )
    group.add_argument(
        "--authenticate",
        action="store_true",
        help="verify the DKIM signatures of reports that came by mail (queries DNS)",
    )
    group.add_argument(
        "--dkim-keys",
        metavar="FILE",
        help="verify the DKIM signatures, and keep the public keys in this file",
    )
    group.add_argument(
        "--trust-server",
        action="append",
        dest="trusted_servers",
        metavar="NAME",
        help="trust the Authentication-Results of this server of yours (repeatable)",
    )
    group.add_argument(
        "--include-failed",
        action="store_true",
        help="also count reports that fail authentication or have no signature",
    )


def typed_options(chosen: argparse.Namespace) -> list[str]:
    """Return which options of `add_options` that matter only to reading were typed."""
    dests = {
        "--authenticate": "authenticate",
        "--dkim-keys": "dkim_keys",
        "--trust-server": "trusted_servers",
        "--include-failed": "include_failed",
    }
    return [
        option for option, dest in dests.items() if dest in chosen.typed and getattr(chosen, dest)
    ]


def plain_values(chosen: argparse.Namespace) -> dict[str, Any]:
    """Return the arguments of `choose_authentication`, as a notebook takes them."""
    return {
        "dkim": chosen.authenticate,
        "key_file": chosen.dkim_keys,
        "trusted_servers": chosen.trusted_servers or [],
        "include_failed": chosen.include_failed,
    }


def reading_arguments(chosen: argparse.Namespace) -> dict[str, Any]:
    """Return the arguments that `load_reports` and `Store.add` take."""
    from tlsrpt_analysis.intake.authenticity.dkim_keys import choose_authentication  # noqa: PLC0415 - --help is quick

    authentication = choose_authentication(**plain_values(chosen))
    return {"authentication": authentication, "own_domains": chosen.own_domains or []}
