"""Causes that lie in the encryption that an MX offers, or in how it answers."""

from tlsrpt_analysis.analyses.cause_catalogue.cause import Cause, Family, ReasonWords, Responsible
from tlsrpt_analysis.analyses.cause_catalogue.commands import CONNECT
from tlsrpt_analysis.analyses.cause_catalogue.fix_kinds import STARTTLS, TLS
from tlsrpt_analysis.analyses.cause_catalogue.settings import (
    EXIM_ADVERTISE,
    EXIM_PATIENCE,
    EXIM_STARTTLS,
    EXIM_VERSIONS,
    POSTFIX_PATIENCE,
    POSTFIX_STARTTLS,
    POSTFIX_VERSIONS,
)
from tlsrpt_analysis.standards.result_types import ResultType

SELECTIVE_STARTTLS = Cause(
    code="selective-starttls",
    settings=(POSTFIX_STARTTLS, EXIM_ADVERTISE),
    fix=STARTTLS,
    step="offer STARTTLS at {host} to every sender, at all times",
    title="An MX offers STARTTLS only to some senders, or only at times",
    family=Family.ENCRYPTION,
    checks=("starttls", "addresses-alike"),
    confirm=(
        "for n in 1 2 3; do openssl s_client -starttls smtp -connect {host}:25 </dev/null; done"
    ),
    cure=(
        "Offer STARTTLS to every sender in the first session: no greylisting proxy or rate limit"
        " in front of it (RFC 7672 §9.2 forbids that with DANE), and no SMTP inspection in a"
        " firewall (Cisco ASA: no inspect esmtp)."
        " Postfix says 454 'TLS not available due to local problem' if it could not load its key or"
        " certificate; see its log."
        "\nExchange: Tls in the AuthMechanism of every receive connector"
    ),
    failure_codes=("starttls-refused", "addresses-differ"),
    sign_codes=("starttls-tempfail", "starttls-closed"),
    is_refutable=False,
    selective_types=(ResultType.STARTTLS_NOT_SUPPORTED,),
)

STARTTLS_MISSING = Cause(
    code="starttls-missing",
    settings=(POSTFIX_STARTTLS, EXIM_STARTTLS),
    fix=STARTTLS,
    step="turn on STARTTLS at {host}",
    title="An MX does not offer STARTTLS",
    family=Family.ENCRYPTION,
    checks=("starttls",),
    confirm="openssl s_client -starttls smtp -connect {host}:25 </dev/null",
    cure=(
        "Turn on TLS at {host}, or remove it from the MX records and, after the max_age of the"
        " policy has passed, from the policy."
        "\nExchange: Tls in the AuthMechanism of the receive connector, and"
        " Enable-ExchangeCertificate -Thumbprint THUMBPRINT -Services SMTP"
    ),
    reasons=(
        ReasonWords(
            r"starttls not|must support tls|tls (is )?(required, but was )?not (offered|available)|tls currently unavailable|starttls reply code",
            rank=11,
        ),
    ),
    when_selective=SELECTIVE_STARTTLS,
)

TIMEOUTS = Cause(
    code="timeouts",
    settings=(POSTFIX_PATIENCE, EXIM_PATIENCE),
    fix=TLS,
    step="look for the sender in the log of {host}, and answer it faster",
    title="Sessions with a sender time out",
    family=Family.ENCRYPTION,
    checks=("connect",),
    confirm=f"time {CONNECT} </dev/null",
    cure=(
        "Look for the sender's addresses in the log of {host}, and answer them faster."
        "\nExchange: Set-ReceiveConnector -MaxInboundConnectionPerSource and -TarpitInterval"
    ),
    is_refutable=False,
    reasons=(ReasonWords(r"time ?out|timed ?out|back off", rank=1),),
    is_certain_by_reason=True,
    responsible=Responsible.UNKNOWN,
)

TLS_PARAMETERS = Cause(
    code="tls-parameters",
    settings=(POSTFIX_VERSIONS, EXIM_VERSIONS),
    fix=TLS,
    step="lift the limits on TLS versions and ciphers at {host}",
    title="A sender and an MX have no TLS version, cipher or signature algorithm in common",
    family=Family.ENCRYPTION,
    checks=("tls-version", "tls-handshake"),
    confirm=(
        f"{CONNECT} -tls1_2 </dev/null; {CONNECT} -tls1_3 </dev/null;"
        f" {CONNECT} -tls1_2 -sigalgs RSA+SHA256:RSA-PSS+SHA256 </dev/null"
    ),
    cure=(
        "Offer TLS 1.2 and 1.3 (RFC 8461 §7.2), with an RSA certificate beside an ECDSA one; lift"
        " the limits on versions, ciphers and signature algorithms rather than set new ones."
        "\nExchange: TLS 1.2 in the SCHANNEL registry keys of Windows, Client and Server"
    ),
    is_refutable=False,
    reasons=(
        ReasonWords(r"tls remote|tls local", rank=2),
        ReasonWords(r"alert|protocol|cipher|handshake|sigalg|no shared", rank=12),
    ),
    is_certain_by_reason=True,
    responsible=Responsible.UNKNOWN,
)

CAUSES = (STARTTLS_MISSING, SELECTIVE_STARTTLS, TIMEOUTS, TLS_PARAMETERS)
