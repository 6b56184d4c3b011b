"""One reporter fails where others do not."""

import datetime as dt

import pandas as pd
import pytest
from support.made_reports import failure, month, policy, report, tables

from tlsrpt_analysis import selective_failures
from tlsrpt_analysis.standards.report import FailureDetails
from tlsrpt_analysis.tables import empty_tables

MISMATCH = "validation-failure"


def clean(reporter="Google", *, sessions=100, days=60):
    """Return months without a failure."""
    return month(policy(sessions), reporter=reporter, days=days)


def failing(reporter="Microsoft", *, since=0, until=60, days=60, result_type=MISMATCH, host=None):
    """Return days of which those from one on and before another fail wholly."""
    return [
        report(
            policy(2, 38, failure(38, result_type, host)) if since <= day < until else policy(40),
            reporter=reporter,
            day=day,
        )
        for day in range(days)
    ]


def only_row(*reports):
    """Return the one row that is expected."""
    rows = selective_failures(tables(*reports))
    assert len(rows) == 1
    return rows.iloc[0]


def test_google_clean_and_microsoft_failing_points_to_an_mx_that_is_a_cname():
    """The signature that this project was begun for."""
    row = only_row(*clean(), *failing(since=30))
    assert row["verdict"] == "selective"
    assert row["failing_reporter"] == "Microsoft"
    assert row["clean_reporters"] == "Google"
    assert row["points_to"] == "cname-mx"
    assert row["since_low"] == row["since_high"] == pd.Timestamp("2026-07-31")
    assert (row["failing_days"], row["active_days"]) == (30, 30)
    assert row["observed_in_clean"] == 0
    assert row["expected_in_clean"] == pytest.approx(0.95 * 100 * 30)
    assert row["explanation"] == (
        "If Google's sessions failed as often as Microsoft's (95.0 %), we would have seen about"
        " 2,850 failures; we saw 0. It began on 2026-07-31."
    )


def test_certificates_that_only_some_refuse_point_to_an_incomplete_chain():
    """Strict reporters refuse what others complete from their cache."""
    kind = "certificate-not-trusted"
    rows = selective_failures(
        tables(*clean(), *failing(result_type=kind), *failing("Mail.ru", result_type=kind))
    )
    assert rows["points_to"].tolist() == ["incomplete-chain"] * 2
    assert rows["clean_reporters"].tolist() == ["Google"] * 2


def test_a_fault_that_all_reporters_meet_is_not_selective():
    """Then nothing is wrong with one of them."""
    rows = selective_failures(tables(*failing("Google"), *failing()))
    assert rows["verdict"].tolist() == ["not selective"] * 2
    assert "and so do others" in rows["explanation"].iloc[0]
    assert rows["points_to"].isna().all()


def test_a_clean_reporter_with_little_mail_is_too_little_data():
    """Four sessions that passed say nothing."""
    row = only_row(
        *month(policy(1), days=4), *month(policy(95, 5, failure(5)), reporter="Microsoft", days=60)
    )
    assert row["verdict"] == "too little data"
    assert "about 100 are needed" in row["explanation"]


def test_a_fault_of_the_last_days_is_found():
    """Four days of failures are enough when nearly all sessions fail."""
    row = only_row(*clean(), *failing(since=56))
    assert (row["verdict"], row["points_to"]) == ("selective", "cname-mx")
    assert row["since_low"] == pd.Timestamp("2026-08-26")


def test_a_fault_that_is_over_is_said_to_be_over():
    """From which day to which, and who did not meet it."""
    row = only_row(*clean(), *clean("Mail.ru"), *failing(since=20, until=30))
    assert row["verdict"] == "not selective"
    assert pd.isna(row["points_to"])
    assert row["clean_reporters"] == "Google, Mail.ru"
    assert row["explanation"] == (
        "Microsoft failed from 2026-07-21 to 2026-07-30, and Google and Mail.ru did not; it is"
        " over: all its sessions after that succeeded, until 2026-08-29."
    )


@pytest.mark.parametrize(("until", "is_over"), [(53, False), (52, True)])
def test_a_steady_fault_is_over_after_a_clean_week(until, is_over):
    """Seven days after the last failure, and not yet after six."""
    row = only_row(*clean(), *failing(since=20, until=until, days=59))
    assert pd.notna(row["over_since"]) == is_over


