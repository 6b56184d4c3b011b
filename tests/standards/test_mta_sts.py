"""The MTA-STS policy: its grammar (RFC 8461 §3.2) and the matching of MX names (RFC 8461 §4.1)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.strategies import domains, labels

from tlsrpt_analysis.errors import PolicyError, RecordError
from tlsrpt_analysis.standards.mta_sts import (
    MODES,
    MtaStsPolicy,
    covers,
    matches,
    parse_policy,
    read_mode,
    read_mx_patterns,
    read_policy_id,
)


def test_the_example_of_the_rfc_is_read() -> None:
    """RFC 8461 §3.2 shows this policy."""
    text = (
        "version: STSv1\r\nmode: enforce\r\nmx: mail.example.com\r\n"
        "mx: *.example.net\r\nmx: backupmx.example.com\r\nmax_age: 604800\r\n"
    )

    policy = parse_policy(text)

    assert policy == MtaStsPolicy(
        mode="enforce",
        max_age=604_800,
        mx=("mail.example.com", "*.example.net", "backupmx.example.com"),
    )
    assert parse_policy(str(policy)) == policy


GOOD = [
    "version: STSv1\nmode: testing\nmx: a.example\nmax_age: 1\n",  # LF alone: erratum 6253
    "version: STSv1\nmode: testing\nmx: a.example\nmax_age: 1",  # no end of the last line
    "max_age: 1\nmx: a.example\nmode: testing\nversion: STSv1\n",  # any order
    "version:STSv1\nmode:\ttesting  \nmx: a.example\nmax_age: 1\n",  # white space around values
    "version: STSv1\nmode: none\nmax_age: 0\n",  # mode none needs no mx
    "version: STSv1\nmode: enforce\nmx: a.example\nmax_age: 31557600\n",  # the largest
    "version: STSv1\nmode: testing\nmode: foo\nmx: a.example\nmax_age: 1\n",  # the first counts
    "version: STSv1\nmode: testing\nmx: a.example\nmax_age: 1\nnew_1: thing\n",  # an extension
]


@pytest.mark.parametrize("text", GOOD)
def test_a_policy_by_the_grammar_is_read(text: str) -> None:
    """All that the grammar allows is read."""
    assert parse_policy(text).mode in MODES


BAD = [
    ("", "line 1 is not 'key: value': ''"),
    ("<!DOCTYPE html>\nmode: none", "line 1 is not 'key: value': '<!DOCTYPE html>'"),
    ("\ufeffversion: STSv1", "line 1 is not 'key: value'"),  # a byte order mark
    ("version: STSv1\n\nmode: none\nmax_age: 1", "line 2 is not 'key: value': ''"),
    ("version: STSv1\nmode enforce", "line 2 is not 'key: value': 'mode enforce'"),
    ("version: STSv2\n", "version must be STSv1, it is 'STSv2'"),
    ("version: stsv1\n", "version must be STSv1, it is 'stsv1'"),  # values are case-sensitive
    ("mode: none\n", "version must be STSv1, it is 'missing'"),
    (
        "version: STSv1\nmode: Enforce\n",
        "line 2: mode must be one of enforce, testing, none, it is 'Enforce'",
    ),
    ("Mode: enforce\n", "mode must be one of enforce, testing, none, it is 'missing'"),
    ("max_age: 31557601\n", "max_age must be 0 to 31557600 seconds, it is '31557601'"),
    ("max_age: -1\n", "max_age must be 0 to 31557600 seconds, it is '-1'"),
    ("max_age: 1d\n", "line 1: max_age must be 0 to 31557600 seconds, it is '1d'"),
    ("max_age: ٣\n", "max_age must be 0 to 31557600 seconds"),  # a digit, but not of ASCII
    ("mode: testing\n", "no mx line: without one no host is allowed (RFC 8461 §3.2)"),
    ("mx: a.example.\n", "mx: 'a.example.' is not a domain name or '*.' and one"),
    ("mx: a.test\nmx: *\n", "line 2: mx: '*' is not a domain name or '*.' and one"),
    ("mx: mx*.example.com\n", "mx: 'mx*.example.com' is not a domain name or '*.' and one"),
    ("mx: *.*.example.com\n", "mx: '*.*.example.com' is not a domain name or '*.' and one"),
    ("mx: bücher.example\n", "mx: 'bücher.example' is not a domain name or '*.' and one"),
    ("mx: a.example, b.example\n", "mx: 'a.example, b.example' is not a domain name"),
    ("mx: .example.com\n", "mx: '.example.com' is not a domain name"),  # as in drafts
    ("mx: -a.example\n", "mx: '-a.example' is not a domain name"),
]


@pytest.mark.parametrize(("text", "fault"), BAD)
def test_a_text_outside_the_grammar_is_refused_with_its_fault(text: str, fault: str) -> None:
    """A policy that a sender would not take is not taken here either."""
    with pytest.raises(PolicyError) as refusal:
        parse_policy(text)

    assert fault in str(refusal.value)


def test_all_faults_are_told_at_once() -> None:
    """Whoever fixes a policy wants to fix it once."""
    with pytest.raises(PolicyError) as refusal:
        parse_policy("version: 1\nmode: on\nmx: *\nmax_age: x\nfoo\n")

    assert str(refusal.value).count(";") == 4


MATCHES = [
    ("mx1.example.com", "mx1.example.com"),
    ("MX1.Example.COM", "mx1.eXample.com"),  # in any case
    ("mx1.example.com", "mx1.example.com."),  # DNS ends a name with a dot
    ("*.example.com", "mx1.example.com"),
    ("*.mail.protection.outlook.com", "example-com.mail.protection.outlook.com"),
    ("*.a-v1.mx.microsoft", "example-com.a-v1.mx.microsoft"),
    ("*.aspmx.l.google.com", "alt1.aspmx.l.google.com"),
    ("*.xn--bcher-kva.example", "mx.xn--bcher-kva.example"),
]


@pytest.mark.parametrize(("pattern", "mx_hostname"), MATCHES)
def test_a_pattern_matches_its_name(pattern: str, mx_hostname: str) -> None:
    """RFC 8461 §4.1: equal names, or one label for the asterisk."""
    assert matches(pattern, mx_hostname)


MISMATCHES = [
    ("mx1.example.com", "mx2.example.com"),
    ("*.mx.microsoft", "example-com.a-v1.mx.microsoft"),  # two labels
    ("*.aspmx.l.google.com", "aspmx.l.google.com"),  # no label
    ("*.example.com", "example.com"),
    ("*.example.com", ".example.com"),  # an empty label is none
    ("*.example.com", "mx1.example.com.."),
    ("mx1.example.com.", "mx1.example.com"),  # a pattern has no trailing dot
    ("*.example.com.", "mx1.example.com"),
    ("*", "localhost"),
    ("*.", "localhost."),
    ("mx*.example.com", "mx1.example.com"),  # part of a label
    ("mx.*.example.com", "mx.a.example.com"),  # not the left-most
    ("*.bücher.example", "mx.bücher.example"),  # U-labels
    ("*.xn--bcher-kva.example", "mx.bücher.example"),
    ("example.com", ""),
    ("", "example.com"),
    ("", ""),
]


@pytest.mark.parametrize(("pattern", "mx_hostname"), MISMATCHES)
def test_a_pattern_matches_no_other_name(pattern: str, mx_hostname: str) -> None:
    """RFC 8461 §4.1: nothing else matches."""
    assert not matches(pattern, mx_hostname)


@given(domains, labels, labels)
def test_an_asterisk_is_exactly_one_label(domain: str, first: str, second: str) -> None:
    """Not none, and not two."""
    pattern = f"*.{domain}"

    assert matches(pattern, f"{first}.{domain}")
    assert not matches(pattern, f"{first}.{second}.{domain}")
    assert not matches(pattern, domain)


@given(st.sampled_from(MODES), st.integers(0, 31_557_600), st.lists(domains, min_size=1))
def test_a_policy_that_is_written_is_read_back(mode: str, max_age: int, mx: list[str]) -> None:
    """What is served says what was meant."""
    policy = MtaStsPolicy(mode, max_age, tuple(mx))

    assert parse_policy(str(policy)) == policy
    assert all(policy.covers(name) for name in mx)


def test_one_of_the_patterns_is_enough() -> None:
    """A policy covers a host when any pattern matches."""
    assert covers(["a.example", "*.b.example"], "mx.b.example")
    assert not covers([], "mx.b.example")


@pytest.mark.parametrize(
    ("lines", "mode"),
    [
        (["version: STSv1", "mode: testing"], "testing"),
        (["mode:enforce "], "enforce"),
        (["mode: foo"], "foo"),  # as reported, also when it is no mode
        (["mode:"], None),
        (["mode"], None),
        (["3 1 1 AB"], None),  # a TLSA record
        ([], None),
    ],
)
def test_the_mode_is_read_from_a_reported_policy(lines: list[str], mode: str | None) -> None:
    """The mode of the applied policy is nowhere else in a report."""
    assert read_mode(lines) == mode


def test_patterns_are_read_from_a_reported_policy() -> None:
    """The mx lines of the applied policy, without the empty ones."""
    lines = ["version: STSv1", "mx: a.example", "mx:", "mx: *.b.example", "max_age: 1"]

    assert read_mx_patterns(lines) == ("a.example", "*.b.example")


GOOD_RECORDS = [
    (["v=STSv1; id=20260831T010101;"], "20260831T010101"),
    (["v=STSv1;id=1"], "1"),
    (["v=STSv1 ; id=1"], "1"),  # erratum 6285: white space before the semicolon, as senders read it
    (["v=STSv1; x=y; id=1"], "1"),  # an extension before the id
    (["v=spf1 -all", "v=STSv1; id=1"], "1"),  # other records do not count
]


@pytest.mark.parametrize(("texts", "policy_id"), GOOD_RECORDS)
def test_the_id_of_the_one_record_is_read(texts: list[str], policy_id: str) -> None:
    """Whatever else stands at the name."""
    assert read_policy_id(texts) == policy_id


BAD_RECORDS = [
    ([], "0 records"),
    (["v=STSv2; id=1"], "0 records"),
    (["v=STSv1; id=1", "v=STSv1; id=2"], "2 records"),  # then there is no policy (RFC 8461 §3.1)
    (["v=STSv1;"], "1 to 32 letters or digits"),
    (["v=STSv1; id=2026-08-31"], "1 to 32 letters or digits"),
    (["v=STSv1; id=" + "1" * 33], "1 to 32 letters or digits"),
]


@pytest.mark.parametrize(("texts", "fault"), BAD_RECORDS)
def test_no_record_or_more_than_one_is_refused(texts: list[str], fault: str) -> None:
    """A sender then treats the domain as without a policy."""
    with pytest.raises(RecordError, match=fault):
        read_policy_id(texts)
