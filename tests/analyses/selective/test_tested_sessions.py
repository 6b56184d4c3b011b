"""Selective failures count sessions that could have shown the fault, and reporters' habits as such."""

import pandas as pd
import pytest
from support.made_reports import failure, month, policy, report, tables

from tlsrpt_analysis import selective_failures

MX1, MX2 = "mx1.example.com", "mx2.example.com"
MISMATCH, STARTTLS, EXPIRED = "validation-failure", "starttls-not-supported", "certificate-expired"
FETCH = "sts-policy-fetch-error"
NO_POLICY = {"policy_type": "no-policy-found", "mode": None}


def rows_of(*reports):
    """Return the rows, by reporter and result type."""
    rows = selective_failures(tables(*reports))
    return rows.set_index(["failing_reporter", "result_type"])


def microsoft(*results, days=60):
    """Return months of Microsoft's reports."""
    return month(*results, reporter="Microsoft", days=days)


UNTESTED = {
    "no policy found": policy(60, **NO_POLICY),
    "mode none": policy(60, mode="none"),
    "policy not fetched": policy(0, 60, failure(60, FETCH), mode=None),
    "DANE only": policy(60, policy_type="tlsa"),
}


@pytest.mark.parametrize("result", UNTESTED.values(), ids=UNTESTED.keys())
def test_untested_sessions_are_in_no_share(result):
    """Neither of the failing reporter nor of the clean one."""
    failing = policy(10, 30, failure(30))
    alone = rows_of(*month(policy(100), days=60), *microsoft(failing))
    beside = rows_of(*month(policy(100), result, days=60), *microsoft(failing, result))
    one, other = (rows.drop(columns="explanation") for rows in (alone, beside))
    key = ("Microsoft", EXPIRED)
    pd.testing.assert_series_equal(one.loc[key], other.loc[key])


@pytest.mark.parametrize("result", UNTESTED.values(), ids=UNTESTED.keys())
def test_a_fault_is_not_over_on_days_on_which_nothing_was_tested(result):
    """Certificates were last looked at on the twentieth day."""
    tested = [
        report(policy(0, 30, failure(30)), reporter="Microsoft", day=day) for day in range(20)
    ]
    untested = [report(result, reporter="Microsoft", day=day) for day in range(20, 60)]
    row = rows_of(*month(policy(100), days=60), *tested, *untested).loc[("Microsoft", EXPIRED)]
    assert pd.isna(row["over_since"])
    assert (row["verdict"], row["failing_share"]) == ("selective", 1)


def test_a_fault_is_not_over_while_all_sessions_fail_earlier():
    """Without STARTTLS no certificate is looked at."""
    days = [
        report(policy(0, 30, failure(30, EXPIRED if day < 30 else STARTTLS)), day=day)
        for day in range(60)
    ]
    row = rows_of(*days).loc[("Google", EXPIRED)]
    assert pd.isna(row["over_since"])


def test_a_policy_that_one_sender_cannot_fetch_is_compared_with_all_who_looked_for_it():
    """Google fetches it, and a sender without a policy found looked for none."""
    fetch = policy(10, 30, failure(30, FETCH), mode=None)
    row = rows_of(*month(policy(100), days=60), *microsoft(fetch)).loc[("Microsoft", FETCH)]
    assert (row["verdict"], row["failing_share"]) == ("selective", 0.75)
    assert row["points_to"] == "policy-fetch-selective"
    others = rows_of(*month(policy(100, **NO_POLICY), days=60), *microsoft(fetch))
    assert others.loc[("Microsoft", FETCH), "verdict"] == "too little data"


def test_what_failed_without_a_policy_has_no_row():
    """Nothing was tested."""
    assert rows_of(*month(policy(9, 5, failure(5), **NO_POLICY))).empty
    assert rows_of(*month(policy(9, 5, failure(5), mode="none"))).empty


def test_dane_is_compared_by_its_own_sessions_and_says_so():
    """Its failures do not depend on the MTA-STS mode."""
    under = {"policy_type": "tlsa", "mode": None}
    failing = policy(2, 38, failure(38, "tlsa-invalid"), **under)
    row = rows_of(*month(policy(100, **under), days=60), *microsoft(failing)).iloc[0]
    assert (row["policy_type"], row["verdict"]) == ("tlsa", "selective")
    assert row["explanation"].endswith("Only sessions under DANE are compared.")


