"""Evidence that a share has risen, added up from day to day."""

import numpy as np
import pytest

from tlsrpt_analysis.analyses.statistics.rises import (
    daily_evidence,
    evidence_sums,
    most_evidence,
    usual_days,
)

NO_LIMIT = np.array(np.inf)


@pytest.mark.parametrize(("share", "correlation"), [(0.001, 0.15), (0.02, 0.4), (0.3, 0.05)])
@pytest.mark.parametrize("sessions", [1, 20, 1000])
def test_the_mean_of_an_e_value_is_at_most_one(share, correlation, sessions):
    """Of usual days, so that looking every day is allowed: exact, over all counts of a day."""
    failures = np.arange(sessions + 1.0)[None]
    usual = np.array([share]), np.array([correlation])
    whole = np.full_like(failures, sessions)
    values = np.exp(daily_evidence(whole, failures, usual, NO_LIMIT))[0]
    assert (beta_binomial(sessions, share, correlation) * values).sum() <= 1 + 1e-9


def beta_binomial(sessions, share, correlation):
    """Return the chance of each count of failures, by SciPy."""
    from scipy import stats  # noqa: PLC0415 - it checks, and is loaded nowhere else

    odds = (1 - correlation) / correlation
    counts = np.arange(sessions + 1)
    return stats.betabinom(sessions, share * odds, (1 - share) * odds).pmf(counts)


def test_a_clean_series_reaches_the_threshold_no_more_often_than_the_bound_says():
    """In a thousand simulated years of usual days, that cluster as supposed."""
    generator = np.random.default_rng(5)
    share, correlation, size, days = 0.02, 0.15, 1000, 365
    odds = (1 - correlation) / correlation
    chances = generator.beta(share * odds, (1 - share) * odds, (size, days))
    failures = generator.binomial(200, chances).astype(float)
    usual = np.full(size, share), np.full(size, correlation)
    evidence = daily_evidence(
        np.full_like(failures, 200.0), failures, usual, np.array(0.7 * np.log(days))
    )
    sums, _ = evidence_sums(evidence)
    crossings = (sums[:, 1:] >= np.log(days)) & (sums[:, :-1] < np.log(days))
    assert crossings.sum() <= size


def test_two_days_of_a_fifth_are_enough_and_one_is_not():
    """For a large reporter in a domain with six of them."""
    needed = np.log(365 * 7)
    failures = np.array([[0.0, 0.0, 100.0, 100.0]])
    usual = usual_days(np.full((1, 80), 500.0), np.zeros((1, 80)))
    evidence = daily_evidence(np.full((1, 4), 500.0), failures, usual, np.array([0.7 * needed]))
    sums, begins = evidence_sums(evidence)
    assert (sums[0] >= needed).tolist() == [False, False, False, True]
    assert begins[0, 3] == 2


def test_days_without_sessions_and_better_days_add_nothing():
    """A weekend is no evidence, and neither is a share below the usual one."""
    usual = np.array([0.5]), np.array([0.1])
    evidence = daily_evidence(np.array([[0.0, 10.0]]), np.array([[0.0, 1.0]]), usual, NO_LIMIT)
    assert evidence[0, 0] == 0
    assert evidence[0, 1] <= 0


def test_a_bad_day_in_the_past_makes_the_next_one_less_of_a_surprise():
    """Sessions then share their fate more than is supposed of clean days."""
    days, failures = np.full((2, 60), 50.0), np.zeros((2, 60))
    failures[1, 30] = 40
    share, correlation = usual_days(days, failures)
    assert share[1] > share[0]
    assert correlation[1] > correlation[0] == 0.15


def test_a_day_like_many_before_it_is_hardly_evidence():
    """Bad days that come alone show how often they come; days of a known fault, and milder ones, not."""
    days, failures = np.full((4, 100), 50.0), np.zeros((4, 100))
    failures[:, 99] = 25
    failures[1:3, 0:90:9] = 20
    failures[3, 0:90:9] = 5
    is_known = np.zeros((4, 100), "bool")
    is_known[2, :90] = True
    most = most_evidence(days, failures, is_known, (np.full(4, 0.5), np.full(4, 60.0)), 1)
    expected = [(99 + 60) / 0.5, (99 + 60) / 10.5, (9 + 60) / 0.5, (99 + 60) / 0.5]
    assert np.exp(most[:, 0]) == pytest.approx(expected)


def test_the_days_of_one_rise_are_less_and_less_of_a_surprise_and_together_enough():
    """Two bad days are evidence enough in a domain with twenty reporters, whatever came before."""
    days, failures = np.full((1, 100), 50.0), np.zeros((1, 100))
    failures[0, 98:] = 25
    most = most_evidence(
        days, failures, np.zeros((1, 100), "bool"), (np.array([0.5]), np.array([60.0])), 4
    )
    assert np.isinf(most[0, :2]).all()
    assert most[0, 2] > most[0, 3]
    assert most[0, 2:].sum() > np.log(365 * 21)
