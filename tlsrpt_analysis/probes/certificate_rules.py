"""What a TLS session shows about a host: protocol, name, dates, chain and TLSA records."""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tlsrpt_analysis.errors import RecordError
from tlsrpt_analysis.probes.chain import (
    EXPIRES_SOON,
    Fault,
    Trust,
    chain_advice,
    chain_fault,
    date_fault,
    is_anchored,
    name_fault,
    path_from,
    read_certificate,
)
from tlsrpt_analysis.probes.evidence import Evidence, MxHost, TlsSession
from tlsrpt_analysis.probes.findings import ADVICE, FAILED, NOT_MEASURED, PASSED
from tlsrpt_analysis.standards.dane import END_ENTITY, TRUST_ANCHOR, TlsaRecord, parse_tlsa

OLD_PROTOCOLS = ("SSLv3", "TLSv1", "TLSv1.1")
"""Deprecated protocols (RFC 8996 §4, RFC 8996 §5)."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The outcome of one check of a TLS session, not yet of a host."""

    check: str
    outcome: str
    fault: Fault


@dataclass(frozen=True, slots=True)
class Certificates:
    """The parsed certificates of the evidence, and the time at which they are judged."""

    by_digest: dict[str, x509.Certificate | None]
    trust: Trust
    at: dt.datetime

    def served(self, session: TlsSession) -> list[x509.Certificate]:
        """Return the chain of a session, empty when its leaf cannot be parsed."""
        chain = [self.by_digest.get(digest) for digest in session.chain]
        if not chain or chain[0] is None:
            return []
        return [certificate for certificate in chain if certificate is not None]

    def has_unreadable(self, session: TlsSession) -> bool:
        """Whether a certificate of a session cannot be parsed."""
        return any(self.by_digest.get(digest) is None for digest in session.chain)


def read_certificates(evidence: Evidence) -> Certificates:
    """Parse every certificate once; those that other hosts served may complete a chain."""
    parsed = {stored.sha256: read_certificate(stored.der) for stored in evidence.certificates}
    roles = {stored.sha256: stored.role for stored in evidence.certificates}
    roots = tuple(c for digest, c in parsed.items() if c is not None and roles[digest] == "root")
    known = tuple(c for digest, c in parsed.items() if c is not None and roles[digest] != "root")
    return Certificates(parsed, Trust(roots, known), evidence.collected_datetime)


def session_verdicts(
    session: TlsSession, hostname: str, certificates: Certificates
) -> Iterator[Verdict]:
    """Yield the verdicts on protocol, name, dates and chain of a TLS session."""
    old = session.protocol in OLD_PROTOCOLS
    negotiated = f"{session.protocol}, {session.cipher}"
    fault = Fault("ok", negotiated)
    if old:
        fault = Fault("legacy-tls", f"no newer protocol than {negotiated}")
    yield Verdict("tls-version", FAILED if old else PASSED, fault)
    served = certificates.served(session)
    if not served:
        for check in ("certificate-name", "certificate-dates", "certificate-chain"):
            fault = Fault("certificate-unreadable", "the certificate cannot be read")
            yield Verdict(check, FAILED if session.chain else NOT_MEASURED, fault)
        return
    yield from _leaf_verdicts(served[0], hostname, certificates.at)
    yield from _chain_verdicts(served, session, hostname, certificates)


def _leaf_verdicts(leaf: x509.Certificate, hostname: str, at: dt.datetime) -> Iterator[Verdict]:
    name = name_fault(leaf, hostname)
    yield Verdict(
        "certificate-name",
        FAILED if name else PASSED,
        name or Fault("ok", f"the certificate is for {hostname}"),
    )
    dates = date_fault(leaf, at)
    until = f"valid until {leaf.not_valid_after_utc:%Y-%m-%d}"
    yield Verdict("certificate-dates", FAILED if dates else PASSED, dates or Fault("ok", until))
    if dates is None and at + EXPIRES_SOON > leaf.not_valid_after_utc:
        yield Verdict("certificate-dates", ADVICE, Fault("expires-soon", until))


