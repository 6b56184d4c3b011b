"""Settings: what a file and the environment say where the command line says nothing."""

import os
import re
import stat
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tlsrpt_analysis.cli.options import ONE_COMMAND_ONLY, Option
from tlsrpt_analysis.errors import UsageError
from tlsrpt_analysis.near_names import nearest
from tlsrpt_analysis.shown_texts import shown

FILE_NAME = "tlsrpt-analysis.toml"
PREFIX = "TLSRPT_ANALYSIS_"
CONFIG = f"{PREFIX}CONFIG"
"""The variable that names the file."""

RUNS_A_PROGRAM = "-command"
"""The end of the name of each option that runs a program."""

LARGEST_BYTES = 1_000_000
"""A larger file is not one of settings."""

_NO_TOML = (ValueError, RecursionError)  # also for numbers of thousands of digits

_SECRET = re.compile(r"password|passphrase|secret|token$")
_NO = frozenset({"0", "false", "no", "off"})
_YES = frozenset({"1", "true", "yes", "on"})

Options = Mapping[str, Mapping[str, Option]]
"""The options of each command, by their names."""


@dataclass(frozen=True, slots=True)
class Setting:
    """A value for an option that was not typed.

    Attributes
    ----------
    value
        As argparse would have read it.
    origin : str
        The file or the variable that says it.
    """

    value: Any
    origin: str


Settings = dict[str, dict[str, Setting]]
"""The settings of each command, by the names of the options."""


def find_file(named: str | None, environment: Mapping[str, str]) -> Path | None:
    """Return the file with the settings: the named one, else that of the folder or of the user.

    Raises
    ------
    UsageError
        When the file in the current folder may be written by anybody else.
    """
    if named := named or environment.get(CONFIG):
        return Path(named)
    here = Path(FILE_NAME)
    if here.is_file():
        _check_owner(here)
        return here
    configured = environment.get("XDG_CONFIG_HOME") or ""
    folder = Path(configured) if Path(configured).is_absolute() else _home_folder(environment)
    users = folder / "tlsrpt-analysis" / FILE_NAME
    return users if users.is_file() else None


def _home_folder(environment: Mapping[str, str]) -> Path:
    return Path(environment.get("HOME") or Path.home()) / ".config"


def _check_owner(path: Path) -> None:
    """Refuse a file of somebody else, who would decide what is read and where it is written."""
    if not hasattr(os, "geteuid"):
        return
    state = path.stat()
    if state.st_uid not in {os.geteuid(), 0} or state.st_mode & stat.S_IWOTH:
        raise UsageError(
            f"{path} belongs to another user, or others may write it: if you trust it, name it"
            f" with --config {path}"
        )


def read_file(path: Path, options: Options) -> Settings:
    """Return the settings in a file, all of which are checked, whatever the command.

    Raises
    ------
    UsageError
        When it cannot be read, or a key or a value is not known; the text names them.
    """
    content = _toml(path)
    general = {key: value for key, value in content.items() if not isinstance(value, dict)}
    tables = {key: value for key, value in content.items() if isinstance(value, dict)}
    found: Settings = {command: {} for command in options}
    origin = shown(str(path))
    for command, option, value in _for_all_commands(general, options, origin):
        found[command][option.name] = _setting(option, value, origin, option.name)
    for command, table in tables.items():
        if command not in options:
            raise UsageError(
                f"{origin}: there is no command [{shown(command)}]{nearest(command, options)}"
            )
        for key, value in table.items():
            option = _known(key, options[command], f"{origin}: {command}.", f"of {command}")
            found[command][option.name] = _setting(option, value, origin, f"{command}.{key}")
    return found


def refuse_commands(found: Settings, path: Path) -> None:
    """Refuse commands in a file that only lies in the current folder, as in an unpacked archive.

    Raises
    ------
    UsageError
        When a setting names a program to run.
    """
    for command, each in found.items():
        for name in each:
            if name.endswith(RUNS_A_PROGRAM):
                raise UsageError(
                    f"{path}: {name} (of {command}) runs a program, which a file found in the current"
                    f" folder may not: write it into your own file, or name this one with"
                    f" --config {path}"
                )


