"""The MX hosts' shares of the failures."""

import math

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.made_reports import failure, month, policy, report, tables

from benchmarks.failure_year import failure_year
from tlsrpt_analysis import failure_share_by_mx
from tlsrpt_analysis.analyses.mx_hosts.daily_failures import DAILY_FAILURES, daily_failures_by_mx
from tlsrpt_analysis.analyses.sessions import DOMAIN_DAY, count_once

MX1, MX2 = "mx1.example.com", "mx2.example.com"


def shares(*reports):
    """Return the failures by host, "?" where none was given."""
    rows = failure_share_by_mx(tables(*reports))
    rows = rows[~rows["never_failed"]]
    return dict(
        zip(rows["receiving_mx_hostname"].fillna("?"), rows["failed_session_count"], strict=True)
    )


def test_share_is_of_failures_not_of_sessions():
    """Three of four failures are 75 %, however many sessions succeeded."""
    rows = failure_share_by_mx(
        tables(report(policy(96, 4, failure(3, host=MX2), failure(1, host=MX1))))
    )
    assert rows["share_of_failures"].tolist() == [0.75, 0.25]
    assert rows["failed_per_session"].tolist() == [0.03, 0.01]


def test_failures_per_session_are_of_sessions_that_could_fail_at_a_host():
    """Sessions without an applied policy dilute nothing; 100 are tested, the same and 20 DANE's."""
    rows = failure_share_by_mx(
        tables(
            report(
                policy(90, 10, failure(10, host=MX2)),
                policy(0, 50, failure(50, "sts-policy-fetch-error"), mode=None),
                policy(400, 7, failure(7, host=MX1), policy_type="no-policy-found", mode=None),
                policy(200, mode="none"),
                policy(100, 20, failure(20, host=MX1), policy_type="tlsa", mode=None),
            )
        )
    ).set_index("receiving_mx_hostname", drop=False)
    rows.index = rows.index.fillna("?")
    counts = rows["failed_session_count"].to_dict()
    assert counts == {"?": 50, MX1: 27, MX2: 10}
    assert rows["failed_per_session"].to_dict() == {"?": 0, MX1: 20 / 120, MX2: 10 / 120}


def test_failures_of_a_domain_that_nobody_tested_are_per_no_session():
    """There is nothing to divide by."""
    fetch = policy(0, 50, failure(50, "sts-policy-fetch-error"), mode=None)
    row = failure_share_by_mx(tables(report(fetch))).iloc[0]
    assert row["failed_session_count"] == 50
    assert math.isnan(row["failed_per_session"])


def test_failures_without_a_host_are_shown():
    """Microsoft gives no host for MX_HOSTS_MISMATCH."""
    assert shares(report(policy(0, 4, failure(4)))) == {"?": 4}


def test_failures_that_no_detail_explains_have_no_host():
    """The summary counts them, so they are failures."""
    assert shares(report(policy(9, 5, failure(2, host=MX1)))) == {"?": 3, MX1: 2}


def test_details_that_overlap_count_no_more_than_failed():
    """Mail.ru gives two reasons for one session."""
    twice = policy(0, 1, failure(1, host=MX1), failure(1, "certificate-not-trusted", host=MX1))
    assert shares(report(twice)) == {MX1: 1}


def test_details_beside_the_totals_are_kept():
    """Mox counts what testing mode let through in details only."""
    assert shares(report(policy(9, 0, failure(3, host=MX1)))) == {MX1: 3}


def test_details_of_a_reporter_that_counts_beside_its_totals_are_kept_on_other_days():
    """Its habit shows in one report of the domain, and none of another domain teaches it."""
    shown = report(policy(9, 0, failure(3, host=MX1)))
    details = (failure(4, host=MX1), failure(4, "certificate-not-trusted", host=MX1))
    assert shares(shown, report(policy(9, 5, *details), day=1)) == {MX1: 11}
    assert shares(report(policy(9, 5, *details), day=1)) == {MX1: 5}


def test_a_detail_without_a_count_that_stands_alone_stands_for_all():
    """A typical report names the host and leaves the count out."""
    assert shares(report(policy(9, 42, failure(None, host=MX1)))) == {MX1: 42}


def test_sessions_under_two_policies_fail_once():
    """The same sessions under sts and tlsa."""
    doubled = report(
        policy(0, 7, failure(7, host=MX1)), policy(0, 7, failure(7, host=MX1), policy_type="tlsa")
    )
    assert shares(doubled) == {MX1: 7}


