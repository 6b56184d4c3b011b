"""A small PKI that is the same on every run: keys derived from names, deterministic signatures."""

import datetime as dt
import hashlib
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

START = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
END = dt.datetime(2036, 1, 1, tzinfo=dt.UTC)


@dataclass(frozen=True)
class Issued:
    """A certificate and its key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def pem(self) -> bytes:
        """Return the certificate as PEM."""
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    @property
    def key_pem(self) -> bytes:
        """Return the key as PEM."""
        return self.key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )


def issue(
    name,
    issuer=None,
    *,
    names=(),
    start=START,
    end=END,
    is_authority=False,
    key=None,
    key_name=None,
):
    """Issue a certificate; without an issuer it signs itself, without a key it has one of its own."""
    number = int.from_bytes(hashlib.sha256((key_name or name).encode()).digest()[:16], "big")
    key = key or ec.derive_private_key(number, ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    signer = issuer.key if issuer else key
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(number >> 8)
        .not_valid_before(start)
        .not_valid_after(end)
        .add_extension(x509.BasicConstraints(is_authority, None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False
        )
    )
    if names:
        wanted = x509.SubjectAlternativeName([x509.DNSName(text) for text in names])
        builder = builder.add_extension(wanted, critical=False)
    if not is_authority:
        usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
        builder = builder.add_extension(usage, critical=False)
    else:
        bits = dict.fromkeys(
            ["digital_signature", "content_commitment", "key_encipherment", "data_encipherment"],
            False,
        ) | {"key_agreement": False, "encipher_only": False, "decipher_only": False}
        allowed = x509.KeyUsage(key_cert_sign=True, crl_sign=True, **bits)
        builder = builder.add_extension(allowed, critical=True)
    return Issued(builder.sign(signer, hashes.SHA256(), ecdsa_deterministic=True), key)


class Authority:
    """A root, an intermediate, an untrusted root, and the certificates they issue."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.root = issue("Lab Root", is_authority=True)
        self.middle = issue("Lab Intermediate", self.root, is_authority=True)
        self.stranger = issue("Stranger Root", is_authority=True)
        self.root_file = folder / "root.pem"
        self.root_file.write_bytes(self.root.pem)

    def leaf(self, name, **settings):
        """Issue a leaf by the intermediate."""
        return issue(name, self.middle, names=settings.pop("names", (name,)), **settings)

    def write(self, file_name, leaf, *others):
        """Write the key, the leaf and the other certificates to one file, in Postfix's order."""
        path = self.folder / f"{file_name}.pem"
        path.write_bytes(b"".join([leaf.key_pem, leaf.pem, *(other.pem for other in others)]))
        return path
