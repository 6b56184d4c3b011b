"""IP addresses: which are public, and how to remove our own from what is shown."""

import ipaddress
import re
from collections.abc import Iterator

_NOT_PUBLIC = tuple(
    ipaddress.ip_network(text)
    for text in (
        "192.0.0.0/24",  # protocol assignments; some Pythons call 192.0.0.8 global
        "192.88.99.0/24",  # 6to4 relays
        "::/96",  # IPv4-compatible
        "::ffff:0:0/96",  # IPv4-mapped
        "64:ff9b::/96",  # NAT64: any IPv4 address stands behind it
        "64:ff9b:1::/48",
        "2001::/32",  # Teredo
        "2002::/16",  # 6to4
        "fec0::/10",  # site-local
    )
)


def is_public(ip_address: str) -> bool:
    """Whether an address belongs to the public Internet.

    Examples
    --------
    >>> is_public("127.0.0.1"), is_public("64:ff9b::7f00:1"), is_public("9.9.9.9")
    (False, False, True)
    """
    address = ipaddress.ip_address(ip_address)
    if not address.is_global or address.is_multicast:
        return False
    return not any(
        address in network for network in _NOT_PUBLIC if network.version == address.version
    )


def network_of(ip_address: str) -> str:
    """Return the network that an address probably shares with its neighbours."""
    prefix = 24 if ipaddress.ip_address(ip_address).version == 4 else 48
    return str(ipaddress.ip_network(f"{ip_address}/{prefix}", strict=False))


ADDRESS = "[address]"
NAME = "[name]"

_IPV4 = r"(?<![0-9])(?<![0-9]\.)[0-9]{1,3}(?:\.[0-9]{1,3}){3}(?![0-9]|\.[0-9])"
_IPV6 = r"(?:(?<![0-9A-Za-z])[0-9A-Fa-f]{1,4}|:(?=:)|(?<=:)[0-9A-Fa-f]{1,4}):[0-9A-Fa-f:.]{1,60}"
_TOKEN = re.compile(rf"\[?(?:IPv6:)?({_IPV6}|{_IPV4})(?:%[0-9A-Za-z]{{1,20}})?\]?", re.IGNORECASE)

_QUAD = re.compile(_IPV4)
_NAME_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789.-_")
_HOST_NAME = re.compile(r"(?:[a-z0-9_-]{1,63}\.)+(?=[a-z])[a-z0-9_-]{1,63}\.?", re.IGNORECASE)
_LONGEST_NAME = 255
_NEAREST = 3
"""Characters between an address and the name that belongs to it, for example ``" ("``."""


def redacted(text: str, host_address: str, helo: str = "") -> str:
    """Return a text in which only the address of the host is left, and of names beside others `helo`.

    The address under which the host sees us is not known, so every other address is removed,
    whatever stands around it, and so is the host name right before or after it.

    Examples
    --------
    >>> redacted("250-mx Hello dsl7.isp.example [198.51.100.7], pleased", "192.0.2.1")
    '250-mx Hello [name] [address], pleased'
    >>> redacted("250 mx at 192.0.2.1 says hello to [IPv6:2001:db8::7]", "192.0.2.1")
    '250 mx at 192.0.2.1 says hello to [address]'
    """
    pieces = _without_addresses(text, host_address).split(ADDRESS)
    last = len(pieces) - 1
    for place, piece in enumerate(pieces):
        after = piece if place == 0 else _without_first_name(piece, helo)
        pieces[place] = after if place == last else _without_last_name(after, helo)
    return ADDRESS.join(pieces)


def _without_addresses(text: str, host_address: str) -> str:
    def replacement(found: re.Match[str]) -> str:
        for candidate, rest in _candidates(found[1]):
            if (address := _address(candidate)) is not None:
                return found[0] if address == host_address else f"{ADDRESS}{rest}"
        return _QUAD.sub(quad, found[0])

    def quad(found: re.Match[str]) -> str:
        return found[0] if _address(found[0]) in (None, host_address) else ADDRESS

    return _TOKEN.sub(replacement, text)


def _address(text: str) -> str | None:
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        return None


def _candidates(token: str) -> Iterator[tuple[str, str]]:
    """Yield what of a token may be an address, and what stands after it: all, less dots, less a port."""
    bare = token.rstrip(".:")
    yield bare, token[len(bare) :]
    while ":" in bare:
        bare = bare[: bare.rindex(":")].rstrip(":")
        yield bare, token[len(bare) :]


def _without_last_name(text: str, helo: str) -> str:
    end = len(text)
    while end and len(text) - end < _NEAREST and text[end - 1].lower() not in _NAME_LETTERS:
        end -= 1
    start = end
    while start and end - start < _LONGEST_NAME and text[start - 1].lower() in _NAME_LETTERS:
        start -= 1
    return f"{text[:start]}{_named(text[start:end], helo)}{text[end:]}"


def _without_first_name(text: str, helo: str) -> str:
    start = 0
    while start < min(_NEAREST, len(text)) and text[start].lower() not in _NAME_LETTERS:
        start += 1
    found = _HOST_NAME.match(text, start)
    if found is None:
        return text
    return f"{text[:start]}{_named(found[0], helo)}{text[found.end() :]}"


def _named(name: str, helo: str) -> str:
    is_name = _HOST_NAME.fullmatch(name) is not None and name.lower() != helo.lower()
    return NAME if is_name else name
