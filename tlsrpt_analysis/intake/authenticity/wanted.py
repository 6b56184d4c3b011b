"""How the user wants reports authenticated (RFC 8460 §3), and how a key is asked for.

The judging is in `authenticity`, which loads dkimpy and is imported where a mail is judged.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

KeyLookup = Callable[[str], str | None]
"""Gives the TXT record at a name, None where there is none, and raises `KeyUnavailable`."""

LONGEST_KEY_RECORD = 8_192
"""A TXT record with an RSA key of 16,384 bits has 2,800 letters."""


class KeyUnavailable(Exception):  # noqa: N818 - it says what the key is; it never leaves the intake
    """Whether there is a key cannot be told now, as DNS did not answer."""


@dataclass(frozen=True, slots=True)
class Authentication:
    """How reports that came by mail are to be authenticated (RFC 8460 §3).

    Attributes
    ----------
    keys : mapping or callable, optional
        Gives the DKIM key record at a name such as ``selector._domainkey.example.com``:
        `DkimKeys` asks DNS; a mapping of names to records asks nobody.
    trusted_servers : tuple of str
        The names (authserv-id) with which your own servers sign the ``Authentication-Results``
        that they write. Name only servers that remove such fields from mails that come in.
    include_failed : bool
        Whether reports that fail, or have no signature, still count in the analyses.

    Examples
    --------
    >>> Authentication(trusted_servers=("mx.example.com",)).include_failed
    False
    """

    keys: Mapping[str, str] | KeyLookup | None = None
    trusted_servers: tuple[str, ...] = ()
    include_failed: bool = False

    def leaves_out(self, authenticity: str) -> bool:
        """Tell whether a report of this authenticity is left out of the analyses."""
        return not self.include_failed and authenticity in {"failed", "unsigned"}
