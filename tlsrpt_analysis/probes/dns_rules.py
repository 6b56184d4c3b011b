"""What DNS answers mean: MX records, aliases, addresses, TXT records and DNSSEC."""

from collections.abc import Iterator, Sequence

from tlsrpt_analysis.errors import RecordError
from tlsrpt_analysis.probes.evidence import DnsAnswer, Evidence, MxHost
from tlsrpt_analysis.probes.findings import ADVICE, FAILED, NOT_MEASURED, PASSED, Finding
from tlsrpt_analysis.shown_texts import listed
from tlsrpt_analysis.standards.mta_sts import read_policy_id
from tlsrpt_analysis.standards.tlsrpt_record import read_tlsrpt_record

NULL_MX = "0 ."
MOST_NAMES = 10
"""Names and addresses that a sentence lists."""

ABSENT = ("nodata", "nxdomain")
"""The name or the record type does not exist, which is an answer; other statuses are none."""


def dns_findings(evidence: Evidence) -> Iterator[Finding]:
    """Yield the findings on every DNS answer except TLSA, which needs the certificates."""
    yield _mx_record(evidence.mx)
    for host in evidence.hosts:
        yield _mx_alias(host)
        yield _mx_address(host)
    yield _policy_record(evidence.policy_record, is_wanted=evidence.mx.records != (NULL_MX,))
    yield _report_record(evidence.report_record)
    yield _dnssec(evidence)


def unanswered(check: str, answer: DnsAnswer, mx_hostname: str | None = None) -> Finding:
    """Return the finding that DNS gave no answer, which says nothing about the question."""
    reasons = {
        "servfail": "the resolver failed (SERVFAIL)",
        "bogus": "the resolver refused the answer: DNSSEC validation failed",
        "lame": "no authoritative server answers for it (lame delegation)",
        "refused": "the resolver refuses to answer us",
        "loop": "its aliases form a loop",
        "many-aliases": "more than 16 aliases, which nobody follows",
        "truncated": "the answer was cut off",
        "timeout": "no answer in time",
    }
    detail = f" ({answer.detail})" if answer.detail else ""
    return Finding(
        check=check,
        outcome=FAILED if answer.status in ("bogus", "loop") else NOT_MEASURED,
        code=f"dns-{answer.status}",
        message=f"{answer.name} {answer.record_type}: {reasons.get(answer.status, 'error')}{detail}",
        mx_hostname=mx_hostname,
    )


def _mx_record(answer: DnsAnswer) -> Finding:
    check = "mx-record"
    if answer.status == "nxdomain":
        message = f"the domain {answer.name} does not exist"
        return Finding(check=check, outcome=FAILED, code="dns-nxdomain", message=message)
    if answer.status == "nodata":
        message = f"{answer.name} has no MX record"
        return Finding(check=check, outcome=FAILED, code="no-mx", message=message)
    if answer.status != "ok":
        return unanswered(check, answer)
    if NULL_MX in answer.records:
        if len(answer.records) > 1:
            message = "a null MX stands beside other MX records"  # RFC 7505 §3
            return Finding(check=check, outcome=FAILED, code="null-mx-with-others", message=message)
        message = "a null MX: the domain accepts no mail"
        return Finding(check=check, outcome=ADVICE, code="null-mx", message=message)
    message = f"MX {listed([record.removesuffix('.') for record in answer.records], MOST_NAMES)}"
    return Finding(check=check, outcome=PASSED, code="ok", message=message)


def _mx_alias(host: MxHost) -> Finding:
    check = "mx-alias"
    steps = next((lookup.aliases for lookup in host.lookups if lookup.aliases), ())
    if steps:
        path = _path(steps)
        return Finding(  # RFC 5321 §5.1
            check=check,
            outcome=FAILED,
            code="cname-chain",
            message=f"the MX is an alias (CNAME): {path}",
            mx_hostname=host.name,
        )
    measured = [lookup for lookup in host.lookups if lookup.status in ("ok", *ABSENT)]
    if not measured:
        return _not_looked_up(check, host)
    message = "the MX is not an alias"
    return Finding(check=check, outcome=PASSED, code="ok", message=message, mx_hostname=host.name)


def _path(steps: Sequence[tuple[str, str]]) -> str:
    names = [steps[0][0], *(target for _, target in steps)]
    rest = len(names) - MOST_NAMES
    return " → ".join(names[:MOST_NAMES]) + (f" and {rest} more" if rest > 0 else "")


