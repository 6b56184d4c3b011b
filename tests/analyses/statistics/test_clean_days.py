"""The limits that few failing days leave possible: alike for alike series, and calculated once."""

import numpy as np
import pytest

from tlsrpt_analysis.analyses.statistics import clean_days
from tlsrpt_analysis.analyses.statistics.clean_days import few_failures_limits


def _series(size: int, kinds: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return so many series of so many kinds."""
    kind = np.arange(size) % kinds
    sessions = np.outer(kind + 1, [100.0, 0.0, 35.0])
    return sessions, kind % 3, np.where(kind % 2 == 0, 0.15, 0.4)


def test_many_alike_series_cost_what_one_costs(monkeypatch: pytest.MonkeyPatch) -> None:
    """A forged report of 14 MB with 60,000 reasons took eight seconds."""
    rows: list[int] = []
    calculated = clean_days._limits
    monkeypatch.setattr(
        clean_days,
        "_limits",
        lambda sessions, *rest: rows.append(len(sessions)) or calculated(sessions, *rest),
    )
    many = few_failures_limits(*_series(60_000, 6))

    assert rows == [6]
    np.testing.assert_allclose(many[-6:], many[:6], rtol=0)


def test_each_series_has_its_own_limit() -> None:
    """Whichever others stand beside it, in whatever order."""
    sessions, failing_days, correlations = _series(40, 20)
    together = few_failures_limits(sessions, failing_days, correlations)
    alone = [
        few_failures_limits(sessions[[row]], failing_days[[row]], correlations[[row]])[0]
        for row in range(40)
    ]

    np.testing.assert_allclose(together, alone, rtol=1e-12)
    assert len(set(alone)) == 20


def test_unlike_series_of_one_sum_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sums only say which series may be alike."""
    monkeypatch.setattr(clean_days.np, "sqrt", np.zeros_like)
    sessions, failing_days, correlations = _series(4, 2)
    limits = few_failures_limits(sessions, failing_days, correlations)

    assert limits[0] == limits[2] != limits[1]
