"""Who reported before enforce mode began, and never since: enforce mode may refuse all its mail."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from tlsrpt_analysis.analyses.numbering import day_numbers

SILENT_DAYS = 7
"""Reports come daily; more than a week without any is not one lost mail."""

BASELINE_DAYS = 28
"""The days before enforce mode in which a reporter is looked for."""

FEWEST_BEFORE = 14
"""A reporter can only vanish if it reported on at least this many of the baseline days."""


@dataclass(frozen=True, slots=True)
class Vanished:
    """The reporters of a domain that are silent since the day on which enforce mode began."""

    since: int
    reporters: tuple[str, ...]


def vanished_reporters(policies: pd.DataFrame) -> dict[str, Vanished]:
    """Return who vanished when enforce mode began, by policy domain.

    Parameters
    ----------
    policies : DataFrame
        The ``policies`` of some reports.
    """
    names = policies["policy_domain"].astype("str")
    modes = policies["policy_mode"]
    both = set(names[(modes == "enforce").to_numpy("bool")].dropna())
    both &= set(names[(modes == "testing").to_numpy("bool")].dropna())
    found = {}
    rows = policies[names.isin(both).to_numpy("bool")]
    for domain, own in rows.groupby(rows["policy_domain"].astype("str")):
        one = _of_domain(own)
        if one is not None:
            found[str(domain)] = one
    return found


def _of_domain(rows: pd.DataFrame) -> Vanished | None:
    days = day_numbers(rows["day"])
    since = int(days[(rows["policy_mode"] == "enforce").to_numpy("bool")].min())
    if int(days.max()) - since < SILENT_DAYS:
        return None
    reporters = rows["reporter"].astype("str").to_numpy(dtype=object)
    after = set(reporters[days > since])
    is_before = (days >= since - BASELINE_DAYS) & (days < since)
    pairs = pd.DataFrame({"reporter": reporters, "day": days})[is_before].drop_duplicates()
    counts = pairs["reporter"].value_counts()
    gone = sorted(set(counts[np.asarray(counts >= FEWEST_BEFORE)].index) - after)
    return Vanished(since, tuple(gone)) if gone else None
