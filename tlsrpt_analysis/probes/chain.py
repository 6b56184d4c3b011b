"""A served certificate chain, judged offline: its path to a root, its name and its dates."""

import datetime as dt
import warnings
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509 import verification
from cryptography.x509.oid import AuthorityInformationAccessOID

from tlsrpt_analysis.standards.domain_names import is_name_match

EXPIRES_SOON = dt.timedelta(days=14)
SHORTEST_RSA_KEY = 2048
LONGEST_PATH = 12
MOST_ISSUERS = 8
"""Limits against made-up chains: no real one is longer or has more issuers of one name."""


UNREADABLE = (
    ValueError,  # and x509.ParseError
    TypeError,
    OverflowError,
    UnsupportedAlgorithm,  # a curve or key of another kind
    x509.InvalidVersion,
    x509.DuplicateExtension,
    x509.UnsupportedGeneralNameType,  # an x400Address or ediPartyName
)
"""What ``cryptography`` raises for parts of certificates that it does not read."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong, or worth advice, as a code and a sentence."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Trust:
    """The certificates that may complete a chain: trusted roots and known intermediates."""

    roots: tuple[x509.Certificate, ...]
    known: tuple[x509.Certificate, ...] = ()


def read_certificate(der: bytes) -> x509.Certificate | None:
    """Return the parsed certificate, or None when any part of it cannot be parsed.

    ``cryptography`` parses most parts only when asked, so each is asked for here, once.
    """
    try:
        # some roots have serial 0, which is not the fault of the host
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            certificate = x509.load_der_x509_certificate(der)
            for part in (certificate.subject, certificate.issuer):
                part.rfc4514_string()
            certificate.public_key()
            tuple(certificate.extensions)
            _dates(certificate)
    except UNREADABLE:
        return None
    return certificate


def _dates(certificate: x509.Certificate) -> tuple[dt.datetime, dt.datetime]:
    return certificate.not_valid_before_utc, certificate.not_valid_after_utc


def names_of(leaf: x509.Certificate) -> tuple[str, ...] | None:
    """Return the DNS names of a certificate, or None without a subjectAltName."""
    try:
        extension = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except x509.ExtensionNotFound:
        return None
    return tuple(extension.value.get_values_for_type(x509.DNSName))


def name_fault(leaf: x509.Certificate, hostname: str) -> Fault | None:
    """Return how a certificate fails to match the name in the MX record (RFC 8461 §4.1)."""
    names = names_of(leaf)
    if names is None:
        return Fault("no-san", "the certificate has no subjectAltName, at best a common name")
    if any(is_name_match(name, hostname) for name in names if not _is_top_level_wildcard(name)):
        return None
    shown = ", ".join(names[:5]) + (" …" if len(names) > 5 else "")
    return Fault("host-mismatch", f"the certificate is for {shown or 'no DNS name'}")


def _is_top_level_wildcard(name: str) -> bool:
    return name.startswith("*.") and "." not in name[2:].removesuffix(".")


def date_fault(leaf: x509.Certificate, at: dt.datetime) -> Fault | None:
    """Return why a certificate is not valid at a time, or None."""
    if at > leaf.not_valid_after_utc:
        return Fault("expired", f"the certificate expired on {leaf.not_valid_after_utc:%Y-%m-%d}")
    if at < leaf.not_valid_before_utc:
        day = f"{leaf.not_valid_before_utc:%Y-%m-%d}"
        return Fault("not-yet-valid", f"the certificate is not valid before {day}")
    return None


def chain_fault(served: Sequence[x509.Certificate], trust: Trust, at: dt.datetime) -> Fault | None:
    """Return why a served chain leads to no trusted root; names and the leaf's dates do not count.

    ``self-signed``, ``untrusted-root``, ``unknown-issuer`` and ``incomplete-chain`` correspond to
    OpenSSL's verify codes 18, 19, 20 and 21, ``intermediate-expired`` to its 10.
    """
    leaf = served[0]
    valid = [c for c in served[1:] if date_fault(c, at) is None]
    roots = [root for root in trust.roots if date_fault(root, at) is None]
    if is_anchored(path_from(leaf, valid, roots), roots):
        return None
    path = path_from(leaf, served[1:], trust.roots)
    if is_anchored(path, trust.roots):
        late = next((c for c in path[1:] if date_fault(c, at) is not None), path[-1])
        return Fault("intermediate-expired", f"{subject(late)} in the chain has expired")
    completed = path_from(leaf, [*served[1:], *trust.known], trust.roots)
    if is_anchored(completed, trust.roots):
        missing = [c for c in completed[1:] if c not in served and c not in trust.roots]
        names = " and ".join(subject(c) for c in missing)
        return Fault("incomplete-chain", f"the chain lacks {names}: serve it after the leaf")
    return _open_end(path, leaf)


def _open_end(path: Sequence[x509.Certificate], leaf: x509.Certificate) -> Fault:
    top = path[-1]
    if _is_issued_by(top, top):
        if top == leaf:
            return Fault("self-signed", "the certificate is self-signed")
        return Fault("untrusted-root", f"the chain ends in {subject(top)}, which is not trusted")
    issuer = top.issuer.rfc4514_string()
    if top == leaf or _has_issuer_address(top):
        return Fault(
            "incomplete-chain",
            f"the chain lacks {issuer}, which issued {subject(top)}: serve it after the leaf",
        )
    return Fault("unknown-issuer", f"{issuer} issued {subject(top)} and is not trusted")


def chain_advice(
    served: Sequence[x509.Certificate], trust: Trust, at: dt.datetime, hostname: str
) -> list[Fault]:
    """Return what some senders may refuse in a chain that leads to a root."""
    path = path_from(served[0], served[1:], trust.roots)
    needed = [c for c in path if c in served]
    faults = []
    if list(served[: len(needed)]) != needed:
        faults.append(Fault("chain-order", "the chain is not served from the leaf upwards"))
    if [c for c in served if c not in path]:
        faults.append(
            Fault("unrelated-certificates", "certificates are served that the chain does not need")
        )
    if any(c in trust.roots for c in served[1:]):
        faults.append(Fault("root-served", "the root is served, which senders do not need"))
    key = served[0].public_key()
    if isinstance(key, rsa.RSAPublicKey) and key.key_size < SHORTEST_RSA_KEY:
        faults.append(
            Fault("weak-key", f"an RSA key of {key.key_size} bits, which some senders refuse")
        )
    if not faults and (strict := strict_profile_fault(served, trust, at, hostname)):
        faults.append(strict)
    return faults


def strict_profile_fault(
    served: Sequence[x509.Certificate], trust: Trust, at: dt.datetime, hostname: str
) -> Fault | None:
    """Return why the verifier of ``cryptography``, with the web browsers' profile, refuses a chain."""
    try:
        verifier = (
            verification.PolicyBuilder()
            .store(verification.Store(list(trust.roots)))
            .time(at)
            .build_server_verifier(x509.DNSName(hostname.removesuffix(".")))
        )
        verifier.verify(served[0], list(served[1:]))
    except (verification.VerificationError, *UNREADABLE) as error:
        return Fault("strict-profile-only", f"a strict verifier refuses the chain: {error}")
    return None