@pytest.mark.parametrize(
    ("mx", "host", "expected"),
    [
        ([MX1], MX1, True),
        ([MX1], MX2, False),
        (["*.example.com"], MX2, True),
        (["*.mx.microsoft"], "a.b-v1.mx.microsoft", False),
    ],
)
def test_in_policy_follows_the_latest_policy(mx, host, expected):
    """One star is one label, and an older policy does not count."""
    before = report(policy(1, mx=["old.example.com"]))
    after = report(policy(0, 1, failure(1, host=host), mx=mx), day=1)
    rows = failure_share_by_mx(tables(after, before))
    assert rows.loc[rows["receiving_mx_hostname"] == host, "in_policy"].tolist() == [expected]


def test_in_policy_is_unknown_without_a_policy_text():
    """Neither covered nor uncovered."""
    rows = failure_share_by_mx(tables(report(policy(0, 1, failure(1, host=MX1), mode=None))))
    assert rows["in_policy"].isna().tolist() == [True]


def test_few_days_give_no_interval():
    """Seven days say too little about the spread of days."""
    result = policy(0, 2, failure(1, host=MX1), failure(1, host=MX2))
    few = failure_share_by_mx(tables(*month(result, days=7)))
    enough = failure_share_by_mx(tables(*month(result, days=8)))
    assert few["share_of_failures_low"].isna().all()
    assert enough["share_of_failures_low"].tolist() == pytest.approx(
        [0.28] * 2, abs=5e-5
    )  # 8 of 16


def test_the_interval_holds_the_share():
    """Days differ, so the interval is wide."""
    reports = [
        report(policy(0, 10, failure(n, host=MX1), failure(10 - n, host=MX2)), day=n)
        for n in range(11)
    ]
    row = failure_share_by_mx(tables(*reports)).iloc[0]
    assert row["share_of_failures_low"] < row["share_of_failures"] < row["share_of_failures_high"]


def test_failures_are_parted_by_cause():
    """One share of all failures of the domain, one of those with the same cause."""
    expired, mismatch = "certificate-expired", "certificate-host-mismatch"
    parts = [failure(3, expired, MX1), failure(1, expired, MX2), failure(2, mismatch, MX1)]
    rows = failure_share_by_mx(tables(*month(policy(2, 8, *parts))), by="cause")
    columns = ["receiving_mx_hostname", "result_type", "failed_session_count"]
    assert rows[columns].fillna("?").to_numpy().tolist() == [
        [MX1, expired, 84],
        [MX1, mismatch, 56],
        ["?", "?", 56],
        [MX2, expired, 28],
    ]
    assert rows["share_of_failures"].tolist() == [0.375, 0.25, 0.25, 0.125]
    highs = rows["share_of_failures_high"].tolist()
    assert highs == pytest.approx(
        [0.44, 0.311, 0.311, 0.175], abs=0.001
    )  # Wilson's, of 224 failures
    assert rows["share_within"].tolist() == [0.75, 1, 1, 0.25]


def test_failures_are_parted_by_reporter():
    """Two reporters at one host are two rows."""
    few = policy(9, 1, failure(1, host=MX1))
    many = policy(7, 3, failure(3, host=MX1))
    reports = [*month(few), *month(many, reporter="Microsoft", days=28)]
    rows = failure_share_by_mx(tables(*reports), by="reporter")
    assert rows["reporter"].tolist() == ["Microsoft", "Google"]
    assert rows["share_of_failures"].tolist() == [0.75, 0.25]
    assert rows["share_within"].tolist() == [1, 1]
    assert rows["failed_per_session"].tolist() == [0.15, 0.05]


@pytest.mark.parametrize("by", [None, "cause", "reporter"])
def test_no_failures_give_no_rows(by):
    """Empty in, empty out."""
    assert failure_share_by_mx(tables(*month(policy(9))), by=by).empty


def test_parts_that_are_not_known_are_refused():
    """A word that would part nothing is a mistake."""
    with pytest.raises(ValueError, match="not by 'host'"):
        failure_share_by_mx(tables(), by="host")


@given(st.lists(st.integers(0, 50), min_size=1, max_size=12))
def test_shares_of_a_domain_sum_to_one(counts):
    """Whatever the counts are."""
    hosts = [MX1, MX2, None]
    reports = [
        report(policy(1, count, failure(count, host=hosts[day % 3])), day=day)
        for day, count in enumerate(counts)
    ]
    rows = failure_share_by_mx(tables(*reports))
    assert rows.empty or math.isclose(rows["share_of_failures"].sum(), 1)
    assert rows["failed_session_count"].sum() == sum(counts)


