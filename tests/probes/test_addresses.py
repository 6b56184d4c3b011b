"""Which addresses are asked, where a connection goes, and which addresses are removed from texts."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.growth import growth

from tlsrpt_analysis.errors import ProbeError
from tlsrpt_analysis.probes import ProbeOptions
from tlsrpt_analysis.probes.addresses import is_public, network_of, redacted

REFUSED = [
    "127.0.0.1",  # loopback
    "127.255.255.254",
    "0.0.0.0",  # noqa: S104 - nothing is bound to it
    "10.0.0.1",  # private
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "169.254.169.254",  # link-local, where clouds keep credentials
    "100.64.0.1",  # CGNAT
    "100.127.255.254",
    "192.0.0.8",
    "192.0.2.1",  # documentation
    "198.18.0.1",  # benchmarks
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",  # multicast
    "240.0.0.1",
    "255.255.255.255",
    "192.88.99.1",  # 6to4
    "::",
    "::1",
    "::127.0.0.1",  # IPv4-compatible
    "::ffff:127.0.0.1",  # IPv4-mapped
    "::ffff:10.0.0.1",
    "::ffff:9.9.9.9",  # public, but no address that DNS should tell
    "64:ff9b::7f00:1",  # NAT64 of 127.0.0.1
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::a9fe:a9fe",
    "2002:7f00:1::1",  # 6to4 of 127.0.0.1
    "2001::1",  # Teredo
    "2001:db8::1",
    "fc00::1",  # unique local
    "fd00::1",
    "fe80::1",  # link-local
    "fe80::1%eth0",
    "fec0::1",  # site-local
    "ff02::1",
]
PUBLIC = ["9.9.9.9", "100.63.255.255", "100.128.0.1", "172.32.0.1", "2620:fe::fe", "2a00:1450::1"]


@pytest.mark.parametrize("address", REFUSED)
def test_what_is_not_public_is_refused_however_it_is_wrapped(address):
    """A name may lead into our own network."""
    assert not is_public(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_is_asked(address):
    """So are the neighbours of the refused ranges."""
    assert is_public(address)


@pytest.mark.parametrize(
    ("address", "network"),
    [("192.0.2.77", "192.0.2.0/24"), ("2001:db8:7:1::9", "2001:db8:7::/48")],
)
def test_neighbours_share_a_network(address, network):
    """Most sites have one such network."""
    assert network_of(address) == network


@pytest.mark.parametrize(
    ("led", "target"),
    [
        ({}, ("192.0.2.1", 25)),
        ({"192.0.2.1": "127.0.0.1"}, ("127.0.0.1", 25)),
        ({"192.0.2.1": "127.0.0.1:2525"}, ("127.0.0.1", 2525)),
        ({"192.0.2.1:25": "[::1]:2525"}, ("::1", 2525)),
        ({"192.0.2.1:25": "[::1]"}, ("::1", 25)),
        ({"192.0.2.1:443": "127.0.0.1:8443"}, ("192.0.2.1", 25)),
    ],
)
def test_a_connection_is_led_to_its_target(led, target):
    """An address, or one port of it."""
    assert ProbeOptions(connect_to=led).target("192.0.2.1", 25) == target


@pytest.mark.parametrize(
    "target", ["127.0.0.1:smtp", "127.0.0.1:", "::1:25", "", "a:b:1", "[::1]x"]
)
def test_a_malformed_target_is_a_plain_error(target):
    """The message quotes what was given."""
    with pytest.raises(ProbeError) as refusal:
        ProbeOptions(connect_to={"192.0.2.1": target})
    assert str(refusal.value) == f"connect_to: {target!r} is not ADDRESS or ADDRESS:PORT"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"helo": "a\r\nMAIL FROM:<>"}, "helo: 'a\\r\\nMAIL FROM:<>' is not a host name"),
        ({"helo": "two words"}, "helo: 'two words' is not a host name"),
        ({"nameservers": ("dns.example",)}, "nameservers: 'dns.example' is not an IP address"),
    ],
)
def test_a_name_or_an_address_that_is_none_is_a_plain_error(options, message):
    """Nothing is sent."""
    with pytest.raises(ProbeError) as refusal:
        ProbeOptions(**options)
    assert str(refusal.value) == message


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("250-mx at your service, [198.51.100.7]", "250-mx at your service, [address]"),
        ("250 mx Hello p.example.net [198.51.100.7]", "250 mx Hello p.example.net [address]"),
        ("250 mx Hello x.isp.test (198.51.100.7)", "250 mx Hello [name] ([address])"),
        ("> EHLO [IPv6:2001:db8::7]", "> EHLO [address]"),
        ("554 2001:db8::7 is on a list.", "554 [address] is on a list."),
        (
            "220 mx.example.com ESMTP 8.18.1 at 12:30:59",
            "220 mx.example.com ESMTP 8.18.1 at 12:30:59",
        ),
        ("220 mx (192.0.2.1)", "220 mx (192.0.2.1)"),
        ("554-203.0.113.7 is listed", "554-[address] is listed"),
        ("421 203.0.113.7:54321 busy", "421 [address]:54321 busy"),
        ("421 [203.0.113.7]:54321", "421 [address]:54321"),
        ("550 client:203.0.113.7", "550 client:[address]"),
        ("550 client:2001:db8::7.", "550 client:[address]."),
        ("250 Hello dsl7.isp.example[203.0.113.7]", "250 Hello [name][address]"),
        ("250 Hello [203.0.113.7] (dsl7.isp.example)", "250 Hello [address] ([name])"),
        ("250 p.example.net=203.0.113.7", "250 p.example.net=[address]"),
        ("554 5.7.1 203.0.113.7", "554 5.7.1 [address]"),
        ("220 std::string 1.2.3 at 2026:11:27", "220 std::string 1.2.3 at 2026:11:27"),
        ("250 fe80::1%eth0", "250 [address]"),
        ("250 ::ffff:203.0.113.7", "250 [address]"),
    ],
)
def test_every_address_but_the_hosts_own_is_taken_out(said, kept):
    """Findings may be shown to others."""
    assert redacted(said, "192.0.2.1", "p.example.net") == kept


OURS = ["203.0.113.7", "2001:db8::7", "2001:db8:1:2:3:4:5:6"]
SEPARATORS = st.sampled_from([*" -:=,;/@_<>()[]{}'\"|#!?*\u2013", ": ", " ("])
BEFORE = SEPARATORS | st.sampled_from(["a ", "client:", "554-", "=client:"])


@given(st.sampled_from(OURS), BEFORE, SEPARATORS)
def test_our_address_is_taken_out_whatever_is_around_it(address, before, after):
    """Servers write it in any way."""
    assert address not in redacted(f"550{before}{address}{after}no", "192.0.2.1")


@given(st.sampled_from(OURS), SEPARATORS, st.booleans())
def test_our_host_name_is_taken_out_on_both_sides(address, between, is_before):
    """With up to three characters between it and the address."""
    pair = ["dsl7.isp.example", address] if is_before else [f"({address})", "dsl7.isp.example"]

    assert "dsl7.isp" not in redacted(f"250 Hello {between.join(pair)} ok", "192.0.2.1").lower()


@given(st.text("0123456789abcdef:.[]%- IPv", max_size=60))
def test_redaction_takes_any_text(text):
    """And leaves no address that stands alone, except the unspecified one."""
    words = redacted(text, "192.0.2.1").split()
    assert [word for word in words if word != "::" and _is_address(word)] == []


def _is_address(word):
    try:
        return bool(ipaddress.ip_address(word))
    except ValueError:
        return False


@pytest.mark.parametrize(
    "piece", ["a.", "1.", ":", "1:", "a-", "[", "1.2.3.4 ", "::1 ", "a.b [1.2.3.4]", "ab:", "%"]
)
def test_redaction_grows_with_the_text(piece):
    """A server may answer with megabytes of it."""
    growth(lambda size: redacted(piece * size, "192.0.2.1"), 5_000)
