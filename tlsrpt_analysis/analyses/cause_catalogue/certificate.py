"""Causes that lie in the certificate of an MX."""

from tlsrpt_analysis.analyses.cause_catalogue.cause import Cause, Family, ReasonWords
from tlsrpt_analysis.analyses.cause_catalogue.commands import (
    CHAIN,
    CONNECT,
    CONNECTOR,
    RELOAD,
    SERVED,
)
from tlsrpt_analysis.analyses.cause_catalogue.mx_host import ONE_BACKEND
from tlsrpt_analysis.standards.result_types import ResultType

_NAMES = "</dev/null | openssl x509 -noout -subject -ext subjectAltName"

CERTIFICATE_EXPIRED = Cause(
    code="certificate-expired",
    title="The certificate of an MX had expired",
    family=Family.CERTIFICATE,
    checks=("certificate-dates",),
    confirm=f"{CONNECT} </dev/null | openssl x509 -noout -dates",
    cure=(
        "Renew the certificate, have every server behind {host} load it, and automate both"
        f" (certbot: --deploy-hook 'postfix reload').\n{RELOAD}{CONNECTOR}"
    ),
    reasons=(ReasonWords(r"expired|not yet valid", rank=3),),
    when_selective=ONE_BACKEND,
)

SNI_DEPENDENT_CERTIFICATE = Cause(
    code="sni-dependent-certificate",
    title="An MX serves a different certificate with SNI than without",
    family=Family.CERTIFICATE,
    checks=("certificate-without-sni", "certificate-name"),
    confirm=(
        f"{CONNECT} {_NAMES}; openssl s_client -starttls smtp -connect {{host}}:25 -noservername"
        f" {_NAMES}"
    ),
    cure=(
        "Have the certificate that is served without SNI cover {host} as well, as senders need not"
        " send SNI, and keep the one for {host} valid."
        "\nPostfix: smtpd_tls_chain_files is the default; tls_server_sni_maps (postmap -F) holds"
        " the certificates by name"
        "\nExim: what tls_certificate expands to where $tls_in_sni is empty"
        f"{CONNECTOR}"
    ),
    sign_codes=("sni-needed",),
    selective_types=(ResultType.CERTIFICATE_HOST_MISMATCH,),
)

CERTIFICATE_HOST_MISMATCH = Cause(
    code="certificate-host-mismatch",
    title="The certificate of an MX does not contain the MX name",
    family=Family.CERTIFICATE,
    checks=("certificate-name",),
    confirm=f"{CONNECT} -verify_hostname {{host}} {_NAMES}",
    cure=(
        "Get a certificate with {host} as a DNS name in subjectAltName (certbot: -d {host};"
        " Exchange: New-ExchangeCertificate -GenerateRequest -DomainName {host}); or let the MX"
        " record name a host that the certificate contains, once the policy lists that host.\n"
        f"{RELOAD}{CONNECTOR}"
    ),
    reasons=(ReasonWords(r"host ?name|name mismatch|certificate is (not )?valid for", rank=4),),
    when_selective=SNI_DEPENDENT_CERTIFICATE,
)

UNTRUSTED_CERTIFICATE = Cause(
    code="untrusted-certificate",
    title="No sender trusts the certificate of an MX",
    family=Family.CERTIFICATE,
    checks=("certificate-chain",),
    confirm=SERVED,
    cure=(
        f"Use a certificate from a public CA that is still trusted, with its whole chain:{CHAIN}"
    ),
    reasons=(ReasonWords(r"self[- ]?signed", rank=5),),
    when_selective=SNI_DEPENDENT_CERTIFICATE,
)

INCOMPLETE_CHAIN = Cause(
    code="incomplete-chain",
    title="An MX does not serve the intermediate certificate, which strict senders need",
    family=Family.CERTIFICATE,
    checks=("certificate-chain",),
    confirm=SERVED,
    cure=f"Serve the leaf and its intermediates, then reload:{CHAIN}",
    failure_codes=("incomplete-chain", "intermediate-expired"),
    reasons=(
        ReasonWords(r"local issuer|issuer certificate|first certificate|unknown authority", rank=6),
    ),
    selective_types=(ResultType.CERTIFICATE_NOT_TRUSTED,),
)

CAUSES = (
    CERTIFICATE_EXPIRED,
    CERTIFICATE_HOST_MISMATCH,
    SNI_DEPENDENT_CERTIFICATE,
    INCOMPLETE_CHAIN,
    UNTRUSTED_CERTIFICATE,
)
