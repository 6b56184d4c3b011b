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
