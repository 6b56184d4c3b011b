"""Two faults of one host are two rows where the reports show it, and one fault stays one row."""

import pandas as pd
from support.made_reports import FIRST_DAY, failure, month, mx_records, policy, report, tables

from tlsrpt_analysis import diagnose

MX, MX2 = "mx1.example.com", "mx2.example.com"
GOOD = policy(40)
BOTH = ("Google", "Microsoft")
X, T, V = "certificate-expired", "certificate-not-trusted", "validation-failure"


def failing(result_type, *, host=MX, reason=None, ip=None, successes=20, mx=(MX,)):
    """Return a policy result with ten failures."""
    detail = failure(10, result_type, host, reason=reason, ip=ip)
    return policy(successes, 10, detail, mx=mx)


def reports(*stretches, reporters=BOTH):
    """Return reports of successive days: how many, and what each holds."""
    made, day = [], 0
    for count, result in stretches:
        for number in range(day, day + count):
            made += [report(result, reporter=name, day=number) for name in reporters]
        day += count
    return made


def rows(*made):
    """Return cause, first and last day (from 0), and reporters of each row, in the order of days."""
    found = diagnose(tables(*made)).sort_values(["first_day", "cause"])
    days = [
        [(day - pd.Timestamp(FIRST_DAY)).days for day in found[name]]
        for name in ("first_day", "last_day")
    ]
    return list(zip(found["cause"], *days, found["reporters"], strict=True))


def test_a_certificate_that_expired_twice_is_two_rows():
    """Each with its own days."""
    made = reports((10, failing(X)), (30, GOOD), (10, failing(X)), (5, GOOD))
    found = rows(*made)
    assert found == [
        ("certificate-expired", 0, 9, "Google, Microsoft"),
        ("certificate-expired", 40, 49, "Google, Microsoft"),
    ]


def test_a_fault_that_comes_and_goes_is_one_row():
    """Single bad days and short pauses do not split it."""
    blips = reports(*[(1, failing(X)), (20, GOOD)] * 4)
    assert [row[:3] for row in rows(*blips)] == [("certificate-expired", 0, 63)]
    flaky = reports(*[(1, failing(X)), (3, GOOD)] * 12)
    assert [row[:3] for row in rows(*flaky)] == [("certificate-expired", 0, 44)]
    often = reports(*[(3, failing(X)), (20, GOOD)] * 8)
    assert [row[:3] for row in rows(*often)] == [("certificate-expired", 0, 163)]


def test_days_without_reports_split_nothing():
    """No report is not a clean day."""
    made = [report(failing(X), day=day) for day in (*range(10), *range(40, 50))]
    assert [row[:3] for row in rows(*made)] == [("certificate-expired", 0, 49)]


def test_a_self_signed_certificate_replaced_by_one_without_its_chain_is_two_rows():
    """Nobody trusts the first; only strict senders refuse the second."""
    made = [
        *reports((20, failing(T)), (40, GOOD), reporters=("Google",)),
        *reports((60, failing(T)), reporters=("Microsoft",)),
    ]
    found = rows(*made)
    assert [row for row in found if row[0] != "cname-mx"] == [
        ("untrusted-certificate", 0, 19, "Google, Microsoft"),
        ("incomplete-chain", 20, 59, "Microsoft"),
    ]


def test_a_reporter_that_had_no_sessions_before_joins_the_fault():
    """It could not have met the fault before."""
    made = [
        *reports((40, failing(X)), reporters=("Google",)),
        *[report(failing(X), reporter="Microsoft", day=day) for day in range(20, 40)],
    ]
    assert rows(*made) == [("certificate-expired", 0, 39, "Google, Microsoft")]


def test_reasons_that_name_other_faults_split_a_result_type():
    """Within one reporter and one day."""
    details = [
        failure(5, V, MX, reason=reason)
        for reason in (
            "io-timeout-during-handshake",
            "tls-remote-alert-70",
            "x509: certificate has expired or is not yet valid",
            "certificate is not valid for any names, hostname mismatch",
            "self signed certificate",
            "odd",
        )
    ]
    found = rows(*month(policy(20, 30, *details)))
    assert sorted(row[0] for row in found) == [
        "certificate-expired",
        "certificate-host-mismatch",
        "timeouts",
        "tls-parameters",
        "unexplained",
        "untrusted-certificate",
    ]


def test_other_words_of_other_reporters_split_nothing():
    """Each reporter uses its own words for one fault."""
    made = [
        *month(failing(T, reason="certificate verify failed")),
        *month(failing(T, reason="CERT_E_CHAINING"), reporter="Microsoft"),
    ]
    assert [row[0] for row in rows(*made)] == ["untrusted-certificate"]


def test_a_mismatch_that_a_later_policy_fixed_has_its_dates():
    """The policy of that time decides whether the host was listed."""
    made = reports(
        (15, failing(V, host=MX2)), (20, policy(40, mx=(MX, MX2))), reporters=("Google", "Yahoo")
    )
    found = diagnose(tables(*made))
    assert found["cause"].tolist() == ["mx-mismatch"]
    row = found.iloc[0]
    assert row[["first_day", "last_day"]].tolist() == [
        pd.Timestamp(FIRST_DAY),
        pd.Timestamp("2026-07-15"),
    ]
    assert "the latest policy lists it" in row["evidence"]
    assert "it is over: 20 days with tested sessions and without it since" in row["evidence"]
    assert "mx: " not in row["cure"]


