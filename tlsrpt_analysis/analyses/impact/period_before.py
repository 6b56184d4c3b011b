"""What was refused in the period before today's, which is as long: whether it became better or worse."""

import numpy as np
import pandas as pd

from tlsrpt_analysis.analyses.impact.evidence import Days, texts
from tlsrpt_analysis.analyses.numbering import day_numbers, group_numbers, summed

_COUNTS = {"tested_session_count": "tested_session_count", "refused_count": "would_block_high"}


def sums_before(days: Days) -> pd.DataFrame:
    """Return the sums of the days before today's, as many as today has.

    Returns
    -------
    DataFrame
        A row per domain: ``policy_domain since tested_session_count would_block_high tested
        refused``; the last two are weighted by mail.
    """
    rows, todays = days.tested, days.todays
    number, first = group_numbers(rows, ["policy_domain"])
    place = {name: at for at, name in enumerate(texts(todays["policy_domain"]))}
    at = np.array([place[name] for name in texts(rows["policy_domain"].iloc[first])], "int64")
    until = todays["since"].to_numpy("int64") - 1
    since = until - (todays["until"].to_numpy("int64") - until) + 1
    day, of_row = day_numbers(rows["day"]), at[number]
    is_before = (day >= since[of_row]) & (day <= until[of_row])
    of_row = of_row[is_before]
    counts = {
        name: summed(of_row, rows[column].to_numpy("int64")[is_before], len(todays))
        for column, name in _COUNTS.items()
    }
    weighted = {
        name: np.bincount(of_row, rows[name].to_numpy("float64")[is_before], len(todays))
        for name in ("tested", "refused")
    }
    return todays[["policy_domain"]].assign(since=since, **counts, **weighted)
