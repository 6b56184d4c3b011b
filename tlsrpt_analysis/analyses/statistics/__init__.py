"""Shares, intervals and tests on arrays: NumPy and SciPy only, no table, no domain word."""
