"""The rows of charts: not too many, plain, and with unchanged sums."""

import pandas as pd
import pytest
from support.view_frames import sessions_of

from tlsrpt_analysis.analyses.percentages import percent
from tlsrpt_analysis.tables import DAY
from tlsrpt_analysis.views.charts.rows import (
    MOST_DOMAINS,
    MOST_LINES,
    MOST_ROWS,
    bounded_sessions,
    first_domains,
    largest,
    left_out,
    percent_range,
    rate_bands,
    records,
)

COUNTS = ["session_count", "failed_session_count"]


@pytest.mark.parametrize(("days", "period"), [(60, ""), (700, "week of "), (3000, "month of ")])
def test_many_days_become_longer_periods_with_the_same_sums(days: int, period: str) -> None:
    """Summing loses no session."""
    sessions = sessions_of(["example.com"], ["Google", "Microsoft", "Yahoo"], days=days)
    bounded = bounded_sessions(sessions, most_rows=400)
    assert len(bounded) <= 400
    assert bounded["period"].str.startswith(period).all()
    assert bounded[COUNTS].sum().tolist() == sessions[COUNTS].sum().tolist()


def test_decades_become_years() -> None:
    """The longest period is a year."""
    sessions = sessions_of(["example.com"], [f"r{place}" for place in range(12)], days=1500)
    assert bounded_sessions(sessions, most_rows=100)["period"].str.startswith("year of ").all()


def test_small_domains_and_reporters_are_summed_as_others() -> None:
    """A chart of everything is still readable."""
    names = [f"d{number}.example" for number in range(20)]
    sessions = sessions_of(names, [f"r{number}" for number in range(15)], days=40)
    bounded = bounded_sessions(sessions)
    assert bounded["policy_domain"].nunique() == MOST_DOMAINS
    assert "9 others" in set(bounded["policy_domain"])
    assert bounded["reporter"].nunique() == MOST_LINES
    assert bounded[COUNTS].sum().tolist() == sessions[COUNTS].sum().tolist()
    assert len(bounded) <= MOST_ROWS


def test_a_day_is_a_date_and_ends_at_the_next() -> None:
    """Dates as text have no time zone."""
    first = bounded_sessions(sessions_of(["example.com"], ["Google"], days=3)).iloc[0]
    assert (first["start"], first["end"]) == ("2026-07-01", "2026-07-02")


def test_weeks_start_on_monday() -> None:
    """The 1st of July 2026 is a Wednesday; its week began on the 29th of June."""
    sessions = sessions_of(["example.com"], ["Google"], days=700)
    first = bounded_sessions(sessions, most_rows=400).iloc[0]
    assert (first["start"], first["end"]) == ("2026-06-29", "2026-07-06")


def test_domains_are_ranked_and_their_lines_bounded() -> None:
    """The domain with the largest sum comes first; what is left out is counted."""
    frame = pd.DataFrame(
        {"policy_domain": ["a", "b", "b", "b", None], "failed_session_count": [1, 5, 3, 2, 4]}
    )
    kept = first_domains(frame, by="failed_session_count", lines=2)
    assert kept["policy_domain"].tolist() == ["b", "b", "(not given)", "a"]
    assert left_out(frame, kept, "hosts") == " And 1 more hosts, in the table."
    assert left_out(kept, kept, "hosts") == ""


def test_records_are_plain_json() -> None:
    """Missing values and infinity are null, a day is text, a list is one text."""
    frame = pd.DataFrame(
        {
            "count": pd.array([1, None], dtype="Int64"),
            "day": pd.array(["2026-08-01", None], dtype=DAY),
            "names": [["Google", "Yahoo"], ()],
            "share": [0.5, float("inf")],
        }
    )
    assert records(frame) == [
        {"count": 1, "day": "2026-08-01", "names": "Google, Yahoo", "share": 0.5},
        {"count": None, "day": None, "names": "", "share": None},
    ]


def test_no_failure_has_its_own_shade() -> None:
    """One failure in a thousand is not the same as none."""
    bands = rate_bands(pd.Series([0, 1, 1000, 0]), pd.Series([1000, 1000, 1000, 0]))
    assert bands.tolist() == ["none", "up to 1 %", "over 50 %", "none"]


@pytest.mark.parametrize(
    ("failed", "band"),
    [
        (10, "up to 1 %"),
        (11, "1 to 5 %"),
        (50, "1 to 5 %"),
        (51, "5 to 25 %"),
        (250, "5 to 25 %"),
        (251, "25 to 50 %"),
        (500, "25 to 50 %"),
        (501, "over 50 %"),
    ],
)
def test_a_shade_ends_at_its_bound(failed: int, band: str) -> None:
    """Of a thousand sessions; the bound itself belongs to the lighter shade."""
    assert rate_bands(pd.Series([failed]), pd.Series([1000])).tolist() == [band]


@pytest.mark.parametrize(("count", "kept"), [(3, ["a", "b", "c"]), (2, ["2 others", "a"])])
def test_values_keep_their_names_up_to_the_limit(count: int, kept: list[str]) -> None:
    """Beyond it the smallest are together the last one."""
    frame = pd.DataFrame({"reporter": ["a", "b", "c"], "session_count": [3, 2, 1]})
    assert sorted(set(largest(frame, "reporter", count=count))) == kept


@pytest.mark.parametrize(("most_rows", "period"), [(400, ""), (399, "week of ")])
def test_days_are_summed_only_when_they_are_too_many(most_rows: int, period: str) -> None:
    """Exactly as many rows as allowed stay days."""
    days = pd.date_range("2026-01-01", periods=400).date
    sessions = pd.DataFrame(
        {"policy_domain": "a", "reporter": "A", "day": days}
        | {"session_count": 2, "failed_session_count": 1}
    )
    assert (
        bounded_sessions(sessions, most_rows=most_rows)["period"]
        .str.fullmatch(period + r"\d+ [A-Z][a-z]{2} \d{4}")
        .all()
    )


@pytest.mark.parametrize("count", [MOST_DOMAINS, MOST_DOMAINS + 1])
def test_only_so_many_domains_are_drawn(count: int) -> None:
    """The smallest is left out first."""
    frame = pd.DataFrame({"policy_domain": map(str, range(count)), "part": range(1, count + 1)})
    kept = first_domains(frame, by="part")
    assert len(kept) == MOST_DOMAINS
    assert ("0" in set(kept["policy_domain"])) == (count == MOST_DOMAINS)


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0, "0 %"),
        (0.0009, "less than 0.1 %"),
        (0.0042, "0.4 %"),
        (0.042, "4.2 %"),
        (0.42, "42.0 %"),
        (0.958, "95.8 %"),
        (0.99999, "more than 99.9 %"),
        (1, "100 %"),
        (None, "(not given)"),
    ],
)
def test_percent_never_rounds_something_to_nothing(share: float | None, text: str) -> None:
    """Neither a rare failure to 0 % nor an almost sure one to 100 %."""
    assert percent(share) == text


def test_range_of_one_value_is_one_value() -> None:
    """Least and most may agree."""
    assert percent_range(0.03, 0.03) == "3.0 %"
