"""The texts of policies as strangers report them."""

import numpy as np
import pandas as pd
import pytest
from support.growth import growth

from tlsrpt_analysis.analyses.selective.like_with_like import policy_text_numbers


def _numbers(*texts: str) -> list[int]:
    count = len(texts)
    columns = {
        "policy_type": ["tlsa"] * count,
        "policy_mode": [None] * count,
        "policy_string": list(texts),
        "mx_host": [None] * count,
    }
    frame = pd.DataFrame(columns, dtype="category").assign(sessions=1)
    rows = np.zeros(count, "int64")
    return policy_text_numbers(frame, rows, rows).tolist()


def test_tlsa_records_are_the_same_in_any_order_and_case() -> None:
    """And another record is another text."""
    first, second, third = _numbers("3 1 1 AB\n2 0 1 cd", "2 0 1 CD\n3 1 1 ab", "3 1 1 ac")
    assert first == second != third


@pytest.mark.parametrize("piece", ["1", "1 ", " ", "3 1 1 ab ", "ab"])
def test_reading_tlsa_records_grows_with_the_text(piece: str) -> None:
    """Not with its square: one report holds megabytes of it."""
    growth(lambda size: _numbers(piece * size), 20_000)
