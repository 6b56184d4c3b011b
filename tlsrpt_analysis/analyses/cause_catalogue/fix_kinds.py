"""The kinds of fixes, and the ids by which a user names one."""

from tlsrpt_analysis.errors import PolicyError

ADD_MX = "add mx"
DROP_MX = "drop mx"
ALIAS = "replace CNAME"
STARTTLS = "enable STARTTLS"
CERTIFICATE = "repair certificate"
TLS = "repair TLS"
CHANGE_ID = "change id"
SENDER = "ask sender"
FIX_KINDS = (ADD_MX, DROP_MX, ALIAS, STARTTLS, CERTIFICATE, TLS, CHANGE_ID, SENDER)

WITHOUT_HOST = (CHANGE_ID, SENDER)
"""The kinds whose ids name a policy domain or a sender instead of an MX host."""

NOT_GIVEN = "(not given)"
"""Stands for the host in the id of a fix at a host that the senders do not name."""

Fix = tuple[str | None, str]
"""A policy domain, or `None` for all of them, and the id of a fix."""


def parse_fix(fix: str) -> tuple[str, str]:
    """Split the id of a fix into its kind and the MX host, or what it names instead.

    Examples
    --------
    >>> parse_fix("repair certificate mx1.example.com")
    ('repair certificate', 'mx1.example.com')
    """
    # A reporter may write spaces into the name of a host.
    fix_kind = next((kind for kind in FIX_KINDS if fix.startswith(f"{kind} ")), "")
    host = fix.removeprefix(f"{fix_kind} ")
    if not (fix_kind and host):
        raise PolicyError(
            f"{fix!r} is not a fix: write one of {', '.join(FIX_KINDS)}, then an MX host"
        )
    return fix_kind, host


def repair_of(result_type: str) -> str:
    """Return the kind of repair that a result type calls for."""
    if result_type == "starttls-not-supported":
        return STARTTLS
    return CERTIFICATE if result_type.startswith("certificate-") else TLS
