"""The failures of each policy result by cause: what its details count, and what they leave open."""

import numpy as np
import pandas as pd

from tlsrpt_analysis.analyses.numbering import changes, numbered, starts, text_numbers
from tlsrpt_analysis.analyses.selective.host_causes import DetailsAtHosts
from tlsrpt_analysis.arrays import Floats, Integers

UNTYPED = 0
"""The cause of failures without a detail that says their type."""

ANY_HOST = -1
"""All bits: failures that name no MX host may be at any."""

_MARKS = 62


def failures_by_cause(
    results: pd.DataFrame, details: pd.DataFrame, size: int, at_hosts: DetailsAtHosts
) -> tuple[pd.DataFrame, Integers]:
    """Divide each result's failures among causes, and find the cause of each detail.

    Details may overlap, or say less than the total (RFC 8460 §4.4): none counts more than the
    total, what may be listed under another cause as well is ``twice``, and what no detail explains
    has no type.
    """
    total = results["total"].to_numpy("float64")
    marks = _host_marks(results, details)
    cause: Integers = np.asarray(details["result_type"].cat.codes, dtype="int64") + 1
    row, is_unknown = details["row"].to_numpy("int64"), details["is_unknown"].to_numpy("float64")
    counted = np.bincount(row, details["count"].to_numpy("float64"), len(total))
    rest = np.maximum(0.0, total - counted)
    has_unknown = np.bincount(row, is_unknown, len(total)) > 0
    everything = (np.arange(len(details)), cause)
    parts = [
        _by_cause(details.take(at), (of_cause, marks[at], size), total, rest)
        for at, of_cause in (everything, (at_hosts.detail, at_hosts.cause))
    ]
    more = np.maximum(0.0, np.bincount(parts[0]["row"], parts[0]["count"], len(total)) - total)
    parts = [part.assign(twice=np.minimum(part["count"], more[part["row"]])) for part in parts]
    rest = np.where(has_unknown, 0.0, rest)
    for number, counts in ((UNTYPED, rest), (size - 1, total)):
        at = np.flatnonzero(counts)
        part = {"row": at, "cause": number, "count": counts[at], "twice": 0.0, "hosts": ANY_HOST}
        parts.append(pd.DataFrame(part))
    failed = pd.concat(parts, ignore_index=True).sort_values("row", kind="stable")
    return failed[failed["count"] > 0], cause


def _by_cause(
    details: pd.DataFrame,
    named: tuple[Integers, Integers, int],
    total: Floats,
    rest: Floats,
) -> pd.DataFrame:
    """Add up the details of each result and cause."""
    cause, marks, size = named
    key, place = np.unique(details["row"].to_numpy("int64") * size + cause, return_inverse=True)
    is_unknown = np.bincount(place, details["is_unknown"].to_numpy("float64"), len(key)) > 0
    count = np.bincount(place, details["count"].to_numpy("float64"), len(key))
    row = key // size
    count = np.minimum(count + np.where(is_unknown, rest[row], 0.0), total[row])
    hosts = np.zeros(len(key), "int64")
    np.bitwise_or.at(hosts, place, marks)
    return pd.DataFrame({"row": row, "cause": key % size, "count": count, "hosts": hosts})


def _host_marks(results: pd.DataFrame, details: pd.DataFrame) -> Integers:
    """Return a bit for each host of a domain; two with the same bit count as one host."""
    domain = text_numbers(results["policy_domain"])[0]
    codes = details["receiving_mx_hostname"].cat.codes.to_numpy("int64")
    of_detail = domain[details["row"].to_numpy("int64")]
    is_named = codes >= 0
    pair, first = numbered(of_detail[is_named] * (int(codes.max(initial=0)) + 1) + codes[is_named])
    domains = of_detail[is_named][first]
    rank = np.arange(len(first)) - starts(domains)[np.cumsum(changes(domains)) - 1]
    marks = np.full(len(codes), ANY_HOST, "int64")
    marks[is_named] = np.int64(1) << (rank[pair] % _MARKS)
    return marks
