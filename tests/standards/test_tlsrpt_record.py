"""The TXT record that asks for reports (RFC 8460 §3)."""

import pytest

from tlsrpt_analysis.errors import RecordError
from tlsrpt_analysis.standards.tlsrpt_record import read_tlsrpt_record

GOOD = [
    (["v=TLSRPTv1; rua=mailto:r@example.com"], ("mailto:r@example.com",)),
    (["v=TLSRPTv1;rua=mailto:r@example.com;"], ("mailto:r@example.com",)),
    (["v=TLSRPTv1 ; rua=https://r.example/v1"], ("https://r.example/v1",)),
    (
        ["v=TLSRPTv1; rua=mailto:r@example.com,https://r.example/v1?a=b"],
        ("mailto:r@example.com", "https://r.example/v1?a=b"),
    ),
    (
        ["v=TLSRPTv1; rua=mailto:a@example.com , mailto:b@example.com; ext=1"],
        ("mailto:a@example.com", "mailto:b@example.com"),
    ),
    (["v=spf1 -all", "v=TLSRPTv1; rua=mailto:r@example.com"], ("mailto:r@example.com",)),
]


@pytest.mark.parametrize(("texts", "rua"), GOOD)
def test_the_addresses_are_read(texts, rua):
    """One or more, by mail or over HTTPS; other records do not matter."""
    assert read_tlsrpt_record(texts).rua == rua


BAD = [
    ([], "0 records that begin with v=TLSRPTv1, wanted is one"),
    (["v=TLSRPTv2; rua=mailto:r@example.com"], "0 records"),
    (["V=TLSRPTv1; rua=mailto:r@example.com"], "0 records"),
    (["v=TLSRPTv1; rua=mailto:a@b.test", "v=TLSRPTv1; rua=mailto:c@d.test"], "2 records"),
    (["v=TLSRPTv1"], "rua needs mailto: or https: addresses, it has ''"),
    (["v=TLSRPTv1; ruf=mailto:r@example.com"], "it has ''"),
    (["v=TLSRPTv1; rua="], "it has ''"),
    (["v=TLSRPTv1; rua=r@example.com"], "it has 'r@example.com'"),
    (["v=TLSRPTv1; rua=http://r.example"], "it has 'http://r.example'"),
    (["v=TLSRPTv1; rua=mailto:r@example.com,"], "it has ''"),
]


@pytest.mark.parametrize(("texts", "fault"), BAD)
def test_a_record_that_senders_cannot_use_is_refused(texts, fault):
    """The error says what is wrong, so that it can be fixed."""
    with pytest.raises(RecordError) as refusal:
        read_tlsrpt_record(texts)
    assert fault in str(refusal.value)