def test_two_hosts_that_the_policy_misses_are_in_each_corrected_policy():
    """The cure of one row must not undo the cure of the other."""
    details = [failure(5, V, host) for host in ("mx8.example.com", "mx9.example.com")]
    made, records = (
        tables(*month(policy(20, 10, *details))),
        mx_records(MX, "mx8.example.com", "mx9.example.com"),
    )
    for cure in diagnose(made, mx_preferences=records)["cure"]:
        assert "mx: mx1.example.com\nmx: mx8.example.com\nmx: mx9.example.com" in cure
        assert "max_age: 604800" in cure


def test_a_probe_of_today_does_not_refute_a_fault_that_is_over():
    """Its checks pass because it was fixed."""
    checks = pd.DataFrame(
        {
            "policy_domain": ["example.com"],
            "mx_hostname": [MX],
            "check": ["certificate-dates"],
            "outcome": ["passed"],
        }
    )
    over = diagnose(tables(*reports((10, failing(X)), (20, GOOD))), checks)
    lasting = diagnose(tables(*reports((20, GOOD), (10, failing(X)))), checks)
    assert (over["status"].tolist(), lasting["status"].tolist()) == (["not probed"], ["refuted"])


# Pairs that look alike: the one difference decides.


def test_a_shared_outage_is_no_selective_fault():
    """All fail on the same days, one of them far more often than the others."""
    made = [
        *month(failing(T, successes=2)),
        *month(policy(900, 30, failure(30, T, MX)), reporter="Microsoft"),
    ]
    assert [row[0] for row in rows(*made)] == ["untrusted-certificate"]


def test_one_failing_reporter_beside_thin_ones_is_not_selective():
    """Three sessions of another reporter prove nothing."""
    made = [*month(failing(T)), report(policy(3), reporter="Yahoo", day=3)]
    assert [row[0] for row in rows(*made)] == ["untrusted-certificate"]


def test_expired_on_one_backend_differs_from_expired_on_all():
    """At the only MX, other sessions of the same days succeed, or none does."""
    one = failing(X, ip="192.0.2.7")
    everywhere = policy(
        0,
        20,
        *(failure(10, X, MX, ip=ip) for ip in ("192.0.2.7", "192.0.2.8")),
    )
    single = policy(0, 10, failure(10, X, MX, ip="192.0.2.7"))
    of_two = failing(X, ip="192.0.2.7", mx=(MX, MX2))
    found = {
        name: {row[0] for row in rows(*month(result), *month(result, reporter="Microsoft"))}
        for name, result in (
            ("one", one),
            ("everywhere", everywhere),
            ("single", single),
            ("of two hosts", of_two),
        )
    }
    assert found == {
        "one": {"one-backend"},
        "everywhere": {"certificate-expired"},
        "single": {"certificate-expired"},
        "of two hosts": {"certificate-expired"},
    }


def test_a_temporary_reply_is_no_backend():
    """454 at one address comes from a server that could not load its certificate, or from a limit."""
    result = failing("starttls-not-supported", reason="454 4.7.0 TLS not available", ip="192.0.2.7")
    assert [row[0] for row in rows(*month(result))] == ["selective-starttls"]


def tlsa(successes, failures=0, result_type="tlsa-invalid", reason=None):
    """Return a policy result of DANE."""
    detail = failure(failures, result_type, MX, reason=reason)
    return policy(successes, failures, *[detail] * bool(failures), policy_type="tlsa")


def test_a_missed_rollover_differs_from_a_record_that_never_matched():
    """The days before decide."""
    for days, cause in ((14, "tlsa-rollover"), (3, "tlsa-rollover"), (0, "tlsa-wrong")):
        made = reports((days, tlsa(20)), (14, tlsa(0, 20)))
        assert [row[:2] for row in rows(*made)] == [(cause, days)]


def test_two_missed_rollovers_are_two_rows():
    """Each with its days."""
    made = reports((10, tlsa(20)), (5, tlsa(0, 20)), (40, tlsa(20)), (5, tlsa(0, 20)))
    assert [row[:3] for row in rows(*made)] == [
        ("tlsa-rollover", 10, 14),
        ("tlsa-rollover", 55, 59),
    ]


def test_no_starttls_under_dane_is_no_tlsa_fault():
    """Nor is an alert, or a certificate whose dates DANE ignores."""
    for result_type, reason, cause in (
        ("starttls-not-supported", None, "starttls-missing"),
        (V, "tls-remote-alert-70", "tls-parameters"),
        (X, None, "certificate-expired"),
        ("dnssec-invalid", None, "dnssec-invalid"),
        (V, "dane-no-match", "tlsa-wrong"),
    ):
        assert [row[0] for row in rows(*month(tlsa(20, 10, result_type, reason)))] == [cause]


