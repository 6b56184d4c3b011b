"""The command that shows which settings apply, and where each comes from: settings."""

import argparse
import json
from collections.abc import Iterator

from tlsrpt_analysis.cli.options import Option
from tlsrpt_analysis.cli.settings import FILE_NAME, variables_of
from tlsrpt_analysis.errors import UsageError
from tlsrpt_analysis.near_names import nearest
from tlsrpt_analysis.shown_texts import shown


def add_settings(command: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``settings``."""
    command.add_argument(
        "of", nargs="?", metavar="COMMAND", help="show all options of this command as well"
    )
    command.set_defaults(run=_settings)


def _settings(chosen: argparse.Namespace) -> int:
    _check_command(chosen)
    where = shown(str(chosen.config)) if chosen.config else f"none ({FILE_NAME} is not here)"
    print(f"Settings file: {where}")
    lines = list(_lines_of(chosen, chosen.of) if chosen.of else _lines_of_all(chosen))
    print("\n".join(lines) or "No setting applies: all options have their defaults.")
    return 0


def _check_command(chosen: argparse.Namespace) -> None:
    if chosen.of and chosen.of not in chosen.options:
        close = nearest(chosen.of, chosen.options)
        raise UsageError(f"there is no command {shown(chosen.of)}{close}")


def _lines_of_all(chosen: argparse.Namespace) -> Iterator[str]:
    """Yield each setting with the commands to which it applies."""
    homes: dict[tuple[str, str, str], list[str]] = {}
    for command, found in chosen.settings.items():
        for name, setting in found.items():
            row = name, _text(setting.value), setting.origin
            homes.setdefault(row, []).append(command)
    for (name, value, origin), commands in homes.items():
        yield f"{name} = {value}  ({origin}; {', '.join(commands)})"


def _lines_of(chosen: argparse.Namespace, command: str) -> Iterator[str]:
    """Yield each option of a command, its value, and where that comes from."""
    for name, option in chosen.options[command].items():
        setting = chosen.settings[command].get(name)
        if setting:
            yield f"{name} = {_text(setting.value)}  ({setting.origin})"
        else:
            default = chosen.defaults[command][option.action.dest]
            yield f"{name} = {_text(default)}  (default; {_variable(option)})"


def _variable(option: Option) -> str:
    return variables_of(option)[0]


def _text(value: object) -> str:
    if value is None or value == []:
        return "not set"
    return shown(json.dumps(value, default=str, ensure_ascii=False))
