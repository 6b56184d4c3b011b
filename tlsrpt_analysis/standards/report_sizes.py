"""How many different things one report may name, so that no analysis of it takes long.

A report is about one domain and one day (RFC 8460 §4), so what it names is few; only a forged report
names thousands of hosts, and each costs every analysis time, and its reader attention.
"""

from collections.abc import Iterable

from tlsrpt_analysis.standards.report_types import PolicyResult

MOST_DOMAINS = 100
"""Different policy domains; a report is about one, and its DANE results about the hosts of it."""

MOST_FAULTS = 1_000
"""Different policy domains, MX hosts and result types together: a domain with ten hosts of which
each fails in every registered way has 110 (RFC 8460 §4.3)."""

MOST_POLICIES = 1_000
"""Different policies; a domain changes its policy a few times a day at most."""

MOST_LINES = 20_000
"""Lines of all policies and patterns of MX hosts; a policy has about five."""

SMALLEST_EXCESS = 10_000
"""No report of fewer bytes exceeds one of these: each of 100 policies alone takes 100."""


def excess(results: Iterable[PolicyResult]) -> str:
    """Return of what a report names more than any real one does; an empty text if of nothing.

    Examples
    --------
    >>> excess([])
    ''
    """
    faults: set[tuple[str | None, ...]] = set()
    policies, lines = set(), 0
    for result in results:
        policy = result.policy
        policies.add(policy)
        lines += _lines_of(policy.policy_string) + _lines_of(policy.mx_host)
        domain = policy.policy_domain
        faults.update(
            [
                (domain, details.receiving_mx_hostname, details.result_type)
                for details in result.failure_details
            ]
        )
    counts = {
        "policy domains": (len({policy.policy_domain for policy in policies}), MOST_DOMAINS),
        "failures of different hosts and types": (len(faults), MOST_FAULTS),
        "policies": (len(policies), MOST_POLICIES),
        "lines of policies": (lines, MOST_LINES),
    }
    too_many = [
        f"{count:,} {what} (at most {most:,})"
        for what, (count, most) in counts.items()
        if count > most
    ]
    return " and ".join(too_many)


def _lines_of(items: tuple[str, ...]) -> int:
    """Return how many lines they have; one item may hold thousands."""
    return sum(len(item.splitlines()) or 1 for item in items)