@pytest.mark.parametrize(("until", "verdict"), [(40, "not selective"), (41, "selective")])
def test_what_lasted_three_weeks_is_told_as_a_fault_after_its_end(until, verdict):
    """A shorter burst is not, as it may have been an accident."""
    row = only_row(*clean(), *failing(since=20, until=until))
    assert row["verdict"] == verdict
    assert row["over_since"] == pd.Timestamp("2026-07-01") + dt.timedelta(until)


def test_a_fault_of_months_that_was_mended_keeps_its_cause():
    """The comparison is about the days of the fault, and the sentence says that it is over."""
    row = only_row(*clean(days=120), *failing(since=30, until=80, days=120))
    assert (row["verdict"], row["points_to"]) == ("selective", "cname-mx")
    assert (row["failing_days"], row["active_days"]) == (50, 50)
    assert row["explanation"] == (
        "If Google's sessions failed as often as Microsoft's (95.0 %), we would have seen about"
        " 4,750 failures; we saw 0. It began on 2026-07-31. Its last failure was on 2026-09-18, so"
        " it is over: all its sessions after that succeeded, until 2026-10-28."
    )


def test_clean_days_that_chance_gives_do_not_end_a_fault():
    """It fails on one day of four, so that ten clean days come by chance."""
    reports = [
        report(
            policy(0, 40, failure(40, MISMATCH)) if day < 50 and day % 4 == 0 else policy(40),
            reporter="Microsoft",
            day=day,
        )
        for day in range(59)
    ]
    assert only_row(*clean(), *reports)["verdict"] == "selective"


def test_a_fault_of_two_days_is_too_little_data():
    """It may be over tomorrow."""
    row = only_row(*clean(days=2), *failing(days=2))
    assert row["verdict"] == "too little data"
    assert "3 days with failures are needed, and it has 2" in row["explanation"]


def test_a_reporter_alone_is_too_little_data():
    """There is nobody to compare it with."""
    row = only_row(*failing())
    assert row["verdict"] == "too little data"
    assert "no other reporter" in row["explanation"]


def test_a_few_bad_days_are_not_selective():
    """A policy that could not be fetched on two days of sixty is no steady fault."""
    reports = [
        report(
            policy(0, 40, failure(40, "sts-policy-fetch-error")) if day in {7, 29} else policy(40),
            reporter="Microsoft",
            day=day,
        )
        for day in range(60)
    ]
    row = only_row(*clean(), *reports)
    assert row["verdict"] == "not selective"


def test_a_reporter_that_reports_only_failures_is_too_little_data():
    """Of mox's other days nothing is known, so its share has no denominator."""
    rare = [
        report(policy(1, 1, failure(1)), reporter="harbor.example", day=day)
        for day in range(0, 60, 5)
    ]
    row = only_row(*clean(), *rare)
    assert row["verdict"] == "too little data"
    assert "it reports on few days, each time with failures" in row["explanation"]


def test_a_reporter_of_failures_only_is_not_clean_on_its_other_days():
    """It fails otherwise on every later day that it reports, which are few."""
    first = [
        report(policy(0, 2, failure(2, "dane-required")), reporter="mox", day=day)
        for day in range(30)
    ]
    later = [report(policy(0, 2, failure(2)), reporter="mox", day=day) for day in range(36, 120, 7)]
    verdicts = by_cause(*clean(days=120), *first, *later)
    assert set(verdicts.values()) == {"too little data"}


def test_a_shared_fault_that_was_mended_is_said_to_be_over():
    """For all."""
    rows = selective_failures(tables(*failing("Google", until=40), *failing(until=40)))
    assert rows["explanation"].iloc[0] == (
        "Google failed in 95.0 % of its sessions from 2026-07-01 to 2026-08-09, and so did others:"
        " Microsoft failed in 95.0 %; it is over: all its sessions after that succeeded, until"
        " 2026-08-29."
    )


def test_policy_types_are_compared_apart():
    """Who fails under tlsa is not compared with who passes under sts."""
    under_tlsa = month(
        policy(2, 38, failure(38, "tlsa-invalid"), policy_type="tlsa"), reporter="Microsoft"
    )
    row = only_row(*clean(), *under_tlsa)
    assert (row["policy_type"], row["verdict"]) == ("tlsa", "too little data")


