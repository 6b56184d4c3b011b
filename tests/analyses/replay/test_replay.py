"""Another policy over reported mail: what is known of its refusals, and what is not."""

import pandas as pd
import pytest
from support.made_reports import failure, mx_records, policy, report, tables

from tlsrpt_analysis import PolicyError, replay

MX1, MX2, MX3 = (f"mx{number}.example.com" for number in (1, 2, 3))
UNLISTED = failure(10, "validation-failure", MX2)
EXPIRED = failure(10, "certificate-expired", MX2)
NAMELESS = failure(10, "validation-failure", reason="MX_HOSTS_MISMATCH")
TEXT = "version: STSv1\nmode: {mode}\n{mx}max_age: 86400\n"


def text_of(*hosts, mode="enforce"):
    """Return a policy that lists some hosts."""
    return TEXT.format(mode=mode, mx="".join(f"mx: {host}\n" for host in hosts))


def bounds(given, text=None, **options):
    """Return the bounds of all that a policy would have refused, without hidden strays."""
    sums = replay(given, text, **options).by_day.sum(numeric_only=True)
    return int(sums["would_block_low"]), int(sums["would_block_high"])


def one_day(*details, mx=(MX1,), successes=90):
    """Return the tables of a day with some failures."""
    failed = sum(one.failed_session_count for one in details)
    return tables(report(policy(successes, failed, *details, mx=mx)))


@pytest.mark.parametrize(
    ("reason", "details", "reported", "candidate", "expected"),
    [
        ("the reported policy", [UNLISTED], [MX1], [MX1], (10, 10)),
        ("a host that is now listed", [UNLISTED], [MX1], [MX1, MX2], (0, 0)),
        ("by a wildcard", [UNLISTED], [MX1], ["*.example.com"], (0, 0)),
        ("with another fault of its own", [UNLISTED, EXPIRED], [MX1], [MX1, MX2], (10, 20)),
        ("a fault of TLS, whatever is listed", [EXPIRED], [MX1, MX2], [MX1], (10, 100)),
        ("the only host is another", [], [MX1], [MX2], (90, 90)),
        ("what passed was at one of two", [], [MX1, MX2], [MX1], (0, 90)),
        ("both hosts are others", [], [MX1, MX2], [MX3], (90, 90)),
        ("a wildcard becomes a host", [], ["*.example.com"], [MX1], (0, 90)),
        ("a wildcard of others", [], ["*.example.com"], ["*.example.net"], (90, 90)),
        ("nameless, at the only unlisted host", [NAMELESS, UNLISTED], [MX1], [MX1, MX2], (0, 0)),
        ("nameless, at any unlisted host", [NAMELESS], [MX1], [MX1, MX2], (0, 10)),
        ("nameless, and nothing is added", [NAMELESS], [MX1, MX3], [MX1, MX3], (10, 10)),
        ("nameless, without a code", [failure(10, "validation-failure")], [MX1], [MX1, MX2], (0, 10)),
        ("nameless, of a certificate", [failure(10)], [MX1], [MX1, MX2], (10, 10)),
        ("a pattern outside the grammar", [], ["mx*.example.com", MX1], [MX1], (0, 0)),
    ],
)  # fmt: skip
def test_each_session_under_another_policy(reason, details, reported, candidate, expected):
    """One day with 90 passed sessions."""
    given = one_day(*details, mx=reported)
    assert bounds(given, text_of(*candidate)) == expected, reason


def test_nameless_mismatches_at_one_of_two_hosts_stay_possible():
    """Listing one of them leaves those of the other."""
    given = one_day(NAMELESS, UNLISTED, failure(10, "validation-failure", MX3))
    assert bounds(given, text_of(MX1, MX2)) == (10, 20)
    assert bounds(given, text_of(MX1, MX2, MX3)) == (0, 10)
    records = mx_records(MX1, MX2, MX3)
    assert bounds(given, text_of(MX1, MX2, MX3), mx_preferences=records) == (0, 0)
    assert bounds(given, text_of(MX1, "mx9.example.com"), mx_preferences=records) == (30, 30)


