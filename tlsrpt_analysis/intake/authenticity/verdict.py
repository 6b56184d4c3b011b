"""Whether a report that came by mail was sent by the domain it names (RFC 8460 §3).

No network here: the look-up of keys is an argument, so they can come from DNS, a file or a mapping.
"""

import email
import io
import itertools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from email.generator import BytesGenerator
from email.message import Message
from typing import Literal

from tlsrpt_analysis.intake.authenticity.dkim_signatures import (
    signature_fault,
    signature_tags,
    signing_domain,
    tag_fault,
)
from tlsrpt_analysis.intake.authenticity.server_results import trusted_signers
from tlsrpt_analysis.intake.authenticity.wanted import Authentication, KeyLookup, KeyUnavailable
from tlsrpt_analysis.intake.reporters import contact_domain, is_covered_by
from tlsrpt_analysis.intake.wrappings.mail_header import MailHeader, read_header, received_datetime
from tlsrpt_analysis.standards.report import Report

Verdict = Literal["verified", "failed", "unsigned", "unknown"]

MOST_SIGNATURES = 4
"""Signatures that are checked in one mail; real reports have one or two."""

_HEADER_END = re.compile(rb"\r?\n\r?\n")
_LONE_RETURN = re.compile(rb"\r(?!\n)")
_CONTENT_TYPE = re.compile(rb"^content-?type[ \t]*:", re.IGNORECASE | re.MULTILINE)

_LONG_BLANK = re.compile(rb"[ \t]{100}")  # dkimpy takes quadratic time for such a run


@dataclass(frozen=True, slots=True)
class Authenticity:
    """What was found about one report: the verdict, the signing domain, and the reason."""

    verdict: Verdict
    domain: str | None
    reason: str


def authenticate(raw: bytes, report: Report, authentication: Authentication) -> Authenticity:
    r"""Decide whether the mail with a report was signed by the domain that the report names.

    A signature counts if its domain is that of the sender, the report's contact and the
    submitter, or a parent of them (RFC 8460 §5.3), if it covers the whole body, so has no
    ``l=``, and if its key may be used for reports (RFC 8460 §3).

    Examples
    --------
    >>> from tlsrpt_analysis.standards.report import parse_report
    >>> parsed = parse_report(b'{"date-range": {"start-datetime": "2016-04-01T00:00:00Z",'
    ...     b' "end-datetime": "2016-04-01T23:59:59Z"}, "policies": [], "report-id": "1"}')
    >>> authenticate(b"From: a@example.com\n\n", parsed.report, Authentication(keys={})).verdict
    'unsigned'
    """
    header = read_header(raw)
    trusted = trusted_signers(header.authentication_results, authentication.trusted_servers)
    if trusted is None and not header.dkim_signatures:
        return Authenticity("unsigned", None, "the mail has no DKIM signature (RFC 8460 §3)")
    if ambiguity := _ambiguity(raw):
        return _failed(None, ambiguity)
    if trusted is not None:
        return _best(_by_server(trusted, header, report))
    if authentication.keys is None:
        return Authenticity(
            "unknown", None, "no server that you trust says whether its signature is valid"
        )
    if _LONG_BLANK.search(raw):
        return Authenticity(
            "failed", None, "the mail has long runs of blanks, which no report needs"
        )
    keys = authentication.keys
    find_key = keys.get if isinstance(keys, Mapping) else keys
    return _best(_by_keys(raw, header, report, find_key))


def _ambiguity(raw: bytes) -> str:
    """Return why the report may stand outside of what was signed; an empty text if it does not.

    Verifiers end lines at LF and ignore fields that are not signed; the reader of mails also ends
    lines at CR, and goes by the topmost Content-Type. With these, anybody could put a report of
    his own into a genuine mail (RFC 6376 §8.15).
    """
    sent = raw.lstrip(b"\r\n")
    end = _HEADER_END.search(sent)
    header = sent[: end.start()] if end else sent
    if _LONE_RETURN.search(header):
        return "its header is ambiguous: a line in it ends in CR without LF"
    if len(_CONTENT_TYPE.findall(header)) > 1:
        return "its header is ambiguous: it has more than one Content-Type"
    return ""