def test_the_row_names_the_host_and_type_of_most_failures():
    """As reports give them; missing where they do not."""
    named = only_row(*clean(), *failing(host="mx1.example.com"))
    unnamed = only_row(*clean(), *failing())
    assert named["receiving_mx_hostname"] == "mx1.example.com"
    assert pd.isna(unnamed["receiving_mx_hostname"])
    assert unnamed["result_type"] == MISMATCH


def test_failures_without_a_policy_domain_keep_their_type_and_host():
    """A missing domain is a value of its own, and its details are found."""
    kind = "certificate-expired"
    result = policy(2, 38, failure(38, kind, "mx1.example.com"), domain=None)
    row = only_row(*month(result, reporter="Microsoft"))
    assert pd.isna(row["policy_domain"])
    assert (row["result_type"], row["receiving_mx_hostname"]) == (kind, "mx1.example.com")


def test_the_order_of_reports_does_not_matter():
    """The same rows, whichever file came first."""
    others = [one for name in ("Mail.ru", "Yahoo") for one in clean(name, sessions=37)]
    reports = [*clean(sessions=71), *others, *failing(since=30, days=59)]
    forward, backward = (
        selective_failures(tables(*reports)),
        selective_failures(tables(*reversed(reports))),
    )
    pd.testing.assert_frame_equal(forward, backward, check_exact=True)


def by_cause(*reports):
    """Return the verdict of each reporter and cause."""
    rows = selective_failures(tables(*reports))
    keys = zip(rows["failing_reporter"], rows["result_type"], strict=True)
    return dict(zip(keys, rows["verdict"], strict=True))


def test_a_shared_fault_does_not_hide_an_own_one():
    """Both meet missing STARTTLS, and only Microsoft an untrusted certificate."""
    shared, own = "starttls-not-supported", "certificate-not-trusted"
    verdicts = by_cause(
        *month(policy(80, 20, failure(20, shared)), days=60),
        *month(
            policy(50, 50, failure(20, shared), failure(30, own)), reporter="Microsoft", days=60
        ),
    )
    assert verdicts == {
        ("Google", shared): "not selective",
        ("Microsoft", shared): "not selective",
        ("Microsoft", own): "selective",
    }


def test_one_fault_by_two_names_is_not_selective():
    """Google's validation-failure may be the certificate that Microsoft calls expired."""
    verdicts = by_cause(
        *month(policy(80, 20, failure(20, MISMATCH)), days=60),
        *month(policy(78, 22, failure(22, "certificate-expired")), reporter="Microsoft", days=60),
    )
    assert set(verdicts.values()) == {"not selective"}


def test_failures_without_a_type_may_be_the_same():
    """A reporter that gives no details is not clean of anything."""
    verdicts = by_cause(*month(policy(80, 20), days=60), *failing(result_type="dane-required"))
    assert verdicts["Microsoft", "dane-required"] == "not selective"


def test_the_same_failure_at_another_host_leaves_a_reporter_clean():
    """Google meets it at the second MX host, and Microsoft at the first."""
    verdicts = by_cause(
        *month(policy(60, 40, failure(40, MISMATCH, "mx2.example.com")), days=60),
        *month(
            policy(60, 40, failure(40, MISMATCH, "mx1.example.com")), reporter="Microsoft", days=60
        ),
    )
    assert set(verdicts.values()) == {"selective"}


TWO_HOSTS = ["mx1.example.com", "mx2.example.com"]


def of_two(reporter, *details, failed=None, days=60):
    """Return days of 100 sessions about a domain with two MX hosts."""
    failed = sum(detail.failed_session_count for detail in details) if failed is None else failed
    return month(policy(100 - failed, failed, *details, mx=TWO_HOSTS), reporter=reporter, days=days)


def at(host, count, result_type="certificate-host-mismatch", **others):
    """Return the failures at one of two MX hosts."""
    return failure(count, result_type, f"mx{host}.example.com", **others)