def test_mx_records_say_where_sessions_can_have_passed():
    """A line of the policy that no MX uses took nothing."""
    given = one_day(mx=(MX1, MX2))
    assert bounds(given, text_of(MX1), mx_preferences=mx_records(MX1)) == (0, 0)
    assert bounds(given, text_of(MX1), mx_preferences=mx_records(MX2)) == (90, 90)
    assert bounds(given, text_of(MX1), mx_preferences=mx_records(MX1, MX2)) == (0, 90)


@pytest.mark.parametrize(
    ("shares", "expected"), [((1, 0), (0, 0)), ((0, 1), (90, 90)), ((9, 1), (0, 90))]
)
def test_a_host_without_traffic_took_nothing(shares, expected):
    """By the logs of the hosts."""
    traffic = pd.DataFrame(
        {"policy_domain": "example.com", "mx_hostname": [MX1, MX2], "session_count": shares}
    )
    given = one_day(mx=(MX1, MX2))
    assert bounds(given, text_of(MX1), mx_traffic=traffic) == expected
    both = {"mx_traffic": traffic, "mx_preferences": mx_records(MX1, MX2)}
    assert bounds(given, text_of(MX1), **both) == expected


def test_lines_are_added_to_the_reported_policy_and_removed_from_it():
    """Without a text it is the latest reported one, in enforce mode."""
    given = one_day(UNLISTED)
    assert bounds(given) == (10, 10)
    assert bounds(given, add_mx=[MX2]) == (0, 0)
    changed = replay(given, add_mx=[MX2], remove_mx=[MX1]).policy
    assert (changed.mode, changed.mx) == ("enforce", (MX2,))


def test_each_policy_of_the_past_counts_for_its_own_days():
    """mx2 was not listed on the first day; the second already lists it."""
    given = tables(report(policy(90, 10, UNLISTED)), report(policy(100, mx=[MX1, MX2]), day=1))
    assert bounds(given, text_of(MX1)) == (10, 110)
    assert bounds(given, since="2026-07-02") == (0, 0)
    assert bounds(given, text_of(MX1), until="2026-07-01") == (10, 10)


def test_frames_add_up_and_name_the_months_reporters_and_hosts():
    """Two reporters in two months."""
    given = tables(
        report(policy(90, 10, UNLISTED)),
        report(
            policy(80, 20, failure(20, "certificate-expired", MX1)), reporter="Microsoft", day=31
        ),
    )
    found = replay(given, text_of(MX1))
    assert [f"{day:%Y-%m}" for day in found.by_month["month"]] == ["2026-07", "2026-08"]
    assert found.by_month["would_block_high"].tolist() == [10, 20]
    assert found.by_month["would_block_share_high"].tolist() == [0.1, 0.2]
    assert found.by_reporter["reporter"].tolist() == ["Microsoft", "Google"]
    assert found.by_mx["receiving_mx_hostname"].tolist() == [MX1, MX2]
    assert found.by_mx["in_policy"].tolist() == [True, False]
    assert found.by_mx["would_block_share_high"].tolist() == [0.1, 0.05]
    assert found.by_month["reported_would_block_high"].sum() == 30
    assert found.headline == (
        "In enforce mode this policy would have refused 30 (15.0 %) of 200 tested sessions of"
        " example.com; the policies that senders applied: 30 (15.0 %)."
    )


def test_a_newly_listed_host_may_have_stray_failures():
    """One in a thousand, two standard deviations more, and never more than there were sessions."""
    for count, strays in ((1, 1), (10, 1), (1000, 3), (100_000, 120)):
        given = one_day(failure(count, "validation-failure", MX2))
        found = replay(given, text_of(MX1, MX2))
        assert found.by_day["newly_passed_count"].item() == count
        assert found.by_day["would_block_high"].item() == 0
        for rows in (found.by_month, found.by_reporter, found.by_mx):
            assert (rows["would_block_low"].item(), rows["would_block_high"].item()) == (0, strays)
        assert f"refused 0 to {strays:,} " in found.headline


