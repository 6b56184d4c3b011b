"""How the user wants reports authenticated (RFC 8460 §3), and how a key is looked up.

The check itself is in `verdict`, which loads dkimpy and is imported only where it is needed.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

KeyLookup = Callable[[str], str | None]
"""Returns the TXT record at a name, None where there is none, or raises `KeyUnavailable`."""

LONGEST_KEY_RECORD = 8_192
"""A TXT record with an RSA key of 16,384 bits has 2,800 characters."""


class KeyUnavailable(Exception):  # noqa: N818 - it says what the key is; it never leaves the intake
    """DNS did not answer, so it is unknown whether there is a key."""


@dataclass(frozen=True, slots=True)
class Authentication:
    """How reports that came by mail are authenticated (RFC 8460 §3).

    Attributes
    ----------
    keys : mapping or callable, optional
        The DKIM key records by name, for example ``selector._domainkey.example.com``:
        `DkimKeys` queries DNS; a mapping of names to records needs no network.
    trusted_servers : tuple of str
        The names (authserv-id) that your own servers write into ``Authentication-Results``.
        Name only servers that remove such fields from incoming mails.
    include_failed : bool
        Whether reports that fail or have no signature still count in the analyses.

    Examples
    --------
    >>> Authentication(trusted_servers=("mx.example.com",)).include_failed
    False
    """

    keys: Mapping[str, str] | KeyLookup | None = None
    trusted_servers: tuple[str, ...] = ()
    include_failed: bool = False

    def leaves_out(self, authenticity: str) -> bool:
        """Whether a report of this authenticity is left out of the analyses."""
        return not self.include_failed and authenticity in {"failed", "unsigned"}

    def for_attached_mails(self) -> "Authentication":
        """Return this without the trusted servers: they wrote into the outermost mail only."""
        return replace(self, trusted_servers=())  # RFC 8601 §5