def path_from(
    leaf: x509.Certificate,
    others: Sequence[x509.Certificate],
    roots: Sequence[x509.Certificate],
) -> list[x509.Certificate]:
    """Return the shortest path from a leaf to a root, or else the longest path; dates do not count.

    Each certificate is visited once, so that a chain made to branch cannot take long.
    """
    paths, seen = [[leaf]], {leaf}
    for path in paths:
        if is_anchored(path, roots):
            return path
        if len(path) >= LONGEST_PATH:
            continue
        named = [c for c in (*roots, *others) if c.subject == path[-1].issuer and c not in seen]
        issuers = [c for c in named[:MOST_ISSUERS] if _may_issue(c, path[-1])]
        seen.update(issuers)
        paths += [[*path, issuer] for issuer in issuers]
    return paths[-1]


def is_anchored(path: Sequence[x509.Certificate], roots: Sequence[x509.Certificate]) -> bool:
    """Whether a path ends in one of the roots."""
    return path[-1] in roots


def subject(certificate: x509.Certificate) -> str:
    """Return the subject of a certificate, for a sentence."""
    return certificate.subject.rfc4514_string() or "a certificate without a subject"


def _may_issue(issuer: x509.Certificate, issued: x509.Certificate) -> bool:
    try:
        basic = issuer.extensions.get_extension_for_class(x509.BasicConstraints).value
    except x509.ExtensionNotFound:
        return False
    return basic.ca and _is_issued_by(issued, issuer)


def _is_issued_by(issued: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        issued.verify_directly_issued_by(issuer)
    except (InvalidSignature, *UNREADABLE):
        return False
    return True


def _has_issuer_address(certificate: x509.Certificate) -> bool:
    try:
        access = certificate.extensions.get_extension_for_class(x509.AuthorityInformationAccess)
    except x509.ExtensionNotFound:
        return False
    return any(
        description.access_method == AuthorityInformationAccessOID.CA_ISSUERS
        for description in access.value
    )
