"""Words of a registry, however they are spelled: case, blanks, hyphens and underscores do not count."""

import re
from collections.abc import Collection, Mapping
from functools import lru_cache

_NO_LETTERS = re.compile(r"[^a-z0-9]+")
_LONGEST_WORD = 100

OTHER_NAMES: Mapping[str, str] = {
    "mtasts": "sts",
    "stsv1": "sts",
    "nostarttls": "starttls-not-supported",
    "starttlsunsupported": "starttls-not-supported",
    "certificatehostnamemismatch": "certificate-host-mismatch",
    "certificatenamemismatch": "certificate-host-mismatch",
    "certhostmismatch": "certificate-host-mismatch",
    "certhostnamemismatch": "certificate-host-mismatch",
    "certexpired": "certificate-expired",
    "certificateuntrusted": "certificate-not-trusted",
    "certnottrusted": "certificate-not-trusted",
    "mxmismatch": "validation-failure",
    "mxhostmismatch": "validation-failure",
    "mxhostsmismatch": "validation-failure",
    "stspolicyfetchfailure": "sts-policy-fetch-error",
    "policyfetcherror": "sts-policy-fetch-error",
    "webpkiinvalid": "sts-webpki-invalid",
}
"""What drafts of RFC 8460, guides and scripts call the registered types; each can mean only one."""


def folded(text: str) -> str:
    """Return the letters and digits of a word in lower case.

    Examples
    --------
    >>> folded("No_Policy found")
    'nopolicyfound'
    """
    return _NO_LETTERS.sub("", text.lower())


def registered_word(text: str, words: Collection[str]) -> str | None:
    """Return the word of a registry that a text spells or names in another way; None without one.

    Examples
    --------
    >>> registered_word(" STS", ["sts", "no-policy-found"])
    'sts'
    >>> registered_word("MTA-STS", ["sts", "no-policy-found"])
    'sts'
    >>> registered_word("dane", ["sts", "no-policy-found"]) is None
    True
    """
    if len(text) > _LONGEST_WORD:
        return None
    letters = folded(text)
    other = OTHER_NAMES.get(letters)
    return _by_letters(tuple(words)).get(letters) or (other if other in words else None)


@lru_cache(maxsize=64)
def _by_letters(words: tuple[str, ...]) -> dict[str, str]:
    return {folded(word): str(word) for word in words}
