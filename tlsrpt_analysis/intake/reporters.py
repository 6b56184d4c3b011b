"""Who sent a report: one table of known organisations, and one name for each sender."""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from tlsrpt_analysis.standards.domain_names import normalize_domain

NOT_GIVEN = "(not given)"
LONGEST_NAME = 80


@dataclass(frozen=True, slots=True)
class Organization:
    """A sender of reports: our name for it, the domains of its contacts, the names it gives."""

    reporter: str
    domains: tuple[str, ...]
    names: tuple[str, ...]


# "seen": a published report has this name and this contact domain.
# "own site": the domain is the organisation's own; no report of it was at hand.
ORGANIZATIONS = (
    Organization("Google", ("google.com",), ("Google Inc.", "Google LLC", "Google")),  # seen
    Organization("Microsoft", ("microsoft.com",), ("Microsoft Corporation", "Microsoft")),  # seen
    Organization("Mail.ru", ("corp.mail.ru", "mail.ru"), ("Mail.ru", "Mail.Ru Group")),  # seen
    Organization("SocketLabs", ("socketlabs.com",), ("SocketLabs",)),  # seen
    Organization("Yahoo", ("yahooinc.com", "yahoo.com"), ("Yahoo Inc.", "Yahoo")),  # own site
    Organization("Comcast", ("comcast.com", "comcast.net"), ("Comcast",)),  # own site
    Organization("GMX", ("gmx.net", "gmx.com", "gmx.de"), ("GMX",)),  # own site
    Organization("WEB.DE", ("web.de",), ("WEB.DE",)),  # own site
    Organization("mail.com", ("mail.com",), ("mail.com",)),  # own site
    Organization("Mimecast", ("mimecast.com",), ("Mimecast",)),  # own site
    Organization("Fastmail", ("fastmail.com", "fastmailteam.com"), ("Fastmail",)),  # own site
    Organization("Zoho", ("zoho.com", "zohocorp.com"), ("Zoho", "Zoho Corporation")),  # own site
    Organization("Proton", ("proton.me", "protonmail.com", "proton.ch"), ("Proton", "Proton AG")),
)


def canonical_reporter(organization_name: str | None, contact_info: str | None) -> str:
    """Give one name for who sent a report, found from the contact domain first, then the name.

    Nothing of it is proven: a report that was not authenticated may claim any contact.

    Parameters
    ----------
    organization_name, contact_info : str or None
        As the report gives them (RFC 8460 §4.4).

    Returns
    -------
    str
        The name of a known organisation; else the sender's own name on one bounded line, and
        with its contact domain where it claims to be a known one but writes from elsewhere.

    Examples
    --------
    >>> canonical_reporter("Google Inc.", "smtp-tls-reporting@google.com")
    'Google'
    >>> canonical_reporter("Google Inc.", "abuse@evil.example")
    'Google Inc. (evil.example)'
    """
    return _reporter((organization_name or "")[:_READ], (contact_info or "")[:_READ])


_READ = 1_000  # letters of a stranger's text that are looked at, and kept in the cache


@lru_cache(maxsize=16_384)
def _reporter(organization_name: str, contact_info: str) -> str:
    name, contact = _clean(organization_name), _clean(contact_info)
    if not contact:
        return _by_name(name) or name or NOT_GIVEN
    domain = _contact_domain(contact)
    known = _by_domain(domain)
    if known is not None:
        return known
    where = domain or contact
    if not name:
        return where if _claimed(where) is None else f"{NOT_GIVEN} ({where})"
    return name if _claimed(name) is None else f"{name} ({where})"


_ADDRESS = re.compile(r"(?:mailto:)?(?:[^<>]*<)?[^@\s<>]+@([^@\s<>]+)>?", re.IGNORECASE)


def _clean(text: str) -> str:
    letters = unicodedata.normalize("NFC", text)
    spaced = "".join(
        " " if letter.isspace() else letter
        for letter in letters
        if letter.isspace() or letter.isprintable()
    )
    folded = " ".join(spaced.split())
    return folded if len(folded) <= LONGEST_NAME else f"{folded[: LONGEST_NAME - 1]}…"


def _contact_domain(contact: str) -> str:
    found = _ADDRESS.fullmatch(contact)
    return normalize_domain(found[1]) if found else ""


def _by_domain(domain: str) -> str | None:
    labels = domain.split(".")
    for start in range(len(labels)):
        known = _BY_DOMAIN.get(".".join(labels[start:]))
        if known is not None:
            return known
    return None


def _by_name(name: str) -> str | None:
    return _BY_NAME.get(_words(name))


def _claimed(name: str) -> str | None:
    words = _words(name)
    for length in range(len(words), 0, -1):
        known = _BY_NAME.get(words[:length])
        if known is not None:
            return known
    return None


def _words(name: str) -> tuple[str, ...]:
    return tuple(re.findall(r"\w+", unicodedata.normalize("NFKC", name).casefold()))


_BY_DOMAIN = {domain: known.reporter for known in ORGANIZATIONS for domain in known.domains}
_BY_NAME = {_words(name): known.reporter for known in ORGANIZATIONS for name in known.names}
