"""Checks of a store, day by day: what is new since the last one, and its state beside the commits."""
