"""TLSA records for SMTP: their text, which of them count, and what they match."""

import hashlib

import pytest

from tlsrpt_analysis.errors import RecordError
from tlsrpt_analysis.standards.dane import TlsaRecord, parse_tlsa

CERTIFICATE, KEY = b"a certificate", b"its key"
ONE, TWO = "ab" * 32, "ab" * 64

USABLE = [
    (f"3 1 1 {ONE}", True),
    (f"2 0 2 {TWO}", True),
    (f"2 0 1 {ONE[:40]} {ONE[40:]}", True),  # as dig shows it
    ("3 0 0 abcd", True),
    (f"0 1 1 {ONE}", False),  # PKIX-TA
    (f"1 1 1 {ONE}", False),  # PKIX-EE
    (f"4 1 1 {ONE}", False),
    (f"3 2 1 {ONE}", False),
    (f"3 1 3 {ONE}", False),
    (f"3 1 1 {TWO}", False),  # too long for SHA-256
    (f"3 1 2 {ONE}", False),
    (f"3 1 1 {ONE[2:]}", False),
]


@pytest.mark.parametrize(("text", "is_usable"), USABLE)
def test_smtp_uses_usages_2_and_3_with_whole_digests(text, is_usable):
    """RFC 7672: the others are unusable, not wrong."""
    assert parse_tlsa(text).is_usable == is_usable


MATCHES = [
    ((3, 0, 0, CERTIFICATE), True),
    ((3, 1, 0, KEY), True),
    ((3, 0, 1, hashlib.sha256(CERTIFICATE).digest()), True),
    ((3, 1, 1, hashlib.sha256(KEY).digest()), True),
    ((2, 1, 2, hashlib.sha512(KEY).digest()), True),
    ((3, 0, 1, hashlib.sha256(KEY).digest()), False),
    ((3, 1, 1, hashlib.sha256(CERTIFICATE).digest()), False),
    ((3, 1, 0, CERTIFICATE), False),
]


@pytest.mark.parametrize(("fields", "is_match"), MATCHES)
def test_a_record_matches_by_its_selector_and_matching_type(fields, is_match):
    """Whole certificate or key; as it is, or its digest."""
    assert TlsaRecord(*fields).matches(CERTIFICATE, KEY) == is_match


@pytest.mark.parametrize("text", ["", "3 1", "3 1 x ab", "3 1 1 xyz", "three 1 1 ab", "3 1 1 abc"])
def test_what_is_no_record_is_refused(text):
    """With the text that was met."""
    with pytest.raises(RecordError) as refusal:
        parse_tlsa(text)
    assert str(refusal.value) == f"not a TLSA record: {text!r}"
