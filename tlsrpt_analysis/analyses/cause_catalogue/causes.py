"""The causes of failures: one table of codes, what each says, and what confirms it."""

import re
import shlex
from dataclasses import dataclass

from tlsrpt_analysis.analyses.cause_catalogue.cures import CURES

_HOST = re.compile(r"[a-z0-9_]([a-z0-9_.-]{0,251}[a-z0-9_])?")


@dataclass(frozen=True, slots=True)
class Cause:
    """A cause of failures.

    Attributes
    ----------
    code : str
        Its short name, used wherever a cause is named.
    title : str
        What it says.
    checks : tuple of str
        The checks of a probe that decide it: any that failed confirms it, all that passed
        refute it.
    confirm : str
        The command to run, with ``{domain}`` and ``{host}``.
    faults : tuple of str
        The codes of failed checks that confirm it; all of them if there are none.
    signs : tuple of str
        The codes that confirm it whatever the outcome of the check is called.
    is_refutable : bool
        Whether checks that pass refute it; not where it depends on the sender or on the time.
    """

    code: str
    title: str
    checks: tuple[str, ...]
    confirm: str
    faults: tuple[str, ...] = ()
    signs: tuple[str, ...] = ()
    is_refutable: bool = True

    def is_fault(self, code: str) -> bool:
        """Tell whether a failed check with some code confirms it."""
        return not (self.faults and code) or code in self.faults

    @property
    def cure(self) -> str:
        """Give what to do, in the words of the configuration."""
        return CURES[self.code]

    def confirm_for(self, domain: str | None, host: str | None) -> str:
        """Give the command with the real names."""
        return filled(self.confirm, domain, host)


def filled(template: str, domain: str | None, host: str | None) -> str:
    """Fill in names, which strangers wrote: what is no host name stays a placeholder.

    Examples
    --------
    >>> filled("dig +short {host} A", None, "mx1.example.com")
    'dig +short mx1.example.com A'
    >>> filled("dig +short MX {domain}", "$(reboot)", None)
    'dig +short MX DOMAIN'
    """
    names = {"{host}": safe_name(host) or "MX-HOST", "{domain}": safe_name(domain) or "DOMAIN"}
    for place, name in names.items():
        template = template.replace(place, shlex.quote(name))
    return template


def safe_name(name: str | None) -> str:
    """Give a host name as it is, and anything else as nothing."""
    return name if isinstance(name, str) and _HOST.fullmatch(name) else ""


_CONNECT = "openssl s_client -starttls smtp -connect {host}:25 -servername {host}"
_POLICY = "https://mta-sts.{domain}/.well-known/mta-sts.txt"
_FETCH = f"curl -sv --max-redirs 0 --max-time 60 {_POLICY}"
_TXT = "dig +short TXT _mta-sts.{domain}"
_LISTED = f"dig +short MX {{domain}}; curl -s {_POLICY}"
_SERVED = f"{_CONNECT} -showcerts -verify_hostname {{host}} </dev/null"
_NAMES = "</dev/null | openssl x509 -noout -subject -ext subjectAltName"
_TLSA = (
    f"dig +dnssec TLSA _25._tcp.{{host}}; {_CONNECT} </dev/null | openssl x509 -noout -pubkey"
    " | openssl pkey -pubin -outform DER | openssl dgst -sha256"
)
_EACH_ADDRESS = (
    "for address in $(dig +short {host} A; dig +short {host} AAAA); do openssl s_client -starttls"
    ' smtp -connect "[$address]:25" -servername {host} </dev/null'
    " | openssl x509 -noout -serial -enddate -ext subjectAltName; done"
)

