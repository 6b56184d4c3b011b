"""Apple Mail's ``.emlx``: the size of a mail, the mail, and a property list about it."""

import io
import re

from tlsrpt_analysis.intake.limits import Limits
from tlsrpt_analysis.intake.wrappings.mail import is_mail
from tlsrpt_analysis.intake.wrappings.streams import Stream

PROPERTIES_BYTES = 1_000_000
"""Bytes of the property list after the mail; Apple Mail writes about a thousand."""

_SIZE = re.compile(rb"[ \t]*(\d{1,10})[ \t]*\r?\n")
_PROPERTIES = b"<?xml version="


def is_emlx(head: bytes) -> bool:
    r"""Whether bytes start with a number on a line of its own, and then a mail.

    Examples
    --------
    >>> is_emlx(b"1176      \nSubject: lunch\n\n"), is_emlx(b"Subject: lunch\n\n")
    (True, False)
    """
    found = _SIZE.match(head)
    return found is not None and is_mail(head[found.end() :])


def mail_within(stream: Stream, limits: Limits) -> Stream:
    """Return the mail in an ``.emlx``, even where its size is wrong."""
    content = stream.read(limits.mail_bytes + PROPERTIES_BYTES)
    return Stream(io.BytesIO(_mail(content)).read, leniencies=stream.leniencies)


def _mail(content: bytes) -> bytes:
    found = _SIZE.match(content)
    if found is None:
        raise ValueError("only data for which is_emlx is true holds a mail")
    end = found.end() + int(found[1])
    rest = content[end:].lstrip()
    if not rest or rest.startswith(_PROPERTIES):
        return content[found.end() : end]
    last = content.rfind(_PROPERTIES)  # copied with other line breaks, so the size is wrong
    return content[found.end() : last if last > 0 else None]
