"""Shares for readers: two digits at most, and never more certain than they are."""

import math

from hypothesis import given
from hypothesis import strategies as st

from tlsrpt_analysis.views.shares_in_words import (
    nice_top,
    of_hundred,
    rough_percent,
    rough_range,
)

SHARES = st.floats(0, 1)


@given(SHARES)
def test_only_none_is_none_and_only_all_is_all(share: float) -> None:
    """A share that rounds to 0 or to 100 says on which side it is."""
    text = rough_percent(share)
    assert (text == "0 %") == (share == 0)
    assert (text == "100 %") == (share == 1)


@given(SHARES)
def test_a_share_has_two_digits_that_matter(share: float) -> None:
    """And is near what it stands for."""
    number = rough_percent(share).removesuffix(" %")
    if number[0].isdigit() and number not in {"0", "100"}:
        assert len(number.replace(".", "").lstrip("0")) <= 2
        assert abs(float(number) - 100 * share) <= 0.5


@given(SHARES, SHARES)
def test_the_worked_example_holds_the_interval(one: float, other: float) -> None:
    """Ends are rounded outwards, so that the truth is not rounded away."""
    low, high = sorted((one, other))
    text = of_hundred(low, high).replace(",", "")
    numbers = [int(word) for word in text.split() if word.isdigit()]
    size = numbers[0]
    assert numbers[-1] >= high * size - 1e-6
    assert (numbers[1] if len(numbers) > 2 else 0) <= low * size + 1e-6


@given(SHARES, SHARES)
def test_a_range_holds_the_interval_and_agrees_with_the_worked_example(
    one: float, other: float
) -> None:
    """Both are rounded outwards."""
    low, high = sorted((one, other))
    ends = rough_range(low, high).replace("at most", "0 to").removesuffix(" %").split(" to ")
    if len(ends) == 2 and all(end.replace(".", "").isdigit() for end in ends):
        first, last = map(float, ends)
        assert first <= 100 * low + 1e-6
        assert last >= 100 * high - 1e-6
        if low >= 0.1:
            assert f"between {first:.0f} and {last:.0f}" in of_hundred(low, high)


def test_a_range_is_missing_where_it_says_nothing() -> None:
    """Below its digits, or not known."""
    assert rough_range(0.271, 0.272) == ""
    assert rough_range(math.nan, 0.2) == ""
    assert rough_range(0.98, 1.0) == "98 to 100 %"
    assert rough_range(0.0002, 0.02) == "under 0.1 % to 2 %"


@given(SHARES)
def test_an_axis_holds_its_bars(share: float) -> None:
    """It ends at a round number."""
    assert share <= nice_top(share) <= 1
