"""Bad days that come in runs."""

import numpy as np
import pytest

from tlsrpt_analysis.analyses.statistics.runs import run_effects


def effect(failures):
    """Return the effect of runs on days of ten sessions."""
    return run_effects(np.full((1, len(failures)), 10.0), np.array(failures)[None])[0]


def in_pairs(pairs):
    """Return 40 days of which twelve are bad, some of them in pairs."""
    bad = [6 * pair + place for pair in range(pairs) for place in (0, 1)]
    bad += [6 * pairs + 2 * single for single in range(12 - 2 * pairs)]
    failures = np.zeros(40)
    failures[bad] = 8.0
    return failures


def test_runs_count_where_chance_does_not_explain_them():
    """The correlation of 40 days without runs stays below 1.645 / sqrt(40), or 0.26."""
    assert effect(in_pairs(5)) == 1.0  # a correlation of 0.19
    assert effect(in_pairs(6)) == pytest.approx(2.12, abs=0.005)  # 0.31


def test_longer_runs_than_a_month_shows_are_not_believed():
    """A correlation above 0.9 counts as 0.9, which divides the counts by 19."""
    assert effect(np.tile(np.repeat([0.0, 8.0], 16), 13)[:200]) == pytest.approx(17.75, abs=0.005)
    assert effect(np.tile(np.repeat([0.0, 8.0], 18), 12)[:200]) == pytest.approx(19)
    assert effect(np.tile(np.repeat([0.0, 8.0], 30), 10)) == pytest.approx(19)


def test_rounding_makes_no_runs():
    """Seven tenths of every day, which binary fractions miss by a little on the same side."""
    sessions = np.array([[0.1 * day for day in (3, 3, 3, 6, 6, 6, 7, 7, 7, 9, 9, 9)]])
    assert run_effects(sessions, 0.7 * sessions).tolist() == [1.0]
