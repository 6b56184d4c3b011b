"""The chart over time: weeks at their places, gaps as gaps, and marks where they belong."""

import datetime as dt

import pandas as pd
import pytest

from tlsrpt_analysis.views.page.time_chart import MOST_WEEKS, time_chart

MONDAY = dt.date(2026, 6, 29)


def week(number: int, share: float | None, tested: int = 100) -> dict[str, object]:
    """Return a week of ``by_week``."""
    return {
        "week": pd.Timestamp(MONDAY + dt.timedelta(days=7 * number)),
        "tested_session_count": tested,
        "would_block_share": share,
        "would_block_share_low": None if share is None else share / 2,
        "would_block_share_high": None if share is None else min(1.0, 2 * share),
    }


def chart_of(weeks: list, changes: tuple = (), causes: tuple = ()):
    """Return the chart of some weeks."""
    return time_chart(weeks, changes, causes, title="A message.")


def test_a_column_stands_over_its_week_and_is_as_high_as_its_share():
    """On an axis that ends at a round share."""
    chart = chart_of([week(0, 0.0), week(1, 0.2), week(3, 0.1)])
    assert chart is not None
    assert [tick.text for tick in chart.shares] == ["0", "25 %", "50 %"]
    assert [round(column.left) for column in chart.columns] == [3, 28, 78]
    assert [column.height for column in chart.columns] == [0.0, 40.0, 20.0]
    assert [column.has_range for column in chart.columns] == [False, True, True]
    assert all(column.high <= 100 for column in chart.columns)
    assert chart.columns[1].text == "Week of 6 Jul 2026: 20 % (10 to 40 %) of 100 refused"


def test_a_week_without_a_tested_connection_is_not_a_clean_one():
    """It says so, and has no height."""
    chart = chart_of([week(0, 0.1), week(1, None, tested=0)])
    assert chart is not None
    assert [column.is_tested for column in chart.columns] == [True, False]
    assert chart.columns[1].text.endswith("no tested connection")


def test_marks_say_what_began_and_what_changed():
    """Near the end the word stands on the left of its line."""
    cause = {"first_day": pd.Timestamp("2026-07-27"), "last_day": pd.Timestamp("2026-09-20")}
    change = {"day": pd.Timestamp("2026-08-03"), "change": "added mx2.example.com"}
    chart = chart_of([week(number, 0.1) for number in range(16)], (change,), (cause,))
    assert chart is not None
    assert [(mark.text, mark.is_right) for mark in chart.marks] == [
        ("began, 27 Jul", False),
        ("policy: added mx2.example.com, 3 Aug", False),
        ("last seen, 20 Sep", True),
    ]


@pytest.mark.parametrize(
    ("weeks", "first", "most"), [(4, "29 Jun", 9), (20, "Jul 2026", 9), (104, "Jul 2026", 9)]
)
def test_an_axis_has_few_labels_however_long_it_is(weeks: int, first: str, most: int):
    """Weeks, months, or every third month."""
    chart = chart_of([week(number, 0.0) for number in range(weeks)])
    assert chart is not None
    assert chart.days[0].text == first
    assert 3 <= len(chart.days) <= most
    assert all(0 <= tick.place < 100 for tick in chart.days)


def test_two_years_are_shown_and_one_week_is_no_chart():
    """Of more weeks, the last ones."""
    chart = chart_of([week(number, 0.0) for number in range(MOST_WEEKS + 5)])
    assert chart is not None
    assert len(chart.columns) == MOST_WEEKS
    assert chart_of([week(0, 0.1)]) is None
