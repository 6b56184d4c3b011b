"""Domain names in the one form in which they can be compared."""

import pytest
from hypothesis import given
from support.growth import growth
from support.strategies import domains

from tlsrpt_analysis.standards.domain_names import is_name_match, normalize_domain


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


def test_a_label_that_is_too_long_is_not_encoded() -> None:
    """It would take time with the square of its length, and can be no label of a name."""
    label = "".join(chr(0x4E00 + place) for place in range(64))
    name = f"{label}.example"

    assert normalize_domain(name) == name
    growth(lambda size: normalize_domain(f"{label * size}.example"), 7)


@given(domains)
def test_a_normal_name_stays_as_it_is(name: str) -> None:
    """Normalising twice changes nothing."""
    assert normalize_domain(name) == name


@pytest.mark.parametrize(
    ("pattern", "hostname", "is_match"),
    [
        ("mx1.example.com", "MX1.example.com.", True),
        ("mx1.example.com.", "mx1.example.com", True),
        ("mx1.example.com", "mx2.example.com", False),
        ("*.example.com", "mx1.example.com", True),
        ("*.example.com", "a.mx1.example.com", False),  # one label, and no more
        ("*.example.com", "example.com", False),  # nor none
        ("*.example.com", ".example.com", False),  # nor an empty one
        ("mx*.example.com", "mx1.example.com", False),  # only the whole label
        ("mx.*.com", "mx.example.com", False),  # only the left-most one
    ],
)
def test_a_wildcard_is_the_whole_left_most_label(
    pattern: str, hostname: str, *, is_match: bool
) -> None:
    """RFC 6125 §6.4.3, for certificates and for the mx lines of a policy."""
    assert is_name_match(pattern, hostname) == is_match
