"""Failures in the rhythm of renewals are one fault, which is never over."""

import pytest
from support.made_reports import failure, policy, report, tables

from tlsrpt_analysis import diagnose

MX = "mx1.example.com"
EXPIRED = policy(90, 10, failure(10, "certificate-expired", MX))


def diagnosed(*outages, last=200):
    """Return the causes of outages, given as first day and number of days."""
    bad = {day for first, count in outages for day in range(first, first + count)}
    days = [report(EXPIRED if day in bad else policy(100), day=day) for day in range(last)]
    return diagnose(tables(*days))


@pytest.mark.parametrize("step", [60, 90])
def test_outages_at_every_renewal_are_one_fault(step):
    """It says how often, and stays a step though weeks have been clean."""
    (row,) = diagnosed((10, 4), (10 + step, 6), last=60 + 2 * step).to_dict("records")
    assert row["cause"] == "certificate-not-reloaded"
    assert f"2 times, about every {step} days: it was renewed, but not loaded" in row["evidence"]
    assert "over" not in row["evidence"]
    assert row["fix"] == f"repair certificate {MX}"
    assert "--deploy-hook" in row["cure"]


@pytest.mark.parametrize(
    ("reason", "outages"),
    [
        ("one outage", [(10, 4)]),
        ("another rhythm", [(10, 4), (50, 4)]),
        ("long outages", [(10, 30), (70, 30)]),
        ("no rhythm at all", [(10, 4), (70, 4), (100, 4)]),
    ],
)
def test_other_outages_are_no_renewals(reason, outages):
    """Each is a fault of its own, or one that comes and goes."""
    assert set(diagnosed(*outages)["cause"]) == {"certificate-expired"}, reason


def test_a_clean_sender_refutes_no_mismatch():
    """It may run a Postfix that does not compare the name."""
    missed = policy(80, 20, failure(20, "validation-failure", "mx2.example.com"))
    given = [report(missed, day=day) for day in range(28)]
    given += [report(policy(100), reporter="isp.example", day=day) for day in range(28)]
    (row,) = diagnose(tables(*given)).to_dict("records")
    assert row["cause"] == "mx-mismatch"
    assert "refute nothing, as Postfix before 3.10.5" in row["evidence"]
