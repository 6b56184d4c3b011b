"""The parser of the command line, which names the nearest word where one is not known."""

import argparse
import re
from typing import NoReturn

from tlsrpt_analysis.near_names import nearest

UNKNOWN = re.compile(r"(?:invalid choice: '|unrecognized arguments: )(-*[A-Za-z][A-Za-z-]*)")


class Parser(argparse.ArgumentParser):
    """A parser whose errors about unknown words say which word was probably meant."""

    def error(self, message: str) -> NoReturn:
        """End with the usage, the message and the nearest known word."""
        unknown = UNKNOWN.search(message)
        super().error(message + (nearest(unknown[1], self.words()) if unknown else ""))

    def words(self) -> set[str]:
        """Return the commands and options of this parser and of its commands.

        Examples
        --------
        >>> parser = Parser()
        >>> _ = parser.add_subparsers().add_parser("summary").add_argument("--domain")
        >>> sorted(parser.words())
        ['--domain', '--help', '-h', 'summary']
        """
        found: set[str] = set()
        for action in self._actions:
            found |= set(action.option_strings)
            if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001 - argparse has no other name for it
                for name, command in action.choices.items():
                    found |= {name} | command.words()
        return found
