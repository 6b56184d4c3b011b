"""A lab of domains, each ``CASE.lab.test`` with one fault, and the servers that show it."""

import contextlib

from lab.certificates import Authority
from lab.faces import dane_leaf, mail_faces, policy_faces
from lab.zones import FAULTS, HEAD, SIGNED, dane_lines, dns_lines, plain_lines, tlsa
from tlsrpt_analysis.probes import ProbeOptions, probe_domain

SHORT = {
    "helo": "probe.lab.test",
    "nameservers": ("127.0.0.1",),
    "dns_seconds": 2.0,
    "connect_seconds": 2.0,
    "banner_seconds": 2.0,
    "command_seconds": 3.0,
    "policy_seconds": 2.0,
    "host_seconds": 12.0,
    "pause_seconds": 0.0,
    "allow_private": True,
}
"""Limits of a probe that asks nothing but the lab."""


class Lab:
    """Servers by case, and the DNS that leads to them."""

    def __init__(self, folder, kind) -> None:
        self.authority = Authority(folder)
        self.opened = contextlib.ExitStack()
        self.servers = kind(folder, self.opened)
        self.connect_to, self.count = {}, 0
        self.zones = {"lab.test": list(HEAD)}

    def at(self, target, port):
        """Return a new address that leads to a target."""
        self.count += 1
        address = f"192.0.{2 + self.count // 250}.{1 + self.count % 250}"
        self.connect_to[f"{address}:{port}"] = target
        return address

    def fill(self):
        """Start every server, and write the zones."""
        mail = mail_faces(self.authority)
        hosts = self.servers.mail(mail)
        policies = self.servers.policies(policy_faces(self.authority))
        addresses = {("mail", case): self.at(target, 25) for case, target in hosts.items()}
        addresses |= {("sts", case): self.at(target, 443) for case, target in policies.items()}
        shared, leaf = addresses["mail", "dane"], dane_leaf(self.authority)
        dane = dane_lines(shared, leaf, self.authority.middle, self.authority.stranger)
        self.zones["lab.test"] = [*dns_lines(addresses), *dane]
        self.zones["plain.test"] = plain_lines(shared, tlsa(3, 1, 1, leaf.certificate))
        self.zones["bogus.test"] = [*HEAD, "@ 60 IN MX 10 mx.good.lab.test."]
        return self.start()

    def start(self):
        """Start the resolver; the zones are complete."""
        port, authorities = self.servers.names(self.zones, FAULTS, SIGNED)
        self.connect_to |= authorities
        self.short = SHORT | {
            "nameserver_port": port,
            "connect_to": self.connect_to,
            "roots": self.authority.root.pem,
        }
        self.options = self.limited()
        return self

    def limited(self, **others):
        """Return options with short limits that lead to the servers of this lab."""
        return ProbeOptions(**(self.short | others))

    def probe(self, name):
        """Probe a domain, or the domain of a case."""
        return probe_domain(name if "." in name else f"{name}.lab.test", self.options)

    def close(self):
        """Stop all servers."""
        self.opened.close()


def codes(findings, **where):
    """Return the outcome and the code of each check, from its worst row."""
    frame = findings.checks()
    for column, value in where.items():
        frame = frame[frame[column] == value]
    order = {"failed": 0, "not measured": 1, "passed": 2, "advice": 3}
    frame = frame.assign(rank=frame["outcome"].map(order)).sort_values("rank", kind="stable")
    first = frame.drop_duplicates("check").set_index("check")
    return {check: (row["outcome"], row["code"]) for check, row in first.iterrows()}
