"""Causes that lie in the certificate of an MX."""

from tlsrpt_analysis.analyses.cause_catalogue.cause import Cause, Family, ReasonWords
from tlsrpt_analysis.analyses.cause_catalogue.commands import (
    CHAIN,
    CONNECT,
    CONNECTOR,
    RELOAD,
    VERIFIED,
)
from tlsrpt_analysis.analyses.cause_catalogue.fix_kinds import CERTIFICATE
from tlsrpt_analysis.analyses.cause_catalogue.mx_host import ONE_BACKEND
from tlsrpt_analysis.analyses.cause_catalogue.reasons import openssl_codes
from tlsrpt_analysis.analyses.cause_catalogue.settings import CHAIN_SETTINGS, EXIM_SNI, POSTFIX_SNI
from tlsrpt_analysis.standards.result_types import ResultType

_NAMES = "</dev/null | openssl x509 -noout -subject -ext subjectAltName"

CERTIFICATE_EXPIRED = Cause(
    code="certificate-expired",
    fix=CERTIFICATE,
    step="renew the certificate of {host}, and reload the server",
    title="The certificate of an MX had expired",
    family=Family.CERTIFICATE,
    checks=("certificate-dates",),
    confirm=f"{CONNECT} </dev/null | openssl x509 -noout -dates",
    cure=(
        "Renew the certificate, have every server behind {host} load it, and automate both"
        f" (certbot: --deploy-hook 'postfix reload').\n{RELOAD}{CONNECTOR}"
    ),
    reasons=(
        ReasonWords(
            rf"expired|not yet valid|not activated|nottimevalid|{openssl_codes(9, 10)}", rank=4
        ),
    ),
    when_selective=ONE_BACKEND,
)

CERTIFICATE_NOT_RELOADED = Cause(
    code="certificate-not-reloaded",
    fix=CERTIFICATE,
    step="reload {host} whenever its certificate is renewed",
    title="The certificate of an MX may be renewed in time, but not loaded",
    fact="The certificate of an MX has expired, as it does in the rhythm of its renewals",
    family=Family.CERTIFICATE,
    checks=("certificate-dates",),
    confirm=(
        f"{CONNECT} </dev/null | openssl x509 -noout -serial -dates # on the server compare with"
        " certbot certificates: a file with later dates is not loaded"
    ),
    cure=(
        "Have every renewal reload the server: certbot renew --deploy-hook 'postfix reload' (Exim:"
        " systemctl reload exim4), or the same command in /etc/letsencrypt/renewal-hooks/deploy;"
        " on every server behind {host}. Watch the dates that the server serves, not those of the"
        f" file.{CONNECTOR}"
    ),
    comes_back=True,
    is_refutable=False,
)

SNI_DEPENDENT_CERTIFICATE = Cause(
    code="sni-dependent-certificate",
    settings=(POSTFIX_SNI, EXIM_SNI),
    fix=CERTIFICATE,
    step="serve a certificate for {host} without SNI as well",
    title="An MX may serve a different certificate with SNI than without",
    fact="An MX serves a different certificate with SNI than without",
    instead=("an alias (cname-mx), one of several servers (one-backend)"),
    family=Family.CERTIFICATE,
    checks=("certificate-without-sni", "certificate-name"),
    confirm=(
        f"{CONNECT} {_NAMES}; openssl s_client -starttls smtp -connect {{host}}:25 -noservername"
        f" {_NAMES}"
    ),
    cure=(
        "Have the certificate that is served without SNI cover {host} as well, as senders need not"
        " send SNI, and keep the one for {host} valid."
        f"{CONNECTOR}"
    ),
    sign_codes=("sni-needed",),
    selective_types=(ResultType.CERTIFICATE_HOST_MISMATCH,),
)

CERTIFICATE_HOST_MISMATCH = Cause(
    code="certificate-host-mismatch",
    fix=CERTIFICATE,
    step="get a certificate that contains {host}",
    title="The certificate of an MX does not contain the MX name",
    family=Family.CERTIFICATE,
    checks=("certificate-name",),
    confirm=f"{CONNECT} -verify_hostname {{host}} {_NAMES}",
    cure=(
        "Get a certificate with {host} as a DNS name in subjectAltName (certbot: -d {host};"
        " Exchange: New-ExchangeCertificate -GenerateRequest -DomainName {host}; a backup MX needs its"
        " own name in its certificate, not the first one's); or let the MX"
        " record name a host that the certificate contains, once the policy lists that host.\n"
        f"{RELOAD}{CONNECTOR}"
    ),
    reasons=(
        ReasonWords(
            r"host ?name|name ?mismatch|certificate is (not )?valid for|subjectmismatch"
            r"|name in the certificate|unexpected owner|notvalidforname|alt ?name|wrong principal"
            r"|legacy common name|any ip sans|no name matching|cn no match"
            rf"|{openssl_codes(62)}",
            rank=5,
        ),
    ),
    when_selective=SNI_DEPENDENT_CERTIFICATE,
)

