"""What the failure details of a policy result count: details without a count, and a reporter's habits.

Reporters count in their own ways (RFC 8460 §4): some leave counts out, some list one session under
two result types, and mox counts what testing mode let through in details only, beside its totals.
"""

import numpy as np
import pandas as pd

from tlsrpt_analysis.analyses.numbering import group_numbers, summed
from tlsrpt_analysis.arrays import Booleans, Integers

BESIDE_TOTALS = "mtasts-policy-mx-mismatch"
"""The reason code that mox counts beside its totals in testing mode."""

MISMATCH_CODES = ("MX_HOSTS_MISMATCH", BESIDE_TOTALS)
"""Reason codes by which Microsoft and mox say that the policy does not list an MX."""


def detail_counts(
    counts: pd.Series, result: Integers, total: Integers
) -> tuple[Integers, Booleans]:
    """Return what each detail counts, and whether that is unknown.

    Parameters
    ----------
    counts : Series
        The ``failed_session_count`` of each detail.
    result : array of int
        The position of its policy result.
    total : array of int
        The failed sessions of each policy result.

    Returns
    -------
    tuple of two arrays
        The count, 0 where unknown. A detail without a count that stands alone stands for all
        failed sessions of its policy result, so that it is not unknown.

    Examples
    --------
    >>> counts = pd.Series([None, None, 4], dtype="Int64")
    >>> made, is_unknown = detail_counts(counts, np.array([0, 1, 1]), np.array([42, 9]))
    >>> made.tolist(), is_unknown.tolist()
    ([42, 0, 4], [False, True, False])
    """
    is_missing = counts.isna().to_numpy("bool")
    is_alone = summed(result, np.ones(len(result)), len(total))[result] == 1
    known = counts.to_numpy("int64", na_value=0)
    return np.where(is_missing & is_alone, total[result], known), is_missing & ~is_alone


def counted_beside(
    results: pd.DataFrame,
    details: tuple[Integers, Integers],
    reason_codes: pd.Series,
    total: Integers,
) -> Booleans:
    """Return which policy results have details that the reporter counts beside its totals.

    Parameters
    ----------
    results : DataFrame
        ``policy_domain`` and ``reporter`` of each policy result.
    details : tuple of two arrays of int
        The position of each detail's policy result, and its count.
    reason_codes : Series
        The ``failure_reason_code`` of each detail.
    total : array of int
        The failed sessions of each policy result.

    Returns
    -------
    array of bool
        Results whose details add up to more than the total, of reporters that are known to count
        so: by mox's own reason code, or by a detail larger than its total. What a reporter does is
        learned from its reports about the same domain, never from those about another.
    """
    result, count = details
    size = len(results)
    largest = np.zeros(size, "int64")
    np.maximum.at(largest, result, count)
    is_shown = largest > total
    is_shown[result[reason_codes.eq(BESIDE_TOTALS).to_numpy("bool", na_value=False)]] = True
    number, first = group_numbers(results, ["policy_domain", "reporter"])
    is_habit = summed(number, is_shown, len(first))[number] > 0
    return np.asarray(is_habit & (summed(result, count, size) > total))
