"""The bounds on refused sessions, report by report."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.made_reports import failure, policy, report, tables

from tlsrpt_analysis.analyses.refusals import daily_refusals

FETCH = "sts-policy-fetch-error"
BOUNDS = [
    ("details add up to the summary", policy(9, 5, failure(5)), (5, 5)),
    ("a part of the failures is not explained", policy(9, 5, failure(3)), (3, 5)),
    ("nothing is explained", policy(9, 5), (0, 5)),
    ("other failures explain the rest", policy(9, 5, failure(3), failure(2, FETCH)), (3, 3)),
    ("Mail.ru lists one session twice", policy(0, 1, failure(1), failure(1, "x509")), (1, 1)),
    ("overlapping details refuse all that failed", policy(9, 4, failure(3), failure(3)), (4, 4)),
    ("an overlap of one as large as the total", policy(9, 4, failure(4), failure(2)), (4, 4)),
    ("overlap with others", policy(9, 4, failure(3), failure(3, FETCH)), (3, 3)),
    (
        "the rest beside the others must be refused",
        policy(9, 4, failure(2), failure(2), failure(1, FETCH)),
        (3, 4),
    ),
    ("mox counts details beside its totals", policy(10, 0, failure(3)), (0, 3)),
    ("a detail larger than the total is beside it", policy(9, 5, failure(6)), (5, 6)),
    ("mox with some in the totals", policy(10, 2, failure(5)), (2, 5)),
    ("a count left out that stands alone", policy(9, 5, failure(None)), (5, 5)),
    ("two counts left out", policy(9, 5, failure(None), failure(None)), (5, 5)),
    ("one known, one unknown", policy(9, 5, failure(2), failure(None)), (3, 5)),
    ("unknown beside others", policy(9, 5, failure(5, FETCH), failure(None)), (0, 0)),
    ("an unknown count that overlaps", policy(0, 2, failure(2), failure(1), failure(None)), (2, 2)),
    ("an unregistered type may refuse", policy(9, 5, failure(5, "sts-invalid")), (0, 5)),
    ("a missing type may refuse", policy(9, 5, failure(5, None)), (0, 5)),
    ("a policy that was unavailable", policy(0, 5, failure(5, FETCH), mode=None), (0, 0)),
    ("a bad policy certificate", policy(0, 5, failure(5, "sts-webpki-invalid")), (0, 0)),
    ("mode none asks for nothing", policy(9, 5, failure(5), mode="none"), (0, 0)),
    ("enforce refuses as testing would", policy(9, 5, failure(5), mode="enforce"), (5, 5)),
    ("an unknown mode may be either", policy(9, 5, failure(5), mode=None), (5, 5)),
    ("DANE is not MTA-STS", policy(9, 5, failure(5), policy_type="tlsa"), (0, 0)),
    (
        "no policy, nothing to enforce",
        policy(9, 5, failure(5), policy_type="no-policy-found"),
        (0, 0),
    ),
    ("a DANE result under sts", policy(9, 5, failure(5, "tlsa-invalid")), (0, 0)),
]


@pytest.mark.parametrize(("reason", "result", "expected"), BOUNDS, ids=[row[0] for row in BOUNDS])
def test_the_bounds_of_one_policy_result(reason, result, expected):
    """Each report leaves as much room as it must, and no more."""
    rows = daily_refusals(tables(report(result)))
    assert (rows["would_block_low"].sum(), rows["would_block_high"].sum()) == expected, reason


@pytest.mark.parametrize("result", [row[1] for row in BOUNDS], ids=[row[0] for row in BOUNDS])
def test_low_never_exceeds_high_in_any_part(result):
    """By host as well as in whole."""
    for parts in ([], ["receiving_mx_hostname"], ["result_type", "failure_reason_code"]):
        rows = daily_refusals(tables(report(result)), parts)
        assert (rows["would_block_low"] <= rows["would_block_high"]).all()


def test_sessions_under_sts_and_tlsa_are_refused_once():
    """Only the MTA-STS listing depends on its mode."""
    doubled = report(policy(0, 7, failure(7)), policy(0, 7, failure(7), policy_type="tlsa"))
    assert daily_refusals(tables(doubled))["would_block_high"].tolist() == [7]


def test_unexplained_failures_have_no_host():
    """They are shown as not named, never dropped."""
    result = policy(9, 5, failure(3, host="mx1.example.com"))
    rows = daily_refusals(tables(report(result)), ["receiving_mx_hostname"])
    assert rows["receiving_mx_hostname"].fillna("?").tolist() == ["mx1.example.com", "?"]
    assert rows["would_block_high"].tolist() == [3, 2]


@pytest.mark.parametrize(("largest", "expected"), [(4, 3), (5, 4)])
def test_one_detail_above_its_total_shows_that_a_reporter_counts_beside(largest, expected):
    """Overlapping details on another day are then read as counted beside the total as well."""
    overlapping = policy(9, 3, failure(2), failure(2, "validation-failure"))
    shown = tables(report(policy(9, 4, failure(largest))), report(overlapping, day=1))
    assert daily_refusals(shown)["would_block_high"].tolist() == [largest, expected]


def test_what_a_reporter_does_is_not_learned_from_another_domain():
    """One odd report about somebody else changes no number."""
    overlapping = policy(9, 3, failure(2), failure(2, "validation-failure"))
    odd = policy(0, 0, failure(4), domain="other.example")
    alone = daily_refusals(tables(report(overlapping)))
    beside = daily_refusals(tables(report(overlapping), report(odd, day=1)))
    is_here = beside["policy_domain"] == "example.com"
    assert beside.loc[is_here, "would_block_high"].tolist() == alone["would_block_high"].tolist()


OTHER_RESULTS = st.builds(
    lambda successes, failures, counts, code: policy(
        successes,
        failures,
        *[failure(count, "validation-failure", reason=code) for count in counts],
        domain="other.example",
    ),
    st.integers(0, 9),
    st.integers(0, 9),
    st.lists(st.none() | st.integers(0, 20), max_size=3),
    st.sampled_from([None, "mtasts-policy-mx-mismatch"]),
)


@settings(max_examples=40)
@given(OTHER_RESULTS, st.booleans())
def test_a_report_about_another_domain_changes_nothing(result, is_same_report):
    """Mail.ru's overlapping details stay overlapping, whatever it writes about somebody else."""
    overlapping = policy(9, 4, failure(4), failure(4, "validation-failure"))
    results = [overlapping, result] if is_same_report else [overlapping]
    others = [] if is_same_report else [report(result, day=1)]
    rows = daily_refusals(tables(report(*results), *others))
    own = rows[(rows["policy_domain"] == "example.com").to_numpy("bool")]
    assert (own["would_block_low"].sum(), own["would_block_high"].sum()) == (4, 4)
