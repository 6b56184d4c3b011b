"""Who sent a report: one name for each sender, found in the table of known organisations."""

import re
import unicodedata
from functools import lru_cache

from tlsrpt_analysis.standards.domain_names import normalize_domain
from tlsrpt_analysis.standards.organizations import (
    ORGANIZATIONS,
    is_webmail,
    organization_of_contact,
)

NOT_GIVEN = "(not given)"
LONGEST_NAME = 80


def canonical_reporter(
    organization_name: str | None,
    contact_info: str | None,
    *,
    authenticated_domain: str | None = None,
) -> str:
    """Return one name for the sender of a report.

    The authenticated domain decides where there is one; otherwise the contact domain, then the name.
    Only the first is proven: a report that was not authenticated can claim any contact.

    Parameters
    ----------
    organization_name, contact_info : str or None
        As the report gives them (RFC 8460 §4.4).
    authenticated_domain : str, optional
        The domain whose signature on the report was verified.

    Returns
    -------
    str
        The name of a known organisation; otherwise the sender's own name on one bounded line,
        with its contact domain where it claims to be a known organisation but is elsewhere.

    Examples
    --------
    >>> canonical_reporter("Google Inc.", "smtp-tls-reporting@google.com")
    'Google'
    >>> canonical_reporter("Google Inc.", "abuse@evil.example")
    'Google Inc. (evil.example)'
    """
    if authenticated_domain:
        name = _clean((organization_name or "")[:_READ])
        return _speaker(authenticated_domain) or _name_at(name, authenticated_domain)
    return _reporter((organization_name or "")[:_READ], (contact_info or "")[:_READ])


def contact_domain(contact_info: str | None) -> str | None:
    """Return the domain of a report's contact, which is its sender's (RFC 8460 §5.3).

    Examples
    --------
    >>> contact_domain("mailto:smtp-tls-reporting@Google.com")
    'google.com'
    """
    return _contact_domain(_clean((contact_info or "")[:_READ])) or None


def is_covered_by(claimed: str, signer: str) -> bool:
    """Whether a signing domain may speak for a claimed domain.

    It may if it is the same domain or a parent of it, as the owner of a parent controls its
    subdomains, or if both belong to one known organisation.

    Examples
    --------
    >>> is_covered_by("reports.example.com", "example.com")
    True
    >>> is_covered_by("example.com", "reports.example.com")
    False
    """
    if claimed == signer:
        return True
    if "." in signer and claimed.endswith(f".{signer}"):
        return True
    known = _speaker(signer)
    return known is not None and known == _by_domain(claimed)


def claimed_organization(organization_name: str | None, contact_info: str | None) -> str | None:
    """Return the known organisation that a report claims to be from while its contact is elsewhere.

    Examples
    --------
    >>> claimed_organization("Google Inc.", "abuse@evil.example")
    'Google'
    """
    return _claimed_elsewhere((organization_name or "")[:_READ], (contact_info or "")[:_READ])


_READ = 1_000  # characters of an untrusted text that are read and cached


@lru_cache(maxsize=16_384)
def _claimed_elsewhere(organization_name: str, contact_info: str) -> str | None:
    contact, claimed = _clean(contact_info), _claimed(_clean(organization_name))
    if not contact or claimed is None or _by_domain(_contact_domain(contact)) is not None:
        return None
    return claimed


@lru_cache(maxsize=16_384)
def _reporter(organization_name: str, contact_info: str) -> str:
    name, contact = _clean(organization_name), _clean(contact_info)
    if not contact:
        return _by_name(name) or name or NOT_GIVEN
    domain = _contact_domain(contact)
    known = _by_domain(domain)
    if known is not None:
        return known
    return _name_at(name, domain or contact)


def _name_at(name: str, where: str) -> str:
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
    known = organization_of_contact(domain)
    return None if known is None else known.name


def _speaker(signer: str) -> str | None:
    """Return the organisation that a signature proves; that of a webmail user proves none."""
    known = organization_of_contact(signer)
    return None if known is None or is_webmail(signer) else known.name


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


_BY_NAME = {_words(name): known.name for known in ORGANIZATIONS for name in known.names}
