"""How many sessions a refused message takes: the data first, then the assumption."""

import pytest
from support.made_reports import failure, month, policy, report, tables

from tlsrpt_analysis import enforce_impact

MX1 = "mx1.example.com"


def fault(sessions, mode="enforce", clean_days=20):
    """Return clean days of 100 sessions, then eight on which all of them are refused."""
    clean = month(policy(100, mode=mode), days=clean_days)
    bad = policy(0, sessions, failure(sessions, host=MX1), mode=mode)
    return tables(*clean, *[report(bad, day=clean_days + day) for day in range(8)])


def lost(given, **options):
    """Return the lost share of the whole period, at least and at most."""
    row = enforce_impact(given, **options).by_domain.iloc[0]
    return row["lost_share_low"], row["lost_share_high"]


@pytest.mark.parametrize("mode", ["enforce", "testing"])
def test_sessions_that_did_not_rise_are_no_retries(mode):
    """100 sessions a day before and during the fault: each refused one is about one message."""
    low, high = lost(fault(100, mode))
    assert high == pytest.approx(800 / 2800)
    assert low == pytest.approx(300 / 2800, rel=0.1)


def test_sessions_that_rose_are_retries():
    """From 100 to 2,600 a day, so 26 for each message."""
    low, high = lost(fault(2600))
    assert low == pytest.approx(300 / 2800, rel=0.1)
    assert high == pytest.approx(800 / 2800, rel=0.1)


def test_without_clean_days_the_assumption_stands_alone():
    """Six clean days are less than a week."""
    low, high = lost(fault(100, clean_days=6))
    assert low == pytest.approx(300 / 108 / (600 + 800 / 108))
    assert high == pytest.approx(800 / 1400)


@pytest.mark.parametrize(("option", "divisor"), [({}, 4), ({"per": 1}, 1), ({"per": (2, 3)}, 3)])
def test_some_senders_count_several_failed_sessions_in_testing_mode(option, divisor):
    """One to four for each message by default."""
    given = fault(100, "testing", clean_days=0)
    options = {"sessions_per_message_in_testing": option["per"]} if option else {}
    other = month(policy(100), reporter="Microsoft", days=8)
    both = tables(*other, *_reports_of_fault())
    assert lost(given, **options)[1] == pytest.approx(1.0)
    assert lost(both, **options)[0] == pytest.approx(300 / divisor / (800 + 800 / divisor))


def test_the_headline_says_which_range_was_used():
    """The one that the data leave."""
    row = enforce_impact(fault(100)).by_domain.iloc[0]
    assert "a refused message is tried 1 to 1.1 times" in row["headline"]
    row = enforce_impact(tables(*_reports_of_fault())).by_domain.iloc[0]
    assert "What bounces is of messages, each with 1 to 4 failed sessions." in row["headline"]


def _reports_of_fault():
    bad = policy(0, 100, failure(100, host=MX1))
    return [report(bad, day=day) for day in range(8)]
