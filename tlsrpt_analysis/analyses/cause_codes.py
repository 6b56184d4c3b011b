"""The causes of failures: one table of codes, what each says, and what confirms it."""

from dataclasses import dataclass


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
    cure : str
        What to do, in the words of the configuration.
    """

    code: str
    title: str
    checks: tuple[str, ...]
    confirm: str
    cure: str


_CONNECT = "openssl s_client -starttls smtp -connect {host}:25 -servername {host}"
_POLICY = "https://mta-sts.{domain}/.well-known/mta-sts.txt"
_FETCH = f"curl -sv --max-redirs 0 {_POLICY}"

CAUSES = (
    Cause(
        "mx-mismatch",
        "The policy does not list an MX that senders use",
        ("mx-in-policy",),
        f"dig +short MX {{domain}}; curl -s {_POLICY}",
        "Add the mx line to the policy file, then change the id of the TXT record _mta-sts;"
        " take no other line away until max_age has passed.",
    ),
    Cause(
        "wildcard-one-label-short",
        "A wildcard of the policy is one label short of an MX",
        ("mx-in-policy",),
        f"dig +short MX {{domain}}; curl -s {_POLICY}",
        "A wildcard stands for exactly one label (RFC 8461 §4.1): add the exact host, or the"
        " wildcard one label deeper, then change the id of the TXT record _mta-sts.",
    ),
    Cause(
        "cname-mx",
        "An MX is an alias (CNAME), which some senders refuse",
        ("mx-alias",),
        "dig +short MX {domain}; dig +noall +answer {host} A",
        "Let the MX record name a host with A and AAAA records of its own (RFC 2181 §10.3), and"
        " have that name in its certificate and in the policy.",
    ),
    Cause(
        "policy-id-not-bumped",
        "Some senders still apply an older policy",
        ("policy-as-reported",),
        f"dig +short TXT _mta-sts.{{domain}}; curl -s {_POLICY}",
        "Change the id of the TXT record _mta-sts after the file (RFC 8461 §8.1), and keep old"
        " MX hosts until the max_age of the old policy has passed.",
    ),
    Cause(
        "policy-not-reachable",
        "Senders cannot fetch the policy",
        ("policy-fetch", "policy-record"),
        f"{_FETCH} -4; {_FETCH} -6",
        "Serve the file with status 200 as text/plain, without a redirect, and let no firewall or"
        " bot protection stand before that path (RFC 8461 §3.3).",
    ),
    Cause(
        "policy-fetch-transient",
        "One sender could not fetch the policy on single days",
        ("policy-fetch",),
        f"{_FETCH}",
        "Nothing yet, as other senders could fetch it then; look again if it comes on more days.",
    ),
    Cause(
        "policy-certificate",
        "The certificate of the policy host is not valid",
        ("policy-certificate",),
        "openssl s_client -connect mta-sts.{domain}:443 -servername mta-sts.{domain}"
        " -verify_hostname mta-sts.{domain} -verify_return_error",
        "Give mta-sts.{domain} a certificate of a public CA for that very name, and renew it by"
        " itself.",
    ),
    Cause(
        "policy-syntax",
        "The policy file breaks the grammar",
        ("policy-syntax",),
        f"curl -s {_POLICY} | od -c | head",
        "Write it by RFC 8461 §3.2: version, mode, one mx line or more, max_age, no byte order"
        " mark, no HTML.",
    ),
    Cause(
        "certificate-expired",
        "The certificate of an MX had expired",
        ("certificate-dates",),
        f"{_CONNECT} </dev/null | openssl x509 -noout -enddate",
        "Renew it, and load it: postfix reload; systemctl reload exim4; on Exchange"
        " Enable-ExchangeCertificate -Services SMTP. Automate both.",
    ),
    Cause(
        "certificate-host-mismatch",
        "The certificate of an MX does not have the MX name",
        ("certificate-name",),
        f"{_CONNECT} -verify_hostname {{host}} </dev/null",
        "Get a certificate with {host} as a DNS name in subjectAltName, or let the MX record"
        " name a host that it covers and list that in the policy.",
    ),
    Cause(
        "sni-dependent-certificate",
        "An MX serves another certificate with SNI than without",
        ("certificate-without-sni", "certificate-name"),
        f"{_CONNECT} </dev/null | openssl x509 -noout -ext subjectAltName;"
        " openssl s_client -starttls smtp -connect {host}:25 -noservername </dev/null"
        " | openssl x509 -noout -ext subjectAltName",
        "Let the default certificate cover {host}: Postfix smtpd_tls_chain_files beside"
        " tls_server_sni_maps, Exim the else branch of tls_certificate.",
    ),
    Cause(
        "incomplete-chain",
        "An MX does not serve the intermediate certificate, which strict senders need",
        ("certificate-chain",),
        f"{_CONNECT} -showcerts </dev/null",
        "Serve leaf and intermediates: Postfix smtpd_tls_chain_files = key, leaf, intermediates;"
        " Exim tls_certificate = fullchain.pem; Exchange: import the PFX with its chain.",
    ),
    Cause(
        "untrusted-certificate",
        "No sender trusts the certificate of an MX",
        ("certificate-chain",),
        f"{_CONNECT} -showcerts </dev/null",
        "Use a certificate of a public CA with its whole chain: Postfix smtpd_tls_chain_files,"
        " Exim tls_certificate, Exchange Import-ExchangeCertificate.",
    ),
    Cause(
        "starttls-missing",
        "An MX does not offer STARTTLS",
        ("starttls",),
        "openssl s_client -starttls smtp -connect {host}:25 </dev/null",
        "Turn TLS on there: Postfix smtpd_tls_security_level = may with smtpd_tls_chain_files,"
        " Exim tls_advertise_hosts = *, Exchange: enable TLS on the receive connector; or take"
        " the host out of the MX records, and then out of the policy.",
    ),
    Cause(
        "selective-starttls",
        "An MX offers STARTTLS to some senders, or at some times, only",
        ("starttls", "addresses-alike"),
        "for n in 1 2 3; do openssl s_client -starttls smtp -connect {host}:25 </dev/null; done",
        "Offer STARTTLS to everyone at once: no greylisting proxy or rate limit before it, and"
        " no SMTP inspection in a firewall (RFC 7672 §9.2 for DANE).",
    ),
    Cause(
        "one-backend",
        "One of several servers behind an MX has another certificate or no TLS",
        ("addresses-alike",),
        "dig +short {host} A {host} AAAA; for each address:"
        " openssl s_client -starttls smtp -connect ADDRESS:25 -servername {host} </dev/null",
        "Give every server behind {host} the same certificate and settings, and reload them all.",
    ),
    Cause(
        "ipv6-only",
        "An MX fails over IPv6 only",
        ("addresses-alike",),
        f"dig +short {{host}} AAAA; {_CONNECT} -6 </dev/null",
        "Mend the server behind the AAAA record of {host}, or take the record away.",
    ),
    Cause(
        "timeouts",
        "Sessions with a sender time out",
        ("connect",),
        f"{_CONNECT} </dev/null",
        "Look for the sender's addresses in the log of {host}: allow-list it in postscreen or the"
        " tarpit, or raise smtpd_client_connection_count_limit.",
    ),
    Cause(
        "tls-parameters",
        "A sender and an MX agree on no TLS version, cipher or signature",
        ("tls-version", "tls-handshake"),
        f"{_CONNECT} -tls1_2 </dev/null; {_CONNECT} -tls1_3 </dev/null",
        "Offer TLS 1.2 and 1.3 (RFC 8461 §7.2), with an RSA certificate beside an ECDSA one:"
        " Postfix smtpd_tls_protocols = >=TLSv1.2, smtpd_tls_chain_files with both.",
    ),
    Cause(
        "tlsa-rollover",
        "The TLSA record does not fit the certificate",
        ("tlsa",),
        "dig +dnssec TLSA _25._tcp.{host}; posttls-finger -c -l dane {domain}",
        "Publish the 3 1 1 record of the next key, wait for the TTL, and only then load the"
        " certificate; or keep the key when renewing.",
    ),
    Cause(
        "dnssec-invalid",
        "The DNSSEC signatures of the domain or its MX do not validate",
        ("dnssec",),
        "delv MX {domain}; delv TLSA _25._tcp.{host}",
        "Sign the zone again, and have the DS record at the parent match its key.",
    ),
    Cause(
        "dane-sts-disagree",
        "DANE is satisfied, and MTA-STS is not",
        ("certificate-chain", "certificate-name"),
        f"{_CONNECT} -showcerts </dev/null; dig +short TLSA _25._tcp.{{host}}",
        "Use a certificate of a public CA, which satisfies both; or rely on DANE alone with"
        " mode: none.",
    ),
    Cause(
        "dane-required",
        "A sender asks for DANE, and the MX has no TLSA record",
        ("tlsa",),
        "dig +dnssec TLSA _25._tcp.{host}",
        "Sign the zone and publish TLSA records, or ask the sender.",
    ),
    Cause(
        "sender-side",
        "One small sender fails for many reasons where all others are clean",
        (),
        f"{_CONNECT} </dev/null",
        "Write to the sender's contact: its trust store or its software is old.",
    ),
    Cause(
        "no-reports",
        "Reports about the domain have stopped",
        ("tlsrpt-record",),
        "dig +short TXT _smtp._tls.{domain}",
        "Have exactly one record, v=TLSRPTv1; rua=mailto:…, and a mailbox that is not full.",
    ),
    Cause(
        "policy-rarely-applied",
        "Most sessions find no policy",
        ("policy-record", "policy-fetch"),
        f"dig +short TXT _mta-sts.{{domain}}; curl -s {_POLICY}",
        "Raise max_age to 604800 (a week) or more once testing is over: senders fetch the policy"
        " in the background, and forget it as soon as max_age has passed.",
    ),
    Cause(
        "blocked-reporter",
        "A reporter has vanished since enforce mode",
        (),
        "dig +short TXT _smtp._tls.{domain}; look for its sessions in the log of the MX hosts",
        "Go back to mode: testing with a new id until its sessions come through: what enforce"
        " mode blocks completely leaves nothing to report.",
    ),
    Cause(
        "unexplained",
        "The reports do not say why",
        ("starttls", "tls-handshake", "certificate-name", "certificate-chain"),
        f"{_CONNECT} -showcerts </dev/null",
        "Probe every MX host and address, and read the log of the server at the time.",
    ),
)
"""Every cause, the 26 patterns first, then what stays unexplained."""

BY_CODE = {cause.code: cause for cause in CAUSES}
