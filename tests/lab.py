"""A lab of domains, each ``CASE.lab.test`` with one fault, on pure-Python servers."""

import contextlib
import ssl

from lab_certificates import Authority
from lab_dns import NameServer
from lab_https import serves
from lab_smtp import SmtpServer, drips, floods, half_closes, polite, sends, server_context

from tlsrpt_analysis.probes import ProbeOptions, probe_domain

POLICY = "version: STSv1\nmode: enforce\nmx: {mx}\nmax_age: 604800\n"
GREETING = b"220 lab ESMTP\r\n"
FRAGMENTS = [b"25", b"0-lab\r", b"\n250-STAR", b"TTLS\r\n250", b" HELP\r\n"]


def host_of(case):
    """Give the MX name of a case."""
    return f"mx.{case}.lab.test"


def tls_behaviours(chains):
    """Give the behaviour of each case that real servers share."""
    faces = {case: polite(server_context(path)) for case, path in chains.items()}
    by_name = {host_of("sni"): chains["sni"]}
    return faces | {
        "sni": polite(server_context(chains["wrongname"], by_name=by_name)),
        "nostarttls": polite(),
        "oldtls": polite(server_context(chains["oldtls"], version=ssl.TLSVersion.TLSv1_1)),
    }


def broken_behaviours(good):
    """Give the behaviour of each broken peer; `good` is a TLS context."""
    return {
        "garbage": sends(b"\x00\xff\x16\x03garbage\r\n"),
        "ssh": sends(b"SSH-2.0-lab\r\n"),
        "silent": sends(b""),
        "tarpit": drips(b"220-"),
        "halfclosed": half_closes,
        "endlessbanner": floods(b"220-more\r\n"),
        "endlessline": floods(b"220 more and more "),
        "closes": sends(b"", then_wait=False),
        "busy": sends(b"421 too busy\r\n"),
        "rejects": sends(b"554 go away\r\n"),
        "fragments": polite(good, ehlo=FRAGMENTS),
        "endlessehlo": polite(ehlo=[b"250-more\r\n" * 500]),
        "refused454": polite(starttls=b"454 TLS not available\r\n"),
        "refused502": polite(starttls=b"502 no\r\n"),
        "injected": polite(good, after=b"250 injected\r\n"),
        "notls": polite(starttls=b"220 go ahead\r\n\x00not TLS at all, never\r\n"),
        "garbledtls": polite(starttls=b"220 go\r\n"),
    }


def policy_behaviours(chain_of):
    """Give the behaviour of each policy host; `chain_of` gives the chain file of a case."""
    context = {case: server_context(chain_of(case)) for case in ("good", "wrongname")}
    good = POLICY.format(mx="mx.CASE.lab.test")
    return {
        "redirect": serves(
            context["good"], status=b"301 Moved", extra=b"Location: https://192.0.2.9/\r\n"
        ),
        "missing": serves(context["good"], status=b"404 Not Found"),
        "html": serves(context["good"], body=b"<html></html>", kind=b"text/html"),
        "large": serves(context["good"], body=b"x" * 70_000),
        "slow": serves(context["good"], body=good.encode(), drip=True),
        "badcertificate": serves(context["wrongname"], body=good.encode()),
    }


class Lab:
    """Servers by case, and the DNS that leads to them."""

    def __init__(self, folder) -> None:
        self.authority = Authority(folder)
        self.opened = contextlib.ExitStack()
        self.connect_to, self.lines = {}, []
        self.faults = {}
        self.count = 0

    def serve(self, behaviour, port):
        """Start a server and give the address that DNS tells of it."""
        server = SmtpServer("127.0.0.1", behaviour)
        self.opened.callback(server.close)
        return self.at(f"127.0.0.1:{server.port}", port)

    def at(self, target, port):
        """Give a new address that leads to a target."""
        self.count += 1
        address = f"192.0.{2 + self.count // 250}.{1 + self.count % 250}"
        self.connect_to[f"{address}:{port}"] = target
        return address

    def domain(self, case, address, *, policy=None):
        """Tell DNS of a domain with one MX."""
        self.lines += [
            f"{case}.lab 60 IN MX 10 {host_of(case)}.",
            f'_mta-sts.{case}.lab 60 IN TXT "v=STSv1; id=1;"',
            f'_smtp._tls.{case}.lab 60 IN TXT "v=TLSRPTv1; rua=mailto:r@{case}.lab.test"',
            f"mx.{case}.lab 60 IN A {address}",
        ]
        if policy:
            self.lines.append(f"mta-sts.{case}.lab 60 IN A {policy}")

    def start(self, *, validated=False):
        """Start the name server; the zone is complete."""
        zone = "\n".join(["@ 60 IN SOA a. b. 1 60 60 60 60", *self.lines]) + "\n"
        names = NameServer(zone, faults=self.faults, validated=validated)
        self.opened.callback(names.close)
        self.options = self.limited(nameserver_port=names.port)
        return self

    def limited(self, **others):
        """Give options with short limits, which lead to the servers of this lab."""
        chosen = {
            "helo": "probe.lab.test",
            "nameservers": ("127.0.0.1",),
            "dns_seconds": 2.0,
            "connect_seconds": 2.0,
            "banner_seconds": 1.0,
            "command_seconds": 2.0,
            "policy_seconds": 2.0,
            "host_seconds": 6.0,
            "pause_seconds": 0.0,
            "allow_private": True,
            "connect_to": self.connect_to,
            "roots": self.authority.root.pem,
        }
        return ProbeOptions(**(chosen | others))

    def probe(self, case):
        """Probe the domain of a case."""
        return probe_domain(f"{case}.lab.test", self.options)

    def close(self):
        """Stop all servers."""
        self.opened.close()


def codes(findings, **where):
    """Give outcome and code of the checks, of the worst row of each."""
    frame = findings.checks()
    for column, value in where.items():
        frame = frame[frame[column] == value]
    order = {"failed": 0, "not measured": 1, "passed": 2, "advice": 3}
    frame = frame.assign(rank=frame["outcome"].map(order)).sort_values("rank", kind="stable")
    first = frame.drop_duplicates("check").set_index("check")
    return {check: (row["outcome"], row["code"]) for check, row in first.iterrows()}


TLS_CASES = {
    "good": {},
    "leafonly": {"certificate-chain": ("failed", "incomplete-chain")},
    "wrongname": {"certificate-name": ("failed", "host-mismatch")},
    "expired": {"certificate-dates": ("failed", "expired")},
    "selfsigned": {"certificate-chain": ("failed", "self-signed")},
    "untrusted": {"certificate-chain": ("failed", "untrusted-root")},
    "noname": {"certificate-name": ("failed", "no-san")},
    "oldtls": {"tls-version": ("failed", "legacy-tls")},
    "nostarttls": {"starttls": ("failed", "starttls-not-offered")},
    "sni": {},
}
"""What a probe finds at each face of the lab, by check; at Postfix the same."""
