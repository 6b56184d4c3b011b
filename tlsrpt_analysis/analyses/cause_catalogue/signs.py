"""Signs by which a cause is told: addresses, the sender's size, and the words of reason codes."""

from collections.abc import Collection

FEWEST_DAYS = 3
"""On fewer failing days nothing is said about one backend or one address family."""

MOSTLY = 0.8
"""Of the reporter days with failures, those on which other sessions succeeded."""

SMALL_SENDER = 0.05
"""A small sender has at most so much of a domain's sessions."""

MANY_KINDS = 3
"""A sender that fails in so many ways is itself at fault, if others are clean."""


def failing_address(addresses: Collection[str], *, is_only_host: bool) -> str | None:
    """Tell whether one address, or IPv6 alone, may be at fault.

    Parameters
    ----------
    addresses : collection of str
        All receiving addresses of the failures.
    is_only_host : bool
        Whether the failing MX host is the only one of the policy; else one address may be all of
        one MX host.

    Returns
    -------
    str or None
        ``ipv6-only``, ``one-backend`` or nothing.

    Examples
    --------
    >>> failing_address(["2001:db8::25"], is_only_host=False)
    'ipv6-only'
    """
    if addresses and all(":" in address for address in addresses):
        return "ipv6-only"
    return "one-backend" if len(addresses) == 1 and is_only_host else None


def is_sender_side(kinds: int, session_share: float) -> bool:
    """Tell whether a selectively failing reporter is so small and fails so variously itself.

    Examples
    --------
    >>> is_sender_side(3, 0.01)
    True
    """
    return kinds >= MANY_KINDS and session_share <= SMALL_SENDER


MX_MISMATCH = r"mx_hosts_mismatch|mx[-_ ]mismatch|mx host mismatch"

TRY_AGAIN = r"\b4[0-9]{2}\b|greylist|try again|reply-code-4"

SELF_SIGNED = r"self[- ]?signed"

BY_WORDS = (
    ("timeouts", r"time-?out|timed out|back-off"),
    ("tls-parameters", r"tls-remote|tls-local"),
    ("certificate-expired", r"expired|not yet valid"),
    ("certificate-host-mismatch", r"host ?name|name mismatch|certificate is (not )?valid for"),
    ("untrusted-certificate", SELF_SIGNED),
    ("certificate-chain", r"local issuer|issuer certificate|first certificate|unknown authority"),
    ("tls-parameters", r"alert|protocol|cipher|handshake|sigalg|no shared"),
)
"""What a reason of a ``validation-failure`` says, by its words; the first that fits decides."""