CAUSES = (
    Cause(
        "mx-mismatch",
        "The policy does not list an MX that senders use",
        ("mx-in-policy",),
        _LISTED,
    ),
    Cause(
        "wildcard-one-label-short",
        "A wildcard of the policy is one label short of an MX",
        ("mx-in-policy",),
        _LISTED,
    ),
    Cause(
        "cname-mx",
        "An MX is an alias (CNAME), which some senders refuse",
        ("mx-alias",),
        "dig +short MX {domain}; dig +noall +answer {host} A; dig +noall +answer {host} AAAA",
    ),
    Cause(
        "policy-id-not-bumped",
        "Some senders still apply an older policy",
        ("policy-as-reported",),
        f"{_TXT}; curl -s {_POLICY}",
        signs=("cache-still-old",),
    ),
    Cause(
        "policy-not-reachable",
        "Senders cannot fetch the policy",
        ("policy-fetch", "policy-record"),
        f"{_TXT}; {_FETCH} -4; {_FETCH} -6",
    ),
    Cause(
        "policy-fetch-transient",
        "One sender could not fetch the policy on single days",
        ("policy-fetch",),
        f"{_FETCH}",
        is_refutable=False,
    ),
    Cause(
        "policy-certificate",
        "The certificate of the policy host is not valid",
        ("policy-certificate",),
        "openssl s_client -connect mta-sts.{domain}:443 -servername mta-sts.{domain}"
        " -verify_hostname mta-sts.{domain} -verify_return_error </dev/null",
    ),
    Cause(
        "policy-syntax",
        "The policy file breaks the grammar",
        ("policy-syntax",),
        f"curl -s {_POLICY} | od -c | head",
    ),
    Cause(
        "certificate-expired",
        "The certificate of an MX had expired",
        ("certificate-dates",),
        f"{_CONNECT} </dev/null | openssl x509 -noout -dates",
    ),
    Cause(
        "certificate-host-mismatch",
        "The certificate of an MX does not have the MX name",
        ("certificate-name",),
        f"{_CONNECT} -verify_hostname {{host}} {_NAMES}",
    ),
    Cause(
        "sni-dependent-certificate",
        "An MX serves another certificate with SNI than without",
        ("certificate-without-sni", "certificate-name"),
        f"{_CONNECT} {_NAMES}; openssl s_client -starttls smtp -connect {{host}}:25 -noservername"
        f" {_NAMES}",
        signs=("sni-needed",),
    ),
    Cause(
        "incomplete-chain",
        "An MX does not serve the intermediate certificate, which strict senders need",
        ("certificate-chain",),
        _SERVED,
        faults=("incomplete-chain", "intermediate-expired"),
    ),
    Cause(
        "untrusted-certificate",
        "No sender trusts the certificate of an MX",
        ("certificate-chain",),
        _SERVED,
    ),
    Cause(
        "starttls-missing",
        "An MX does not offer STARTTLS",
        ("starttls",),
        "openssl s_client -starttls smtp -connect {host}:25 </dev/null",
    ),
    Cause(
        "selective-starttls",
        "An MX offers STARTTLS to some senders, or at some times, only",
        ("starttls", "addresses-alike"),
        "for n in 1 2 3; do openssl s_client -starttls smtp -connect {host}:25 </dev/null; done",
        faults=("starttls-refused", "addresses-differ"),
        signs=("starttls-tempfail", "starttls-closed"),
        is_refutable=False,
    ),
    Cause(
        "one-backend",
        "One of several servers behind an MX has another certificate or no TLS",
        ("addresses-alike",),
        _EACH_ADDRESS,
    ),
    Cause(
        "ipv6-only",
        "An MX fails over IPv6 only",
        ("addresses-alike",),
        f"dig +short {{host}} AAAA; {_CONNECT} -6 </dev/null; {_CONNECT} -4 </dev/null",
    ),
    Cause(
        "timeouts",
        "Sessions with a sender time out",
        ("connect",),
        f"time {_CONNECT} </dev/null",
        is_refutable=False,
    ),
    Cause(
        "tls-parameters",
        "A sender and an MX agree on no TLS version, cipher or signature",
        ("tls-version", "tls-handshake"),
        f"{_CONNECT} -tls1_2 </dev/null; {_CONNECT} -tls1_3 </dev/null;"
        f" {_CONNECT} -tls1_2 -sigalgs RSA+SHA256:RSA-PSS+SHA256 </dev/null",
        is_refutable=False,
    ),
    Cause(
        "tlsa-rollover",
        "The TLSA record no longer fits the certificate",
        ("tlsa",),
        _TLSA,
    ),
    Cause(
        "tlsa-wrong",
        "The TLSA record has never fitted the certificate",
        ("tlsa",),
        _TLSA,
    ),
    Cause(
        "dnssec-invalid",
        "The DNSSEC signatures of the domain or its MX do not validate",
        ("dnssec",),
        "delv MX {domain}; delv A {host}; delv TLSA _25._tcp.{host}; unbound-host -D -v -t MX {domain}",
    ),
    Cause(
        "dane-sts-disagree",
        "DANE is satisfied, and MTA-STS is not",
        ("certificate-chain", "certificate-name"),
        f"{_SERVED}; dig +short TLSA _25._tcp.{{host}}",
    ),
    Cause(
        "dane-required",
        "A sender asks for DANE, and the MX has no TLSA record",
        ("tlsa",),
        _TLSA,
        is_refutable=False,
    ),
    Cause(
        "sender-side",
        "One small sender fails for many reasons where all others are clean",
        (),
        _SERVED,
    ),
    Cause(
        "no-reports",
        "Reports about the domain have stopped",
        ("tlsrpt-record",),
        "dig +short TXT _smtp._tls.{domain}",
        signs=("no-record",),
        is_refutable=False,
    ),
    Cause(
        "policy-rarely-applied",
        "Most sessions find no policy",
        ("policy-record", "policy-fetch"),
        f"{_TXT}; {_FETCH}",
        is_refutable=False,
    ),
    Cause(
        "blocked-reporter",
        "A reporter has vanished since enforce mode",
        (),
        f"dig +short TXT _smtp._tls.{{domain}}; curl -s {_POLICY}",
    ),
    Cause(
        "unexplained",
        "The reports do not say why",
        ("starttls", "tls-handshake", "certificate-name", "certificate-chain"),
        _SERVED,
        is_refutable=False,
    ),
)
"""Every cause, the 26 patterns first, then what stays unexplained."""

BY_CODE = {cause.code: cause for cause in CAUSES}
