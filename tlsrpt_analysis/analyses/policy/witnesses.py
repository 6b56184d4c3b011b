"""Which reported policies are believed: one report must not change what a domain seems to serve.

The latest policy decides which days count, which hosts are known and what a plan prints, and anybody
can send a report about today with a policy of their own.
"""

import numpy as np
import pandas as pd

from tlsrpt_analysis.analyses.numbering import day_numbers, first_rows, group_numbers
from tlsrpt_analysis.arrays import Booleans, Integers
from tlsrpt_analysis.standards.mta_sts import read_mx_patterns

FEWEST_REPORTS = 2
"""A policy that only one reporter saw on one day may be invented, …"""

LEAST_SHARE = 0.25
"""… and so may one whose reporters have less than a quarter of all days that any reporter has: a
forger who takes new names needs many reports for that."""

_TEXTS = ["policy_mode", "policy_string", "mx_host"]
_DAY_WIDTH = 2**22


def are_believed(policies: pd.DataFrame) -> Booleans:
    """Return which policy results are about a policy that enough reporters saw.

    A policy is believed once two reports show it, of reporters that have a quarter of all days on
    which any reporter saw a policy. Where a domain has no such policy, all its results are believed.

    Parameters
    ----------
    policies : DataFrame
        Rows of ``policies``, of ``sts`` and with a domain.
    """
    return believed_and_disputed(policies)[0]


def believed_and_disputed(policies: pd.DataFrame) -> tuple[Booleans, Booleans]:
    """Return which policy results are believed, and which are of domains without a confirmed policy.

    The latter are of domains whose reports show different policies, each in too few reports: all of
    these are believed, as there is nothing else to believe.
    """
    domain, first_domain = group_numbers(policies, ["policy_domain"])
    policy = policy_numbers(policies, domain)
    if len(policies) == 0 or policy.max() + 1 == len(first_domain):
        return np.ones(len(policies), "bool"), np.zeros(len(policies), "bool")
    confirmed = _are_confirmed(policies, domain, policy)
    domain_of = _first(policy, domain)
    has_any = np.bincount(domain_of, confirmed) > 0
    is_disputed = ~has_any & (np.bincount(domain_of) > 1)
    return np.asarray(confirmed[policy] | ~has_any[domain]), np.asarray(is_disputed[domain])


def _are_confirmed(policies: pd.DataFrame, domain: Integers, policy: Integers) -> Booleans:
    """Return which policies, by their numbers, enough reports of known reporters show."""
    day = day_numbers(policies["day"])
    reporter, _ = group_numbers(policies, ["policy_domain", "reporter"])
    reports = _distinct(policy, reporter * _DAY_WIDTH + day)
    days = _distinct(reporter, day)
    pairs = pd.DataFrame({"policy": policy, "reporter": reporter}).drop_duplicates()
    known_days = np.bincount(pairs["policy"], days[pairs["reporter"]])
    all_days = np.bincount(_first(reporter, domain), days)
    is_known = known_days >= LEAST_SHARE * all_days[_first(policy, domain)]
    return np.asarray((reports >= FEWEST_REPORTS) & is_known)


def policy_numbers(policies: pd.DataFrame, domain: Integers, *, with_mode: bool = True) -> Integers:
    """Return a number for each domain's policy: its mode and hosts, however a reporter writes it."""
    text, first = group_numbers(policies, _TEXTS)
    rows = policies[_TEXTS].take(first).astype("str").fillna("")
    known: dict[object, int] = {}
    alike = np.array(
        [
            known.setdefault(
                (mode if with_mode else "", frozenset(_patterns(lines, hosts))), len(known)
            )
            for mode, lines, hosts in rows.itertuples(index=False, name=None)
        ],
        "int64",
    )
    number, _ = pd.factorize(domain * (len(known) + 1) + alike[text] if known else domain)
    return np.asarray(number, "int64")


def _patterns(lines: str, hosts: str) -> list[str]:
    patterns = read_mx_patterns(lines.splitlines()) or hosts.split("\n")
    return [pattern.lower() for pattern in patterns]


def _first(group: Integers, values: Integers) -> Integers:
    """Return the first value of each group."""
    return np.asarray(values[first_rows(group, int(group.max()) + 1)])


def _distinct(group: Integers, values: Integers) -> Integers:
    """Return how many different values each group has."""
    pairs = pd.DataFrame({"group": group, "value": values}).drop_duplicates()
    return np.bincount(pairs["group"], minlength=int(group.max()) + 1).astype("int64")
