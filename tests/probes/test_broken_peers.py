"""Misbehaving peers: each ends in time with its own finding, and fails only what it failed."""

import asyncio
import contextlib
import signal
import tempfile
import threading
import time
from pathlib import Path

import pytest
from lab.broken import BROKEN_CASES, broken_behaviours
from lab.domains import Lab, codes
from lab.faces import host_of, policy_faces
from lab.https import policy_behaviour
from lab.many import black_hole
from lab.ports import free_port
from lab.servers import PythonServers
from lab.smtp import SmtpServer, polite, server_context

from tlsrpt_analysis.probes import probe_domain
from tlsrpt_analysis.probes.host_rules import IN_ORDER


@pytest.fixture(scope="module")
def lab():
    """Start every broken peer."""
    with tempfile.TemporaryDirectory(prefix="lab") as folder:
        made = Lab(Path(folder), PythonServers)
        leaf = made.authority.leaf(host_of("uneven"), names=(host_of("uneven"), host_of("two")))
        chain = made.authority.write("uneven", leaf, made.authority.middle)
        other = made.authority.write("other", made.authority.leaf("other"), made.authority.middle)
        good = server_context(chain)
        for case, behaviour in broken_behaviours(good).items():
            domain(made, case, serve(made, behaviour))
        answers = serve(made, polite(good))
        domain(made, "uneven", answers, serve(made, polite(server_context(other))))
        domain(made, "half", answers, made.at(f"127.0.0.1:{free_port()}", 25))
        if has_ipv6():
            domain(made, "two", answers)
            policy = policy_behaviour(policy_faces(made.authority)["good"])
            both = made.at(made.servers.serve(policy), 443)
            made.zones["lab.test"] += [
                f"mta-sts.two 60 IN A {both}",
                "mta-sts.two 60 IN AAAA 2001:db8::1",
                "mx.two 60 IN AAAA 2001:db8::1",
            ]
            for port, behaviour in ((25, polite(good)), (443, policy)):
                v6 = SmtpServer("::1", behaviour)
                made.opened.callback(v6.close)
                made.connect_to[f"[2001:db8::1]:{port}"] = f"[::1]:{v6.port}"
        nowhere = made.opened.enter_context(black_hole())
        blocked = ("198.51.100.1", "198.51.100.2", "203.0.113.1")
        made.connect_to |= {f"{address}:25": nowhere for address in blocked}
        domain(made, "blocked", *blocked)
        domain(made, "crowd", *(made.at("127.0.0.1:1", 25) for _ in range(18)))
        try:
            yield made.start()
        finally:
            made.close()


def has_ipv6():
    """Whether this machine has IPv6 on loopback."""
    try:
        SmtpServer("::1", polite()).close()
    except OSError:
        return False
    return True


def serve(lab, behaviour):
    """Start a server and return its address in DNS."""
    return lab.at(lab.servers.serve(behaviour), 25)


def domain(lab, case, *addresses):
    """Add a domain with one MX to DNS."""
    lab.zones["lab.test"].append(f"{case} 60 IN MX 10 mx.{case}")
    lab.zones["lab.test"] += [f"mx.{case} 60 IN A {address}" for address in addresses]


@pytest.mark.parametrize(("case", "expected"), BROKEN_CASES.items(), ids=BROKEN_CASES)
def test_each_broken_peer_ends_in_time_with_its_own_finding(lab, case, expected):
    """Later steps were not measured, so they neither pass nor fail."""
    check, *finding = expected
    start = time.monotonic()
    found = codes(lab.probe(case), mx_hostname=host_of(case))
    assert time.monotonic() - start < lab.options.host_seconds
    assert found[check] == tuple(finding)
    if finding[0] != "passed":
        later = IN_ORDER[IN_ORDER.index(check) + 1 :]
        assert {found[name][0] for name in later} == {"not measured"}


