"""Which of the policies that senders saw last is the newest.

Where senders see different policies, the one in most sessions may be an old one that is still cached,
or that a large sender never replaced because the id stayed the same.
"""

import pandas as pd

from tlsrpt_analysis.arrays import Booleans, Integers

LAST_DAYS = 3
"""A sender's last report may be missing: policies of these days may still be served."""


def are_newest(
    domain: Integers, policy: Integers, reporter: Integers, day: Integers, sessions: Integers
) -> Booleans:
    """Return which rows show the newest policy of their domain, on the last day that shows it.

    It is the one seen in the most sessions of the last day, unless a sender replaced it by another
    of the last days, and none ever replaced that one by it.

    Parameters
    ----------
    domain, policy, reporter, day, sessions : array of int
        Numbers of each row's domain, policy (of its domain) and reporter (of its domain), its day,
        and the sessions that saw the policy.

    Examples
    --------
    >>> import numpy as np
    >>> policy, reporter = np.array([0, 0, 1, 0, 1]), np.array([0, 1, 1, 0, 1])
    >>> day, sessions = np.array([1, 1, 2, 3, 3]), np.array([90, 10, 10, 90, 10])
    >>> are_newest(np.zeros(5, int), policy, reporter, day, sessions).tolist()
    [False, False, False, False, True]
    """
    rows = pd.DataFrame(
        {"domain": domain, "policy": policy, "reporter": reporter, "day": day, "seen": sessions}
    )
    last = rows.groupby("domain")["day"].transform("max")
    of_last_day = rows[rows["day"] == last].groupby(["domain", "policy"])["seen"].sum()
    most = of_last_day.reset_index().sort_values(["domain", "seen", "policy"])
    newest = most.drop_duplicates("domain", keep="last").set_index("domain")["policy"].to_dict()
    recent = rows[rows["day"] > last - LAST_DAYS]
    differ = recent.groupby("domain")["policy"].nunique()
    for name in differ[differ > 1].index.tolist():
        candidates = recent.loc[recent["domain"] == name, "policy"].unique().tolist()
        newest[name] = _newest(rows[rows["domain"] == name], newest[name], candidates)
    is_newest = rows["policy"] == rows["domain"].map(newest)
    shown = rows["day"].where(is_newest, -1)
    return (is_newest & (shown == shown.groupby(domain).transform("max"))).to_numpy("bool")


def _newest(rows: pd.DataFrame, first: int, candidates: list[int]) -> int:
    """Return the policy that senders put in the place of the first, and of what followed it."""
    begins = rows.groupby("policy")["day"].min()
    seen = {
        int(str(policy)): own.groupby("reporter")["day"].agg(["min", "max"])
        for policy, own in rows.groupby("policy")
    }
    for policy in sorted(candidates, key=lambda number: (int(begins[number]), number)):
        if policy != first and _replaced(seen[first], seen[policy]):
            first = policy
    return first


def _replaced(old: pd.DataFrame, new: pd.DataFrame) -> bool:
    """Whether a reporter went from one policy to the other, and none the other way."""
    both = old.index.intersection(new.index)
    ends, begins = old.loc[both, "max"], new.loc[both, "min"]
    return bool((ends < begins).any()) and not (ends > begins).any()
