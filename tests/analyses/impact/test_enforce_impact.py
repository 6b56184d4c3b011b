"""What enforce mode would cost."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.made_reports import failure, month, policy, report, tables

from tlsrpt_analysis import enforce_impact
from tlsrpt_analysis.tables import empty_tables

MX1, MX2 = "mx1.example.com", "mx2.example.com"
MISMATCH = "validation-failure"


def domain_row(*reports):
    """Return the one domain's row."""
    rows = enforce_impact(tables(*reports)).by_domain
    assert len(rows) == 1
    return rows.iloc[0]


def uncovered(days=28):
    """Return days on which 301 of 1,000 sessions meet an MX that the policy does not list."""
    return month(policy(699, 301, failure(301, MISMATCH, MX2), mx=[MX1]), days=days)


def test_the_headline_says_both_figures_in_one_plain_sentence():
    """At most, at least, where and why."""
    row = domain_row(*uncovered())
    assert row["headline"] == (
        "Enforce mode would refuse 30.1 % of the tested sessions of example.com of the last 28 days"
        " (8,428 of 28,000), all of them at mx2.example.com, which the policy does not list;"
        " 0 % if senders move on to mx1.example.com as RFC 8461 §5.1 asks."
    )
    assert row["verdict"] == "not ready"


def test_the_upper_and_the_lower_figure_stand_side_by_side():
    """All would-block sessions are lost, or none, because another host takes them."""
    row = domain_row(*uncovered())
    assert (row["lost_share_low"], row["lost_share_high"]) == pytest.approx((0, 0.301))
    assert row["would_block_share"] == pytest.approx(0.301)
    assert row["would_block_share_low"] < 0.301 < row["would_block_share_high"]


def test_sessions_are_certainly_lost_where_every_listed_host_was_at_fault():
    """A single MX with a certificate that was expired for eight days: the first three bounced."""
    good, bad = policy(100), policy(0, 100, failure(100, host=MX1))
    given = tables(
        *[report(bad if 5 <= day < 13 else good, day=day) for day in range(60)],
        *month(policy(100), reporter="Microsoft", days=60),
    )
    row = enforce_impact(given, sessions_per_message_in_testing=1).by_domain.iloc[0]
    assert row["lost_share_low"] == pytest.approx(300 / 12000)
    assert row["last_blocked_day"] == pd.Timestamp("2026-07-13")
    assert row["verdict"] == "ready"
    assert row["headline"].endswith("of the earlier ones, until 2026-07-13.")


@pytest.mark.parametrize(
    ("reason", "result"),
    [
        ("another session succeeded", policy(1, 9, failure(9, host=MX1))),
        ("another host is listed", policy(0, 9, failure(9, host=MX1), mx=[MX1, MX2])),
        ("a pattern may cover more", policy(0, 9, failure(9, host=MX1), mx=["*.example.com"])),
        ("the host was not named", policy(0, 9, failure(9))),
        ("the policy text is not known", policy(0, 9, failure(9, host=MX1), mode=None)),
    ],
)
def test_nothing_is_certainly_lost_where_a_good_host_may_exist(reason, result):
    """The lower figure claims no more than the reports show."""
    row = domain_row(*month(result))
    assert row["lost_share_low"] == 0, reason


def test_unavailable_policies_never_count_as_refused():
    """Such mail is delivered as without MTA-STS (RFC 8461 §3.3)."""
    for result_type in ("sts-policy-fetch-error", "sts-policy-invalid", "sts-webpki-invalid"):
        without = policy(0, 10, failure(10, result_type), mode=None)
        row = domain_row(*month(policy(90), without))
        assert (row["would_block_high"], row["policy_unavailable_count"]) == (0, 280)
        assert row["tested_session_count"] == 2520
        assert "In 280 of 2,800 sessions the policy was unavailable" in row["headline"]


def test_a_cached_policy_is_applied_when_a_fetch_fails():
    """Its text shows in the result (RFC 8461 §3.3), so such mail is not delivered without one."""
    row = domain_row(*month(policy(90, 10, failure(10, "sts-policy-fetch-error"))))
    assert (row["would_block_high"], row["tested_session_count"]) == (0, 2800)
    assert "unavailable" not in row["headline"]


def test_sessions_under_sts_and_tlsa_count_once():
    """In the sessions as well as in the refused ones."""
    doubled = [policy(5, 2, failure(2)), policy(5, 2, failure(2), policy_type="tlsa")]
    row = domain_row(*month(*doubled))
    assert (row["session_count"], row["would_block_high"]) == (7 * 28, 2 * 28)


def test_a_healthy_domain_is_ready():
    """Enough sessions on enough days, and none refused."""
    row = domain_row(*month(policy(20)), *month(policy(20), reporter="Microsoft"))
    assert row["verdict"] == "ready"
    assert row["headline"] == (
        "Enforce mode would refuse none of the 1,120 tested sessions of example.com of the last 28"
        " days."
    )


@pytest.mark.parametrize(
    ("reason", "reports"),
    [
        ("few sessions", month(policy(3))),
        ("few days", month(policy(1000), days=7)),
        ("no policy was seen", month(policy(1000, policy_type="no-policy-found"))),
        ("only DANE", month(policy(1000, policy_type="tlsa"))),
        ("mode none", month(policy(1000, mode="none"))),
    ],
)
def test_too_little_data_is_a_verdict(reason, reports):
    """It is not readiness."""
    assert domain_row(*reports)["verdict"] == "too little data", reason


