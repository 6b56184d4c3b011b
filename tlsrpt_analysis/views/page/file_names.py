"""File names of pages: the domain where every system takes it, and its digest otherwise."""

import hashlib
import re

INDEX = "index.html"
PLAIN_NAME = re.compile(
    r"(?!(?:con|prn|aux|nul|com\d|lpt\d|conin|conout|clock|index)(?:\.|\Z)|domain-)"
    r"[a-z0-9_][a-z0-9_.-]{0,99}"
)
"""File names that work on every system; any other domain gets a name made from its digest."""


def page_name(domain: str) -> str:
    """Return the file name of a domain's page: the domain, if that is safe.

    Examples
    --------
    >>> page_name("example.com")
    'example.com.html'
    >>> page_name("../x")
    'domain-d6b96a97d147daaae49eb87a5ca7bfbc280e79551016df8aa5edc5920d21c274.html'
    """
    if PLAIN_NAME.fullmatch(domain):
        return f"{domain}.html"
    digest = hashlib.sha256(domain.encode("utf-8", "surrogatepass")).hexdigest()
    return f"domain-{digest}.html"  # the whole of it: two domains with equal starts can be made
