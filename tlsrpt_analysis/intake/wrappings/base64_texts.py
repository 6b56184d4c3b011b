"""Data that stands as base64 text where it should stand itself, detected by its first letters."""

import binascii
import io
import re

from tlsrpt_analysis.intake.limits import Limits
from tlsrpt_analysis.intake.wrappings.streams import ASK_AGAIN, Stream, Unreadable

LENIENCY = "base64 text instead of the data in it"

_STARTS = (
    *("H4sI", "Qlpo[MNO]", "[/_]Td6WFoA", "KLUv[/_]", "UEsDB"),  # packed, or a zip
    *("ey[A-DI-L]", "ew[k-r0-3]", "W3[s-v]", "Ww[k-r0-3]"),  # JSON
)
_DATA_ADDRESS = rb'(?:\xef\xbb\xbf)?\s*"?(?:data:[A-Za-z0-9.+/;=-]{0,100};base64,)?'  # RFC 2397 §2
_HEAD = re.compile(
    _DATA_ADDRESS + rb"(?:" + "|".join(_STARTS).encode() + rb')[A-Za-z0-9+/_\s-]*+=*[\s"]*'
)
_BEGIN = re.compile(_DATA_ADDRESS)
_URL_SAFE = bytes.maketrans(b"-_", b"+/")  # RFC 4648 §5


def is_base64(head: bytes) -> bool:
    """Whether bytes are base64 text of packed data or of JSON.

    Examples
    --------
    >>> is_base64(b"H4sIAAAAAAAA"), is_base64(b"Hello")
    (True, False)
    """
    return _HEAD.fullmatch(head) is not None


def decoded(stream: Stream, limits: Limits) -> Stream:
    """Return the data in a base64 text."""
    text = stream.read_all(limits.mail_bytes, stage="archive")
    begin = _BEGIN.match(text)
    letters = text[begin.end() if begin else 0 :].translate(_URL_SAFE, b' \t\r\n\v\f"=')
    try:
        content = binascii.a2b_base64(letters + b"=" * (-len(letters) % 4), strict_mode=True)
    except binascii.Error as error:
        message = f"the base64 text is damaged ({error}): {ASK_AGAIN}"
        raise Unreadable("archive", message) from error
    return Stream(io.BytesIO(content).read, leniencies=stream.leniencies)