def test_what_passed_at_a_removed_host_has_its_row():
    """The only other host of the policy."""
    found = replay(one_day(mx=(MX1, MX2)), text_of(MX1)).by_mx
    assert found["receiving_mx_hostname"].tolist() == [MX2]
    assert (found["would_block_low"].item(), found["would_block_high"].item()) == (0, 90)


def test_untested_sessions_are_in_no_figure():
    """They are named among what is not known."""
    nothing = policy(50, policy_type="no-policy-found", mode=None)
    found = replay(tables(report(nothing, policy(90))), text_of(MX1))
    assert found.by_month["tested_session_count"].item() == 90
    assert "50 of 140 sessions were not tested, and count in no figure." in found.unknown


def test_what_is_not_known_is_said():
    """Hosts never seen, passed sessions, nameless failures, and hidden faults."""
    given = one_day(UNLISTED, failure(5), mx=(MX1, MX3))
    unknown = " ".join(replay(given, text_of(MX1, MX2, "mx9.example.com")).unknown)
    assert "No report shows a session at mx9.example.com" in unknown
    assert "failed because mx2.example.com was not listed pass now" in unknown
    assert "90 sessions passed at an MX host" in unknown
    assert (
        "5 sessions that the applied policy refused were at hosts that the reporters do not name"
        in unknown
    )
    both = replay(one_day(UNLISTED, EXPIRED), text_of(MX1, MX2)).unknown
    assert "mx2.example.com had other faults too" in " ".join(both)


def test_a_wildcard_over_a_listed_host_is_no_host_that_nobody_saw():
    """The line adds nothing to what was tested."""
    assert replay(one_day(), text_of(MX1, "*.example.com")).unknown == ()


def test_mode_none_refuses_nothing():
    """And it says so."""
    found = replay(one_day(UNLISTED), text_of(MX1, mode="none"))
    assert bounds(one_day(UNLISTED), text_of(MX1, mode="none")) == (0, 0)
    assert found.unknown == ("Mode none refuses nothing, and protects nothing.",)


def test_a_report_out_of_proportion_is_set_apart():
    """As in the verdict."""
    days = [report(policy(90, 10, UNLISTED), day=day) for day in range(10)]
    given = tables(*days, report(policy(10**9), reporter="Microsoft", day=9))
    found = replay(given, text_of(MX1))
    assert found.by_day["tested_session_count"].sum() == 1000
    assert "Set apart" in found.unknown[-1]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"policy_text": "version: STSv1\nmode: enforced\n"}, "not an MTA-STS policy"),
        ({"remove_mx": [MX3]}, "the policy has no line mx: mx3.example.com"),
        ({"remove_mx": [MX1]}, "no mx line"),
        ({"policy_domain": "example.net"}, "no report is about 'example.net'"),
    ],
)
def test_what_cannot_be_replayed_is_a_plain_error(options, message):
    """Where, and what to do."""
    with pytest.raises(PolicyError, match=message):
        replay(one_day(UNLISTED), **options)


def test_a_policy_belongs_to_one_domain():
    """And a domain needs one."""
    nothing = policy(50, policy_type="no-policy-found", mode=None, domain="example.net")
    given = tables(report(policy(90), nothing))
    with pytest.raises(PolicyError, match="about 2: name one"):
        replay(given)
    with pytest.raises(PolicyError, match="no policy was reported for this domain"):
        replay(given, policy_domain="example.net")
    found = replay(given, text_of(MX1), policy_domain="example.net")
    assert found.headline == "No session of example.net was tested in this period."


def test_the_notebook_shows_the_answer_and_escapes_everything():
    """A reporter with a name that is markup."""
    given = tables(report(policy(90, 10, UNLISTED), reporter="<b>Evil</b>"))
    shown = replay(given, text_of(MX1))._repr_html_()
    assert "<strong>In enforce mode this policy would have refused 10" in shown
    assert "<b>" not in shown
    assert "mathjax_ignore" in shown
