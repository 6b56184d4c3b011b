"""Sessions are counted once."""

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st
from support.made_reports import policy, report, tables

from tlsrpt_analysis import daily_sessions
from tlsrpt_analysis.analyses.sessions import count_once
from tlsrpt_analysis.tables import empty_tables


def counts(*reports):
    """Return session and failure counts of the rows."""
    columns = ["session_count", "failed_session_count"]
    return daily_sessions(tables(*reports))[columns].to_numpy().tolist()


def test_sessions_listed_under_sts_and_tlsa_count_once():
    """Microsoft lists the same sessions under both policies."""
    doubled = report(policy(7), policy(5, 2, policy_type="tlsa"), reporter="Microsoft")
    assert counts(doubled) == [[7, 2]]


def test_sessions_without_a_policy_add_to_those_with_one():
    """A sender that found the policy later in the day had other sessions before."""
    assert counts(report(policy(10), policy(3, 1, policy_type="no-policy-found"))) == [[14, 1]]


def test_several_blocks_of_one_type_add_up():
    """The policy changed within the day, so its sessions stand in two blocks."""
    assert counts(report(policy(10, 1), policy(5, mode="enforce"))) == [[16, 1]]


def test_several_reports_of_one_day_add_up():
    """A reporter may send one report per site."""
    assert counts(report(policy(10)), report(policy(4))) == [[14, 0]]


def test_reporters_and_domains_stay_apart():
    """Each has its own row."""
    both = report(policy(1), policy(2, domain="example.net"))
    assert counts(both, report(policy(4), reporter="Microsoft")) == [[1, 0], [4, 0], [2, 0]]


def test_a_missing_policy_domain_is_kept():
    """Postfix leaves the domain out where it found no policy."""
    rows = daily_sessions(tables(report(policy(3, domain=None, policy_type="no-policy-found"))))
    assert rows["session_count"].tolist() == [3]
    assert rows["policy_domain"].isna().tolist() == [True]


def modes(*reports):
    """Return the modes of the rows."""
    return daily_sessions(tables(*reports))["policy_mode"].tolist()


def test_the_mode_is_that_of_most_sessions_of_the_day():
    """A sender with an old policy in its cache does not hide the new one."""
    assert modes(report(policy(3), policy(1, mode="enforce"))) == ["testing"]
    assert modes(report(policy(1), policy(1, 2, mode="enforce"))) == ["enforce"]
    assert modes(report(policy(2), policy(3, mode="none"), policy(2))) == ["testing"]


def test_of_two_modes_with_as_many_sessions_the_stricter_counts():
    """Whatever their order is in the report."""
    assert modes(report(policy(1), policy(1, mode="enforce"))) == ["enforce"]
    assert modes(report(policy(1, mode="testing"), policy(1, mode="none"))) == ["testing"]
    assert modes(report(policy(1, mode="strict"), policy(1, mode="none"))) == ["none"]


some_policies = st.builds(
    policy,
    st.integers(0, 3),
    st.integers(0, 2),
    mode=st.sampled_from(["testing", "enforce", "none", "strict", None]),
    policy_type=st.sampled_from(["sts", "tlsa", "no-policy-found"]),
)


@given(st.data(), st.lists(st.lists(some_policies, max_size=3), max_size=4))
def test_the_order_of_files_does_not_matter(data, days):
    """Several reports of one day, as one reporter's sites send them."""
    reports = [report(*policies) for policies in days]
    shuffled = data.draw(st.permutations(reports))
    pd.testing.assert_frame_equal(
        daily_sessions(tables(*shuffled)), daily_sessions(tables(*reports))
    )


def test_no_reports_give_no_rows():
    """Empty in, empty out, with the same columns."""
    assert daily_sessions(empty_tables()).empty


def test_counting_once_takes_the_larger_of_two_policies():
    """Neither the sum nor the smaller."""
    rows = tables(report(policy(2), policy(9, policy_type="tlsa"))).policies
    counted = rows[["reporter", "policy_type", "total_successful_session_count"]]
    assert count_once(counted, ["reporter"])["total_successful_session_count"].tolist() == [9]
