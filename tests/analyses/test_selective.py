"""One reporter fails where others do not."""

import datetime as dt

import pytest
from made_reports import failure, month, policy, report, tables

from tlsrpt_analysis import selective_failures
from tlsrpt_analysis.tables import empty_tables

MISMATCH = "validation-failure"


def clean(reporter="Google", *, sessions=100, days=60):
    """Give months without a failure."""
    return month(policy(sessions), reporter=reporter, days=days)


def failing(reporter="Microsoft", *, since=0, until=60, days=60, result_type=MISMATCH, host=None):
    """Give days of which those from one on and before another fail wholly."""
    return [
        report(
            policy(2, 38, failure(38, result_type, host)) if since <= day < until else policy(40),
            reporter=reporter,
            day=day,
        )
        for day in range(days)
    ]


def only_row(*reports):
    """Give the one row that is expected."""
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
    assert row["since_low"] == row["since_high"] == dt.date(2026, 7, 31)
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
    assert row["since_low"] == dt.date(2026, 8, 26)


def test_a_fault_that_is_over_is_said_to_be_over():
    """From which day to which, and who did not meet it."""
    row = only_row(*clean(), *clean("Mail.ru"), *failing(since=20, until=30))
    assert (row["verdict"], row["points_to"]) == ("not selective", None)
    assert row["clean_reporters"] == "Google, Mail.ru"
    assert row["explanation"] == (
        "Microsoft failed from 2026-07-21 to 2026-07-30, and Google and Mail.ru did not; it is"
        " over: all its sessions after that succeeded, until 2026-08-29."
    )


@pytest.mark.parametrize(("until", "verdict"), [(53, "selective"), (52, "not selective")])
def test_a_steady_fault_is_over_after_a_clean_week(until, verdict):
    """Seven days after the last failure, and not yet after six."""
    row = only_row(*clean(), *failing(since=20, until=until, days=59))
    assert row["verdict"] == verdict


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
    assert "it reported on 12 of 60 days, each time with failures" in row["explanation"]


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
    assert unnamed["receiving_mx_hostname"] is None
    assert unnamed["result_type"] == MISMATCH


def test_failures_without_a_policy_domain_keep_their_type_and_host():
    """A missing domain is a value of its own, and its details are found."""
    kind = "certificate-expired"
    result = policy(2, 38, failure(38, kind, "mx1.example.com"), domain=None)
    row = only_row(*month(result, reporter="Microsoft"))
    assert row["policy_domain"] is None
    assert (row["result_type"], row["receiving_mx_hostname"]) == (kind, "mx1.example.com")


def test_the_order_of_reports_does_not_matter():
    """The same rows, whichever file came first."""
    reports = [*clean(), *failing(since=30)]
    forward, backward = (
        selective_failures(tables(*reports)),
        selective_failures(tables(*reversed(reports))),
    )
    assert forward.equals(backward)


def test_no_failures_give_no_rows():
    """Healthy months, or none at all."""
    assert selective_failures(tables(*clean())).empty
    assert selective_failures(empty_tables()).empty
