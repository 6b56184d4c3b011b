"""Two periods side by side."""

import numpy as np
import pytest
from made_reports import failure, policy, report, tables

from tlsrpt_analysis import compare
from tlsrpt_analysis.analyses.proportions import difference_interval

MX1 = "mx1.example.com"
BEFORE, AFTER = ("2026-07-01", "2026-07-14"), ("2026-07-15", "2026-07-28")


def days(first, last, *, failures, reporter="Google", successes=20):
    """Give a report a day, with so many failures that enforce mode would refuse."""
    result = policy(successes, failures, *[failure(failures, host=MX1)] * bool(failures))
    return [report(result, reporter=reporter, day=day) for day in range(first, last)]


def compared(*reports):
    """Give the row of the domain."""
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
