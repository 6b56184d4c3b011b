"""What the other sessions say: one of several servers, or one of several hosts, may be at fault."""

import pytest
from support.made_reports import failure, month, policy, tables

from tlsrpt_analysis import diagnose, selective_failures

MX, BACKUP = "mx1.example.com", "mx2.example.com"
NO_TLS, MISMATCH = "starttls-not-supported", "certificate-host-mismatch"
EXPIRED, UNTRUSTED = "certificate-expired", "certificate-not-trusted"
SOME = "perhaps only one of several servers behind it is at fault (one-backend)"


@pytest.mark.parametrize("result_type", [EXPIRED, MISMATCH, UNTRUSTED])
@pytest.mark.parametrize(("successes", "is_said"), [(80, True), (0, False)])
def test_a_certificate_that_only_some_sessions_meet_may_be_of_one_server(
    result_type, successes, is_said
):
    """Every session meets the certificate of the only server."""
    result = policy(successes, 20, failure(20, result_type, MX))
    reports = [*month(result), *month(result, reporter="Microsoft")]
    (row,) = diagnose(tables(*reports)).to_dict("records")

    assert (SOME in row["evidence"]) == is_said
    assert "No sender" not in row["title"]
    assert ("no reporter is known" in row["evidence"]) == (result_type == UNTRUSTED and not is_said)


def test_with_several_hosts_the_others_may_have_taken_the_rest():
    """So nothing is said about servers behind one of them."""
    result = policy(80, 20, failure(20, EXPIRED, MX), mx=(MX, BACKUP))
    (row,) = diagnose(tables(*month(result))).to_dict("records")

    assert SOME not in row["evidence"]


@pytest.mark.parametrize(
    ("result_type", "failed", "cause"),
    [
        (NO_TLS, 24, "starttls-missing"),
        (NO_TLS, 25, "selective-starttls"),
        (MISMATCH, 24, "certificate-host-mismatch"),
        (MISMATCH, 25, "sni-dependent-certificate"),
    ],
)
def test_a_backup_that_one_sender_meets_rarely_is_not_selective(result_type, failed, cause):
    """The clean ones may never have used it; the comparison and the cause say the same."""
    result = policy(100 - failed, failed, failure(failed, result_type, BACKUP), mx=(MX, BACKUP))
    reports = [*month(result), *month(policy(200, mx=(MX, BACKUP)), reporter="Microsoft")]
    given = tables(*reports)

    assert diagnose(given)["cause"].tolist() == [cause]
    assert selective_failures(given)["points_to"].tolist() == [cause]


def test_other_failures_of_the_same_type_are_not_the_same_fault():
    """Who meets a host that the policy lacks has not met a proxy that replaces certificates."""
    reason = "self-signed certificate in certificate chain"
    lists = (MX, BACKUP)
    large = policy(500, 100, failure(100, "validation-failure", "mx3.example.com"), mx=lists)
    small = policy(0, 6, failure(6, "validation-failure", MX, reason=reason), mx=lists)
    found = diagnose(tables(*month(large), *month(small, reporter="small.example")))

    assert found["cause"].tolist() == ["mx-mismatch", "sender-tls-inspection"]
