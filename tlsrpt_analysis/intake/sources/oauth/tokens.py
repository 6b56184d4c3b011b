"""Access tokens of OAuth 2: given by the user, printed by a command, or asked for by others here.

No token is ever part of an error, a name or a ``repr``.
"""

import os
import re
import shlex
import subprocess
import threading

from tlsrpt_analysis.errors import SourceError

COMMAND_SECONDS = 60
"""How long a command may take: it may ask for a password, or a server for a token."""

LARGEST_TOKEN = 16_384
"""Characters of a token; those of Microsoft have up to 5,000."""

_TOKEN = re.compile(r"[A-Za-z0-9._~+/-]{1,16384}={0,10}")  # RFC 6750 §2.1
_SHARED_LETTERS = 8  # of a token in a text; a word of a sentence is rarely a part of one


class Tokens:
    """The tokens of one account; the last one is kept until it is refused.

    It can be sent to another process, which then asks for its own token.
    """

    def __init__(self) -> None:
        self._token = ""

    def __getstate__(self) -> dict[str, object]:
        return {**self.__dict__, "_token": ""}

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"

    def token(self) -> str:
        """Return a token.

        Raises
        ------
        SourceError
            When there is none.
        """
        if not self._token:
            self._token = self._checked(self.asked())
        return self._token

    def renewed(self) -> bool:
        """Forget the token, which was refused; return whether another one can be asked for."""
        self._token = ""
        return True

    def asked(self) -> str:
        """Ask for a token."""
        raise NotImplementedError

    def _checked(self, token: str) -> str:
        if not _TOKEN.fullmatch(token):
            raise SourceError(f"{self.origin} is not an OAuth 2 token, which is one word in ASCII")
        return token

    @property
    def origin(self) -> str:
        """Where a token comes from, as the beginning of a sentence."""
        raise NotImplementedError

    @property
    def remedy(self) -> str:
        """What to do when the server refuses it."""
        raise NotImplementedError


class VariableTokens(Tokens):
    """A token in an environment variable, which nobody renews."""

    def __init__(self, variable: str) -> None:
        super().__init__()
        self._variable = variable

    def asked(self) -> str:
        """Read the variable."""
        return os.environ.get(self._variable, "").strip()

    def renewed(self) -> bool:
        """Return that there is no other one."""
        return False

    @property
    def origin(self) -> str:
        """The variable."""
        return f"what {self._variable} holds"

    @property
    def remedy(self) -> str:
        """A token lasts about an hour."""
        return f"set {self._variable} to a new token, or let --token-command print one"


class CommandTokens(Tokens):
    """Tokens that a command of the user prints, as for mail clients."""

    def __init__(self, command: str) -> None:
        super().__init__()
        self._command = command

    def asked(self) -> str:
        """Run the command."""
        return first_line(self._command, "the token command")

    @property
    def origin(self) -> str:
        """The command, which may itself hold a secret and is not shown."""
        return "what the token command prints"

    @property
    def remedy(self) -> str:
        """Look at the command."""
        return "run the token command by hand and see for which account and scope its token is"


def first_line(command: str, name: str) -> str:
    """Run a command without a shell and return the first line that it prints.

    Parameters
    ----------
    command : str
        The words of the command, quoted as for a shell.
    name : str
        What errors call it; the command itself may hold a secret.

    Raises
    ------
    SourceError
        When it cannot be run, fails, takes too long, or prints nothing or too much.

    Examples
    --------
    >>> first_line("echo secret", "the command")
    'secret'
    """
    try:
        words = shlex.split(command)
        process = subprocess.Popen(  # noqa: S603 - the user's own command
            words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, bufsize=0
        )
    except (OSError, ValueError, IndexError) as error:
        why = (error.strerror if isinstance(error, OSError) else "") or type(error).__name__
        raise SourceError(f"{name} cannot be run ({why}): check its spelling and quotes") from None
    printed = bytearray()
    reading = threading.Thread(target=_read, args=(process, printed), daemon=True)
    reading.start()
    reading.join(COMMAND_SECONDS)
    is_late = reading.is_alive()
    if is_late or len(printed) > LARGEST_TOKEN:
        process.kill()
    process.wait()
    if is_late:
        raise SourceError(f"{name} took more than {COMMAND_SECONDS} seconds")
    if len(printed) > LARGEST_TOKEN:
        raise SourceError(f"{name} printed more than {LARGEST_TOKEN:,} bytes")
    if process.returncode:
        raise SourceError(f"{name} failed with exit code {process.returncode}: run it by hand")
    line = printed.partition(b"\n")[0].decode("utf-8", "replace").strip()
    if not line:
        raise SourceError(f"{name} printed nothing: run it by hand")
    return line


def without_token(text: str, token: str) -> str:
    """Return a text of a server, or nothing of it when it repeats a part of the token.

    Examples
    --------
    >>> without_token("invalid_token", "ya29.secret"), without_token("bad ya29.secret", "ya29.secret")
    ('invalid_token', '(not shown)')
    """
    pieces = (text[start : start + _SHARED_LETTERS] for start in range(len(text)))
    is_shared = any(len(piece) == _SHARED_LETTERS and piece in token for piece in pieces)
    return "(not shown)" if is_shared or (token and token in text) else text


def _read(process: "subprocess.Popen[bytes]", printed: bytearray) -> None:
    """Read what a command prints, up to one byte more than a token may have."""
    if process.stdout is None:
        return
    with process.stdout as output:  # which another process may hold open for long
        while len(printed) <= LARGEST_TOKEN:
            piece = output.read(LARGEST_TOKEN + 1 - len(printed))
            if not piece:
                return
            printed += piece