def _toml(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            raw = file.read(LARGEST_BYTES + 1)
        if len(raw) > LARGEST_BYTES:
            raise UsageError(f"{path}: has more than {LARGEST_BYTES:,} bytes")
        return tomllib.loads(raw.decode())
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from error
    except _NO_TOML as error:
        raise UsageError(f"{path}: is no TOML: {error}") from error


def _for_all_commands(
    general: Mapping[str, Any], options: Options, origin: str
) -> Iterator[tuple[str, Option, Any]]:
    known = {key: option for each in options.values() for key, option in each.items()}
    for key, value in general.items():
        name = _known(key, known, f"{origin}: ", "of any command").name
        if name in ONE_COMMAND_ONLY:
            homes = next(command for command in options if name in options[command])
            raise UsageError(
                f"{origin}: {name} means something else in each command:"
                f" write it under its command, for example under [{homes}]"
            )
        for command, each in options.items():
            if name in each:
                yield command, each[name], value


def _known(key: str, options: Mapping[str, Option], where: str, whose: str) -> Option:
    name = key.replace("_", "-")
    if name in options:
        return options[name]
    if _SECRET.search(name):
        raise UsageError(
            f"{where}{shown(key)}: secrets do not belong in this file: use the environment or the"
            " keyring, as docs/sources.md says"
        )
    raise UsageError(f"{where}{shown(key)} is no option {whose}{nearest(name, options)}")


def _setting(option: Option, value: object, origin: str, key: str) -> Setting:
    try:
        return Setting(option.value_of(value), origin)
    except UsageError as error:
        raise UsageError(f"{origin}: {shown(key)}: {error}") from error


def read_environment(environment: Mapping[str, str], options: Options) -> Settings:
    """Return the settings in environment variables; those for one command win.

    Raises
    ------
    UsageError
        When a value is of another type.

    Examples
    --------
    >>> import argparse
    >>> from tlsrpt_analysis.cli.options import options_of
    >>> parser = argparse.ArgumentParser()
    >>> _ = parser.add_argument("--timeout", type=float)
    >>> variables = {"TLSRPT_ANALYSIS_TIMEOUT": "9", "TLSRPT_ANALYSIS_PROBE_TIMEOUT": "12"}
    >>> read_environment(variables, {"probe": options_of("probe", parser)})
    {'probe': {'timeout': Setting(value=12.0, origin='TLSRPT_ANALYSIS_PROBE_TIMEOUT')}}
    """
    found: Settings = {command: {} for command in options}
    for command, each in options.items():
        for name, option in each.items():
            for variable in variables_of(option):
                if variable in environment:
                    value = _typed(option, environment[variable], variable)
                    found[command][name] = _setting(option, value, variable, "the value")
    return found


def unknown_variables(environment: Mapping[str, str], options: Options) -> Iterator[str]:
    """Yield a sentence about each variable that begins as a setting and is none."""
    known = {CONFIG}
    for each in options.values():
        known.update(name for option in each.values() for name in variables_of(option))
    for variable in environment:
        if variable.startswith(PREFIX) and variable not in known:
            yield f"{shown(variable)} is no setting{nearest(variable, known)}"


def variables_of(option: Option) -> list[str]:
    """Return the environment variables of an option, the one that wins last."""
    name = option.name.upper().replace("-", "_")
    own = f"{PREFIX}{option.command.upper()}_{name}"
    return [own] if option.name in ONE_COMMAND_ONLY else [f"{PREFIX}{name}", own]


def _typed(option: Option, text: str, variable: str) -> object:
    """Return the value that a text stands for: several ones are separated by commas, or as TOML."""
    if option.is_switch and text.lower() in _YES | _NO:
        return text.lower() in _YES
    if not option.is_repeatable:
        return text
    if not text.startswith("["):
        return [each.strip() for each in text.split(",") if each.strip()]
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except _NO_TOML as error:
        raise UsageError(f"{variable}: is no list: {error}") from error


def merged(weaker: Settings, stronger: Settings) -> Settings:
    """Return all settings, of which the stronger ones win."""
    return {command: weaker[command] | stronger[command] for command in weaker}
