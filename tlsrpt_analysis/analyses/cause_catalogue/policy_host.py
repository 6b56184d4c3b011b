"""Causes that lie with the web server of the policy."""

from tlsrpt_analysis.analyses.cause_catalogue.cause import Cause, Family, Responsible
from tlsrpt_analysis.analyses.cause_catalogue.commands import FETCH, POLICY_TXT
from tlsrpt_analysis.analyses.cause_catalogue.settings import NGINX_CERTIFICATE, NGINX_POLICY
from tlsrpt_analysis.standards.result_types import ResultType

POLICY_NOT_REACHABLE = Cause(
    code="policy-not-reachable",
    settings=(NGINX_POLICY,),
    step="serve the policy file with status 200, without a redirect",
    title="Senders cannot fetch the policy",
    family=Family.POLICY_HOST,
    checks=("policy-fetch", "policy-record"),
    confirm=f"{POLICY_TXT}; {FETCH} -4; {FETCH} -6",
    cure=(
        "Serve the file at exactly that address with status 200 as text/plain, without a redirect"
        " (RFC 8461 §3.3), over IPv4 and IPv6, within a minute; exempt the path from any firewall,"
        " bot protection or login in front of it."
    ),
)

POLICY_FETCH_SELECTIVE = Cause(
    code="policy-fetch-selective",
    settings=(NGINX_CERTIFICATE,),
    step="look for what blocks this sender at mta-sts.{domain}",
    title="One sender cannot fetch the policy that others fetch",
    family=Family.POLICY_HOST,
    checks=("policy-fetch",),
    confirm=(
        f"{FETCH} -4; {FETCH} -6; openssl s_client -connect mta-sts.{{domain}}:443"
        " -servername mta-sts.{domain} -verify_return_error </dev/null"
    ),
    cure=(
        "Look for what differs for this sender, in this order: its addresses in the log of the web"
        " server, and in the rules of the firewall, CDN, bot protection or country filter in front"
        " of it; the HTTPS chain, which must have every intermediate certificate, as not every"
        " sender fetches missing ones; and the AAAA record of mta-sts.{domain}, which must lead to"
        " a server that answers (the second command)."
    ),
    is_refutable=False,
    selective_types=(ResultType.STS_POLICY_FETCH_ERROR,),
    responsible=Responsible.UNKNOWN,
)

_FOUND = (
    f"{POLICY_TXT}; {FETCH}; for server in $(dig +short NS {{domain}}); do"
    ' dig +noall +answer TXT _mta-sts.{domain} "@$server"; done'
)
_CHECKS = (
    "that the record _mta-sts.{domain} was not deleted; that there is exactly one whose text begins"
    " with v=STSv1; (two count as none, RFC 8461 §3.1), spelt so, with a semicolon after it and an"
    " id of letters and digits; that a CNAME at _mta-sts.{domain} leads to such a record; that"
    " every name server of the zone answers alike; and that the file can be fetched"
)

POLICY_VANISHED = Cause(
    code="policy-vanished",
    step="publish the TXT record _mta-sts.{domain} again, with a new id",
    title="No sender finds the policy any more",
    family=Family.POLICY_HOST,
    checks=("policy-record", "policy-fetch"),
    confirm=_FOUND,
    cure=f"Publish the TXT record again with a new id. Check {_CHECKS}.",
)

POLICY_NOT_FOUND = Cause(
    code="policy-not-found",
    step="publish a policy, or check its record",
    title="No sender has found a policy",
    family=Family.POLICY_HOST,
    checks=("policy-record", "policy-fetch"),
    confirm=_FOUND,
    cure=(
        "If you have no policy yet, publish the file and then the record, in testing mode"
        " (`suggest_policy` writes both). If you have, check"
        f" {_CHECKS}. A policy does not cover subdomains (RFC 8461 §3.4): each name to which mail"
        " is addressed needs its own record and file."
    ),
)

POLICY_FETCH_TRANSIENT = Cause(
    code="policy-fetch-transient",
    step="nothing to change yet: look again if it happens more often",
    title="One sender could not fetch the policy on a few days",
    family=Family.POLICY_HOST,
    checks=("policy-fetch",),
    confirm=FETCH,
    cure=(
        "Nothing yet, as other senders could fetch it on those days; look again if it happens on"
        " more than three days."
    ),
    is_refutable=False,
    responsible=Responsible.UNKNOWN,
)

POLICY_CERTIFICATE = Cause(
    code="policy-certificate",
    settings=(NGINX_CERTIFICATE,),
    step="install a valid certificate for mta-sts.{domain}",
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

CAUSES = (
    POLICY_NOT_REACHABLE,
    POLICY_FETCH_SELECTIVE,
    POLICY_FETCH_TRANSIENT,
    POLICY_CERTIFICATE,
    POLICY_VANISHED,
    POLICY_NOT_FOUND,
)
