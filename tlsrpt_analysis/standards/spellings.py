"""Words of a registry, however they are spelled: case, blanks, hyphens and underscores do not count."""

import re
from collections.abc import Collection
from functools import lru_cache

_NO_LETTERS = re.compile(r"[^a-z0-9]+")
_LONGEST_WORD = 100


def folded(text: str) -> str:
    """Return the letters and digits of a word in lower case.

    Examples
    --------
    >>> folded("No_Policy found")
    'nopolicyfound'
    """
    return _NO_LETTERS.sub("", text.lower())


def registered_word(text: str, words: Collection[str]) -> str | None:
    """Return the word of a registry that a text spells in another way; None if there is none.

    Examples
    --------
    >>> registered_word(" STS", ["sts", "no-policy-found"])
    'sts'
    >>> registered_word("dane", ["sts", "no-policy-found"]) is None
    True
    """
    return _by_letters(tuple(words)).get(folded(text)) if len(text) <= _LONGEST_WORD else None


@lru_cache(maxsize=64)
def _by_letters(words: tuple[str, ...]) -> dict[str, str]:
    return {folded(word): str(word) for word in words}
