"""The one table of organisations, and who is found in it."""

from collections import Counter

import pytest

from tlsrpt_analysis.standards.organizations import (
    ORGANIZATIONS,
    organization_of_contact,
    organization_of_host,
)


def _name(domain: str, *, is_host: bool) -> str | None:
    known = (organization_of_host if is_host else organization_of_contact)(domain)
    return None if known is None else known.name


@pytest.mark.parametrize(
    ("domain", "contact", "host"),
    [
        ("google.com", "Google", "Google"),
        ("mail-f41.google.com", "Google", "Google"),
        ("x.outbound.protection.outlook.com", None, "Microsoft"),  # no contact has this domain
        ("fmx1.mail.ru", "Mail.ru", "Mail.ru"),
        ("mout.web.de", "WEB.DE", "WEB.DE"),
        ("evil-google.com", None, None),
        ("google.com.evil.example", None, None),
        ("com", None, None),
        ("unknown", None, None),
        ("", None, None),
    ],
)
def test_an_organisation_is_found_by_its_domains_and_all_below(
    domain: str, contact: str | None, host: str | None
) -> None:
    """A domain that only looks alike belongs to nobody."""
    assert _name(domain, is_host=False) == contact
    assert _name(domain, is_host=True) == host


def test_no_name_and_no_domain_stands_twice() -> None:
    """Or one organisation would hide another."""
    names = [known.name for known in ORGANIZATIONS]
    domains = [
        domain for known in ORGANIZATIONS for domain in (*known.domains, *known.sending_domains)
    ]
    patterns = [provider.pattern for known in ORGANIZATIONS for provider in known.mx]

    for values in (names, domains, patterns):
        assert [value for value, count in Counter(values).items() if count > 1] == []


def test_who_sends_reports_has_names_and_evidence() -> None:
    """And who is known only by its MX hosts has neither domains nor names."""
    for known in ORGANIZATIONS:
        assert bool(known.domains) == bool(known.names) == bool(known.evidence)
        assert known.domains or known.mx


def test_a_webmail_is_not_the_only_domain_of_its_organisation() -> None:
    """Or nobody could speak for it."""
    for known in ORGANIZATIONS:
        assert set(known.webmail) <= set(known.domains)
        assert not known.domains or set(known.domains) - set(known.webmail)