def test_a_shared_fault_at_another_host_does_not_hide_an_own_one_of_the_same_type():
    """All meet a wrong name at the second host, and Microsoft an alias at the first as well."""
    rows = selective_failures(
        tables(*of_two("Google", at(2, 40)), *of_two("Microsoft", at(1, 50), at(2, 40)))
    )
    found = rows[rows["verdict"] == "selective"]
    assert found[
        ["failing_reporter", "receiving_mx_hostname", "points_to"]
    ].to_numpy().tolist() == [["Microsoft", "mx1.example.com", "cname-mx"]]
    assert found["failing_share"].tolist() == [0.5]
    assert "as often as Microsoft's at mx1.example.com (50.0 %)" in found["explanation"].iloc[0]
    assert len(rows) == 3


def test_a_host_has_no_row_of_its_own_where_the_type_is_selective_as_a_whole():
    """Google is clean at both hosts."""
    rows = selective_failures(tables(*of_two("Google"), *of_two("Microsoft", at(1, 50), at(2, 40))))
    assert rows[["failing_reporter", "verdict"]].to_numpy().tolist() == [["Microsoft", "selective"]]


def test_a_failure_without_a_host_may_be_at_any():
    """Google names none, so nobody knows that it is clean of the first host."""
    rows = selective_failures(
        tables(
            *of_two("Google", failure(40, "certificate-host-mismatch")),
            *of_two("Microsoft", at(1, 50), at(2, 40)),
        )
    )
    assert set(rows["verdict"]) == {"not selective"}


def test_a_mismatch_that_microsoft_reports_without_a_host_hides_no_alias():
    """The policy lists no third host, and all fail there; Microsoft fails at the first as well."""
    unlisted = failure(30, MISMATCH, reason="MX_HOSTS_MISMATCH")
    rows = selective_failures(
        tables(
            *of_two("Google", at(3, 30, MISMATCH)),
            *of_two("Microsoft", at(1, 50, MISMATCH), unlisted),
        )
    )
    found = rows[rows["verdict"] == "selective"]
    assert found[
        ["failing_reporter", "receiving_mx_hostname", "points_to"]
    ].to_numpy().tolist() == [["Microsoft", "mx1.example.com", "cname-mx"]]


def test_a_fault_that_another_meets_by_the_same_name_points_to_no_alias():
    """Google is clean as it prefers the first host; Yahoo and Microsoft fail at the second."""
    rows = selective_failures(
        tables(*of_two("Google"), *of_two("Microsoft", at(2, 50)), *of_two("Yahoo", at(2, 40)))
    )
    assert set(rows["verdict"]) == {"selective"}
    assert "cname-mx" not in set(rows["points_to"])


def test_an_alias_is_seen_beside_missing_starttls_at_the_same_host():
    """Microsoft has a name for missing STARTTLS, so its validation-failure is something else."""
    rows = selective_failures(
        tables(
            *of_two("Google", at(2, 30, "starttls-not-supported")),
            *of_two("Microsoft", at(2, 50, MISMATCH)),
        )
    )
    found = rows.set_index("failing_reporter").loc["Microsoft"]
    assert (found["verdict"], found["points_to"]) == ("selective", "cname-mx")


def test_an_alias_is_seen_where_google_hardly_ever_meets_the_shared_fault():
    """All others meet a wrong name at the second host; Google prefers the first."""
    rows = selective_failures(
        tables(
            *of_two("Google", at(2, 1)),
            *of_two("Microsoft", at(1, 40), at(2, 40)),
            *of_two("Yahoo", at(2, 40)),
        )
    )
    found = rows[rows["points_to"] == "cname-mx"]
    assert found[["failing_reporter", "receiving_mx_hostname"]].to_numpy().tolist() == [
        ["Microsoft", "mx1.example.com"]
    ]


def test_a_favourite_host_makes_no_other_fault_of_another_name():
    """Of a fault at the second host Google sees a half, and Mail.ru, which prefers the first, less."""
    rows = selective_failures(
        tables(
            *of_two("Google", at(2, 50, "certificate-expired")),
            *of_two("Mail.ru", at(2, 20, MISMATCH)),
        )
    )
    assert set(rows["verdict"]) == {"not selective"}


def test_what_a_reporter_gives_no_details_of_may_be_what_it_gives_details_of():
    """One gives details of half of its failures, and prefers the host at fault."""
    expired = "certificate-expired"
    rows = selective_failures(
        tables(
            *of_two("Google", at(2, 15, expired)),
            *of_two("letters.example", at(2, 45, expired), failed=90),
        )
    )
    assert set(rows["verdict"]) == {"not selective"}


