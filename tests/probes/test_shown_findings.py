"""What strangers say stays data in the findings: one line, bounded, and never what is asked again."""

import dataclasses

import dns.message
import dns.name
import dns.rrset
import pytest
from probes.test_judge_without_servers import evidence_of

from tlsrpt_analysis.probes import judge
from tlsrpt_analysis.probes.dns_lookup import answer_of
from tlsrpt_analysis.probes.evidence import DnsAnswer, MxHost
from tlsrpt_analysis.probes.findings import MOST_LINES, Finding

FORGED = "All MX hosts are fine [passed: ok]"


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n", "\x85", "\u2028", "\u2029", "\x0b", "\x1b[2J"])
def test_a_stranger_forges_no_line(end):
    """Neither in the text, nor in what is stored."""
    finding = Finding(check="connect", outcome="failed", code="x", message=f"a{end}{FORGED}")
    found = dataclasses.replace(judge(evidence_of()), findings=(finding,))

    assert len(str(found).splitlines()) == 2
    assert len(found.checks()["message"][0].splitlines()) == 1


def test_a_message_is_bounded():
    """A certificate can have a name of a megabyte."""
    finding = Finding(check="connect", outcome="failed", code="x", message="x" * 1_000_000)
    assert len(str(finding)) < 1_100


def test_a_domain_of_2800_hosts_is_printed_in_a_page_or_two():
    """The frames have all of them; the text says how many are left out."""
    names = [f"mx{number}.{'x' * 60}.example.com" for number in range(2_800)]
    records = tuple(f"10 {name}." for name in names)
    hosts = tuple(MxHost(name=name, preference=10, skipped="skipped-limit") for name in names)
    bare = evidence_of()
    evidence = dataclasses.replace(
        bare, hosts=hosts, mx=dataclasses.replace(bare.mx, records=records)
    )

    found = judge(evidence)

    assert len(str(found)) < 50_000
    assert len(str(found).splitlines()) == MOST_LINES + 2
    assert "more lines: `checks` has all of them" in str(found)
    mx_record = next(f for f in found.findings if f.check == "mx-record")
    assert mx_record.message.endswith("and 2,790 more")
    assert found.checks()["mx_hostname"].nunique() == 2_800


@pytest.mark.parametrize("label", [b"x" * 63, b"\xff\n" * 20, "é".encode() * 20, b"a.b\\"])
def test_the_name_that_is_asked_again_is_whole(label):
    """However long or odd the target of an alias is."""
    target = dns.name.Name([label, label, label, b"example", b""])
    response = dns.message.make_response(dns.message.make_query("mx.example", "A"))
    response.answer.append(dns.rrset.from_text("mx.example.", 60, "IN", "CNAME", target.to_text()))

    ((_, shown),) = answer_of("mx.example", "A", response).aliases

    assert dns.name.from_text(shown) == target
    assert shown.isascii()
    assert shown.isprintable()


def test_a_tlsa_record_with_a_whole_certificate_is_whole():
    """It is compared, so it must not be cut."""
    response = dns.message.make_response(dns.message.make_query("_25._tcp.mx.example", "TLSA"))
    data = "ab" * 4_000
    response.answer.append(
        dns.rrset.from_text("_25._tcp.mx.example.", 60, "IN", "TLSA", f"3 0 0 {data}")
    )

    (record,) = answer_of("_25._tcp.mx.example", "TLSA", response).records

    assert record.replace(" ", "") == f"300{data}"


def test_a_path_of_many_aliases_is_cut():
    """With the number of those that are left out."""
    steps = tuple((f"{n}.example.com", f"{n + 1}.example.com") for n in range(15))
    lookup = DnsAnswer(name="0.example.com", record_type="A", status="nodata", aliases=steps)
    host = MxHost(name="0.example.com", preference=10, lookups=(lookup,))

    found = judge(dataclasses.replace(evidence_of(), hosts=(host,)))

    alias = next(f for f in found.findings if f.check == "mx-alias")
    assert alias.message.endswith("9.example.com and 6 more")
