"""Taking our own address out of what servers say: many greet with it, even from behind a NAT."""

import ipaddress
import re

ADDRESS = "[address]"
NAME = "[name]"

_TOKEN = re.compile(
    r"(?<![\w.:-])\[?(?:IPv6:)?([0-9A-Fa-f]*[.:][0-9A-Fa-f.:]*[0-9A-Fa-f])\]?(?![\w:-])"
)
_NAMED = re.compile(r"([\w.-]+\.[\w-]+)(?= \(?\[address\])")


def redacted(text: str, host_address: str, helo: str = "") -> str:
    """Replace every address but that of the host, and the name that goes with it but `helo`.

    Which address of ours a host sees is not known here, so all others go.

    Examples
    --------
    >>> redacted("250-mx Hello dsl7.isp.example [198.51.100.7], pleased", "192.0.2.1")
    '250-mx Hello [name] [address], pleased'
    >>> redacted("250 mx at 192.0.2.1 says hello to [IPv6:2001:db8::7]", "192.0.2.1")
    '250 mx at 192.0.2.1 says hello to [address]'
    """

    def replaced(found: re.Match[str]) -> str:
        try:
            address = str(ipaddress.ip_address(found[1]))
        except ValueError:
            return found[0]
        return found[0] if address == host_address else ADDRESS

    without = _TOKEN.sub(replaced, text)
    return _NAMED.sub(lambda found: found[0] if found[1] == helo else NAME, without)
