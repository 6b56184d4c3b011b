"""A real name server (NSD, with zones signed here) behind a real validating resolver (Unbound)."""

import contextlib
import socket
import subprocess

import dns.dnssec
import dns.message
import dns.query
import dns.rdatatype
import dns.zone
from cryptography.hazmat.primitives.asymmetric import ec

from lab.ports import free_ports, program

SIGNING_KEY = ec.derive_private_key(0x1AB, ec.SECP256R1())

NSD = """server:
  ip-address: 127.0.0.1@{port}
  username: ""
  chroot: ""
  database: ""
  server-count: 1
  rrl-ratelimit: 0
  zonesdir: "{folder}"
  pidfile: "{own}/nsd.pid"
  xfrdfile: "{own}/xfrd.state"
  zonelistfile: "{own}/zone.list"
  xfrdir: "{own}"
remote-control:
  control-enable: no
"""
UNBOUND = """server:
  interface: 127.0.0.1@{port}
  directory: "{folder}"
  pidfile: "{folder}/unbound-{ede}.pid"
  username: ""
  chroot: ""
  use-syslog: no
  do-daemonize: no
  do-ip6: no
  num-threads: 1
  do-not-query-localhost: no
  ede: {ede}
  local-zone: "." static
  local-zone: "test." transparent
  trust-anchor-file: "{folder}/anchors"
remote-control:
  control-enable: no
"""

HEAD = ("@ 60 IN SOA ns h 1 60 60 60 60", "@ 60 IN NS ns")
DELEGATED = ("lame 60 IN NS ns.lame", "ns.lame 60 IN A 127.0.9.2")
"""A delegation to a server that does not have the zone."""

AUTHORITIES = ("127.0.9.1:53", "127.0.9.2:53")
"""The address of the name servers in the zones; a probe is redirected from there to NSD."""


class NameServers:
    """NSD and Unbound on ports of their own.

    `port` is that of the resolver; the one at `quiet_port` never says why it failed (RFC 8914).
    """

    def __init__(self, folder, zones, faults, signed) -> None:
        self.folder = folder / "names"
        self.folder.mkdir()
        self.opened = contextlib.ExitStack()
        self.port, self.quiet_port, authority, stranger = free_ports(4)
        silent = self.opened.enter_context(socket.socket(type=socket.SOCK_DGRAM))
        silent.bind(("127.0.0.1", 0))  # accepts questions and never reads them
        zones = zones | {"test": [*HEAD, "ns 60 IN A 127.0.9.1", *DELEGATED]}
        nsd, stubs = [self._nsd(authority)], []
        for origin in {*zones, *faults}:
            fault = faults.get(origin)
            if fault != "servfail":  # the file is missing then, and NSD has nothing to serve
                self._write(origin, zones.get(origin, ()), fault, is_signed=origin in signed)
            if fault != "lame":
                nsd.append(f'zone:\n  name: "{origin}"\n  zonefile: "{origin}"\n')
            port = {"silent": silent.getsockname()[1], "lame": stranger}.get(fault, authority)
            stubs.append(f'stub-zone:\n  name: "{origin}"\n  stub-addr: 127.0.0.1@{port}\n')
        ports = zip(AUTHORITIES, (authority, stranger), strict=True)
        self.authorities = {address: f"127.0.0.1:{port}" for address, port in ports}
        (self.folder / "nsd.conf").write_text("".join(nsd))
        for port, ede in ((self.port, "yes"), (self.quiet_port, "no")):
            text = UNBOUND.format(port=port, folder=self.folder, ede=ede) + "".join(stubs)
            (self.folder / f"unbound-{ede}.conf").write_text(text)
        (self.folder / "stranger.conf").write_text(self._nsd(stranger))
        try:
            self._start(authority, next(iter(signed)))
        except BaseException:
            self.close()
            raise

    def _write(self, origin, lines, fault, *, is_signed):
        text = "\n".join(lines) + "\n"
        if is_signed:
            text, anchor = signed_zone(origin, text)
            with (self.folder / "anchors").open("a") as anchors:
                anchors.write(anchor + "\n")
        if fault == "bogus":
            text = text.replace("MX 10 ", "MX 11 ")
        (self.folder / origin).write_text(text)

    def _start(self, authority, name):
        self._run("nsd", "-d", "-c", self.folder / "nsd.conf")
        self._run("nsd", "-d", "-c", self.folder / "stranger.conf")
        self._run("unbound", "-d", "-c", self.folder / "unbound-yes.conf")
        self._run("unbound", "-d", "-c", self.folder / "unbound-no.conf")
        _wait_for(authority, name)
        _wait_for(self.port, name)
        _wait_for(self.quiet_port, name)

    def _nsd(self, port):
        own = self.folder / f"nsd-{port}"
        own.mkdir()
        return NSD.format(port=port, folder=self.folder, own=own)

    def _run(self, name, *words):
        log = self.opened.enter_context((self.folder / f"{name}.log").open("ab"))
        process = subprocess.Popen([program(name), *map(str, words)], stdout=log, stderr=log)
        self.opened.callback(process.wait, 10)
        self.opened.callback(process.terminate)

    def close(self):
        """Stop both."""
        self.opened.close()


def signed_zone(origin, text):
    """Sign a zone; return its text and the trust anchor."""
    zone = dns.zone.from_text(text, origin, relativize=False)
    key = dns.dnssec.make_dnskey(SIGNING_KEY.public_key(), "ECDSAP256SHA256", flags=257)
    with zone.writer() as transaction:
        dns.dnssec.sign_zone(zone, transaction, [(SIGNING_KEY, key)], lifetime=86_400)
    return zone.to_text(relativize=False), f"{origin}. IN DNSKEY {key.to_text()}"


def _wait_for(port, name):
    query = dns.message.make_query(name, dns.rdatatype.SOA)
    for _ in range(50):
        with contextlib.suppress(OSError, dns.exception.Timeout):
            dns.query.udp(query, "127.0.0.1", timeout=0.2, port=port)
            return
    raise AssertionError(f"no name server came up at port {port}")
