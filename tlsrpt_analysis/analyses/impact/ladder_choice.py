"""Which fixes of a domain are tried: those whose faults the most reports show.

Counts are what a forger writes at will, and one report may name hundreds of hosts, so each report
has votes: one for the fix of its most sessions, half a vote for the next, a third for the third.
"""

import numpy as np
import pandas as pd

from tlsrpt_analysis.arrays import Integers, Objects

MOST_FIXES = 40
"""A domain has few servers; one report that names hundreds must not stop the ladder."""


def first_of(names: Objects, need: Integers, day: Integers, count: Integers) -> list[str]:
    """Return the names with the most votes of reports, then with the most sessions.

    So few that all are tried need no votes, and are ordered by sessions alone.

    Parameters
    ----------
    names : array of str
        What each need names, a fix or a host; empty for none.
    need, day, count : array of int
        The need of each cell of sessions, its day of a reporter, and its sessions.
    """
    number, known = pd.factorize(names, sort=True)
    if len(known) <= MOST_FIXES:
        of_cell = np.asarray(number, "int64")[need]
        order = np.argsort(-np.bincount(of_cell, count, len(known)), kind="stable")
        is_met = np.bincount(of_cell, minlength=len(known)) > 0
        return [str(known[place]) for place in order if known[place] and is_met[place]]
    cells = pd.DataFrame({"day": day, "name": np.asarray(number, "int64")[need], "count": count})
    rows = cells.groupby(["day", "name"], as_index=False)["count"].sum()
    rows = rows[(known[rows["name"]] != "").astype("bool")]
    rows = rows.sort_values(["day", "count", "name"], ascending=[True, False, True])
    rows["votes"] = 1 / (rows.groupby("day").cumcount() + 1)
    sums = rows.groupby("name")[["votes", "count"]].sum().round(9)
    ordered = sums.reset_index().sort_values(
        ["votes", "count", "name"], ascending=[False, False, True]
    )
    return [str(known[place]) for place in ordered["name"]]


def untried_words(count: int) -> str:
    """Return how many more fixes there are, for a sentence; nothing where all were tried.

    Examples
    --------
    >>> untried_words(1), untried_words(1200), untried_words(0)
    ('1 more fix was not tried', '1,200 more fixes were not tried', '')
    """
    return (
        "1 more fix was not tried"
        if count == 1
        else f"{count:,} more fixes were not tried"
        if count
        else ""
    )
