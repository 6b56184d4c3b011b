"""Each fault of a mail host, a policy host and DNS, on both kinds of servers."""

import shutil
import subprocess

import pytest
from lab.domains import codes
from lab.faces import OPENSSL_CODES, POLICY_CASES, TLS_CASES, host_of
from lab.zones import DNS_CASES, TLSA_CASES

from tlsrpt_analysis.probes import judge, load_findings

CERTIFICATE = ("certificate-name", "certificate-dates", "certificate-chain")


@pytest.mark.parametrize(("case", "wrong"), TLS_CASES.items(), ids=TLS_CASES)
def test_each_fault_of_a_mail_host_is_found_and_no_other(lab, case, wrong):
    """Only the faulty part fails, and the handshake refuses nothing."""
    found = codes(lab.probe(case), mx_hostname=host_of(case))
    asked = {check: found[check] for check in ("starttls", "tls-version", *CERTIFICATE)}
    failed = {check: finding for check, finding in asked.items() if finding[0] == "failed"}
    assert found["connect"] == ("passed", "ok")
    assert failed == wrong


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
@pytest.mark.parametrize(("case", "code"), OPENSSL_CODES.items(), ids=OPENSSL_CODES)
def test_openssl_says_the_same(lab, case, code):
    """Another program on the same servers; the probe distinguishes what its codes distinguish."""
    findings = lab.probe(case)
    assert openssl_code(lab, findings.evidence.hosts[0]) == code
    found = codes(findings, mx_hostname=host_of(case))
    fault_codes = [found[check][1] for check in CERTIFICATE if found[check][0] == "failed"]
    assert fault_codes == [code for _, code in TLS_CASES[case].values() if code != "legacy-tls"]
    assert bool(fault_codes) == (code != "0")


def openssl_code(lab, host):
    """Return the verify code of ``openssl s_client`` at the address of a host."""
    (address,) = host.addresses
    command = ["openssl", "s_client", "-starttls", "smtp", "-servername", host.name]
    command += ["-connect", lab.connect_to[f"{address.ip_address}:25"]]
    command += ["-verify_hostname", host.name, "-CAfile", str(lab.authority.root_file)]
    command += ["-no-CApath", "-cipher", "ALL:@SECLEVEL=0"]
    output = subprocess.run(
        command, input=b"QUIT\r\n", capture_output=True, timeout=20, check=False
    ).stdout.decode()
    line = next((text for text in output.splitlines() if "Verify return code" in text), "none")
    return line.partition(":")[2].split(" (")[0].strip()


@pytest.mark.parametrize(("case", "expected"), POLICY_CASES.items(), ids=POLICY_CASES)
def test_each_fault_of_a_policy_host_is_found(lab, case, expected):
    """By RFC 8461: no redirects, 64 KB, a certificate of its own name, in time."""
    check, *finding = expected
    assert codes(lab.probe(case))[check] == tuple(finding)


@pytest.mark.parametrize(("domain", "expected"), DNS_CASES.items(), ids=DNS_CASES)
def test_each_failure_of_dns_is_a_finding_of_its_own(lab, domain, expected):
    """No answer is different from the answer that there is nothing."""
    check, *finding = expected
    assert codes(lab.probe(domain))[check] == tuple(finding)


@pytest.mark.parametrize(("case", "expected"), TLSA_CASES.items(), ids=TLSA_CASES)
def test_tlsa_records_are_compared_with_the_chain_as_served(lab, case, expected):
    """Usages 2 and 3 by RFC 7672; without DNSSEC validation a record protects nothing."""
    name = "mx.plain.test" if case == "plain.test" else host_of(case)
    assert codes(lab.probe(case), mx_hostname=name)["tlsa"] == expected


def test_an_alias_is_found_with_its_steps(lab):
    """The name to cover is still the one in the MX record."""
    findings = lab.probe("alias")
    found = codes(findings, mx_hostname=host_of("alias"))
    assert found["certificate-name"] == ("failed", "host-mismatch")
    steps = findings.cname_steps()
    assert steps["to_name"].tolist() == ["one.alias.lab.test", "mx.good.lab.test"]


def test_an_alias_loop_is_found_with_its_steps(lab):
    """The resolver only says that it failed."""
    steps = lab.probe("loop").cname_steps()
    assert steps["to_name"].tolist() == ["a.loop.lab.test", "b.loop.lab.test", "a.loop.lab.test"]


def test_a_certificate_that_needs_sni_is_reported(lab):
    """Some senders send no SNI."""
    found = codes(lab.probe("sni"), mx_hostname=host_of("sni"))
    assert found["certificate-without-sni"] == ("advice", "sni-needed")


def test_a_missing_intermediate_is_named(lab):
    """So that it can be served."""
    frame = lab.probe("leafonly").checks()
    (message,) = frame.loc[frame["code"] == "incomplete-chain", "message"]
    assert "CN=Lab Intermediate" in message


def test_a_good_domain_passes_and_a_replay_equals_the_live_run(lab, tmp_path):
    """So do the findings from the file."""
    findings = lab.probe("good")
    assert not findings.is_failed, str(findings)
    row = findings.by_mx().iloc[0].to_dict()
    assert row == {
        "mx_hostname": host_of("good"),
        "covered_by_policy": "passed",
        "offers_starttls": "passed",
        "valid_certificate": "passed",
        "why": "",
        "preference": 10,
    }
    read = load_findings(findings.save(tmp_path / "findings.json"))
    assert read == findings
    assert judge(read.evidence) == findings
