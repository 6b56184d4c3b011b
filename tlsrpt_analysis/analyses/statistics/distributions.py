"""The gamma function and Student's t on arrays, so that users need no SciPy."""

import functools
from collections.abc import Callable

import numpy as np

from tlsrpt_analysis.arrays import Floats

_SHIFT = 8
"""Stirling's series is exact from here on; smaller numbers are moved there."""

_STIRLING = (1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360360, 1 / 156)
"""Its coefficients of 1 / x, 1 / x³, …"""

_DEGREE = 32
"""A polynomial of this degree in 1 / df has the quantiles of Student's t to 13 digits."""

_NODES = 64
"""Places at which the density of Student's t is added up."""

_HALVINGS = 60
"""Halvings of the logarithm of the angle in which a quantile lies: more than a double shows."""

_DEEPEST = 10.0
"""Smaller angles than by this in the logarithm belong to higher levels than are asked for."""


def log_gamma(values: Floats | float) -> Floats:
    """Return the logarithm of the gamma function of positive numbers, by Stirling's series.

    References
    ----------
    Abramowitz, M., and Stegun, I. A. (1964). *Handbook of Mathematical Functions*, 6.1.41.

    Examples
    --------
    >>> log_gamma(np.array([1.0, 5.0])).round(6).tolist()
    [0.0, 3.178054]
    """
    numbers = np.asarray(values, dtype="float64")
    is_small = numbers < _SHIFT
    large = numbers + _SHIFT * is_small
    inverse = 1 / large
    square, series = inverse * inverse, np.zeros_like(large)
    for coefficient in reversed(_STIRLING):
        series = series * square + coefficient
    logs = np.asarray((large - 0.5) * np.log(large) - large + 0.5 * np.log(2 * np.pi))
    logs += series * inverse
    small = numbers[is_small]
    product = small.copy()
    for step in range(1, _SHIFT):
        product *= small + step
    logs[is_small] -= np.log(product)
    return logs


def student_quantiles(degrees: Floats, level: float) -> Floats:
    """Return the quantile of Student's t distribution at one level for each degree of freedom.

    Parameters
    ----------
    degrees : array of float
        At least 1; they need not be whole, and may be infinite.
    level : float
        The probability below the quantile, from 0.5 to 0.995.

    Examples
    --------
    >>> student_quantiles(np.array([1.0, 9.5, np.inf]), 0.975).round(3).tolist()
    [12.706, 2.244, 1.96]
    """
    return _polynomial(level)(1 / np.asarray(degrees))


@functools.lru_cache(maxsize=8)
def _polynomial(level: float) -> Callable[[Floats], Floats]:
    """Return the quantiles at a level as a polynomial in 1 / df, through Chebyshev's points."""
    angles = np.pi * (np.arange(_DEGREE + 1) + 0.5) / (_DEGREE + 1)
    inverses = (np.cos(angles) + 1) / 2
    quantiles = _quantiles_by_halving(1 / inverses, level)
    return np.polynomial.Chebyshev.fit(inverses, quantiles, _DEGREE, domain=[0, 1])


def _quantiles_by_halving(degrees: Floats, level: float) -> Floats:
    """Find the angle from which on the density, a power of the sine, has the wanted area.

    With t = sqrt(df) / tan(angle), the density of Student's t becomes sin(angle) ** (df - 1);
    it is added up over the logarithm of the angle, as it is steep near 0.
    """
    nodes, weights = np.polynomial.legendre.leggauss(_NODES)
    scale = np.exp(log_gamma((degrees + 1) / 2) - log_gamma(degrees / 2)) / np.sqrt(np.pi)
    low, high = (
        np.full_like(degrees, np.log(np.pi / 2) - _DEEPEST),
        np.full_like(degrees, np.log(np.pi / 2)),
    )
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        half = (np.log(np.pi / 2) - middle) / 2
        places = np.exp(middle[:, None] + half[:, None] * (nodes + 1))
        areas = (np.sin(places) ** (degrees[:, None] - 1) * places) @ weights
        is_short = 0.5 + scale * half * areas < level
        low, high = np.where(is_short, low, middle), np.where(is_short, middle, high)
    return np.asarray(np.sqrt(degrees) / np.tan(np.exp(low)))
