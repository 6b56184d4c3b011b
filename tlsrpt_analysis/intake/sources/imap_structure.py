"""Whether a mail can hold a report, judged by its IMAP structure; nothing is fetched."""

import binascii
import quopri
import re
from collections.abc import Iterator
from typing import Any

_NO_REPORT = re.compile(  # media types that no sender of reports uses
    r"image/|audio/|video/|font/|text/(?!plain|json|tlsrpt)|application/(?:pdf|rtf|msword|vnd\."
    r"(?!ms-outlook)|ms-|pgp-|pkcs7-|x-pkcs7-|postscript|x-shockwave|ics)"
)
_REPORT_START = re.compile(
    rb"[\s\0]*+(?:\xef\xbb\xbf|\xff\xfe|\xfe\xff)?[\s\0]*+(?:[{\[]|\x1f\x8b|PK|BZh|\xfd7zXZ|7z\xbc|H4sI"
    rb"|UEsDB|begin |=7B|organization_name)"
)


def text_sections(structure: Any) -> dict[str, str] | None:
    """Return the plain texts of a mail in which nothing else can be a report.

    Parameters
    ----------
    structure : BodyData
        The BODYSTRUCTURE of the mail, as imapclient returns it.

    Returns
    -------
    dict of str to str, or None
        The number of each plain text, for example ``"1.2"``, and its transfer encoding; None where
        another part may hold a report, or the structure is unusual.

    Examples
    --------
    >>> text_sections((b"text", b"plain", None, None, None, b"7bit", 120, 3))
    {'1': '7bit'}
    """
    sections: dict[str, str] = {}
    try:
        for number, media_type, encoding in _leaves(structure, ""):
            if media_type == "text/plain":
                sections[number] = encoding
            elif not _NO_REPORT.match(media_type):
                return None
    except (TypeError, ValueError, IndexError, AttributeError, RecursionError):
        return None
    return sections


def may_start_report(head: bytes | None, encoding: str) -> bool:
    """Whether a report can start with these bytes of a text, in their transfer encoding.

    Examples
    --------
    >>> may_start_report(b"eyJvcmdh", "base64"), may_start_report(b"Dear all", "7bit")
    (True, False)
    """
    if head is None:
        return True
    if encoding == "base64":
        letters = re.sub(rb"[^A-Za-z0-9+/]", b"", head)
        try:
            head = binascii.a2b_base64(letters[: len(letters) // 4 * 4])
        except binascii.Error:
            return True
    elif encoding == "quoted-printable":
        head = quopri.decodestring(head)
    return _REPORT_START.match(head) is not None


def _leaves(structure: Any, number: str) -> Iterator[tuple[str, str, str]]:
    if isinstance(structure[0], list):
        for index, part in enumerate(structure[0], start=1):
            yield from _leaves(part, f"{number}.{index}" if number else f"{index}")
        return
    media_type = b"/".join((structure[0], structure[1])).decode("ascii", "replace").lower()
    yield number or "1", media_type, (structure[5] or b"").decode("ascii", "replace").lower()
