"""What the header of a mail says about its route and sender; none of it is proven."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email import policy
from email.parser import BytesHeaderParser
from email.utils import getaddresses, parsedate_to_datetime
from functools import lru_cache

from tlsrpt_analysis.intake.reporters import contact_domain, is_covered_by
from tlsrpt_analysis.standards.domain_names import normalize_domain

LONGEST_HEADER = 262_144
"""Bytes of a mail that are searched for its header; mail servers accept a tenth of it."""

_END = re.compile(rb"\r?\n\r?\n")
_RECEIVED = re.compile(rb"^received:((?:[^\n]|\n[ \t]){1,4000})", re.IGNORECASE | re.MULTILINE)
_PARSER = BytesHeaderParser(policy=policy.compat32)


@dataclass(frozen=True, slots=True)
class MailHeader:
    """The fields of a mail's header that say who sent it.

    Attributes
    ----------
    from_domains : tuple of str
        The domains of the addresses in every ``From`` field; a proper mail has one.
    tls_report_submitter : str or None
        The domain that claims to send the report (RFC 8460 §5.3).
    dkim_signatures : tuple of str
        The values of the ``DKIM-Signature`` fields, unfolded, from the top.
    authentication_results : tuple of str
        The values of the ``Authentication-Results`` fields, unfolded, from the top.
    """

    from_domains: tuple[str, ...]
    tls_report_submitter: str | None
    dkim_signatures: tuple[str, ...]
    authentication_results: tuple[str, ...]


def read_header(raw: bytes) -> MailHeader:
    r"""Read the header of a mail.

    Examples
    --------
    >>> read_header(b"From: Reports <noreply@Example.com>\n\nText").from_domains
    ('example.com',)
    """
    message = _PARSER.parsebytes(_header_bytes(raw))

    def values(name: str) -> tuple[str, ...]:
        return tuple(" ".join(str(value).split()) for value in message.get_all(name, ()))

    try:
        addresses = [address for _, address in getaddresses(values("From")) if address]
    except RecursionError:  # comments within comments
        addresses = []
    submitters = values("TLS-Report-Submitter")
    return MailHeader(
        tuple(normalize_domain(address.rpartition("@")[2]) for address in addresses),
        normalize_domain(submitters[0]) if submitters else None,
        values("DKIM-Signature"),
        values("Authentication-Results"),
    )


def received_datetime(raw: bytes) -> datetime | None:
    r"""Return when the last server received the mail, by the topmost ``Received`` field.

    Examples
    --------
    >>> received_datetime(b"Received: from a by b; Thu, 2 Jul 2026 04:00:00 +0200\n\n")
    datetime.datetime(2026, 7, 2, 2, 0, tzinfo=datetime.timezone.utc)
    """
    found = _RECEIVED.search(_header_bytes(raw))
    if found is None:
        return None
    try:
        moment = parsedate_to_datetime(found[1].rpartition(b";")[2].decode("ascii", "replace"))
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _header_bytes(raw: bytes) -> bytes:
    start = raw[:LONGEST_HEADER].lstrip(b"\r\n")
    end = _END.search(start)
    return start[: end.end()] if end else start


NOT_MULTIPART = "the mail is not multipart (RFC 8460 §5.3)"
NO_REPORT_TYPE = "no part is multipart/report with report-type=tlsrpt (RFC 8460 §5.3)"


def media_type_remark(media_type: str) -> str:
    """Return the remark that a report does not have the media type of its part."""
    return f"it is not what its media type says, {media_type[:80]} (RFC 8460 §5.3)"


@lru_cache(maxsize=4_096)
def submitter_remark(contact_info: str | None, submitter: str) -> str | None:
    """Return the remark that a report's contact is not at the domain that sent it, if so.

    Examples
    --------
    >>> submitter_remark("mailto:tls@mail.example.com", "example.com")
    >>> submitter_remark("tls@example.net", "example.com")
    'TLS-Report-Submitter is example.com, its contact is at example.net'
    """
    contact, domain = contact_domain(contact_info), normalize_domain(submitter)
    if (
        not contact
        or not domain
        or is_covered_by(contact, domain)
        or is_covered_by(domain, contact)
    ):
        return None
    return f"TLS-Report-Submitter is {domain[:80]}, its contact is at {contact[:80]}"
