"""The commands that fill a store and keep it in order: import, verify and compact."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from tlsrpt_analysis import remarks
from tlsrpt_analysis.cli import authentication, formats, mailboxes
from tlsrpt_analysis.errors import StoreError
from tlsrpt_analysis.intake.sources.standard_input import STANDARD_INPUT
from tlsrpt_analysis.shown_texts import shown

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

DAMAGED = 1
"""The exit code of ``verify`` when a file of the store is not as it was written."""


VERIFY_VERSION = 1
"""The version of what `verify --format json` prints; `docs/schemas/verify.json` describes it."""

NOT_MOVED = 1
"""The exit code of ``import`` when the reports are in the store, but their mails were not moved."""

TRY_AGAIN = 75
"""The exit code when a mail piped in was not kept: EX_TEMPFAIL of sysexits.h; the mail server waits."""


def add_import(command: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``import``."""
    command.add_argument(
        "paths", nargs="+", help="files, folders or globs of reports; - for what is piped in"
    )
    command.add_argument(
        "--store", required=True, help="the folder of the store; created if missing"
    )
    authentication.add_options(command)
    mailboxes.add_options(command)
    mailboxes.add_move(command)
    command.set_defaults(run=_import)


def is_pipe(words: Sequence[str]) -> bool:
    """Whether a mail server hands over a mail, which it must keep if settings are wrong."""
    return "import" in words and STANDARD_INPUT in words


def add_verify(command: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``verify``."""
    command.add_argument("store", help="the folder of the store")
    formats.add_option(command, _VERIFY_WRITERS)
    command.set_defaults(run=_verify)


def add_compact(command: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``compact``."""
    command.add_argument("store", help="the folder of the store")
    command.set_defaults(run=_compact)


def _import(chosen: argparse.Namespace) -> int:
    from tlsrpt_analysis.store import Store  # noqa: PLC0415 - --help is quick

    if chosen.authenticate and not chosen.dkim_keys:  # the store keeps the keys as well
        Path(chosen.store).mkdir(parents=True, exist_ok=True)
        chosen.dkim_keys = str(Path(chosen.store, "dkim-keys.json"))
    mailboxes.check_move(chosen)
    arguments = authentication.reading_arguments(chosen) | {
        "token_command": chosen.token_command,
        "move_to": chosen.move_to,
    }
    try:
        with remarks.timed(chosen, "reading and storing"):
            store = Store(chosen.store)
            added = store.add(*chosen.paths, progress=remarks.progress(chosen), **arguments)
    except (OSError, StoreError) as error:
        if chosen.paths != [STANDARD_INPUT]:
            raise
        print(f"tlsrpt-analysis: {shown(str(error))}", file=sys.stderr)
        return TRY_AGAIN
    files = "1 file" if added.read_sources == 1 else f"{added.read_sources:,} files"
    print(f"{files} read, {added.known_sources:,} known before")
    print(added.balance)
    return 0 if mailboxes.report_moves(added) else NOT_MOVED


def _verify(chosen: argparse.Namespace) -> int:
    from tlsrpt_analysis.store import Store  # noqa: PLC0415 - --help is quick

    faults = Store(chosen.store).verify()
    if chosen.format != formats.TEXT:
        print(_VERIFY_WRITERS[chosen.format](chosen.store, faults), end="")
        return DAMAGED if faults else 0
    for fault in faults:
        print(shown(fault))
    if faults:
        print("The store is damaged: restore these files, or import the reports again.")
        return DAMAGED
    print("The store is intact.")
    return 0


def _verify_json(store: str, faults: list[str]) -> str:
    return formats.json_text(
        {
            "schema_version": VERIFY_VERSION,
            "store": store,
            "is_intact": not faults,
            "faults": _faults(faults),
        }
    )


def _faults(faults: list[str]) -> "pd.DataFrame":
    import pandas as pd  # noqa: PLC0415 - --help is quick

    return pd.DataFrame({"fault": faults}, dtype="str")


_VERIFY_WRITERS: "dict[str, Callable[[str, list[str]], str]]" = {
    "json": _verify_json,
    "csv": lambda _store, faults: formats.csv_text(_faults(faults)),
    "markdown": lambda _store, faults: formats.markdown_text(_faults(faults)) + "\n",
}


def _compact(chosen: argparse.Namespace) -> int:
    from tlsrpt_analysis.store import Store  # noqa: PLC0415 - --help is quick

    Store(chosen.store).compact()
    return 0
