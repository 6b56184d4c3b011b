"""Shares, intervals and tests on arrays: NumPy only, no table, no domain word."""
