"""Certificates that no library reads: each is a finding, and costs no other host its own."""

import dataclasses
import datetime as dt
import hashlib

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st
from probes.test_judge_without_servers import evidence_of

from tlsrpt_analysis.probes import host_rules, judge
from tlsrpt_analysis.probes.chain import read_certificate
from tlsrpt_analysis.probes.evidence import (
    HostAddress,
    MxHost,
    SmtpDialogue,
    StoredCertificate,
    TlsSession,
)
from tlsrpt_analysis.probes.roots import read_pem, root_store

AT = dt.datetime(2026, 10, 1, tzinfo=dt.UTC)
KEY = ec.generate_private_key(ec.SECP256R1())
NAME = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mx1.example.com")])
SAN, ANY, OTHER = (x509.ObjectIdentifier(f"2.5.29.{last}") for last in (17, 99, 98))


def _certificate(*extensions: tuple[x509.ObjectIdentifier, bytes]) -> bytes:
    builder = (
        x509.CertificateBuilder()
        .subject_name(NAME)
        .issuer_name(NAME)
        .public_key(KEY.public_key())
        .serial_number(1)
        .not_valid_before(AT - dt.timedelta(days=1))
        .not_valid_after(AT + dt.timedelta(days=90))
    )
    for identifier, value in extensions:
        builder = builder.add_extension(
            x509.UnrecognizedExtension(identifier, value), critical=False
        )
    return builder.sign(KEY, hashes.SHA256()).public_bytes(Encoding.DER)


GOOD = _certificate((SAN, b"\x30\x11\x82\x0fmx1.example.com"))
ODD = {
    "x400Address": _certificate((SAN, b"\x30\x04\xa3\x02\x30\x00")),
    "ediPartyName": _certificate((SAN, b"\x30\x04\xa5\x02\xa1\x00")),
    "no subjectAltName at all in the extension": _certificate((SAN, b"\xff\xff")),
    "an extension twice": _certificate((ANY, b"\x05\x00"), (OTHER, b"\x05\x00")).replace(
        b"\x55\x1d\x62", b"\x55\x1d\x63"
    ),
    "version 6": GOOD.replace(b"\xa0\x03\x02\x01\x02", b"\xa0\x03\x02\x01\x05"),
    "unknown curve": GOOD.replace(
        b"\x2a\x86\x48\xce\x3d\x03\x01\x07", b"\x2a\x86\x48\xce\x3d\x03\x01\x7f"
    ),
    "cut off": GOOD[:-20],
    "not a certificate": b"hello",
    "nothing": b"",
}


def _judged(*chains: tuple[bytes, ...]):
    hosts = []
    for number, chain in enumerate(chains, start=1):
        digests = tuple(hashlib.sha256(der).hexdigest() for der in chain)
        session = TlsSession(server_name="mx", outcome="ok", protocol="TLSv1.3", chain=digests)
        dialogue = SmtpDialogue(server_name="mx", outcome="ok", tls=session)
        address = HostAddress(ip_address=f"192.0.2.{number}", dialogues=(dialogue,))
        hosts.append(MxHost(name=f"mx{number}.example.com", preference=10, addresses=(address,)))
    stored = {hashlib.sha256(der).hexdigest(): der for chain in chains for der in chain}
    certificates = tuple(
        StoredCertificate(sha256=digest, der=der, role="served") for digest, der in stored.items()
    )
    bare = evidence_of()
    return judge(dataclasses.replace(bare, hosts=tuple(hosts), certificates=certificates))


def _codes(found, check: str) -> list[str]:
    return [f.code for f in found.findings if f.check == check]


@pytest.mark.parametrize("der", ODD.values(), ids=ODD.keys())
def test_an_odd_certificate_is_unreadable_and_nothing_else(der):
    """Neither a crash, nor "no subjectAltName"; the host beside it keeps its findings."""
    assert der != GOOD

    found = _judged((der,), (GOOD,))

    assert _codes(found, "certificate-name") == ["certificate-unreadable", "host-mismatch"]
    assert _codes(found, "certificate-dates") == ["certificate-unreadable", "ok"]
    assert _codes(found, "certificate-chain") == ["certificate-unreadable", "self-signed"]


@pytest.mark.parametrize("der", ODD.values(), ids=ODD.keys())
def test_an_odd_issuer_is_unreadable_in_the_chain(der):
    """The name and the dates of the leaf are judged all the same."""
    found = _judged((GOOD, der))

    assert _codes(found, "certificate-name") == ["ok"]
    assert _codes(found, "certificate-chain") == ["certificate-unreadable"]


def test_every_trusted_root_is_readable():
    """Or hosts below it would fail."""
    assert [der for der in read_pem(root_store(b"")[0]) if read_certificate(der) is None] == []


@given(st.data())
def test_no_certificate_crashes_a_probe(data):
    """A handful of wrong bytes anywhere."""
    der = bytearray(data.draw(st.sampled_from([GOOD, *ODD.values()])) or GOOD)
    for _ in range(data.draw(st.integers(1, 3))):
        der[data.draw(st.integers(0, len(der) - 1))] = data.draw(st.integers(0, 255))

    found = _judged((bytes(der), GOOD), (GOOD,))

    assert "probe-error" not in {finding.code for finding in found.findings}
    assert len(_codes(found, "certificate-name")) == 2


def test_a_host_that_cannot_be_judged_costs_no_other(monkeypatch):
    """Whatever nobody foresaw is not measured there, and said."""
    steps = host_rules._steps

    def fails(dialogue, hostname, certificates):
        if hostname == "mx1.example.com":
            raise RuntimeError("odd\nmx2: fine")
        return steps(dialogue, hostname, certificates)

    monkeypatch.setattr(host_rules, "_steps", fails)

    found = _judged((GOOD,), (GOOD,))

    assert _codes(found, "certificate-name") == ["probe-error", "host-mismatch"]
    assert not found.is_measured
    assert "please report it (RuntimeError: odd" in str(found)
    assert "\nmx2: fine" not in str(found)
