"""The suggested policy covers every MX host, and is a policy."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import domains

from tlsrpt_analysis import PolicyError, suggest_policy
from tlsrpt_analysis.standards.mail_providers import PROVIDERS
from tlsrpt_analysis.standards.mta_sts import parse_policy

provider_hosts = st.sampled_from([one.pattern.replace("*", "tenant-1") for one in PROVIDERS])


@given(st.lists(domains | provider_hosts | domains.map("x.b-v1.mx.microsoft{}".format), min_size=1))
def test_every_host_in_use_is_covered(hosts: list[str]) -> None:
    """It never drops one, and what it suggests can be served."""
    policy = suggest_policy(hosts)

    assert all(policy.covers(host) for host in hosts)
    assert parse_policy(str(policy)) == policy
    assert len(policy.mx) <= len(set(hosts))


def test_wildcards_come_from_the_table_only() -> None:
    """Twenty hosts of one domain may be covered by one wildcard, but nobody knows who else is below it."""
    policy = suggest_policy(["mx1.example.com", "MX2.Example.com.", "mxa-1.gslb.pphosted.com"])

    assert policy.mx == ("mx1.example.com", "mx2.example.com", "mxa-1.gslb.pphosted.com")


def test_both_families_of_google_are_covered() -> None:
    """The bare name is not covered by its own wildcard."""
    hosts = ["smtp.google.com", "aspmx.l.google.com", "alt1.aspmx.l.google.com"]

    assert suggest_policy(hosts).mx == (
        "*.aspmx.l.google.com",
        "aspmx.l.google.com",
        "smtp.google.com",
    )
    assert "*.googlemail.com" in suggest_policy([*hosts, "aspmx2.googlemail.com"]).mx


@pytest.mark.parametrize("hosts", [[], "", ["mx_1.example.com"], ["mx1.example.com", "-"]])
def test_what_no_policy_can_name_is_told(hosts: list[str]) -> None:
    """Silently leaving it out would lose its mail."""
    with pytest.raises(PolicyError, match="no policy can name these MX hosts"):
        suggest_policy(hosts)


@pytest.mark.parametrize(("mode", "max_age"), [("enforced", 1), ("testing", -1), ("none", 10**9)])
def test_a_policy_that_breaks_the_grammar_is_refused(mode: str, max_age: int) -> None:
    """Before somebody serves it."""
    with pytest.raises(PolicyError, match="mode must be one of"):
        suggest_policy("mx1.example.com", mode=mode, max_age=max_age)
