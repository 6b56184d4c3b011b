"""Tables compared cell by cell."""

import pandas as pd

from tlsrpt_analysis.tables import SCHEMAS, ReportTables


def assert_same_cells(actual: ReportTables, expected: ReportTables) -> None:
    """Assert that every cell, type and key is the same; unused categories do not count."""
    for name in SCHEMAS:
        pd.testing.assert_frame_equal(
            _plain(getattr(actual, name)), _plain(getattr(expected, name)), check_exact=True
        )
    assert actual.balance == expected.balance


def _plain(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(
        **{
            name: frame[name].cat.remove_unused_categories()
            for name in frame.select_dtypes("category")
        }
    )
