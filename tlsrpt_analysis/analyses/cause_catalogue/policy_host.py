"""Causes that lie with the web server of the policy."""

from tlsrpt_analysis.analyses.cause_catalogue.cause import Cause, Family
from tlsrpt_analysis.analyses.cause_catalogue.commands import FETCH, POLICY_TXT
from tlsrpt_analysis.standards.result_types import ResultType

POLICY_NOT_REACHABLE = Cause(
    code="policy-not-reachable",
    title="Senders cannot fetch the policy",
    family=Family.POLICY_HOST,
    checks=("policy-fetch", "policy-record"),
    confirm=f"{POLICY_TXT}; {FETCH} -4; {FETCH} -6",
    cure=(
        "Serve the file at exactly that address with status 200 as text/plain, without a redirect"
        " (RFC 8461 §3.3), over IPv4 and IPv6, within a minute; exempt the path from any firewall,"
        " bot protection or login in front of it."
    ),
    selective_types=(ResultType.STS_POLICY_FETCH_ERROR,),
)

POLICY_FETCH_TRANSIENT = Cause(
    code="policy-fetch-transient",
    title="One sender could not fetch the policy on a few days",
    family=Family.POLICY_HOST,
    checks=("policy-fetch",),
    confirm=FETCH,
    cure=(
        "Nothing yet, as other senders could fetch it on those days; look again if it happens on"
        " more than three days."
    ),
    is_refutable=False,
)

POLICY_CERTIFICATE = Cause(
    code="policy-certificate",
    title="The certificate of the policy host is not valid",
    family=Family.POLICY_HOST,
    checks=("policy-certificate",),
    confirm=(
        "openssl s_client -connect mta-sts.{domain}:443 -servername mta-sts.{domain}"
        " -verify_hostname mta-sts.{domain} -verify_return_error </dev/null"
    ),
    cure=(
        "Install a certificate from a public CA for exactly mta-sts.{domain}, and renew it"
        " automatically; where the name is a CNAME, the host that it points to must serve that"
        " certificate by SNI."
    ),
    selective_types=(ResultType.STS_WEBPKI_INVALID,),
)

CAUSES = (POLICY_NOT_REACHABLE, POLICY_FETCH_TRANSIENT, POLICY_CERTIFICATE)
