"""Causes at one MX host: two faults of one result type at two hosts are looked at one by one.

A domain is looked at by host only where a reporter fails by one type at several hosts, and another
one hardly ever fails at one of them: then that type may be two faults.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from tlsrpt_analysis.analyses.detail_counts import MISMATCH_CODES
from tlsrpt_analysis.analyses.numbering import changes, numbered, starts
from tlsrpt_analysis.arrays import Booleans, Floats, Integers

HOSTS_APART = 8
"""The hosts of a domain that are looked at one by one: those with the most failures."""

HARDLY_EVER = 0.1
"""A host may have a fault of its own where others fail there less than a tenth as often."""


def causes_of_types(result_types: Sequence[str]) -> list[str | None]:
    """Return the type of each cause: none, each type, each type at each host, and all together.

    Examples
    --------
    >>> len(causes_of_types(["certificate-expired"]))
    11
    """
    return [None, *result_types, *([*result_types] * HOSTS_APART), None]


def is_at_host(cause: Integers, causes: Sequence[str | None]) -> Booleans:
    """Whether each cause is a type at one host."""
    return np.asarray((cause > _types(causes)) & (cause < len(causes) - 1))


def type_cause(cause: Integers, causes: Sequence[str | None]) -> Integers:
    """Return the cause of each cause's type at all hosts."""
    at_all_hosts = 1 + (cause - 1) % max(1, _types(causes))
    return np.where(is_at_host(cause, causes), at_all_hosts, cause)