def test_a_host_that_no_failure_names_is_listed_without_failures():
    """The policy names it; it is marked, and its share is 0."""
    rows = failure_share_by_mx(tables(report(policy(0, 3, failure(3, host=MX1), mx=[MX1, MX2]))))
    assert rows["receiving_mx_hostname"].tolist() == [MX1, MX2]
    assert rows["failed_session_count"].tolist() == [3, 0]
    assert rows["share_of_failures"].tolist() == [1, 0]
    assert rows["never_failed"].tolist() == [False, True]
    assert rows["in_policy"].tolist() == [True, True]
    assert rows["last_day"].isna().tolist() == [False, True]


def test_a_host_of_the_mx_records_is_listed_even_where_the_policy_has_a_star():
    """A pattern with a star names no host, and a host outside it is marked."""
    records = pd.DataFrame(
        {"policy_domain": "example.com", "mx_hostname": [MX2, "other.test"], "preference": 10}
    )
    given = tables(report(policy(0, 3, failure(3, host=MX1), mx=["*.example.com"])))
    rows = failure_share_by_mx(given, mx_preferences=records).set_index("receiving_mx_hostname")
    assert rows["never_failed"].to_dict() == {MX1: False, MX2: True, "other.test": True}
    assert rows["in_policy"].to_dict() == {MX1: True, MX2: True, "other.test": False}


def test_a_domain_without_failures_has_no_shares():
    """There is nothing that its hosts could have a share of."""
    assert len(failure_share_by_mx(tables(report(policy(5))))) == 0


@pytest.mark.parametrize("parts", [[], ["result_type", "failure_reason_code"], ["receiving_ip"]])
def test_daily_failures_are_those_of_the_plain_formula(parts):
    """Group by group, as the rules say it, on a year with overlaps and missing details."""
    year = failure_year(8000, domains=3, seed=5)
    got = daily_failures_by_mx(year, parts)
    told = ["receiving_mx_hostname", *parts]
    expected = _plain_daily_failures(year, told)
    keys = [*DOMAIN_DAY, *told]
    texts = dict.fromkeys([*DOMAIN_DAY[:2], *told], "str")
    pd.testing.assert_frame_equal(got.astype(texts), expected[got.columns].astype(texts))
    assert got.duplicated(keys).sum() == 0


def _plain_daily_failures(given, told):
    """Return what `daily_failures_by_mx` gives, by group-bys and merges."""
    total, habit = "total_failure_session_count", ["policy_domain", "reporter"]
    details = given.failures.drop(columns=habit).merge(
        given.policies[["policy_key", *habit, total]], on="policy_key"
    )
    by_result = details.groupby("policy_key")
    is_alone = by_result["policy_key"].transform("size") == 1
    count = details["failed_session_count"]
    details["count"] = count.fillna(details[total].where(is_alone, 0)).astype("int64")
    code = details["failure_reason_code"] == "mtasts-policy-mx-mismatch"
    details["shown"] = (details["count"] > details[total]) | code
    is_habit = details.groupby(habit, observed=True)["shown"].transform("any")
    details["is_beside"] = is_habit & (by_result["count"].transform("sum") > details[total])
    known = details.groupby(["policy_key", *told], observed=True, dropna=False)
    rows = known.agg(
        count=("count", "sum"), most=(total, "first"), is_beside=("is_beside", "first")
    ).reset_index()
    rows["count"] = rows["count"].where(rows["is_beside"], rows[["count", "most"]].min(axis=1))
    explained = rows.groupby("policy_key")["count"].sum()
    rest = given.policies[["policy_key"]].assign(
        count=given.policies[total]
        - given.policies["policy_key"].map(explained).fillna(0).astype("int64")
    )
    both = pd.concat([rows[["policy_key", *told, "count"]], rest], ignore_index=True)
    both = both[both["count"] > 0].merge(
        given.policies[["policy_key", *DOMAIN_DAY, "policy_type"]], on="policy_key"
    )
    keys = [*DOMAIN_DAY, *told]
    both = both.rename(columns={"count": "failed_session_count"})
    return count_once(both[[*keys, "policy_type", "failed_session_count"]], keys)


def test_daily_failures_have_the_columns_that_are_declared():
    """And those that are asked for."""
    reports = tables(report(policy(9, 5, failure(2, host=MX1))))
    assert set(daily_failures_by_mx(reports)) == set(DAILY_FAILURES)
    asked = ["result_type", "reporter"]
    assert set(daily_failures_by_mx(reports, asked)) == {*DAILY_FAILURES, *asked}
