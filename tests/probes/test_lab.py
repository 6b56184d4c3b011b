"""Probes against pure-Python servers: certificates, broken peers, policy hosts, DNS, limits."""

import asyncio
import shutil
import subprocess
import time

import pytest
from lab import (
    POLICY,
    TLS_CASES,
    Lab,
    broken_behaviours,
    codes,
    host_of,
    policy_behaviours,
    tls_behaviours,
)
from lab_https import serves
from lab_smtp import polite, sends, server_context

from tlsrpt_analysis.cli import main
from tlsrpt_analysis.probes import judge, load_findings, probe_domain, probe_domains

BROKEN_CASES = {
    "garbage": ("connect", "not measured", "not-smtp"),
    "ssh": ("connect", "not measured", "not-smtp"),
    "silent": ("connect", "not measured", "banner-timeout"),
    "tarpit": ("connect", "not measured", "banner-timeout"),
    "halfclosed": ("connect", "not measured", "smtp-closed"),
    "endlessbanner": ("connect", "not measured", "smtp-garbage"),
    "endlessline": ("connect", "not measured", "smtp-garbage"),
    "closes": ("connect", "not measured", "smtp-closed"),
    "busy": ("connect", "not measured", "smtp-tempfail"),
    "rejects": ("connect", "not measured", "smtp-rejected"),
    "fragments": ("starttls", "passed", "ok"),
    "endlessehlo": ("connect", "not measured", "smtp-garbage"),
    "refused454": ("starttls", "not measured", "starttls-tempfail"),
    "refused502": ("starttls", "failed", "starttls-refused"),
    "injected": ("starttls", "failed", "plaintext-after-starttls"),
}

POLICY_CASES = {
    "redirect": ("policy-fetch", "failed", "http-redirect"),
    "missing": ("policy-fetch", "failed", "http-status"),
    "html": ("policy-fetch", "advice", "content-type"),
    "large": ("policy-fetch", "failed", "policy-too-large"),
    "slow": ("policy-fetch", "not measured", "policy-timeout"),
    "badcertificate": ("policy-certificate", "failed", "host-mismatch"),
}

DNS_CASES = {
    "servfail": ("mx-record", "not measured", "dns-servfail"),
    "lame": ("mx-record", "not measured", "dns-lame"),
    "bogus": ("mx-record", "failed", "dns-bogus"),
    "silent": ("mx-record", "not measured", "dns-timeout"),
    "nowhere": ("mx-record", "failed", "dns-nxdomain"),
    "nomx": ("mx-record", "failed", "no-mx"),
    "nullmx": ("mx-record", "advice", "null-mx"),
}

HANDSHAKE = ("certificate-name", "certificate-dates", "certificate-chain")


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """Start every case."""
    made = Lab(tmp_path_factory.mktemp("lab"))
    chains = made.authority.chains(host_of)
    for case in ("sni", "oldtls"):
        chains[case] = made.authority.write(
            case, made.authority.leaf(host_of(case)), made.authority.middle
        )
    made.chains = chains
    good = server_context(chains["good"])
    policies = made.authority.leaf("mta-sts.lab.test", names=("mta-sts.good.lab.test",))
    chains["policy"] = made.authority.write("policy", policies, made.authority.middle)
    body = POLICY.format(mx=host_of("good")).encode()
    policy = made.serve(serves(server_context(chains["policy"]), body=body), 443)
    made.many = (made.serve(sends(b""), 25), made.serve(polite(good), 25))
    for case, behaviour in (tls_behaviours(chains) | broken_behaviours(good)).items():
        made.domain(case, made.serve(behaviour, 25), policy=policy if case == "good" else None)
    for case, behaviour in policy_behaviours(lambda case: chains[case]).items():
        address = made.serve(behaviour, 443)
        made.domain(case, made.connect_to and made.at("127.0.0.1:1", 25), policy=address)
    made.lines += ["nomx.dns 60 IN A 192.0.2.1", "nullmx.dns 60 IN MX 0 ."]
    made.faults |= {f"{kind}.dns.test": kind for kind in ("servfail", "lame", "bogus", "silent")}
    own = made.authority.leaf(host_of("uneven"))
    uneven = server_context(made.authority.write("uneven", own, made.authority.middle))
    two = [made.serve(polite(context), 25) for context in (uneven, good)]
    made.domain("alias", two[0])
    made.lines = [line for line in made.lines if not line.startswith("mx.alias.lab")]
    made.lines += ["mx.alias.lab 60 IN CNAME one", "one 60 IN CNAME mx.good.lab"]
    made.domain("uneven", two[0])
    made.lines += [f"mx.uneven.lab 60 IN A {two[1]}"]
    silent, talks = (made.connect_to[f"{address}:25"] for address in made.many)
    for number in range(200):
        address = made.at(talks if number % 10 else silent, 25)
        made.lines += [
            f"host{number}.many 60 IN MX 10 mx.host{number}.many",
            f"mx.host{number}.many 60 IN A {address}",
        ]
    yield made.start(validated=True)
    made.close()