def attached_mails(raw: bytes) -> Iterator[bytes]:
    """Yield the mails that are attached to a mail, as their senders signed them."""
    if b"message/rfc822" not in raw.lower():
        return
    parts = email.message_from_bytes(raw).walk()
    attached = (part for part in parts if part.get_content_type() == "message/rfc822")
    for part in itertools.islice(attached, MOST_SIGNATURES):
        inner = part.get_payload(0) if part.is_multipart() else None
        if isinstance(inner, Message):
            target = io.BytesIO()
            BytesGenerator(target, mangle_from_=False, maxheaderlen=0).flatten(inner)
            yield target.getvalue()


def _best(found: Iterator[Authenticity]) -> Authenticity:
    rest: list[Authenticity] = []
    for authenticity in found:
        if authenticity.verdict == "verified":
            return authenticity
        rest.append(authenticity)
    order = ("unknown", "failed", "unsigned")
    return min(rest, key=lambda authenticity: order.index(authenticity.verdict))


def _failed(domain: str | None, reason: str) -> Authenticity:
    return Authenticity("failed", domain, reason)


# --- by a server that the user trusts ------------------------------------------------------------


def _by_server(domains: list[str], header: MailHeader, report: Report) -> Iterator[Authenticity]:
    if not domains:
        verdict: Verdict = "failed" if header.dkim_signatures else "unsigned"
        yield Authenticity(verdict, None, "your server found no valid DKIM signature on the mail")
    shortened = {
        signing_domain(tags)
        for tags in map(signature_tags, header.dkim_signatures)
        if tags and b"l" in tags
    }
    for domain in domains:
        wrong = _misalignment(domain, header, report)
        if domain in shortened:
            wrong = "its signature covers only a part of the mail (l=), which RFC 8460 §3 forbids"
        yield (
            _failed(domain, wrong)
            if wrong
            else Authenticity("verified", domain, "a server that you trust verified its signature")
        )


# --- by the keys of the signer -------------------------------------------------------------------


def _by_keys(
    raw: bytes, header: MailHeader, report: Report, find_key: KeyLookup
) -> Iterator[Authenticity]:
    received = received_datetime(raw)
    for number, value in enumerate(header.dkim_signatures[:MOST_SIGNATURES]):
        tags = signature_tags(value)
        if tags is None:
            yield _failed(None, "its DKIM signature cannot be read")
            continue
        domain = signing_domain(tags)  # keys are looked up only where the report points to
        fault = _misalignment(domain, header, report) or tag_fault(tags, received)
        try:
            fault = fault or signature_fault(raw, number, tags, find_key)
        except KeyUnavailable as error:
            yield Authenticity("unknown", domain, f"its key cannot be looked up now: {error}")
            continue
        if fault:
            yield _failed(domain, fault)
        elif tags.get(b"x") and received is None:  # whether it was valid then cannot be known
            yield Authenticity(
                "unknown", domain, "its signature expires (x=), and no Received says when it came"
            )
        else:
            yield Authenticity("verified", domain, "its DKIM signature verifies")


def _misalignment(domain: str, header: MailHeader, report: Report) -> str:
    """Return why a signing domain does not speak for a report, or an empty string if it does."""
    if len(header.from_domains) != 1:
        return "the mail does not have exactly one sender"
    claims = {
        "sender": header.from_domains[0],
        "contact-info": contact_domain(report.contact_info),
        "TLS-Report-Submitter": header.tls_report_submitter,
    }
    for claim, claimed in claims.items():
        if claimed and not is_covered_by(claimed, domain):
            return (
                f"its signature is by {domain[:80] or 'nobody'}, its {claim} is at {claimed[:80]}"
            )
    return ""
