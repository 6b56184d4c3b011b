"""What kind of wrapping bytes are, seen at their start, never from a name."""

from collections.abc import Callable, Iterator
from typing import Literal

from tlsrpt_analysis.intake.outcomes import Rejected, Skipped
from tlsrpt_analysis.intake.wrappings import (
    archives,
    base64_texts,
    emlx,
    mail,
    mbox,
    outlook,
    packings,
    seven_zip,
)
from tlsrpt_analysis.intake.wrappings.streams import Budget, Stream

Kind = Literal["packed", "zip", "7z", "mbox", "mail", "emlx", "ole", "base64", "tar"]


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
    return next((kind for kind, is_kind in _KINDS if is_kind(head)), None)


_KINDS: tuple[tuple[Kind, Callable[[bytes], bool]], ...] = (
    ("packed", packings.is_packed),
    ("zip", archives.is_zip),
    ("7z", seven_zip.is_seven_zip),
    ("mbox", mbox.is_mbox),
    ("mail", mail.is_mail),
    ("emlx", emlx.is_emlx),
    ("ole", outlook.is_ole),
    ("base64", base64_texts.is_base64),
    ("tar", archives.is_tar),
)

Members = Iterator[archives.Member | Rejected | Skipped]

ARCHIVES: dict[str, Callable[[str, Stream, Budget], Members]] = {
    "zip": archives.unzipped,
    "7z": seven_zip.members,
    "tar": archives.untarred,
}
"""How each kind of archive yields its members."""
