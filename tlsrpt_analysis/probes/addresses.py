"""Which addresses may be asked: public ones, whatever way a private one is wrapped."""

import ipaddress

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
    """Tell whether an address is one of the public Internet.

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
    """Give the network that an address likely shares with its neighbours."""
    prefix = 24 if ipaddress.ip_address(ip_address).version == 4 else 48
    return str(ipaddress.ip_network(f"{ip_address}/{prefix}", strict=False))
