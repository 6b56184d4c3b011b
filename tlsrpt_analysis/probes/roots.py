"""The trusted roots, and which of them belong to the evidence."""

import hashlib
import re
import ssl

import certifi

from tlsrpt_analysis.errors import ProbeError
from tlsrpt_analysis.probes.chain import read_certificate
from tlsrpt_analysis.probes.evidence import StoredCertificate

_PEM = re.compile(rb"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)


def root_store(pem: bytes) -> tuple[bytes, str]:
    """Return the PEM of the trusted roots, and a name with their digest."""
    name = "given"
    if not pem:
        name = "certifi"
        pem = certifi.contents().encode("ascii")
    return pem, f"{name} sha256:{hashlib.sha256(pem).hexdigest()[:16]}"


def read_pem(pem: bytes) -> list[bytes]:
    """Return the certificates of a PEM text in DER."""
    try:
        return [ssl.PEM_cert_to_DER_cert(block.decode("ascii")) for block in _PEM.findall(pem)]
    except ValueError as error:
        raise ProbeError("the given certificates are not PEM") from error


def stored_certificates(
    served: dict[str, bytes], known_pem: bytes, store_pem: bytes
) -> tuple[StoredCertificate, ...]:
    """Return the certificates of the evidence: served, known, and the roots that issued them."""
    known = {hashlib.sha256(der).hexdigest(): der for der in read_pem(known_pem)}
    read = [read_certificate(der) for der in (*served.values(), *known.values())]
    names = {c.issuer for c in read if c is not None} | {c.subject for c in read if c is not None}
    roles = {digest: ("known", der) for digest, der in known.items()}
    roles |= {digest: ("served", der) for digest, der in served.items()}
    for der in read_pem(store_pem):
        root = read_certificate(der)
        if root is not None and root.subject in names:
            roles[hashlib.sha256(der).hexdigest()] = ("root", der)
    return tuple(
        StoredCertificate(sha256=digest, der=der, role=role)
        for digest, (role, der) in sorted(roles.items())
    )
