"""Texts of strangers as they are shown: every character is seen, and none changes the others."""

from collections.abc import Sequence
from functools import cache
from unicodedata import category

LONGEST_SHOWN = 1_000
"""Characters of a text that are shown; a sentence with five names fits."""

AS_TEXT = "tex2jax_ignore mathjax_ignore"
"""The classes of HTML in which JupyterLab, nbclassic and Voilà take no dollar sign for mathematics."""

UNSEEN = ("Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp")
"""Unicode's categories of characters that are not seen, or that no font is sure to have."""


def without_controls(text: str) -> str:
    r"""Return a text in which no character changes how others are shown, or rings a bell.

    Control characters, the marks that reverse the direction of writing, and unassigned or private
    characters become a replacement character; other spaces become a plain one; lines stay lines.

    Examples
    --------
    >>> without_controls("moc.elpmaxe\N{RIGHT-TO-LEFT OVERRIDE}")
    'moc.elpmaxe\ufffd'
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(character if character == "\n" else _seen(character) for character in text)


def on_one_line(text: str) -> str:
    r"""Return a text without controls and without line breaks.

    Examples
    --------
    >>> on_one_line("220 mx\r\n250 fake")
    '220 mx\ufffd\ufffd250 fake'
    """
    return without_controls(text).replace("\n", "\N{REPLACEMENT CHARACTER}")


def shown(text: str, most: int = LONGEST_SHOWN) -> str:
    r"""Return a stranger's text as it may be printed or stored for show: one line, and bounded.

    The value that is compared or looked up again is never this one.

    Examples
    --------
    >>> shown("fine [passed]\r\nmx2: fine", most=20)
    'fine [passed]\ufffd\ufffdmx2:…'
    """
    line = on_one_line(text[: most + 1])
    return line if len(line) <= most else line[: most - 1] + "…"


def listed(names: Sequence[str], most: int = 5) -> str:
    """Return names joined by commas, the first of them only where there are many.

    Examples
    --------
    >>> listed(["Google", "Microsoft", "Mail.ru"], most=2)
    'Google, Microsoft and 1 more'
    """
    rest = len(names) - most
    return ", ".join(names[:most]) + (f" and {rest:,} more" if rest > 0 else "")


def joined(names: Sequence[str], conjunction: str = "and") -> str:
    """Return names as a sentence lists them.

    Examples
    --------
    >>> joined(["Google", "Microsoft", "Mail.ru"])
    'Google, Microsoft and Mail.ru'
    """
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} {conjunction} {names[-1]}"


def counted(count: int, noun: str) -> str:
    """Return a count with its noun, in the singular for one.

    Examples
    --------
    >>> counted(1, "session"), counted(1200, "session")
    ('1 session', '1,200 sessions')
    """
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


_BLANK_LETTERS = (
    "\N{COMBINING GRAPHEME JOINER}\N{HANGUL FILLER}\N{HANGUL CHOSEONG FILLER}"
    "\N{HANGUL JUNGSEONG FILLER}\N{HALFWIDTH HANGUL FILLER}\N{BRAILLE PATTERN BLANK}"
    "\N{KHMER VOWEL INHERENT AQ}\N{KHMER VOWEL INHERENT AA}"
)
"""Letters and marks of no width, which Unicode does not count among the unseen."""


@cache
def _seen(character: str) -> str:
    kind = category(character)
    if character in _BLANK_LETTERS or "\ufe00" <= character <= "\ufe0f":  # variation selectors
        return "\N{REPLACEMENT CHARACTER}"
    if kind == "Zs":
        return " "
    return "\N{REPLACEMENT CHARACTER}" if kind in UNSEEN else character
