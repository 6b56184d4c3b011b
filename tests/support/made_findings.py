"""Findings about domains of the sample reports, the same on every run; run it to write them.

``PYTHONPATH=tests python -m support.made_findings`` writes the files that the notebook on probes reads.
The evidence is written by hand, the certificates come from the PKI of the lab, and `judge` judges.
"""

import datetime as dt
import hashlib
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding
from lab.certificates import Issued, issue

from tlsrpt_analysis.probes import Evidence, Findings, judge
from tlsrpt_analysis.probes.evidence import (
    DnsAnswer,
    HostAddress,
    MxHost,
    PolicyResponse,
    Port25,
    ReportedPolicy,
    SmtpDialogue,
    StoredCertificate,
    TlsSession,
    Vantage,
)

FOLDER = Path(__file__).parents[2] / "notebooks"
SEEN = dt.datetime(2026, 11, 2, 9, tzinfo=dt.UTC)
START, END = SEEN - dt.timedelta(days=30), SEEN + dt.timedelta(days=60)

ROOT = issue("Example Root", is_authority=True)
MIDDLE = issue("Example Intermediate", ROOT, is_authority=True)

DOMAINS = {
    "cname.example": (("mx1.cname.example", "mx2.cname.example"), "mx1 mx2", "alias"),
    "chain.example": (("mx1.chain.example", "mx2.chain.example"), "*", "leaf only"),
    "example.com": (("mx1.example.com", "mx2.example.com"), "mx1", ""),
    "expired.example": (("mx1.expired.example",), "mx1", ""),
}
"""By domain: its MX hosts, the labels that its policy covers, and the fault of its ``mx1``."""


def leaf(name: str) -> Issued:
    """Issue the certificate of a host."""
    return issue(name, MIDDLE, names=(name,), start=START, end=END)


def stored(issued: Issued, role: str) -> StoredCertificate:
    """Return a certificate as the evidence stores it."""
    der = issued.certificate.public_bytes(Encoding.DER)
    return StoredCertificate(sha256=hashlib.sha256(der).hexdigest(), der=der, role=role)


def session(name: str | None, chain: list[Issued]) -> TlsSession:
    """Return a successful handshake."""
    return TlsSession(
        server_name=name,
        outcome="ok",
        protocol="TLSv1.3",
        cipher="TLS_AES_256_GCM_SHA384",
        chain=tuple(stored(issued, "served").sha256 for issued in chain),
    )


def answer(name: str, record_type: str, *records: str, **more) -> DnsAnswer:
    """Return a DNS answer; without records there is no such name."""
    status = "ok" if records else "nxdomain"
    return DnsAnswer(name=name, record_type=record_type, status=status, records=records, **more)


def mx_host(name: str, number: int, chain: list[Issued], *, is_alias: bool) -> MxHost:
    """Return an MX host with one address, asked with SNI and without."""
    address = f"192.0.2.{number}"
    target = "node7.hosting.example"
    aliases = ((name, target),) if is_alias else ()
    dialogues = tuple(
        SmtpDialogue(
            server_name=server_name,
            outcome="ok",
            banner=f"220 {name} ESMTP",
            transcript=(f"< 220 {name} ESMTP", "> EHLO probe.example.net", "> STARTTLS", "> QUIT"),
            tls=session(server_name, chain),
            is_clean_quit=True,
        )
        for server_name in (name, None)
    )
    return MxHost(
        name=name,
        preference=10 * number,
        lookups=(answer(name, "A", address, aliases=aliases),),
        tlsa=(answer(f"_25._tcp.{name}", "TLSA"),),
        addresses=(HostAddress(ip_address=address, dialogues=dialogues),),
    )


def evidence_of(domain: str) -> Evidence:
    """Return what a probe of a domain would have seen."""
    names, covered, fault = DOMAINS[domain]
    patterns = "".join(f"mx: {label}.{domain}\r\n" for label in covered.split())
    text = f"version: STSv1\r\nmode: testing\r\n{patterns}max_age: 604800\r\n"
    leaves = [leaf(name) for name in names]
    policy_leaf = leaf(f"mta-sts.{domain}")
    chains = [[own, MIDDLE] for own in leaves]
    if fault == "leaf only":
        chains[0] = leaves[:1]
    hosts = tuple(
        mx_host(name, number, chain, is_alias=fault == "alias" and number == 1)
        for number, (name, chain) in enumerate(zip(names, chains, strict=True), start=1)
    )
    response = PolicyResponse(
        ip_address="192.0.2.80",
        outcome="ok",
        status=200,
        content_type="text/plain",
        body=text.encode(),
        tls=session(f"mta-sts.{domain}", [policy_leaf, MIDDLE]),
    )
    return Evidence(
        domain=domain,
        collected_datetime=SEEN,
        vantage=Vantage(
            version="0.1.0",
            helo="probe.example.net",
            resolver=("127.0.0.1",),
            is_resolver_trusted=True,
            root_store="Example Root",
            port25=Port25(tried=len(hosts), connected=len(hosts), networks=1),
        ),
        mx=answer(domain, "MX", *(f"{host.preference} {host.name}" for host in hosts)),
        policy_record=answer(f"_mta-sts.{domain}", "TXT", "v=STSv1; id=20260701;"),
        report_record=answer(
            f"_smtp._tls.{domain}", "TXT", f"v=TLSRPTv1; rua=mailto:tls-reports@{domain}"
        ),
        policy_lookups=(answer(f"mta-sts.{domain}", "A", "192.0.2.80"),),
        policy_responses=(response,),
        hosts=hosts,
        certificates=(
            stored(ROOT, "root"),
            *(stored(issued, "served") for issued in (*leaves, policy_leaf, MIDDLE)),
        ),
        reported_policies=(ReportedPolicy(text=text, last_day=dt.date(2026, 10, 31)),),
    )


def findings_of(domain: str) -> Findings:
    """Return the findings on a domain."""
    return judge(evidence_of(domain))


if __name__ == "__main__":
    for made in DOMAINS:
        findings_of(made).save(FOLDER / f"findings-{made}.json")
