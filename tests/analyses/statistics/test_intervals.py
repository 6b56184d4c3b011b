"""Shares and their intervals."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import brentq
from scipy.special import betaln
from support.one_series import daily_share_interval

from tlsrpt_analysis.analyses.statistics.day_clusters import (
    borrowed_design_effects,
    day_sizes,
    design_effect,
)
from tlsrpt_analysis.analyses.statistics.intervals import (
    CONFIDENCE_Z,
    daily_share_intervals,
    spreads,
    wilson_interval,
)
from tlsrpt_analysis.analyses.statistics.runs import run_effects

TEN = np.full(10, 10.0)


@pytest.mark.parametrize(
    ("failures", "sessions", "expected"),
    [
        (0, 40, (0.0, 0.0876)),
        (40, 40, (0.9124, 1.0)),
        (8, 10, (0.4902, 0.9433)),
        (303, 5629, (0.0482, 0.0600)),
        (0, 0, (0.0, 1.0)),
    ],
)
def test_wilson_gives_the_published_intervals(failures, sessions, expected):
    """Ends as in Newcombe (1998) and as statsmodels gives them."""
    assert wilson_interval(failures, sessions) == pytest.approx(expected, abs=5e-5)


@given(st.integers(0, 1000), st.integers(1, 1000))
def test_wilson_holds_the_share(failures, sessions):
    """Whatever the counts are."""
    low, high = wilson_interval(min(failures, sessions), sessions)
    assert 0 <= low <= min(failures, sessions) / sessions <= high <= 1


def test_days_that_fail_wholly_or_not_at_all_count_as_one_each():
    """Ten sessions of one day are no more than one when they share their fate."""
    alternating = np.array([10.0, 0.0] * 5)
    assert design_effect(TEN, alternating) == pytest.approx(10 * 10 / 9)


def test_days_alike_have_no_design_effect():
    """It never falls below one."""
    assert design_effect(TEN, np.full(10, 3.0)) == 1


@pytest.mark.parametrize("failures", [np.zeros(10), TEN])
def test_a_share_without_spread_has_no_design_effect(failures):
    """None or all failed."""
    assert design_effect(TEN, failures) == 1


def borrowed(effect, its_sessions, sessions):
    """Return the design effect that one sender borrows from another."""
    sizes = day_sizes(its_sessions[None]), day_sizes(sessions[None])
    return borrowed_design_effects(np.array([float(effect)]), *sizes)[0]


def test_a_clean_sender_borrows_the_correlation_of_the_other():
    """With days twice as large the effect is about twice as large."""
    assert borrowed(10, TEN, TEN) == pytest.approx(10)
    assert borrowed(10, TEN, 2 * TEN) == pytest.approx(20)
    assert borrowed(10, TEN, np.ones(10)) == 1


def test_an_interval_needs_eight_days():
    """With fewer the spread of days is unknown."""
    assert np.isnan(daily_share_interval(TEN[:7], TEN[:7] / 2)).all()
    assert daily_share_interval(TEN[:8], TEN[:8] / 2) == pytest.approx((0.3930, 0.6070), abs=1e-4)


def test_days_alike_keep_the_normal_quantile():
    """Without clusters nothing about them has to be estimated."""
    effects, quantiles = spreads(TEN[None], np.full((1, 10), 3.0))
    assert (effects.tolist(), quantiles.tolist()) == ([1.0], [CONFIDENCE_Z])


def test_few_failing_days_widen_the_interval():
    """Two days that carry all failures tell less of the spread of days than ten."""
    two, ten = np.zeros(40), np.zeros(40)
    two[[5, 25]], ten[::4] = 10.0, 2.0
    sessions = np.full(40, 10.0)
    assert daily_share_interval(sessions, two)[1] > daily_share_interval(sessions, ten)[1]


def test_a_month_without_a_failure_may_have_a_bad_day():
    """Wilson's upper end on 1,000 sessions is 0.4 %; at the limit, ten beta-binomial days are clean.

    With a correlation of 0.15 within a day, by the beta function of SciPy.
    """
    low, limit = daily_share_interval(np.full(10, 100.0), np.zeros(10))
    failing, passing = limit * 0.85 / 0.15, (1 - limit) * 0.85 / 0.15
    clean_day = betaln(failing, passing + 100) - betaln(failing, passing)
    assert low == 0
    assert np.exp(10 * clean_day) == pytest.approx(0.025, rel=1e-3)
    assert limit > wilson_interval(0, 1000)[1]


def test_a_bad_day_is_no_lone_failure():
    """Four of a day may be more than one message, and with a tenth of its sessions it is bad."""
    ends = []
    for count in (3.0, 4.0, 100.0, 101.0):
        failed = np.zeros(28)
        failed[3] = count
        ends.append(daily_share_interval(np.full(28, 1000.0), failed)[1])
    assert ends[0] == pytest.approx(one_failing_day(0.15), abs=1e-6)
    assert ends[1] == ends[2] == pytest.approx(one_failing_day(0.4), abs=1e-6)
    assert ends[3] > 1.3 * ends[2]


def one_failing_day(correlation):
    """Return the share at which 28 beta-binomial days of 1,000 have at most one with a failure.

    As a Poisson count of the failing days, with a chance of 2.5 %: its mean is 5.5716.
    """
    odds = (1 - correlation) / correlation

    def surplus(share):
        passing = odds * (1 - share)
        clean_day = betaln(odds * share, passing + 1000) - betaln(odds * share, passing)
        return -28 * clean_day - 5.5716

    return brentq(surplus, 1e-6, 0.5, xtol=1e-9)


def spread_quantile():
    """Return the quantile for ten days of a hundred sessions without a failure."""
    return float(spreads(np.full((1, 10), 100.0), np.zeros((1, 10)))[1][0])


def test_bad_days_in_runs_widen_the_interval():
    """Four runs of five bad days are fewer trials than twenty bad days here and there."""
    sessions = np.full(40, 10.0)
    runs = np.repeat([0.0, 8.0] * 4, 5)
    apart = np.random.default_rng(1).permutation(runs)
    widths = [np.diff(daily_share_interval(sessions, bad))[0] for bad in (runs, apart)]
    assert widths[0] > 1.5 * widths[1]


def test_a_fault_that_began_is_no_run():
    """Nor is one that was repaired."""
    sessions, began = np.full((1, 40), 10.0), np.repeat([0.0, 8.0], 20)[None]
    assert run_effects(sessions, began).tolist() == [1.0]
    assert run_effects(sessions, began[:, ::-1]).tolist() == [1.0]


@given(
    st.lists(st.tuples(st.integers(1, 50), st.integers(0, 50)), min_size=8, max_size=40),
)
def test_the_interval_by_days_holds_the_share(days):
    """Whatever the days are."""
    sessions = np.array([float(count) for count, _ in days])
    failures = np.array([float(min(pair)) for pair in days])
    low, high = daily_share_interval(sessions, failures)
    share = failures.sum() / sessions.sum()
    assert 0 <= low <= share + 1e-12
    assert share - 1e-12 <= high <= 1


def test_many_series_at_once_are_as_one_by_one():
    """Days without sessions before the first and after the last change nothing."""
    generator = np.random.default_rng(3)
    sessions = 1.0 + generator.poisson(3, (5, 30))
    sessions[1, :5], sessions[2, 20:] = 0, 0
    failures = generator.binomial(sessions.astype("int64"), 0.3).astype("float64")
    failures[4] = 0
    together = daily_share_intervals(sessions, failures)
    kept = [row > 0 for row in sessions]
    alone = [
        daily_share_interval(row[days], failed[days])
        for row, failed, days in zip(sessions, failures, kept, strict=True)
    ]
    assert together == pytest.approx(np.array(alone))


def test_a_day_without_a_report_parts_runs():
    """The day after it has no day before it."""
    sessions, bad = np.full((1, 56), 10.0), np.tile([8.0, 0.0, 8.0, 8.0, 0.0, 0.0, 0.0], 8)[None]
    sessions[:, 1::7] = 0
    parted, closed_up = (
        run_effects(sessions[:, days], bad[:, days]) for days in (slice(None), sessions[0] > 0)
    )
    assert parted < closed_up


def every_week(days):
    """Return 40 days of ten sessions, one of which fails on each of some days a week apart."""
    failures = np.zeros((1, 40))
    failures[0, : 7 * days : 7] = 1
    return np.full((1, 40), 10.0), failures


def test_five_failing_days_show_their_own_correlation():
    """Of four a fifth is missing, and a fifth of the usual effect (1 + 0.15 * 9) is added."""
    assert spreads(*every_week(5))[0].tolist() == [1.0]
    assert spreads(*every_week(4))[0] == pytest.approx(1 + 0.2 * 0.15 * 9)


def test_without_a_failing_day_the_assumption_counts_as_ten_days():
    """Student's t with 9 degrees of freedom, to the extent that days cluster."""
    student = 2.262157
    expected = CONFIDENCE_Z + (1 - 1 / 15.85) * (student - CONFIDENCE_Z)
    assert spread_quantile() == pytest.approx(expected, abs=1e-6)
