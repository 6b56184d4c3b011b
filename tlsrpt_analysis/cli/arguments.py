"""The words of a command line, completed by settings where nothing was typed."""

import argparse
from collections.abc import Collection, Mapping, Sequence

from tlsrpt_analysis.cli import settings
from tlsrpt_analysis.cli.options import Option, commands_of, options_of
from tlsrpt_analysis.cli.settings import Setting, Settings

_ONLY_ASKING = frozenset({"-h", "--help", "--version", "--print-completion"})
"""Words whose answer needs no settings, so that wrong ones do not hide it."""


def add_general_options(parser: argparse.ArgumentParser) -> None:
    """Declare the options that each command has."""
    group = parser.add_argument_group("general options")
    group.add_argument(
        "--config",
        metavar="FILE",
        default=argparse.SUPPRESS,
        help=f"the file with settings (default: {settings.FILE_NAME} here, or the user's)",
    )
    group.add_argument(
        "-q",
        "--quiet",
        action="store_true",
        default=argparse.SUPPRESS,
        help="print no progress and no remarks, only results and errors",
    )
    group.add_argument(
        "-v",
        "--verbose",
        action="store_true",
        default=argparse.SUPPRESS,
        help="print on standard error what was read, and how long it took",
    )


def read_arguments(
    parser: argparse.ArgumentParser,
    words: Sequence[str],
    environment: Mapping[str, str],
    **known: object,
) -> argparse.Namespace:
    """Return the arguments of a command: those typed, then the environment, a file, the defaults.

    ``typed`` names the arguments that come from the words; ``config``, ``settings``, ``options``
    and ``defaults`` are for the command that shows settings.

    Raises
    ------
    UsageError
        When a setting is wrong.
    """
    commands = commands_of(parser)
    options = {name: options_of(name, command) for name, command in commands.items()}
    path, found = _settings(words, environment, options)
    defaults = {name: _ask_what_is_typed(each, found[name]) for name, each in options.items()}
    for command in commands.values():
        _add_negatives(command)
    chosen = parser.parse_args(words, argparse.Namespace(**known))
    chosen.config = path
    chosen.settings = found
    chosen.options = options
    chosen.defaults = defaults
    chosen.remarks = list(settings.unknown_variables(environment, options))
    return _completed(chosen, options[chosen.command], found[chosen.command])


def _settings(
    words: Sequence[str], environment: Mapping[str, str], options: settings.Options
) -> tuple[object, Settings]:
    if not _ONLY_ASKING.isdisjoint(words):
        return None, {command: {} for command in options}
    named = _named_file(words)
    path = settings.find_file(named, environment)
    of_file = settings.read_file(path, options) if path else {command: {} for command in options}
    if path and not (named or environment.get(settings.CONFIG)) and not path.is_absolute():
        settings.refuse_commands(of_file, path)
    return path, settings.merged(of_file, settings.read_environment(environment, options))


def _named_file(words: Sequence[str]) -> str | None:
    """Return the file of ``--config``, which decides how the other words are read."""
    search = argparse.ArgumentParser(add_help=False, allow_abbrev=False, exit_on_error=False)
    search.add_argument("--config")
    try:
        return search.parse_known_args(list(words))[0].config  # type: ignore[no-any-return]
    except argparse.ArgumentError:  # no file after it, which the command's own parser says
        return None


def _ask_what_is_typed(
    options: Mapping[str, Option], found: Mapping[str, Setting]
) -> dict[str, object]:
    """Let argparse return only what was typed, and demand nothing that a setting holds.

    Returns
    -------
    dict
        The default of each argument.
    """
    defaults = {}
    for name, option in options.items():
        action = option.action
        defaults[action.dest] = option.default
        action.default = argparse.SUPPRESS
        if name not in found:
            continue
        if action.option_strings:
            action.required = False
        else:
            action.nargs = "*" if option.is_repeatable else "?"
            action.required = False
    return defaults


def _add_negatives(command: argparse.ArgumentParser) -> None:
    """Add ``--no-…`` to each switch, so that a typed word can undo a setting."""
    taken = {text for action in command._actions for text in action.option_strings}  # noqa: SLF001 - no other name for it
    for option in options_of("", command).values():
        if not option.is_switch:
            continue
        is_negative = option.name.startswith("no-")
        opposite = f"--{option.name.removeprefix('no-') if is_negative else f'no-{option.name}'}"
        if opposite not in taken:
            command.add_argument(
                opposite,
                action="store_false",
                dest=option.action.dest,
                default=argparse.SUPPRESS,
                help=argparse.SUPPRESS,
            )


def _completed(
    chosen: argparse.Namespace, options: Mapping[str, Option], found: Mapping[str, Setting]
) -> argparse.Namespace:
    given = vars(chosen)
    dests = {name: option.action.dest for name, option in options.items()}
    chosen.typed = {dest for dest in dests.values() if dest in given}
    usable = {dests[name]: setting for name, setting in found.items()}
    for dest in _outvoted(getattr(chosen, "alternatives", ()), chosen.typed, usable):
        usable.pop(dest, None)
    defaults = chosen.defaults[chosen.command]
    for dest in set(dests.values()) - chosen.typed:
        setattr(chosen, dest, usable[dest].value if dest in usable else defaults[dest])
    return chosen


def _outvoted(
    alternatives: Sequence[str], typed: Collection[str], found: Mapping[str, Setting]
) -> set[str]:
    """Return the arguments that give way to another one that stands for the same.

    A typed one wins over each setting, one of the environment over one of a file, and then the
    first in order.
    """
    if any(dest in typed for dest in alternatives):
        return set(alternatives)
    of_environment = [
        dest
        for dest in alternatives
        if dest in found and found[dest].origin.startswith(settings.PREFIX)
    ]
    of_file = [dest for dest in alternatives if dest in found]
    winner = (of_environment or of_file)[:1]
    return set(alternatives).difference(winner)