def test_an_outage_of_the_policy_host_is_not_transient():
    """Several reporters on one day, though each on one day only."""
    fetch = "sts-policy-fetch-error"
    made = [
        *reports((10, GOOD), reporters=(*BOTH, "Yahoo")),
        *[report(failing(fetch, host=None), reporter=name, day=10) for name in BOTH],
        report(GOOD, reporter="Yahoo", day=10),
        report(failing(fetch, host=None), reporter="Yahoo", day=30),
        report(GOOD, reporter="Google", day=30),
    ]
    assert [row[:2] for row in rows(*made)] == [
        ("policy-not-reachable", 10),
        ("policy-fetch-transient", 30),
    ]


def test_an_old_policy_within_its_max_age_differs_from_one_beyond():
    """A cache explains the first."""
    old, new = policy(40, mx=("old.example.com",)), policy(40, mx=(MX, MX2))
    unexplained = []
    for last in (18, 40):
        made = [
            *reports((14, old), (30, new), reporters=("Google",)),
            *[report(old, reporter="Microsoft", day=day) for day in range(last)],
        ]
        (evidence,) = diagnose(tables(*made)).query("cause == 'policy-id-not-bumped'")["evidence"]
        unexplained.append("no cache explains it" in evidence)
    assert unexplained == [False, True]


def test_a_mismatch_at_a_host_that_the_policy_lists_says_what_it_can_be():
    """Adding the line again fixes nothing."""
    result = failing(V, reason="MX_HOSTS_MISMATCH")
    (row,) = diagnose(tables(*month(result), *month(result, reporter="Yahoo"))).to_dict("records")
    assert row["cause"] == "unexplained"
    assert "the policy lists the host" in row["evidence"]


def test_a_second_reporter_that_comes_later_is_a_second_fault():
    """It had sessions all the time; first it was spared, then both met a fault."""
    made = [
        *reports((60, failing(T)), reporters=("Google",)),
        *reports((40, GOOD), (20, failing(T)), reporters=("Yahoo",)),
    ]
    assert rows(*made) == [
        ("incomplete-chain", 0, 39, "Google"),
        ("untrusted-certificate", 40, 59, "Google, Yahoo"),
    ]


def test_a_single_bad_day_of_a_second_reporter_splits_nothing():
    """Nor do changes within a week of each other split anything."""
    late = [
        *reports((60, failing(X)), reporters=("Google",)),
        *reports((40, GOOD), (1, failing(X)), (19, GOOD), reporters=("Yahoo",)),
    ]
    assert [row[:3] for row in rows(*late)] == [("certificate-expired", 0, 59)]
    soon = [
        *reports((60, failing(X)), reporters=("Google",)),
        *reports((40, GOOD), (20, failing(X)), reporters=("Yahoo",)),
        *reports((43, GOOD), (17, failing(X)), reporters=("Zoho",)),
    ]
    assert [row[1:] for row in rows(*soon)] == [
        (0, 39, "Google"),
        (40, 59, "Google, Yahoo, Zoho"),
    ]


def test_one_address_family_is_found_for_names_and_starttls_too():
    """Whatever the server behind it lacks."""
    for result_type in ("certificate-host-mismatch", "starttls-not-supported"):
        made = month(failing(result_type, ip="2001:db8::7"))
        assert [row[0] for row in rows(*made)] == ["ipv6-only"]


def test_starttls_that_only_one_sender_misses_is_selective():
    """At an MX that is not the only one."""
    result = failing("starttls-not-supported", host=MX2, mx=(MX, MX2))
    made = [*month(result), *month(policy(40, mx=(MX, MX2)), reporter="Yahoo")]
    assert [row[0] for row in rows(*made)] == ["selective-starttls"]


def test_a_fault_of_dane_is_no_fault_of_mta_sts():
    """Though the same reporter, type and host are in both."""
    made = [
        report(failing(T), tlsa(20, 10, T), reporter="Microsoft", day=day) for day in range(28)
    ] + [report(failing(T), tlsa(30), day=day) for day in range(28)]
    found = diagnose(tables(*made))
    causes = dict(zip(found["policy_type"].fillna(""), found["cause"], strict=True))
    assert causes["sts"] == "untrusted-certificate"
    assert causes["tlsa"] == "tlsa-wrong"


def test_reports_without_a_domain_have_no_cause():
    """There is nothing to look up."""
    detail = failure(10, T, MX)
    made = month(policy(20, 10, detail, domain=None)) + month(policy(30, domain=None), reporter="B")
    assert diagnose(tables(*made)).empty


def test_days_that_lie_far_apart_are_read_too():
    """Two reports with years between them."""
    made = [report(failing(X), day=day) for day in (0, 1, 2000)]
    assert [row[:3] for row in rows(*made)] == [("certificate-expired", 0, 2000)]


def test_a_week_after_enforce_nobody_has_vanished_yet():
    """One more report may be on its way."""
    enforce = policy(40, mode="enforce")
    made = [
        *reports((28, GOOD), (5, enforce), reporters=("Google",)),
        *reports((28, GOOD), reporters=("Microsoft",)),
    ]
    assert "blocked-reporter" not in diagnose(tables(*made))["cause"].tolist()
