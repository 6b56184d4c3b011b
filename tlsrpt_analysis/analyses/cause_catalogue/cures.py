"""The cure of each cause, in the words of the configuration: Postfix, Exim, Exchange, DNS, policy."""

_RELOAD = (
    "Postfix: postfix reload. Exim: systemctl reload exim4."
    " Exchange: Enable-ExchangeCertificate -Thumbprint THUMBPRINT -Services SMTP"
)
_CONNECTOR = (
    "\nExchange: $c = Get-ExchangeCertificate -Thumbprint THUMBPRINT; Set-ReceiveConnector"
    ' "SERVER\\Default Frontend SERVER" -TlsCertificateName "<I>$($c.Issuer)<S>$($c.Subject)"'
)
_CHAIN = (
    "\nPostfix: smtpd_tls_chain_files = /etc/postfix/mx.key, /etc/postfix/fullchain.pem (the key,"
    " the leaf, then its intermediates, no root)"
    "\nExim: tls_certificate = /etc/exim4/fullchain.pem, tls_privatekey = /etc/exim4/mx.key"
    "\nExchange: Import-ExchangeCertificate -FileData"
    " ([System.IO.File]::ReadAllBytes('C:\\mx.pfx')) -Password (Get-Credential).Password, the"
    " intermediates into the store of Intermediate Certification Authorities, then"
    " Enable-ExchangeCertificate -Thumbprint THUMBPRINT -Services SMTP"
)

