"""Mails with DKIM signatures, made with keys of this test run."""

import base64
import functools
from collections.abc import Mapping

import dkim
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa

from support.wrappings import REPORT, gzipped, mailed

SIGNED_FIELDS = ("From", "To", "Subject", "TLS-Report-Domain", "TLS-Report-Submitter")


@functools.cache
def rsa_key() -> rsa.RSAPrivateKey:
    """Return the signer's key."""
    return rsa.generate_private_key(public_exponent=65_537, key_size=2_048)


def key_record(extra: str = "") -> str:
    """Return the TXT record of that key."""
    public = rsa_key().public_key()
    encoded = public.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return f"v=DKIM1; k=rsa; {extra}p={base64.b64encode(encoded).decode()}"


def keys(domain: str = "google.com", *, extra: str = "") -> Mapping[str, str]:
    """Return the key under the name in the signatures."""
    return {f"tests._domainkey.{domain}": key_record(extra)}


def signed(
    raw: bytes,
    *,
    domain: str = "google.com",
    length: bool = False,
    fields: tuple[str, ...] = SIGNED_FIELDS,
    more_tags: str = "",
) -> bytes:
    """Sign a mail; `more_tags`, for example ``x=1;``, are signed too."""
    pem = rsa_key().private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    )
    signer = _Signer(raw)
    signer.more_tags = more_tags.encode()
    signature = signer.sign(
        b"tests", domain.encode(), pem, include_headers=list(fields), length=length
    )
    return bytes(signature.replace(b"\r\n", b"\n")) + raw


def signed_with_ed25519(raw: bytes) -> tuple[bytes, str]:
    """Return a mail signed with Ed25519, and its key record (RFC 8463 §4.2)."""
    key = ed25519.Ed25519PrivateKey.generate()
    secret = base64.b64encode(key.private_bytes_raw())
    public = base64.b64encode(key.public_key().public_bytes_raw()).decode()
    signature = dkim.sign(
        raw, b"tests", b"google.com", secret, signature_algorithm=b"ed25519-sha256"
    )
    return bytes(signature.replace(b"\r\n", b"\n")) + raw, f"v=DKIM1; k=ed25519; p={public}"


class _Signer(dkim.DKIM):
    more_tags = b""

    def gen_header(self, fields, *rest, **more):
        for tag in self.more_tags.split(b";"):
            name, _, value = tag.strip().partition(b"=")
            if name in dict(fields):
                fields = [(key, value if key == name else old) for key, old in fields]
            elif name:
                fields.insert(-2, (name, value))
        return super().gen_header(fields, *rest, **more)


RECEIVED = b"Received: from a.example by mx.example.com; Thu, 2 Jul 2026 04:00:00 +0000\n"
MAIL = mailed(gzipped(REPORT))
SIGNED = signed(MAIL)