def _chain_verdicts(
    served: Sequence[x509.Certificate],
    session: TlsSession,
    hostname: str,
    certificates: Certificates,
) -> Iterator[Verdict]:
    check, trust, at = "certificate-chain", certificates.trust, certificates.at
    fault = chain_fault(served, trust, at)
    if fault is not None and certificates.has_unreadable(session):
        fault = Fault("certificate-unreadable", "a certificate of the chain cannot be read")
    if fault is not None and not session.is_whole_chain:
        fault = Fault("chain-unavailable", "this Python shows only the leaf of a chain")
        yield Verdict(check, NOT_MEASURED, fault)
        return
    yield Verdict(
        check,
        FAILED if fault else PASSED,
        fault or Fault("ok", "the chain leads to a trusted root"),
    )
    leaf = served[0]
    if fault is None and not name_fault(leaf, hostname) and not date_fault(leaf, at):
        for advice in chain_advice(served, trust, at, hostname):
            yield Verdict(check, ADVICE, advice)


def tlsa_verdict(
    host: MxHost, session: TlsSession | None, certificates: Certificates, *, is_trusted: bool
) -> Verdict:
    """Return whether the TLSA records of a host match the served chain (RFC 7672 §3.1)."""
    check = "tlsa"
    answer = next((found for found in host.tlsa if found.status == "ok"), None)
    if answer is None:
        return _no_tlsa(host)
    if not (answer.validated and is_trusted):
        fault = Fault(
            "tlsa-without-dnssec", "TLSA records without DNSSEC validation protect nothing"
        )
        return Verdict(check, ADVICE if is_trusted else NOT_MEASURED, fault)
    records = [record for record in map(_tlsa, answer.records) if record is not None]
    usable = [record for record in records if record.is_usable]
    if not usable:
        fault = Fault("tlsa-unusable", "no usable TLSA record (usage 2 or 3)")
        return Verdict(check, ADVICE, fault)
    served = certificates.served(session) if session else []
    if not served:
        return Verdict(check, NOT_MEASURED, Fault("no-chain", "no certificate to compare with"))
    # RFC 7672 §3.2.2: the name where the records stand, and the one in the MX record
    names = (answer.name.removeprefix("_25._tcp."), host.name)
    if any(_is_tlsa_met(record, served, names, certificates) for record in usable):
        return Verdict(check, PASSED, Fault("ok", "a TLSA record matches"))
    return Verdict(check, FAILED, Fault("dane-mismatch", "no TLSA record matches the chain"))


def _no_tlsa(host: MxHost) -> Verdict:
    for answer in host.tlsa:
        if answer.status not in ("nodata", "nxdomain"):
            outcome = FAILED if answer.status == "bogus" else NOT_MEASURED
            message = f"the TLSA look-up failed ({answer.status}): senders with DANE delay mail"
            return Verdict("tlsa", outcome, Fault(f"dns-{answer.status}", message))
    if not host.tlsa:
        return Verdict("tlsa", NOT_MEASURED, Fault("not-asked", "TLSA was not looked up"))
    return Verdict("tlsa", PASSED, Fault("ok", "no TLSA records, so nothing to match"))


def _tlsa(text: str) -> TlsaRecord | None:
    try:
        return parse_tlsa(text)
    except RecordError:
        return None


def _is_tlsa_met(
    record: TlsaRecord,
    served: Sequence[x509.Certificate],
    names: Sequence[str],
    certificates: Certificates,
) -> bool:
    if record.usage == END_ENTITY:  # RFC 7672 §3.1.1: names and dates do not count
        return record.matches(*_bytes_of(served[0]))
    anchors = [c for c in served if record.matches(*_bytes_of(c))]  # RFC 7672 §3.1.2
    path = path_from(served[0], served[1:], anchors)
    dated = all(date_fault(c, certificates.at) is None for c in path)
    return (
        record.usage == TRUST_ANCHOR
        and is_anchored(path, anchors)
        and dated
        and any(name_fault(served[0], name) is None for name in names)
    )


def _bytes_of(certificate: x509.Certificate) -> tuple[bytes, bytes]:
    key = certificate.public_key()
    return (
        certificate.public_bytes(Encoding.DER),
        key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
    )
