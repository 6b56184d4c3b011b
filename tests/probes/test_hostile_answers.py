"""Servers that answer to harm: one costs no other its findings, none costs more than the deadline."""

import asyncio
import dataclasses
import time

import dns.flags
import dns.message
import dns.name
import dns.rdatatype
import dns.rrset
import pytest
from lab.certificates import Authority
from lab.dns import NameServer
from lab.faces import PolicyFace
from lab.https import policy_behaviour
from lab.smtp import SmtpServer
from probes.test_judge_without_servers import evidence_of

from tlsrpt_analysis.cli import CRASHED, INTERRUPTED, main
from tlsrpt_analysis.probes import ProbeOptions, collect, judge, probe_domain
from tlsrpt_analysis.probes import domain as domain_module
from tlsrpt_analysis.probes.collect import DomainProbe
from tlsrpt_analysis.probes.dns_lookup import answer_of
from tlsrpt_analysis.probes.evidence import MxHost, PolicyResponse
from tlsrpt_analysis.probes.policy_fetch import fetch_policy
from tlsrpt_analysis.probes.run import Run, unless_broken
from tlsrpt_analysis.probes.smtp_dialogue import talk
from tlsrpt_analysis.probes.tls_handshake import permissive_context
from tlsrpt_analysis.standards.mta_sts import Coverage, covers

HOST = "mta-sts.lab.test"


def _response(*links: tuple[str, str]) -> dns.message.Message:
    response = dns.message.make_response(dns.message.make_query(links[0][0], "A"))
    response.answer += [
        dns.rrset.from_text(f"{start}.", 60, "IN", "CNAME", f"{target}.") for start, target in links
    ]
    return response


def test_a_hundred_aliases_are_no_circle():
    """They are too many, which is another fault with another cure."""
    steps = [(f"a{n}.example", f"a{n + 1}.example") for n in range(100)]
    assert answer_of("a0.example", "A", _response(*steps)).status == "many-aliases"


def test_aliases_that_come_round_are_a_circle():
    """However many names it has."""
    circle = [("a.example", "b.example"), ("b.example", "c.example"), ("c.example", "a.example")]
    assert answer_of("a.example", "A", _response(*circle)).status == "loop"


@pytest.mark.parametrize("label", [b"x" * 63, b"\xff\n" * 31, b'a.b\\"; $@(' * 6])
def test_a_failure_behind_an_odd_alias_is_a_finding(label):
    """The target of an alias is asked again, however long it is and whatever stands in it."""
    odd = dns.name.Name([label, label, label, b"lab", b"test", b""]).to_text()
    zone = ["@ 60 IN SOA ns 1 1 1 1 1 1", "@ 60 IN NS ns.lab.test.", "@ 60 IN MX 10 mx.lab.test."]
    circle = [f"mx.lab.test. 60 IN CNAME {odd}", f"{odd} 60 IN CNAME mx.lab.test."]
    server = NameServer({"lab.test": [*zone, *circle]}, {}, ())
    try:
        options = ProbeOptions(nameservers=("127.0.0.1",), nameserver_port=server.port)
        found = probe_domain("lab.test", options)
    finally:
        server.close()

    codes = {finding.check: finding.code for finding in found.findings}
    assert (codes["mx-alias"], codes["mx-address"]) == ("cname-chain", "dns-loop")
    assert "probe-error" not in codes.values()


def test_an_empty_answer_that_was_cut_off_is_not_measured():
    """It says nothing about whether there is a record."""
    response = dns.message.make_response(dns.message.make_query("lab.example", "MX"))
    response.flags |= dns.flags.TC
    answer = answer_of("lab.example", "MX", response)

    found = judge(dataclasses.replace(evidence_of(), mx=answer))

    mx_record = next(f for f in found.findings if f.check == "mx-record")
    assert (mx_record.outcome, mx_record.code) == ("not measured", "dns-truncated")


@pytest.mark.parametrize(
    ("greeting", "outcome"),
    [
        (b"HTTP/1.1 400 Bad\r\n", "not-smtp"),
        (b"999 hi\r\n", "not-smtp"),
        (b"000 x\r\n", "not-smtp"),
    ],
)
def test_a_greeting_that_is_no_smtp_is_said_to_be_none(greeting, outcome):
    """A web server on port 25, or codes that SMTP does not have."""
    server = SmtpServer("127.0.0.1", lambda connection, _: connection.sendall(greeting))
    try:
        options = ProbeOptions(smtp_port=server.port)
        dialogue = talk("127.0.0.1", None, options, permissive_context(), {})
        assert asyncio.run(dialogue).outcome == outcome
    finally:
        server.close()


@pytest.mark.parametrize("way", ["compressed", "compressed in secret"])
def test_a_compressed_policy_says_so(tmp_path, way):
    """Rather than that its text is not UTF-8."""
    authority = Authority(tmp_path)
    chain = authority.write("policy", authority.leaf(HOST), authority.middle)
    server = SmtpServer("127.0.0.1", policy_behaviour(PolicyFace(chain, way, "x" * 99)))
    try:
        options = ProbeOptions(https_port=server.port)
        fetch = fetch_policy("127.0.0.1", HOST, options, permissive_context(), {})
        response = asyncio.run(fetch)
    finally:
        server.close()
    assert response.outcome == "policy-compressed"
    assert response.detail == "served compressed (gzip), which was not asked for"


