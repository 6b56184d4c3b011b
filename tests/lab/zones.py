"""The zones of the lab: a signed one, an unsigned one, and some that fail in one way each."""

import hashlib

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from lab.faces import DANE_NAMES, host_of

SIGNED = ("lab.test", "bogus.test")
FAULTS = {
    "bogus.test": "bogus",
    "lame.test": "lame",
    "servfail.test": "servfail",
    "silent.test": "silent",
}
"""Zones that never answer; ``bogus`` is changed after it was signed."""

HEAD = ("@ 60 IN SOA ns.lab.test. h.lab.test. 1 60 60 60 60", "@ 60 IN NS ns.lab.test.")

DNS_CASES = {
    "bogus.test": ("mx-record", "failed", "dns-bogus"),
    "lame.test": ("mx-record", "not measured", "dns-lame"),
    "servfail.test": ("mx-record", "not measured", "dns-servfail"),
    "silent.test": ("mx-record", "not measured", "dns-timeout"),
    "nowhere.lab.test": ("mx-record", "failed", "dns-nxdomain"),
    "nomx.lab.test": ("mx-record", "failed", "no-mx"),
    "nullmx.lab.test": ("mx-record", "advice", "null-mx"),
    "nullmxbeside.lab.test": ("mx-record", "failed", "null-mx-with-others"),
    "gone.lab.test": ("mx-address", "failed", "dns-nxdomain"),
    "empty.lab.test": ("mx-address", "failed", "no-address"),
    "loop.lab.test": ("mx-address", "failed", "dns-loop"),
    "alias.lab.test": ("mx-alias", "failed", "cname-chain"),
    "deadalias.lab.test": ("mx-address", "failed", "dns-nxdomain"),
    "lamehost.lab.test": ("mx-address", "not measured", "dns-lame"),
    "strange.lab.test": ("connect", "not measured", "unusable-name"),
    "txtalias.lab.test": ("policy-record", "passed", "ok"),
    "txtbeside.lab.test": ("policy-record", "passed", "ok"),
    "twotxt.lab.test": ("policy-record", "failed", "multiple-records"),
    "badtxt.lab.test": ("policy-record", "failed", "record-syntax"),
    "good.lab.test": ("dnssec", "passed", "ok"),
    "plain.test": ("dnssec", "advice", "not-signed"),
    "partly.lab.test": ("dnssec", "advice", "partly-signed"),
}
"""What a probe finds at each domain."""

_DNS_LINES = (
    "nomx 60 IN A 192.0.2.1",
    "nullmx 60 IN MX 0 .",
    "nullmxbeside 60 IN MX 0 .",
    "nullmxbeside 60 IN MX 10 mx.good",
    "gone 60 IN MX 10 mx.gone",
    "empty 60 IN MX 10 mx.empty",
    'mx.empty 60 IN TXT "no address"',
    "loop 60 IN MX 10 mx.loop",
    "mx.loop 60 IN CNAME a.loop",
    "a.loop 60 IN CNAME b.loop",
    "b.loop 60 IN CNAME a.loop",
    "alias 60 IN MX 10 mx.alias",
    "mx.alias 60 IN CNAME one.alias",
    "one.alias 60 IN CNAME mx.good",
    "deadalias 60 IN MX 10 mx.deadalias",
    "mx.deadalias 60 IN CNAME nothing.deadalias",
    "lamehost 60 IN MX 10 mx.lame.test.",
    "strange 60 IN MX 10 " + r"\009" * 60 + ".strange",
    r"*.strange 60 IN A 192.0.2.1",
    "partly 60 IN MX 10 mx.plain.test.",
    "txtalias 60 IN MX 10 mx.good",
    "_mta-sts.txtalias 60 IN CNAME _mta-sts.good",
    "txtbeside 60 IN MX 10 mx.good",
    '_mta-sts.txtbeside 60 IN TXT "v=STSv1;" " id=20260101;"',
    f"_mta-sts.txtbeside 60 IN TXT {' '.join(chr(34) + 'x' * 250 + chr(34) for _ in range(6))}",
    "twotxt 60 IN MX 10 mx.good",
    '_mta-sts.twotxt 60 IN TXT "v=STSv1; id=1;"',
    '_mta-sts.twotxt 60 IN TXT "v=STSv1; id=2;"',
    "badtxt 60 IN MX 10 mx.good",
    '_mta-sts.badtxt 60 IN TXT "v=STSv1; id=not-one;"',
)

TLSA_CASES = {
    "dane3": ("passed", "ok"),
    "dane3other": ("failed", "dane-mismatch"),
    "dane2": ("passed", "ok"),
    "dane2other": ("failed", "dane-mismatch"),
    "dane0": ("advice", "tlsa-unusable"),
    "danealias": ("passed", "ok"),
    "danetwo": ("passed", "ok"),
    "plain.test": ("advice", "tlsa-without-dnssec"),
}
"""The finding on the TLSA records of each case; all are in the signed zone."""


def dns_lines(addresses):
    """Return the lines of the signed zone; `addresses` maps mail and policy cases to addresses."""
    lines = [*HEAD, *_DNS_LINES]
    for (kind, case), address in addresses.items():
        lines.append(f"{'mx' if kind == 'mail' else 'mta-sts'}.{case} 60 IN A {address}")
    for case in dict.fromkeys(case for _, case in addresses):
        lines += [
            f"{case} 60 IN MX 10 {host_of(case)}.",
            f'_mta-sts.{case} 60 IN TXT "v=STSv1; id=1;"',
            f'_smtp._tls.{case} 60 IN TXT "v=TLSRPTv1; rua=mailto:r@{case}.lab.test"',
        ]
    return lines


def plain_lines(address, record):
    """Return the unsigned zone; its MX has a TLSA record that nobody can validate."""
    return [
        *HEAD,
        "@ 60 IN MX 10 mx",
        f"mx 60 IN A {address}",
        f"_25._tcp.mx 60 IN TLSA {record}",
    ]


def dane_lines(address, leaf, middle, other):
    """Return the lines of hosts with TLSA records, which are one host under many names."""
    leaf, middle, other = (issued.certificate for issued in (leaf, middle, other))
    records = {
        "dane3": [tlsa(3, 1, 1, leaf)],
        "dane3other": [tlsa(3, 1, 1, other)],
        "dane2": [tlsa(2, 0, 2, middle)],
        "dane2other": [tlsa(2, 1, 1, other)],
        "dane0": [tlsa(1, 0, 1, leaf), tlsa(0, 0, 1, middle)],
        "danetwo": [tlsa(3, 1, 1, other), tlsa(3, 0, 0, leaf)],
    }
    lines = ["mx.danealias 60 IN CNAME mx.dane3"]
    for case in DANE_NAMES:
        lines.append(f"{case} 60 IN MX 10 mx.{case}")
        lines += [f"mx.{case} 60 IN A {address}"] if case in records else []
        lines += [f"_25._tcp.mx.{case} 60 IN TLSA {text}" for text in records.get(case, ())]
    return lines


def tlsa(usage, selector, matching_type, certificate: x509.Certificate):
    """Return the TLSA record of a certificate."""
    data = certificate.public_bytes(Encoding.DER)
    if selector:
        data = certificate.public_key().public_bytes(
            Encoding.DER, PublicFormat.SubjectPublicKeyInfo
        )
    if matching_type:
        data = (hashlib.sha256, hashlib.sha512)[matching_type - 1](data).digest()
    return f"{usage} {selector} {matching_type} {data.hex()}"
