"""IP addresses: which are public, and how to remove our own from what is shown."""

import ipaddress
import re

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

_TOKEN = re.compile(
    r"(?<![\w.:-])\[?(?:IPv6:)?([0-9A-Fa-f]*[.:][0-9A-Fa-f.:]*[0-9A-Fa-f])\]?(?![\w:-])"
)
_NAMED = re.compile(r"([\w.-]+\.[\w-]+)(?= \(?\[address\])")


def redacted(text: str, host_address: str, helo: str = "") -> str:
    """Return a text in which only the address of the host is left, and of names beside others `helo`.

    The address under which the host sees us is not known, so every other address is removed.

    Examples
    --------
    >>> redacted("250-mx Hello dsl7.isp.example [198.51.100.7], pleased", "192.0.2.1")
    '250-mx Hello [name] [address], pleased'
    >>> redacted("250 mx at 192.0.2.1 says hello to [IPv6:2001:db8::7]", "192.0.2.1")
    '250 mx at 192.0.2.1 says hello to [address]'
    """

    def replacement(found: re.Match[str]) -> str:
        try:
            address = str(ipaddress.ip_address(found[1]))
        except ValueError:
            return found[0]
        return found[0] if address == host_address else ADDRESS

    without = _TOKEN.sub(replacement, text)
    return _NAMED.sub(lambda found: found[0] if found[1] == helo else NAME, without)
