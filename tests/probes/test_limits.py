"""How much a server may send, on both sides of each limit."""

import asyncio

import pytest
from lab.certificates import Authority
from lab.faces import PolicyFace
from lab.https import policy_behaviour
from lab.smtp import SmtpServer, polite

from tlsrpt_analysis.probes import ProbeOptions
from tlsrpt_analysis.probes.policy_fetch import LARGEST_POLICY, fetch_policy
from tlsrpt_analysis.probes.smtp_dialogue import MOST_LINES, talk
from tlsrpt_analysis.probes.tls_handshake import permissive_context

HOST = "mta-sts.lab.test"


@pytest.mark.parametrize(
    ("size", "outcome"), [(LARGEST_POLICY, "ok"), (LARGEST_POLICY + 1, "policy-too-large")]
)
def test_a_policy_has_at_most_64_kilobytes(tmp_path, size, outcome):
    """RFC 8461 §3.3 suggests this limit."""
    authority = Authority(tmp_path)
    chain = authority.write("policy", authority.leaf(HOST), authority.middle)
    server = SmtpServer("127.0.0.1", policy_behaviour(PolicyFace(chain, "good", "x" * size)))
    options = ProbeOptions(https_port=server.port)
    try:
        fetch = fetch_policy("127.0.0.1", HOST, options, permissive_context(), {})
        assert asyncio.run(fetch).outcome == outcome
    finally:
        server.close()


@pytest.mark.parametrize(
    ("lines", "outcome"),
    [(MOST_LINES, "starttls-not-offered"), (MOST_LINES + 1, "smtp-garbage")],
)
def test_a_reply_has_at_most_a_hundred_lines(lines, outcome):
    """A longer one may have no end."""
    reply = b"250-X\r\n" * (lines - 1) + b"250 HELP\r\n"
    server = SmtpServer("127.0.0.1", polite(ehlo=[reply]))
    options = ProbeOptions(smtp_port=server.port)
    try:
        dialogue = talk("127.0.0.1", None, options, permissive_context(), {})
        assert asyncio.run(dialogue).outcome == outcome
    finally:
        server.close()
