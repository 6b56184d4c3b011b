"""IP addresses and MX names as reporters write them: in brackets, with ports, mapped to IPv6."""

import re
from functools import lru_cache
from ipaddress import IPv6Address, ip_address

LONGEST_TEXT = 1_000
"""Longer texts are neither names nor addresses; they are not searched."""

_BRACKETS = re.compile(r"[\[(<]([^\[\]()<>]*)[\])>]")
_TAG = re.compile(r"ipv[46]:", re.IGNORECASE)  # RFC 5321 §4.1.3
_PORT = re.compile(r"[:#]\d{1,5}\Z")
_WHOLE = re.compile(r"/(?:32|128)\Z")
_NAME_AND_ADDRESS = re.compile(rf"(.*?){_BRACKETS.pattern}")
_NO_PLAIN_NAME = re.compile(r"[\[\]()<>:#/]|\S\s+\S|\A[\s\d.]*\Z")
_SCHEME = re.compile(r"[a-z]{1,9}://|smtps?:(?!\d)", re.IGNORECASE)
_PATH = re.compile(r"/.*", re.DOTALL)
_RECORD = re.compile(r"(?:IN\s+)?(?:MX\s+)?\d{1,5}\s+(?=\S)", re.IGNORECASE)
_NO_NAME = frozenset({"-", "n/a", "na", "none", "null", "nil", "unknown", "undefined", "not given"})
"""What programs write for a value that they do not have."""


def bare_address(text: str) -> str | None:
    """Return the IP address in a text, without what is around it; None if there is none.

    The spelling of the address stays; an IPv4 address that is mapped to IPv6 becomes IPv4.

    Examples
    --------
    >>> bare_address("[IPv6:2001:DB8::1]:25"), bare_address("::ffff:192.0.2.1")
    ('2001:DB8::1', '192.0.2.1')
    """
    found = _BRACKETS.search(text) if len(text) <= LONGEST_TEXT else None
    inner = _WHOLE.sub("", _TAG.sub("", (found[1] if found else text).strip(), count=1))
    for candidate in (inner, _PORT.sub("", inner)):
        try:
            address = ip_address(candidate)
        except ValueError:
            continue
        mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
        return candidate if mapped is None else str(mapped)
    return None


@lru_cache(maxsize=65_536)
def normalize_address(text: str) -> str:
    """Return an IP address as RFC 5952 §4 spells it, and anything else as it is.

    Examples
    --------
    >>> normalize_address("2001:DB8:0:0::0001")
    '2001:db8::1'
    """
    try:
        return str(ip_address(text))
    except ValueError:
        return text


def bare_host(text: str) -> tuple[str, str | None]:
    """Return the name of a host without its port, and the address that is written beside it.

    The name is empty where there is only an address.

    Examples
    --------
    >>> bare_host("mx1.example.com[192.0.2.1]:25")
    ('mx1.example.com', '192.0.2.1')
    >>> bare_host("[192.0.2.1]")
    ('', '192.0.2.1')
    >>> bare_host("smtp://mx1.example.com:25/"), bare_host("10 mx1.example.com.")
    (('mx1.example.com', None), ('mx1.example.com.', None))
    >>> bare_host("n/a")
    ('', None)
    """
    if text.strip().lower() in _NO_NAME:
        return "", None
    if len(text) > LONGEST_TEXT or not _NO_PLAIN_NAME.search(text):
        return text, None
    address = bare_address(text)
    name = _without_port(text if address else _within_record(text))
    if address is None:
        inner = _BRACKETS.fullmatch(name)
        return (inner[1].strip() if inner else "") or name, None
    found = _NAME_AND_ADDRESS.fullmatch(name)
    return _without_port(found[1]) if found else "", address


def _within_record(text: str) -> str:
    """Return a name without what a URL or an MX record has around it."""
    inner = text.strip()
    for before in (_SCHEME, _RECORD):
        found = before.match(inner)
        inner = inner[found.end() :] if found else inner
    return _PATH.sub("", inner, count=1)


def _without_port(text: str) -> str:
    return _PORT.sub("", text.strip())