def test_a_session_that_is_listed_under_two_result_types_is_one_failure():
    """Mail.ru gives both names to what Google calls by one."""
    google = month(policy(80, 20, failure(20, STARTTLS, MX1)), days=60)
    twice = policy(80, 20, failure(20, STARTTLS, MX1), failure(20, EXPIRED, MX1))
    rows = rows_of(*google, *month(twice, reporter="Mail.ru", days=60))
    assert set(rows["verdict"]) == {"not selective"}
    assert "Google fails in 20.0 %" in rows.loc[("Mail.ru", EXPIRED), "explanation"]


def test_a_fault_under_two_names_of_one_reporter_alone_is_selective():
    """Google has none of it."""
    twice = policy(80, 20, failure(20, STARTTLS, MX1), failure(20, EXPIRED, MX1))
    rows = rows_of(*month(policy(100), days=60), *month(twice, reporter="Mail.ru", days=60))
    assert rows["verdict"].tolist() == ["selective"] * 2


def test_mox_is_not_clean_of_what_its_details_count_beside_the_totals():
    """Each of its reports names the fault."""
    beside = policy(20, 0, failure(10, MISMATCH, MX2, reason="mtasts-policy-mx-mismatch"))
    mox = month(beside, reporter="mox", days=60)
    rows = rows_of(*microsoft(policy(20, 20, failure(20, MISMATCH, MX2))), *mox)
    assert rows["verdict"].tolist() == ["not selective"] * 2
    assert rows.loc[("mox", MISMATCH), "failing_share"] == 0.5


def test_a_detail_without_a_count_that_stands_alone_is_all_that_failed():
    """A typical report names type and host, and leaves the count out."""
    row = rows_of(
        *month(policy(100), days=60), *microsoft(policy(58, 42, failure(None, EXPIRED, MX2)))
    )
    assert row["failing_share"].tolist() == [0.42]
    assert row["receiving_mx_hostname"].tolist() == [MX2]


def test_two_faults_at_two_hosts_do_not_hide_each_other():
    """An alias at the first MX host that only Microsoft minds, and no STARTTLS at the second."""
    shared = failure(50, STARTTLS, MX2)
    own = policy(0, 100, failure(50, MISMATCH, MX1), shared)
    rows = rows_of(*month(policy(50, 50, shared), days=60), *microsoft(own))
    assert rows.loc[("Microsoft", MISMATCH), "verdict"] == "selective"
    assert rows.loc[("Microsoft", MISMATCH), "points_to"] == "cname-mx"
    assert rows.loc[("Microsoft", STARTTLS), "verdict"] == "not selective"
    assert "Google fails in 50.0 %" in rows.loc[("Microsoft", STARTTLS), "explanation"]


def test_the_sentence_names_the_share_that_may_be_the_same_fault():
    """Google's own word for it is another one."""
    google = month(policy(50, 50, failure(50, STARTTLS)), days=60)
    rows = rows_of(*google, *microsoft(policy(50, 50, failure(50, MISMATCH))))
    assert rows.loc[("Microsoft", MISMATCH), "explanation"] == (
        "Microsoft fails in 50.0 % of its sessions, and so do others: Google fails in 50.0 % with"
        " result types that may mean the same fault."
    )


def test_an_onset_depends_on_its_own_reporter_and_domain():
    """Days of another domain, before and after, move neither end of it."""

    def since(*others):
        days = [
            report(policy(0, 1, failure(1)) if day > 23 else policy(1), day=day)
            for day in range(20, 28)
        ]
        return rows_of(*days, *others).loc[("Google", EXPIRED), ["since_low", "since_high"]]

    odd = policy(8, 1, failure(1), domain="other.example")
    other = [report(odd, reporter="Yahoo", day=day) for day in range(60)]
    alone = since().tolist()
    assert alone == since(*other).tolist()
    assert alone[0] <= pd.Timestamp("2026-07-25") <= alone[1]
