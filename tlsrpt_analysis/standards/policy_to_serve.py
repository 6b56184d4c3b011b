"""The policy to serve for a domain: one text and one record, whoever works them out."""

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass, field

from tlsrpt_analysis.standards.domain_names import normalize_domain
from tlsrpt_analysis.standards.mail_providers import TRUSTED_GRADES, provider_of
from tlsrpt_analysis.standards.mta_sts import (
    LARGEST_MAX_AGE,
    Coverage,
    MtaStsPolicy,
    matches,
    policy_id,
    policy_record,
)
from tlsrpt_analysis.standards.policy_lines import MODES

WEEK = 604_800
"""The max_age of a first policy: it outlives a weekend's outage, and is soon over when it changes."""

GOOGLE_LINES = ("*.aspmx.l.google.com", "aspmx.l.google.com")
"""Both stand together: Google's older MX records name both, and a wildcard misses the bare name."""


UNCHANGED = (
    "unchanged: the policy that is served has this mode, max_age and these lines already; its file"
    " and its TXT record stay as they are"
)


@dataclass(frozen=True, slots=True)
class PolicyToServe:
    """A policy with the domain that serves it; ``str()`` returns the file and the record to read.

    Attributes
    ----------
    domain : str
        The policy domain.
    policy : MtaStsPolicy
        The policy.
    live : MtaStsPolicy or None
        The policy that is served until then, where it is known.
    """

    domain: str
    policy: MtaStsPolicy
    live: MtaStsPolicy | None = field(default=None, compare=False)

    @property
    def is_unchanged(self) -> bool:
        """Whether the live policy says the same, in whatever order and case (RFC 8461 §3.2)."""
        live, policy = self.live, self.policy
        return live is not None and (live.mode, live.max_age, _names(live)) == (
            policy.mode,
            policy.max_age,
            _names(policy),
        )

    @property
    def text(self) -> str:
        """Return the file to serve, with CRLF between lines (RFC 8461 §3.2)."""
        return str(self.policy)

    @property
    def policy_id(self) -> str:
        """Return the id to announce, which changes whenever the policy does (RFC 8461 §3.1).

        It is empty for an unchanged policy, whose published id stays.
        """
        return "" if self.is_unchanged else policy_id(self.text)

    @property
    def record(self) -> str:
        """Return the TXT record of ``_mta-sts``, to change after the file (RFC 8461 §8.1).

        It is empty for an unchanged policy, whose published record stays.
        """
        return "" if self.is_unchanged else policy_record(self.domain, self.policy_id)

    def __str__(self) -> str:
        """Return the lines of the file and then the record, or that nothing changes."""
        if self.is_unchanged:
            return UNCHANGED
        return f"{self.text}{self.record}".replace("\r", "")


def policy_to_serve(
    domain: str,
    mx_hosts: Iterable[str],
    live: MtaStsPolicy | None = None,
    *,
    mode: str | None = None,
    max_age: int | None = None,
) -> PolicyToServe:
    """Return the policy that covers every MX host in use, and keeps what the live one lists.

    Parameters
    ----------
    domain : str
        The policy domain.
    mx_hosts : iterable of str
        The names in the MX records; a name that no policy can list (RFC 8461 §3.2) gets no line.
    live : MtaStsPolicy, optional
        The policy that is served now; its lines are kept, also those that no MX needs today, which
        may be listed ahead of a move.
    mode : str, optional
        The new mode; that of the live policy, or ``testing``, if not given.
    max_age : int, optional
        The new ``max_age``; that of the live policy, or a week, if not given.

    Returns
    -------
    PolicyToServe
        Its lines are sorted: the wildcards of the live policy, and for every other host its exact
        name or the wildcard of its provider. It knows whether the live policy says the same.

    Examples
    --------
    >>> live = MtaStsPolicy("enforce", 86400, ("mx1.example.com",))
    >>> print(policy_to_serve("example.com", ["example-com.mail.protection.outlook.com"], live))
    version: STSv1
    mode: enforce
    mx: *.mail.protection.outlook.com
    mx: mx1.example.com
    max_age: 86400
    _mta-sts.example.com. IN TXT "v=STSv1; id=a68fb1cd5f5f102f;"
    """
    before = live or MtaStsPolicy("testing", WEEK, ())
    known = [normalize_domain(pattern) for pattern in before.mx]
    wildcards = {pattern for pattern in known if is_wildcard(pattern)}
    coverage = Coverage(wildcards)
    hosts = {normalize_domain(host) for host in mx_hosts}.union(known).difference(wildcards)
    lines = {line_for(host) for host in hosts if is_listable(host) and not coverage.covers(host)}
    chosen = mode or before.mode
    return PolicyToServe(
        domain,
        MtaStsPolicy(
            chosen if chosen in MODES else "testing",
            min(before.max_age if max_age is None else max_age, LARGEST_MAX_AGE),
            tuple(sorted(_with_google_whole(lines | wildcards))),
        ),
        live,
    )


def lines_without_mx(lines: Iterable[str], mx_hosts: Iterable[str]) -> list[str]:
    """Return the lines that no MX needs today, of MX hosts that are all known.

    Google's other line is none of them, as both stand together.

    Examples
    --------
    >>> lines_without_mx(["*.example.com", "next.example.net"], ["mx1.example.com"])
    ['next.example.net']
    """
    known = list(lines)
    unused = Coverage(known).unused(mx_hosts)
    is_google = any(line in GOOGLE_LINES and line not in unused for line in known)
    return [line for line in unused if not (is_google and line in GOOGLE_LINES)]


def why_kept(line: str) -> str:
    """Say why a line that no MX needs today is kept, and until when (RFC 8461 §8.1).

    Examples
    --------
    >>> print(why_kept("next.example.net"))
    next.example.net: no MX today. If it is listed ahead of a move, leave it until the move is done; if a move is over, until the old MX record has left the caches of DNS (its TTL)
    """
    return (
        f"{line}: no MX today. If it is listed ahead of a move, leave it until the move is done; if"
        " a move is over, until the old MX record has left the caches of DNS (its TTL)"
    )


def line_for(mx_hostname: str) -> str:
    """Return the ``mx`` line of a host: the wildcard of a known provider, or the exact name.

    Examples
    --------
    >>> line_for("example-com.mail.protection.outlook.com"), line_for("mx1.example.com")
    ('*.mail.protection.outlook.com', 'mx1.example.com')
    """
    provider = provider_of(mx_hostname)
    return provider.pattern if provider and provider.grade in TRUSTED_GRADES else mx_hostname


def is_listable(mx_hostname: str) -> bool:
    """Whether a policy can list a host by name (RFC 8461 §3.2); it can list no address.

    Examples
    --------
    >>> is_listable("mx1.example.com"), is_listable("mx_1.example.com"), is_listable("192.0.2.1")
    (True, False, False)
    """
    try:
        ipaddress.ip_address(mx_hostname)
    except ValueError:
        return "*" not in mx_hostname and matches(mx_hostname, mx_hostname)
    return False


def is_wildcard(pattern: str) -> bool:
    """Whether an ``mx`` pattern is a wildcard that can match a host (RFC 8461 §4.1)."""
    return pattern.startswith("*.") and matches(pattern, f"x{pattern[1:]}")


def _with_google_whole(lines: set[str]) -> set[str]:
    return lines.union(GOOGLE_LINES) if lines.intersection(GOOGLE_LINES) else lines


def _names(policy: MtaStsPolicy) -> set[str]:
    return {normalize_domain(pattern) for pattern in policy.mx}
