"""DKIM keys from DNS, and a file that caches them.

Signers withdraw their keys after some months, so verifying old mails later needs a cache.
"""

import contextlib
import json
import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from tlsrpt_analysis.errors import SourceError
from tlsrpt_analysis.intake.authenticity.wanted import (
    LONGEST_KEY_RECORD,
    Authentication,
    KeyUnavailable,
)
from tlsrpt_analysis.whole_files import write_whole_file

if TYPE_CHECKING:
    import dns.resolver

LONGEST_LOOKUP_SECONDS = 10.0
"""If DNS does not answer in this time, no other key of the same domain is looked up."""

_KEY = re.compile(r"(?:^|;)\s{0,9}p\s{0,9}=")

MOST_KEYS = 10_000
"""Names that one load looks up; mails can name any number of them."""


class DkimKeys:
    """Looks up DKIM keys in DNS (RFC 6376 §3.6.1), each once.

    Parameters
    ----------
    cache : str or os.PathLike, optional
        A JSON file of names and key records: names in it are not looked up again, and records
        found in DNS are added to it.
    nameservers : sequence of str, optional
        The addresses of the name servers to query; the system's by default.
    port : int
        The port of the name servers.

    Raises
    ------
    SourceError
        When `cache` exists and is not such a file, or its folder does not exist.

    Examples
    --------
    >>> DkimKeys(nameservers=["127.0.0.1"])("")
    """

    def __init__(
        self,
        cache: str | os.PathLike[str] | None = None,
        *,
        nameservers: Sequence[str] | None = None,
        port: int = 53,
    ) -> None:
        self._cache = None if cache is None else Path(cache)
        self._nameservers = nameservers
        self._port = port
        self._kept = _read_cache(self._cache)
        self._absent: set[str] = set()
        self._silent: set[str] = set()
        self._asked = 0

    def __call__(self, name: str) -> str | None:
        """Return the key record at a name, or None if there is none."""
        if name in self._kept:
            return self._kept[name]
        domain = name.partition("._domainkey.")[2]
        if name in self._absent or not domain:
            return None
        if domain in self._silent:
            raise KeyUnavailable("DNS does not answer")
        if self._asked >= MOST_KEYS:
            raise KeyUnavailable(f"more than {MOST_KEYS:,} keys were looked up")
        self._asked += 1
        record = self._ask(name, domain)
        if record is None:
            self._absent.add(name)
            return None
        self._kept[name] = record
        self._write_cache()
        return record

    def _ask(self, name: str, domain: str) -> str | None:
        import dns.exception  # noqa: PLC0415 - most loads look up no key
        import dns.name  # noqa: PLC0415
        import dns.resolver  # noqa: PLC0415

        try:
            question = dns.name.from_text(f"{name}.")
        except (dns.exception.DNSException, UnicodeError):  # the signer chose a name that is none
            return None
        try:
            answer = self._resolver().resolve(
                question, "TXT", lifetime=LONGEST_LOOKUP_SECONDS, search=False
            )
        except (
            dns.exception.Timeout,
            dns.resolver.NoNameservers,  # SERVFAIL from all of them
            dns.resolver.NoResolverConfiguration,
            OSError,
        ) as error:
            self._silent.add(domain)
            raise KeyUnavailable(f"DNS does not answer ({type(error).__name__})") from error
        except dns.exception.DNSException:
            return None
        records = [b"".join(record.strings).decode("utf-8", "replace") for record in answer]
        keys = [text for text in records if _KEY.search(text)]
        # RFC 6376 §3.6.2.2 leaves open which of several counts: not the one that came first today
        return min(keys or records)[: LONGEST_KEY_RECORD + 1]

    def _resolver(self) -> "dns.resolver.Resolver":
        import dns.resolver  # noqa: PLC0415 - most loads look up no key

        resolver = dns.resolver.Resolver(configure=self._nameservers is None)
        if self._nameservers is not None:
            resolver.nameservers = list(self._nameservers)
            resolver.port = self._port
        return resolver

    def _write_cache(self) -> None:
        if self._cache is None:
            return
        with contextlib.suppress(OSError, SourceError):  # the next load can look it up again
            self._kept = _read_cache(self._cache) | self._kept  # another process may write it too
            text = json.dumps(self._kept, indent=1, sort_keys=True)
            write_whole_file(self._cache, text.encode())


def choose_authentication(
    *,
    dkim: bool = False,
    key_file: str | os.PathLike[str] | None = None,
    trusted_servers: Sequence[str] = (),
    include_failed: bool = False,
) -> Authentication | None:
    """Choose from plain values how reports that came by mail are authenticated.

    Parameters
    ----------
    dkim : bool
        Whether to verify DKIM signatures with keys from DNS.
    key_file : str or os.PathLike, optional
        The file that caches the keys; naming one also requests verification.
    trusted_servers : sequence of str
        Your servers whose ``Authentication-Results`` are trusted.
    include_failed : bool
        Whether reports that fail or have no signature still count in the analyses.

    Returns
    -------
    Authentication or None
        None if nothing is to be authenticated.

    Examples
    --------
    >>> choose_authentication(trusted_servers=["mx.example.com"]).trusted_servers
    ('mx.example.com',)
    >>> choose_authentication() is None
    True
    """
    keys = DkimKeys(key_file) if dkim or key_file else None
    if keys is None and not trusted_servers:
        return None
    return Authentication(keys, tuple(trusted_servers), include_failed)


def _read_cache(path: Path | None) -> dict[str, str]:
    if path is None:
        return {}
    if not path.exists():
        if path.absolute().parent.is_dir():
            return {}
        raise SourceError(f"{path} cannot be written: make its folder first")
    try:
        kept = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise SourceError(f"{path} cannot be read as a file of DKIM keys: {error}") from error
    if isinstance(kept, dict) and all(isinstance(record, str) for record in kept.values()):
        return kept
    raise SourceError(
        f"{path} is not a file of DKIM keys: it must be a JSON object like"
        ' {"selector._domainkey.example.com": "v=DKIM1; p=..."}'
    )
