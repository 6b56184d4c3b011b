"""The limits of tables on a page, on both sides of each."""

import pandas as pd
import pytest

from tlsrpt_analysis.views import page_table
from tlsrpt_analysis.views.page.tables import LONG_TEXT, MOST_ROWS


@pytest.mark.parametrize(("count", "caption"), [(3, None), (4, "The first 3 of 4 rows.")])
def test_rows_beyond_those_asked_for_are_counted(count: int, caption: str | None) -> None:
    """A complete table has no caption."""
    table = page_table(pd.DataFrame({"day": range(count)}), rows=3)
    assert table.caption == caption


@pytest.mark.parametrize("count", [MOST_ROWS, MOST_ROWS + 1])
def test_a_page_holds_only_so_many_rows(count: int) -> None:
    """The caption says so when rows are missing from the page."""
    table = page_table(pd.DataFrame({"day": range(count)}), rows=10)
    assert len(table.data) == MOST_ROWS
    assert (f"The page holds {MOST_ROWS}." in table.caption) == (count > MOST_ROWS)


@pytest.mark.parametrize(("length", "is_long"), [(LONG_TEXT, False), (LONG_TEXT + 1, True)])
def test_a_long_text_makes_its_column_wide(length: int, *, is_long: bool) -> None:
    """Short texts stay in narrow columns."""
    html = page_table(pd.DataFrame({"text": ["x" * length]})).to_html()
    assert ('class="data row0 col0 words long"' in " ".join(html.split())) == is_long


def test_rows_that_no_choice_shows_are_not_held() -> None:
    """A widget draws its table again; rows that it hides would only take time."""
    table = page_table(pd.DataFrame({"day": range(500)}), rows=3, held=3)
    assert table.to_html().count("<tr") == 4
    assert table.caption == "The first 3 of 500 rows."


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0.0, "&lt; 0.0001"), (9.9e-5, "&lt; 0.0001"), (0.0001, "0.0001"), (0.03456, "0.035")],
)
def test_no_probability_is_shown_as_nothing(value: float, shown: str) -> None:
    """A q-value of 0 would be a certainty that no test gives."""
    html = page_table(pd.DataFrame({"fleet_q_value": [value]})).to_html()
    assert f">{shown}</td>" in html


def test_a_missing_value_says_what_it_means() -> None:
    """No fix is needed is not the same as a fix that nobody gave."""
    frame = pd.DataFrame({"first_fix": [None], "cause": [None]})
    html = page_table(frame, na_rep={"first_fix": "none needed"}).to_html()
    assert ">none needed</td>" in html
    assert ">(not given)</td>" in html
