"""The MX records of zone files (RFC 1035 §5.1)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tlsrpt_analysis.errors import RecordError
from tlsrpt_analysis.standards.zone_files import MxRecord, mx_records

ZONE = """\
$TTL 1d
$ORIGIN example.com.
@       IN SOA ns1 admin 1 1h 15m 4w 1h  ; the owner of the next lines
        IN NS  ns1
        IN MX  10 mx1
        600 IN MX 20 MX2.Example.NET.
mail    3600 MX 30 mx1
mx1     A   192.0.2.1
$ORIGIN sub
@       IN 1h MX (
            10
            mx1 )
$ORIGIN example.org.
www     CNAME @
@       MX 5 mx1.example.com.
"""


def test_a_zone_is_read_as_a_name_server_reads_it() -> None:
    """The origin, continued owners, times, classes, brackets and comments."""
    assert mx_records(ZONE) == [
        MxRecord("example.com", "mx1.example.com", 10),
        MxRecord("example.com", "mx2.example.net", 20),
        MxRecord("mail.example.com", "mx1.example.com", 30),
        MxRecord("sub.example.com", "mx1.sub.example.com", 10),
        MxRecord("example.org", "mx1.example.com", 5),
    ]


@pytest.mark.parametrize("origin", ["example.com", "Example.COM."])
def test_the_origin_may_be_given_beside_the_text(origin: str) -> None:
    """A name server knows it from its configuration."""
    expected = [MxRecord("example.com", "mx1.example.com", 10)]

    assert mx_records("@ IN MX 10 mx1", origin=origin) == expected
    assert mx_records("    IN MX 10 mx1", origin=origin) == expected


GOOD = [
    ("example.com. 3600 IN MX 10 mx.example.com.", "example.com", "mx.example.com"),
    ("example.com.\t3600\tIN\tMX\t10 mx.example.com.\r\n", "example.com", "mx.example.com"),
    ("example.com. IN 3600 MX 10 mx.example.com.", "example.com", "mx.example.com"),
    ("example.com. MX 10 mx.example.com.", "example.com", "mx.example.com"),
    ("EXAMPLE.com mx 10 MX.example.COM", "example.com", "mx.example.com"),  # full, without a dot
    (
        "bücher.example. MX 10 mx.bücher.example.",
        "xn--bcher-kva.example",
        "mx.xn--bcher-kva.example",
    ),
    ("example. MX 10 mx.", "example", "mx"),  # full names of one label
    ("example.com. MX 10 .", "example.com", ""),  # a null MX
]


@pytest.mark.parametrize(("text", "owner", "host"), GOOD)
def test_a_full_record_needs_no_origin(text: str, owner: str, host: str) -> None:
    """As `dig` and `named-compilezone` print it, or as someone typed it."""
    assert mx_records(text) == [MxRecord(owner, host, 10)]


BAD = [
    ("@ IN MX 10 mx1.example.com.", "@ stands for no known domain: begin with a line such as"),
    ("  IN MX 10 mx1.example.com.", "@ stands for no known domain"),
    ("example.com. IN MX 10 mx1", "mx1 stands for no known domain"),
    ("\nexample.com. MX ten mx.example.com.", "line 2: expecting an integer: correct or delete"),
    ("example.com. MX 65536 mx.example.com.", "line 1: 65536 is not an unsigned 16-bit integer"),
    ("example.com. MX 10", "line 1: "),
    ("example.com. MX 10 a..b.", "line 1: A DNS label is empty"),
    ("example.com. CH MX 10 mx.example.com.", "line 1: RR class is not zone's class"),
    ("example.com. ALIAS example.net.", "line 1: unknown rdatatype 'ALIAS'"),
    ("$INCLUDE /etc/passwd", "line 1: zone file directive '$INCLUDE' is not allowed"),
    ("$GENERATE 1-9999999 a$ MX 10 b", "line 1: zone file directive '$GENERATE' is not allowed"),
    ("$TTL soon", "line 1: "),
    ('"', "line 1: "),
    ("reporter,message_count", "line 1: "),
]


@pytest.mark.parametrize(("text", "fault"), BAD)
def test_a_broken_zone_is_refused_with_its_line(text: str, fault: str) -> None:
    """What is wrong, in which line, and what to do; no record is lost in silence."""
    with pytest.raises(RecordError) as refusal:
        mx_records(text)

    assert fault in str(refusal.value)


def test_the_largest_preference_is_read() -> None:
    """It has 16 bits (RFC 1035 §3.3.9)."""
    assert mx_records("example.com. MX 65535 mx.example.com.")[0].preference == 65_535


def test_a_zone_without_mx_records_is_read() -> None:
    """It has none to return."""
    assert mx_records("example.com. A 192.0.2.1") == []


@given(
    st.text()
    | st.lists(st.sampled_from([*'@$"(); \n\\.10', "MX", "IN", "$ORIGIN", "a.b."])).map(" ".join)
)
def test_any_text_is_read_or_refused(text: str) -> None:
    """With the one error."""
    try:
        records = mx_records(text)
    except RecordError as error:
        assert str(error)  # noqa: PT017 - most texts are refused
    else:
        assert all(0 <= record.preference < 2**16 for record in records)
