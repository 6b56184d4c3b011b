"""Causes that lie in the name of an MX, or in one of its addresses."""

from tlsrpt_analysis.analyses.cause_catalogue.cause import Cause, Family
from tlsrpt_analysis.analyses.cause_catalogue.commands import CONNECT, RELOAD
from tlsrpt_analysis.analyses.cause_catalogue.fix_kinds import ALIAS
from tlsrpt_analysis.analyses.cause_catalogue.settings import EXIM_IPV6, POSTFIX_IPV6
from tlsrpt_analysis.standards.result_types import ResultType

CNAME_MX = Cause(
    code="cname-mx",
    fix=ALIAS,
    step="give {host} A and AAAA records instead of the CNAME",
    title="An MX may be an alias (CNAME), which some senders refuse",
    fact="An MX is an alias (CNAME), which some senders refuse",
    instead=(
        "SNI (sni-dependent-certificate), the chain (incomplete-chain), the TLS version (tls-parameters)"
    ),
    family=Family.HOSTS,
    checks=("mx-alias",),
    confirm=("dig +short MX {domain}; dig +noall +answer {host} A; dig +noall +answer {host} AAAA"),
    cure=(
        "Replace the alias by A and AAAA records at the same name (RFC 2181 §10.3), or use the"
        " flattening of your DNS provider: name, policy and certificate stay as they are, and it"
        " works as soon as the TTL of the alias has passed."
        "\nDNS: {host}. IN A ADDRESS; {host}. IN AAAA ADDRESS (those that the command prints)"
        "\nWhere the addresses change often, let the MX record name the target instead: put that"
        " name into the certificate of the server, list it in the policy under a new id, wait until"
        " the max_age of the old policy has passed, and only then change the MX record."
    ),
)

ONE_BACKEND = Cause(
    code="one-backend",
    step="install the same certificate and settings on every server behind {host}",
    title="One of several servers behind an MX may have another certificate or no TLS",
    fact="One of several servers behind an MX has another certificate or no TLS",
    instead=(
        "a certificate that was renewed but not loaded at the time, SNI (sni-dependent-certificate)"
    ),
    family=Family.HOSTS,
    checks=("addresses-alike",),
    confirm=(
        "for address in $(dig +short {host} A; dig +short {host} AAAA); do openssl s_client"
        ' -starttls smtp -connect "[$address]:25" -servername {host} </dev/null'
        " | openssl x509 -noout -serial -enddate -ext subjectAltName; done"
    ),
    cure=(
        "Install the same certificate, chain and settings on every server behind {host}, and"
        f" reload them all.\n{RELOAD}"
    ),
    selective_types=(ResultType.CERTIFICATE_EXPIRED,),
)

IPV6_ONLY = Cause(
    code="ipv6-only",
    settings=(POSTFIX_IPV6, EXIM_IPV6),
    step="repair the server behind the AAAA record of {host}, or remove the record",
    title="An MX fails over IPv6 only",
    family=Family.HOSTS,
    checks=("addresses-alike",),
    confirm=f"dig +short {{host}} AAAA; {CONNECT} -6 </dev/null; {CONNECT} -4 </dev/null",
    cure=(
        "Fix the server behind the AAAA record of {host}: its certificate, and STARTTLS on it."
        "\nDNS: otherwise remove the AAAA record of {host}"
    ),
)

CAUSES = (CNAME_MX, ONE_BACKEND, IPV6_ONLY)
