"""Names that a user wrote and nothing has: the warning, with the nearest name that exists."""

import difflib
import warnings
from collections.abc import Collection

from tlsrpt_analysis.errors import UnknownNameWarning
from tlsrpt_analysis.shown_texts import shown

MOST_NAMES = 20_000
"""The most names that are compared, in about half a second."""


def nearest(name: str, known: Collection[str]) -> str:
    """Return a question after the known name that is most like a name, or "".

    Examples
    --------
    >>> nearest("exmaple.com", ["example.com", "example.net"])
    ': did you mean "example.com"?'
    >>> nearest("qq.com", ["example.com"])
    ''
    """
    folded = {each.lower(): each for each in sorted(known)[:MOST_NAMES]}
    found = difflib.get_close_matches(name.lower(), folded, n=1)
    return f': did you mean "{shown(folded[found[0]])}"?' if found else ""


def warn_of_unknown(names: Collection[str], known: Collection[str], sentence: str) -> None:
    """Warn of each name that is not known, in the line of the user's own code.

    Parameters
    ----------
    names : collection of str
        What the user wrote.
    known : collection of str
        The names that there are.
    sentence : str
        What is wrong, with ``{}`` for the name.

    Examples
    --------
    >>> warn_of_unknown(["example.com"], ["example.com"], "no report is about {}")
    """
    for name in names:
        if name not in known:
            message = sentence.format(f'"{shown(name)}"') + nearest(name, known)
            warnings.warn(message, UnknownNameWarning, stacklevel=3)