@pytest.mark.parametrize(("case", "wrong"), TLS_CASES.items(), ids=TLS_CASES)
def test_each_fault_of_a_certificate_is_found_and_no_other(lab, case, wrong):
    """What fails is what is wrong, and the handshake refuses nothing."""
    found = codes(lab.probe(case), mx_hostname=host_of(case))
    asked = {check: found[check] for check in ("starttls", "tls-version", *HANDSHAKE)}
    failed = {check: told for check, told in asked.items() if told[0] == "failed"}
    assert failed == wrong


@pytest.mark.parametrize(("case", "expected"), BROKEN_CASES.items(), ids=BROKEN_CASES)
def test_each_broken_peer_ends_in_time_with_its_own_finding(lab, case, expected):
    """No peer holds us longer than its deadline."""
    start = time.monotonic()
    check, *told = expected
    assert codes(lab.probe(case), mx_hostname=host_of(case))[check] == tuple(told)
    assert time.monotonic() - start < lab.options.host_seconds


@pytest.mark.parametrize(("case", "expected"), POLICY_CASES.items(), ids=POLICY_CASES)
def test_each_fault_of_a_policy_host_is_found(lab, case, expected):
    """By RFC 8461: no redirects, 64 KB, a certificate of its own name, in time."""
    check, *told = expected
    frame = lab.probe(case).checks()
    rows = frame[frame["check"] == check]
    assert tuple(told) in set(zip(rows["outcome"], rows["code"], strict=True))


@pytest.mark.parametrize(("case", "expected"), DNS_CASES.items(), ids=DNS_CASES)
def test_each_failure_of_dns_is_a_finding_of_its_own(lab, case, expected):
    """No answer is not the answer that there is nothing."""
    check, *told = expected
    findings = probe_domain(f"{case}.dns.test", lab.options)
    assert codes(findings)[check] == tuple(told)


def test_a_missing_intermediate_is_named(lab):
    """So that it can be served."""
    frame = lab.probe("leafonly").checks()
    (message,) = frame.loc[frame["code"] == "incomplete-chain", "message"]
    assert "CN=Lab Intermediate" in message


def test_an_alias_is_a_fact_with_its_steps(lab):
    """The name to cover stays that of the MX record."""
    findings = lab.probe("alias")
    found = codes(findings, mx_hostname=host_of("alias"))
    assert found["mx-alias"] == ("failed", "cname-chain")
    assert found["certificate-name"] == ("failed", "host-mismatch")
    assert findings.cname_steps()["to_name"].tolist() == ["one.test", "mx.good.lab.test"]


def test_one_bad_backend_is_found(lab):
    """Two addresses of one host that differ."""
    findings = lab.probe("uneven")
    found = codes(findings, mx_hostname=host_of("uneven"))
    assert found["addresses-alike"] == ("failed", "addresses-differ")
    frame = findings.checks()
    bad = frame.loc[(frame["check"] == "certificate-name") & (frame["outcome"] == "failed")]
    (message,) = frame.loc[frame["code"] == "addresses-differ", "message"]
    assert bad["code"].tolist() == ["host-mismatch"]
    assert f"only {bad['ip_address'].item()} of 2 addresses fails" in message


def test_a_certificate_that_needs_sni_is_told(lab):
    """Some senders send no SNI."""
    found = codes(lab.probe("sni"), mx_hostname=host_of("sni"))
    assert found["certificate-without-sni"] == ("advice", "sni-needed")


def test_a_good_domain_passes_and_the_table_says_so(lab):
    """Every MX: covered, STARTTLS, valid."""
    findings = lab.probe("good")
    assert not findings.is_failed, str(findings)
    row = findings.by_mx().iloc[0].to_dict()
    assert row == {
        "mx_hostname": host_of("good"),
        "covered_by_policy": "passed",
        "offers_starttls": "passed",
        "valid_certificate": "passed",
        "why": "",
    }
    assert findings.corrected_policy == POLICY.format(mx=host_of("good")).replace("\n", "\r\n")


def test_judging_again_equals_the_live_run(lab, tmp_path):
    """From the file, too."""
    findings = lab.probe("good")
    read = load_findings(findings.save(tmp_path / "findings.json"))
    assert read == findings
    assert judge(read.evidence) == findings


def test_private_addresses_are_not_asked_unless_allowed(lab):
    """A public name may lead into our own network."""
    options = lab.limited(nameserver_port=lab.options.nameserver_port, allow_private=False)
    found = codes(probe_domain("good.lab.test", options), mx_hostname=host_of("good"))
    assert found["connect"] == ("not measured", "skipped-not-public")


