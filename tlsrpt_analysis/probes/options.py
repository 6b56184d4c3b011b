"""The options of a probe: names, resolver, ports, trusted roots and limits."""

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from tlsrpt_analysis.errors import ProbeError

MOST_MX_HOSTS = 10
MOST_ADDRESSES = 16
MOST_AT_ONCE = 50
LARGEST_PORT = 65_535

_TARGET = re.compile(
    r"(?:\[(?P<v6>[0-9A-Fa-f:.]+)\]|(?P<v4>[^\[\]:]+))(?::(?P<port>[0-9]{1,5}))?", re.ASCII
)

_HELO = re.compile(r"[A-Za-z0-9._-]{1,255}|\[[A-Za-z0-9:.]{1,80}\]", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeOptions:
    """The options of a probe; all have a default.

    Parameters
    ----------
    helo : str
        The name to send in EHLO; "" sends the address literal of the connection (RFC 5321 §4.1.3).
    nameservers : tuple of str
        Addresses of resolvers; by default those of the system.
    nameserver_port : int
        The port of the resolvers.
    trust_resolver : bool
        Trust the DNSSEC validation of a resolver that is not on loopback.
    dns_seconds, connect_seconds, banner_seconds, command_seconds, policy_seconds : float
        The longest time for each step.
    host_seconds : float
        The longest time for the whole dialogue with one address.
    total_seconds : float
        The longest time for the whole probe; what is not done by then is not measured.
    pause_seconds : float
        The pause between two connections to one address.
    allow_private : bool
        Also connect to loopback, private and link-local addresses.
    smtp_port, https_port : int
        The ports to connect to, for a lab.
    connect_to : mapping of str to str
        Where to connect instead of an address from DNS, for example
        ``{"192.0.2.1": "127.0.0.1:2525"}``.
    roots : bytes
        PEM of the trusted roots; by default those of ``certifi``.
    intermediates : bytes
        PEM of intermediates that may be missing from a served chain.
    most_mx_hosts, most_addresses, most_at_once : int
        The most MX hosts of a domain, addresses of a host, and connections at one time.
    """

    helo: str = ""
    nameservers: tuple[str, ...] = ()
    nameserver_port: int = 53
    trust_resolver: bool = False
    dns_seconds: float = 8.0
    connect_seconds: float = 10.0
    banner_seconds: float = 30.0
    command_seconds: float = 20.0
    policy_seconds: float = 30.0
    host_seconds: float = 60.0
    total_seconds: float = 180.0
    pause_seconds: float = 1.0
    allow_private: bool = False
    smtp_port: int = 25
    https_port: int = 443
    connect_to: Mapping[str, str] = field(default_factory=dict)
    roots: bytes = b""
    intermediates: bytes = b""
    most_mx_hosts: int = MOST_MX_HOSTS
    most_addresses: int = MOST_ADDRESSES
    most_at_once: int = MOST_AT_ONCE

    def __post_init__(self) -> None:
        """Refuse values that cannot work, before anything is asked.

        Raises
        ------
        ProbeError
            When `helo` is not a name, `nameservers` holds something that is not an address, or a
            target of `connect_to` is not an address or has no valid port.
        """
        if self.helo and not _HELO.fullmatch(self.helo):
            raise ProbeError(f"helo: {self.helo!r} is not a host name")
        for server in self.nameservers:
            if not _is_address(server):
                raise ProbeError(f"nameservers: {server!r} is not an IP address")
        for target in self.connect_to.values():
            found = _TARGET.fullmatch(target)
            if found is None or not 0 < int(found["port"] or 1) <= LARGEST_PORT:
                raise ProbeError(f"connect_to: {target!r} is not ADDRESS or ADDRESS:PORT")

    def target(self, ip_address: str, port: int) -> tuple[str, int]:
        """Return the address and the port to connect to for an address from DNS.

        Examples
        --------
        >>> ProbeOptions(connect_to={"192.0.2.1:25": "[::1]:2525"}).target("192.0.2.1", 25)
        ('::1', 2525)
        """
        whole = f"[{ip_address}]:{port}" if ":" in ip_address else f"{ip_address}:{port}"
        mapped = self.connect_to.get(whole, self.connect_to.get(ip_address))
        found = None if mapped is None else _TARGET.fullmatch(mapped)
        if found is None:
            return ip_address, port
        return found["v6"] or found["v4"], int(found["port"] or port)


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