def test_a_second_type_of_the_same_sessions_is_compared_with_all_failures():
    """Mail.ru lists an expired certificate as a validation-failure as well, and has more of it."""
    expired = [at(2, 70, kind) for kind in ("certificate-expired", MISMATCH)]
    rows = selective_failures(
        tables(
            *of_two("Google", at(2, 20, "certificate-expired")),
            *of_two("Mail.ru", *expired, failed=70),
        )
    )
    assert set(rows["verdict"]) == {"not selective"}


def test_reporters_under_another_policy_text_are_not_compared():
    """Microsoft still applies the old policy, and nobody else does."""
    old = policy(2, 38, failure(38, MISMATCH), mx=["old.example.com"])
    row = only_row(*clean(), *month(old, reporter="Microsoft", days=60))
    assert row["verdict"] == "too little data"
    assert "saw another policy text" in row["explanation"]


def test_days_of_a_text_in_common_are_enough():
    """The policy changes for both, for Microsoft ten days later, and its fault goes on."""
    old, new = ["mx1.example.com"], ["mx1.example.com", "mx2.example.com"]
    google = [report(policy(100, mx=old if day < 30 else new), day=day) for day in range(60)]
    microsoft = [
        report(
            policy(2, 38, failure(38, MISMATCH), mx=old if day < 40 else new),
            reporter="Microsoft",
            day=day,
        )
        for day in range(60)
    ]
    row = only_row(*google, *microsoft)
    assert row["verdict"] == "selective"
    assert row["expected_in_clean"] == pytest.approx(0.95 * 100 * 60)


def test_the_share_is_that_under_the_texts_in_common():
    """Microsoft fails under the old policy only, under which Google had few sessions."""
    old, new = ["old.example.com"], ["mx1.example.com"]
    google = [report(policy(100, mx=new), policy(1, mx=old), day=day) for day in range(60)]
    microsoft = [
        report(
            policy(50, mx=new),
            policy(2, 38, failure(38, MISMATCH), mx=old),
            reporter="Microsoft",
            day=day,
        )
        for day in range(60)
    ]
    row = only_row(*google, *microsoft)
    assert row["expected_in_clean"] == pytest.approx(0.95 * 60)


def test_a_text_that_is_not_told_is_that_of_the_day():
    """Where the fetch fails there is no policy text to tell."""
    kind = "sts-policy-fetch-error"
    fetch = [
        report(policy(0, 38, failure(38, kind), mode=None), reporter="Microsoft", day=day)
        for day in range(60)
    ]
    row = only_row(*clean(), *fetch)
    assert (row["verdict"], row["points_to"]) == ("selective", "policy-fetch-selective")


def test_order_and_case_of_mx_lines_make_no_other_text():
    """Nor does anything but the mode and the patterns."""
    names = ["mx1.example.com", "MX2.example.com"]
    google = month(policy(100, mx=names), days=60)
    under = policy(2, 38, failure(38, MISMATCH), mx=[name.lower() for name in reversed(names)])
    row = only_row(*google, *month(under, reporter="Microsoft", days=60))
    assert row["verdict"] == "selective"


def test_many_rare_faults_of_a_small_sender_are_one_row():
    """None of them shows on a fifth of the days, and together they are the sender's own."""
    kinds = [
        *("certificate-expired", "certificate-not-trusted", "starttls-not-supported"),
        *("certificate-host-mismatch", "validation-failure", "tls-odd"),
    ]
    own = [
        report(policy(88, 12, failure(12, kinds[day % 6])), reporter="harbor.example", day=day)
        for day in range(60)
    ]
    rows = selective_failures(tables(*month(policy(3000), days=60), *own))
    found = rows[rows["verdict"] == "selective"]
    assert found["result_type"].isna().tolist() == [True]
    assert "as often as harbor.example's (12.0 %)" in found["explanation"].iloc[0]
    assert found["points_to"].tolist() == ["sender-side"]


def test_failures_without_a_type_beside_others_are_called_so():
    """Half of Microsoft's details give no result type."""
    result = policy(40, 60, failure(30, None), failure(30, UNTRUSTED))
    rows = selective_failures(tables(*clean(), *month(result, reporter="Microsoft", days=60)))
    untyped = rows[rows["result_type"].isna()]["explanation"].tolist()
    assert [text[:70] for text in untyped] == [
        "If Google's sessions failed as often as Microsoft's without a result t"
    ]