def test_shares_are_missing_where_no_session_was_under_a_policy():
    """Nothing is known then, which is not 0 %."""
    impact = enforce_impact(tables(*month(policy(1000, policy_type="tlsa"))))
    for rows in (impact.by_domain, impact.by_reporter):
        shares = [column for column in rows.columns if "share" in column]
        assert rows[shares].isna().all(axis=None)


def test_the_headline_says_that_a_domain_has_no_mta_sts_policy():
    """The reports cannot say what a mode would cost that nobody saw."""
    without = domain_row(*month(policy(10, policy_type="no-policy-found")))
    dane = domain_row(*month(policy(10, policy_type="tlsa")))
    assert without["headline"].startswith("No reporter found an MTA-STS policy for example.com")
    assert dane["headline"].startswith("Only DANE results (tlsa) were reported for example.com")


def test_the_parts_name_hosts_causes_and_reporters():
    """Each with its share of the domain's sessions, or of the reporter's."""
    impact = enforce_impact(
        tables(*uncovered(), *month(policy(10, 10, failure(10, host=MX1)), reporter="Microsoft"))
    )
    by_mx = impact.by_mx.set_index("receiving_mx_hostname")
    assert by_mx["in_policy"].to_dict() == {MX2: False, MX1: True}
    assert by_mx.loc[MX2, "would_block_share"] == pytest.approx(301 / 1020)
    assert impact.by_cause["result_type"].tolist() == [MISMATCH, "certificate-expired"]
    by_reporter = impact.by_reporter.set_index("reporter")["would_block_share"]
    assert by_reporter.to_dict() == pytest.approx({"Google": 0.301, "Microsoft": 0.5})


def test_few_days_give_no_interval():
    """The share is given, its interval is missing."""
    row = domain_row(*uncovered(days=7))
    assert row["would_block_share"] == pytest.approx(0.301)
    assert row[["would_block_share_low", "would_block_share_high"]].isna().all()


def test_a_missing_policy_domain_is_shown_and_not_dropped():
    """It has a row of its own."""
    row = domain_row(*month(policy(9, 1, failure(1), domain=None)))
    assert row["would_block_high"] == 28
    assert row["headline"] == (
        "280 sessions were reported without a policy domain: they count for no domain."
    )


def test_the_headline_of_a_policy_in_enforce_mode_is_in_the_present_tense():
    """It is no longer a question of what would be."""
    row = domain_row(*month(policy(9, 1, failure(1, host=MX1), mode="enforce")))
    assert row["policy_mode"] == "enforce"
    assert row["headline"].startswith("Enforce mode refuses 10.0 % of the tested sessions")


def test_no_reports_give_no_rows():
    """Empty in, empty out."""
    impact = enforce_impact(empty_tables())
    assert [len(frame) for frame in (impact.by_domain, impact.by_mx, impact.by_cause)] == [0, 0, 0]


def test_it_shows_itself_with_everything_escaped():
    """A domain was written by a stranger, who may know MathJax."""
    impact = enforce_impact(tables(report(policy(1, domain="<script>alert(1)</script>"))))
    assert "<script>" not in impact._repr_html_()
    assert impact._repr_html_().startswith("<div class='tex2jax_ignore mathjax_ignore'>")


def test_it_shows_the_verdicts_first_and_the_urgent_domains_on_top():
    """Then one sentence for each domain."""
    bad = policy(9, 9, failure(9, host=MX1), domain="example.net")
    shown = enforce_impact(tables(*month(policy(9), bad)))._repr_html_()
    assert "<strong>2 domains: 1 not ready and 1 too little data</strong>" in shown
    assert shown.index("example.net") < shown.index("example.com")
    assert "No report has a policy." in enforce_impact(empty_tables())._repr_html_()


policies = st.builds(
    lambda successes, failures, count, result_type, host: policy(
        successes, failures, failure(count, result_type, host), mx=[MX1]
    ),
    st.integers(0, 30),
    st.integers(0, 30),
    st.none() | st.integers(0, 40),
    st.sampled_from([MISMATCH, "sts-policy-fetch-error", "sts-invalid", "tlsa-invalid"]),
    st.sampled_from([None, MX1, MX2]),
)


@settings(max_examples=60)
@given(st.lists(st.lists(policies, min_size=1, max_size=3), min_size=1, max_size=9), st.randoms())
def test_bounds_are_ordered_and_the_order_of_reports_does_not_matter(days, random):
    """0 <= lost low <= lost high <= 1, and the same rows from shuffled reports."""
    reports = [report(*results, day=day) for day, results in enumerate(days)]
    rows = enforce_impact(tables(*reports)).by_domain
    assert (rows["would_block_low"] <= rows["would_block_high"]).all()
    lost = rows[["lost_share_low", "lost_share_high"]].dropna()
    assert (lost["lost_share_low"] >= 0).all()
    assert (lost["lost_share_low"] <= lost["lost_share_high"]).all()
    assert (rows["would_block_high"] <= rows["session_count"]).all()
    random.shuffle(reports)
    assert enforce_impact(tables(*reports)).by_domain.equals(rows)
