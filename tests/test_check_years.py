"""Simulated years are what their families say."""

import numpy as np

from benchmarks.check_families import FAULTS
from benchmarks.check_years import reports_of
from benchmarks.failure_year import FIRST_DAY
from tlsrpt_analysis.analyses.alerts.observed import observed
from tlsrpt_analysis.analyses.numbering import day_number, day_numbers


def test_a_fault_of_a_fifth_is_one_of_the_first_sender_from_its_day_on():
    """Counted as `check` counts it; a report arrives after its day."""
    year = FAULTS["20 % of one large reporter"](np.random.default_rng(3))
    reports = reports_of([year])
    seen = observed(reports.tables)
    first = day_number(FIRST_DAY)
    since = first + year.fault_day
    at = seen.reporters.index("Google")
    failures = seen.failures.where(seen.failures.pair == at)
    days = seen.days.where(seen.days.pair == at)
    before, after = (
        failures.where(mask).count.sum() / days.where(other).tested.sum()
        for mask, other in (
            (failures.day < since, days.day < since),
            (failures.day >= since, days.day >= since),
        )
    )
    assert before < 0.002
    assert 0.19 < after < 0.21
    assert (reports.arrival > day_numbers(reports.tables.policies["day"]) - first).all()


def test_a_vanished_policy_is_found_by_nobody_at_the_end():
    """Each sender lost it within a week."""
    year = FAULTS["policy vanished, in half cached for up to a week"](np.random.default_rng(4))
    seen = observed(reports_of([year]).tables)
    late = seen.days.where(seen.days.day > seen.newest - 30)
    assert late.tested.sum() == 0
    assert (late.missing == late.asked).all()


def test_a_fault_under_dane_is_one_of_a_fifth_there_and_none_under_mta_sts():
    """The sender lists its sessions under both."""
    year = FAULTS["20 % of one large reporter, under DANE"](np.random.default_rng(5))
    seen = observed(reports_of([year]).tables)
    days = seen.days.where(seen.days.pair == seen.reporters.index("Google"))
    assert (days.under_dane == days.tested).all()
    kinds = np.array(seen.kinds)[seen.failures.kind]
    under_dane = seen.failures.where(kinds == "tlsa/tlsa-invalid")
    since = day_number(FIRST_DAY) + year.fault_day
    assert under_dane.day.min() >= since
    late = days.where(days.day >= since)
    assert 0.18 < under_dane.count.sum() / late.under_dane.sum() < 0.22
