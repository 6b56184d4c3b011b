"""Bounds on the refused sessions of parts of policy results, as array arithmetic.

A summary counts failed sessions; details say why, may overlap and may be incomplete (RFC 8460 §4).
With T failed sessions in the summary, B in details of refusing result types and N in others:

- the details add up to T: exactly B were refused;
- to less: at least B, at most B and all that is not explained;
- to more, because they overlap: at least the largest refusing detail and T - N, at most T and B;
- a detail larger than T: the reporter counts it beside its totals (mox does for testing mode), so
  at least nothing beyond T, at most B. The same upper bound holds for every other result of such
  a reporter about the same domain whose details add up to more than T, because overlapping details
  and details counted beside the totals look the same there.

A detail without a count stands for at least one session, and for at most what the others leave;
where a result has no other details, they stand for all its failed sessions together.
A result type outside the registry may refuse or not: it counts in the upper bound only.
"""

from collections.abc import Mapping

import numpy as np

from tlsrpt_analysis.arrays import Integers

MEASURES = ["total", "sessions", "explained", "largest", "unknown", "is_beside", "is_partly_fixed"]
"""The columns of a policy result that the bounds of its parts are computed from."""

Part = Mapping[str, Integers]


def bounds_of_parts(part: Part) -> tuple[Integers, Integers]:
    """Return the lower and the upper bound of parts of policy results.

    Parameters
    ----------
    part : mapping of array of int
        `MEASURES` of the policy result; of the details in the part, the sum of their counts
        (``possible``), that of those that refuse for sure (``sure``), the largest of these
        (``largest_sure``) and how many have no count (``unknown_possible``, ``unknown_sure``).
    """
    return _low(part), _high(part)


def _low(part: Part) -> Integers:
    others = part["explained"] - part["sure"]
    others_known = part["unknown"] == part["unknown_sure"]
    left_over = np.where(others_known, part["total"] - others, 0)
    # A session of overlapping details may be one whose other detail is fixed already.
    largest_sure = np.where(part["is_partly_fixed"], 0, part["largest_sure"])
    overlapping = np.maximum(largest_sure, left_over)
    low = np.where(part["explained"] <= part["total"], part["sure"] + _least(part), overlapping)
    beside = part["largest"] > part["total"]
    low = np.where(beside, np.minimum(part["total"], largest_sure), low)
    # Where a reporter counts beside its totals, left-over sessions prove nothing.
    return np.where(part["is_beside"], np.minimum(low, largest_sure), low).astype("int64")


def _high(part: Part) -> Integers:
    most = np.where(part["unknown_possible"] > 0, part["sessions"], part["possible"])
    high = np.where(
        part["explained"] <= part["total"],
        part["possible"] + _most(part),
        np.minimum(part["total"], most),
    )
    beside = (part["largest"] > part["total"]) | part["is_beside"].astype("bool")
    return np.where(beside, np.minimum(part["sessions"], most), high).astype("int64")


def _rest(part: Part) -> Integers:
    """Return the failed sessions that no count explains."""
    return np.asarray(np.maximum(part["total"] - part["explained"], 0))


def _least(part: Part) -> Integers:
    """Return the least that the details without a count in a part stand for, of refusing types."""
    is_all = (part["unknown_sure"] == part["unknown"]) & (part["explained"] == 0)
    return np.where(is_all & (part["unknown"] > 0), _rest(part), _each(part, "unknown_sure"))


def _most(part: Part) -> Integers:
    """Return the most that the details without a count in a part stand for."""
    elsewhere = part["unknown"] - part["unknown_possible"]
    left = _rest(part) - np.minimum(elsewhere, _rest(part))
    return np.asarray(np.where(part["unknown_possible"] > 0, left, 0))


def _each(part: Part, which: str) -> Integers:
    return np.asarray(np.minimum(part[which], _rest(part)))
