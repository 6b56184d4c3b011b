"""Counts of several groups of domains put together."""

from collections.abc import Sequence

import numpy as np

from tlsrpt_analysis.analyses.alerts.known import POLICY
from tlsrpt_analysis.analyses.alerts.observed import Days, Failures, Observed
from tlsrpt_analysis.arrays import Integers


def together(groups: Sequence[Observed]) -> Observed:
    """Return the counts of all groups of domains, which are in the order of their names."""
    if len(groups) == 1:
        return groups[0]
    pairs = np.cumsum([0, *(len(each.domains) for each in groups[:-1])]).tolist()
    names = np.cumsum([0, *(len(each.names) for each in groups[:-1])]).tolist()
    kinds = (*sorted({kind for each in groups for kind in each.kinds} - {POLICY}), POLICY)
    hosts = tuple(sorted({host for each in groups for host in each.hosts}))
    days, failures = [], []
    for each, first in zip(groups, pairs, strict=True):
        own, rows = each.days, each.failures
        days.append((own.pair + first, own.day, *own.counts))
        kind, host = _places(each.kinds, kinds)[rows.kind], _places(each.hosts, hosts)[rows.host]
        failures.append((rows.pair + first, rows.day, kind, host, rows.count))
    return Observed(
        tuple(domain for each in groups for domain in each.domains),
        tuple(reporter for each in groups for reporter in each.reporters),
        np.concatenate([each.domain_of + first for each, first in zip(groups, names, strict=True)]),
        tuple(name for each in groups for name in each.names),
        kinds,
        hosts,
        Days(*map(np.concatenate, zip(*days, strict=True))),
        Failures(*map(np.concatenate, zip(*failures, strict=True))),
        {name: mode for each in groups for name, mode in each.modes.items()},
    )


def _places(own: Sequence[str], whole: Sequence[str]) -> Integers:
    """Return the place of each text in the whole list."""
    place = {name: at for at, name in enumerate(whole)}
    return np.array([place[name] for name in own], "int64")
