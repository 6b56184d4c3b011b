"""Which mail provider runs an MX host, and the ``mx`` lines of a policy that cover its hosts.

A wildcard stands for one label only (RFC 8461 §4.1), which is where most published advice is wrong.
"""

import functools
import re

from tlsrpt_analysis.standards.mta_sts import matches
from tlsrpt_analysis.standards.organizations import ORGANIZATIONS, MailProvider

PROVIDERS = tuple(provider for known in ORGANIZATIONS for provider in known.mx)
"""The known providers; any other host is covered by its exact name."""

TRUSTED_GRADES = ("A", "B")
"""The grades of providers whose wildcard may stand for an exact name."""

_MICROSOFT_DNSSEC = re.compile(r"[^.]+(\.[a-z0-9]+-v1\.mx\.microsoft)")


@functools.lru_cache(maxsize=4096)
def provider_of(mx_hostname: str) -> MailProvider | None:
    """Return the known provider whose pattern matches an MX name, if there is one.

    Examples
    --------
    >>> provider_of("example-com.mail.protection.outlook.com").name
    'Microsoft 365'
    >>> provider_of("example-com.b-v1.mx.microsoft").pattern
    '*.b-v1.mx.microsoft'
    >>> provider_of("mx1.example.com") is None
    True
    """
    found = _MICROSOFT_DNSSEC.fullmatch(mx_hostname)
    if found:
        source = "Microsoft's PS.MTA-STS; *.mx.microsoft is one label short"
        return MailProvider("Microsoft 365 with DNSSEC", f"*{found[1]}", "A", source)
    return next((known for known in PROVIDERS if matches(known.pattern, mx_hostname)), None)