def same_host(cause: Integers, type_number: int, causes: Sequence[str | None]) -> Integers:
    """Return the cause of another type at the host of each cause, or everywhere as that is."""
    types = max(1, _types(causes))
    at_host = type_number + types * ((cause - 1) // types)
    is_typed = 0 < type_number < len(causes) - 1
    return np.where(is_at_host(cause, causes) & is_typed, at_host, type_number)


def _types(causes: Sequence[str | None]) -> int:
    return (len(causes) - 2) // (HOSTS_APART + 1)


@dataclass(frozen=True, slots=True)
class DetailsAtHosts:
    """Failure details once more, by the host that they name or may mean.

    ``detail`` is the position of each among the details, ``cause`` its cause at that host, and
    ``is_named`` whether it names the host.
    """

    detail: Integers
    cause: Integers
    is_named: Booleans


def details_at_hosts(
    group: Integers,
    series: Integers,
    sessions: Floats,
    details: pd.DataFrame,
    causes: Sequence[str | None],
) -> DetailsAtHosts:
    """Return the details of the domains that are looked at host by host.

    A detail without a host may be at any of them; but a mismatch with the policy, which Microsoft
    reports without a host, is at none at which the reporter names another failure of that type.

    Parameters
    ----------
    group, series, sessions : array
        The domain, policy type and aspect of each policy result, its reporter of these, and its
        sessions.
    details : DataFrame
        Their details, with ``row``, ``count`` and ``is_unknown``.
    causes : sequence of str or None
        As `causes_of_types` returns them.
    """
    rows = _Rows.of(group, series, details)
    nothing = np.zeros(0, "int64")
    if not len(rows.host):
        return DetailsAtHosts(nothing, nothing, nothing.astype("bool"))
    apart = _groups_apart(rows, group, series, sessions)[rows.group]
    if not apart.any():
        return DetailsAtHosts(nothing, nothing, nothing.astype("bool"))
    rank = _ranks(rows)
    named, unnamed = np.flatnonzero(apart & (rank >= 0)), np.flatnonzero(apart & (rows.host < 0))
    hosts = np.zeros(int(rows.group.max()) + 1, "int64")
    np.maximum.at(hosts, rows.group, rank + 1)
    repeats = hosts[rows.group[unnamed]]
    detail = np.repeat(unnamed, repeats)
    place = np.arange(len(detail)) - np.repeat(np.cumsum(repeats) - repeats, repeats)
    is_coded = details["failure_reason_code"].isin(MISMATCH_CODES).to_numpy("bool")
    kept = ~(is_coded[detail] & _names(rows, named, rank, (detail, place)))
    detail, place = detail[kept], place[kept]
    types = max(1, _types(causes))
    positions = np.concatenate([named, detail])
    ranks = np.concatenate([rank[named], place])
    return DetailsAtHosts(
        positions,
        rows.type_number[positions] + 1 + types * (1 + ranks),
        np.concatenate([np.ones(len(named), "bool"), np.zeros(len(detail), "bool")]),
    )


@dataclass(frozen=True, slots=True)
class _Rows:
    """The details as numbers: their group, series, type, host (-1 where not named) and count."""

    group: Integers
    series: Integers
    type_number: Integers
    host: Integers
    count: Floats

    @classmethod
    def of(cls, group: Integers, series: Integers, details: pd.DataFrame) -> "_Rows":
        row = details["row"].to_numpy("int64")
        count = np.maximum(details["count"].to_numpy("float64"), details["is_unknown"])
        return cls(
            group[row],
            series[row],
            np.asarray(details["result_type"].cat.codes, dtype="int64"),
            np.asarray(details["receiving_mx_hostname"].cat.codes, dtype="int64"),
            np.asarray(count, dtype="float64"),
        )


def _ranks(rows: _Rows) -> Integers:
    """Return the rank of each detail's host in its group, -1 beyond `HOSTS_APART` or without one."""
    rank = np.full(len(rows.host), -1, "int64")
    named = np.flatnonzero(rows.host >= 0)
    if not len(named):
        return rank
    width = int(rows.host.max()) + 1
    pair, first = numbered(rows.group[named] * width + rows.host[named])
    failed = np.bincount(pair, rows.count[named])
    domain = rows.group[named][first]
    order = np.lexsort((np.arange(len(first)), -failed, domain))
    sorted_domain = domain[order]
    of_pair = np.empty(len(order), "int64")
    of_pair[order] = (
        np.arange(len(order)) - starts(sorted_domain)[np.cumsum(changes(sorted_domain)) - 1]
    )
    rank[named] = np.where(of_pair < HOSTS_APART, of_pair, -1)[pair]
    return rank


def _groups_apart(rows: _Rows, group: Integers, series: Integers, sessions: Floats) -> Booleans:
    """Mark the groups in which one type may be two faults at two hosts."""
    whole = np.bincount(series, sessions)
    _, firsts = numbered(series)
    reporters = np.bincount(group[firsts])
    types, hosts = int(rows.type_number.max()) + 1, int(rows.host.max()) + 2
    at_host = rows.type_number * hosts + rows.host + 1
    cell, first = numbered(rows.series * (types * hosts) + at_host)
    rate = np.bincount(cell, rows.count) / np.maximum(whole[rows.series[first]], 1)
    kind, _ = numbered(rows.series[first] * types + rows.type_number[first])
    is_several = np.bincount(kind)[kind] > 1
    place, at = numbered(rows.group[first] * (types * hosts) + at_host[first])
    least = np.full(len(at), np.inf)
    np.minimum.at(least, place, rate)
    is_everywhere = np.bincount(place) >= reporters[rows.group[first][at]]
    least = np.where(is_everywhere, least, 0.0)
    is_own = is_several & (rows.host[first] >= 0) & (least[place] < HARDLY_EVER * rate)
    apart = np.zeros(len(reporters), "bool")
    apart[rows.group[first][is_own]] = True
    return apart


def _names(
    rows: _Rows, named: Integers, rank: Integers, wanted: tuple[Integers, Integers]
) -> Booleans:
    """Whether the reporter of each wanted detail names the host of a rank, by the same type."""
    detail, place = wanted
    types = int(rows.type_number.max()) + 1

    def key(at: Integers, ranks: Integers) -> Integers:
        kind = rows.series[at] * types + rows.type_number[at]
        return np.asarray(kind * HOSTS_APART + ranks, dtype="int64")

    return np.isin(key(detail, place), key(named, rank[named]))
