"""Domain names as DNS compares them: lower case, A-labels, no trailing dot."""

import re
from functools import lru_cache

import idna

LONGEST_ENCODED = 1_000
"""Longer texts are neither encoded nor cached: a domain name has 253 characters (RFC 1035 §2.3.4)."""

_LONGEST_NAME = 253
_LONG_LABEL = re.compile(r"[^.]{64}")  # encoding it would take time with the square of its length


def normalize_domain(name: str) -> str:
    """Return a domain name in lower case and A-labels, without a trailing dot.

    A name that IDNA cannot encode is kept in lower case, so that nothing is lost.

    Parameters
    ----------
    name : str
        A name as someone wrote it, such as ``"MX1.Bücher.Example."``.

    Returns
    -------
    str
        The name to compare; empty when `name` is only white space and a dot.

    Notes
    -----
    A policy domain is reported in A-labels (RFC 8460 §4.4).

    Examples
    --------
    >>> normalize_domain("MX1.Bücher.Example.")
    'mx1.xn--bcher-kva.example'
    """
    if len(name) > LONGEST_ENCODED:
        return name.strip().removesuffix(".").lower()
    return _normalized(name)


def is_name_match(pattern: str, hostname: str) -> bool:
    """Whether a name, perhaps with a wildcard, is that of a host (RFC 6125 §6.4.3).

    ``*.`` stands for exactly one left-most label; case and one trailing dot do not count.

    Examples
    --------
    >>> is_name_match("*.example.com", "MX1.example.com."), is_name_match("*.example.com", "a.b.example.com")
    (True, False)
    """
    wanted, name = pattern.removesuffix(".").lower(), hostname.removesuffix(".").lower()
    if not wanted.startswith("*."):
        return name == wanted
    first_label, _, rest = name.partition(".")
    return bool(first_label) and rest == wanted[2:]


@lru_cache(maxsize=65_536)
def _normalized(name: str) -> str:
    bare = name.strip().removesuffix(".").lower()
    if bare.isascii() or len(bare) > _LONGEST_NAME or _LONG_LABEL.search(bare):
        return bare
    try:
        return idna.encode(bare, uts46=True).decode("ascii")
    except idna.IDNAError:
        return bare
