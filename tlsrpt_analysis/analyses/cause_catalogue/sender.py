"""Causes that lie with a sender, or in who reports."""

from tlsrpt_analysis.analyses.cause_catalogue.cause import Cause, Family, ReasonWords, Responsible
from tlsrpt_analysis.analyses.cause_catalogue.commands import (
    FETCH,
    POLICY_ADDRESS,
    POLICY_TXT,
    SERVED,
)
from tlsrpt_analysis.analyses.cause_catalogue.fix_kinds import SENDER

SENDER_SIDE = Cause(
    code="sender-side",
    fix=SENDER,
    step="write to the sender: nothing is wrong with your servers",
    title="One small sender fails for many reasons where all others are clean",
    family=Family.SENDER,
    checks=(),
    confirm=SERVED,
    cure=(
        "Nothing on your servers: write to the sender's contact, whose trust store or software is"
        " outdated or faulty."
    ),
    responsible=Responsible.SENDER,
)

SENDER_ROOT_STORE = Cause(
    code="sender-root-store",
    fix=SENDER,
    step="write to the sender that it lacks root certificates",
    title="A sender has no root certificates, so it trusts no server",
    family=Family.SENDER,
    checks=(),
    confirm=SERVED,
    cure=(
        "Nothing on your servers: write to the sender's contact that its host or container lacks"
        " the root certificates (Debian and Alpine: the package ca-certificates)."
    ),
    reasons=(ReasonWords(r"system roots|no roots|no root store|no trust store", rank=6),),
    responsible=Responsible.SENDER,
)

SENDER_TLS_INSPECTION = Cause(
    code="sender-tls-inspection",
    fix=SENDER,
    step="write to the sender: a device of its own may replace your certificate",
    title="One small sender sees a self-signed or private certificate that no other sees",
    family=Family.SENDER,
    checks=(),
    confirm=SERVED,
    cure=(
        "Nothing on your servers, if the command shows the certificate of a public CA: write to the"
        " sender's contact that a firewall or proxy which inspects TLS on its side seems to replace"
        " your certificate by one of its own CA, and has to leave SMTP to your servers alone."
    ),
    responsible=Responsible.SENDER,
)

SENDER_FINDS_NO_POLICY = Cause(
    code="sender-finds-no-policy",
    step="nothing to change: this sender waits for enforce mode",
    title="A sender finds no policy where others apply it",
    family=Family.SENDER,
    checks=(),
    confirm=f"{POLICY_TXT}; {FETCH}",
    cure=(
        "Nothing to do: two widely used policy plugins of Postfix, postfix-mta-sts-resolver and"
        " postfix-tlspol, ignore policies in testing mode, so this sender tests nothing until"
        " enforce mode."
    ),
    responsible=Responsible.SENDER,
)

NO_REPORTS = Cause(
    code="no-reports",
    step="publish the record _smtp._tls.{domain} again",
    title="Reports about the domain have stopped",
    family=Family.SENDER,
    checks=("tlsrpt-record",),
    confirm="dig +short TXT _smtp._tls.{domain}",
    cure=(
        "Publish exactly one such record, with a mailbox that is not full and a server that"
        ' answers.\nDNS: _smtp._tls.{domain}. IN TXT "v=TLSRPTv1; rua=mailto:tls-reports@{domain}"'
    ),
    sign_codes=("no-record",),
    is_refutable=False,
)

POLICY_RARELY_APPLIED = Cause(
    code="policy-rarely-applied",
    step="raise max_age to a week or more",
    title="Most sessions find no policy",
    family=Family.SENDER,
    checks=("policy-record", "policy-fetch"),
    confirm=f"{POLICY_TXT}; {FETCH}",
    cure=(
        "Raise max_age to 604800 (a week) or more once testing is over: senders fetch the policy"
        " along with the first mail, and forget it as soon as max_age has passed."
    ),
    is_refutable=False,
)

BLOCKED_REPORTER = Cause(
    code="blocked-reporter",
    step="go back to testing mode",
    title="A reporter has been silent since enforce mode began",
    family=Family.SENDER,
    checks=(),
    confirm=f"dig +short TXT _smtp._tls.{{domain}}; curl -s {POLICY_ADDRESS}",
    cure=(
        "Go back to mode: testing with a new id until its sessions come through: where enforce"
        " mode blocks everything, there is nothing left to report."
    ),
    responsible=Responsible.UNKNOWN,
)

CAUSES = (
    SENDER_SIDE,
    SENDER_ROOT_STORE,
    SENDER_TLS_INSPECTION,
    SENDER_FINDS_NO_POLICY,
    NO_REPORTS,
    POLICY_RARELY_APPLIED,
    BLOCKED_REPORTER,
)
