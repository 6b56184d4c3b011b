"""What is remarked of a mail whose report was read all the same (RFC 8460 §5.3).

The judge and the fast path say it in the same words.
"""

from functools import lru_cache

from tlsrpt_analysis.intake.reporters import contact_domain, is_covered_by
from tlsrpt_analysis.standards.domain_names import normalize_domain

NOT_MULTIPART = "the mail is not multipart (RFC 8460 §5.3)"
NO_REPORT_TYPE = "no part is multipart/report with report-type=tlsrpt (RFC 8460 §5.3)"


def media_type_remark(media_type: str) -> str:
    """Say that a report is not what its part says it is."""
    return f"it is not what its media type says, {media_type[:80]} (RFC 8460 §5.3)"


@lru_cache(maxsize=4_096)
def submitter_remark(contact_info: str | None, submitter: str) -> str | None:
    """Say that a report's contact is not at the domain that sent it, if so.

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
