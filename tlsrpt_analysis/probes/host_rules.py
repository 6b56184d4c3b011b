"""What SMTP dialogues show: connection, STARTTLS, TLS, and whether a host's addresses agree."""

import dataclasses
from collections.abc import Iterator, Sequence

from tlsrpt_analysis.probes.certificate_rules import (
    Certificates,
    Verdict,
    session_verdicts,
    tlsa_verdict,
)
from tlsrpt_analysis.probes.chain import Fault, name_fault
from tlsrpt_analysis.probes.evidence import HostAddress, MxHost, Port25, SmtpDialogue, TlsSession
from tlsrpt_analysis.probes.findings import (
    ADVICE,
    FAILED,
    NOT_MEASURED,
    NOT_REACHED,
    PASSED,
    Finding,
    worst,
)
from tlsrpt_analysis.shown_texts import listed

IN_ORDER = (
    "connect",
    "starttls",
    "tls-handshake",
    "tls-version",
    "certificate-name",
    "certificate-dates",
    "certificate-chain",
)
"""Checks in the order in which each needs those before it; the last ones share a handshake."""

STARTTLS_FAULTS = {
    "starttls-not-offered": (FAILED, "STARTTLS is not offered"),
    "starttls-refused": (FAILED, "STARTTLS is offered and refused"),
    "plaintext-after-starttls": (FAILED, "plain text follows the answer to STARTTLS"),
    "starttls-tempfail": (NOT_MEASURED, "STARTTLS is refused temporarily"),
    "starttls-closed": (NOT_MEASURED, "the connection ended at STARTTLS"),
    "starttls-garbage": (NOT_MEASURED, "the answer to STARTTLS is not SMTP"),
    "starttls-timeout": (NOT_MEASURED, "no answer to STARTTLS in time"),
}

CONNECT_FAULTS = NOT_REACHED | {
    "smtp-tempfail": "the host refuses temporarily",
    "smtp-rejected": "the host refuses to talk to us",
    "smtp-closed": "the host closes the connection",
    "smtp-garbage": "the host's answer is not an SMTP reply",
    "not-smtp": "the server does not speak SMTP",
    "banner-timeout": "no greeting in time",
    "command-timeout": "no answer in time",
    "vantage-port25-blocked": "nothing answers on port 25 from here: outgoing connections are blocked",
}

SILENT = ("tcp-timeout", "tcp-refused")
BLOCKED_TIMEOUTS, BLOCKED_NETWORKS = 3, 2
"""This many silent addresses in this many networks, and no answer: port 25 is blocked here."""


def host_findings(
    host: MxHost, certificates: Certificates, port25: Port25, *, is_trusted: bool
) -> Iterator[Finding]:
    """Yield the findings on every address of a host, and on whether they agree."""
    verdicts_by_address = []
    for address in host.addresses:
        verdicts = list(_address_verdicts(host, address, certificates, port25, is_trusted))
        verdicts_by_address.append(verdicts)
        for verdict in verdicts:
            yield _finding(verdict, host.name, address.ip_address)
    if not host.addresses:
        for check in (*IN_ORDER, "tlsa"):
            message = NOT_REACHED.get(host.skipped, "no address to connect to")
            fault = Fault(host.skipped or "no-address", message)
            yield _finding(Verdict(check, NOT_MEASURED, fault), host.name, None)
    if len(host.addresses) > 1:
        yield _finding(_alike(host.addresses, verdicts_by_address), host.name, None)


def unjudged(host: MxHost, error: Exception) -> Iterator[Finding]:
    """Yield that nothing could be measured at a host, because judging it failed."""
    message = f"{NOT_REACHED['probe-error']} ({type(error).__name__}: {error})"
    for check in (*IN_ORDER, "tlsa"):
        yield _finding(Verdict(check, NOT_MEASURED, Fault("probe-error", message)), host.name, None)


def _finding(verdict: Verdict, mx_hostname: str, ip_address: str | None) -> Finding:
    return Finding(
        check=verdict.check,
        outcome=verdict.outcome,
        code=verdict.fault.code,
        message=verdict.fault.message,
        mx_hostname=mx_hostname,
        ip_address=ip_address,
    )


def is_port_25_blocked(port25: Port25) -> bool:
    """Whether outgoing connections to port 25 are blocked here, rather than the hosts silent."""
    return (
        port25.connected == 0
        and port25.timed_out + port25.refused == port25.tried
        and port25.tried >= BLOCKED_TIMEOUTS
        and port25.networks >= BLOCKED_NETWORKS
    )


