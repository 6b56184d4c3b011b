"""TLSA records for SMTP (RFC 7672 §3.1): their text, which of them count, and what they match."""

import hashlib
from dataclasses import dataclass

from tlsrpt_analysis.errors import RecordError

TRUST_ANCHOR = 2
"""Usage DANE-TA: the record names an issuer."""

END_ENTITY = 3
"""Usage DANE-EE: the record names the host's own certificate; names and dates do not count."""

_DIGESTS = {1: hashlib.sha256, 2: hashlib.sha512}


@dataclass(frozen=True, slots=True)
class TlsaRecord:
    """A TLSA record: usage, selector, matching type, and the data to compare."""

    usage: int
    selector: int
    matching_type: int
    data: bytes

    @property
    def is_usable(self) -> bool:
        """Whether SMTP may use the record: DANE-TA or DANE-EE (RFC 7672 §3.1), well formed."""
        digest = _DIGESTS.get(self.matching_type)
        fits = self.matching_type == 0 or (
            digest is not None and len(self.data) == digest().digest_size
        )
        return self.usage in (TRUST_ANCHOR, END_ENTITY) and self.selector in (0, 1) and fits

    def matches(self, certificate: bytes, public_key: bytes) -> bool:
        """Compare with a certificate and its public key, both in DER (RFC 6698 §2.1)."""
        chosen = public_key if self.selector else certificate
        digest = _DIGESTS.get(self.matching_type)
        return self.data == (digest(chosen).digest() if digest else chosen)


def parse_tlsa(text: str) -> TlsaRecord:
    """Read a TLSA record from its presentation form (RFC 6698 §2.2).

    Parameters
    ----------
    text : str
        Usage, selector and matching type as numbers, then hexadecimal data.

    Returns
    -------
    TlsaRecord
        The record, usable or not.

    Raises
    ------
    RecordError
        When the text is no TLSA record.

    Examples
    --------
    >>> parse_tlsa("3 1 1 " + "ab" * 32).is_usable
    True
    """
    words = text.split()
    try:
        usage, selector, matching_type = (int(word) for word in words[:3])
        return TlsaRecord(usage, selector, matching_type, bytes.fromhex("".join(words[3:])))
    except ValueError:
        raise RecordError(f"not a TLSA record: {text[:60]!r}") from None
