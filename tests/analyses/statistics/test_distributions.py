"""The gamma function and Student's t, as SciPy has them."""

import numpy as np
import pytest
from scipy.special import gammaln
from scipy.stats import t as student

from tlsrpt_analysis.analyses.statistics.distributions import log_gamma, student_quantiles


def test_the_gamma_function_is_exact_over_its_whole_range():
    """From the smallest normal double to numbers whose gamma logarithm is near the largest."""
    near_one = np.concatenate([1 + np.linspace(-0.5, 2, 5001), np.arange(1.0, 300.0)])
    values = np.concatenate([np.geomspace(1e-307, 1e305, 20_001), near_one])
    expected = gammaln(values)
    assert np.abs(log_gamma(values) - expected).max(initial=0, where=values < 1e3) < 1e-10
    assert log_gamma(values) == pytest.approx(expected, rel=1e-12, abs=1e-12)


def test_the_logarithm_of_a_factorial_is_a_sum_of_logarithms():
    """Known without any library."""
    whole = np.arange(1.0, 200.0)
    assert log_gamma(whole + 1) == pytest.approx(np.log(whole).cumsum(), rel=1e-13)


@pytest.mark.parametrize("level", [0.5, 0.6, 0.9, 0.95, 0.975, 0.995])
def test_the_quantiles_of_students_t_are_exact(level):
    """From one degree of freedom to infinitely many, whole or not."""
    degrees = np.concatenate([np.geomspace(1, 1e12, 5001), np.arange(1.0, 200.0), [np.inf]])
    expected = student.ppf(level, degrees)
    assert student_quantiles(degrees, level) == pytest.approx(expected, rel=1e-10, abs=1e-12)


def test_one_degree_of_freedom_is_cauchys_distribution():
    """Known without any library."""
    expected = np.tan(np.pi * 0.475)
    assert student_quantiles(np.array([1.0]), 0.975)[0] == pytest.approx(expected, rel=1e-12)


def test_quantiles_keep_the_shape_of_the_degrees():
    """Also of none."""
    assert student_quantiles(np.ones((2, 3)), 0.975).shape == (2, 3)
    assert student_quantiles(np.empty(0), 0.975).shape == (0,)
