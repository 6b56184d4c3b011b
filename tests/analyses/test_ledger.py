"""Each reported session stands once in the ledger: tested or not, and why not."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.made_reports import failure, policy, report, tables

from tlsrpt_analysis.analyses.ledger import COUNTS, Untested, ledger
from tlsrpt_analysis.analyses.sessions import daily_sessions

FETCH, INVALID, WEBPKI = "sts-policy-fetch-error", "sts-policy-invalid", "sts-webpki-invalid"


def counted(*results, reporter="Google"):
    """Return the counts of one report's results, row by row."""
    made = ledger(tables(report(*results, reporter=reporter)))
    return made[COUNTS].to_numpy().tolist(), made["untested_reason"].tolist()


def test_a_policy_that_was_applied_is_tested():
    """Successes passed, failures did not, whatever refuses or not."""
    counts, reasons = counted(policy(7, 3, failure(3)))
    assert counts == [[10, 10, 0, 7, 3]]
    assert pd.isna(reasons).all()


@pytest.mark.parametrize(
    ("result", "reason"),
    [
        (policy(9, policy_type="no-policy-found", mode=None), Untested.NO_POLICY),
        (policy(0, 9, failure(9, FETCH), mode=None), Untested.NOT_FETCHED),
        (policy(0, 9, failure(9, INVALID), mode=None), Untested.INVALID),
        (policy(0, 9, failure(9, WEBPKI), mode=None), Untested.POLICY_HOST),
        (policy(4, 5, failure(5, FETCH), mode=None), Untested.NOT_FETCHED),
        (policy(0, 9, failure(None, FETCH), mode=None), Untested.NOT_FETCHED),
        (policy(9, mode="none"), Untested.MODE_NONE),
        (policy(4, 5, failure(5), mode="none"), Untested.MODE_NONE),
        (policy(4, 5, failure(5), policy_type="tlsa"), Untested.DANE_ONLY),
        (policy(9, policy_type="quantum", mode=None), Untested.UNKNOWN_TYPE),
    ],
)
def test_sessions_without_an_applied_policy_are_untested(result, reason):
    """They are neither clean nor refused."""
    assert counted(result) == ([[9, 0, 9, 0, 0]], [reason])


def test_a_cached_policy_was_applied_though_the_fetch_failed():
    """The policy text in the result shows it (RFC 8461 §3.3)."""
    assert counted(policy(4, 5, failure(5, FETCH)))[0] == [[9, 9, 0, 4, 5]]


def test_an_invalid_policy_was_not_applied_though_its_text_is_shown():
    """The text may be the invalid one (RFC 8460 §4.5); a valid one was cached."""
    shown = policy(4, 5, failure(5, INVALID), mx=("mx1.example.com", "not a name"))
    assert counted(shown) == ([[9, 0, 9, 0, 0]], [Untested.INVALID])
    assert counted(policy(4, 5, failure(5, INVALID)))[0] == [[9, 9, 0, 4, 5]]


def test_fetch_failures_beside_others_are_untested_alone():
    """Without a policy text, the sessions that met an MX host had a policy."""
    both = policy(2, 7, failure(3, FETCH), failure(4), mode=None)
    assert counted(both) == ([[9, 6, 3, 2, 4]], [Untested.NOT_FETCHED])


def test_a_count_that_is_missing_beside_others_is_at_least_one():
    """A detail without a count stands for a session or more."""
    both = policy(2, 7, failure(None, FETCH), failure(4), mode=None)
    assert counted(both)[0] == [[9, 8, 1, 2, 6]]


def test_sessions_listed_under_two_policies_count_under_sts():
    """Microsoft lists the same sessions under sts and tlsa (RFC 8460 §4)."""
    twice = counted(policy(7), policy(7, policy_type="tlsa"), reporter="Microsoft")
    assert twice[0] == [[7, 7, 0, 7, 0], [0, 0, 0, 0, 0]]
    more = counted(policy(5, policy_type="tlsa"), policy(4, policy_type="tlsa"), policy(7))
    assert more[0] == [[0, 0, 0, 0, 0], [2, 0, 2, 0, 0], [7, 7, 0, 7, 0]]


results = st.lists(
    st.builds(
        policy,
        st.integers(0, 50),
        st.integers(0, 50),
        st.builds(
            failure, st.none() | st.integers(0, 60), st.sampled_from([FETCH, "certificate-expired"])
        ),
        policy_type=st.sampled_from(["sts", "tlsa", "no-policy-found", "quantum"]),
        mode=st.sampled_from(["testing", "enforce", "none", None]),
    ),
    max_size=5,
)


@given(st.lists(results, max_size=5))
def test_every_session_stands_once(days):
    """Tested and untested add up to all, as do passed and failed to the tested."""
    made = tables(
        *(report(*one, reporter="ab"[at % 2], day=at // 2) for at, one in enumerate(days))
    )
    rows = ledger(made)
    assert (rows[COUNTS] >= 0).all().all()
    assert (rows["session_count"] == rows[COUNTS[1:3]].sum(axis=1)).all()
    assert (rows["tested_session_count"] == rows[COUNTS[3:]].sum(axis=1)).all()
    assert rows["session_count"].sum() == daily_sessions(made)["session_count"].sum()
    assert (rows["untested_reason"].notna() == (rows["untested_session_count"] > 0)).all()
    assert rows.index.equals(pd.RangeIndex(len(made.policies)))
