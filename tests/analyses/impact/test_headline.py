"""The sentences of a headline, and the edges at which they change."""

import datetime as dt
from dataclasses import replace

import pytest
from support.made_reports import failure, policy, report, tables

from tlsrpt_analysis import enforce_impact
from tlsrpt_analysis.analyses.impact.domain_facts import DomainFacts, Period, ReporterFacts
from tlsrpt_analysis.analyses.impact.headline import headline
from tlsrpt_analysis.analyses.ledger import Untested
from tlsrpt_analysis.analyses.today import ONSET

FIRST, LAST = dt.date(2026, 8, 4), dt.date(2026, 8, 31)
MX1, MX2 = "mx1.example.com", "mx2.example.com"
TODAY = Period(FIRST, LAST, 1000, 301, 301, 0.301, 0.301, days=28)
FACTS = DomainFacts(
    policy_domain="example.com",
    policy_mode="testing",
    first_day=FIRST,
    last_day=LAST,
    newest_day=LAST,
    session_count=1000,
    untested=(),
    whole=TODAY,
    today=TODAY,
    last_tested_day=LAST,
    last_refused_day=LAST,
    reporters=(ReporterFacts("Google", 700, 301, 0.7), ReporterFacts("Microsoft", 300, 0, 0.3)),
    hosts=((MX2, 301),),
    uncovered_hosts=frozenset({MX2}),
    ways_out=(MX1,),
    has_success_beside=True,
    listed_hosts=(MX1,),
)


def test_the_whole_sentence():
    """How much, of what, when, whose, where and what then."""
    assert headline(FACTS) == (
        "Enforce mode would refuse 30.1 % of the tested sessions of example.com of the last 28 days"
        " (301 of 1,000), all of it Google's (43.0 % of its tested sessions; Microsoft is clean),"
        f" all of them at {MX2}, which the policy does not list; 0 % if senders move on to {MX1}"
        " as RFC 8461 §5.1 asks."
    )


@pytest.mark.parametrize(
    ("low", "share_low", "share", "expected"),
    [
        (301, 0.301, 0.301, "refuse 30.1 % of"),
        (0, 0.0, 0.301, "refuse up to 30.1 % of"),
        (200, 0.2, 0.301, "refuse 20.0 % to 30.1 % of"),
        (0, 0.0, 0.0004, "refuse less than 0.1 % of"),
    ],
)
def test_a_share_is_one_number_or_a_range(low, share_low, share, expected):
    """Never "up to less than" anything."""
    today = replace(TODAY, refused_low=low, share_low=share_low, share=share)
    assert expected in headline(replace(FACTS, today=today))


def test_the_whole_period_comes_second():
    """Where its share is another one."""
    today = replace(
        TODAY,
        since=dt.date(2026, 8, 30),
        tested=60,
        refused_high=60,
        share=1.0,
        share_low=1.0,
        because=ONSET,
    )
    sentence = headline(replace(FACTS, today=today))
    assert "since 2026-08-30 (60 of 60; 30.1 % of the whole period)" in sentence


@pytest.mark.parametrize(("refused", "expected"), [(285, True), (284, False)])
def test_the_reporter_of_nearly_all_refused_sessions_is_named(refused, expected):
    """95 % of the refused sessions: 285 of 300."""
    reporters = (
        ReporterFacts("Google", 700, refused, 0.7),
        ReporterFacts("Mail.ru", 300, 300 - refused, 0.3),
    )
    assert ("of it Google's" in headline(replace(FACTS, reporters=reporters))) == expected


@pytest.mark.parametrize(
    ("clean", "expected"),
    [(1, "a is clean"), (2, "a and b are clean"), (4, "a and three others are clean")],
)
def test_clean_reporters_are_named_or_counted(clean, expected):
    """The largest by name."""
    others = [ReporterFacts(name, 90 - at, 0, 0.1) for at, name in enumerate("abcd"[:clean])]
    reporters = (ReporterFacts("Google", 500, 301, 0.5), *others)
    assert expected in headline(replace(FACTS, reporters=reporters))


@pytest.mark.parametrize(("count", "expected"), [(100, False), (101, True)])
def test_untested_sessions_are_named_when_more_than_a_tenth(count, expected):
    """Of 1,000 sessions."""
    sentence = headline(replace(FACTS, untested=((Untested.NO_POLICY, count),)))
    assert ("found no policy" in sentence) == expected


def test_a_single_mx_has_no_other_host_to_move_to():
    """Its refused mail waits, and another attempt delivers it."""
    hosts = ((MX1, 301),)
    sentence = headline(replace(FACTS, hosts=hosts, ways_out=(), is_single_mx=True))
    assert "senders move on" not in sentence
    assert f"{MX1} is the only host of the policy: their mail is delayed" in sentence


@pytest.mark.parametrize("is_single", [True, False])
def test_the_only_host_of_a_policy_took_what_passed(is_single):
    """Beside failures at hosts that are not named, one of several listed hosts may be at fault."""
    hosts = ((MX2, 300), (None, 1))
    sentence = headline(replace(FACTS, hosts=hosts, is_single_mx=is_single))
    assert (f"0 % if senders move on to {MX1}" in sentence) == is_single


def test_no_way_out_is_promised_that_nobody_saw():
    """Neither a success nor MX records."""
    sentence = headline(replace(FACTS, ways_out=(), has_success_beside=False))
    assert "no session shows that another host would take that mail" in sentence


@pytest.mark.parametrize(("days", "expected"), [(1, False), (2, True)])
def test_days_after_the_last_tested_session_are_said(days, expected):
    """Whether it is over is not known."""
    facts = replace(FACTS, last_tested_day=LAST - dt.timedelta(days))
    assert ("nothing shows whether this is over" in headline(facts)) == expected


def test_one_session_is_singular():
    """Numbers and nouns agree."""
    today = replace(TODAY, tested=1, refused_low=0, refused_high=0, share=0.0, share_low=0.0)
    sentence = headline(replace(FACTS, today=today, whole=today))
    assert "would not refuse the only tested session of" in sentence


@pytest.mark.parametrize(("days_with_success", "expected"), [(8, False), (9, True)])
def test_nine_of_ten_refused_sessions_beside_a_success_show_a_good_host(
    days_with_success, expected
):
    """Beside 8 of 9 they do not: one more day had a single session, which failed."""
    mx = (MX1, MX2)
    days = [
        report(policy(1, 1, failure(1, host=MX2), mx=mx), day=day)
        for day in range(days_with_success)
    ]
    given = tables(*days, report(policy(0, 1, failure(1, host=MX2), mx=mx), day=20))
    row = enforce_impact(given).by_domain.iloc[0]
    assert (f"0 % if senders move on to {MX1}" in row["headline"]) == expected
