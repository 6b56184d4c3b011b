"""Reports whose counts are out of all proportion, which must not decide about a domain.

Anybody can send a report, and one with 2^53 successes would hide every failure. So a day of one
reporter that holds most of all tested sessions of a domain, or far more than this reporter ever
counted, is set apart: it counts in nothing that is said about enforce mode, and is named.
"""

import numpy as np
import pandas as pd

from tlsrpt_analysis.analyses.numbering import first_rows, group_numbers
from tlsrpt_analysis.analyses.refusals import Refusals
from tlsrpt_analysis.analyses.sessions import DOMAIN_DAY
from tlsrpt_analysis.arrays import Booleans, Floats, Integers

FEWEST_DAYS = 8
"""Of fewer reported days none is out of proportion: there is nothing to compare it with."""

MOST_SHARE = 0.5
"""One day of one reporter does not hold more than half of all tested sessions of a domain …"""

MOST_TIMES = 100.0
"""… nor a hundred times the sessions of the reporter's median day …"""

LEAST_SHARE = 0.1
"""… where that makes a tenth of all tested sessions."""


def out_of_proportion(days: pd.DataFrame) -> Booleans:
    """Return which reporters' days about a domain are out of proportion.

    Parameters
    ----------
    days : DataFrame
        One row for each ``policy_domain``, ``reporter`` and ``day``, with
        ``tested_session_count``.

    Returns
    -------
    array of bool
        One value for each row.

    Examples
    --------
    >>> days = pd.DataFrame({"policy_domain": "example.com", "reporter": "Google", "day": range(9),
    ...     "tested_session_count": [100] * 8 + [2**53]})
    >>> int(out_of_proportion(days).sum())
    1
    """
    sessions = days["tested_session_count"].to_numpy("float64")
    domain, first = group_numbers(days, ["policy_domain"])
    total = np.bincount(domain, sessions, len(first))[domain]
    reported = np.bincount(domain, sessions > 0, len(first))[domain]
    share = sessions / np.maximum(total, 1.0)
    median = _medians(days, sessions)
    is_most = share > MOST_SHARE
    is_jump = (sessions > MOST_TIMES * median) & (median > 0) & (share > LEAST_SHARE)
    return np.asarray((reported >= FEWEST_DAYS) & (is_most | is_jump))


def _medians(days: pd.DataFrame, sessions: Floats) -> Floats:
    """Return the median day of each row's reporter, of the days with sessions."""
    number, first = group_numbers(days, ["policy_domain", "reporter"])
    some = np.flatnonzero(sessions > 0)
    order = some[np.lexsort((sessions[some], number[some]))]
    count: Integers = np.bincount(number[order], minlength=len(first)).astype("int64")
    begin = first_rows(number[order], len(first))
    medians = np.zeros(len(first))
    has_some = count > 0
    medians[has_some] = sessions[order][(begin + (count - 1) // 2)[has_some]]
    return medians[number]


def without_days(refused: Refusals, apart: pd.DataFrame) -> Refusals:
    """Return the refused sessions without those of some days of reporters."""
    if apart.empty:
        return refused
    results = refused.results[DOMAIN_DAY].astype({"policy_domain": "str", "reporter": "str"})
    named = apart[DOMAIN_DAY].astype({"policy_domain": "str", "reporter": "str"})
    is_apart = results.merge(named.assign(is_apart=True), on=DOMAIN_DAY, how="left")["is_apart"]
    return refused.of_results(is_apart.isna().to_numpy("bool"))
