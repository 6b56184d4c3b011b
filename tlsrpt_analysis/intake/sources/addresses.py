"""What an address such as ``s3://bucket/folder`` says, and how it is shown without its secrets."""

import re
from urllib.parse import urlsplit

from tlsrpt_analysis.intake.wrappings.streams import readable_name

_ADDRESS = re.compile(r"([A-Za-z][A-Za-z0-9+.-]{1,20})://")


def scheme_of(text: str) -> str | None:
    """Give the scheme of an address, in lower case; None for a path on the disk.

    Examples
    --------
    >>> scheme_of("S3://bucket/reports")
    's3'
    """
    found = _ADDRESS.match(text)
    return found[1].lower() if found else None


def shown_address(address: str) -> str:
    """Give an address without what may be secret in it: the user's password, and the query.

    Examples
    --------
    >>> shown_address("https://me:secret@example.com/a.json?signature=secret")
    'https://example.com/a.json?…'
    """
    try:
        parts = urlsplit(address)
        host = parts.netloc.rpartition("@")[2]
    except ValueError:
        return f"{scheme_of(address)}://…"
    query = "?…" if parts.query else ""
    return readable_name(f"{parts.scheme}://{host}{parts.path}{query}")
