"""Who sent a report: one name for each sender, and no false one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tlsrpt_analysis.intake.reporters import LONGEST_NAME, canonical_reporter, is_covered_by
from tlsrpt_analysis.standards.organizations import ORGANIZATIONS, Organization

REPORTERS = [known for known in ORGANIZATIONS if known.domains]
FULL_WIDTH = "".join(chr(ord(letter) + 0xFEE0) for letter in "Google")

CASES = [
    ("Google Inc.", "smtp-tls-reporting@google.com", "Google"),
    ("Google LLC", "smtp-tls-reporting@GOOGLE.com.", "Google"),
    ("Microsoft Corporation", "tlsrpt-noreply@microsoft.com", "Microsoft"),
    ("Mail.ru", "postmaster@corp.mail.ru", "Mail.ru"),
    ("Anything", "a@reports.google.com", "Google"),  # below a known domain
    (None, "mailto:a@google.com", "Google"),
    ("", "TLS reports <a@google.com>", "Google"),
    ("google inc", None, "Google"),  # no contact: by name, in any spelling
    ("GOOGLE, INC.", "", "Google"),
    ("Google Fake GmbH", None, "Google Fake GmbH"),  # not the whole name
    ("Google Inc.", "a@evil.example", "Google Inc. (evil.example)"),
    ("Google", "a@google.com.evil.example", "Google (google.com.evil.example)"),
    ("Google", "a@notgoogle.com", "Google (notgoogle.com)"),
    ("Google Security", "a@evil.example", "Google Security (evil.example)"),
    (FULL_WIDTH, "a@evil.example", f"{FULL_WIDTH} (evil.example)"),
    ("Google", "a@google.com b@evil.example", "Google (a@google.com b@evil.example)"),
    ("Google", "see our site", "Google (see our site)"),
    ("Googleplex Ltd", "a@plex.example", "Googleplex Ltd"),
    ("Example  Mail\r\n\tGmbH ", "a@mail.example", "Example Mail GmbH"),
    ("a\x1b[31m\x00\u202eb", "a@mail.example", "a[31mb"),
    ("Bücher", "a@bücher.example", "Bücher"),
    ("x" * 80, "a@mail.example", "x" * 80),
    ("x" * 81, "a@mail.example", "x" * 79 + "…"),
    ("x" * 100, "a@mail.example", "x" * (LONGEST_NAME - 1) + "…"),
    ("x" * 10_000_000, None, "x" * (LONGEST_NAME - 1) + "…"),
    (None, "a@mail.example", "mail.example"),
    (None, "google", "(not given) (google)"),
    (None, None, "(not given)"),
    (" ", "\n", "(not given)"),
]


@pytest.mark.parametrize(("organization_name", "contact_info", "reporter"), CASES)
def test_a_sender_has_one_name(
    organization_name: str | None, contact_info: str | None, reporter: str
) -> None:
    """Found from the contact domain first, then the name."""
    assert canonical_reporter(organization_name, contact_info) == reporter


@given(st.text(), st.text().map("a@{}.example".format))
def test_no_name_from_elsewhere_is_that_of_a_known_organization(name: str, contact: str) -> None:
    """Otherwise a forged report would be merged with Google's."""
    assert canonical_reporter(name, contact) not in {known.name for known in REPORTERS}


@pytest.mark.parametrize("known", REPORTERS, ids=lambda known: known.name)
def test_each_known_organization_is_found_by_its_domains_and_names(known: Organization) -> None:
    """The table is right about itself."""
    for domain in known.domains:
        assert canonical_reporter("x", f"a@{domain}") == known.name
    for name in known.names:
        assert canonical_reporter(name, None) == known.name


@pytest.mark.parametrize(
    ("organization_name", "signer", "reporter"),
    [
        ("Google Inc.", "evil.example", "Google Inc. (evil.example)"),
        (None, "evil.example", "evil.example"),
        ("Acme", "google.com", "Google"),
        ("Acme", "acme.example", "Acme"),
        ("Yahoo Inc.", "yahooinc.com", "Yahoo"),
        ("Yahoo Inc.", "yahoo.com", "Yahoo Inc. (yahoo.com)"),
        (None, "yahoo.com", "(not given) (yahoo.com)"),
    ],
)
def test_a_proven_signer_names_the_reporter(
    organization_name: str | None, signer: str, reporter: str
) -> None:
    """Whatever the contact is, and if there is none; users of a webmail prove no company."""
    for contact in (None, "unreadable", f"a@{signer}"):
        name = canonical_reporter(organization_name, contact, authenticated_domain=signer)
        assert name == reporter


@pytest.mark.parametrize(
    ("claimed", "signer", "covered"),
    [
        ("yahooinc.com", "yahoo.com", False),  # anybody can have an address there
        ("yahoo.com", "yahooinc.com", True),
        ("yahoo.com", "yahoo.com", True),
        ("corp.mail.ru", "mail.ru", True),  # its parent
        ("proton.ch", "proton.me", False),
        ("fastmailteam.com", "fastmail.com", False),
    ],
)
def test_a_webmail_does_not_speak_for_its_company(
    claimed: str, signer: str, *, covered: bool
) -> None:
    """Only the company for the webmail."""
    assert is_covered_by(claimed, signer) == covered
