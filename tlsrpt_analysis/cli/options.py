"""All options of all commands, and the values that settings may give them."""

import argparse
import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tlsrpt_analysis.errors import UsageError
from tlsrpt_analysis.near_names import nearest
from tlsrpt_analysis.shown_texts import shown

POSITIONALS = {"paths": "sources", "store": "store"}
"""Arguments without dashes that a setting may stand for, and its name."""

NEVER_SET = frozenset({"help", "config"})
"""Options that settings cannot have."""

ONE_COMMAND_ONLY = frozenset({"output", "format", "save"})
"""Options that mean something else in each command, so that a setting must name its command."""


@dataclass(frozen=True, slots=True)
class Option:
    """One option of one command, by the name that settings use.

    Attributes
    ----------
    command : str
        The command.
    name : str
        The longest of its spellings, without dashes.
    action : Action
        What argparse knows of it.
    """

    command: str
    name: str
    action: argparse.Action

    @property
    def is_switch(self) -> bool:
        """Whether it takes no value."""
        return isinstance(self.action, argparse._StoreTrueAction)  # noqa: SLF001 - no other name for it

    @property
    def is_repeatable(self) -> bool:
        """Whether it holds several values."""
        several = self.action.nargs in {"+", "*"}
        return several or isinstance(self.action, argparse._AppendAction)  # noqa: SLF001 - as above

    @property
    def default(self) -> Any:
        """Return what it has where nothing says otherwise."""
        if self.action.default not in (None, argparse.SUPPRESS):
            return self.action.default
        if self.is_switch:
            return False
        return [] if self.is_repeatable and not self.action.option_strings else None

    def value_of(self, given: object) -> Any:
        """Return what a setting means, as argparse would have read it from a command line.

        Raises
        ------
        UsageError
            When it is of another type, or not one of the choices.
        """
        if self.is_switch:
            if not isinstance(given, bool):
                raise UsageError("must be true or false")
            return given
        if self.is_repeatable:
            values = given if isinstance(given, list) else [given]
            return [self._one(each) for each in values]
        return self._one(given)

    def _one(self, given: object) -> Any:
        text = self._text(given)
        try:
            value = self.action.type(text) if callable(self.action.type) else text
        except argparse.ArgumentTypeError as error:
            raise UsageError(str(error)) from error
        except (TypeError, ValueError) as error:
            raise UsageError(f'"{shown(text)}" is not a number') from error
        choices = list(self.action.choices or ())
        if choices and value not in choices:
            close = nearest(str(value), choices)
            raise UsageError(
                f'must be one of {", ".join(choices)}, not "{shown(str(value))}"{close}'
            )
        return value

    def _text(self, given: object) -> str:
        if isinstance(given, str):
            return str(Path(given).expanduser()) if given.startswith("~/") else given
        if isinstance(given, dt.date) and not isinstance(given, dt.datetime):
            return given.isoformat()
        if isinstance(given, int | float) and not isinstance(given, bool) and self.action.type:
            return str(given)
        expected = "a text or a list of texts" if self.is_repeatable else "a text"
        raise UsageError(f"must be {'a number' if self.action.type is int else expected}")


def commands_of(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    """Return the parser of each command."""
    actions = parser._actions  # noqa: SLF001 - argparse has no other name for it
    subparsers = (each for each in actions if isinstance(each, argparse._SubParsersAction))  # noqa: SLF001
    return {name: command for each in subparsers for name, command in each.choices.items()}


def options_of(name: str, command: argparse.ArgumentParser) -> dict[str, Option]:
    """Return the options of a command that settings may have, by their names.

    Examples
    --------
    >>> parser = argparse.ArgumentParser()
    >>> _ = parser.add_argument("-o", "--output"), parser.add_argument("domain")
    >>> list(options_of("report", parser))
    ['output']
    """
    found = {}
    for action in command._actions:  # noqa: SLF001 - as above
        long = max(action.option_strings, key=len, default="").lstrip("-")
        key = long or POSITIONALS.get(action.dest, "")
        is_negative = isinstance(action, argparse._StoreFalseAction)  # noqa: SLF001 - as above
        if key and key not in NEVER_SET and not is_negative:
            found[key] = Option(name, key, action)
    return found
