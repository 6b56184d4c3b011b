"""Reason codes as they are compared: OpenSSL, Postfix, mox and Exchange write the same words apart."""

import re

_BETWEEN = re.compile(r"[\s_-]+")


def folded(reason: str) -> str:
    """Return a reason code in lower case, with one blank for blanks, underscores and hyphens.

    Postfix joins the words of OpenSSL by underscores, and mox by hyphens.

    Examples
    --------
    >>> folded("unable_to_get_local_issuer_certificate")
    'unable to get local issuer certificate'
    """
    return _BETWEEN.sub(" ", reason).lower()


def openssl_codes(*codes: int) -> str:
    """Return a pattern of OpenSSL's verify codes as tools write them, in a folded reason code.

    Examples
    --------
    >>> bool(re.search(openssl_codes(20, 21), folded("verify error:num=20:unable")))
    True
    >>> bool(re.search(openssl_codes(20, 21), folded("210 welcome, 20 sessions")))
    False
    """
    number = "|".join(map(str, codes))
    before = r"num ?= ?|return code ?:? ?|verify error ?:? ?|x509 v err "
    return rf"^(?:{number})$|(?:{before})(?:{number})\b|error (?:{number}) at "
