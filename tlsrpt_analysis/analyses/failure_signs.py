"""Signs by which a failure's cause is told, whoever looks for it: addresses, reasons, size."""

from collections.abc import Iterable

FEWEST_DAYS = 3
"""On fewer failing days nothing is said about one backend or one address family."""

MOSTLY = 0.8
"""Of the reporter days with failures, those on which other sessions succeeded."""

SMALL_SENDER = 0.05
"""A small sender has at most so much of a domain's sessions."""

MANY_KINDS = 3
"""A sender that fails in so many ways is itself at fault, if others are clean."""

TIMEOUT = r"time-?out|timed out|back-off"
TLS = r"alert|protocol|cipher|handshake|tls-remote|tls-local|sigalg|no shared"


def failing_address(
    addresses: Iterable[str], days: int, success_share: float, *, is_only_host: bool
) -> str | None:
    """Tell whether only one address, or only IPv6, is at fault, as other sessions succeeded.

    Parameters
    ----------
    addresses : iterable of str
        The receiving addresses of the failures; an empty one is not known.
    days : int
        The days with failures.
    success_share : float
        Of the reporter days with failures, those on which other sessions succeeded.
    is_only_host : bool
        Whether the failing MX host is the only one of the policy; else one address may be all of
        one MX host.

    Returns
    -------
    str or None
        ``ipv6-only``, ``one-backend`` or nothing.

    Examples
    --------
    >>> failing_address(["2001:db8::25"], 30, 1.0, is_only_host=False)
    'ipv6-only'
    """
    known = {address for address in addresses if address}
    if not known or days < FEWEST_DAYS or success_share < MOSTLY:
        return None
    if all(":" in address for address in known):
        return "ipv6-only"
    return "one-backend" if len(known) == 1 and is_only_host else None


def is_sender_side(kinds: int, session_share: float) -> bool:
    """Tell whether a selectively failing reporter is so small and fails so variously itself.

    Examples
    --------
    >>> is_sender_side(3, 0.01)
    True
    """
    return kinds >= MANY_KINDS and session_share <= SMALL_SENDER
