"""Fisher's test and Benjamini and Hochberg's correction, as scipy has them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import false_discovery_control, fisher_exact

from tlsrpt_analysis.analyses.statistics.exact_test import fisher_p_values, q_values

SIDE = st.tuples(st.integers(0, 300), st.integers(0, 300))


@given(SIDE, SIDE)
def test_the_p_value_is_that_of_the_exact_test(one, other):
    """Whatever the counts are, if the first fails more often."""
    (failed, passed), (other_failed, other_passed) = one, other
    counts = [failed, failed + passed, other_failed, other_failed + other_passed]
    value = fisher_p_values(*(np.array([float(count)]) for count in counts))[0]
    if failed * counts[3] > other_failed * counts[1]:
        assert value == pytest.approx(fisher_exact([one, other], "greater").pvalue, rel=1e-6)
    else:
        assert value == 1


def test_large_counts_have_their_p_value():
    """A year of a large sender."""
    counts = (np.array([value]) for value in (5300.0, 50000.0, 5000.0, 50000.0))
    expected = fisher_exact([[5300, 44700], [5000, 45000]], "greater").pvalue
    assert fisher_p_values(*counts)[0] == pytest.approx(expected, rel=1e-6)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_the_correction_is_that_of_benjamini_and_hochberg(p_values):
    """In any order, with equal values."""
    values = np.array(p_values)
    assert q_values(values) == pytest.approx(false_discovery_control(values))


def test_no_comparison_needs_no_correction():
    """Nothing in, nothing out."""
    assert q_values(np.empty(0)).size == 0
