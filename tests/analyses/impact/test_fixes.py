"""Which fix a detail needs: by the policy under which it failed, and by the hosts it can mean."""

import pytest
from support.made_reports import failure, month, policy, report, tables

from tlsrpt_analysis import enforce_impact
from tlsrpt_analysis.errors import UnknownNameWarning

MX1, MX2, MX3 = (f"mx{number}.example.com" for number in (1, 2, 3))
MISMATCH = "validation-failure"
EXPIRED = "certificate-expired"


def refused_after(given, *fixes):
    """Return the bounds of what is refused after some fixes."""
    row = enforce_impact(given).after(fixes).by_domain.iloc[0]
    return row["would_block_low"], row["would_block_high"]


def unnamed_mismatch(count):
    """Return a mismatch as Microsoft writes it, without a host."""
    return failure(count, MISMATCH, reason="MX_HOSTS_MISMATCH")


@pytest.mark.parametrize(("uncovered", "expected"), [([MX2], (0, 0)), ([MX2, MX3], (5, 10))])
def test_a_mismatch_without_a_host_is_that_of_the_only_host_not_listed(uncovered, expected):
    """Where two hosts may be meant, it leaves the lower bound only."""
    named = [failure(5, MISMATCH, host) for host in uncovered]
    failed = 5 + 5 * len(named)
    given = tables(report(policy(90, failed, unnamed_mismatch(5), *named, mx=[MX1])))
    assert refused_after(given, f"add mx {MX2}") == expected


def test_add_mx_with_microsoft_can_become_ready():
    """Google names mx2, Microsoft does not."""
    google = month(policy(80, 20, failure(20, MISMATCH, MX2)), days=60)
    microsoft = month(policy(80, 20, unnamed_mismatch(20)), reporter="Microsoft", days=60)
    impact = enforce_impact(tables(*google, *microsoft))
    assert impact.by_domain["verdict"].item() == "not ready"
    assert impact.after(f"add mx {MX2}").by_domain["verdict"].item() == "ready"


@pytest.mark.parametrize(
    ("reason", "mx", "expected"),
    [
        ("the policy lists mx1 only", [MX1], (0, 0)),
        ("mx2 may be meant", [MX1, MX2], (0, 10)),
        ("a pattern may cover more", ["*.example.com"], (0, 10)),
    ],
)
def test_a_fault_without_a_host_is_that_of_the_only_host_it_can_mean(reason, mx, expected):
    """A reporter leaves out the host on some days."""
    named, nameless = failure(10, EXPIRED, MX1), failure(10, EXPIRED)
    given = tables(
        report(policy(90, 10, named, mx=mx)), report(policy(90, 10, nameless, mx=mx), day=1)
    )
    assert refused_after(given, f"repair certificate {MX1}") == expected, reason


def test_what_no_fix_touches_stays_in_both_bounds():
    """A nameless fault of another kind is not fixed by a certificate."""
    given = tables(
        report(policy(80, 20, failure(10, EXPIRED, MX1), failure(10, "starttls-not-supported")))
    )
    assert refused_after(given, f"repair certificate {MX1}") == (10, 10)


def test_doubled_details_of_one_fault_leave_the_lower_bound():
    """Mail.ru lists a session under two result types: the repair of one may end both."""
    given = tables(report(policy(90, 10, failure(10, EXPIRED, MX1), failure(10, MISMATCH, MX1))))
    assert refused_after(given, f"repair certificate {MX1}") == (0, 10)


def test_a_host_that_was_added_to_the_policy_needs_a_new_id_alone():
    """It failed as long as the policy did not list it, and some senders still have that policy."""
    old = policy(80, 20, failure(20, MISMATCH, MX2), mx=[MX1])
    new = policy(100, mx=[MX1, MX2])
    cached = policy(9, 1, failure(1, MISMATCH, MX2), mx=[MX1])
    days = [report(old, day=day) for day in range(30)]
    days += [report(new, cached, day=day) for day in range(30, 60)]
    impact = enforce_impact(tables(*days))
    assert impact.by_domain["today_would_block_high"].item() == 28
    steps = impact.fixes.dropna(subset="step")
    assert steps[["fix", "cause"]].to_numpy().tolist() == [
        ["change id example.com", "policy-id-not-bumped"]
    ]


