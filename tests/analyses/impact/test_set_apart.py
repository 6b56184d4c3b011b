"""One report must not decide about a domain."""

import pandas as pd
import pytest
from support.made_reports import failure, month, policy, report, tables

from tlsrpt_analysis import enforce_impact
from tlsrpt_analysis.analyses.impact.set_apart import FEWEST_DAYS, out_of_proportion

MX1 = "mx1.example.com"


def row_of(*reports):
    """Return the row of the one domain of some reports."""
    return enforce_impact(tables(*reports)).by_domain.iloc[0]


def flagged(*series):
    """Return the days that are out of proportion, from the tested sessions of each reporter."""
    rows = [("d", str(at), day, n) for at, days in enumerate(series) for day, n in enumerate(days)]
    columns = ["policy_domain", "reporter", "day", "tested_session_count"]
    frame = pd.DataFrame(rows, columns=columns)
    return frame.loc[out_of_proportion(frame), "tested_session_count"].tolist()


BAD = month(policy(60, 40, failure(40, "certificate-expired", MX1)), days=30)


def test_one_report_of_2_to_the_53_successes_turns_no_verdict():
    """It is named, and everything else is as without it."""
    others = [*BAD, *month(policy(100), reporter="Microsoft", days=30)]
    alone, beside = (
        row_of(*others),
        row_of(*others, report(policy(2**53), reporter="forged", day=29)),
    )
    assert (alone["verdict"], beside["verdict"]) == ("not ready", "not ready")
    assert beside["today_would_block_share"] == alone["today_would_block_share"]
    assert (
        f"set apart, as its tested sessions are out of proportion: forged on 2026-07-30 ({2**53:,})"
        in beside["reasons"]
    )
    assert "The report of forged on 2026-07-30 counts in none of this" in beside["headline"]


def test_one_report_of_failures_turns_no_verdict():
    """Nor does it make a fine domain look broken."""
    fine = [*month(policy(100), days=30), *month(policy(100), reporter="Microsoft", days=30)]
    forged = report(policy(0, 10**6, failure(10**6, host=MX1)), reporter="forged", day=29)
    row = row_of(*fine, forged)
    assert (row["verdict"], row["today_would_block_high"]) == ("ready", 0)


@pytest.mark.parametrize(("largest", "expected"), [(70, []), (71, [71])])
def test_more_than_half_of_all_is_out_of_proportion(largest, expected):
    """Seven other days have 70 sessions."""
    assert flagged([10] * (FEWEST_DAYS - 1), [largest]) == expected


@pytest.mark.parametrize(("days", "expected"), [(FEWEST_DAYS - 1, []), (FEWEST_DAYS, [1000])])
def test_of_few_days_none_is_out_of_proportion(days, expected):
    """A new domain has little to compare with."""
    assert flagged([10] * (days - 1), [1000]) == expected


@pytest.mark.parametrize(("largest", "expected"), [(1000, []), (1001, [1001])])
def test_a_hundred_times_the_median_day_is_out_of_proportion(largest, expected):
    """Where it makes a tenth of all: the other reporter has 4,000 sessions."""
    assert flagged([10] * 9 + [largest], [400] * 10) == expected


@pytest.mark.parametrize(("other", "expected"), [(988, [1101]), (989, [])])
def test_a_jump_that_makes_less_than_a_tenth_is_none(other, expected):
    """A small sender may have a busy day: 1,101 of 11,001 or of 11,011 sessions."""
    assert flagged([10] * 2 + [1101], [other] * 10) == expected
