"""The command line: arguments in, lines out; each module holds the commands on one subject."""

import argparse
import contextlib
import io
import os
import sys
import traceback
from collections.abc import Sequence
from typing import NoReturn

from tlsrpt_analysis import remarks
from tlsrpt_analysis.cli import (
    checks,
    fleets,
    laboratory,
    logins,
    plans,
    probing,
    redacting,
    reports,
    settings_command,
    stores,
)
from tlsrpt_analysis.cli.arguments import add_general_options, read_arguments
from tlsrpt_analysis.cli.options import commands_of
from tlsrpt_analysis.cli.outputs import silence_output, try_outputs
from tlsrpt_analysis.cli.parser import Parser
from tlsrpt_analysis.cli.signals import ended_in_order
from tlsrpt_analysis.errors import TlsrptError, UsageError
from tlsrpt_analysis.shown_texts import shown

FAILED = 1
"""The exit code after an error, or after a failed check."""

WRONG_USAGE = 2
"""The exit code after wrong arguments or settings, as argparse has it."""

LONGEST_COMPLAINT = 4_000
"""Characters of an error: it may name several paths."""

INTERRUPTED = 130
"""The exit code after Ctrl-C: that of a tool ended by SIGINT."""

CRASHED = 70
"""The exit code after an error that nobody foresaw: EX_SOFTWARE of sysexits.h."""

BROKEN_PIPE = 141
"""The exit code when the reader of the output has left: that of a tool ended by SIGPIPE."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run ``tlsrpt-analysis``; see ``tlsrpt-analysis --help``.

    Parameters
    ----------
    arguments : sequence of str, optional
        The words after the command; those of the process by default.

    Returns
    -------
    int
        The exit code: 0 on success, 1 when something could not be read or written.

    Examples
    --------
    >>> main(["summary", "no-such-folder"])
    1
    """
    if sys.stdout is None:  # closed by the shell, as in `>&-`
        _complain("its output is closed: there is nowhere to print to")
        return FAILED
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a terminal may not know every letter
            stream.reconfigure(errors="backslashreplace")
    try:
        try:
            with ended_in_order():
                code = _exit_code(arguments)
        finally:
            sys.stdout.flush()
    except KeyboardInterrupt:  # a second one, while the first was said
        return INTERRUPTED
    except BrokenPipeError:  # the reader of a pipe has seen enough, as `| head` does
        silence_output()
        return BROKEN_PIPE
    except OSError as error:  # a full disk
        silence_output()
        _complain(f"writing failed ({error.strerror or error}): check the disk and the output")
        return FAILED
    return code


def _exit_code(arguments: Sequence[str] | None) -> int:
    words, jupyter = laboratory.split_words(sys.argv[1:] if arguments is None else arguments)
    try:
        chosen = read_arguments(_parser(), words, os.environ, jupyter=jupyter)
        _remark_settings(chosen)
        try_outputs(chosen)
        code: int = chosen.run(chosen)
    except UsageError as error:
        _complain(str(error))
        return stores.TRY_AGAIN if stores.is_pipe(words) else WRONG_USAGE
    except TlsrptError as error:
        _complain(str(error))
        return FAILED
    except KeyboardInterrupt as error:
        message = str(error) or "stopped; the reports were not changed"
        _complain(message)
        return INTERRUPTED
    except BrokenPipeError:
        raise
    except OSError as error:
        if error.filename is None:  # of the output, or a fault of ours
            raise
        _complain(f"{os.fsdecode(error.filename)}: {error.strerror}")
        return FAILED
    except Exception:  # noqa: BLE001 - a fault of ours must not look like a failed check
        traceback.print_exc()
        _complain(
            "this is a fault of tlsrpt-analysis itself: please report it with the lines above"
        )
        return CRASHED
    return code


def _remark_settings(chosen: argparse.Namespace) -> None:
    for text in chosen.remarks:
        remarks.remark(chosen, text)
    if chosen.config:
        remarks.detail(chosen, f"settings are read from {chosen.config}")


def _complain(message: str) -> None:
    """Print a message as one line, also where it quotes a name with line ends."""
    line = shown(_one_line(message), LONGEST_COMPLAINT)
    if sys.stderr is not None:
        with contextlib.suppress(OSError):
            print(f"tlsrpt-analysis: {line}", file=sys.stderr)


def _one_line(message: str) -> str:
    """Join the lines of a message: a list after its colon, sentences after a stop."""
    joined = ""
    for line in message.split("\n"):
        gap = " " if joined.endswith((":", ".")) else ". " if line[:1].isupper() else "; "
        joined += (gap if joined else "") + line.strip()
    return joined


def _parser() -> argparse.ArgumentParser:
    parser = Parser(
        prog="tlsrpt-analysis",
        description="Read SMTP TLS reports (RFC 8460) and say what MTA-STS enforce mode would cost.",
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="print the version and exit")
    parser.add_argument(
        "--print-completion",
        action=_Completion,
        choices=("bash", "zsh", "tcsh"),
        help="print a script that completes the words of this command in a shell, and exit",
    )
    commands = parser.add_subparsers(dest="command", required=True)
    reports.add_summary(commands.add_parser("summary", help="print the headline of each domain"))
    reports.add_report(
        commands.add_parser(
            "report",
            help="print the headlines and write one HTML page to share, which needs no network",
        )
    )
    plans.add_plan(
        commands.add_parser("plan", help="print the dated steps to enforce mode, for each domain")
    )
    plans.add_replay(
        commands.add_parser(
            "replay", help="print what another policy would have refused of the reported mail"
        )
    )
    stores.add_import(commands.add_parser("import", help="read new reports into a store"))
    stores.add_verify(
        commands.add_parser("verify", help="check every file of a store against its checksum")
    )
    stores.add_compact(
        commands.add_parser(
            "compact", help="merge the files of many imports, so that the store opens faster"
        )
    )
    fleets.add_fleet(
        commands.add_parser(
            "fleet",
            help="print which domains of a store are ready, and what would heal most of them",
        )
    )
    logins.add_login(
        commands.add_parser(
            "login",
            help="log in to a mailbox with OAuth 2 once, and keep the login in the keyring",
        )
    )
    checks.add_check(
        commands.add_parser(
            "check", help="print what is new in a store since the last check, for cron"
        )
    )
    redacting.add_redact(
        commands.add_parser(
            "redact", help="print the reports in a file without the names in them, to show others"
        )
    )
    probing.add_probe(
        commands.add_parser("probe", help="query a domain's own DNS, policy and MX hosts")
    )
    laboratory.add_lab(
        commands.add_parser(
            "lab",
            help="copy the notebooks beside your reports, overwriting none, and open JupyterLab",
        )
    )
    settings_command.add_settings(
        commands.add_parser("settings", help="print which settings apply, and where each is set")
    )
    for each in [parser, *commands_of(parser).values()]:
        add_general_options(each)
    return parser


class _Completion(argparse.Action):
    """Print a script for a shell; its library is loaded only then."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        _namespace: argparse.Namespace,
        shell: object,
        _option: str | None = None,
    ) -> NoReturn:
        import shtab  # noqa: PLC0415 - as above

        print(shtab.complete(parser, str(shell)))
        parser.exit()


class _Version(argparse.Action):
    """Print the version; it is looked up only then, as that takes longer than --help."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        _namespace: argparse.Namespace,
        _values: object,
        _option: str | None = None,
    ) -> NoReturn:
        import tlsrpt_analysis  # noqa: PLC0415 - as above

        print(f"tlsrpt-analysis {tlsrpt_analysis.__version__}")
        parser.exit()
