"""The findings of a probe as tables: complete, and with every text of a server escaped."""

import dataclasses
import re

import pytest
from support.made_findings import DOMAINS, FOLDER, MIDDLE, evidence_of, findings_of, stored

from tlsrpt_analysis import diagnose, load_reports
from tlsrpt_analysis.probes import Evidence, judge, load_findings
from tlsrpt_analysis.probes.evidence import StoredCertificate
from tlsrpt_analysis.views import alias_table, chain_table, mx_table

HOSTILE = "<img src=x onerror=alert(1)>"


def cells(page: str) -> list[str]:
    """Return the texts of the cells, as HTML."""
    return re.findall(r"<td [^>]*>(.*?)</td>", page, re.DOTALL)


def hostile_evidence() -> Evidence:
    """Return evidence in which names, aliases and a certificate are markup."""
    plain = evidence_of("cname.example")
    host = plain.hosts[0]
    lookup = dataclasses.replace(host.lookups[0], aliases=((HOSTILE, HOSTILE),))
    return dataclasses.replace(
        plain, hosts=(dataclasses.replace(host, name=HOSTILE, lookups=(lookup,)),)
    )


def test_mx_table_shows_the_three_checks_and_why() -> None:
    """One row per MX host."""
    assert cells(mx_table(findings_of("example.com")).to_html()) == [
        *("mx1.example.com", "passed", "passed", "passed", ""),
        *("mx2.example.com", "failed", "passed", "passed"),
        "the policy does not cover mx2.example.com",
    ]


def test_tables_of_several_domains_follow_each_other() -> None:
    """In the order in which they are given."""
    both = [findings_of("expired.example"), findings_of("cname.example")]
    shown = cells(mx_table(*both).to_html())[::5]
    assert shown == ["mx1.expired.example", "mx1.cname.example", "mx2.cname.example"]


def test_alias_table_shows_every_step() -> None:
    """It is empty where there is no alias."""
    shown = cells(alias_table(findings_of("cname.example")).to_html())
    assert shown == ["mx1.cname.example", "1", "mx1.cname.example", "node7.hosting.example"]
    assert cells(alias_table(findings_of("example.com")).to_html()) == []


def test_chain_table_shows_what_each_address_served() -> None:
    """The first host leaves the intermediate out; the second serves it."""
    shown = cells(chain_table(findings_of("chain.example")).to_html())
    middle = "CN=Example Intermediate"
    assert shown == [
        *("mx1.chain.example", "192.0.2.1", "1", "CN=mx1.chain.example"),
        *("mx1.chain.example", middle, "2027-01-01"),
        *("mx2.chain.example", "192.0.2.2", "1", "CN=mx2.chain.example"),
        *("mx2.chain.example", middle, "2027-01-01"),
        *("mx2.chain.example", "192.0.2.2", "2", middle, "", "CN=Example Root", "2036-01-01"),
    ]


def test_certificate_that_cannot_be_parsed_is_listed_as_such() -> None:
    """A server may send anything."""
    evidence = evidence_of("chain.example")
    middle = stored(MIDDLE, "served")
    broken = tuple(
        StoredCertificate(sha256=kept.sha256, der=b"broken", role="served")
        if kept == middle
        else kept
        for kept in evidence.certificates
    )
    findings = judge(dataclasses.replace(evidence, certificates=broken))
    assert "cannot be parsed" in cells(chain_table(findings).to_html())


@pytest.mark.parametrize("table", [mx_table, alias_table, chain_table])
def test_what_a_server_says_is_text(table) -> None:
    """Names of hosts and aliases are shown as text."""
    page = table(judge(hostile_evidence())).to_html()
    assert "&lt;img src=x onerror=alert(1)&gt;" in page
    assert "<img" not in page


@pytest.mark.parametrize("domain", DOMAINS)
def test_saved_findings_are_those_that_are_made(domain: str, tmp_path) -> None:
    """The files beside the notebooks are reproduced byte by byte."""
    saved = FOLDER / f"findings-{domain}.json"
    made = findings_of(domain).save(tmp_path / "findings.json")
    assert made.read_bytes() == saved.read_bytes()
    assert judge(load_findings(saved).evidence) == load_findings(saved)


@pytest.mark.parametrize(
    ("domain", "expected"),
    [
        ("cname.example", {"cname-mx": "confirmed"}),
        ("chain.example", {"incomplete-chain": "confirmed"}),
        ("example.com", {"mx-mismatch": "confirmed"}),
        ("expired.example", {"certificate-expired": "not probed"}),  # it is over: see its evidence
    ],
)
def test_saved_findings_settle_the_cause_in_the_samples(domain: str, expected: dict) -> None:
    """The servers confirm what the reports suggest, unless it was fixed before."""
    tables = load_reports(FOLDER.parent / "sample_reports").select(policy_domains=[domain])
    causes = diagnose(tables, load_findings(FOLDER / f"findings-{domain}.json"))
    assert dict(zip(causes["cause"], causes["status"], strict=True)) == expected
