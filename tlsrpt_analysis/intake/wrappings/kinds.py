"""What kind of wrapping bytes are, seen at their start, never from a name."""

from typing import Literal

from tlsrpt_analysis.intake.wrappings import archives, mail, mbox, packings

Kind = Literal["packed", "zip", "mbox", "mail", "tar"]


def kind_of(head: bytes) -> Kind | None:
    r"""Return what the first `HEAD_BYTES` of a file or member start as; None for anything else.

    The order decides where two kinds are possible: a header of a tar is sought last, as it can
    start with any name.
    Documents are no wrapping: `tlsrpt_analysis.intake.tolerant.reader` looks for them first.

    Examples
    --------
    >>> kind_of(b"PK\x03\x04"), kind_of(b"Subject: lunch\n\n"), kind_of(b"{}")
    ('zip', 'mail', None)
    """
    if packings.is_packed(head):
        return "packed"
    if archives.is_zip(head):
        return "zip"
    if mbox.is_mbox(head):
        return "mbox"
    if mail.is_mail(head):
        return "mail"
    return "tar" if archives.is_tar(head) else None
