"""The limits of charts over time, on both sides of each."""

import datetime as dt

import pandas as pd
import pytest

from tlsrpt_analysis.views.charts.time_rows import (
    MOST_CHANGES,
    MOST_REPORTERS,
    mode_changes,
    reporters_over_time,
)

FIRST = dt.date(2026, 7, 1)


def sessions_of(days: int, reporters: int = 1) -> pd.DataFrame:
    """Return a session a day and reporter, under a mode that changes every day."""
    return pd.DataFrame(
        [
            (
                "example.com",
                f"r{reporter}",
                FIRST + dt.timedelta(day),
                ("testing", "enforce")[day % 2],
            )
            for day in range(days)
            for reporter in range(reporters)
        ],
        columns=["policy_domain", "reporter", "day", "policy_mode"],
    ).assign(session_count=1, failed_session_count=0)


@pytest.mark.parametrize("changes", [MOST_CHANGES, MOST_CHANGES + 1])
def test_of_many_changes_the_last_are_marked(changes: int) -> None:
    """The earliest is left out first."""
    found = mode_changes(sessions_of(changes + 1))
    assert len(found) == MOST_CHANGES
    is_complete = found["day"].min() == FIRST + dt.timedelta(1)
    assert is_complete == (changes == MOST_CHANGES)


@pytest.mark.parametrize("count", [MOST_REPORTERS, MOST_REPORTERS + 1])
def test_only_so_many_reporters_have_a_line(count: int) -> None:
    """Beyond the limit the last line is of the others together."""
    rows = reporters_over_time(sessions_of(3, count))
    assert rows["reporter"].nunique() == MOST_REPORTERS
    assert ("2 others" in set(rows["reporter"])) == (count > MOST_REPORTERS)
    assert rows.dropna(subset="session_count")["session_count"].sum() == 3 * count
