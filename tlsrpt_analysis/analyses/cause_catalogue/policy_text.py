"""Causes that lie in the text of the policy or its id: the owner of the policy fixes them."""

from tlsrpt_analysis.analyses.cause_catalogue.cause import Cause, Family
from tlsrpt_analysis.analyses.cause_catalogue.commands import POLICY_ADDRESS, POLICY_TXT
from tlsrpt_analysis.analyses.cause_catalogue.fix_kinds import ADD_MX, CHANGE_ID
from tlsrpt_analysis.standards.result_types import ResultType

_LISTED = f"dig +short MX {{domain}}; curl -s {POLICY_ADDRESS}"

UNKNOWN_HOST = (
    "Unknown host: if {host} is not yours, this is an attack or a forgery, which MTA-STS is there to"
    " stop; then change nothing. Compare it with your MX records: dig +short MX {domain}. Once the"
    " MX records or the findings of a probe list it, the policy to serve follows here."
)
UNNAMED_HOST = (
    "Unknown host: the senders do not name it. Compare your MX records with the policy by the"
    " command: a host of yours that the policy lacks needs an mx line, and a new id in the TXT record"
    " _mta-sts (RFC 8461 §8.1). If the policy lacks none, this is an attack or a forgery, or the"
    " senders saw the target of an alias."
)
IF_YOURS = "if {host} is yours, list it in the policy, under a new id"
WHICH_IS_MISSING = "compare the MX records with the policy, and list what it lacks, under a new id"
UNNAMED_CONFIRM = (
    f"{_LISTED}; for host in $(dig +short MX {{domain}} | sed 's/.* //; s/[.]$//'); do"
    ' dig +noall +answer "$host" A; done # an MX record that the policy lacks: this cause; a CNAME in'
    " the answer: an alias (cname-mx), which Microsoft reports in the same words"
)
LISTED_SINCE = (
    "The policy lists {host} by now, so nothing is left to change in it: check in the reports that every"
    " sender applies it, and remove no line until the max_age of the old policy has passed."
)

MX_MISMATCH = Cause(
    code="mx-mismatch",
    fix=ADD_MX,
    step="list {host} in the policy, under a new id",
    title="The policy does not list an MX that senders use",
    family=Family.POLICY,
    checks=("mx-in-policy",),
    confirm=_LISTED,
    cure=(
        "Add the mx line to the policy file, then change the id in the TXT record _mta-sts"
        " (RFC 8461 §8.1); remove no other line until the max_age of the old policy has passed."
    ),
)

WILDCARD_ONE_LABEL_SHORT = Cause(
    code="wildcard-one-label-short",
    fix=ADD_MX,
    step="list {host}, or a wildcard one label deeper, under a new id",
    title="A wildcard in the policy is one label too short for an MX",
    family=Family.POLICY,
    checks=("mx-in-policy",),
    confirm=_LISTED,
    cure=(
        "A wildcard stands for exactly one label (RFC 8461 §4.1): add the exact host name, or the"
        " wildcard one label deeper, then change the id in the TXT record _mta-sts."
    ),
)

POLICY_ID_NOT_BUMPED = Cause(
    code="policy-id-not-bumped",
    fix=CHANGE_ID,
    step="change the id in the TXT record _mta-sts.{domain}",
    title="Some senders still apply an older policy",
    family=Family.POLICY,
    checks=("policy-as-reported",),
    confirm=f"{POLICY_TXT}; curl -s {POLICY_ADDRESS}",
    cure=(
        "Change the id in the TXT record _mta-sts after the file (RFC 8461 §8.1), and keep old MX"
        " hosts and their mx lines until the max_age of the old policy has passed."
    ),
    sign_codes=("cache-still-old",),
)

POLICY_SYNTAX = Cause(
    code="policy-syntax",
    step="correct the policy file",
    title="The policy file has a syntax error",
    family=Family.POLICY,
    checks=("policy-syntax",),
    confirm=f"curl -s {POLICY_ADDRESS} | od -c | head",
    cure=(
        "Write the file as RFC 8461 §3.2 says: plain text without a byte order mark or HTML, mode"
        " in lower case, one mx line per host, a wildcard only as '*.' at the start of a name:"
        "\nversion: STSv1\nmode: testing\nmx: MX-HOST\nmax_age: 604800"
    ),
)

POLICY_INVALID_SELECTIVE = Cause(
    code="policy-invalid-selective",
    step="compare what mta-sts.{domain} serves with RFC 8461 §3.2, line by line",
    title="One sender calls the policy invalid that others apply",
    family=Family.POLICY,
    checks=("policy-syntax",),
    confirm=f"curl -s -4 {POLICY_ADDRESS} | od -c; curl -s -6 {POLICY_ADDRESS} | od -c",
    cure=(
        "Until it can read the policy, this sender tests and enforces nothing. It may be stricter"
        " than the others: keep to RFC 8461 §3.2 to the letter, with version: STSv1 in the first"
        " line, each key once, one mx line per host, a max_age of at most 31557600, the media type"
        " text/plain, and nothing else. Or it gets another file: from IPv6, from another server"
        " behind the name, or from a bot protection that answers with a page (the two commands)."
    ),
    is_refutable=False,
    selective_types=(ResultType.STS_POLICY_INVALID,),
)

CAUSES = (
    MX_MISMATCH,
    WILDCARD_ONE_LABEL_SHORT,
    POLICY_ID_NOT_BUMPED,
    POLICY_SYNTAX,
    POLICY_INVALID_SELECTIVE,
)