def detailed(*details, reporter="Microsoft", days=60):
    """Return days of which two of five sessions fail, with the details given."""
    return month(policy(24, 16, *details), reporter=reporter, days=days)


UNTRUSTED, HOST_MISMATCH = "certificate-not-trusted", "certificate-host-mismatch"
SIGNATURES = {
    "ipv6-only": FailureDetails(UNTRUSTED, receiving_ip="2001:db8::25", failed_session_count=16),
    "one-backend": FailureDetails(
        UNTRUSTED,
        receiving_mx_hostname="mx1.example.com",
        receiving_ip="192.0.2.7",
        failed_session_count=16,
    ),
    "incomplete-chain": failure(16, UNTRUSTED),
    "sni-dependent-certificate": failure(16, HOST_MISMATCH, "mx1.example.com"),
    "selective-starttls": failure(16, "starttls-not-supported"),
    "timeouts": FailureDetails(
        MISMATCH, failure_reason_code="io-timeout-during-handshake", failed_session_count=16
    ),
    "tls-parameters": FailureDetails(
        MISMATCH, failure_reason_code="tls-remote-alert-70", failed_session_count=16
    ),
    "mx-mismatch": failure(16, MISMATCH, "mx9.example.com"),
    "policy-certificate": failure(16, "sts-webpki-invalid"),
}


@pytest.mark.parametrize("code", SIGNATURES)
def test_each_signature_points_to_its_cause(code):
    """With the command that would confirm it."""
    row = only_row(*clean(), *detailed(SIGNATURES[code], reporter="Mail.ru"))
    assert (row["verdict"], row["points_to"]) == ("selective", code)
    assert "example.com" in row["confirm"] or "MX-HOST" in row["confirm"]


def test_a_small_sender_that_fails_in_three_ways_is_itself_at_fault():
    """Each of its rows says so."""
    kinds = ["certificate-expired", UNTRUSTED, "starttls-not-supported"]
    own = policy(40, 60, *(failure(20, kind) for kind in kinds))
    google = month(policy(3000), days=60)
    rows = selective_failures(tables(*google, *month(own, reporter="harbor.example", days=60)))
    assert rows["points_to"].tolist() == ["sender-side"] * 3


def test_what_is_not_selective_points_to_nothing():
    """And asks for no command."""
    rows = selective_failures(tables(*failing("Google"), *failing()))
    assert rows[["points_to", "confirm"]].isna().all(axis=None)


def test_sessions_that_fail_otherwise_are_no_sign_of_being_clean():
    """Google fails before it could meet the certificate of which Microsoft complains."""
    first = month(policy(1, 99, failure(99, "starttls-not-supported")), days=60)
    row = selective_failures(tables(*first, *failing(result_type=UNTRUSTED))).iloc[-1]
    assert row["expected_in_clean"] == pytest.approx(0.95 * 60)


def test_a_large_reporter_whose_sessions_all_fail_otherwise_tells_nothing():
    """It was never asked, so it is neither clean nor failing."""
    first = month(policy(0, 20_000, failure(20_000, "starttls-not-supported")), days=60)
    rows = selective_failures(tables(*first, *failing(result_type=UNTRUSTED)))
    assert rows.set_index("failing_reporter").loc["Microsoft", "verdict"] == "too little data"


def test_a_type_outside_the_registry_may_be_what_has_no_name():
    """Google's own word and Microsoft's catch-all may be one fault, and so say neither."""
    verdicts = by_cause(
        *month(policy(80, 20, failure(20, "tls-odd")), days=60),
        *month(policy(78, 22, failure(22, MISMATCH)), reporter="Microsoft", days=60),
    )
    assert set(verdicts.values()) == {"not selective"}


def test_a_type_that_no_signature_knows_points_to_nothing():
    """It is selective all the same."""
    row = only_row(*clean(), *failing(result_type="tls-odd"))
    assert row["verdict"] == "selective"
    assert pd.isna(row["points_to"])


def test_no_failures_give_no_rows():
    """Healthy months, or none at all."""
    assert selective_failures(tables(*clean())).empty
    assert selective_failures(empty_tables()).empty
