"""The providers' MX names, and the patterns that cover them."""

import pytest

from tlsrpt_analysis.standards.mail_providers import PROVIDERS, provider_of
from tlsrpt_analysis.standards.mta_sts import matches, parse_policy

KNOWN = [
    ("example-com.mail.protection.outlook.com", "*.mail.protection.outlook.com"),
    ("example-com.c-v1.mx.microsoft", "*.c-v1.mx.microsoft"),
    ("smtp.google.com", "smtp.google.com"),
    ("aspmx.l.google.com", "aspmx.l.google.com"),
    ("alt4.aspmx.l.google.com", "*.aspmx.l.google.com"),
    ("aspmx3.googlemail.com", "*.googlemail.com"),
    ("route1.mx.cloudflare.net", "*.mx.cloudflare.net"),
    ("mailsec.protonmail.ch", "mailsec.protonmail.ch"),
]


@pytest.mark.parametrize(("host", "pattern"), KNOWN)
def test_a_known_host_has_the_pattern_that_covers_it(host: str, pattern: str) -> None:
    """One label, and the right one."""
    provider = provider_of(host)

    assert provider is not None
    assert provider.pattern == pattern
    assert matches(provider.pattern, host)


@pytest.mark.parametrize("host", ["mx.microsoft", "mxa-1.gslb.pphosted.com.evil.example", "x.y"])
def test_other_hosts_are_of_no_provider(host: str) -> None:
    """A name that only looks alike gains nothing."""
    assert provider_of(host) is None


def test_every_pattern_is_one() -> None:
    """By the grammar of RFC 8461 §3.2, and with its source and grade."""
    for provider in PROVIDERS:
        policy = parse_policy(
            f"version: STSv1\nmode: testing\nmx: {provider.pattern}\nmax_age: 1\n"
        )
        assert policy.mx == (provider.pattern,)
        assert provider.grade in {"A", "B", "C"}
        assert provider.source
