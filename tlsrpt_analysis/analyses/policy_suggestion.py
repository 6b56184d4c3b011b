"""The MTA-STS policy that covers the MX hosts in use, as short as it may be."""

from collections.abc import Iterable

from tlsrpt_analysis.errors import PolicyError
from tlsrpt_analysis.standards.domain_names import normalize_domain
from tlsrpt_analysis.standards.mail_providers import provider_of
from tlsrpt_analysis.standards.mta_sts import LARGEST_MAX_AGE, MODES, MtaStsPolicy

WEEK = 604_800
"""A cache of a week outlives a weekend's outage, and is soon over when the policy changes."""

_TRUSTED_GRADES = ("A", "B")


def suggest_policy(
    mx_hosts: str | Iterable[str], *, mode: str = "testing", max_age: int = WEEK
) -> MtaStsPolicy:
    """Suggest an MTA-STS policy that covers every MX host in use.

    Parameters
    ----------
    mx_hosts : str or iterable of str
        The names in the domain's MX records, as DNS or the reports give them; never the targets
        of a CNAME, as senders match the name in the record (RFC 8461 §4.1).
    mode : str, default "testing"
        ``testing``, ``enforce`` or ``none``.
    max_age : int, default 604800
        How long senders may keep the policy, in seconds.

    Returns
    -------
    MtaStsPolicy
        Its ``mx`` lines are the exact names, or the wildcard of a known provider whose names
        differ from customer to customer; ``str()`` gives the file to serve.
        Give `_mta-sts` a new ``id`` after the file is in place (RFC 8461 §8.1).

    Raises
    ------
    PolicyError
        When there is no host, or one that no policy can name, such as one with an underscore.

    Examples
    --------
    >>> suggest_policy(["example-com.mail.protection.outlook.com", "mx1.example.com"]).mx
    ('*.mail.protection.outlook.com', 'mx1.example.com')
    >>> suggest_policy(["aspmx.l.google.com", "alt1.aspmx.l.google.com"]).mx
    ('*.aspmx.l.google.com', 'aspmx.l.google.com')
    """
    if mode not in MODES or not 0 <= max_age <= LARGEST_MAX_AGE:
        raise PolicyError(
            f"mode must be one of {', '.join(MODES)} and max_age 0 to {LARGEST_MAX_AGE} seconds;"
            f" they are {mode!r} and {max_age!r}"
        )
    given = [mx_hosts] if isinstance(mx_hosts, str) else list(mx_hosts)
    names = dict.fromkeys(normalize_domain(host) for host in given)
    policy = MtaStsPolicy(mode, max_age, tuple(sorted({_pattern(name) for name in names})))
    uncovered = [name for name in names if not policy.covers(name)]
    if uncovered or not names:
        what = ", ".join(repr(name[:80]) for name in uncovered) or "no host was given"
        raise PolicyError(
            f"no policy can name these MX hosts: {what}. Give the names of the MX records; a name"
            " with other than letters, digits and hyphens must be renamed first (RFC 8461 §3.2)"
        )
    return policy


def _pattern(name: str) -> str:
    provider = provider_of(name)
    return provider.pattern if provider and provider.grade in _TRUSTED_GRADES else name