def test_a_probe_runs_where_a_loop_already_runs(lab):
    """As in a notebook."""

    async def cell():
        return lab.probe("good")

    assert asyncio.run(cell()).domain == "good.lab.test"


def test_our_own_address_and_name_stay_ours(lab, tmp_path):
    """Saved findings may be shown."""
    text = lab.probe("good").findings
    saved = lab.probe("good").save(tmp_path / "f.json").read_text()
    assert text
    assert "> EHLO probe.lab.test" in saved
    assert "127.0.0.1:" not in saved


def test_the_total_time_holds(lab):
    """What is not done by then is not measured."""
    options = lab.limited(
        nameserver_port=lab.options.nameserver_port, banner_seconds=20, total_seconds=1
    )
    start = time.monotonic()
    found = codes(probe_domain("silent.lab.test", options), mx_hostname=host_of("silent"))
    assert found["connect"] == ("not measured", "total-timeout")
    assert time.monotonic() - start < 5


def openssl_code(lab, case):
    """Give the verify code of ``openssl s_client`` on the server of a case."""
    (address,) = lab.probe(case).evidence.hosts[0].addresses
    command = ["openssl", "s_client", "-starttls", "smtp", "-servername", host_of(case)]
    command += ["-connect", lab.connect_to[f"{address.ip_address}:25"]]
    command += ["-verify_hostname", host_of(case), "-CAfile", str(lab.authority.root_file)]
    command += ["-no-CApath", "-cipher", "ALL:@SECLEVEL=0"]
    told = subprocess.run(
        command, input=b"QUIT\r\n", capture_output=True, timeout=20, check=False
    ).stdout.decode()
    line = next((text for text in told.splitlines() if "Verify return code" in text), "none")
    return line.partition(":")[2].split(" (")[0].strip()


AGREED = {
    "good": "0",
    "leafonly": "21",
    "wrongname": "62",
    "expired": "10",
    "selfsigned": "18",
    "untrusted": "19",
    "sni": "0",
    "oldtls": "0",
}


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
@pytest.mark.parametrize(("case", "verify_code"), AGREED.items(), ids=AGREED)
def test_openssl_says_the_same(lab, case, verify_code):
    """Another program on the same servers; its codes are those that the probe tells apart."""
    assert openssl_code(lab, case) == verify_code
    found = codes(lab.probe(case), mx_hostname=host_of(case))
    failed = any(found[check][0] == "failed" for check in HANDSHAKE)
    assert failed == (verify_code != "0")


def test_two_hundred_hosts_end_in_time_when_a_tenth_is_silent(lab):
    """The silent ones are waited for together, not one after another."""
    start = time.monotonic()
    findings = probe_domains([f"host{number}.many.test" for number in range(200)], lab.options)
    outcomes = [codes(found)["connect"] for found in findings]
    assert time.monotonic() - start < 60
    assert outcomes.count(("not measured", "banner-timeout")) == 20
    assert outcomes.count(("passed", "ok")) == 180


@pytest.mark.parametrize(("case", "code"), [("good", 0), ("wrongname", 1)])
def test_the_command_prints_the_table_and_writes_the_findings(lab, tmp_path, capsys, case, code):
    """Scripts read the exit code; people read the table."""
    saved = tmp_path / "findings.json"
    words = ["probe", f"{case}.lab.test", "--save", str(saved), "--helo", "probe.lab.test"]
    words += ["--nameserver", "127.0.0.1", "--nameserver-port", str(lab.options.nameserver_port)]
    words += ["--roots", str(lab.authority.root_file), "--allow-private"]
    for address, target in lab.connect_to.items():
        words += ["--connect-to", f"{address}={target}"]
    assert main(words) == code
    told = capsys.readouterr().out
    assert "valid_certificate" in told
    assert f"mx: {host_of(case)}" in told
    assert load_findings(saved).is_failed == bool(code)


@pytest.mark.parametrize(
    ("option", "value", "told"),
    [
        ("--connect-to", "192.0.2.1:25", "is not ADDRESS:PORT=TARGET:PORT"),
        ("--connect-to", "192.0.2.1:25=here:25", "'here' is not an IP address"),
        ("--connect-to", "192.0.2.1:25=127.0.0.1:x", "'x' is not a port"),
        ("--nameserver", "dns.example", "'dns.example' is not an IP address"),
        ("--nameserver-port", "0", "'0' is not a port"),
        ("--nameserver-port", "65536", "'65536' is not a port"),
    ],
)
def test_a_malformed_address_or_port_is_a_plain_error(capsys, option, value, told):
    """Before anything is asked."""
    with pytest.raises(SystemExit) as ended:
        main(["probe", "lab.test", option, value])
    assert ended.value.code == 2
    assert told in capsys.readouterr().err