def test_a_fault_at_a_listed_host_still_needs_its_repair():
    """The validation failed for another reason than the name."""
    impact = enforce_impact(tables(*month(policy(90, 10, failure(10, MISMATCH, MX1)))))
    assert impact.fixes["fix"].tolist() == [f"repair TLS {MX1}"]


def test_a_new_line_may_show_a_fault_that_the_mismatch_hid():
    """Another sender checks certificates first, and names the fault at the host that is not listed."""
    hidden = month(policy(90, 10, failure(10, MISMATCH, MX2)))
    seen = month(policy(95, 5, failure(5, EXPIRED, MX2)), reporter="Post")
    given = tables(*hidden, *seen)
    line, repair = f"add mx {MX2}", f"repair certificate {MX2}"
    assert refused_after(given) == (420, 420)
    assert refused_after(given, line) == (140, 420)
    assert refused_after(given, line, repair) == (0, 0)
    assert refused_after(given, repair) == (420, 420)
    step = enforce_impact(given).after(line)
    assert step.after(repair).by_domain["would_block_high"].item() == 0
    steps = enforce_impact(given).fixes
    assert sorted(steps.loc[steps["step"].notna(), "fix"]) == sorted([line, repair])
    assert steps.loc[steps["step"].notna(), "would_block_high_after"].min() == 0


def test_a_fix_may_change_which_days_count_for_today():
    """Google's fault of the last days hides a month in which Microsoft reported as well."""
    google = [
        report(policy(60, 40, failure(40, EXPIRED, MX1)) if day >= 50 else policy(100), day=day)
        for day in range(56)
    ]
    microsoft = month(policy(100), reporter="Microsoft", days=45)
    other = month(policy(90, domain="other.example"), days=56)
    impact = enforce_impact(tables(*google, *microsoft, *other))
    after = impact.after(f"repair certificate {MX1}", policy_domain="example.com")
    row = after.by_domain.set_index("policy_domain").loc["example.com"]
    assert row["would_block_high"] == 0
    assert row["today_tested_session_count"] > 56 * 50


def test_a_sender_that_begins_to_name_the_hosts_has_the_same_fault():
    """What it reported without a host before is not over, as the hosts still fail."""
    named = [failure(10, MISMATCH, host) for host in (MX2, MX3)]
    google = month(policy(80, 20, *named), days=40)
    microsoft = [
        report(
            policy(80, 20, *([unnamed_mismatch(20)] if day < 15 else named)),
            reporter="Microsoft",
            day=day,
        )
        for day in range(40)
    ]
    assert refused_after(tables(*google, *microsoft), f"add mx {MX2}") == (650, 950)


def test_a_certificate_may_be_the_fault_that_is_taken_for_an_alias():
    """Google sees nothing at the host; a new certificate there may help Microsoft or not."""
    both = {"mx": [MX1, MX2]}
    microsoft = policy(60, 40, failure(40, "certificate-host-mismatch", MX1), **both)
    given = tables(*month(policy(100, **both)), *month(microsoft, reporter="Microsoft"))
    assert refused_after(given, f"replace CNAME {MX1}") == (0, 0)
    assert refused_after(given, f"repair certificate {MX1}") == (0, 28 * 40)


def test_a_fix_that_nothing_calls_for_is_warned_of_with_the_nearest():
    """A typing error in a host must not look like a fix without effect."""
    failing = month(policy(80, 20, failure(20, MISMATCH, MX2)))
    impact = enforce_impact(tables(*failing))
    with pytest.warns(UnknownNameWarning, match='did you mean "add mx mx2.example.com"'):
        unchanged = impact.after(["add mx mx2.exmaple.com"])
    assert unchanged.by_domain.equals(impact.by_domain)
    with pytest.warns(UnknownNameWarning, match='no failure calls for "ask sender Yahoo"$'):
        impact.after(["ask sender Yahoo"], policy_domain="example.com")
    assert not impact.after(f"add mx {MX2}").after(f"add mx {MX2}").by_domain.empty
