"""Domain names in the one form in which they can be compared."""

import pytest
from hypothesis import given
from support.strategies import domains

from tlsrpt_analysis.standards.domain_names import normalize_domain


@pytest.mark.parametrize(
    ("name", "normalized"),
    [
        ("example.com", "example.com"),
        ("EXAMPLE.com.", "example.com"),
        (" example.com ", "example.com"),
        ("example.com..", "example.com."),  # one dot ends a name; two are an error that stays
        ("Bücher.example", "xn--bcher-kva.example"),
        ("BÜCHER.EXAMPLE", "xn--bcher-kva.example"),
        ("xn--bcher-kva.example", "xn--bcher-kva.example"),
        ("*.example.com", "*.example.com"),
        ("☃☃.…", "☃☃.…"),  # not encodable: kept, so that nothing is lost
        ("Ü" * 1_001, "ü" * 1_001),  # no domain name is as long
        (".", ""),
        ("", ""),
    ],
)
def test_names_are_lower_case_a_labels_without_a_trailing_dot(name: str, normalized: str) -> None:
    """RFC 8460 §4.4 wants A-labels, and DNS compares in any case."""
    assert normalize_domain(name) == normalized


@given(domains)
def test_a_normal_name_stays_as_it_is(name: str) -> None:
    """Normalising twice changes nothing."""
    assert normalize_domain(name) == name
