"""What only real servers show: a probe in their log, and a resolver that gives no reason."""

import threading
import time

import pytest
from lab.domains import codes
from lab.servers import DebianServers

from tlsrpt_analysis.probes import probe_domain

pytestmark = pytest.mark.parametrize("lab", [DebianServers], indirect=True)


def test_postfix_logs_two_clean_dialogues_and_nothing_else(lab):
    """EHLO, STARTTLS, QUIT, with SNI and without; no aborted handshake, and no mail."""
    assert codes(lab.probe("logged"))["tls-handshake"] == ("passed", "ok")
    end, ends, lines = time.monotonic() + 10, [], []
    while len(ends) < 2 and time.monotonic() < end:
        threading.Event().wait(0.01)
        lines = lab.servers.postfix.log_of("logged")
        ends = [line for line in lines if line.startswith("disconnect from ")]
    line = "disconnect from unknown[127.0.0.1] ehlo=1 starttls=1 quit=1 commands=3"
    assert ends == [line, line]
    assert not [line for line in lines if "lost connection" in line or "error" in line]


@pytest.mark.parametrize(
    ("domain", "check", "expected", "why"),
    [
        ("bogus.test", "mx-record", ("failed", "dns-bogus"), "when DNSSEC is not checked"),
        ("lame.test", "mx-record", ("not measured", "dns-lame"), "(127.0.9.2) answers REFUSED"),
        ("servfail.test", "mx-record", ("not measured", "dns-servfail"), "(SERVFAIL)"),
        ("loop.lab.test", "mx-address", ("failed", "dns-loop"), "form a loop"),
        ("silent.test", "mx-record", ("not measured", "dns-timeout"), "no answer in time"),
    ],
)
def test_a_resolver_that_says_only_servfail_is_asked_on(lab, domain, check, expected, why):
    """As an operator would find it with ``dig +cd`` and ``dig +trace``."""
    options = lab.limited(nameserver_port=lab.servers.quiet_port)
    findings = probe_domain(domain, options)
    assert codes(findings)[check] == expected
    frame = findings.checks()
    assert why in frame.loc[frame["check"] == check, "message"].iloc[0]
