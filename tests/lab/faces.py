"""How the lab's mail and policy hosts look to a probe, whatever software serves them."""

import datetime as dt
from dataclasses import dataclass, field
from pathlib import Path

from lab.certificates import issue

POLICY = "version: STSv1\nmode: enforce\nmx: {mx}\nmax_age: 604800\n"
PAST = dt.datetime(2026, 2, 1, tzinfo=dt.UTC)


@dataclass(frozen=True)
class MailFace:
    """A mail host: without a chain it offers no STARTTLS; `by_name` maps SNI names to chains."""

    chain: Path | None
    is_old: bool = False
    by_name: dict[str, Path] = field(default_factory=dict)


@dataclass(frozen=True)
class PolicyFace:
    """A policy host: `way` is ``good``, ``redirect``, ``missing``, ``html``, ``large``, ``slow``."""

    chain: Path
    way: str
    body: str


def host_of(case):
    """Return the MX name of a case."""
    return f"mx.{case}.lab.test"


def mail_faces(authority):
    """Return the mail host of each case; its files are in the folder of the authority."""
    leaf, write, middle = authority.leaf, authority.write, authority.middle
    host = host_of
    alone = issue(host("selfsigned"), names=(host("selfsigned"),))
    strange = issue(host("untrusted"), authority.stranger, names=(host("untrusted"),))
    between = issue("Stranger Intermediate", authority.stranger, is_authority=True)
    unknown = issue(host("unknownroot"), between, names=(host("unknownroot"),))
    wrong = write("wrongname", leaf(host("wrongname"), names=("other.lab.test",)), middle)
    old = write("oldtls", leaf(host("oldtls")), middle)
    return {
        "good": MailFace(write("good", leaf(host("good")), middle)),
        "logged": MailFace(write("logged", leaf(host("logged")), middle)),
        "leafonly": MailFace(write("leafonly", leaf(host("leafonly")))),
        "wrongname": MailFace(wrong),
        "expired": MailFace(write("expired", leaf(host("expired"), end=PAST), middle)),
        "selfsigned": MailFace(write("selfsigned", alone)),
        "untrusted": MailFace(write("untrusted", strange, authority.stranger)),
        "unknownroot": MailFace(write("unknownroot", unknown, between)),
        "noname": MailFace(write("noname", leaf(host("noname"), names=()), middle)),
        "oldtls": MailFace(old, is_old=True),
        "nostarttls": MailFace(None),
        "sni": MailFace(wrong, by_name={host("sni"): write("sni", leaf(host("sni")), middle)}),
        "dane": MailFace(write("dane", dane_leaf(authority), middle)),
    }


def dane_leaf(authority):
    """Issue the certificate of the host with TLSA records; the same on every run."""
    names = tuple(host_of(case) for case in (*DANE_NAMES, "dane"))
    return authority.leaf("dane", names=(*names, "mx.plain.test"))


def policy_faces(authority):
    """Return the policy host of each case."""
    faces = {}
    for case in POLICY_CASES:
        name = "other.lab.test" if case == "wrongpolicyname" else f"mta-sts.{case}.lab.test"
        end = {"end": PAST} if case == "expiredpolicy" else {}
        leaf = authority.leaf(f"policy {case}", names=(name,), **end)
        chain = authority.write(f"policy-{case}", leaf, authority.middle)
        faces[case] = PolicyFace(chain, case, POLICY.format(mx=host_of("good")))
    return faces


TLS_CASES = {
    "good": {},
    "leafonly": {"certificate-chain": ("failed", "incomplete-chain")},
    "wrongname": {"certificate-name": ("failed", "host-mismatch")},
    "expired": {"certificate-dates": ("failed", "expired")},
    "selfsigned": {"certificate-chain": ("failed", "self-signed")},
    "untrusted": {"certificate-chain": ("failed", "untrusted-root")},
    "unknownroot": {"certificate-chain": ("failed", "unknown-issuer")},
    "noname": {"certificate-name": ("failed", "no-san")},
    "oldtls": {"tls-version": ("failed", "legacy-tls")},
    "nostarttls": {"starttls": ("failed", "starttls-not-offered")},
    "sni": {},
}
"""What a probe finds at each mail host, by check."""

OPENSSL_CODES = {
    "good": "0",
    "leafonly": "21",
    "wrongname": "62",
    "expired": "10",
    "selfsigned": "18",
    "untrusted": "19",
    "unknownroot": "20",
    "sni": "0",
    "oldtls": "0",
}
"""The verify code of ``openssl s_client`` at each mail host."""

POLICY_CASES = {
    "good": ("policy-fetch", "passed", "ok"),
    "redirect": ("policy-fetch", "failed", "http-redirect"),
    "missing": ("policy-fetch", "failed", "http-status"),
    "html": ("policy-fetch", "advice", "content-type"),
    "large": ("policy-fetch", "failed", "policy-too-large"),
    "slow": ("policy-fetch", "not measured", "policy-timeout"),
    "wrongpolicyname": ("policy-certificate", "failed", "host-mismatch"),
    "expiredpolicy": ("policy-certificate", "failed", "expired"),
}
"""What a probe finds at each policy host."""

DANE_NAMES = ("dane3", "dane3other", "dane2", "dane2other", "dane0", "danealias", "danetwo")
