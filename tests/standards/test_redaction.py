"""What a report keeps, and what it loses, when it is made ready to be shown."""

import json
import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tlsrpt_analysis.standards.mta_sts import matches
from tlsrpt_analysis.standards.redaction import Redaction


def test_the_same_name_becomes_the_same_word_everywhere():
    """In any case of letters, with or without the last dot."""
    redaction = Redaction()
    first = redaction.text("mx1.firma.de")
    assert first == "mx1.name1.example"
    assert redaction.text("mx1.firma.de. MX1.FIRMA.DE") == "mx1.name1.example. MX1.NAME1.example"
    assert redaction.text("mx1.firma.com") == "mx1.name2.example"


def test_a_wildcard_covers_what_it_covered():
    """Label by label."""
    redaction = Redaction()
    pattern, covered, deeper = (
        redaction.text(name) for name in ("*.firma.de", "berlin.firma.de", "a.berlin.firma.de")
    )
    assert matches(pattern, covered)
    assert not matches(pattern, deeper)


@pytest.mark.parametrize(
    ("text", "replaced"),
    [
        ("firma-de.mail.protection.outlook.com", "name1.mail.protection.outlook.com"),
        ("aspmx.l.google.com", "aspmx.l.google.com"),
        ("192.168.3.4:25", "192.0.2.1:25"),
        ("::ffff:198.51.100.9", "::ffff:192.0.2.1"),
        ("[2001:DB8:9::1]", "[2001:db8::1]"),
        ("mailto:anna@firma.de", "mailto:user1@name1.example"),
        ("bücher.de", "näme1.example"),
        ("2026-08-01T00:00:00Z_firma.de", "2026-08-01T00:00:00Z_name1.example"),
        ("https://mta-sts.firma.de/.well-known/", "https://mta-sts.name1.example/.well-known/"),
        ("/mta-sts.txt",) * 2,
        ("2026-08-01T00:00:00.000Z", "2026-08-01T00:00:00.000Z"),
        ("TLSv1.2 unable_to_get_local_issuer_certificate",) * 2,
    ],
)
def test_each_form_of_a_name(text, replaced):
    """Hosts, addresses and mailboxes, alone and within texts."""
    assert Redaction().text(text) == replaced


def test_a_fingerprint_keeps_its_length_only():
    """As it identifies the certificate."""
    digest = "0f" * 32
    kind, replaced = Redaction().text(f"3-1-1 {digest}").split()
    assert kind == "3-1-1"
    assert re.fullmatch(r"[0-9a-f]{64}", replaced)
    assert replaced != digest


def test_structure_outside_of_strings_stays():
    """Repeated keys, spaces, odd numbers, and JSON that ends too early."""
    broken = '{ "a" :1e3,"a": NaN, "policy-domain":\t"firma.de", "contact-info": "x@firma.d'
    assert Redaction().json_text(broken) == (
        '{ "a" :1e3,"a": NaN, "policy-domain":\t"name1.example", "contact-info": "user1@name2.example'
    )


def test_organizations_and_free_texts_are_numbered():
    """Except for the reporters that everybody knows."""
    text = json.dumps(
        [
            {"organization-name": "Firma AG", "additional-information": "https://firma/x?token=1"},
            {"organization_name": "Google Inc."},
            {"organization-name": "Firma AG"},
        ]
    )
    assert json.loads(Redaction().json_text(text)) == [
        {"organization-name": "Organization 1", "additional-information": "text 1"},
        {"organization_name": "Google Inc."},
        {"organization-name": "Organization 1"},
    ]


VALUES = st.recursive(st.text() | st.integers() | st.none(), st.lists)


@given(VALUES)
def test_json_stays_json_of_the_same_shape(value):
    """Whatever a stranger wrote."""

    def shape(value):
        return [shape(inner) for inner in value] if isinstance(value, list) else type(value)

    replaced = json.loads(Redaction().json_text(json.dumps(value)))
    assert shape(replaced) == shape(value)


@pytest.mark.parametrize("piece", ["a.", "a:", '"\\', "a@", "xn--a.", "1.", "*."])
def test_the_time_grows_with_the_text(piece):
    """Not with its square."""

    def seconds(count):
        text = piece * count
        started = time.process_time()
        Redaction().json_text(text)
        return time.process_time() - started

    seconds(1_000)
    short, long = (min(seconds(count) for _ in range(3)) for count in (20_000, 40_000))
    assert long < 3 * short + 0.01
