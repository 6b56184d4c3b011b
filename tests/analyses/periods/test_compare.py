"""Two periods side by side."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from support.made_reports import failure, month, policy, report, tables
from support.one_series import difference_interval

from tlsrpt_analysis import compare
from tlsrpt_analysis.tables import empty_tables

MX1 = "mx1.example.com"
BEFORE, AFTER = ("2026-07-01", "2026-07-14"), ("2026-07-15", "2026-07-28")


def days(first, last, *, failures, reporter="Google", successes=20):
    """Return a report a day, with so many failures that enforce mode would refuse."""
    result = policy(successes, failures, *[failure(failures, host=MX1)] * bool(failures))
    return [report(result, reporter=reporter, day=day) for day in range(first, last)]


def compared(*reports):
    """Return the row of the domain."""
    return compare(tables(*reports), before=BEFORE, after=AFTER).by_domain.iloc[0]


def test_a_fault_that_was_mended_is_better():
    """Half of the sessions failed, then none."""
    row = compared(*days(0, 14, failures=20), *days(14, 28, failures=0))
    counts = ["session_count_before", "session_count_after", "failed_session_count_before"]
    assert row[counts].tolist() == [560, 280, 280]
    assert row[["failed_share_before", "failed_share_after"]].tolist() == [0.5, 0]
    assert row["failed_difference"] == row["would_block_difference"] == -0.5
    assert row["failed_difference_low"] < -0.5 < row["failed_difference_high"] < 0
    assert (row["failed_verdict"], row["would_block_verdict"]) == ("better", "better")


def test_a_new_fault_is_worse():
    """The difference is the share after less that before."""
    row = compared(*days(0, 14, failures=0), *days(14, 28, failures=20))
    assert (row["failed_difference"], row["failed_verdict"]) == (0.5, "worse")


def test_the_same_twice_is_no_clear_change():
    """Many sessions a day leave no room for ten points."""
    row = compared(*days(0, 28, failures=20, successes=480))
    assert (row["failed_difference"], row["failed_verdict"]) == (0, "no clear change")


def test_ten_points_must_be_out_of_reach_for_no_clear_change():
    """Half of fourteen sessions a day leave 9.8 points of doubt, and half of twelve 10.6."""
    enough = compared(*days(0, 28, failures=7, successes=7))
    assert enough["failed_difference_high"] == pytest.approx(0.098, abs=5e-4)
    assert enough["failed_verdict"] == "no clear change"
    assert compared(*days(0, 28, failures=6, successes=6))["failed_verdict"] == "too little data"


@pytest.mark.parametrize(
    "reports",
    [
        [*days(0, 14, failures=20), *days(14, 21, failures=0)],
        days(0, 28, failures=1, successes=1),
        [*days(0, 13, failures=0), *days(13, 14, failures=20), *days(14, 28, failures=0)],
        days(0, 14, failures=20),
    ],
    ids=["seven days", "two sessions a day", "one bad day before", "nothing after"],
)
def test_too_little_data_is_an_answer(reports):
    """Few days, few sessions, or failures on one day that tell how they cluster."""
    assert compared(*reports)["failed_verdict"] == "too little data"


def test_what_only_a_detail_counts_does_not_exceed_the_sessions():
    """Mox counts what testing mode let through in details only."""
    beside = policy(2, 0, failure(9, host=MX1))
    row = compared(*[report(beside, day=day) for day in range(28)])
    assert row[["would_block_high_before", "would_block_share_before"]].tolist() == [28, 1]
    assert row["failed_share_before"] == 0


def test_a_failing_reporter_that_falls_silent_makes_nothing_better():
    """The verdict is of the reporters of both periods."""
    steady = days(0, 28, failures=0, successes=500)
    silent = days(0, 14, failures=20, reporter="Microsoft", successes=0)
    late = days(14, 28, failures=0, reporter="Mail.ru")
    found = compare(tables(*steady, *silent, *late), before=BEFORE, after=AFTER)
    row = found.by_domain.iloc[0]
    assert row["failed_share_before"] > row["failed_share_after"] == 0
    assert (row["failed_difference"], row["failed_verdict"]) == (0, "no clear change")
    assert row[["vanished_reporters", "appeared_reporters"]].tolist() == ["Microsoft", "Mail.ru"]
    presence = found.by_reporter.set_index("reporter")["presence"].to_dict()
    assert presence == {"Google": "both", "Mail.ru": "appeared", "Microsoft": "vanished"}


def test_a_clean_reporter_that_becomes_louder_makes_nothing_better():
    """Microsoft fails in half of its sessions in both periods."""
    steady = days(0, 28, failures=200, reporter="Microsoft", successes=200)
    clean = [*days(0, 14, failures=0, successes=100), *days(14, 28, failures=0, successes=600)]
    row = compared(*steady, *clean)
    assert row[["failed_share_before", "failed_share_after"]].tolist() == [0.4, 0.2]
    for measure in ("failed", "would_block"):
        assert row[f"{measure}_difference"] == pytest.approx(0)
        assert row[f"{measure}_verdict"] == "no clear change"


def test_a_fix_is_seen_beside_a_reporter_that_becomes_louder():
    """Standardised by reporter, what Microsoft gains is not lost."""
    fixed = [
        *days(0, 14, failures=200, reporter="Microsoft", successes=200),
        *days(14, 28, failures=0, reporter="Microsoft", successes=400),
    ]
    clean = [*days(0, 14, failures=0, successes=400), *days(14, 28, failures=0, successes=100)]
    row = compared(*fixed, *clean)
    assert (row["failed_verdict"], row["would_block_verdict"]) == ("better", "better")


@pytest.mark.parametrize(
    "result",
    [policy(40, mode="none"), policy(40, policy_type="no-policy-found", mode=None)],
    ids=["mode none", "no policy found"],
)
def test_days_without_a_policy_make_nothing_better(result):
    """Nobody looked at a certificate after the policy was withdrawn."""
    after = [report(result, day=day) for day in range(14, 28)]
    row = compared(*days(0, 14, failures=20), *after)
    assert row[["session_count_after", "tested_session_count_after"]].tolist() == [560, 0]
    assert (row["failed_verdict"], row["would_block_verdict"]) == ("too little data",) * 2


def test_untested_sessions_dilute_no_share():
    """A sender that skips policies in testing mode finds none."""
    skipping = policy(300, policy_type="no-policy-found", mode=None)
    beside = [report(skipping, reporter="Mail.ru", day=day) for day in range(28)]
    row = compared(*days(0, 28, failures=20), *beside)
    assert row[["failed_share_before", "would_block_share_after"]].tolist() == [0.5, 0.5]
    assert row["session_count_before"] == 14 * 340


def test_a_policy_that_can_be_fetched_again_is_better():
    """Sessions that looked for it in vain failed, though they were not tested."""
    fetch = policy(0, 40, failure(40, "sts-policy-fetch-error"), mode=None)
    row = compared(*[report(fetch, day=day) for day in range(14)], *days(14, 28, failures=0))
    assert (row["failed_difference"], row["failed_verdict"]) == (-1, "better")
    assert row["would_block_verdict"] == "too little data"


def test_no_reports_give_no_rows_of_the_same_types():
    """Empty in, empty out."""
    full = compare(tables(*days(0, 28, failures=1)), before=BEFORE, after=AFTER)
    empty = compare(tables(), before=BEFORE, after=AFTER)
    assert len(empty.by_domain) == len(empty.by_reporter) == 0
    assert empty.by_domain.dtypes.equals(full.by_domain.dtypes)


def test_days_outside_both_periods_do_not_count():
    """A pause between them may be left out."""
    found = compare(
        tables(*days(0, 28, failures=0)),
        before=("2026-07-01", "2026-07-02"),
        after=("2026-07-27", "2026-07-30"),
    )
    row = found.by_domain.iloc[0]
    assert row[["reported_days_before", "reported_days_after"]].tolist() == [2, 2]


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (BEFORE, ("2026-07-14", "2026-07-20"), "overlap"),
        (("2026-07-09", "2026-07-01"), AFTER, "ends before it begins"),
    ],
)
def test_periods_that_cannot_be_compared_are_refused(before, after, told):
    """A day cannot be before and after."""
    with pytest.raises(ValueError, match=told):
        compare(tables(), before=before, after=after)


def test_the_interval_of_a_difference_covers_where_days_cluster():
    """Of 300 pairs of months without a change, about 5 in 100 may seem to have one."""
    generator = np.random.default_rng(8460)
    seen = 0
    for _ in range(300):
        months = []
        for length in (40, 30):
            sessions = generator.poisson(20.0, length).astype("float64")
            failures = generator.binomial(
                sessions.astype("int64"), generator.beta(0.3, 0.7, length)
            )
            months.append((sessions, failures.astype("float64")))
        low, high = difference_interval(*months)
        seen += not low <= 0 <= high
    assert 3 <= seen <= 24


CHANGES = [
    {"change": "2026-07-15"},
    {"change": dt.date(2026, 7, 15)},
    {"change": pd.Timestamp("2026-07-15 13:00", tz="UTC")},
    {"before": "2026-07-15", "after": "2026-07-15"},
    {"before": BEFORE, "after": "2026-07-15"},
    {"before": (pd.Timestamp("2026-07-01"), dt.date(2026, 7, 14)), "after": AFTER},
]


@pytest.mark.parametrize("given", CHANGES)
def test_a_change_may_be_told_by_its_day(given):
    """All days before it, and all from it on."""
    made = tables(*days(0, 14, failures=20), *days(14, 28, failures=0))
    found = compare(made, **given).by_domain.drop(columns="change_day")
    pd.testing.assert_frame_equal(
        found, compare(made, before=BEFORE, after=AFTER).by_domain.drop(columns="change_day")
    )


def test_the_day_of_a_change_is_told():
    """With the periods on both sides of it."""
    row = compare(tables(*days(0, 28, failures=0)), "2026-07-08").by_domain.iloc[0]
    periods = ["before_first_day", "before_last_day", "after_first_day", "after_last_day"]
    assert row[[*periods, "change_day"]].tolist() == [
        pd.Timestamp(2026, 7, day) for day in (1, 7, 8, 28, 8)
    ]
    assert pd.isna(row["change"])


def test_a_day_with_nothing_before_it_is_too_little_data():
    """As is one after the last report."""
    made = tables(*days(0, 28, failures=1))
    for day in ("2026-07-01", "2026-01-01", "2026-12-31"):
        row = compare(made, day).by_domain.iloc[0]
        assert (row["failed_verdict"], pd.isna(row["failed_difference"])) == (
            "too little data",
            True,
        )


def changing(first, last, *, domain="example.com", failures=0, **text):
    """Return reports under a policy text."""
    details = [failure(failures, host=MX1)] * bool(failures)
    result = policy(500, failures, *details, domain=domain, **text)
    return [report(result, day=day, reporter=f"Google {domain}") for day in range(first, last)]


def test_each_domain_is_compared_around_its_own_changes():
    """The days under each policy with those under the next."""
    found = compare(
        tables(
            *changing(0, 14, failures=300),
            *changing(14, 28, mx=(MX1, "mx2.example.com")),
            *changing(28, 42, mode="enforce", mx=("mx2.example.com", MX1)),
            *changing(0, 9, domain="other.example"),
            *changing(9, 42, domain="other.example", failures=300, mode="enforce"),
            *changing(0, 42, domain="steady.example"),
        ),
        "policy",
    ).by_domain
    told = ["policy_domain", "change_day", "change", "failed_verdict", "after_last_day"]
    assert found[told].to_numpy().tolist() == [
        [
            "example.com",
            pd.Timestamp("2026-07-15"),
            "mx added: mx2.example.com",
            "better",
            pd.Timestamp("2026-07-28"),
        ],
        [
            "example.com",
            pd.Timestamp("2026-07-29"),
            "mode: testing → enforce",
            "no clear change",
            pd.Timestamp("2026-08-11"),
        ],
        [
            "other.example",
            pd.Timestamp("2026-07-10"),
            "mode: testing → enforce",
            "worse",
            pd.Timestamp("2026-08-11"),
        ],
    ]


def test_a_policy_of_two_days_is_no_change():
    """Somebody served the wrong file, and took it back."""
    made = [*changing(0, 10), *changing(10, 12, mode="none"), *changing(12, 30)]
    assert compare(tables(*made), "policy").by_domain.empty


def test_a_policy_of_three_days_is_a_change():
    """And its end is another one."""
    made = [*changing(0, 10), *changing(10, 13, mode="none"), *changing(13, 30)]
    found = compare(tables(*made), "policy").by_domain["change_day"].tolist()
    assert found == [pd.Timestamp("2026-07-11"), pd.Timestamp("2026-07-14")]


def test_a_late_sender_dates_no_change():
    """Most sessions do."""
    busy = [
        report(policy(500, mode=mode), day=day)
        for mode, span in (("testing", range(10)), ("enforce", range(10, 30)))
        for day in span
    ]
    late = [report(policy(5), day=day, reporter="Microsoft") for day in range(30)]
    (row,) = compare(tables(*busy, *late), "policy").by_domain.to_dict("records")
    assert row["change_day"] == pd.Timestamp("2026-07-11")


WRONG = [
    ({"change": "tomorrow"}, "'tomorrow' is no day"),
    ({"change": 5}, "5 is no day"),
    ({"before": BEFORE}, "give the periods before and after"),
    ({"change": "2026-07-01", "before": BEFORE}, "not both"),
    ({}, "give the periods before and after"),
    ({"before": 7, "after": AFTER}, "7 is no pair"),
    ({"before": BEFORE, "after": ("2026-07-15",)}, "is no pair"),
    ({"before": BEFORE, "after": ("2026-07-15", None)}, "None is no day"),
]


@pytest.mark.parametrize(("given", "told"), WRONG)
def test_what_is_no_day_is_told(given, told):
    """With what to give instead."""
    with pytest.raises(ValueError, match=told):
        compare(tables(*days(0, 28, failures=1)), **given)


def test_many_groups_are_compared_as_each_alone(monkeypatch):
    """Also when they do not fit into one table of counts."""
    made = [
        report(policy(20, day % 3, domain=f"d{number}.example"), reporter=name, day=day)
        for number in range(5)
        for name in ("Google", "Microsoft")
        for day in range(number, 28)
    ]
    whole = compare(tables(*made), "2026-07-15")
    monkeypatch.setattr("tlsrpt_analysis.analyses.periods.shares.LARGEST_TABLE", 60)
    apart = compare(tables(*made), "2026-07-15")
    pd.testing.assert_frame_equal(whole.by_domain, apart.by_domain)
    pd.testing.assert_frame_equal(whole.by_reporter, apart.by_reporter)
    alone = compare(tables(*made).select(policy_domains="d3.example"), "2026-07-15").by_domain
    chosen = whole.by_domain.query("policy_domain == 'd3.example'").reset_index(drop=True)
    shared = [name for name in alone.columns if not name.startswith("before_first")]
    pd.testing.assert_frame_equal(alone[shared], chosen[shared])


def test_a_comparison_shows_its_verdicts_first():
    """Then each domain with both periods, escaped."""
    hostile = "<b>$x$.example"
    given = tables(*month(policy(9, 9), policy(9, domain=hostile), days=40))
    shown = compare(given, "2026-07-21")._repr_html_()
    assert "<strong>What enforce mode would refuse, 2 comparisons: " in shown
    assert "&lt;b&gt;$x$.example" in shown
    assert "mathjax_ignore" in shown
    assert "2026-07-01 to 2026-07-20" in shown
    assert "No domain has reports" in compare(empty_tables(), "2026-07-21")._repr_html_()
