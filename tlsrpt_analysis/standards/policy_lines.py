"""The lines of a reported policy text: one item each, however a report breaks them (RFC 8460 §4.4)."""

import re
from collections.abc import Iterable, Iterator

from tlsrpt_analysis.standards.spellings import registered_word

KEYS = ("version", "mode", "mx", "max_age")
"""The keys of an MTA-STS policy (RFC 8461 §3.2)."""

MODES = ("enforce", "testing", "none")
"""The modes of an MTA-STS policy (RFC 8461 §3.2)."""

LONGEST_LINE = 20_000
"""Longer items are not broken into lines; a policy has at most a few kilobytes."""

_BREAK = re.compile(r"(?:\r?\n|\\r\\n|\\n)+")  # real ones, and those that were escaped twice
_KEY = re.compile(r"(?:^|[;,|]|(?<!\s)\s)\s*+(?=(?:version|mode|mx|max_age)\s*+:)", re.IGNORECASE)
_AROUND = " \t;,|"


def split_lines(items: tuple[str, ...]) -> tuple[str, ...]:
    r"""Return one item for each line of a policy text.

    Examples
    --------
    >>> split_lines(("version: STSv1\nmode: testing", "mx: mx1.example.com"))
    ('version: STSv1', 'mode: testing', 'mx: mx1.example.com')
    """
    split = tuple(line for item in items for line in _lines_of(item))
    return items if len(split) == len(items) and split == items else split


def _lines_of(item: str) -> Iterator[str]:
    if len(item) > LONGEST_LINE:
        yield item
        return
    pieces = _BREAK.split(item) if "\n" in item or "\\n" in item else [item]
    for piece in pieces:
        starts = [found.end() for found in _KEY.finditer(piece)] if piece.count(":") > 1 else []
        if len(starts) > 1:
            for start, end in zip(starts, [*starts[1:], len(piece)], strict=True):
                yield piece[start:end].strip(_AROUND)
        elif piece or len(pieces) == 1:
            yield piece


def policy_field(line: str) -> tuple[str, str]:
    """Return the key and the value of a line; case and blanks do not count in what is registered.

    Examples
    --------
    >>> policy_field(" Mode : Testing")
    ('mode', 'testing')
    """
    key, colon, value = line.partition(":")
    key, value = key.strip(), value.strip()
    if not colon:
        return "", ""
    key = registered_word(key, KEYS) or key
    return key, (registered_word(value, MODES) or value) if key == "mode" else value


def is_spelled_well(lines: Iterable[str]) -> bool:
    """Whether the keys and the mode of a policy are spelled as in RFC 8461 §3.2.

    Examples
    --------
    >>> is_spelled_well(["mode: testing"]), is_spelled_well(["Mode: testing"])
    (True, False)
    """
    for line in lines:
        key, value = policy_field(line)
        if key in KEYS and not (line.startswith(f"{key}:") and line.rstrip().endswith(value)):
            return False
    return True
