"""The result types of RFC 8460 §4.3 and which of them block mail in enforce mode."""

import pytest

from tlsrpt_analysis.standards.result_types import ResultType, is_registered, would_block


@pytest.mark.parametrize(
    ("result_type", "blocks"),
    [
        ("starttls-not-supported", True),
        ("certificate-host-mismatch", True),
        ("certificate-expired", True),
        ("certificate-not-trusted", True),
        ("validation-failure", True),
        ("tlsa-invalid", False),  # DANE does not depend on MTA-STS
        ("dnssec-invalid", False),
        ("dane-required", False),
        ("sts-policy-fetch-error", False),  # RFC 8461 §3.3: as if there were no policy
        ("sts-policy-invalid", False),
        ("sts-webpki-invalid", False),
    ],
)
def test_each_registered_type_blocks_or_not(result_type: str, *, blocks: bool) -> None:
    """A sender in enforce mode must not deliver over a connection that failed validation."""
    assert is_registered(result_type)
    assert would_block(result_type) is blocks


def test_the_registry_has_eleven_types() -> None:
    """The IANA registry has had no addition since RFC 8460."""
    assert len(ResultType) == 11


@pytest.mark.parametrize("result_type", ["sts-invalid", "(not given)", "", None])
def test_a_type_outside_the_registry_may_block(result_type: str | None) -> None:
    """What cannot be known counts for the upper bound."""
    assert would_block(result_type)
    assert not is_registered(str(result_type))
