"""Whole numbers for texts and days."""

import datetime as dt

import numpy as np
import pandas as pd

from tlsrpt_analysis.analyses.numbering import (
    day_number,
    day_numbers,
    day_of,
    distinct,
    group_numbers,
    result_positions,
    text_numbers,
)
from tlsrpt_analysis.tables import DAY


def test_groups_are_those_of_pandas():
    """In the same order, a missing key last, for categories and plain texts alike."""
    generator = np.random.default_rng(1)
    texts = np.array(["b", None, "a", "c"], dtype=object)
    frame = pd.DataFrame(
        {
            "host": pd.Series(generator.choice(texts, 60), dtype="str"),
            "cause": pd.Categorical(generator.choice(texts, 60)),
        }
    )
    numbers, first = group_numbers(frame, ["host", "cause"])
    expected = frame.groupby(["host", "cause"], observed=True, dropna=False).ngroup()
    assert numbers.tolist() == expected.tolist()
    assert first.tolist() == [expected.tolist().index(group) for group in range(len(first))]


def test_many_long_lists_of_names_do_not_overflow():
    """Five columns of 100,000 names have more combinations than a whole number holds."""
    names = pd.Index([str(number) for number in range(100_000)], dtype="str")
    codes = np.array([[0, 1, 2], [5, 5, 5], [9, 9, 9], [7, 7, 7], [99_999, 99_998, 99_999]])
    frame = pd.DataFrame(
        {str(at): pd.Categorical.from_codes(its, categories=names) for at, its in enumerate(codes)}
    )
    numbers, _ = group_numbers(frame, list(frame.columns))
    assert numbers.tolist() == [0, 1, 2]


def test_missing_texts_and_days_have_a_number():
    """The last one, and -1."""
    assert text_numbers(pd.Series([None, "a"], dtype="str"))[0].tolist() == [1, 0]
    days = pd.Series([None, dt.date(2026, 1, 1)], dtype=DAY)
    assert day_numbers(days).tolist() == [-1, 20454]


def test_days_and_their_numbers_are_the_same_days():
    """Before and after 1970."""
    for day in (dt.date(1969, 12, 31), dt.date(1970, 1, 1), dt.date(2026, 2, 28)):
        assert day_of(day_number(day)) == day


def test_distinct_numbers_are_sorted_whether_near_or_far_apart():
    """Near ones are counted, far ones sorted."""
    for numbers in ([], [5], [5, 5], [9, 7, 9], [2**40, 3, 2**40]):
        assert distinct(np.array(numbers, "int64")) == sorted(set(numbers))


def test_details_without_their_policy_result_have_no_position():
    """As when some policy results were left out."""
    results = pd.DataFrame({"policy_key": [30, 10]})
    details = pd.DataFrame({"policy_key": [10, 20, 30]})
    assert result_positions(results, details).tolist() == [1, -1, 0]