def test_a_compressed_policy_is_a_failed_check():
    """Senders do not unpack it."""
    response = PolicyResponse(
        ip_address="192.0.2.1", outcome="policy-compressed", detail="served compressed (gzip)"
    )
    found = judge(dataclasses.replace(evidence_of(), policy_responses=(response,)))
    fetch = next(f for f in found.findings if f.check == "policy-fetch")
    assert (fetch.outcome, fetch.message) == ("failed", "served compressed (gzip)")


PATTERNS = [
    "mx.example.com",
    "*.example.com",
    "*.a.example.com.",
    "MX2.Example.NET",
    "*",
    "*.",
    "ü",
]
NAMES = ["mx.example.com.", "MX.EXAMPLE.COM", "a.b.example.com", "b.a.example.com", "example.com"]


def test_coverage_by_look_up_is_that_of_every_pair():
    """The same answer, without the pairs."""
    names = [*NAMES, *PATTERNS, "mx2.example.net", ".example.com", ""]
    for name in names:
        assert Coverage(PATTERNS).covers(name) == covers(PATTERNS, name), name
    for pattern in PATTERNS:
        is_used = any(covers([pattern], name) for name in names[:5])
        assert (Coverage([pattern]).unused(names[:5]) == []) == is_used, pattern


def test_2800_hosts_and_4800_lines_are_judged_within_seconds():
    """A forged policy and zone must not outlast the deadline of the probe."""
    lines = "".join(f"mx: m{n}.x.example\r\n" for n in range(4_800))
    body = f"version: STSv1\r\nmode: enforce\r\nmax_age: 86400\r\n{lines}".encode()
    hosts = tuple(MxHost(name=f"h{n}.example.com", preference=1) for n in range(2_800))
    response = PolicyResponse(ip_address="192.0.2.1", outcome="ok", body=body)
    evidence = dataclasses.replace(evidence_of(), hosts=hosts, policy_responses=(response,))

    start = time.process_time()
    found = judge(evidence)
    found.by_mx()
    str(found)

    assert time.process_time() - start < 5
    assert sum(f.code == "mx-not-in-policy" for f in found.findings) == 2_800


def test_an_error_that_nobody_foresaw_becomes_an_answer():
    """With its kind, on one line."""

    async def breaks():
        raise RecursionError("deep\nfine")

    why = asyncio.run(unless_broken(breaks(), lambda text: text))
    assert why == "unexpected RecursionError: deep\N{REPLACEMENT CHARACTER}fine"


def test_what_was_found_before_ctrl_c_is_kept(monkeypatch, capsys, tmp_path):
    """The rest is not measured; the exit code is that of an interruption."""

    async def endless(self, *_):
        answer = dataclasses.replace(evidence_of().mx, name=self.domain)
        late = dataclasses.replace(answer, status="timeout")
        got = await self.run.in_time(asyncio.sleep(600, answer), late)
        return dataclasses.replace(evidence_of("not-asked"), mx=got, domain=self.domain)

    async def interrupted(names, options, *, progress):
        work = asyncio.ensure_future(collect(names, options, progress=progress))
        await asyncio.sleep(0.2)
        work.cancel()
        return await work

    monkeypatch.setattr(DomainProbe, "evidence", endless)
    monkeypatch.setattr(domain_module, "collect", interrupted)
    saved = tmp_path / "saved.json"

    code = main(["probe", "lab.example", "--nameserver", "127.0.0.1", "--save", str(saved)])

    output = capsys.readouterr()
    assert code == INTERRUPTED
    assert "lab.example, 2026-10-01 00:00 UTC: " in output.out
    assert "stopped before its end" in output.out
    assert "stopped; what was not reached is not measured" in output.err
    assert saved.exists()


def test_a_crash_has_an_exit_code_of_its_own(monkeypatch, capsys):
    """A script must not take it for a failed check."""

    def breaks(*_, **__):
        raise RuntimeError("odd")

    monkeypatch.setattr(Run, "start", breaks)

    assert main(["probe", "lab.example", "--nameserver", "127.0.0.1"]) == CRASHED == 70
    error = capsys.readouterr().err
    assert "RuntimeError: odd" in error
    assert error.splitlines()[-1].startswith("tlsrpt-analysis: this is a fault of tlsrpt-analysis")


def test_a_host_that_breaks_the_probe_costs_no_other(monkeypatch):
    """Its own findings say so."""

    async def hosts(_, name, preference):
        if name == "bad.example":
            raise RecursionError("deep")
        return MxHost(name=name, preference=preference)

    async def answers(_, name, record_type):
        answer = dataclasses.replace(evidence_of().mx, name=name, record_type=record_type)
        records = ("10 bad.example.", "20 good.example.") if record_type == "MX" else ()
        return dataclasses.replace(answer, records=records)

    monkeypatch.setattr(DomainProbe, "_host", hosts)
    monkeypatch.setattr(Run, "look_up", answers)

    found = probe_domain("lab.example", ProbeOptions(nameservers=("127.0.0.1",)))

    codes = {(f.mx_hostname, f.code) for f in found.findings if f.check == "connect"}
    assert codes == {("bad.example", "probe-error"), ("good.example", "no-address")}