def _mx_address(host: MxHost) -> Finding:
    check = "mx-address"
    addresses = [record for lookup in host.lookups for record in lookup.records]
    if addresses:
        message = f"addresses {listed(addresses, MOST_NAMES)}"
        return Finding(
            check=check, outcome=PASSED, code="ok", message=message, mx_hostname=host.name
        )
    if host.lookups and all(lookup.status in ABSENT for lookup in host.lookups):
        is_missing = any(lookup.status == "nxdomain" for lookup in host.lookups)
        return Finding(
            check=check,
            outcome=FAILED,
            code="dns-nxdomain" if is_missing else "no-address",
            message=f"{host.name} {'does not exist' if is_missing else 'has no address'}",
            mx_hostname=host.name,
        )
    return _not_looked_up(check, host)


def _not_looked_up(check: str, host: MxHost) -> Finding:
    for lookup in host.lookups:
        if lookup.status not in ("ok", *ABSENT):
            return unanswered(check, lookup, host.name)
    return Finding(
        check=check,
        outcome=NOT_MEASURED,
        code=host.skipped or "not-asked",
        message="not looked up",
        mx_hostname=host.name,
    )


def _policy_record(answer: DnsAnswer, *, is_wanted: bool) -> Finding:
    check = "policy-record"
    if answer.status not in ("ok", *ABSENT):
        return unanswered(check, answer)
    try:
        policy_id = read_policy_id(answer.records)
    except RecordError as error:
        message = f"{answer.name}: {error}"
        code = _record_code(answer, "v=STSv1")
        if code == "no-record" and not is_wanted:
            message = "no MTA-STS record, which a domain without mail does not need"
            return Finding(check=check, outcome=PASSED, code="ok", message=message)
        return Finding(check=check, outcome=FAILED, code=code, message=message)
    message = f"one MTA-STS record, id {policy_id}"
    return Finding(check=check, outcome=PASSED, code="ok", message=message)


def _report_record(answer: DnsAnswer) -> Finding:
    check = "tlsrpt-record"
    if answer.status not in ("ok", *ABSENT):
        return unanswered(check, answer)
    try:
        record = read_tlsrpt_record(answer.records)
    except RecordError as error:
        message = f"{answer.name}: {error}"
        code = _record_code(answer, "v=TLSRPTv1")
        outcome = ADVICE if code == "no-record" else FAILED
        return Finding(check=check, outcome=outcome, code=code, message=message)
    message = f"reports go to {listed(record.rua)}"
    return Finding(check=check, outcome=PASSED, code="ok", message=message)


def _record_code(answer: DnsAnswer, start: str) -> str:
    count = sum(record.startswith(start) for record in answer.records)
    return {0: "no-record", 1: "record-syntax"}.get(count, "multiple-records")


def _dnssec(evidence: Evidence) -> Finding:
    check = "dnssec"
    lookups = [lookup for host in evidence.hosts for lookup in (*host.lookups, *host.tlsa)]
    for answer in (evidence.mx, *lookups, evidence.policy_record, evidence.report_record):
        if answer.status == "bogus":
            return unanswered(check, answer)
    if not evidence.vantage.is_resolver_trusted:
        message = "the resolver is not trusted, so its DNSSEC validation does not count"
        return Finding(
            check=check, outcome=NOT_MEASURED, code="resolver-not-trusted", message=message
        )
    if evidence.mx.status not in ("ok", *ABSENT):
        return unanswered(check, evidence.mx)
    if evidence.mx.validated:
        unsigned = [host.name for host in evidence.hosts if not _is_validated(host)]
        if unsigned:
            message = (
                "the MX records were validated, but not the addresses of"
                f" {listed(unsigned, MOST_NAMES)}"
            )
            return Finding(check=check, outcome=ADVICE, code="partly-signed", message=message)
        message = "the MX records and the addresses of the MX hosts were validated"
        return Finding(check=check, outcome=PASSED, code="ok", message=message)
    message = "the MX records are not signed, so DANE cannot protect them"
    return Finding(check=check, outcome=ADVICE, code="not-signed", message=message)


def _is_validated(host: MxHost) -> bool:
    return all(lookup.validated for lookup in host.lookups if lookup.records)
