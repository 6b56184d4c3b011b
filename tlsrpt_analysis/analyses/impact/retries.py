"""How many sessions a refused message takes, bounded by the data before any assumption.

A message that is tried again makes sessions. So where the sessions of a sender did not rise while
a fault lasted, each refused message took about one; where it has clean days to compare with, they
say how many messages it sent, and any assumption only fills the room that is left.
"""

import numpy as np
import pandas as pd

from tlsrpt_analysis.analyses.numbering import group_numbers
from tlsrpt_analysis.arrays import Booleans, Floats, Integers

MODES = ("testing", "enforced")

RETRY_COLUMNS = ("failed", "unbounded", "least", "most")
"""Of each mode, as ``testing_failed`` and so on: the failed sessions, those of senders that have no
clean days to compare with, and how many messages the others stand for, at least and at most."""

FEWEST_CLEAN_DAYS = 7
"""A week of clean days shows weekdays and weekends."""

STANDARD_ERRORS = 2.0
"""About 95 % of the sums of days are within two standard errors of what other days suggest."""


def with_retries(sessions: pd.DataFrame) -> pd.DataFrame:
    """Add `RETRY_COLUMNS` of each mode to the tested sessions of days.

    Parameters
    ----------
    sessions : DataFrame
        ``policy_domain reporter day tested_session_count failed_testing_count
        failed_enforced_count``, a row a day.
    """
    series, first = group_numbers(sessions, ["policy_domain", "reporter"])
    tested = sessions["tested_session_count"].to_numpy("float64")
    failed = {mode: sessions[f"failed_{mode}_count"].to_numpy("float64") for mode in MODES}
    is_clean = (tested > 0) & (sum(failed.values()) == 0)
    clean = _clean_days(series, tested, is_clean, len(first))
    added: dict[str, Floats] = {}
    for mode, count in failed.items():
        columns = _messages(series, tested, count, clean)
        added |= {f"{mode}_{name}": values for name, values in columns.items()}
    return sessions.assign(**added)


def _clean_days(
    series: Integers, tested: Floats, is_clean: Booleans, size: int
) -> tuple[Floats, Floats, Floats]:
    """Return how many clean days each series has, their mean and their variance.

    The variance is that of a Poisson count at least.
    """
    days = np.bincount(series[is_clean], minlength=size).astype("float64")
    mean = np.bincount(series[is_clean], tested[is_clean], size) / np.maximum(days, 1)
    squares = np.bincount(series[is_clean], (tested - mean[series])[is_clean] ** 2, size)
    variance = np.maximum(mean, squares / np.maximum(days - 1, 1))
    return days, mean.astype("float64"), variance.astype("float64")


def _messages(
    series: Integers, tested: Floats, failed: Floats, clean: tuple[Floats, Floats, Floats]
) -> dict[str, Floats]:
    """Bound the messages that the failed sessions of each row stand for, by those of its series."""
    clean_days, mean, variance = clean
    size, is_bad = len(mean), failed > 0
    bad_days = np.bincount(series[is_bad], minlength=size)
    failures = np.bincount(series, failed, size)
    passed = np.bincount(series[is_bad], (tested - failed)[is_bad], size)
    of_a_day = variance * (1 / np.maximum(bad_days, 1) + 1 / np.maximum(clean_days, 1))
    error = STANDARD_ERRORS * bad_days * np.sqrt(of_a_day)
    least, most = (
        np.clip(mean * bad_days + side * error - passed, 0, failures) / np.maximum(failures, 1e-12)
        for side in (-1, 1)
    )
    is_bounded = (clean_days >= FEWEST_CLEAN_DAYS)[series]
    return {
        "failed": failed,
        "unbounded": np.where(is_bounded, 0.0, failed),
        "least": np.where(is_bounded, failed * least[series], 0.0),
        "most": np.where(is_bounded, failed * most[series], 0.0),
    }


def messages_per_session(
    sums: pd.DataFrame, mode: str, per_message: tuple[float, float]
) -> tuple[Floats, Floats]:
    """Bound how many messages a failed session stands for, in each row of sums.

    Parameters
    ----------
    sums : DataFrame
        Sums of `RETRY_COLUMNS` over some days.
    mode : str
        One of `MODES`.
    per_message : (float, float)
        The sessions that a refused message takes, by assumption.
    """
    fewest, most_sessions = per_message
    failed, unbounded, least, most = (
        sums[f"{mode}_{name}"].to_numpy("float64") for name in RETRY_COLUMNS
    )
    bounded = failed - unbounded
    low = np.minimum(np.maximum(least, bounded / most_sessions), bounded / fewest)
    high = np.maximum(low, np.minimum(most, bounded / fewest))
    whole = np.maximum(failed, 1e-12)
    ends = ((low + unbounded / most_sessions) / whole, (high + unbounded / fewest) / whole)
    return np.where(failed > 0, ends[0], 1.0), np.where(failed > 0, ends[1], 1.0)