def _address_verdicts(
    host: MxHost,
    address: HostAddress,
    certificates: Certificates,
    port25: Port25,
    is_trusted: bool,  # noqa: FBT001 - private, and named by its callers
) -> Iterator[Verdict]:
    dialogue = address.dialogues[0]
    if dialogue.outcome in SILENT and is_port_25_blocked(port25):
        dialogue = dataclasses.replace(dialogue, outcome="vantage-port25-blocked", detail="")
    elif dialogue.outcome == "tcp-timeout" and not port25.connected:
        hint = "or outgoing connections to port 25 are blocked here"
        dialogue = dataclasses.replace(dialogue, detail=hint)
    yield from _steps(dialogue, host.name, certificates)
    session = dialogue.tls if dialogue.tls and dialogue.tls.outcome == "ok" else None
    yield tlsa_verdict(host, session, certificates, is_trusted=is_trusted)
    if session is not None:
        yield _without_sni(host.name, session, address.dialogues[1:], certificates)


def _steps(dialogue: SmtpDialogue, hostname: str, certificates: Certificates) -> Iterator[Verdict]:
    outcome, session = dialogue.outcome, dialogue.tls
    detail = f": {dialogue.detail}" if dialogue.detail else ""
    if outcome in STARTTLS_FAULTS:
        yield Verdict("connect", PASSED, Fault("ok", dialogue.banner))
        verdict, message = STARTTLS_FAULTS[outcome]
        fault = Fault(outcome, message + detail)
        yield Verdict("starttls", verdict, fault)
        yield from _unmeasured(2, fault)
    elif session is None:
        fault = Fault(outcome, CONNECT_FAULTS.get(outcome, outcome) + detail)
        yield from _unmeasured(0, fault)
    else:
        yield Verdict("connect", PASSED, Fault("ok", dialogue.banner))
        yield Verdict("starttls", PASSED, Fault("ok", "STARTTLS is offered and accepted"))
        yield from _tls_steps(session, hostname, certificates)


def _tls_steps(session: TlsSession, hostname: str, certificates: Certificates) -> Iterator[Verdict]:
    if session.outcome == "ok":
        yield Verdict("tls-handshake", PASSED, Fault("ok", "the handshake succeeded"))
        yield from session_verdicts(session, hostname, certificates)
        return
    reason = session.detail or NOT_REACHED.get(session.outcome, session.outcome)
    fault = Fault(session.outcome, f"no TLS session: {reason}")
    measured = session.outcome == "tls-handshake"
    yield Verdict("tls-handshake", FAILED if measured else NOT_MEASURED, fault)
    yield from _unmeasured(3, fault)


def _unmeasured(first: int, fault: Fault) -> Iterator[Verdict]:
    return (Verdict(check, NOT_MEASURED, fault) for check in IN_ORDER[first:])


def _without_sni(
    hostname: str,
    session: TlsSession,
    others: Sequence[SmtpDialogue],
    certificates: Certificates,
) -> Verdict:
    check = "certificate-without-sni"
    session_without_sni = next(
        (d.tls for d in others if d.tls is not None and d.tls.outcome == "ok"), None
    )
    if session_without_sni is None:
        code = others[0].outcome if others else "not-asked"
        return Verdict(check, NOT_MEASURED, Fault(code, "no TLS session without SNI"))
    served = certificates.served(session_without_sni)
    is_same = session_without_sni.chain == session.chain
    if is_same or (served and name_fault(served[0], hostname) is None):
        return Verdict(
            check, PASSED, Fault("ok", "the certificate without SNI is for the host, too")
        )
    message = "senders without SNI get a certificate for another name"
    return Verdict(check, ADVICE, Fault("sni-needed", message))


def _alike(
    addresses: Sequence[HostAddress], verdicts_by_address: Sequence[Sequence[Verdict]]
) -> Verdict:
    check = "addresses-alike"
    answering = [
        (address, verdicts)
        for address, verdicts in zip(addresses, verdicts_by_address, strict=True)
        if worst([v.outcome for v in verdicts if v.check == "connect"]) == PASSED
    ]
    silent = [a.ip_address for a in addresses if a.dialogues[0].outcome in SILENT]
    if answering and silent:
        message = f"{listed(silent)} does not answer, while other addresses of the host do"
        return Verdict(check, ADVICE, Fault("address-silent", message))
    if len(answering) < 2:
        fault = Fault("too-few-answers", "fewer than two addresses answered")
        return Verdict(check, NOT_MEASURED, fault)
    bad = [a.ip_address for a, verdicts in answering if any(v.outcome == FAILED for v in verdicts)]
    if bad and len(bad) < len(answering):
        message = f"of {len(answering)} addresses only {listed(bad)} fails"
        return Verdict(check, FAILED, Fault("addresses-differ", message))
    chains = {d.tls.chain for a, _ in answering for d in a.dialogues[:1] if d.tls is not None}
    if len(chains) > 1:
        message = "the addresses serve different certificates"
        return Verdict(check, ADVICE, Fault("certificates-differ", message))
    return Verdict(check, PASSED, Fault("ok", f"{len(answering)} addresses answer alike"))
