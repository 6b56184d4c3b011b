"""One host behind many domains has one row."""

import pandas as pd
from support.made_reports import failure, month, policy, tables

from tlsrpt_analysis import causes_by_host, diagnose

SHARED, OWN = "mx1.host.example", "mx.own.example"
COUNT = 143


def of_domain(number, result_type="certificate-expired", host=SHARED):
    """Return a policy result of one of many domains."""
    detail = failure(2, result_type, host)
    return policy(18, 2, detail, domain=f"d{number:03}.example", mx=[host])


def provider(count=COUNT):
    """Return reports about many domains behind one host, and one with a host of its own."""
    results = [of_domain(number) for number in range(count)]
    own = of_domain(999, "starttls-not-supported", OWN)
    return tables(*month(*results, own, days=3))


def test_143_domains_behind_one_host_are_one_row():
    """It says so, and names those with the most failures."""
    causes = diagnose(provider())
    assert len(causes) == COUNT + 1
    first, second = causes_by_host(causes).to_dict("records")
    assert first["headline"] == "mx1.host.example: 143 domains"
    assert (first["cause"], first["domain_count"]) == ("certificate-expired", COUNT)
    assert first["failed_session_count"] == COUNT * 3 * 2
    assert first["policy_domains"].startswith("d000.example, d001.example")
    assert first["policy_domains"].endswith("and 138 more")
    assert first["cure"] == f"renew the certificate of {SHARED}, and reload the server"
    assert (second["headline"], second["responsible"]) == ("mx.own.example: 1 domain", "you")


def test_reports_and_their_causes_give_the_same_rows():
    """Nothing is lost on the way."""
    given = provider(5)
    pd.testing.assert_frame_equal(causes_by_host(given), causes_by_host(diagnose(given)))


def test_failures_without_a_host_are_left_out():
    """They are in no host's row."""
    detail = failure(2, "sts-policy-fetch-error")
    assert causes_by_host(tables(*month(policy(0, 2, detail, mode=None)))).empty