UNTRUSTED_CERTIFICATE = Cause(
    code="untrusted-certificate",
    settings=CHAIN_SETTINGS,
    fix=CERTIFICATE,
    step="serve a certificate of a public CA at {host}, with its whole chain",
    title="The certificate of an MX is not trusted",
    family=Family.CERTIFICATE,
    checks=("certificate-chain",),
    confirm=VERIFIED,
    cure=(
        "First find out what it is: look at the verify return code. With 18 or 19, or with 20 and a whole"
        " chain, the certificate is self-signed or its CA is private or no longer trusted, and only"
        " one from a public CA helps; with 20 or 21 and a single certificate shown, serve its"
        f" intermediates.{CHAIN}"
    ),
    reasons=(ReasonWords(rf"self ?signed|untrusted ?root|{openssl_codes(18, 19)}", rank=9),),
    when_selective=SNI_DEPENDENT_CERTIFICATE,
)

INCOMPLETE_CHAIN = Cause(
    code="incomplete-chain",
    settings=CHAIN_SETTINGS,
    fix=CERTIFICATE,
    step="serve the intermediate certificates at {host}",
    title="An MX may not serve the intermediate certificate, which strict senders need",
    fact="An MX does not serve the intermediate certificate, which strict senders need",
    instead=(
        "a root that these senders do not trust, SNI (sni-dependent-certificate), one of several servers (one-backend)"
    ),
    family=Family.CERTIFICATE,
    checks=("certificate-chain",),
    confirm=VERIFIED,
    cure=(
        "Serve the leaf and its intermediates, then reload. The command distinguishes this from a"
        " private CA: with verify return code 20 or 21 and a single certificate shown, the chain lacks its"
        " intermediates; with code 19, or 20 and a whole chain, its CA is not a public one, and"
        f" only a certificate from a public CA helps.{CHAIN}"
    ),
    failure_codes=("incomplete-chain", "intermediate-expired"),
    reasons=(
        ReasonWords(
            r"local issuer|issuer certificate|first certificate|unknown authority|partial ?chain"
            r"|issuer is unknown|unknown ?issuer|signer not found|issuer cert locally|leaf signature"
            r"|certification path|(?<!alert )unknown ca\b"
            rf"|{openssl_codes(2, 20, 21)}",
            rank=10,
        ),
    ),
    selective_types=(ResultType.CERTIFICATE_NOT_TRUSTED,),
)

CERTIFICATE_REVOKED = Cause(
    code="certificate-revoked",
    fix=CERTIFICATE,
    step="get a new certificate with a new key for {host}",
    title="The certificate of an MX has been revoked",
    family=Family.CERTIFICATE,
    checks=("certificate-chain",),
    confirm=(
        f"{CONNECT} </dev/null | openssl x509 -noout -serial -issuer -ocsp_uri"
        " -ext crlDistributionPoints"
    ),
    cure=(
        "Ask the CA why it revoked the certificate; get a new one with a new key, and load it on"
        f" every server behind {{host}}.\n{RELOAD}{CONNECTOR}"
    ),
    is_refutable=False,
    reasons=(ReasonWords(r"revoked", rank=3),),
)

CERTIFICATE_WEAK = Cause(
    code="certificate-weak",
    fix=CERTIFICATE,
    step="get a certificate with a stronger key and signature for {host}",
    title="The key or signature of an MX certificate is too weak for a sender",
    family=Family.CERTIFICATE,
    checks=("certificate-chain",),
    confirm=(
        f"{CONNECT} </dev/null | openssl x509 -noout -text"
        " | grep -E 'Signature Algorithm|Public-Key'"
    ),
    cure=(
        "Get a certificate with an RSA key of 2048 bits or more, or an ECDSA key on P-256, signed"
        f" with SHA-256; no certificate of the chain may be signed with SHA-1 or MD5.\n{RELOAD}{CONNECTOR}"
    ),
    is_refutable=False,
    reasons=(
        ReasonWords(
            r"(?<!dh )key too (weak|small)|digest algorithm too weak|weak (key|signature)"
            rf"|insecure algorithm|\bmd too weak|{openssl_codes(66, 67, 68)}",
            rank=7,
        ),
    ),
)

CERTIFICATE_USAGE = Cause(
    code="certificate-usage",
    settings=CHAIN_SETTINGS,
    fix=CERTIFICATE,
    step="get a server certificate for {host}",
    title="The certificate of an MX may not be used for a server, or one of its chain not as a CA",
    family=Family.CERTIFICATE,
    checks=("certificate-chain",),
    confirm=(
        f"{CONNECT} </dev/null | openssl x509 -noout"
        " -ext keyUsage,extendedKeyUsage,basicConstraints"
    ),
    cure=(
        "Get a certificate whose extended key usage contains TLS Web Server Authentication, from a"
        f" CA whose chain allows it, and serve no certificate as an intermediate that is none:{CHAIN}"
    ),
    is_refutable=False,
    reasons=(
        ReasonWords(
            r"incompatible usage|(unsupported|unsuitable) certificate purpose|invalid ca certificate"
            r"|not authorized to sign|key ?usage|wrong usage|notvalidforusage|intended purpose"
            r"|signer not ca|issuer is not a ca|causedasendentity"
            rf"|{openssl_codes(24, 26, 79)}",
            rank=8,
        ),
    ),
)

CAUSES = (
    CERTIFICATE_EXPIRED,
    CERTIFICATE_NOT_RELOADED,
    CERTIFICATE_REVOKED,
    CERTIFICATE_WEAK,
    CERTIFICATE_USAGE,
    CERTIFICATE_HOST_MISMATCH,
    SNI_DEPENDENT_CERTIFICATE,
    INCOMPLETE_CHAIN,
    UNTRUSTED_CERTIFICATE,
)