CURES = {
    "mx-mismatch": (
        "Add the mx line to the policy file, then change the id of the TXT record _mta-sts"
        " (RFC 8461 §8.1); take no other line away until the max_age of the old policy has passed."
    ),
    "wildcard-one-label-short": (
        "A wildcard stands for exactly one label (RFC 8461 §4.1): add the exact host, or the"
        " wildcard one label deeper, then change the id of the TXT record _mta-sts."
    ),
    "cname-mx": (
        "Let the MX record name a host with A and AAAA records of its own (RFC 2181 §10.3): have"
        " that name in the certificate of the server, list it in the policy under a new id, wait"
        " until the max_age of the old policy has passed, and only then change the MX record."
    ),
    "policy-id-not-bumped": (
        "Change the id of the TXT record _mta-sts after the file (RFC 8461 §8.1), and keep old MX"
        " hosts, and their mx lines, until the max_age of the old policy has passed."
    ),
    "policy-not-reachable": (
        "Serve the file at that very address with status 200 as text/plain, without a redirect"
        " (RFC 8461 §3.3), over IPv4 and IPv6, within a minute; exempt the path from a firewall,"
        " a bot protection or a login that stands before it."
    ),
    "policy-fetch-transient": (
        "Nothing yet, as other senders could fetch it then; look again if it comes on more than"
        " three days."
    ),
    "policy-certificate": (
        "Give mta-sts.{domain} a certificate of a public CA for that very name, and renew it by"
        " itself; where the name is a CNAME, the host that it leads to must serve it by SNI."
    ),
    "policy-syntax": (
        "Write the file by RFC 8461 §3.2, as plain text without a byte order mark or HTML, mode in"
        " lower case, one mx line a host, no wildcard but '*.' at its start:"
        "\nversion: STSv1\nmode: testing\nmx: MX-HOST\nmax_age: 604800"
    ),
    "certificate-expired": (
        "Renew the certificate, have every server behind {host} load it, and automate both"
        " (certbot: --deploy-hook 'postfix reload').\n"
        f"{_RELOAD}{_CONNECTOR}"
    ),
    "certificate-host-mismatch": (
        "Get a certificate with {host} as a DNS name in subjectAltName (certbot: -d {host};"
        " Exchange: New-ExchangeCertificate -GenerateRequest -DomainName {host}); or let the MX"
        " record name a host that the certificate has, once the policy lists that host.\n"
        f"{_RELOAD}{_CONNECTOR}"
    ),
    "sni-dependent-certificate": (
        "Let the certificate that is served without SNI cover {host} as well, as senders need not"
        " send SNI, and let that for {host} be valid."
        "\nPostfix: smtpd_tls_chain_files is the default; tls_server_sni_maps (postmap -F) holds"
        " those by name"
        "\nExim: what tls_certificate gives where $tls_in_sni is empty"
        f"{_CONNECTOR}"
    ),
    "incomplete-chain": f"Serve the leaf and its intermediates, then reload:{_CHAIN}",
    "untrusted-certificate": (
        "Use a certificate of a public CA that has not been distrusted, with its whole chain:"
        f"{_CHAIN}"
    ),
    "starttls-missing": (
        "Turn TLS on at {host}, or take it out of the MX records and, after the max_age of the"
        " policy has passed, out of the policy."
        "\nPostfix: smtpd_tls_security_level = may, with smtpd_tls_chain_files"
        "\nExim: tls_advertise_hosts = *, with tls_certificate and tls_privatekey"
        "\nExchange: Tls among the AuthMechanism of the receive connector, and"
        " Enable-ExchangeCertificate -Thumbprint THUMBPRINT -Services SMTP"
    ),
    "selective-starttls": (
        "Offer STARTTLS to every sender in the first session: no greylisting proxy or rate limit"
        " before it (with DANE RFC 7672 §9.2 forbids it), and no inspection of SMTP in a firewall"
        " (Cisco ASA: no inspect esmtp)."
        "\nPostfix: 454 'TLS not available due to local problem' means that it could not load its"
        " key or certificate, see its log"
        "\nExim: tls_advertise_hosts = *"
        "\nExchange: Tls among the AuthMechanism of every receive connector"
    ),
    "one-backend": (
        "Give every server behind {host} the same certificate, chain and settings, and reload them"
        f" all.\n{_RELOAD}"
    ),
    "ipv6-only": (
        "Mend the server behind the AAAA record of {host}: its certificate, and STARTTLS on it."
        "\nPostfix: inet_protocols = all, inet_interfaces = all"
        "\nExim: local_interfaces = <; 0.0.0.0 ; ::0"
        "\nDNS: else take the AAAA record of {host} away"
    ),
    "timeouts": (
        "Look for the sender's addresses in the log of {host}, and let them through faster."
        "\nPostfix: postscreen_access_list, smtpd_client_connection_count_limit,"
        " smtpd_client_connection_rate_limit"
        "\nExim: smtp_accept_max, smtp_accept_max_per_host, delay in the ACLs"
        "\nExchange: Set-ReceiveConnector -MaxInboundConnectionPerSource and -TarpitInterval"
    ),
    "tls-parameters": (
        "Offer TLS 1.2 and 1.3 (RFC 8461 §7.2), with an RSA certificate beside an ECDSA one."
        "\nPostfix: smtpd_tls_protocols = >=TLSv1.2; smtpd_tls_chain_files = rsa.key, rsa.pem,"
        " ecdsa.key, ecdsa.pem"
        "\nExim: tls_certificate = rsa.pem : ecdsa.pem; openssl_options = +no_tlsv1 +no_tlsv1_1"
        "\nExchange: TLS 1.2 in the SCHANNEL registry keys of Windows, Client and Server"
    ),
    "tlsa-rollover": (
        "Publish the 3 1 1 record of the key that is served now; next time publish that of the new"
        " key beside the old one, wait for two TTLs, and only then load the certificate"
        " (RFC 7672 §4); or keep the key (certbot: --reuse-key)."
        "\nDNS: _25._tcp.{host}. IN TLSA 3 1 1 HASH"
    ),
    "tlsa-wrong": (
        "Publish the 3 1 1 record of the key that is served, which the second command prints, and"
        " take away those that fit no certificate."
        "\nDNS: _25._tcp.{host}. IN TLSA 3 1 1 HASH"
    ),
    "dnssec-invalid": (
        "Sign the zone again before its RRSIG records expire, have the DS record at the parent"
        " match its key, and let the name servers answer for TLSA with proof of absence."
        "\nBIND: dnssec-policy default; rndc sign {domain}"
    ),
    "dane-sts-disagree": (
        "Use a certificate of a public CA for the MX name, which satisfies both; or rely on DANE"
        " alone, with mode: none in the policy."
        f"{_CHAIN}"
    ),
    "dane-required": (
        "Sign the zone and publish the record of the key that is served, or ask the sender to drop"
        " its own rule for you."
        "\nDNS: _25._tcp.{host}. IN TLSA 3 1 1 HASH"
    ),
    "sender-side": (
        "Nothing at your servers: write to the sender's contact, whose trust store or software is"
        " old or faulty."
    ),
    "no-reports": (
        "Have exactly one such record, with a mailbox that is not full and a server that answers."
        '\nDNS: _smtp._tls.{domain}. IN TXT "v=TLSRPTv1; rua=mailto:tls-reports@{domain}"'
    ),
    "policy-rarely-applied": (
        "Raise max_age to 604800 (a week) or more once testing is over: senders fetch the policy"
        " beside the first mail, and forget it as soon as max_age has passed."
    ),
    "blocked-reporter": (
        "Go back to mode: testing with a new id until its sessions come through: what enforce mode"
        " blocks completely leaves nothing to report."
    ),
    "unexplained": "Probe every MX host and address, and read the log of the server at the time.",
}
"""The cure by code, with ``{domain}`` and ``{host}``; upper case stands for what is not known."""