def test_terminal_control_characters_are_replaced(lab):
    """A host can send anything."""
    text = str(lab.probe("escapes"))
    assert "554 \N{REPLACEMENT CHARACTER}[2Jgo away\N{REPLACEMENT CHARACTER}" in text
    assert text.replace("\n", "").isprintable()


def test_one_bad_backend_is_found(lab):
    """Two addresses of one host that differ."""
    findings = lab.probe("uneven")
    found = codes(findings, mx_hostname=host_of("uneven"))
    assert found["addresses-alike"] == ("failed", "addresses-differ")
    frame = findings.checks()
    bad = frame.loc[(frame["check"] == "certificate-name") & (frame["outcome"] == "failed")]
    (message,) = frame.loc[frame["code"] == "addresses-differ", "message"]
    assert bad["code"].tolist() == ["host-mismatch"]
    assert f"of 2 addresses only {bad['ip_address'].item()} fails" in message


def test_one_dead_backend_is_reported_beside_a_live_one(lab):
    """It is not measured, but is worth advice."""
    found = codes(lab.probe("half"), mx_hostname=host_of("half"))
    assert found["connect"] == ("not measured", "tcp-refused")
    assert found["addresses-alike"] == ("advice", "address-silent")


@pytest.mark.skipif(not has_ipv6(), reason="this machine has no IPv6 on loopback")
def test_both_families_are_asked(lab):
    """Each address of a host is a row of its own."""
    frame = lab.probe("two").checks()
    for check in ("tls-handshake", "policy-fetch"):
        rows = frame[frame["check"] == check]
        assert rows["ip_address"].tolist()[1] == "2001:db8::1"
        assert rows["outcome"].tolist() == ["passed", "passed"]


def test_private_addresses_are_not_asked_unless_allowed(lab):
    """A public name may point into our own network."""
    options = lab.limited(allow_private=False)
    found = codes(probe_domain("half.lab.test", options), mx_hostname=host_of("half"))
    assert found["connect"] == ("not measured", "skipped-not-public")


def test_a_blocked_port_25_is_not_a_fault_of_the_hosts(lab):
    """Nothing answers in two networks."""
    frame = lab.probe("blocked").checks()
    connects = frame[frame["check"] == "connect"]
    assert connects["code"].tolist() == ["vantage-port25-blocked"] * 3
    assert not (frame["mx_hostname"].notna() & (frame["outcome"] == "failed")).any()


def test_addresses_over_the_limit_are_listed_as_skipped(lab):
    """Nothing is left out without a word."""
    frame = lab.probe("crowd").checks()
    codes_of = frame.loc[frame["check"] == "connect", "code"]
    assert codes_of.value_counts().to_dict() == {"tcp-refused": 16, "skipped-limit": 2}


def test_an_interrupt_in_a_notebook_ends_the_probe(lab):
    """Its thread does not run on to the last deadline."""

    async def cell():
        main = threading.main_thread().ident
        threading.Timer(0.5, signal.pthread_kill, (main, signal.SIGINT)).start()
        probe_domain("silent.lab.test", lab.limited(banner_seconds=30, host_seconds=30))

    loop, start = asyncio.new_event_loop(), time.monotonic()
    with contextlib.closing(loop), pytest.raises(KeyboardInterrupt):
        loop.run_until_complete(cell())
    assert time.monotonic() - start < 10


def test_a_probe_runs_where_a_loop_already_runs(lab):
    """As in a notebook."""

    async def cell():
        return lab.probe("half")

    assert asyncio.run(cell()).domain == "half.lab.test"


def test_the_total_time_holds(lab):
    """What is not done by then is not measured."""
    options = lab.limited(banner_seconds=20, total_seconds=1)
    start = time.monotonic()
    found = codes(probe_domain("silent.lab.test", options), mx_hostname=host_of("silent"))
    assert found["connect"] == ("not measured", "total-timeout")
    assert time.monotonic() - start < 5
